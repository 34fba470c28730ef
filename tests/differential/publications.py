"""What goes out under a publication that changes all the time, against pgoutput on the same log: which operation, of which
table, with which columns. Row filters, column lists, schemas, roots of partitions, operations, generated columns (15 and later).
"""
import collections
import json
import random

import psycopg2

from differential.replay import Difference

OURS, THEIRS = 'differential', 'differential_pgoutput'
UNAVAILABLE = '__debezium_unavailable_value'

_COLUMNS = 'k int NOT NULL, a int, t text, big text, g int GENERATED ALWAYS AS (a * 2) STORED'
_TURNED = 'big text, gone int, t text, g int GENERATED ALWAYS AS (a * 2) STORED, a int, k int NOT NULL'
SETUP = (
    'CREATE SCHEMA one', 'CREATE SCHEMA two',
    'CREATE TABLE one.plain (%s, PRIMARY KEY (k))' % _COLUMNS,
    'CREATE TABLE one.whole (%s, PRIMARY KEY (k))' % _COLUMNS, 'ALTER TABLE one.whole REPLICA IDENTITY FULL',
    'CREATE TABLE two.by_index (%s, u text NOT NULL)' % _COLUMNS, 'CREATE UNIQUE INDEX by_u ON two.by_index (u, k)',
    'ALTER TABLE two.by_index REPLICA IDENTITY USING INDEX by_u',
    'CREATE TABLE two.keyless (%s)' % _COLUMNS,
    'CREATE TABLE one.root (%s, PRIMARY KEY (k)) PARTITION BY RANGE (k)' % _COLUMNS,
    'CREATE TABLE two.leaf (%s)' % _TURNED, 'ALTER TABLE two.leaf DROP COLUMN gone',
    'ALTER TABLE one.root ATTACH PARTITION two.leaf FOR VALUES FROM (MINVALUE) TO (10)',
    'CREATE TABLE one.branch PARTITION OF one.root FOR VALUES FROM (10) TO (MAXVALUE) PARTITION BY RANGE (k)',
    'CREATE TABLE two.twig PARTITION OF one.branch FOR VALUES FROM (10) TO (20)',
    'CREATE TABLE one.twig_full PARTITION OF one.branch DEFAULT', 'ALTER TABLE one.twig_full REPLICA IDENTITY FULL',
) + tuple('ALTER TABLE %s ALTER big SET STORAGE EXTERNAL' % table for table in ('one.plain', 'one.whole', 'two.by_index', 'two.leaf', 'two.twig', 'one.twig_full')) + (
    'ALTER TABLE two.by_index ALTER u SET STORAGE EXTERNAL',)

WRITTEN = ('one.plain', 'one.whole', 'two.by_index', 'two.keyless', 'one.root', 'one.root', 'two.leaf', 'two.twig')
PUBLISHED = ('one.plain', 'one.whole', 'two.by_index', 'two.keyless', 'one.root', 'two.leaf', 'one.branch', 'two.twig', 'one.twig_full')
IDENTITY = {'two.by_index': ('u', 'k')}
FILTERS = ('k > 5', 'a > 5', 'a % 2 = 0', 'a IS NULL', "t LIKE 'x%'", "t = 'x' OR k < 3", 'length(t) > 1', 'coalesce(a, 0) < 10 AND NOT k = 3', "t < 'm'",
           'k IN (1, 2, 3, 5, 8, 13)', 'true', 'false', 'NULL::boolean', 'big IS NOT NULL', 'length(big) > 50', "big < 'm'", '(a > 3) IS NOT TRUE',
           'k % 2 = 1', 'k BETWEEN 3 AND 15', "k > 5 AND big > 'c'", 'k::numeric > 6.5', "md5(k::text) < '8'")


