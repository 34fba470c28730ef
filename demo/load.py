"""A believable load: customers look around, order, pay, return things; the shop restocks. Threads with a connection each."""
import json
import random
import threading
import time

USER_AGENTS = ('Mozilla/5.0 (X11; Linux x86_64)', 'ShopApp/4.2 (iPhone; iOS 19)', 'curl/8.11')
NEXT_STATUS = {'pending': 'paid', 'paid': 'shipped', 'shipped': 'delivered'}


class Load:
    """Runs until stop(); `transactions` counts commits, `target` is commits a second over all threads."""

    def __init__(self, postgres, seed, threads=3, target=400):
        self.seed, self.target, self.threads_wanted = seed, target, threads
        self.postgres, self.transactions, self.stopping, self.errors = postgres, 0, threading.Event(), []
        self.lock, self.threads = threading.Lock(), []

    def start(self):
        for number in range(self.threads_wanted):
            thread = threading.Thread(target=self._guarded, args=(number,), daemon=True)
            thread.start()
            self.threads.append(thread)
        return self

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        if self.errors:
            raise self.errors[0]

    def _guarded(self, number):
        try:
            self._run(random.Random('%s/%d' % (self.seed, number)), number)
        except Exception as error:      # kept for stop(), which raises it in the main thread
            self.errors.append(error)

    def _run(self, chance, number):
        connection = self.postgres.connect('shop')
        connection.autocommit = False
        shopper = Shopper(chance, number)
        each = self.threads_wanted / self.target
        due = time.monotonic()
        with connection.cursor() as cursor:
            cursor.execute("SET search_path = shop")
            while not self.stopping.is_set():
                shopper.act(cursor)
                connection.commit()
                with self.lock:
                    self.transactions += 1
                due += each
                self.stopping.wait(max(0.0, due - time.monotonic()))
            shopper.close(cursor)
            connection.commit()
        connection.close()


class Shopper:
    """One thread's customers. Threads order different products first to last by id, so they never deadlock."""

    def __init__(self, chance, number):
        self.chance, self.number, self.open_orders, self.signed_up = chance, number, [], 0

    def act(self, cursor):
        action = self.chance.choices((self.browse, self.order, self.advance, self.cancel, self.restock, self.sign_up, self.edit),
                                     (30, 30, 25, 3, 4, 5, 3))[0]
        action(cursor)

    def browse(self, cursor):
        customer = self.chance.randint(1, 2000)
        rows = [(customer, kind, '10.%d.%d.%d' % tuple(self.chance.randint(0, 255) for _ in range(3)), self.chance.choice(USER_AGENTS),
                 json.dumps({'product': self.chance.randint(1, 500), 'ms': self.chance.randint(5, 90000), 'utm': None}))
                for kind in self.chance.choices(('view', 'search', 'basket', 'login'), k=self.chance.randint(1, 4))]
        cursor.executemany('INSERT INTO customer_activity (customer_id, kind, ip, user_agent, details) VALUES (%s, %s, %s, %s, %s)', rows)

    def order(self, cursor):
        customer = self.chance.randint(1, 2000)
        cursor.execute("INSERT INTO orders (customer_id, note, shipping_address, deliver_by) SELECT id, %s, address, localtimestamp + %s * interval '1 hour' "
                       'FROM customers WHERE id = %s RETURNING id',
                       (self.chance.choice((None, 'ring twice', 'Geschenk 🎁', 'leave at "door"')), self.chance.randint(24, 200), customer))
        order = cursor.fetchone()[0]
        for product in sorted(self.chance.sample(range(1, 501), self.chance.choice((1, 1, 1, 2, 2, 3, 4)))):
            cursor.execute('INSERT INTO order_items (order_id, product_id, quantity, unit_price, discount) '
                           'SELECT %s, id, %s, price, %s FROM products WHERE id = %s',
                           (order, self.chance.choice((1, 1, 1, 2)), self.chance.choice(('0', '0', '1.50')), product))
        self.open_orders.append([order, 'pending'])

    def advance(self, cursor):
        if not self.open_orders:
            return self.order(cursor)
        entry = self.chance.choice(self.open_orders)
        entry[1] = NEXT_STATUS[entry[1]]
        cursor.execute('UPDATE orders SET status = %s WHERE id = %s', (entry[1], entry[0]))
        if entry[1] == 'paid':
            cursor.execute('INSERT INTO payments (order_id, method, amount) SELECT id, %s, total FROM orders WHERE id = %s',
                           (self.chance.choice(('card', 'card', 'paypal')), entry[0]))
        if entry[1] == 'delivered':
            self.open_orders.remove(entry)

    def cancel(self, cursor):
        """The whole order goes, its lines and payments by cascade. Orders that somebody looks at (rules.yml) stay."""
        if self.open_orders:
            entry = self.chance.choice(self.open_orders)
            cursor.execute('DELETE FROM orders WHERE id = %s AND total <= 400', (entry[0],))
            if cursor.rowcount:
                self.open_orders.remove(entry)

    def close(self, cursor):
        """The day ends: what is paid is shipped, so that no order waits until the next day."""
        paid = [entry[0] for entry in self.open_orders if entry[1] == 'paid']
        cursor.execute("UPDATE orders SET status = 'shipped' WHERE id = ANY(%s)", (paid,))

    def restock(self, cursor):
        for product in sorted(self.chance.sample(range(1, 501), 5)):
            cursor.execute('UPDATE products SET stock = stock + 200, price = round(price * %s, 2) WHERE id = %s',
                           (self.chance.choice(('0.99', '1.00', '1.01')), product))
            cursor.execute("INSERT INTO inventory_movements (product_id, delta, reason) VALUES (%s, 200, 'restock')", (product,))

    def sign_up(self, cursor):
        self.signed_up += 1
        cursor.execute('INSERT INTO customers (email, full_name, address) VALUES (%s, %s, %s)',
                       ('new-%08x-%d@example.com' % (self.chance.getrandbits(32), self.signed_up), 'Renée Nový %d' % self.signed_up, json.dumps({'city': 'Brno'})))

    def edit(self, cursor):
        """Now and then a row changes its key: delete, tombstone and create in Kafka."""
        if self.chance.random() < 0.2:
            cursor.execute("UPDATE inventory_movements SET id = nextval('inventory_movements_id_seq') "
                           'WHERE id = (SELECT max(id) FROM inventory_movements WHERE id %% 3 = %s AND id < 2000000000)', (self.number,))
        else:
            cursor.execute('UPDATE customers SET phone = NULL, marketing_opt_in = NOT marketing_opt_in WHERE id = %s', (self.chance.randint(1, 2000),))
