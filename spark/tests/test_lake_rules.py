"""What rules and data quality do with the lake: split, dead letters, quarantine, outbox, settled rules and rules by the clock."""
import datetime
import json
import os

import pytest
from test_rules import SHOP, TABLES, order, schema, typed

from pyspark.sql import functions as F
from pyspark.sql import types as T

from shopcdc import deadletter, dq, lake, outbox, rules, ticker

UTC = datetime.timezone.utc
NOON = datetime.datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
ROWS = '_op string, _lsn long, _commit_ts timestamp, _topic string, _partition int, _offset long, _timestamp timestamp, _key binary, _value binary, ' \
       '_headers array<struct<key: string, value: binary>>'
SILVER = '_deleted boolean, _op string, _lsn long, _commit_ts timestamp, _ingest_ts timestamp'


def after(seconds):
    return NOON + datetime.timedelta(seconds=seconds)


def parsed(spark, table, rows):
    """Rows as parse.rows() gives them: (op, new, problem[, unavailable]); the offset is the place in the list."""
    kind = schema(spark, table)
    whole = T.StructType([*kind.fields, *T._parse_datatype_string(ROWS).fields, T.StructField('_before', kind), T.StructField('_unavailable', T.ArrayType(T.StringType())),
                          T.StructField('_problem', T.StringType()), T.StructField('_exception', T.StringType())])      # noqa: SLF001
    return spark.createDataFrame([(*typed(kind, new), op, 100 + number, NOON, 'shop.shop.' + table, 0, number, NOON, b'k', b'v%d' % number,
                                   [('h', b'1'), ('dlq.reason', b'before')] + [('replay.of', b'x/0/1')] * (number % 2), None, list(other[0]) if other else [], problem, problem and 'what it is')
                                  for number, (op, new, problem, *other) in enumerate(rows)], whole)


def item(**other):
    return {'id': 1, 'order_id': 9, 'product_id': 7, 'quantity': 1, 'unit_price': 5, 'discount': 0, **other}


def test_each_row_goes_one_way_and_is_counted(spark):
    rows = [('c', item(), None), ('c', item(quantity=0), None), ('c', item(order_id=None, quantity=-1), None), ('d', item(quantity=0, order_id=None), None),
            ('c', item(unit_price=-1), None), ('u', item(unit_price='-0.5', quantity=0), None), ('c', item(order_id=None), 'missing_key'),
            ('c', item(quantity=None), 'impossible_type'), ('u', item(quantity=None), None, ['quantity'])]
    found = dq.split(parsed(spark, 'order_items', rows), 'order_items', rules.load_checks(SHOP))
    def way(frame, name):
        return sorted(row[0] for row in frame.select(name).collect())
    assert way(found.good, '_offset') == [0, 3, 4, 8]
    assert way(found.quarantined, '_offset') == [1, 2, 5]
    assert way(found.dead, 'offset') == [6, 7]
    assert found.counts() == {('quarantine', 'item-quantity'): 3, ('quarantine', 'item-has-order'): 1, ('warn', 'item-price-sign'): 2,
                              ('dead_letter', 'missing_key'): 1, ('dead_letter', 'impossible_type'): 1}
    assert found.replayed() == 4
    assert {row._offset: row._reasons for row in found.quarantined.collect()} == {1: ['item-quantity'], 2: ['item-has-order', 'item-quantity'], 5: ['item-quantity']}
    assert found.good.columns == parsed(spark, 'order_items', []).columns


def test_counts_come_even_if_no_action_was_run(spark, monkeypatch):
    monkeypatch.setattr(dq, 'PATIENCE', 0.1)
    found = dq.split(parsed(spark, 'order_items', [('c', item(quantity=0), None), ('c', item(), None)]), 'order_items', rules.load_checks(SHOP))
    assert found.counts() == {('quarantine', 'item-quantity'): 1}


def test_quarantine_is_kept_once_for_a_batch(spark, tmp_path):
    found = dq.split(parsed(spark, 'order_items', [('c', item(quantity=0), None)]), 'order_items', rules.load_checks(SHOP)).quarantined
    path = str(tmp_path / 'q')
    for batch in (4, 4, 5):
        dq.quarantine(found, path, batch, 'quarantine-x')
    assert [(row._batch, row.quantity, row._reasons, bytes(row._value)) for row in lake.read(spark, path).orderBy('_batch').collect()] == [
        (4, 0, ['item-quantity'], b'v0'), (5, 0, ['item-quantity'], b'v0')]