class PublicationRound:
    """lose: records with this op are left out, so the round must fail; or None."""

    def __init__(self, server, seed, steps, verbose=False, lose=None):
        self.server, self.seed, self.steps, self.verbose, self.lose = server, seed, steps, verbose, lose
        self.random, self.source = random.Random(seed), 'published_%d' % seed
        self.modes = {'topic.prefix': 'p', 'skipped.operations': 'none', 'tombstones.on.delete': 'false', 'publication.name': 'all',
                      'publication.autocreate.mode': 'disabled'}
        self.counts = collections.Counter()
        self.compared = 0
        self.relations, self.theirs = {}, []

    def prepare(self):
        self.server.query('CREATE DATABASE %s' % self.source)
        for sql in ('CREATE EXTENSION penstock',) + SETUP:
            self.server.query(sql, database=self.source)
        self.server.query(self.publication('CREATE PUBLICATION "all"'), database=self.source)
        self.reader = self.server.connect(self.source).cursor()
        self.reader.execute('SHOW server_version_num')
        self.version = int(self.reader.fetchone()[0])
        for slot, plugin in ((OURS, 'penstock'), (THEIRS, 'pgoutput')):
            self.reader.execute('SELECT pg_create_logical_replication_slot(%s, %s)', (slot, plugin))
        self.sessions = []
        for _ in range(self.random.choice((1, 2, 3))):
            connection = self.server.connect(self.source)
            connection.autocommit = False
            self.sessions.append(connection)
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '15ms'")
            connection.commit()

    def run(self):
        """Records compared. Raises Difference."""
        self.prepare()
        for _ in range(self.steps):
            session = self.random.choice(self.sessions)
            what = self.random.choices(('write', 'publication', 'end', 'drain'), (70, 8, 20, 2))[0]
            if what == 'write':
                self.execute(session, [self.write(self.random.choice(WRITTEN))])
            elif what == 'publication':
                self.execute(session, self.alter())
            elif what == 'end':
                self.end(session, self.random.random() < 0.9)
            else:
                self.drain()
        for session in self.sessions:
            self.end(session, True)
        self.drain()
        return self.compared

    def end(self, session, commit):
        self.say('%d: %s' % (self.sessions.index(session), 'COMMIT' if commit else 'ROLLBACK'))
        (session.commit if commit else session.rollback)()
        self.read_theirs()

    def say(self, text):
        if self.verbose:
            print('      ' + text)

    def execute(self, session, statements):
        """All of them or none: pgoutput's server refuses an UPDATE or DELETE that a filter or a list does not allow."""
        with session.cursor() as cursor:
            cursor.execute('SAVEPOINT one')
            try:
                for sql in statements:
                    cursor.execute(sql)
                cursor.execute('RELEASE one')
            except psycopg2.Error as error:
                cursor.execute('ROLLBACK TO one')
                return self.say('refused: %s: %s' % (statements[-1][:200], str(error).splitlines()[0]))
        self.say('%d: %s' % (self.sessions.index(session), '; '.join(sql[:300] for sql in statements)))

    def close(self):
        for session in getattr(self, 'sessions', []):
            session.close()
        if hasattr(self, 'reader'):
            self.reader.connection.close()
        self.server.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name IN (%s, %s)', OURS, THEIRS)
        self.server.query('DROP DATABASE IF EXISTS %s WITH (FORCE)' % self.source)

    # --- statements

    def write(self, table):
        r = self.random
        key = r.randint(1, 25)
        values = {'k': str(key), 'a': r.choice(('NULL', str(r.randint(0, 12)))), 't': r.choice(('NULL', "'x'", "'xyz'", "'n'", "'é'", "''")),
                  'big': r.choice(('NULL', "'short'", "repeat('%s', %d)" % (r.choice('abxyz'), r.choice((60, 3000, 9000)))))}
        if table == 'two.by_index':
            values['u'] = r.choice(("'u'", "'v'", "repeat('w', 2100)"))
        what = r.choices(('insert', 'update', 'key', 'delete', 'truncate'), (40, 35, 10, 14, 1))[0]
        where = r.choice(('k = %d' % key, 'k = %d' % key, 'k %% 5 = %d' % r.randint(0, 4)))
        if what == 'insert':
            return 'INSERT INTO %s (%s) VALUES (%s) ON CONFLICT DO NOTHING' % (table, ', '.join(values), ', '.join(values.values()))
        if what == 'update':
            chosen = r.sample([c for c in values if c != 'k'], r.randint(1, 2))
            return 'UPDATE %s SET %s WHERE %s' % (table, ', '.join('%s = %s' % (c, values[c]) for c in chosen), where)
        if what == 'key':
            return 'UPDATE %s SET k = %d, a = %s WHERE k = %d' % (table, r.randint(1, 25), values['a'], key)
        return 'TRUNCATE %s' % table if what == 'truncate' else 'DELETE FROM %s WHERE %s' % (table, where)

    def member(self, table):
        r, text = self.random, table
        if r.random() < 0.3:
            columns = [c for c in ('k', 'a', 't', 'big', 'g') if r.random() < (0.9 if c == 'k' else 0.6)] or ['k']
            if table == 'two.by_index' and r.random() < 0.9:
                columns.append('u')
            text += ' (%s)' % ', '.join(columns)
        return text + (' WHERE (%s)' % r.choice(FILTERS) if r.random() < 0.6 else '')

    def members(self):
        return ', '.join(self.member(table) for table in self.random.sample(PUBLISHED, self.random.randint(1, 5)))

    def settings(self):
        r = self.random
        settings = {'publish': "'%s'" % r.choice(('insert, update, delete, truncate',) * 4 + ('insert', 'update', 'delete', 'insert, delete', 'update, truncate')),
                    'publish_via_partition_root': r.choice(('true', 'false'))}
        if getattr(self, 'version', 0) >= 180000:
            settings['publish_generated_columns'] = r.choice(('none', 'stored'))
        return '(%s)' % ', '.join('%s = %s' % item for item in settings.items())

    def publication(self, create):
        r = self.random
        what = r.choice(('all', 'tables', 'tables', 'tables', 'schema', 'both', 'nothing'))
        of = {'all': ' FOR ALL TABLES', 'tables': ' FOR TABLE %s' % self.members(), 'schema': ' FOR TABLES IN SCHEMA %s' % r.choice(('one', 'two', 'one, two')),
              'both': ' FOR TABLE %s, TABLES IN SCHEMA %s' % (self.members(), r.choice(('one', 'two'))), 'nothing': ''}[what]
        if 'CREATE' in create and not hasattr(self, 'version'):
            of = ' FOR ALL TABLES'  # the first one, which must not be refused
        return '%s%s WITH %s' % (create, of, self.settings())

    def alter(self):
        r, alter = self.random, 'ALTER PUBLICATION "all"'
        what = r.choice(('set tables', 'set tables', 'settings', 'settings', 'add', 'drop', 'add schema', 'drop schema', 'anew', 'anew', 'rename', 'identity'))
        if what == 'anew':
            return ['DROP PUBLICATION "all"', self.publication('CREATE PUBLICATION "all"')]
        if what == 'rename':
            return [alter + ' RENAME TO other', 'ALTER PUBLICATION other RENAME TO "all"']
        if what == 'identity':
            return ['ALTER TABLE %s REPLICA IDENTITY %s' % (r.choice(('one.plain', 'two.twig')), r.choice(('FULL', 'DEFAULT', 'NOTHING')))]
        return [{'set tables': '%s SET TABLE %s' % (alter, self.members()), 'settings': '%s SET %s' % (alter, self.settings()),
                 'add': '%s ADD TABLE %s' % (alter, self.member(r.choice(PUBLISHED))), 'drop': '%s DROP TABLE %s' % (alter, r.choice(PUBLISHED)),
                 'add schema': '%s ADD TABLES IN SCHEMA %s' % (alter, r.choice(('one', 'two'))),
                 'drop schema': '%s DROP TABLES IN SCHEMA %s' % (alter, r.choice(('one', 'two')))}[what]]

    # --- what is compared

    def read_theirs(self):
        """After each transaction, anew: pgoutput keeps what a newer one has seen of publications for an older one that commits after it."""
        self.reader.execute("SELECT data FROM pg_logical_slot_get_binary_changes(%s, NULL, NULL, 'proto_version', '1', 'publication_names', '\"all\"')", [THEIRS])
        self.theirs += [change for data, in self.reader.fetchall() for change in self.of_message(bytes(data))]

    def drain(self):
        """Many transactions in one session of the plugin, compared."""
        options = [text for pair in self.modes.items() for text in pair]
        self.reader.execute('SELECT data FROM pg_logical_slot_get_changes(%%s, NULL, NULL, %s)' % ', '.join(['%s'] * len(options)), [OURS] + options)
        ours = [record for line, in self.reader.fetchall() for record in self.of_line(json.loads(line))]
        theirs, self.theirs = self.theirs, []
        for place, (one, other) in enumerate(zip(ours + [None], theirs + [None])):
            if one != other:
                before = ''.join('\nboth      %s' % (change,) for change in theirs[max(0, place - 3):place])
                raise Difference('%s\npenstock  %s\npgoutput  %s' % (before, one, other))
        self.compared += len(ours)

    def of_line(self, line):
        """(op, table, row) of a record; the two of a changed key are one update."""
        headers, value = line.get('headers') or {}, line['value']
        self.say('record: %s' % json.dumps(value)[:300])
        if '__debezium.newkey' in headers or self.lose == value['op']:
            return
        table = line['topic'].partition('.')[2]
        op = 'u' if '__debezium.oldkey' in headers else value['op']
        self.counts[op] += 1
        row = value['before'] if op == 'd' else value['after']
        yield op, table, self.known(op, table, {} if row is None else {name: text_of(value) for name, value in row.items()})

    def of_message(self, data):
        """The same of a message of pgoutput."""
        kind, reader = data[:1], Reader(data[1:])
        if kind == b'R':
            oid, schema, name, _ = reader.integer(4), reader.string(), reader.string(), reader.integer(1)
            self.relations[oid] = '%s.%s' % (schema, name), [reader.column() for _ in range(reader.integer(2))]
        elif kind == b'T':
            count, _ = reader.integer(4), reader.integer(1)
            for _ in range(count):
                yield 't', self.relations[reader.integer(4)][0], ()
        elif kind in (b'I', b'U', b'D'):
            table, columns = self.relations[reader.integer(4)]
            rows = {}
            while reader.left():
                which = reader.integer(1)
                rows[chr(which)] = dict(zip(columns, reader.row()))
            op = {b'I': 'c', b'U': 'u', b'D': 'd'}[kind]
            old = rows.get('O', rows.get('K', {}))
            row = rows.get('N', old)
            row = {name: old.get(name) or value if value == UNAVAILABLE else value for name, value in row.items()}
            yield op, table, self.known(op, table, row)

    @staticmethod
    def known(op, table, row):
        """What both know of a row: of one that was deleted, its identity."""
        names = row if op != 'd' else [name for name in IDENTITY.get(table, ('k',)) if name in row]
        return tuple(sorted((name, shortened(row[name])) for name in names))


def text_of(value):
    return value if value is None else str(value)


def shortened(value):
    return value if value is None or len(value) < 40 else '%s… (%d)' % (value[:5], len(value))


class Reader:
    """The fields of a message."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def left(self):
        return self.at < len(self.data)

    def take(self, size):
        self.at += size
        return self.data[self.at - size:self.at]

    def integer(self, size):
        return int.from_bytes(self.take(size), 'big')

    def string(self):
        return self.take(self.data.index(b'\0', self.at) + 1 - self.at)[:-1].decode()

    def column(self):
        self.take(1)
        name = self.string()
        self.take(8)
        return name

    def row(self):
        for _ in range(self.integer(2)):
            kind = self.take(1)
            yield None if kind == b'n' else UNAVAILABLE if kind == b'u' else self.take(self.integer(4)).decode()
