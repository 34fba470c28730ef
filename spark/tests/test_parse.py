"""Parsing of records that the real relay wrote (spark/tests/records, made by capture.py) and of the ones nobody should write."""
import datetime
import decimal
import json

import pytest
from conftest import SHOP, captured, records_of

from shopcdc import generate, parse, schemas

D = decimal.Decimal
UTC = datetime.datetime


@pytest.fixture(scope='module')
def read(spark, shop):
    """read(form, table) -> rows as dictionaries in topic order; worked out once."""
    kept = {}

    def found(form, table):
        if form not in kept:
            kept[form] = parse.events(records_of(spark, captured(form)), shop, form.startswith('flattened')).persist()
        if (form, table) not in kept:
            kept[form, table] = [row.asDict(recursive=True) for row in parse.rows(kept[form], shop[table]).coalesce(1).sortWithinPartitions('_offset').collect()]
        return kept[form, table]
    return found


ENVELOPES = ('string', 'precise', 'schemas')


@pytest.mark.parametrize('form', [*ENVELOPES, 'connect', 'flattened', 'flattened_schemas'])
def test_no_record_of_the_relay_is_a_problem(read, form):
    for table in SHOP:
        assert [(row['_problem'], row['_exception']) for row in read(form, table) if row['_problem']] == []


@pytest.mark.parametrize('form', [*ENVELOPES, 'flattened', 'flattened_schemas'])
def test_values_are_those_of_the_database(read, form):
    order = read(form, 'orders')[-1]
    assert (order['id'], order['status'], order['currency'], order['total'], order['note']) == (1, 'paid', 'EUR', D('37037036.66'), 'Geschenk 🎁 "x"')
    assert json.loads(order['shipping_address']) == {'city': 'Köln', 'zip': None}
    assert order['placed_at'] == UTC(1999, 12, 31, 23, 59, 59, 999999)
    assert order['deliver_by'] == UTC(2026, 1, 2, 3, 4, 5, 678901)
    items = read(form, 'order_items')
    assert [(row['quantity'], row['unit_price'], row['discount']) for row in items] == [(3, D('12345678.90'), D('0.05')), (1, D('0.01'), D('0.00'))]
    birthdays = [row['birthday'] for row in read(form, 'customers') if row['id'] == 2 and row['_op'] == 'u']
    assert birthdays == [datetime.date(1, 1, 1), datetime.date(2024, 2, 29)]
    assert {row['ip'] for row in read(form, 'customer_activity')} == {'10.1.2.3', None}


def test_decimals_as_doubles_and_times_of_connect(read):
    order = read('connect', 'orders')[-1]
    assert order['total'] == D('37037036.66')
    assert order['placed_at'] == UTC(1999, 12, 31, 23, 59, 59, 999999)


@pytest.mark.parametrize('form', ENVELOPES)
def test_an_unavailable_value_is_no_value(read, form):
    first, second = [row for row in read(form, 'products') if row['id'] == 1 and row['_op'] == 'u']
    assert (len(first['description']), first['_unavailable']) == (6400, [])
    assert (second['description'], second['_unavailable'], second['stock']) == (None, ['description'], first['stock'] - 1)


@pytest.mark.parametrize('form', ENVELOPES)
def test_a_key_change_is_a_delete_and_a_create(read, form):
    rows = read(form, 'inventory_movements')
    assert [(row['_op'], row['id']) for row in rows] == [('c', 1), ('c', 2), ('d', 1), ('c', 1001)]
    assert rows[2]['_pos'] == rows[3]['_pos'] > rows[1]['_pos']


@pytest.mark.parametrize('form', ENVELOPES)
def test_old_rows_are_there_where_the_record_has_them(read, form):
    updates = [row for row in read(form, 'orders') if row['_op'] == 'u']
    assert [row['_before']['total'] for row in updates] == [D('0.00'), D('37037036.65'), D('37037036.66')]
    assert [row['_before'] for row in read(form, 'products') if row['_op'] == 'u'] == [None] * 4


def test_a_snapshot_comes_before_what_is_streamed(read):
    for table in SHOP:
        rows = read('string', table)
        assert max([row['_pos'] for row in rows if row['_op'] == 'r'], default='') < min([row['_pos'] for row in rows if row['_op'] != 'r'], default='~')


