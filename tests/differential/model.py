"""What the source holds now, read from its catalogs, and random statements against it."""
import collections

from differential.values import BASE, TYPES

Column = collections.namedtuple('Column', 'name type required generated')
# key: primary key's columns; identity: d, f, i, n as in pg_class; match: columns by which a replay finds a row.
Table = collections.namedtuple('Table', 'schema name columns key identity match root')


def quote(name):
    return '"%s"' % name.replace('"', '""')


def qualified(table):
    return '%s.%s' % (quote(table.schema), quote(table.name))


SETUP = ('CREATE SCHEMA "Odd Schema é"', 'CREATE SCHEMA plain', "CREATE TYPE \"Mood é\" AS ENUM ('sad', 'x y', 'é\"q')",
         'CREATE DOMAIN posint AS integer CHECK (VALUE > 0)')

_TABLES = """
SELECT n.nspname::text, c.relname::text, c.relreplident::text, c.relkind = 'p' OR NOT c.relispartition,
  (SELECT json_agg(json_build_array(a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated <> '') ORDER BY a.attnum)
   FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
  (SELECT json_agg(a.attname ORDER BY k.n) FROM pg_index i, unnest(i.indkey) WITH ORDINALITY k(attnum, n), pg_attribute a
   WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid AND a.attnum = k.attnum),
  (SELECT json_agg(a.attname ORDER BY k.n) FROM pg_index i, unnest(i.indkey) WITH ORDINALITY k(attnum, n), pg_attribute a
   WHERE i.indrelid = c.oid AND i.indisreplident AND a.attrelid = c.oid AND a.attnum = k.attnum)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname IN ('plain', 'Odd Schema é', 'public') ORDER BY 1, 2"""


class Catalog:
    """Tables of a database. Types are known by the text that the server gives them."""

    def __init__(self, cursor):
        self.types = {}
        cursor.execute('CREATE TEMP TABLE probe (%s)' % ', '.join('c%d %s' % (n, t.name) for n, t in enumerate(TYPES)))
        cursor.execute("SELECT attnum - 1, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'probe'::regclass AND attnum > 0")
        for number, text in cursor.fetchall():
            self.types[text] = TYPES[number]
        cursor.execute('DROP TABLE probe')

    def tables(self, cursor):
        cursor.execute(_TABLES)
        found = []
        for schema, name, identity, root, columns, key, index in cursor.fetchall():
            columns = [Column(c, self.types[t], required, generated) for c, t, required, generated in columns or []]
            key = key or []
            match = index or key if identity == 'i' else key
            found.append(Table(schema, name, columns, key, identity, match, root))
        return found


