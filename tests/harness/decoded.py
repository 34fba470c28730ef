"""What PostgreSQL itself says happened: the text of a test_decoding slot, read into transactions and changes."""
import collections
import re

Transaction = collections.namedtuple('Transaction', 'xid end_lsn changes')
Change = collections.namedtuple('Change', 'lsn table op old new')    # table: schema.name; old and new: {column: text or None}

_COLUMN = re.compile(r'(?P<name>"(?:[^"]|"")*"|[^\s\[]+)\[(?P<type>(?:[^\]]|\](?=\]))*)\]:'
                     r"(?P<value>'(?:[^']|'')*'|B'[01]*'|\S+)(?: |$)", re.DOTALL)


def lsn_number(text):
    high, low = text.split('/')
    return (int(high, 16) << 32) + int(low, 16)


def create_slot(postgres, slot, database):
    postgres.query("SELECT pg_create_logical_replication_slot(%s, 'test_decoding')", slot, database=database)


def read_slot(postgres, slot, database, up_to=None):
    """Every transaction that the slot decodes up to an LSN; consumes nothing, so it can be asked again."""
    rows = postgres.query('SELECT lsn::text, xid::text, data FROM pg_logical_slot_peek_changes(%s, %s, NULL)', slot, up_to, database=database)
    return list(transactions(rows))


def transactions(rows):
    """rows: (lsn, xid, data) in the order of the slot."""
    changes = []
    for lsn, xid, data in rows:
        if data.startswith('BEGIN'):
            changes = []
        elif data.startswith('COMMIT'):
            yield Transaction(int(xid), lsn_number(lsn), changes)
        elif data.startswith('table '):
            changes += parse_change(lsn_number(lsn), data)


def parse_change(lsn, data):
    """One line of a change; a TRUNCATE of several tables gives several."""
    names, op, rest = re.match(r'table ((?:"(?:[^"]|"")*"|[^:"])+): (\w+): ?(.*)', data, re.DOTALL).groups()
    if op == 'TRUNCATE':
        return [Change(lsn, unquote(name), 't', None, None) for name in names.split(', ')]
    old = new = None
    if op == 'INSERT':
        new = columns(rest)
    elif op == 'DELETE':
        old = columns(rest)
    elif rest.startswith('old-key: '):
        before, _, after = rest[len('old-key: '):].partition(' new-tuple: ')
        old, new = columns(before), columns(after)
    else:
        new = columns(rest)
    return [Change(lsn, unquote(names), {'INSERT': 'c', 'UPDATE': 'u', 'DELETE': 'd'}[op], old, new)]


def columns(text):
    found = {}
    for match in _COLUMN.finditer(text):
        value = match['value']
        if value == 'null':
            value = None
        elif value == 'unchanged-toast-datum':
            continue
        elif value.startswith("'"):
            value = value[1:-1].replace("''", "'")
        found[unquote(match['name'])] = value
    return found


def unquote(name):
    return re.sub(r'"((?:[^"]|"")*)"', lambda match: match[1].replace('""', '"'), name)