def test_truncates_messages_and_tombstones_are_told_apart(spark, shop):
    found = parse.events(records_of(spark, captured('schemas')), shop)
    count = {row.op: row['count'] for row in found.where('problem IS NULL').groupBy('op').count().collect()}
    assert (count['t'], count['m'], count['x']) == (1, 1, 4)


def test_flattened_deletes_are_deletes(read):
    assert [(row['_op'], row['id']) for row in read('flattened', 'payments')] == [('c', 1), ('d', 1)]
    assert [row['_op'] for row in read('flattened_schemas', 'payments')] == ['c', 'd']


def test_schemas_are_those_of_the_relay(tmp_path):
    """The contract: what is in spark/schemas is what records say now."""
    with open(schemas.HERE.replace('schemas', 'tests/records/schemas.ndjson'), encoding='utf-8') as file:
        found = generate.documents((line['topic'], line['key'], line['value']) for line in map(json.loads, file))
    assert set(found) == set(SHOP)
    for table, document in found.items():
        with open('%s/%s.json' % (schemas.HERE, table), encoding='utf-8') as file:
            assert file.read() == generate.written(document), table


SOURCE = '"source":{"table":"orders","lsn":5,"sequence":"[null,\\"5\\"]","ts_ms":1,"ts_us":1000}'
ROW = '{"id":1,"customer_id":2,"status":"paid","currency":"EUR","total":"1.00","placed_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}'
BAD = {
    'not json': ('unparsable', '{"before":'), 'text': ('unparsable', 'hello'), 'a number': ('unparsable', '17'), 'a list': ('unparsable', '[1]'),
    'empty': ('unparsable', ''), 'an unknown operation': ('unknown_op', '{"op":"z","after":%s,%s}' % (ROW, SOURCE)),
    'no operation': ('unknown_op', '{"after":%s,%s}' % (ROW, SOURCE)), 'an unknown table': ('unknown_table', '{"op":"c","after":%s,%s}' % (ROW, SOURCE.replace('orders', 'ghosts'))),
    'no row': ('missing_row', '{"op":"c","after":null,%s}' % SOURCE), 'another object': ('unknown_form', '{"hello":"world"}'),
    'text for a number': ('impossible_type', '{"op":"c","after":%s,%s}' % (ROW.replace('"customer_id":2', '"customer_id":"two"'), SOURCE)),
    'a total too large': ('impossible_type', '{"op":"c","after":%s,%s}' % (ROW.replace('1.00', '123456789.00'), SOURCE)),
    'a time that is none': ('impossible_type', '{"op":"c","after":%s,%s}' % (ROW.replace('2026-01-01T00:00:00Z', '2026-13-01T00:00:00Z', 1), SOURCE)),
}


def test_what_cannot_be_used_is_named(spark, shop):
    lines = [{'topic': 'shop.shop.orders', 'key': '{"id":1}', 'value': value} for _, value in BAD.values()]
    lines.append({'topic': 'shop.shop.orders', 'key': None, 'value': '{"op":"u","after":%s,%s}' % (ROW, SOURCE)})
    found = parse.events(records_of(spark, lines), shop)
    told = {row.offset: row.problem for row in found.where('problem IS NOT NULL').collect()}
    told.update({row._offset: row._problem for row in parse.rows(found.where('problem IS NULL'), shop['orders']).where('_problem IS NOT NULL').collect()})
    assert {name: told.get(number) for number, name in enumerate([*BAD, 'no key'])} == {**{name: problem for name, (problem, _) in BAD.items()}, 'no key': 'missing_key'}


@pytest.mark.parametrize('number', ['0', '1', '-1', '127', '-128', '128', '12345678901234567890123456789012345678', '-12345678901234567890123456789012345678', '9223372036854775808'])
def test_precise_decimals_of_every_size(spark, number):
    import base64
    unscaled = int(number)
    data = unscaled.to_bytes(max(1, (unscaled + (unscaled < 0)).bit_length() // 8 + 1), 'big', signed=True)
    row = spark.range(1).select(parse.decimal_of_bytes(_text(base64.b64encode(data).decode()), 3).alias('v')).first()
    assert D(row.v) == D(number).scaleb(-3, decimal.Context(prec=40))


def _text(value):
    from pyspark.sql import functions as F
    return F.lit(value)
