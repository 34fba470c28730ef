#!/usr/bin/env python3
"""make demo: a shop in PostgreSQL, its changes in Kafka, the relay killed on the way, and nothing lost.

Starts a private PostgreSQL and Kafka, loads the shop, starts the relay with connector.json (a Debezium configuration; only
host and port are filled in), runs a load, ends the relay once by SIGKILL, and compares Kafka with PostgreSQL in two ways.
Everything stays up afterwards to be looked at; --down ends it.
"""
import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import view
from harness import checker, decoded
from harness.records import Reader
from harness.relay import Relay
from harness.servers import ROOT, Kafka, Postgres, ServerError, process_state
from harness.wait import until
from load import Load
from view import Step, bad, bold, dim, good, say

HERE = os.path.dirname(os.path.abspath(__file__))
STATE = os.path.join(ROOT, '.demo', 'state.json')
TABLES = ('customers', 'products', 'orders', 'order_items', 'payments', 'inventory_movements', 'customer_activity')
WITNESS = 'witness'     # the second slot, decoded by PostgreSQL's own test_decoding


class Demo:
    def __init__(self, options):
        self.options, self.kafka, self.relay, self.load = options, None, None, None
        # Not below the tree: the server runs as nobody, who cannot enter root's home.
        self.dir = tempfile.mkdtemp(prefix='penstock-demo-', dir=os.environ.get('TMPDIR', '/var/tmp'))
        os.chmod(self.dir, 0o755)
        self.postgres = Postgres(options.pg_config, os.path.join(self.dir, 'postgres'))
        self.seed = options.seed or random.randrange(1 << 32)
        self.topic_prefix = ''
        self.save()

    def save(self):
        os.makedirs(os.path.dirname(STATE), exist_ok=True)
        with open(STATE, 'w') as file:
            json.dump({'dir': self.dir, 'pg_config': self.options.pg_config, 'relay': self.relay and self.relay.process.pid}, file)

    # --- servers ---

    def start_servers(self):
        with Step('Kafka') as step:
            if self.options.bootstrap:
                self.bootstrap = self.options.bootstrap
                self.topic_prefix = 'penstock-demo-%08x.' % random.randrange(1 << 32)
                step.note = 'yours at %s, topics %s*' % (self.bootstrap, self.topic_prefix)
            else:
                self.kafka = Kafka(os.path.join(self.dir, 'kafka')).start()
                self.bootstrap = self.kafka.bootstrap
                step.note = self.bootstrap
        with Step('PostgreSQL') as step:
            self.postgres.start()
            step.note = '%s on port %d' % (self.postgres.value('SHOW server_version'), self.postgres.port)
        with Step('the shop') as step:
            self.create_shop()
            step.note = '%d customers, %d products' % (self.count('customers'), self.count('products'))

    def create_shop(self):
        query = self.postgres.query
        query('CREATE DATABASE shop')
        query("CREATE ROLE penstock LOGIN REPLICATION PASSWORD 'demo-password'")
        if self.postgres.value("SELECT count(*) FROM pg_settings WHERE name = 'output_plugin_libraries'"):
            query('ALTER ROLE penstock SET output_plugin_libraries = pgoutput, test_decoding, penstock')
        query('CREATE EXTENSION penstock', database='shop')
        self.postgres.script(os.path.join(HERE, 'schema.sql'), database='shop')
        query('GRANT USAGE ON SCHEMA shop TO penstock', database='shop')
        query('GRANT SELECT ON ALL TABLES IN SCHEMA shop TO penstock', database='shop')
        decoded.create_slot(self.postgres, WITNESS, 'shop')

    def count(self, table):
        return self.postgres.value('SELECT count(*) FROM shop.%s' % table, database='shop')

    # --- the relay ---

    def start_relay(self):
        with open(os.path.join(HERE, 'connector.json')) as file:
            connector = json.load(file)
        config = connector['config']
        config['database.port'] = str(self.postgres.port)
        config['transforms.route.replacement'] = self.topic_prefix + '$1'
        self.relay = Relay(os.path.join(self.dir, 'relay'), config, connector['name'], {'bootstrap.servers': self.bootstrap})
        self.relay.start()
        self.save()

    def topic(self, table):
        return self.topic_prefix + table

    # --- the show ---

    def show(self):
        live, reader = view.Live(), Reader(self.bootstrap)
        wanted = {self.topic(table) for table in TABLES}
        self.messages, counts, before, samples = [], {}, {}, []
        started = drawn = time.monotonic()
        kill_at, restart_at, self.outage = started + self.options.seconds * 0.4, None, (0, 0)
        live.event('relay started; it takes a snapshot while the load runs')
        try:
            while time.monotonic() - started < self.options.seconds:
                reader.follow(wanted.__contains__)
                for message in reader.poll(0.2):
                    self.messages.append(message)
                    counts[message.topic()] = counts.get(message.topic(), 0) + 1
                now = time.monotonic()
                if kill_at and now >= kill_at:
                    self.relay.kill()
                    kill_at, restart_at, self.outage = None, now + 2, (time.time(), 0)
                    live.event(bad('SIGKILL') + ' to the relay; the load goes on')
                if restart_at and now >= restart_at:
                    self.relay.start()
                    self.save()
                    restart_at, self.outage = None, (self.outage[0], time.time())
                    live.event(good('relay started again') + '; it goes on where Kafka says it was')
                if restart_at is None and not self.relay.running():
                    raise ServerError('the relay ended:\n' + self.relay.tail())
                if now - drawn >= 0.5:
                    self.draw(live, now - started, now - drawn, counts, before, samples)
                    before, drawn = dict(counts), now
        finally:
            self.reader = reader

    def draw(self, live, seconds, since, counts, before, samples):
        if self.messages:
            samples.append(one_line(self.messages[-1]))
        lag = self.postgres.value('SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::bigint FROM pg_replication_slots '
                                  "WHERE slot_name = 'shop_slot'")
        topics = [(self.topic(t), counts.get(self.topic(t), 0), (counts.get(self.topic(t), 0) - before.get(self.topic(t), 0)) / since)
                  for t in TABLES]
        numbers = [('commits', '{:,}'.format(self.load.transactions)), ('records', '{:,}'.format(sum(counts.values()))),
                   ('records/s', '%.0f' % sum(rate for _, _, rate in topics)),
                   ('behind', 'no slot yet' if lag is None else '%.0f kB' % (lag / 1024)),
                   ('relay', '%.0f MB' % (self.relay.peak_memory() / 1e6) if process_state(self.relay.process.pid) not in (None, 'Z') else 'down')]
        live.draw(seconds, numbers, topics, samples)

    # --- the check ---

    def check(self):
        with Step('load stops, Kafka catches up') as step:
            self.load.stop()
            # The load commits without waiting for the disk; one commit that waits flushes all of them.
            self.postgres.query('CREATE TABLE public.end_of_load ()', database='shop')
            lsn = self.postgres.value('SELECT pg_current_wal_flush_lsn()::text')
            until(lambda: self.postgres.value("SELECT confirmed_flush_lsn >= %s::pg_lsn FROM pg_replication_slots WHERE slot_name = 'shop_slot'", lsn),
                  'the slot to be confirmed up to %s\n%s' % (lsn, self.relay.tail()), 90)
            self.messages += self.reader.to_end()
            step.note = 'confirmed up to %s' % lsn
        with Step('the witness slot is decoded') as step:
            transactions = decoded.read_slot(self.postgres, WITNESS, 'shop', lsn)
            step.note = '%s transactions' % '{:,}'.format(len(transactions))
        with Step('every change against Kafka'):
            records = self.reader.records(self.messages)
            tables = checker.tables_of(self.postgres, 'shop', lambda schema, table: self.topic(table), ('shop',))
            snapshot_lsn = max((record.lsn for record in records if record.op == 'r'), default=0)
            changes = checker.compare_changes(transactions, tables, records, after_lsn=snapshot_lsn)
        with Step('replayed state against the tables'):
            compared, differences = checker.compare_state(self.postgres, 'shop', tables, records)
        return self.report(lsn, transactions, records, changes, compared, differences)

    def report(self, lsn, transactions, records, changes, compared, differences):
        number = '{:,}'.format
        steady, everything = self.latencies(records)
        changed = sum(len(transaction.changes) for transaction in transactions)
        snapshot = sum(record.op == 'r' for record in records)
        judged = [
            ('lost, by the witness slot', number(changes.lost), 'changes that PostgreSQL decodes and Kafka lacks', changes.lost == 0),
            ('lost, by the replayed state', number(len(differences)), '%s rows compared at %s' % (number(compared), lsn), not differences),
            ('not from PostgreSQL', number(changes.phantom), 'records without a change', changes.phantom == 0),
            ('out of order per key', number(changes.out_of_order), 'keys, by first occurrences', changes.out_of_order == 0)]
        fine = all(row[3] for row in judged) and changes.expected > 0 and snapshot > 0
        view.table([
            ('changes in PostgreSQL', number(changed), 'in %s transactions' % number(len(transactions)), None),
            ('records in Kafka', number(len(records)), '%s of them from the snapshot' % number(snapshot), None),
            ('records that changes must give', number(changes.expected), 'after the snapshot at %s' % lsn_text(records), None),
            *judged,
            ('repeated', number(changes.repeated), 'by the kill: at least once, in the same order', None),
            ('commit → broker, p50', milliseconds(steady, 50), 'outside of snapshot and outage', None),
            ('commit → broker, p99', milliseconds(steady, 99), 'with them: %s' % milliseconds(everything, 99), None),
            ('relay, peak memory', '%.0f MB' % (self.relay.peak_memory() / 1e6), 'resident', None)])
        for example in (changes.examples + differences)[:8]:
            say('    ' + example)
        say('  ' + (good('PASS') if fine else bad('FAIL')) + '   seed %d' % self.seed)
        return fine

    def latencies(self, records):
        """Milliseconds from commit to the broker's clock: outside of snapshot and outage, and all."""
        killed, restarted = (moment * 1000 for moment in self.outage)
        begin = max((record.broker_ms for record in records if record.op == 'r'), default=0) + 2000
        steady, everything = [], []
        for record in records:
            if record.op in ('c', 'u', 'd') and record.source_us:
                committed = record.source_us / 1000
                everything.append(record.broker_ms - committed)
                if committed > begin and not killed - 1000 < committed < restarted + 3000:
                    steady.append(everything[-1])
        return sorted(steady), sorted(everything)


