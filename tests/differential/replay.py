"""Applies decoded records to the second database, one statement a record."""
import json

from differential.model import qualified, quote
from differential.values import binary_back


class Difference(AssertionError):
    pass


class Replay:
    """cursor: of the second database; catalog: its model.Catalog; modes: the options that the records were decoded with."""

    def __init__(self, cursor, catalog, modes):
        self.cursor, self.catalog, self.modes = cursor, catalog, modes
        self.tables, self.moving, self.counts = {}, None, {}

    def apply(self, line):
        record = json.loads(line)
        value = record['value']
        if value is None or 'op' not in value:
            return  # a tombstone, or the metadata of a transaction
        op = value['op']
        self.counts[op] = self.counts.get(op, 0) + 1
        if op == 'm':
            if value['message']['prefix'] == 'ddl':
                self.cursor.execute(bytes.fromhex(binary_back(value['message']['content'], self.modes)[2:]).decode())
                self.tables = {(t.schema, t.name): t for t in self.catalog.tables(self.cursor)}
            return
        source = value['source']
        table = self.tables.get((source['schema'], source['table']))
        if table is None:
            raise Difference('a record of a table that is not there: %s' % line[:300])
        if op == 't':
            self.cursor.execute('DELETE FROM ONLY %s' % qualified(table))
        elif op == 'd' and '__debezium.newkey' in record['headers']:
            self.moving = self.place(table, value['before'])
        elif op == 'd':
            self.change(table, 'DELETE FROM %s' % qualified(table), [], self.place(table, value['before']), line)
        elif op == 'c' and '__debezium.oldkey' in record['headers']:
            self.update(table, value['after'], self.moving, line)
            self.moving = None
        elif op == 'c':
            self.insert(table, value['after'], line)
        elif op == 'u':
            self.update(table, value['after'], self.place(table, value['before'] or value['after']), line)

    def insert(self, table, row, line):
        columns = self.present(table, row)
        for column in columns:
            if column.type.unavailable(row[column.name], self.modes) and row[column.name] is not None:
                raise Difference('%s.%s is unavailable in an insert: %s' % (table.name, column.name, line[:300]))
        self.cursor.execute(('INSERT INTO %s (%s) VALUES (%s)' % (qualified(table), ', '.join(quote(c.name) for c in columns), ', '.join(
            cast(c) for c in columns)) if columns else 'INSERT INTO %s DEFAULT VALUES' % qualified(table)).replace('%', '%%').replace(MARK, '%s'),
            [self.text(c, row) for c in columns])

    def update(self, table, row, place, line):
        """Values that were not in the WAL stay as they are."""
        columns = [c for c in self.present(table, row) if not c.type.unavailable(row[c.name], self.modes)]
        if columns:
            self.change(table, 'UPDATE %s SET %s' % (qualified(table), ', '.join('%s = %s' % (quote(c.name), cast(c)) for c in columns)),
                        [self.text(c, row) for c in columns], place, line)

    def change(self, table, sql, arguments, place, line):
        condition, values = place
        sql = '%s WHERE ctid = (SELECT ctid FROM %s WHERE %s LIMIT 1)' % (sql, qualified(table), condition)
        self.cursor.execute(sql.replace('%', '%%').replace(MARK, '%s'), arguments + values)
        if self.cursor.rowcount != 1:
            raise Difference('%d rows of %s for %s' % (self.cursor.rowcount, table.name, line[:600]))

    def place(self, table, row):
        """(condition, values) that finds the row: by its identity, or by everything it holds."""
        by = [c for c in self.present(table, row) if c.name in table.match or table.identity == 'f']
        return ' AND '.join('%s IS NOT DISTINCT FROM %s' % (comparable(c, quote(c.name)), comparable(c, cast(c))) for c in by), [
            self.text(c, row) for c in by]

    def present(self, table, row):
        """Columns that take a value; a record of other columns than the table has is a difference."""
        unknown = set(row) - {c.name for c in table.columns}
        missing = {c.name for c in table.columns if not c.generated} - set(row)
        if unknown or missing:
            raise Difference('%s: surplus members %s, missing %s' % (table.name, sorted(unknown), sorted(missing)))
        return [c for c in table.columns if not c.generated]

    def text(self, column, row):
        value = row[column.name]
        return None if value is None else column.type.back(value, self.modes)


MARK = '\x02'  # stands for a parameter until the percent signs of names are doubled


def cast(column):
    return '%s::%s' % (MARK, column.type.name)


def comparable(column, expression):
    """Its text; zeros at the end of a numeric without a scale are not kept by the reference either."""
    return ('trim_scale(%s)::text' if column.type.name == 'numeric' else '(%s)::text') % expression


def compare(tables, source, target):
    """Rows that only one of the two databases holds, as text; [] when all is equal. Returns (rows compared, differences)."""
    compared, differences = 0, []
    for table in tables:
        columns = ', '.join(comparable(c, quote(c.name)) for c in table.columns) or "''"
        both = []
        for cursor in (source, target):
            cursor.execute(('SELECT %s FROM %s' % (columns, qualified(table))))
            both.append(sorted(cursor.fetchall(), key=repr))
        compared += len(both[0])
        for row in [r for r in both[0] if r not in both[1]][:3]:
            differences.append('%s: only in the source: %s' % (table.name, short(row)))
        for row in [r for r in both[1] if r not in both[0]][:3]:
            differences.append('%s: only in the replay: %s' % (table.name, short(row)))
        if not differences and len(both[0]) != len(both[1]):
            differences.append('%s: %d and %d rows' % (table.name, len(both[0]), len(both[1])))
    return compared, differences


def short(row):
    return ' | '.join('NULL' if v is None else v if len(v) < 80 else v[:60] + '… (%d)' % len(v) for v in row)
