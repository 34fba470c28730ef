"""The checker itself: it must see what it is there to see."""
from harness import checker, decoded
from harness.records import Record

TABLES = {'public.t': checker.Table('public.t', 's.public.t', ['id'])}
SLOT = [('0/10', '7', 'BEGIN 7'),
        ('0/11', '7', "table public.t: INSERT: id[integer]:1 name[text]:'it''s [a]:b' price[numeric]:1.50"),
        ('0/20', '7', 'COMMIT 7'),
        ('0/21', '8', 'BEGIN 8'),
        ('0/22', '8', "table public.t: UPDATE: id[integer]:1 name[text]:null price[numeric]:2.00"),
        ('0/23', '8', "table public.t: UPDATE: old-key: id[integer]:1 new-tuple: id[integer]:2 name[text]:'z' price[numeric]:2.00"),
        ('0/30', '8', 'COMMIT 8'),
        ('0/31', '9', 'BEGIN 9'),
        ('0/32', '9', 'table public.t: DELETE: id[integer]:2'),
        ('0/40', '9', 'COMMIT 9')]


def record(op, key, lsn, xid, after=None):
    return Record('s.public.t', 0, op, (key,), lsn, xid, None, after, 0, 0, None)


GOOD = [record('c', '1', 0x11, 7), record('u', '1', 0x22, 8), record('d', '1', 0x23, 8), record('x', '1', 0x23, 8),
        record('c', '2', 0x23, 8), record('d', '2', 0x32, 9), record('x', '2', 0x32, 9)]


def compare(records, **options):
    return checker.compare_changes(list(decoded.transactions(SLOT)), TABLES, records, **options)


def test_reads_the_text_of_test_decoding():
    first, second, third = decoded.transactions(SLOT)
    assert first.changes[0].new == {'id': '1', 'name': "it's [a]:b", 'price': '1.50'}
    assert second.changes[1].old == {'id': '1'} and second.changes[1].new['name'] == 'z'
    assert third == (9, 0x40, [decoded.Change(0x32, 'public.t', 'd', {'id': '2'}, None)])
    truncate = decoded.parse_change(1, 'table public.a, public."B c": TRUNCATE: restart_seqs cascade')
    assert [change.table for change in truncate] == ['public.a', 'public.B c']


def test_accepts_what_is_complete():
    assert compare(GOOD)[:6] == (7, 7, 0, 0, 0, 0)


def test_repeats_are_counted_and_no_fault():
    assert compare(GOOD[:3] + GOOD)[:6] == (7, 7, 0, 0, 3, 0)


def test_sees_each_lost_record():
    for index in range(len(GOOD)):
        result = compare(GOOD[:index] + GOOD[index + 1:])
        assert result.lost == 1, 'record %d' % index


def test_sees_a_phantom():
    assert compare(GOOD + [record('u', '1', 0x99, 12)]).phantom == 1


def test_sees_a_swapped_pair_of_one_key():
    assert compare([GOOD[1], GOOD[0]] + GOOD[2:]).out_of_order == 1


def test_a_snapshot_covers_what_committed_before_it():
    assert compare(GOOD[1:], after_lsn=0x20).lost == 0
    assert compare(GOOD[2:], after_lsn=0x20).lost == 1


def test_replays_to_the_last_row():
    rows = [record('r', '1', 1, 1, {'id': 1, 'name': 'a'}), record('u', '1', 2, 2, {'id': 1, 'name': checker.PLACEHOLDER}),
            record('c', '3', 3, 3, {'id': 3, 'name': 'c'}), record('d', '3', 4, 4)]
    assert checker.replay(rows, TABLES) == {'s.public.t': {('1',): {'id': 1, 'name': 'a'}}}


def test_values_in_the_servers_text():
    text = checker.as_server_text
    assert text('timestamptz', '2026-11-22T20:45:26.1Z') == '2026-11-22 20:45:26.1+00'
    assert text('timestamptz', '2026-11-22T20:45:20.120000Z') == '2026-11-22 20:45:20.12+00'
    assert text('timestamptz', '2026-11-22T20:45:20Z') == '2026-11-22 20:45:20+00'
    assert text('timestamp', 1795374646532180) == '2026-11-22 19:10:46.53218'
    assert text('date', 1) == '1970-01-02'
    assert text('bool', False) == 'f'
    assert text('numeric', '1.50') == '1.50'
