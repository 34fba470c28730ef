"""Prometheus, Alertmanager and the exporters: Debian's programs, unpacked into the cache by scripts/setup.sh monitoring.

Configuration comes from monitoring/ and is copied into the state folder at each start; what it must be told (targets, webhook)
is written into the copies.
"""
import os
import re
import shutil
import subprocess

import parts
from layout import MONITORING_HOME, ROOT, write_file, write_json
from parts import Part, get


class Monitor(Part):
    program = ''

    def missing(self):
        if not os.path.isdir(os.path.join(ROOT, 'monitoring', 'prometheus')):
            return 'monitoring/ is not there'
        return None if os.path.exists(self.binary()) else 'not fetched yet: scripts/setup.sh monitoring'

    def binary(self):
        return os.path.join(MONITORING_HOME, 'usr', 'bin', self.program)

    def listen(self):
        return '--web.listen-address=127.0.0.1:%d' % self.layout.port(self.ports[0])

    def copied(self, name):
        """DIR/name as monitoring/name is now; what a part has written there itself stays."""
        folder = self.layout.folder(name)
        shutil.copytree(os.path.join(ROOT, 'monitoring', name), folder, dirs_exist_ok=True)
        return folder

    def ready(self):
        return get(self.layout.url(self.ports[0], '/metrics'))[0] == 200


class NodeExporter(Monitor):
    name, ports, title, program = 'node-exporter', ('node-exporter',), 'node exporter', 'prometheus-node-exporter'

    def command(self):
        return [self.binary(), self.listen()]

    def address(self):
        return self.layout.url('node-exporter', '/metrics')


class PostgresExporter(Monitor):
    name, ports, title, program = 'postgres-exporter', ('postgres-exporter',), 'PostgreSQL exporter', 'prometheus-postgres-exporter'

    def prepare(self):
        self.layout.secret('monitor_database_password')

    def environment(self):
        tls = 'sslmode=verify-full&sslrootcert=%s' % self.layout.path('tls', 'ca.pem') if self.layout.tls else 'sslmode=disable'
        return {'DATA_SOURCE_URI': '%s:%d/shop?%s' % (self.layout.host, self.layout.port('postgres'), tls), 'DATA_SOURCE_USER': 'monitor',
                'DATA_SOURCE_PASS_FILE': self.layout.secret_path('monitor_database_password')}

    def command(self):
        return [self.binary(), self.listen(), *self.collectors()]

    def collectors(self):
        """Checkpoints have a view of their own since PostgreSQL 17; Debian 12's exporter knows nothing of it."""
        version = subprocess.run([self.layout.pg_config, '--version'], capture_output=True, text=True).stdout
        known = subprocess.run([self.binary(), '--help'], capture_output=True, text=True)
        option, major = '--collector.stat_checkpointer', re.search(r'\d+', version)
        return [option] if major and int(major[0]) >= 17 and 'collector.stat_checkpointer' in known.stdout + known.stderr else []

    def address(self):
        return self.layout.url('postgres-exporter', '/metrics')


class Alertmanager(Monitor):
    name, ports, title, program = 'alertmanager', ('alertmanager',), 'Alertmanager', 'prometheus-alertmanager'

    def prepare(self):
        folder = self.copied('alertmanager')
        with open(self.layout.secret_path('slack_ops')) as file:
            write_file(os.path.join(folder, 'secrets', 'slack_ops'), file.read(), 0o600)

    def command(self):
        return [self.binary(), '--config.file=' + self.layout.path('alertmanager', 'alertmanager.yml'), self.listen(), '--cluster.listen-address=',
                '--storage.path=' + self.layout.folder('alertmanager', 'data'), '--web.external-url=' + self.layout.url('alertmanager')]

    def working_directory(self):
        return self.layout.path('alertmanager')     # it looks for secrets/slack_ops from there

    def ready(self):
        return get(self.layout.url('alertmanager', '/-/ready'))[0] == 200


class Prometheus(Monitor):
    name, ports, title, program = 'prometheus', ('prometheus',), 'Prometheus', 'prometheus'
    JOBS = (('penstock', 'relay', 'relay'), ('spark', 'spark', 'spark-ui'), ('spark-executors', 'spark', 'spark-ui'), ('spark-job', 'spark', 'spark-job'),
            ('kafka', 'kafka', 'kafka-jmx'), ('postgres', 'postgres-exporter', 'postgres-exporter'), ('node', 'node-exporter', 'node-exporter'),
            ('prometheus', 'prometheus', 'prometheus'), ('alertmanager', 'alertmanager', 'alertmanager'))

    def prepare(self):
        folder = self.copied('prometheus')
        there = {part.name: part for part in parts.all_parts(self.layout)}
        targets = [{'targets': ['127.0.0.1:%d' % self.layout.port(port)], 'labels': {'job': job}}
                   for job, part, port in self.JOBS if not there[part].missing() and (job != 'kafka' or there['kafka'].agent())]
        write_json(os.path.join(folder, 'targets', 'pipeline.json'), targets)

    def command(self):
        return [self.binary(), '--config.file=' + self.layout.path('prometheus', 'prometheus.yml'), self.listen(),
                '--storage.tsdb.path=' + self.layout.folder('prometheus', 'data'), '--storage.tsdb.retention.time=15d',
                '--web.local-assets=%s/usr/share/prometheus/web/' % MONITORING_HOME, '--web.external-url=' + self.layout.url('prometheus', '/classic'), '--web.route-prefix=/']

    def ready(self):
        return get(self.layout.url('prometheus', '/-/ready'))[0] == 200

    def address(self):
        return self.layout.url('prometheus', '/classic/graph') + '  alerts: /classic/alerts'


PARTS = (NodeExporter, PostgresExporter, Alertmanager, Prometheus)
