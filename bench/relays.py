"""Claims about the whole way, from PostgreSQL through the relay to a broker. Where --before is given, this commit and that
one take turns: each has a database, and its walsenders load its own plugin."""
import glob
import json
import os
import re
import statistics
import subprocess
import time

import confluent_kafka as ck

from harness.records import Reader
from harness.relay import BINARY, Relay
from harness.wait import until

TICK = os.sysconf('SC_CLK_TCK')
LIVE = """CREATE TABLE live (id bigserial PRIMARY KEY, first_name text, last_name text, email text, active boolean, birthday date,
balance numeric(10,2), created_at timestamptz, sent_us bigint DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)"""
LIVE_ROW = """INSERT INTO live (first_name, last_name, email, active, birthday, balance, created_at)
VALUES ('First name', 'Last name', 'somebody@example.com', true, '1990-01-01', 1234.56, now())"""


def run(bench, options):
    contestants = [Contestant(bench, 'now', 'bench', BINARY)]
    if options.before:
        contestants.append(Contestant(bench, 'before', 'bench_before', os.path.join(options.before, 'build', 'penstock'), options.before))
    if options.only in (None, 'rate'):
        drains(bench, contestants, 'one_large', options.rows)
    if options.only in (None, 'small'):
        drains(bench, contestants, 'many_small', options.transactions)
    if options.only in (None, 'latency'):
        latency(bench, contestants)
    if options.only in (None, 'saturated'):
        saturated(bench, contestants)


class Contestant:
    """A relay of one commit and the plugin of the same."""

    def __init__(self, bench, name, database, binary, checkout=None):
        self.bench, self.name, self.database, self.binary, self.role = bench, name, database, binary, 'postgres'
        self.postgres, self.runs = bench.postgres, 0
        if checkout:
            self.role = name
            folder = os.path.join(bench.dir, name)
            os.makedirs(folder)
            library = os.path.join(folder, 'penstock.so')
            with open(os.path.join(checkout, 'penstock.so'), 'rb') as source, open(library, 'wb') as target:
                target.write(source.read())
            self.postgres.query('CREATE ROLE before SUPERUSER LOGIN')
            self.postgres.query("ALTER ROLE before SET dynamic_library_path = '%s:$libdir'" % folder)
            self.postgres.query('CREATE DATABASE %s' % database)
            self.sql('CREATE EXTENSION penstock')
            self.take_functions(checkout, library)
            for table in ('one_large', 'many_small'):
                self.sql(bench.table(table))
        self.sql(LIVE)

    def take_functions(self, checkout, library):
        """Those of the other commit, in place of what the installed script made."""
        scripts = glob.glob(os.path.join(checkout, 'plugin', 'penstock--*.sql'))
        if not scripts:
            return
        for function, in self.sql("SELECT p.oid::regprocedure::text FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid WHERE d.deptype = 'e' AND "
                                  "d.classid = 'pg_proc'::regclass AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'penstock')"):
            self.sql('ALTER EXTENSION penstock DROP FUNCTION ' + function)
            self.sql('DROP FUNCTION ' + function)
        with open(scripts[0]) as file:
            text = re.sub(r'^\\echo.*$', '', file.read(), flags=re.M).replace('@extschema@', 'penstock').replace('MODULE_PATHNAME', library)
        self.sql('SET search_path = penstock; ' + text)

    def sql(self, statement, *arguments):
        return self.postgres.query(statement, *arguments, database=self.database, user=self.role)

    def start(self, table, slot_of=None):
        """A relay that streams `table`, from a copy of the slot `slot_of`, else from now on."""
        self.runs += 1
        self.slot = '%s_%s_%d' % (self.name, table, self.runs)
        self.topic = '%s.public.%s' % (self.slot, table)
        if slot_of:
            self.sql('SELECT pg_copy_logical_replication_slot(%s, %s)', slot_of, self.slot)
        config = {
            'connector.class': 'io.debezium.connector.postgresql.PostgresConnector', 'database.hostname': '127.0.0.1',
            'database.port': str(self.postgres.port), 'database.user': self.role, 'database.password': 'none',
            'database.dbname': self.database, 'topic.prefix': self.slot, 'slot.name': self.slot, 'snapshot.mode': 'no_data',
            'decimal.handling.mode': 'string', 'time.precision.mode': 'adaptive_time_microseconds', 'table.include.list': 'public.' + table,
            'key.converter': 'org.apache.kafka.connect.json.JsonConverter', 'key.converter.schemas.enable': 'false',
            'value.converter': 'org.apache.kafka.connect.json.JsonConverter', 'value.converter.schemas.enable': 'false',
            'topic.creation.default.partitions': '1', 'topic.creation.default.replication.factor': '1',
            'topic.creation.default.message.timestamp.type': 'LogAppendTime', 'producer.override.compression.type': 'lz4',
            'producer.override.acks': 'all', 'producer.override.enable.idempotence': 'true'}
        self.relay = Relay(os.path.join(self.bench.dir, self.slot), config, self.slot, {'bootstrap.servers': self.bench.kafka.bootstrap}, self.binary)
        self.relay.start()
        self.relay.wait_streaming(self.postgres, self.slot, 120)
        self.walsender = self.postgres.value('SELECT active_pid FROM pg_replication_slots WHERE slot_name = %s', self.slot)
        self.reader = Reader(self.bench.kafka.bootstrap)

    def cpu(self):
        """Seconds of CPU so far, of relay and walsender."""
        return cpu_seconds(self.relay.process.pid), cpu_seconds(self.walsender)

    def count(self):
        """Records in its topic now."""
        if not self.relay.running():
            raise AssertionError('the relay ended\n' + self.relay.tail())
        self.reader.follow(self.topic.__eq__)
        return sum(self.reader.ends().values())

    def wait_for(self, rows, pause=0.1):
        until(lambda: self.count() >= rows, '%d records\n%s' % (rows, self.relay.tail()), 900, pause)

    def record(self, offset):
        self.reader.consumer.assign([ck.TopicPartition(self.topic, 0, offset)])
        return until(lambda: self.reader.consumer.poll(1), 'record %d' % offset)

    def delays(self, first, last):
        """Milliseconds from the row's own clock to the append, by the broker's clock of whole milliseconds, of the records
        from offset `first` up to but not including `last`."""
        self.reader.consumer.assign([ck.TopicPartition(self.topic, 0, first)])
        found, deadline = [], time.monotonic() + 120
        while len(found) < last - first:
            assert time.monotonic() < deadline, '%d of %d records read' % (len(found), last - first)
            for message in self.reader.consumer.consume(10000, 1):
                if not message.error():
                    found.append(message.timestamp()[1] - json.loads(message.value())['after']['sent_us'] / 1000)
        return sorted(found[:last - first])

    def stop(self):
        self.relay.close()
        self.reader.close()
        until(lambda: self.postgres.value('SELECT NOT active FROM pg_replication_slots WHERE slot_name = %s', self.slot), 'the slot to be free')
        self.sql('SELECT pg_drop_replication_slot(%s)', self.slot)


