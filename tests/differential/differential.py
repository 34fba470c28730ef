#!/usr/bin/env python3
"""Random schemas, random SQL of several sessions, decoded by the plugin, replayed into a second database, compared.

Each seed has a round of that, and from 15 on one under a publication that changes, which is compared with pgoutput
(publications.py). Seeds are printed; --seed runs the rounds of one alone. The closing line counts rounds.
"""
import argparse
import collections
import os
import random
import sys
import tempfile
import time

import psycopg2

from differential.model import SETUP, Catalog, Writer, qualified
from differential.publications import PublicationRound
from differential.replay import Difference, Replay, compare
from harness.servers import Postgres

SLOT = 'differential'


class Session:
    """One connection with a transaction that the statements of a round go through."""

    def __init__(self, round_, number):
        self.round, self.number = round_, number
        self.connection = round_.server.connect(round_.source)
        self.connection.autocommit = False
        self.cursor = self.connection.cursor()
        self.cursor.execute("SET lock_timeout = '15ms'; SET synchronous_commit = on; SET timezone = %s", (round_.random.choice(('UTC', 'Asia/Tokyo')),))
        self.connection.commit()
        self.savepoints = 0

    def run(self, statements):
        """All of them or none; False if the server refused one."""
        self.cursor.execute('SAVEPOINT one')
        try:
            for sql, arguments in statements:
                self.cursor.execute(sql, arguments)
        except psycopg2.Error as error:
            if self.round.verbose:
                print('      session %d: %s: %s' % (self.number, statements[-1][0][:200], str(error).splitlines()[0]))
            self.cursor.execute('ROLLBACK TO one')
            return False
        self.cursor.execute('RELEASE one')
        if self.round.verbose:
            for sql, arguments in statements:
                print('      session %d: %s %s' % (self.number, sql[:300], repr(arguments)[:200]))
        return True

    def define(self, sql):
        """DDL, told to the replay by a message at the same place of the same transaction."""
        return self.run([("SELECT pg_logical_emit_message(true, 'ddl', %s)", [sql]), (sql.replace('%', '%%'), [])])

    def end(self, commit):
        (self.connection.commit if commit else self.connection.rollback)()
        self.savepoints = 0


class Round:
    """lose: records with this op are left out, so the round must fail; or None."""

    def __init__(self, server, seed, steps, verbose=False, lose=None):
        self.server, self.seed, self.steps, self.verbose, self.lose = server, seed, steps, verbose, lose
        self.random, self.source, self.target = random.Random(seed), 'source_%d' % seed, 'target_%d' % seed
        choose = self.random.choice
        self.modes = {'topic.prefix': 'shop', 'skipped.operations': 'none', 'value.converter.replace.null.with.default': 'false',
                      'decimal.handling.mode': choose(('precise', 'string')), 'binary.handling.mode': choose(('bytes', 'base64', 'base64-url-safe', 'hex')),
                      'hstore.handling.mode': choose(('json', 'map')), 'tombstones.on.delete': choose(('true', 'false')),
                      'provide.transaction.metadata': choose(('true', 'false')),
                      'time.precision.mode': choose(('adaptive', 'adaptive_time_microseconds', 'microseconds', 'nanoseconds', 'isostring'))}

    def prepare(self):
        for database in (self.source, self.target):
            self.server.query('CREATE DATABASE %s' % database)
            for sql in ('CREATE EXTENSION penstock', 'CREATE EXTENSION hstore') + SETUP:
                self.server.query(sql, database=database)
        self.target_connection = self.server.connect(self.target)
        self.target_connection.autocommit = False
        self.reader = self.server.connect(self.source).cursor()
        self.replay = Replay(self.target_connection.cursor(), Catalog(self.target_connection.cursor()), self.modes)
        self.target_connection.commit()  # a slot is made only when nothing else is open
        self.catalog = Catalog(self.reader)
        self.reader.execute('SELECT pg_create_logical_replication_slot(%s, %s)', (SLOT, 'penstock'))
        self.reader.execute("SET logical_decoding_work_mem = '%s'" % self.random.choice(('64kB', '64MB')))
        self.writer = Writer(self.random)

    def run(self):
        """Rows compared. Raises Difference."""
        self.prepare()
        self.sessions = [Session(self, n) for n in range(self.random.choice((1, 2, 3)))]
        first = self.sessions[0]
        for _ in range(self.random.randint(2, 4)):
            made = [first.define(sql) for sql in self.writer.create_table()]
            first.end(all(made))
        for _ in range(self.steps):
            self.step(self.random.choice(self.sessions))
        for session in self.sessions:
            session.end(self.random.random() < 0.8)
        self.drain(None)
        tables = [t for t in self.catalog.tables(self.reader) if t.root]
        compared, differences = compare(tables, self.reader, self.replay.cursor)
        if differences:
            raise Difference('\n'.join(differences))
        return compared

    def step(self, session):
        r, writer = self.random, self.writer
        tables = self.catalog.tables(session.cursor)
        what = r.choices(('insert', 'update', 'key', 'delete', 'truncate', 'ddl', 'create', 'savepoint', 'rollback to', 'commit', 'rollback', 'drain'),
                         (30, 25, 6, 8, 1, 4, 1, 3, 2, 14, 2, 3))[0]
        usable = [t for t in tables if t.match or t.identity == 'f']
        table = r.choice(usable) if usable else None
        if what == 'commit' or what == 'rollback':
            session.end(what == 'commit')
        elif what == 'drain':
            self.drain(r.choice((1, 20, 1000)))
        elif what == 'create':
            all(session.define(sql) for sql in writer.create_table())
        elif what == 'savepoint':
            session.savepoints += 1
            session.cursor.execute('SAVEPOINT s%d' % session.savepoints)
        elif what == 'rollback to' and session.savepoints:
            session.savepoints = r.randint(1, session.savepoints)
            session.cursor.execute('ROLLBACK TO s%d' % session.savepoints)
        elif table is None:
            return
        elif what == 'ddl':
            sql = writer.alter([t for t in tables if t.root])
            sql and session.define(sql)
        elif what == 'truncate':
            session.run([('TRUNCATE %s' % qualified(table).replace('%', '%%'), [])])
        elif what in ('insert', 'update', 'key', 'delete'):
            statement = {'insert': lambda: writer.insert(table), 'update': lambda: writer.update(table, False),
                         'key': lambda: writer.update(table, True), 'delete': lambda: writer.delete(table)}[what]()
            statement and session.run([statement])

    def drain(self, count):
        """Decodes and replays so many changes, in whole transactions; None: all."""
        options = [text for pair in self.modes.items() for text in pair]
        self.reader.execute('SELECT data FROM pg_logical_slot_get_changes(%%s, NULL, %%s, %s)' % ', '.join(['%s'] * len(options)),
                            [SLOT, count] + options)
        for line, in self.reader.fetchall():
            if self.verbose:
                print('      record: ' + line[:1000])
            if not (self.lose and '"op":"%s"' % self.lose in line):
                self.replay.apply(line)
        self.target_connection.commit()

    @property
    def counts(self):
        return self.replay.counts

    def close(self):
        for session in getattr(self, 'sessions', []):
            session.connection.close()
        if hasattr(self, 'reader'):
            self.reader.connection.close()
            self.target_connection.close()
            self.server.query("SELECT pg_drop_replication_slot(%s)", SLOT)
        for database in (self.source, self.target):
            self.server.query('DROP DATABASE IF EXISTS %s WITH (FORCE)' % database)