class Writer:
    """Random statements of one seed. Each is (SQL, parameters)."""

    def __init__(self, random):
        self.random, self.names = random, 0

    def name(self):
        self.names += 1
        return '%s%d' % (self.random.choice(('t', 'Col ', 'é"', 'x.y_', 'order', '表')), self.names)

    # --- definitions

    def column(self, type_, key=False):
        r, text = self.random, '%s %s' % (quote(self.name()), type_.name)
        if not key and r.random() < 0.15 and type_.name in ('integer', 'text', 'numeric(12,3)', 'date', 'boolean'):
            text += ' DEFAULT %s' % {'integer': '7', 'text': "'dflt'", 'numeric(12,3)': '1.5', 'date': "'2020-02-02'", 'boolean': 'true'}[type_.name]
        return text

    def create_table(self):
        """[SQL] of a new table: with a key, or whole rows as identity, or a unique index as identity; perhaps partitioned."""
        r, table = self.random, '%s.%s' % (quote(r_schema(self.random)), quote(self.name()))
        kind = r.choice(('key', 'key', 'key', 'key full', 'full', 'index', 'hash', 'list'))
        keys = [self.column(t, True) for t in r.sample([t for t in BASE if t.key], r.choice((1, 1, 2, 3)))]
        if kind == 'hash' and '"Mood' in keys[0]:
            kind = 'key'  # labels hash by their OID, which differs from database to database
        columns = [self.column(t) for t in r.choices(TYPES, k=r.randint(1, 8))]
        key_names = [split_name(k) for k in keys]
        body = keys + columns if r.random() < 0.7 else columns + keys
        if kind in ('key', 'key full', 'hash', 'list') or kind == 'index' and r.random() < 0.5:
            body = body + ['PRIMARY KEY (%s)' % ', '.join(key_names)]
        if kind == 'list':
            body = ['part smallint NOT NULL'] + body[:-1] + ['PRIMARY KEY (%s)' % ', '.join(['part'] + key_names)]
        if r.random() < 0.1 and kind != 'list':
            body.insert(0, 'num integer')
            body.insert(1, 'twice integer GENERATED ALWAYS AS (num / 2) STORED')
        suffix = {'hash': ' PARTITION BY HASH (%s)' % key_names[0], 'list': ' PARTITION BY LIST (part)'}.get(kind, '')
        out = ['CREATE TABLE %s (%s)%s' % (table, ', '.join(body), suffix)]
        if kind in ('full', 'key full'):
            out.append('ALTER TABLE %s REPLICA IDENTITY FULL' % table)
        if kind == 'index':
            index = self.name()
            out += ['ALTER TABLE %s ALTER %s SET NOT NULL' % (table, k) for k in key_names]
            out += ['CREATE UNIQUE INDEX %s ON %s (%s)' % (quote(index), table, ', '.join(key_names)),
                    'ALTER TABLE %s REPLICA IDENTITY USING INDEX %s' % (table, quote(index))]
        if kind == 'hash':
            out += ['CREATE TABLE plain.%s PARTITION OF %s FOR VALUES WITH (MODULUS 2, REMAINDER %d)' % (quote(self.name()), table, n) for n in (0, 1)]
        if kind == 'list':
            out += ['CREATE TABLE plain.%s PARTITION OF %s %s' % (quote(self.name()), table, values) for values in (
                'FOR VALUES IN (1, 2)', 'DEFAULT')]
        return out

    def alter(self, tables):
        """SQL that changes a table or a type, or None."""
        r, table = self.random, self.random.choice(tables)
        plain = [c for c in table.columns if c.name not in table.key + table.match and not c.generated and c.name not in ('part', 'num')]
        what = r.choice(('add', 'add', 'add default', 'drop', 'rename', 'type', 'rename table', 'full', 'label', 'storage', 'move', 'not null'))
        if what == 'add':
            return 'ALTER TABLE %s ADD COLUMN %s' % (qualified(table), self.column(r.choice(TYPES)))
        if what == 'add default':
            return "ALTER TABLE %s ADD COLUMN %s text NOT NULL DEFAULT 'added é'" % (qualified(table), quote(self.name()))
        if what == 'rename table':
            return 'ALTER TABLE %s RENAME TO %s' % (qualified(table), quote(self.name()))
        if what == 'move':
            return 'ALTER TABLE %s SET SCHEMA %s' % (qualified(table), quote('Odd Schema é' if table.schema == 'plain' else 'plain'))
        if what == 'full':
            return 'ALTER TABLE %s REPLICA IDENTITY %s' % (qualified(table), 'FULL' if table.identity == 'd' or not table.key else 'DEFAULT')
        if what == 'label':
            return "ALTER TYPE \"Mood é\" ADD VALUE IF NOT EXISTS 'new %d'" % r.randint(1, 9)
        if not plain:
            return None
        column = r.choice(plain)
        if what == 'drop':
            return 'ALTER TABLE %s DROP COLUMN %s' % (qualified(table), quote(column.name))
        if what == 'rename':
            return 'ALTER TABLE %s RENAME COLUMN %s TO %s' % (qualified(table), quote(column.name), quote(self.name()))
        if what == 'storage' and column.type.large:
            return 'ALTER TABLE %s ALTER %s SET STORAGE EXTERNAL' % (qualified(table), quote(column.name))
        wider = {'smallint': 'bigint', 'integer': 'bigint', 'varchar(40)': 'text', 'varchar': 'text', 'numeric(12,3)': 'numeric', 'date': 'timestamp',
                 'real': 'double precision', 'json': 'text', 'jsonb': 'json', 'integer[]': 'bigint[]', 'timestamp(2)': 'timestamp'}.get(column.type.name)
        if what == 'type' and wider:
            return 'ALTER TABLE %s ALTER %s DROP DEFAULT, ALTER %s TYPE %s USING %s::%s' % (
                qualified(table), quote(column.name), quote(column.name), wider, quote(column.name), wider)
        return None

    # --- rows

    def value(self, column, key=False):
        r = self.random
        if not key and not column.required and r.random() < 0.15:
            return None
        if key and r.random() < 0.5 and column.type.name in ('integer', 'bigint', 'smallint', 'posint'):
            return str(r.randint(1, 30))
        return column.type.make(r, column.type.large and r.random() < (0.05 if key else 0.35) and not key)

    def insert(self, table):
        columns = [c for c in table.columns if not c.generated and (c.name in table.match or c.required or self.random.random() < 0.85)]
        if not columns:
            return 'INSERT INTO %s DEFAULT VALUES' % qualified(table), []
        rows = [[self.value(c, c.name in table.match or c.name == 'part') for c in columns] for _ in range(self.random.choice((1, 1, 2, 6)))]
        one = '(%s)' % ', '.join('%%s::%s' % c.type.name.replace('%', '%%') for c in columns)
        conflict = ''
        rest = [c for c in columns if c.name not in table.key]
        if table.key and rest and self.random.random() < 0.2:
            rows = rows[:1]
            conflict = ' ON CONFLICT (%s) DO UPDATE SET %s' % (', '.join(map(escaped, table.key)), ', '.join(
                '%s = excluded.%s' % (escaped(c.name), escaped(c.name)) for c in rest))
        return 'INSERT INTO %s (%s) VALUES %s%s' % (qualified(table).replace('%', '%%'), ', '.join(escaped(c.name) for c in columns),
                                                    ', '.join([one] * len(rows)), conflict), [v for row in rows for v in row]

    def sample(self, table, count):
        """A condition that holds for some rows, the same ones in every run."""
        return '(tableoid, ctid) IN (SELECT tableoid, ctid FROM %s ORDER BY md5(ctid::text || %d) LIMIT %d)' % (
            qualified(table).replace('%', '%%'), self.random.randint(0, 999), count)

    def update(self, table, of_key):
        r = self.random
        names = table.match if of_key else [c.name for c in table.columns if c.name not in table.match and not c.generated]
        if not names:
            return None
        chosen = r.sample(names, r.randint(1, min(len(names), 3)))
        columns = [c for c in table.columns if c.name in chosen]
        return 'UPDATE %s SET %s WHERE %s' % (
            qualified(table).replace('%', '%%'), ', '.join('%s = %%s::%s' % (escaped(c.name), c.type.name) for c in columns),
            self.sample(table, 1 if of_key else r.choice((1, 2, 5)))), [self.value(c, of_key) for c in columns]

    def delete(self, table):
        return 'DELETE FROM %s WHERE %s' % (qualified(table).replace('%', '%%'), self.sample(table, self.random.choice((1, 1, 3)))), []


def escaped(name):
    return quote(name).replace('%', '%%')


def r_schema(random):
    return random.choice(('plain', 'plain', 'Odd Schema é'))


def split_name(column):
    """The quoted name at the beginning of a column's definition."""
    end = 1
    while column[end] != '"' or column[end:end + 2] == '""':
        end += 2 if column[end:end + 2] == '""' else 1
    return column[:end + 1]
