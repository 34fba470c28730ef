"""A load with a sum that must not change: transfers between accounts, ledger lines, deletes, key changes, COPY, large ones."""
import io
import random
import threading
import time

import psycopg2

ACCOUNTS = 200
START_BALANCE = 1000

SCHEMA = """
CREATE TABLE account (id int PRIMARY KEY, balance numeric(12,2) NOT NULL, note text, updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE ledger (id bigserial PRIMARY KEY, debit int, credit int, amount numeric(12,2), details jsonb, at timestamp DEFAULT localtimestamp);
CREATE TABLE bulk (id bigserial PRIMARY KEY, batch int, filler text);
ALTER TABLE account REPLICA IDENTITY FULL;
INSERT INTO account SELECT n, %d, NULL FROM generate_series(1, %d) n;
""" % (START_BALANCE, ACCOUNTS)


class Workload:
    """Threads that commit as fast as `target` transactions a second; survives a server that goes away."""

    def __init__(self, scene, seed, threads=2, target=300, large_rows=800):
        self.scene, self.seed, self.count, self.target, self.large_rows = scene, seed, threads, target, large_rows
        self.stopping, self.threads, self.commits, self.errors = threading.Event(), [], 0, []

    def __enter__(self):
        # every account is in Kafka once, also where no snapshot is taken
        self.scene.sql("UPDATE account SET note = 'begun'")
        for number in range(self.count):
            thread = threading.Thread(target=self._guarded, args=(number,), daemon=True)
            thread.start()
            self.threads.append(thread)
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        assert not self.errors, self.errors[0]

    def _guarded(self, number):
        try:
            self._run(random.Random('%d/%d' % (self.seed, number)), number)
        except Exception as error:      # shown by stop()
            self.errors.append(error)

    def _run(self, chance, number):
        pause = self.count / self.target
        while not self.stopping.is_set():
            try:
                connection = self.scene.postgres.connect(self.scene.database)
                connection.autocommit = False
                with connection.cursor() as cursor:
                    while not self.stopping.is_set():
                        self._transaction(chance, number, cursor)
                        connection.commit()
                        self.commits += 1
                        self.stopping.wait(pause)
            except (psycopg2.OperationalError, psycopg2.InterfaceError):
                time.sleep(0.05)     # the server is away: that is what the test does to it

    def _transaction(self, chance, number, cursor):
        kind = chance.choices(('transfer', 'copy', 'delete', 'rekey', 'large'), (80, 5, 5, 5, 3))[0]
        if kind == 'transfer':
            debit, credit = sorted(chance.sample(range(1, ACCOUNTS + 1), 2))
            amount = '%d.%02d' % (chance.randint(0, 50), chance.randint(0, 99))
            # in the order of ids, so that two threads never wait for each other in a circle
            cursor.execute('UPDATE account SET balance = balance - %s, updated_at = now() WHERE id = %s', (amount, debit))
            cursor.execute('UPDATE account SET balance = balance + %s, note = %s WHERE id = %s', (amount, chance.choice((None, 'ünï 🐘', 'plain')), credit))
            cursor.execute('INSERT INTO ledger (debit, credit, amount, details) VALUES (%s, %s, %s, %s)', (debit, credit, amount, '{"by": %d}' % number))
        elif kind == 'copy':
            batch = chance.randint(1, 10**6)
            cursor.copy_expert('COPY bulk (batch, filler) FROM STDIN', io.StringIO(''.join('%d\t%s\n' % (batch, 'c' * 80) for _ in range(100))))
        elif kind == 'delete':
            cursor.execute('DELETE FROM ledger WHERE id IN (SELECT id FROM ledger WHERE id %% %s = %s ORDER BY id LIMIT 5)', (self.count, number))
        elif kind == 'rekey':
            cursor.execute("UPDATE bulk SET id = nextval('bulk_id_seq') WHERE id IN (SELECT id FROM bulk WHERE id %% %s = %s ORDER BY id LIMIT 3)", (self.count, number))
        else:
            cursor.execute("INSERT INTO bulk (batch, filler) SELECT n, repeat('x', 120) FROM generate_series(1, %s) n", (self.large_rows,))


def create(scene):
    for statement in SCHEMA.strip().split(';\n'):
        scene.sql(statement)
    scene.watch()


def total(rows):
    """Of the balances in replayed or selected rows."""
    return round(sum(float(row['balance']) for row in rows), 2)
