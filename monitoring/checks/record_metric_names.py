"""monitoring.sh names: monitoring/metric-names/JOB.txt from what a Prometheus has scraped in the last hour."""
import os
import sys
import time

import prometheus_api
import monitoring_files

# The exporter's names depend on its version.
VERSIONED = {'postgres': 'postgres_exporter_build_info'}
JOBS = ('penstock', 'kafka', 'postgres', 'node', 'spark', 'spark-executors', 'spark-job', 'prometheus', 'alertmanager')


def main():
    server = prometheus_api.Server(sys.argv[1])
    os.makedirs(monitoring_files.NAMES, exist_ok=True)
    for job in JOBS:
        found = server.get('label/__name__/values', **{'match[]': '{job="%s"}' % job, 'start': int(time.time() - 3600), 'end': int(time.time())})
        names = sorted(set(found) - set(monitoring_files.records()) - {'up', 'ALERTS', 'ALERTS_FOR_STATE'} - {name for name in found if name.startswith('scrape_')})
        if not names:
            print('%s: nothing scraped, its list is left as it is' % job)
            continue
        version = ''
        if job in VERSIONED:
            info = server.query(VERSIONED[job])
            version = '-' + info[0]['metric']['version'] if info else ''
        path = os.path.join(monitoring_files.NAMES, '%s%s.txt' % (job, version))
        with open(path, 'w') as file:
            file.write('# Names in a scrape of job %s. Written by: scripts/monitoring.sh names\n' % job)
            file.write(''.join(name + '\n' for name in names))
        print('%s: %d names' % (os.path.relpath(path, monitoring_files.ROOT), len(names)))


if __name__ == '__main__':
    main()
