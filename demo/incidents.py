"""What goes wrong in a shop, committed by the shop itself: the cases that business rules look for.

Each incident is one transaction with a row of its own, which the ordinary load never touches afterwards. So the database
answers by SQL, at any time, which incidents there were.
"""
import itertools


class Incidents:
    """act() commits nothing; the caller does. Kinds come in turn, so a short load has each of them."""

    def __init__(self, chance):
        self.chance = chance
        self.turn = itertools.cycle((self.low_stock, self.high_value, self.wire_transfer, self.wrong_total, self.for_review,
                                     self.oversold, self.never_shipped))

    def act(self, cursor):
        next(self.turn)(cursor)

    def low_stock(self, cursor):
        self._order(cursor, self._product(cursor, 15, '12.50'), self.chance.randint(5, 12))

    def oversold(self, cursor):
        self._order(cursor, self._product(cursor, 3, '9.90'), self.chance.randint(4, 9))

    def high_value(self, cursor):
        self._pay(cursor, self._order(cursor, self._product(cursor, 400, '185.00'), self.chance.randint(3, 5)), 'card')

    def for_review(self, cursor):
        self._pay(cursor, self._order(cursor, self._product(cursor, 400, '420.00'), self.chance.randint(3, 9)), 'card')

    def wire_transfer(self, cursor):
        self._pay(cursor, self._order(cursor, self._product(cursor, 400, '24.00'), self.chance.randint(1, 4)), 'wire_transfer')

    def wrong_total(self, cursor):
        """Somebody corrects a total by hand and forgets the lines."""
        order = self._order(cursor, self._product(cursor, 400, '31.00'), self.chance.randint(1, 4))
        cursor.execute('UPDATE orders SET total = total - %s WHERE id = %s', (self.chance.choice(('5.00', '0.01', '20.00')), order))

    def never_shipped(self, cursor):
        """Comes from the old shop, paid days ago. Triggers are off as in any import, else updated_at would say now."""
        order = self._order(cursor, self._product(cursor, 400, '18.00'), self.chance.randint(1, 4))
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE orders SET status = 'paid', placed_at = now() - interval '4 days', updated_at = now() - interval '3 days' WHERE id = %s",
                       (order,))
        cursor.execute("INSERT INTO payments (order_id, method, amount, paid_at) SELECT id, 'card', total, updated_at FROM orders WHERE id = %s", (order,))

    def _product(self, cursor, stock, price):
        cursor.execute("INSERT INTO products (sku, name, price, stock, attributes) SELECT 'LOT-' || lpad(n::text, 6, '0'), 'Lot No. ' || n, %s, %s, "
                       "'{\"clearance\": true}' FROM nextval('products_id_seq') n RETURNING id", (price, stock))
        return cursor.fetchone()[0]

    def _order(self, cursor, product, quantity):
        cursor.execute("INSERT INTO orders (customer_id, note, shipping_address) SELECT id, 'incident', address FROM customers WHERE id = %s RETURNING id",
                       (self.chance.randint(1, 2000),))
        order = cursor.fetchone()[0]
        cursor.execute('INSERT INTO order_items (order_id, product_id, quantity, unit_price) SELECT %s, id, %s, price FROM products WHERE id = %s',
                       (order, quantity, product))
        return order

    def _pay(self, cursor, order, method):
        """Paid and shipped at once."""
        cursor.execute('INSERT INTO payments (order_id, method, amount) SELECT id, %s, total FROM orders WHERE id = %s', (method, order))
        cursor.execute("UPDATE orders SET status = 'shipped' WHERE id = %s", (order,))