def test_dead_letters_carry_reason_and_origin_and_come_once(spark, tmp_path):
    dead = dq.split(parsed(spark, 'order_items', [('c', item(), None), ('c', item(), 'missing_key')]), 'order_items', rules.load_checks(SHOP)).dead
    path = str(tmp_path / 'dlq')
    found = deadletter.letters(dead.unionByName(dead), 31)
    (record,) = deadletter.records(found, 'shop.spark.dlq').collect()
    assert (record.topic, bytes(record.key), bytes(record.value)) == ('shop.spark.dlq', b'k', b'v1')
    assert {header.key: bytes(header.value).decode() for header in record.headers} == {
        'h': '1', 'replay.of': 'x/0/1', 'dlq.reason': 'missing_key', 'dlq.exception': 'what it is', 'dlq.topic': 'shop.shop.order_items', 'dlq.partition': '0', 'dlq.offset': '1', 'dlq.batch_id': '31'}
    lake.ensure(spark, path, deadletter.SCHEMA)
    assert deadletter.new_ones(found, path).count() == 1
    found.withColumn('written_at', F.current_timestamp()).select(*deadletter.SCHEMA.names).write.format('delta').mode('append').save(path)
    assert deadletter.new_ones(found, path).count() == 0


def hit(spark, *entities, lsn=1, window='once', message='m'):
    return spark.createDataFrame([('low-stock', 'warning', 'o', '', 'products', entity, window, message, lsn, NOON) for entity in entities], rules.HIT)


def test_the_outbox_has_each_hit_once_and_the_sender_gets_each_once(spark, tmp_path, monkeypatch):
    folder, woken = str(tmp_path), []
    source = outbox.Source(spark, folder, lambda: woken.append(1))
    assert source.fetch(None) == ([], None)
    assert outbox.write(hit(spark, '1', '2', '1'), folder, 0) == {('low-stock', 'warning'): 2}
    assert outbox.write(hit(spark, '1', '2'), folder, 0) == {}
    rows, position = source.fetch(None)
    assert sorted(row['key'] for row in rows) == ['low-stock|1|once', 'low-stock|2|once'] and woken == [1]
    assert rows[0]['event_time'] == '2026-03-01 12:00:00' and rows[0]['channel'] == ''
    assert outbox.write(hit(spark, '2', '3'), folder, 1) == {('low-stock', 'warning'): 1}
    monkeypatch.setattr(lake, 'read', None)         # handed over, not read
    rows, newer = source.fetch(position)
    assert [row['entity'] for row in rows] == ['3'] and newer == position + 1 and source.fetch(newer) == ([], newer)
    monkeypatch.undo()
    # A new process: it knows nothing in memory, and begins where the sender's spool says.
    outbox.KNOWN.clear()
    monkeypatch.setattr(outbox, 'MOST_KEYS', 1)     # and cannot hold all keys
    assert outbox.write(hit(spark, '1', '2', '3', '4'), folder, 2) == {('low-stock', 'warning'): 1}
    again = outbox.Source(spark, folder)
    assert [row['entity'] for row in again.fetch(newer)[0]] == ['4']
    assert sorted(row['entity'] for row in again.fetch(None)[0]) == ['1', '2', '3', '4']
    del outbox.LISTENERS[:]


class Silver(dict):
    """Tables of silver: rows with (commit, arrival) in seconds after noon."""

    def __init__(self, spark):
        super().__init__()
        self.spark = spark

    def put(self, table, *rows):
        kind = schema(self.spark, table)
        self[table] = self.spark.createDataFrame([(*typed(kind, row), gone, 'c', 50 + number, after(commit), after(came)) for number, (row, gone, commit, came) in enumerate(rows)],
                                                 T.StructType([*kind.fields, *T._parse_datatype_string(SILVER).fields]))     # noqa: SLF001

    def __call__(self, name):
        return self.get(name)


def rule_named(name):
    return next(rule for rule in rules.load(SHOP) if rule.id == name)


def judge(rule, silver, since, now):
    hits, later = ticker.settled_hits(rule, silver, since, after(now))
    return sorted(hit.entity for hit in hits), later


