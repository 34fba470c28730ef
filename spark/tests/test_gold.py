"""Gold equals a plain computation over what the source holds, after the first working out and after each incremental one."""
import collections
import datetime
import decimal
import json
import random

import pytest
from conftest import records_of
from delta.tables import DeltaTable

from shopcdc import batch, config, gold, lake, parse, silver_writer
from shopcdc.held import Held
from shopcdc.silver import stamped

NOON = datetime.datetime(2026, 3, 1, 12)
STATES = ('pending', 'paid', 'shipped', 'delivered')


class Shop:
    """Orders and products that change at random; change() gives the records of it."""

    def __init__(self, chance):
        self.chance, self.orders, self.products, self.lsn = chance, {}, {}, 100

    def record(self, table, op, row):
        self.lsn += 10
        source = {'table': table, 'lsn': self.lsn, 'sequence': json.dumps([str(self.lsn - 1), str(self.lsn)]), 'ts_ms': self.lsn, 'ts_us': self.lsn * 1000}
        value = {'before': row if op == 'd' else None, 'after': None if op == 'd' else row, 'op': op, 'source': source}
        return {'topic': 'shop.shop.' + table, 'key': json.dumps({'id': row['id']}), 'value': json.dumps(value)}

    def order(self):
        chance, made = self.chance, []
        number = chance.randint(1, 12)
        if number in self.orders and chance.random() < 0.15:
            return [self.record('orders', 'd', self.orders.pop(number))]
        row = {'id': number, 'customer_id': chance.randint(1, 3), 'status': chance.choice(STATES), 'currency': 'EUR', 'total': '%d.%02d' % (chance.randint(0, 900), chance.randint(0, 99)),
               'shipping_address': None, 'note': None, 'placed_at': (NOON + datetime.timedelta(minutes=chance.randint(0, 200))).isoformat() + 'Z', 'deliver_by': None,
               'updated_at': NOON.isoformat() + 'Z'}
        made.append(self.record('orders', 'u' if number in self.orders else 'c', row))
        self.orders[number] = row
        return made

    def product(self):
        number = self.chance.randint(1, 6)
        row = {'id': number, 'sku': 'S%d' % number, 'name': 'n', 'description': None, 'price': '1.00', 'weight_kg': None, 'stock': self.chance.randint(5, 15), 'attributes': '{}',
               'active': True, 'created_at': NOON.isoformat() + 'Z', 'updated_at': NOON.isoformat() + 'Z'}
        made = [self.record('products', 'u' if number in self.products else 'c', row)]
        self.products[number] = row
        return made

    def change(self):
        made = []
        for _ in range(self.chance.randint(1, 12)):
            made += self.chance.choice((self.order, self.order, self.product))()
        return made

    def figures(self):
        """{figure: set of rows}"""
        paid = [row for row in self.orders.values() if row['status'] != 'pending']
        hours, customers = collections.defaultdict(list), collections.defaultdict(list)
        for row in paid:
            at, total = datetime.datetime.fromisoformat(row['placed_at'][:-1]), decimal.Decimal(row['total'])
            hours[at.replace(minute=0)].append(total)
            customers[row['customer_id']].append((total, at))
        return {'revenue_per_hour': {(hour, len(totals), sum(totals)) for hour, totals in hours.items()},
                'low_stock': {(row['id'], row['sku'], row['stock']) for row in self.products.values() if row['stock'] <= 10},
                'customer_value': {(one, len(found), sum(total for total, _ in found), max(at for _, at in found)) for one, found in customers.items()},
                'order_funnel': set(collections.Counter(row['status'] for row in self.orders.values()).items())}


@pytest.mark.parametrize('small', (0, gold.SMALL))
def test_gold_is_what_a_plain_computation_gives(spark, shop, tmp_path, seed, small):
    tables = {name: shop[name] for name in ('orders', 'products')}
    made = config.make({'kafka': {}, 'topics': {'prefix': 'shop', 'schema': 'shop', 'tables': list(tables)}, 'dir': str(tmp_path)})
    silver = silver_writer.Silver(spark, made, tables)
    keeper, source = gold.Gold(spark, made, tables, silver, small), Shop(random.Random(seed))
    for number in range(4):
        events = Held(parse.events(records_of(spark, source.change()), tables)).frame
        facts = batch.survey(events, tables, parse.PLACEHOLDER)[0]
        for name, fact in facts.items():
            silver.tables[name].apply(stamped(parse.rows(events, tables[name]), number), number, 'test', fact)
        keeper.refresh()
        for figure, wanted in source.figures().items():
            assert {tuple(row) for row in lake.read(spark, made.lake('gold', figure)).collect()} == wanted, 'SEED=%d batch %d %s' % (seed, number, figure)
    history = [row.operation for row in DeltaTable.forPath(spark, made.lake('gold', 'customer_value')).history().collect()]
    assert ('MERGE' in history) == (small == 0), history
    assert history.count('WRITE') == 1 or small, 'worked out whole each time: %s' % history
