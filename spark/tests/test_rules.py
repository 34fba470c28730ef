"""The shop's rules, case by case; look-ups, windows, and SQL that is wrong."""
import datetime
import os

import pytest
from pyspark.sql import types as T

from shopcdc import rules
from shopcdc.rules_file import RulesError

SHOP = os.path.join(os.path.dirname(__file__), '..', 'rules.yml')
UTC = datetime.timezone.utc
NOON = datetime.datetime(2026, 3, 1, 12, 0, 0)
MONEY = 'decimal(10,2)'
TABLES = {
    'customers': 'id int, email string, full_name string',
    'products': 'id int, sku string, name string, price %s, weight_kg decimal(8,3), stock int' % MONEY,
    'orders': 'id int, customer_id int, status string, currency string, total %s, placed_at timestamp, updated_at timestamp' % MONEY,
    'order_items': 'id int, order_id int, product_id int, quantity short, unit_price %s, discount decimal(5,2)' % MONEY,
    'payments': 'id int, order_id int, method string, amount %s, status string, paid_at timestamp' % MONEY,
    'inventory_movements': 'id long, product_id int, delta int, reason string',
    'customer_activity': 'id long, customer_id int, kind string',
}


def schema(spark, table):
    return T._parse_datatype_string(TABLES[table])      # noqa: SLF001


def typed(kind, values):
    import decimal
    row = []
    for field in kind.fields:
        value = values.get(field.name)
        row.append(decimal.Decimal(str(value)) if value is not None and isinstance(field.dataType, T.DecimalType) else value)
    return tuple(row)


def changes(spark, table, rows):
    """rows: (op, old or None, new or None[, lsn[, time]])"""
    kind = schema(spark, table)
    made = []
    for number, row in enumerate(rows):
        op, old, new, lsn, time = (*row, *(number + 1, NOON)[len(row) - 3:])
        made.append((op, lsn, time, None if old is None else typed(kind, old), None if new is None else typed(kind, new)))
    return spark.createDataFrame(made, rules.change_schema(kind))


def state(spark, table, rows=()):
    kind = schema(spark, table)
    return spark.createDataFrame([typed(kind, row) for row in rows], kind)


def run(spark, table, rows, lookups=None, path=SHOP):
    found = rules.evaluate({table: changes(spark, table, rows)}, lambda name: state(spark, name, (lookups or {}).get(name, ())), rules.load(path), 0)
    return [] if found is None else sorted(rules.newest(found.collect()).values(), key=lambda hit: (hit.rule, hit.entity, hit.window))


def product(stock, **other):
    return {'id': 7, 'sku': 'SKU-7', 'name': 'lamp', 'price': 5, 'stock': stock, **other}


def order(total, **other):
    return {'id': 9, 'customer_id': 3, 'status': 'pending', 'currency': 'EUR', 'total': total, **other}


CASES = [
    ('products', ('c', None, product(11)), []),
    ('products', ('c', None, product(10)), ['low-stock']),
    ('products', ('r', None, product(3)), ['low-stock']),
    ('products', ('u', product(11), product(10)), ['low-stock']),
    ('products', ('u', product(10), product(9)), ['low-stock']),
    ('products', ('u', product(9), product(9, name='lamp 2')), []),
    ('products', ('u', product(9), product(109)), []),
    ('products', ('u', None, product(0)), ['low-stock']),
    ('products', ('u', product(1), product(-1)), ['low-stock', 'negative-stock']),
    ('products', ('u', product(-1), product(-1, name='x')), []),
    ('products', ('c', None, product(None)), []),
    ('products', ('d', product(2), None), []),
    ('orders', ('c', None, order(500)), []),
    ('orders', ('c', None, order('500.01')), ['high-value-order']),
    ('orders', ('c', None, order(1000)), ['high-value-order']),
    ('orders', ('c', None, order('1000.01')), ['high-value-order', 'order-review']),
    ('orders', ('u', order(2000), order(2000, status='paid')), []),
    ('orders', ('u', order(2000), order(1500)), ['high-value-order', 'order-review']),
    ('orders', ('c', None, order(None)), []),
    ('orders', ('d', order(5000), None), []),
    ('payments', ('c', None, {'id': 1, 'order_id': 9, 'method': 'wire_transfer', 'amount': 5}), ['order-review']),
    ('payments', ('c', None, {'id': 1, 'order_id': 9, 'method': 'card', 'amount': 5000}), []),
    ('payments', ('c', None, {'id': 1, 'order_id': 9, 'method': None, 'amount': 5}), []),
]


def numbered(row, number):
    """The row with an entity of its own, and that entity."""
    if row is not None and 'order_id' in row:
        return {**row, 'order_id': number}
    return row and {**row, 'id': number}