def milliseconds(values, percent):
    return '%.1f ms' % values[min(len(values) - 1, len(values) * percent // 100)] if values else '-'


def lsn_text(records):
    lsn = max((record.lsn for record in records if record.op == 'r'), default=0)
    return '%X/%X' % (lsn >> 32, lsn & 0xffffffff)


def one_line(message):
    key, value = (b'null' if part is None else part for part in (message.key(), message.value()))
    return '%s %s %s' % (message.topic(), key.decode(errors='replace'), value.decode(errors='replace'))


def hints(demo):
    say()
    say('  Everything is still up. Look around:')
    say(bold('    kcat -C -b %s -t %s -o -3 -e' % (demo.bootstrap, demo.topic('orders'))))
    say(bold('    psql -h 127.0.0.1 -p %d -U postgres shop' % demo.postgres.port))
    say(bold('    curl -s http://127.0.0.1:%d/connectors/%s/status' % (demo.relay.http_port, demo.relay.name)))
    say('  %s ends it.   %s' % (bold('make demo-down'), dim('log: ' + demo.relay.log_path)))


def down():
    """Ends what an earlier demo left running and removes its data."""
    try:
        with open(STATE) as file:
            state = json.load(file)
    except FileNotFoundError:
        return False
    if state['relay'] and is_penstock(state['relay']):
        os.kill(state['relay'], signal.SIGKILL)
        until(lambda: process_state(state['relay']) in (None, 'Z'), 'the relay to be gone')
    for server in (Kafka(os.path.join(state['dir'], 'kafka'), port=1), Postgres(state['pg_config'], os.path.join(state['dir'], 'postgres'), port=1)):
        if os.path.isdir(server.dir):
            try:
                server.stop()
            except ServerError:
                pass    # it was not running
    shutil.rmtree(state['dir'], ignore_errors=True)
    os.remove(STATE)
    return True


def is_penstock(pid):
    try:
        return os.path.basename(os.readlink('/proc/%d/exe' % pid)).startswith('penstock')
    except OSError:
        return False


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--pg-config', default='pg_config')
    parser.add_argument('--bootstrap', help='use this Kafka instead of a private one')
    parser.add_argument('--seconds', type=float, default=60, help='how long the load runs')
    parser.add_argument('--rate', type=float, default=400, help='transactions a second')
    parser.add_argument('--seed', type=int)
    parser.add_argument('--down', action='store_true')
    options = parser.parse_args()
    if options.down:
        say('demo: ended and removed' if down() else 'demo: nothing was running')
        return 0
    options.pg_config = shutil.which(options.pg_config) or options.pg_config
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    down()
    say(bold('\n  Penstock: a shop in PostgreSQL, its changes in Kafka\n'))
    demo = Demo(options)
    try:
        demo.start_servers()
        demo.load = Load(demo.postgres, demo.seed, target=options.rate).start()
        demo.start_relay()
        say()
        demo.show()
        say()
        fine = demo.check()
    except (ServerError, AssertionError, subprocess.SubprocessError, KeyboardInterrupt, SystemExit) as error:
        say('\n  %s   %s' % (bad('FAIL'), error if str(error) else type(error).__name__))
        if demo.load:
            demo.load.stopping.set()
        kept = demo.relay and shutil.copy(demo.relay.log_path, os.path.join(os.path.dirname(STATE), 'relay.log'))
        if kept:
            say('  the relay\'s log: %s' % kept)
        down()
        return 1
    hints(demo)
    return 0 if fine else 1


if __name__ == '__main__':
    sys.exit(main())