# --- a backlog ---

def drains(bench, contestants, workload, rows):
    print('\n%s: full records from a backlog of %s, %s, into Kafka: acks=all, idempotent, lz4, four headers'
          % ('rate' if workload == 'one_large' else 'small', '{:,}'.format(rows), workload.replace('_', ' ')), flush=True)
    for contestant in contestants:
        contestant.sql("SELECT pg_create_logical_replication_slot(%s, 'penstock')", 'source_' + contestant.name)
        contestant.sql(bench.rows(workload, rows))
    contestants[0].sql('SELECT pg_switch_wal()')
    rates = {contestant.name: [] for contestant in contestants}
    drain(contestants[0], 0, workload, rows)   # the broker's code is compiled while it runs: not counted
    for number in range(1, bench.options.rounds + 1):
        for contestant in contestants if number % 2 else contestants[::-1]:
            rates[contestant.name].append(drain(contestant, number, workload, rows))
    for contestant in contestants:
        contestant.sql('SELECT pg_drop_replication_slot(%s)', 'source_' + contestant.name)
    median = {name: statistics.median(values) for name, values in rates.items()}
    print('    median    %s   records/s' % '   '.join('%s %s' % (name, '{:,.0f}'.format(rate)) for name, rate in median.items()))
    if 'before' in median:
        print('    now is %.2f × before' % (median['now'] / median['before']), flush=True)


def drain(contestant, number, workload, rows):
    contestant.start(workload, 'source_' + contestant.name)
    try:
        started, before = time.time(), contestant.cpu()
        contestant.wait_for(rows, 0.25)
        relay, walsender = ((now - then) / rows * 1e6 for now, then in zip(contestant.cpu(), before))
        ends = [contestant.record(offset).timestamp()[1] / 1000 for offset in (0, rows - 1)]
        rate = rows / (ends[1] - started)
        print('    %s   %-6s %s records/s from slot active, %s first to last; CPU a record: walsender %.1f µs, relay %.1f µs; relay %.0f MB'
              % ('round %d' % number if number else 'warm-up', contestant.name, '{:,.0f}'.format(rate), '{:,.0f}'.format(rows / (ends[1] - ends[0])), walsender, relay,
                 contestant.relay.peak_memory() / 1e6), flush=True)
        return rate
    finally:
        contestant.stop()