KINDS = {'replay': Round, 'publications': PublicationRound}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--pg-config', required=True)
    parser.add_argument('--seconds', type=float, default=25, help='no round begins after so long')
    parser.add_argument('--seed', type=int, help='run this round alone')
    parser.add_argument('--steps', type=int, default=250, help='statements a round')
    parser.add_argument('--only', choices=sorted(KINDS), help='rounds of this kind')
    parser.add_argument('-v', '--verbose', action='store_true', help='show statements and records')
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1000000000)
    print('from seed %d' % seed, flush=True)
    tally = Tally()
    with tempfile.TemporaryDirectory() as work:
        os.chmod(work, 0o755)
        server = Postgres(options.pg_config, os.path.join(work, 'server'), lines=['fsync = off', 'autovacuum = off'])
        server.start()
        try:
            end = time.monotonic() + options.seconds
            publications = server.value("SELECT current_setting('server_version_num')::int >= 150000")
            kinds = [Round, PublicationRound] if publications and not options.only else [KINDS[options.only or 'replay']]
            if options.seed is None:  # the test itself: a replay without updates, or without deletes, is seen
                for kind in kinds:
                    for op in 'ud':
                        tally.run(kind(server, 7, options.steps, lose=op), wanted=False)
            for kind in kinds:
                tally.run(kind(server, seed, options.steps, options.verbose))
            while options.seed is None and time.monotonic() < end:
                seed += 1
                for kind in kinds:
                    tally.run(kind(server, seed, options.steps))
        finally:
            server.stop('immediate')
    print('to seed %d; %d rows and changes compared; records: %s' % (seed, tally.rows, ', '.join('%s %d' % item for item in sorted(tally.records.items()))))
    print('%d passed, %d failed, 0 skipped' % (tally.passed, tally.failed))
    return 1 if tally.failed else 0


class Tally:
    def __init__(self):
        self.passed = self.failed = self.rows = 0
        self.records = collections.Counter()

    def run(self, round_, wanted=True):
        """Counts a round; wanted: whether its two databases must be equal."""
        error = None
        try:
            self.rows += round_.run()
        except (Difference, psycopg2.Error, ValueError, KeyError, TypeError, AttributeError) as caught:
            error = '%s: %s' % (type(caught).__name__, caught)
        finally:
            round_.close()
        if wanted == (error is None):
            self.passed += 1
        else:
            self.failed += 1
            print('FAIL  --seed %d: %s: %s' % (round_.seed, type(round_).__name__, round_.modes))
            print('\n'.join('      ' + line[:2000] for line in (error or 'what was left out is not seen').splitlines()), flush=True)
        if wanted:
            self.records.update(round_.counts)


if __name__ == '__main__':
    sys.exit(main())