def test_which_rules_a_change_hits(spark):
    """Every case is an entity of its own; one job judges them all."""
    by_table = {}
    for number, (table, (op, old, new), _) in enumerate(CASES):
        by_table.setdefault(table, []).append((op, numbered(old, number), numbered(new, number)))
    frames = {table: changes(spark, table, rows) for table, rows in by_table.items()}
    hits = rules.evaluate(frames, lambda name: state(spark, name), rules.load(SHOP), 0).select('rule', 'entity').collect()
    wrong = [(case, found) for number, case in enumerate(CASES)
             for found in [sorted(hit.rule for hit in hits if hit.entity == str(number))] if found != case[2]]
    assert not wrong


def test_a_hit_says_everything_that_is_needed_and_a_missing_value_does_not_lose_the_message(spark):
    other, hit = run(spark, 'orders', [('c', None, order('600.5'), 77, NOON), ('c', None, order('600.5', id=10, currency=None))])
    assert hit.asDict() == {'rule': 'high-value-order', 'severity': 'info', 'owner': 'sales', 'channel': '', 'table': 'orders', 'entity': '9', 'window': 'once',
                            'message': 'Order 9: 600.50 EUR by customer 3', 'lsn': 77, 'event_time': NOON}
    assert other.message == 'Order 10: 600.50 – by customer 3'


def test_one_hit_for_an_entity_and_window_the_newest(spark):
    later = NOON + datetime.timedelta(minutes=61)
    found = run(spark, 'products', [('u', product(9), product(8), 5), ('u', product(8), product(7), 6), ('u', product(10), product(9), 4), ('u', product(7), product(6), 7, later)])
    assert [(hit.window, hit.message) for hit in found] == [('2026-03-01T12:00:00Z', 'lamp (SKU-7): 7 left'), ('2026-03-01T13:00:00Z', 'lamp (SKU-7): 6 left')]


def test_a_review_is_one_hit_whatever_led_to_it(spark):
    rule = rules.load(SHOP)
    both = {'orders': changes(spark, 'orders', [('c', None, order(5000))]),
            'payments': changes(spark, 'payments', [('c', None, {'id': 1, 'order_id': 9, 'method': 'wire_transfer', 'amount': 5000})])}
    found = [hit for hit in rules.newest(rules.evaluate(both, lambda name: state(spark, name), rule, 0).collect()).values() if hit.rule == 'order-review']
    assert [(hit.entity, hit.window) for hit in found] == [('9', 'once')]


LOOKUPS = """rules:
  - id: vip
    severity: info
    owner: sales
    table: orders
    lookups:
      customer: {table: customers, by: id, to: new.customer_id}
      items: {table: order_items, by: order_id, columns: {n: count(*)}}
    when: customer.email like '%@vip.example' and coalesce(items.n, 0) < 2
    message: "{customer.full_name}: {coalesce(items.n, 0)} items"
"""


def test_lookups_of_rows_and_of_aggregates(spark, tmp_path):
    path = tmp_path / 'rules.yml'
    path.write_text(LOOKUPS)
    lookups = {'customers': [{'id': 3, 'email': 'a@vip.example', 'full_name': 'Ada'}, {'id': 4, 'email': 'b@example', 'full_name': 'Bob'}],
               'order_items': [{'id': 1, 'order_id': 9}, {'id': 2, 'order_id': 11}, {'id': 3, 'order_id': 11}]}
    found = run(spark, 'orders', [('c', None, order(1)), ('c', None, order(1, id=10)), ('c', None, order(1, id=11)), ('c', None, order(1, id=12, customer_id=4)),
                                  ('c', None, order(1, id=13, customer_id=99))], lookups, str(path))
    assert [(hit.entity, hit.message) for hit in found] == [('10', 'Ada: 0 items'), ('9', 'Ada: 1 items')]


def test_tables_that_no_rule_is_about(spark):
    assert run(spark, 'customers', [('c', None, {'id': 1})]) == []


def test_the_shops_rules_fit_its_tables(spark):
    rules.verify(spark, rules.load(SHOP), rules.load_checks(SHOP), {name: schema(spark, name) for name in TABLES})


@pytest.mark.parametrize('old, new, line, words', [
    ("customer.email like", "customer.mail like", 9, r'rule vip, when: .*`mail`'),
    ("coalesce(items.n, 0) < 2", "coalesce(items.n 0) < 2", 9, r'rule vip, when: .*[Ss]yntax error'),
    ('{customer.full_name}', '{new.name}', 9, r'rule vip, message: .*`name`'),
    ('to: new.customer_id', 'to: new.customer', 9, r'rule vip, lookups: .*`customer`'),
    ('table: orders', 'table: order', 9, r'rule vip: no table "order"; there are customer_activity, customers'),
    ('columns: {n: count(*)}', 'columns: {n: counted(*)}', 9, r'rule vip, lookups: .*counted'),
])
def test_sql_that_does_not_fit_is_told(spark, tmp_path, old, new, line, words):
    path = tmp_path / 'rules.yml'
    assert old in LOOKUPS
    path.write_text(LOOKUPS.replace(old, new))
    with pytest.raises(RulesError, match=words) as caught:
        rules.verify(spark, rules.load(str(path)), [], {name: schema(spark, name) for name in TABLES})
    assert str(caught.value).startswith('%s:%d: ' % (path, line)), caught.value
