#!/usr/bin/env python3
"""make bench: claims, each measured beside what it is compared with, interleaved, medians of the rounds. --only takes one.

cpu        CPU of the walsender per row: Penstock against pgoutput, test_decoding and a plugin that emits nothing, all on one
           WAL: one transaction of many 9-column rows, and many one-row transactions. The reader is pg_recvlogical.
rate       Full records per second from the backlog of a large transaction into a real broker: slot active to last record, by
           the broker's clock.
small      The same from a backlog of one-row transactions, with the CPU of walsender and relay.
latency    Commit to append at 10 and 1,000 commits a second.
saturated  Lag and CPU while pgbench commits one-row transactions as fast as it can on the same cores.

--before DIR compares with another commit in the same run: DIR is a checkout that is built for the same server (penstock.so,
build/penstock, plugin/penstock--*.sql).
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from harness.servers import Kafka, Postgres, process_state
from harness.wait import until

import relays
from relays import cpu_seconds

HERE = os.path.dirname(os.path.abspath(__file__))

TABLE = """CREATE TABLE %s (id bigserial PRIMARY KEY, first_name text, last_name text, email text, active boolean, birthday date,
balance numeric(10,2), created_at timestamptz, updated_at timestamptz)"""
ROW = """INSERT INTO {table} (first_name, last_name, email, active, birthday, balance, created_at, updated_at)
SELECT 'First name ' || n, 'Last name ' || n, 'somebody.' || n || '@example.com', n % 2 = 0, date '1990-01-01' + n % 9000,
       round((n % 100000) / 7.0, 2), now(), clock_timestamp() FROM generate_series({first}, {last}) n"""


# name: (options of pg_recvlogical). Penstock sends what the relay gets: frames.
PLUGINS = {
    'null_plugin': [],
    'pgoutput': ['proto_version=1', 'publication_names=bench'],
    'test_decoding': [],
    'penstock': ['format=frames', 'wire=1-1', 'cork=true', 'topic.prefix=bench', 'decimal.handling.mode=string',
                 'time.precision.mode=adaptive_time_microseconds', 'key.converter.schemas.enable=false', 'value.converter.schemas.enable=false'],
}


class Bench:
    def __init__(self, options):
        self.options = options
        self.dir = tempfile.mkdtemp(prefix='penstock-bench-', dir=os.environ.get('TMPDIR', '/var/tmp'))
        os.chmod(self.dir, 0o755)
        self.build_null_plugin()
        if options.before:
            shutil.copy(os.path.join(options.before, 'penstock.so'), os.path.join(self.dir, 'penstock_before.so'))
            PLUGINS['penstock_before'] = [option for option in PLUGINS['penstock'] if option != 'cork=true']
        names = ', '.join(PLUGINS)
        lines = ["shared_buffers = '1GB'", "max_wal_size = '40GB'", 'autovacuum = off', 'synchronous_commit = off', "dynamic_library_path = '$libdir:%s'" % self.dir]
        self.postgres = Postgres(options.pg_config, os.path.join(self.dir, 'postgres'))
        if 'output_plugin_libraries' in subprocess.run([os.path.join(self.postgres.bin, 'postgres'), '--describe-config'], capture_output=True,
                                                       text=True, user='nobody' if os.geteuid() == 0 else None).stdout:
            lines.append("output_plugin_libraries = '%s'" % names)
        self.postgres.lines = lines
        self.postgres.start()
        self.kafka = None
        self.postgres.query('CREATE DATABASE bench')
        for statement in ('CREATE EXTENSION penstock', 'CREATE PUBLICATION bench FOR ALL TABLES', self.table('one_large'), self.table('many_small')):
            self.sql(statement)

    def sql(self, statement, *arguments):
        return self.postgres.query(statement, *arguments, database='bench')

    def table(self, name):
        return TABLE % name

    def rows(self, workload, count):
        """The statement that makes a workload. COMMIT inside a procedure: one-row transactions as fast as the server can."""
        if workload == 'one_large':
            return ROW.format(table=workload, first=1, last=count)
        return 'DO $$ BEGIN FOR i IN 1..%d LOOP %s; COMMIT; END LOOP; END $$' % (count, ROW.format(table=workload, first='i', last='i'))

    def build_null_plugin(self):
        source = os.path.join(self.dir, 'source')
        shutil.copytree(os.path.join(HERE, 'null_plugin'), source)
        subprocess.run(['make', '-s', '-C', source, 'PG_CONFIG=' + self.options.pg_config], check=True, stdout=subprocess.DEVNULL)
        shutil.copy(os.path.join(source, 'null_plugin.so'), self.dir)

    def start_kafka(self):
        self.kafka = Kafka(os.path.join(self.dir, 'kafka')).start()

    def close(self):
        if self.kafka:
            self.kafka.stop()
        self.postgres.stop('immediate')
        shutil.rmtree(self.dir, ignore_errors=True)

    # --- the WAL that everybody reads ---

    def write_wal(self, workload):
        """Slots of every plugin before the WAL, then the WAL; returns its end."""
        for plugin in PLUGINS:
            self.sql('SELECT pg_create_logical_replication_slot(%s, %s)', '%s_%s' % (workload, plugin), plugin)
        self.sql(self.rows(workload, self.options.rows if workload == 'one_large' else self.options.transactions))
        self.sql('SELECT pg_switch_wal()')
        return self.postgres.value('SELECT pg_current_wal_flush_lsn()::text')

    # --- (a) ---

    def walsender_cpu(self, workload, plugin, end):
        """Seconds of CPU that the walsender takes up to `end`, on a copy of the plugin's slot."""
        self.sql("SELECT pg_copy_logical_replication_slot(%s, 'run')", '%s_%s' % (workload, plugin))
        command = [os.path.join(self.postgres.bin, 'pg_recvlogical'), '-h', '127.0.0.1', '-p', str(self.postgres.port), '-U', 'postgres',
                   '-d', 'bench', '--slot', 'run', '--start', '--no-loop', '-f', '/dev/null', '--fsync-interval', '0']
        for option in PLUGINS[plugin]:
            command += ['-o', option]
        reader = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            def sent():
                if process_state(reader.pid) in (None, 'Z'):
                    raise AssertionError('pg_recvlogical ended: ' + reader.stderr.read().decode())
                return self.postgres.value('SELECT pid FROM pg_stat_replication WHERE sent_lsn >= %s::pg_lsn', end)
            pid = until(sent, 'the walsender to reach ' + end, 900, 0.1)
            return cpu_seconds(pid)
        finally:
            reader.kill()
            reader.wait()
            until(lambda: self.postgres.value("SELECT NOT active FROM pg_replication_slots WHERE slot_name = 'run'"), 'the slot to be free')
            self.sql("SELECT pg_drop_replication_slot('run')")

    def compare_cpu(self, workload, rows):
        end, results = self.write_wal(workload), {plugin: [] for plugin in PLUGINS}
        print('\ncpu: of the walsender per row, %s, %s rows' % (workload.replace('_', ' '), '{:,}'.format(rows)), flush=True)
        for number in range(1, self.options.rounds + 1):
            for plugin in PLUGINS:
                results[plugin].append(self.walsender_cpu(workload, plugin, end) / rows * 1e6)
            print('    round %d   %s' % (number, '   '.join('%s %.2f' % (plugin, values[-1]) for plugin, values in results.items())), flush=True)
        median = {plugin: statistics.median(values) for plugin, values in results.items()}
        print('    median    %s   µs a row' % '   '.join('%s %.2f' % item for item in median.items()))
        print('    penstock is %.2f × pgoutput, %.2f × test_decoding' % (median['penstock'] / median['pgoutput'],
                                                                     median['penstock'] / median['test_decoding']), flush=True)
        if self.options.before:
            print('    penstock is %.2f × itself before' % (median['penstock'] / median['penstock_before']), flush=True)
        for plugin in PLUGINS:
            self.sql('SELECT pg_drop_replication_slot(%s)', '%s_%s' % (workload, plugin))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--pg-config', default='pg_config')
    parser.add_argument('--rows', type=int, default=2_000_000)
    parser.add_argument('--transactions', type=int, default=300_000)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--seconds', type=int, default=20, help='of load, in latency and saturated')
    parser.add_argument('--before', metavar='DIR', help='built checkout of another commit, to compare with')
    parser.add_argument('--only', choices=('cpu', 'rate', 'small', 'latency', 'saturated'))
    options = parser.parse_args()
    options.pg_config = shutil.which(options.pg_config) or options.pg_config
    commit = subprocess.run(['git', '-C', HERE, 'rev-parse', '--short', 'HEAD'], capture_output=True, text=True).stdout.strip()
    bench = Bench(options)
    try:
        print('%s, %d cores, PostgreSQL %s, commit %s' % (machine(), os.cpu_count(), bench.postgres.value('SHOW server_version'), commit), flush=True)
        if options.only in (None, 'cpu'):
            bench.compare_cpu('one_large', options.rows)
            bench.compare_cpu('many_small', options.transactions)
        if options.only != 'cpu':
            bench.start_kafka()
            relays.run(bench, options)
    finally:
        bench.close()
    return 0


def machine():
    with open('/proc/cpuinfo') as file:
        return next((line.partition(':')[2].strip() for line in file if line.startswith('model name')), 'unknown processor')


if __name__ == '__main__':
    sys.exit(main())