# --- live ---

def latency(bench, contestants):
    seconds = bench.options.seconds
    print('\nlatency: commit to append, ms, by one client, %d s for each rate' % seconds, flush=True)
    print('             commits/s  records     p50     p95     p99     max   relay CPU ms/s')
    for contestant in contestants:
        contestant.start('live')
        try:
            at_rate(contestant, 1000, 2)    # warm
            done = contestant.count()
            for rate in (10, 1000):
                before = contestant.cpu()[0]
                sent = at_rate(contestant, rate, seconds)
                cpu = (contestant.cpu()[0] - before) / seconds * 1000
                contestant.wait_for(done + sent)
                delays = contestant.delays(done, done + sent)
                done += sent
                print('    %-8s %9d %8d %s %9.0f' % (contestant.name, rate, sent, ' '.join('%7.2f' % quantile(delays, q) for q in (0.5, 0.95, 0.99, 1)), cpu), flush=True)
        finally:
            contestant.stop()


def at_rate(contestant, rate, seconds):
    """Commits at regular times, by a process of its own; returns when their records are in Kafka how many there were."""
    script = os.path.join(contestant.bench.dir, 'live.sql')
    with open(script, 'w') as file:
        file.write(LIVE_ROW.replace('\n', ' ') + ';\n')
    before = contestant.sql('SELECT count(*) FROM live')[0][0]
    pgbench(contestant, script, seconds, 1, ['-R', str(rate)], 'on')
    return contestant.sql('SELECT count(*) FROM live')[0][0] - before


def pgbench(contestant, script, seconds, clients, options, synchronous_commit):
    command = [os.path.join(contestant.postgres.bin, 'pgbench'), '-n', '-h', '127.0.0.1', '-p', str(contestant.postgres.port), '-U', contestant.role,
               '-f', script, '-T', str(seconds), '-c', str(clients), '-M', 'prepared', *options, contestant.database]
    done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ, PGOPTIONS='-c synchronous_commit=' + synchronous_commit))
    if done.returncode:
        raise AssertionError('pgbench: ' + done.stderr)


def saturated(bench, contestants):
    seconds = bench.options.seconds
    print('\nsaturated: pgbench, 4 clients, one-row transactions as fast as they can, %d s, synchronous_commit=off' % seconds, flush=True)
    print('                       commits/s  lag p50 ms   worst ms  in Kafka at the end  caught up in s  relay CPU ms/s  µs a record')
    results = {contestant.name: [] for contestant in contestants}
    for number in range(1, max(1, bench.options.rounds - 1) + 1):
        for contestant in contestants if number % 2 else contestants[::-1]:
            contestant.start('live')
            try:
                results[contestant.name].append(saturate(contestant, number, seconds))
            finally:
                contestant.stop()
    if 'before' in results:
        worst, cpu = ({name: statistics.median(result[i] for result in found) for name, found in results.items()} for i in (0, 1))
        print('    now: worst lag %.2f × before, relay CPU a record %.2f × before' % (worst['now'] / worst['before'], cpu['now'] / cpu['before']), flush=True)


def saturate(contestant, number, seconds):
    script = os.path.join(contestant.bench.dir, 'live.sql')
    with open(script, 'w') as file:
        file.write(LIVE_ROW.replace('\n', ' ') + ';\n')
    before = contestant.sql('SELECT count(*) FROM live')[0][0]
    cpu = contestant.cpu()[0]
    pgbench(contestant, script, seconds, 4, [], 'off')
    ended, loaded_cpu = time.time(), contestant.cpu()[0] - cpu
    at_end = contestant.count()
    rows = contestant.sql('SELECT count(*) FROM live')[0][0] - before
    contestant.wait_for(rows)
    caught_up, whole_cpu = time.time() - ended, contestant.cpu()[0] - cpu
    delays = contestant.delays(0, rows)
    print('    round %d   %-8s %12s %11.0f %10.0f %19.1f%% %15.1f %15.0f %12.1f'
          % (number, contestant.name, '{:,.0f}'.format(rows / seconds), quantile(delays, 0.5), delays[-1], 100 * at_end / rows, caught_up,
             loaded_cpu / seconds * 1000, whole_cpu / rows * 1e6), flush=True)
    return delays[-1], whole_cpu / rows


def quantile(ordered, q):
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


def cpu_seconds(pid):
    with open('/proc/%d/stat' % pid) as file:
        fields = file.read().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK
