"""Is anything lost? Two independent answers.

compare_changes: every change that a second slot decodes is in Kafka (lost), nothing else is (phantom), and per key the first
occurrences come in the order of the commits (out of order). Repeats are allowed: delivery is at least once.
compare_state: the tables as replaying the records makes them equal the tables.
"""
import base64
import collections
import datetime
import json

PLACEHOLDER = '__debezium_unavailable_value'

# A captured table: name as schema.table, key columns in order.
Table = collections.namedtuple('Table', 'name topic key')
Changes = collections.namedtuple('Changes', 'expected found lost phantom repeated out_of_order examples')


def tables_of(postgres, database, topic_of, schemas=('public',)):
    """Tables with a primary key, as the catalogs have them; topic_of(schema, table) names their topics."""
    rows = postgres.query(
        "SELECT n.nspname, c.relname, array_agg(a.attname::text ORDER BY k.place) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid "
        "JOIN pg_namespace n ON n.oid = c.relnamespace, unnest(i.indkey) WITH ORDINALITY k(number, place) "
        "JOIN pg_attribute a ON a.attnum = k.number "
        "WHERE i.indisprimary AND a.attrelid = i.indrelid AND n.nspname = ANY(%s) GROUP BY 1, 2 ORDER BY 1, 2", list(schemas), database=database)
    return {'%s.%s' % (schema, table): Table('%s.%s' % (schema, table), topic_of(schema, table), key) for schema, table, key in rows}


def expected_events(transactions, tables, tombstones=True):
    """(topic, key, op, lsn, xid) for each record that the changes must have given, in commit order."""
    for transaction in transactions:
        for change in transaction.changes:
            table = tables.get(change.table)
            if table is None:
                continue
            place = change.lsn, transaction.xid

            def event(op, row):
                return (table.topic, row if row is None else tuple(row[column] for column in table.key), op, *place)

            if change.op == 't':
                yield event('t', None)
            elif change.op == 'c':
                yield event('c', change.new)
            elif change.op == 'u' and (change.old is None or all(change.old[c] == change.new[c] for c in table.key)):
                yield event('u', change.new)
            else:
                yield event('d', change.old)
                if tombstones:
                    yield event('x', change.old)
                if change.op == 'u':
                    yield event('c', change.new)


def compare_changes(transactions, tables, records, tombstones=True, after_lsn=0):
    """`after_lsn`: transactions that ended at or before it are in the snapshot and not expected as changes."""
    wanted = collections.OrderedDict()      # (topic, key): [(op, lsn, xid)]
    for topic, key, *identity in expected_events((t for t in transactions if t.end_lsn > after_lsn), tables, tombstones):
        wanted.setdefault((topic, key), []).append(tuple(identity))
    topics = {table.topic for table in tables.values()}
    found, seen, repeated = {}, set(), 0
    for record in records:
        if record.topic not in topics or record.op not in ('c', 'u', 'd', 'x', 't'):
            continue
        if record.op == 'x' and record.lsn is None:
            continue        # closes the delete of a row that only the snapshot had; counted with that delete
        identity = (record.topic, record.key, record.op, record.lsn, record.xid)
        if identity in seen:
            repeated += 1
            continue
        seen.add(identity)
        found.setdefault(identity[:2], []).append(identity[2:])
    lost, phantom, disorder, examples = 0, 0, 0, []
    for place in list(wanted) + [p for p in found if p not in wanted]:
        want, have = wanted.get(place, []), found.get(place, [])
        if want == have:
            continue
        wanted_here, found_here = set(want), set(have)
        missing, surplus = [e for e in want if e not in found_here], [e for e in have if e not in wanted_here]
        lost, phantom = lost + len(missing), phantom + len(surplus)
        mixed = [e for e in want if e in found_here] != [e for e in have if e in wanted_here]
        disorder += mixed
        if len(examples) < 5:
            examples.append('%s %s: missing %s, surplus %s%s' % (*place, missing[:3], surplus[:3], ', order differs' if mixed else ''))
    return Changes(sum(map(len, wanted.values())), len(seen), lost, phantom, repeated, disorder, examples)


def replay(records, tables):
    """{topic: {key: row}} after applying the records in order."""
    state = {table.topic: {} for table in tables.values()}
    for record in records:
        rows = state.get(record.topic)
        if rows is None or record.op is None:
            continue
        if record.op in ('c', 'r', 'u'):
            row = record.after
            if PLACEHOLDER in row.values():
                before = rows.get(record.key, {})
                row = {name: before.get(name, value) if value == PLACEHOLDER else value for name, value in row.items()}
            rows[record.key] = row
        elif record.op in ('d', 'x'):
            rows.pop(record.key, None)
        elif record.op == 't':
            rows.clear()
    return state


def compare_state(postgres, database, tables, records):
    """(rows compared, differences as text). The caller sees to it that nothing is written meanwhile."""
    state, compared, differences = replay(records, tables), 0, []
    for table in tables.values():
        rows = table_rows(postgres, database, table)
        replayed = {key: canonical(row, rows.types) for key, row in state[table.topic].items()}
        compared += len(rows.rows)
        for key in list(rows.rows) + [key for key in replayed if key not in rows.rows]:
            want, have = rows.rows.get(key), replayed.get(key)
            if want != have:
                differences.append('%s %s: table %s, replayed %s' % (table.name, key, short(want, have), short(have, want)))
    return compared, differences


TableRows = collections.namedtuple('TableRows', 'types rows')


def table_rows(postgres, database, table):
    """All rows as PostgreSQL's own text, arrays as JSON."""
    schema, _, name = table.name.partition('.')
    types = dict(postgres.query(
        "SELECT a.attname::text, t.typname::text FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = %s::regclass "
        "AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum", '"%s"."%s"' % (schema, name), database=database))
    columns = ['array_to_json("%s")::text' % c if t.startswith('_') else '"%s"' % c for c, t in types.items()]
    rows = postgres.query("SELECT %s FROM \"%s\".\"%s\"" % (', '.join(columns), schema, name), database=database, as_text=True)
    named = [dict(zip(types, row)) for row in rows]
    for row in named:
        for column, kind in types.items():
            if kind.startswith('_') and row[column] is not None:
                row[column] = json.loads(row[column])
    return TableRows(types, {tuple(row[column] for column in table.key): row for row in named})


def canonical(row, types):
    return {column: as_server_text(types.get(column), value) for column, value in row.items()}


def as_server_text(kind, value):
    """A value of a record (time in microseconds, decimals as text) as the server prints it in UTC."""
    if value is None or (kind or '').startswith('_'):
        return value
    if kind == 'bool':
        return 't' if value else 'f'
    if kind == 'timestamptz':
        # the record has as many digits as the column, the server drops zeros at the end
        moment = value.removesuffix('Z').replace('T', ' ')
        return (moment.rstrip('0').rstrip('.') if '.' in moment else moment) + '+00'
    if kind == 'timestamp':
        return time_text(datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=value))
    if kind == 'date':
        return str(datetime.date(1970, 1, 1) + datetime.timedelta(days=value))
    if kind == 'bytea':
        return '\\x' + base64.b64decode(value).hex()
    if kind in ('float4', 'float8'):
        return repr(float(value)).removesuffix('.0')
    return str(value)


def time_text(moment):
    text = moment.strftime('%Y-%m-%d %H:%M:%S.%f').rstrip('0')
    return text.rstrip('.')


def short(row, other):
    """Only what differs."""
    if row is None:
        return 'no row'
    return {name: value for name, value in row.items() if other is None or other.get(name, ...) != value}
