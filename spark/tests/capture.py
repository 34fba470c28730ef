"""Captures records of the shop from a real server, plugin and relay: capture.py PG_CONFIG FOLDER (run by scripts/python).

Writes FOLDER/FORM.ndjson, lines of {"topic", "partition", "offset", "key", "value", "headers"}, for each form that the job reads.
The same changes are made for each. Nothing is replaced: positions and times are those of the run.
"""
import json
import os
import shutil
import sys
import tempfile
import uuid

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, 'tests'))

from confluent_kafka import Consumer, TopicPartition      # noqa: E402
from harness.relay import Relay                           # noqa: E402
from harness.servers import Kafka, Postgres               # noqa: E402
from harness.wait import until                            # noqa: E402

SCHEMAS = {'key.converter.schemas.enable': 'true', 'value.converter.schemas.enable': 'true'}
UNWRAP = {'transforms': 'unwrap', 'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState',
          'transforms.unwrap.delete.tombstone.handling.mode': 'rewrite', 'transforms.unwrap.add.fields': 'op,lsn,source.ts_ms'}
FORMS = {
    'string': {'decimal.handling.mode': 'string', 'time.precision.mode': 'adaptive_time_microseconds'},
    'precise': {'decimal.handling.mode': 'precise', 'time.precision.mode': 'adaptive_time_microseconds'},
    'schemas': {'decimal.handling.mode': 'precise', 'time.precision.mode': 'adaptive_time_microseconds', **SCHEMAS},
    'connect': {'decimal.handling.mode': 'double', 'time.precision.mode': 'connect'},
    'flattened': {'decimal.handling.mode': 'string', 'time.precision.mode': 'adaptive_time_microseconds', **UNWRAP},
    'flattened_schemas': {'decimal.handling.mode': 'precise', 'time.precision.mode': 'adaptive_time_microseconds', **SCHEMAS, **UNWRAP},
}
BEFORE = """
DELETE FROM customers WHERE id > 3; DELETE FROM products WHERE id > 4;
ALTER TABLE products REPLICA IDENTITY DEFAULT;
"""
CHANGES = """
UPDATE products SET description = (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 200) n) WHERE id = 1;
UPDATE products SET stock = stock - 1 WHERE id = 1;
INSERT INTO orders (customer_id, note, shipping_address, deliver_by, placed_at) VALUES (1, 'Geschenk 🎁 "x"', '{"city": "Köln", "zip": null}', '2026-01-02 03:04:05.678901', '1999-12-31 23:59:59.999999+00');
INSERT INTO order_items (order_id, product_id, quantity, unit_price, discount) VALUES (1, 2, 3, 12345678.90, 0.05), (1, 3, 1, 0.01, 0);
UPDATE orders SET status = 'paid' WHERE id = 1;
INSERT INTO payments (order_id, method, amount) SELECT id, 'wire_transfer', total FROM orders;
UPDATE inventory_movements SET id = id + 1000 WHERE id = 1;
UPDATE customers SET birthday = '0001-01-01', phone = NULL WHERE id = 2;
UPDATE customers SET birthday = '2024-02-29' WHERE id = 2;
DELETE FROM payments;
DELETE FROM customers WHERE id = 3;
DELETE FROM products WHERE id = 4;
INSERT INTO customer_activity (customer_id, kind, ip, details) VALUES (1, 'view', '10.1.2.3', '{"product": 1}');
TRUNCATE customer_activity;
SELECT pg_logical_emit_message(true, 'note', 'hello');
INSERT INTO customer_activity (customer_id, kind) VALUES (2, 'last');
"""


def consume(bootstrap, done):
    """Records of all topics until done(record)."""
    consumer = Consumer({'bootstrap.servers': bootstrap, 'group.id': str(uuid.uuid4()), 'enable.auto.commit': False, 'auto.offset.reset': 'earliest',
                         'topic.metadata.refresh.interval.ms': 300})
    consumer.subscribe(['^shop.*'])
    found = []

    def last():
        for message in consumer.consume(500, 0.5):
            if message.error() is None:
                found.append(message)
        return any(done(message) for message in found)
    until(last, 'the last record', 60)
    consumer.close()
    return sorted(found, key=lambda message: (message.topic(), message.partition(), message.offset()))


def line(message):
    def text(data):
        return None if data is None else data.decode()
    return json.dumps({'topic': message.topic(), 'partition': message.partition(), 'offset': message.offset(), 'key': text(message.key()), 'value': text(message.value()),
                       'headers': [[name, text(value)] for name, value in message.headers() or []]}, ensure_ascii=False)


def capture(postgres, folder, form, out):
    database = 'shop_' + form
    postgres.query('CREATE DATABASE ' + database)
    postgres.query('CREATE EXTENSION IF NOT EXISTS penstock', database=database)
    postgres.script(os.path.join(ROOT, 'demo', 'schema.sql'), database=database)
    connection = postgres.connect(database)
    cursor = connection.cursor()
    cursor.execute('SET search_path = shop')
    cursor.execute(BEFORE)
    kafka = Kafka(os.path.join(folder, 'kafka-' + form)).start()
    with open(os.path.join(ROOT, 'pipeline', 'connector.json'), encoding='utf-8') as file:
        config = json.load(file)['config']
    config.update({'database.port': str(postgres.port), 'database.user': 'postgres', 'database.password': 'x', 'database.dbname': database,
                   'slot.name': 'shop_' + form, 'topic.creation.default.partitions': '1', 'heartbeat.interval.ms': '0', **FORMS[form]})
    relay = Relay(os.path.join(folder, 'relay-' + form), config, settings={'bootstrap.servers': kafka.bootstrap}).start()
    try:
        relay.wait_streaming(postgres, 'shop_' + form)
        for statement in CHANGES.strip().splitlines():
            cursor.execute(statement)
        records = consume(kafka.bootstrap, lambda message: message.topic() == 'shop.shop.customer_activity' and b'"last"' in (message.value() or b''))
    finally:
        relay.close()
        kafka.stop()
        connection.close()
    with open(os.path.join(out, form + '.ndjson'), 'w', encoding='utf-8') as file:
        file.writelines(line(record) + '\n' for record in records)
    print(form, len(records))


def main(pg_config, out):
    folder = tempfile.mkdtemp(prefix='penstock-capture-', dir='/var/tmp')
    os.chmod(folder, 0o755)
    os.makedirs(out, exist_ok=True)
    postgres = Postgres(pg_config, os.path.join(folder, 'postgres')).start()
    try:
        for form in FORMS:
            capture(postgres, folder, form, out)
    finally:
        postgres.stop('immediate')
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == '__main__':
    main(*sys.argv[1:])