def test_totals_are_judged_only_when_everything_is_there(spark):
    rule, silver = rule_named('total-mismatch'), Silver(spark)
    # Right: 9. Wrong: 10. An item still on its way: 11. Its wrong item deleted: 12. Order deleted: 13.
    silver.put('orders', (order(10), False, 0, 2), (order(10, id=10), False, 0, 2), (order(10, id=11), False, 20, 22), (order(5, id=12), False, 0, 2), (order(1, id=13), True, 0, 2))
    silver.put('order_items', (item(unit_price=10), False, 0, 2), (item(id=2, order_id=10, unit_price='9.99'), False, 0, 2), (item(id=3, order_id=11, unit_price=4), False, 20, 22),
               (item(id=4, order_id=12, unit_price=5), False, 0, 2), (item(id=5, order_id=12, unit_price=99), True, 1, 3))
    assert judge(rule, silver, ticker.EPOCH, 40) == ([], after(2) - ticker.OVERLAP)        # newest commit 20 s: nothing is 30 s older; 10 waits
    silver['order_items'] = silver['order_items'].union(silver['order_items'].limit(1).withColumns({'id': F.lit(99), 'order_id': F.lit(77), '_commit_ts': F.lit(after(35)), '_ingest_ts': F.lit(after(36))}))
    assert judge(rule, silver, ticker.EPOCH, 40)[0] == []                                  # orders has shown no later commit
    silver['orders'] = silver['orders'].union(silver['orders'].limit(1).withColumns({'id': F.lit(77), '_commit_ts': F.lit(after(36)), '_ingest_ts': F.lit(after(37))}))
    found, later = judge(rule, silver, ticker.EPOCH, 40)
    assert found == ['10'] and later == after(22) - ticker.OVERLAP
    assert judge(rule, silver, ticker.EPOCH, 22 + 121)[0] == ['10', '11']                  # silence for `patience`
    assert judge(rule, silver, after(30), 400)[0] == []                                    # nothing else was touched since


def test_an_order_without_items_and_one_that_changed_by_its_items(spark):
    rule, silver = rule_named('total-mismatch'), Silver(spark)
    silver.put('orders', (order(5), False, 0, 0), (order(0, id=10), False, 0, 0), (order(7, id=11), False, 0, 0))
    silver.put('order_items', (item(order_id=11, unit_price=8), False, 100, 100))
    assert judge(rule, silver, ticker.EPOCH, 1000)[0] == ['11', '9']
    assert judge(rule, silver, after(50), 1000)[0] == ['11']


def test_paid_and_not_shipped_by_the_clock(spark):
    rule, silver = rule_named('paid-not-shipped'), Silver(spark)
    old, fresh = NOON.replace(tzinfo=None), after(3600).replace(tzinfo=None)
    silver.put('orders', (order(5, status='paid', updated_at=old), False, 0, 0), (order(5, id=10, status='paid', updated_at=old), False, 0, 0),
               (order(5, id=11, status='shipped', updated_at=old), False, 0, 0), (order(5, id=12, status='paid', updated_at=old), True, 0, 0))
    silver.put('payments', ({'id': 1, 'order_id': 10, 'method': 'card', 'amount': 5, 'paid_at': fresh}, False, 0, 0))
    def found(seconds):
        return sorted((hit.entity, hit.window, hit.message) for hit in ticker.clock_hits(rule, silver, after(seconds)).collect())
    assert found(7200) == []
    assert found(7201) == [('9', '2026-03-01T00:00:00Z', 'Order 9: paid at 2026-03-01 12:00 UTC and not shipped')]
    assert [(entity, window) for entity, window, _ in found(86400)] == [('10', '2026-03-02T00:00:00Z'), ('9', '2026-03-02T00:00:00Z')]


def test_the_ticker_keeps_its_place_waits_while_behind_and_survives_a_rule_that_fails(spark, tmp_path):
    silver, behind, failed = Silver(spark), [True], []
    made = ticker.Ticker(str(tmp_path), silver, rules.load(SHOP), behind=lambda: behind[0], on_failure=lambda rule: failed.append(rule.id))
    assert [rule.id for rule in made.rules] == ['total-mismatch', 'paid-not-shipped']
    assert made.judge(made.rules[0], after(1000)) == {}                                    # no tables yet
    silver.put('orders', (order(5), False, 0, 0))
    silver.put('order_items')
    assert made.judge(made.rules[0], after(1000)) == {}
    behind[0] = False
    assert made.judge(made.rules[0], after(1000)) == {('total-mismatch', 'critical'): 1}
    assert made.since(made.rules[0]) == after(1000) - ticker.OVERLAP
    with open(made.state_path(made.rules[0]), 'w') as file:
        file.write('{"sin')                                                                # broken: judged again, written once
    assert made.judge(made.rules[0], after(1000)) == {}
    assert json.load(open(made.state_path(made.rules[0])))['since'] == (after(1000) - ticker.OVERLAP).isoformat()
    assert os.path.exists(outbox.path_of(str(tmp_path))) and not failed
