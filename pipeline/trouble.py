"""Events that no relay writes, straight into the topics: what a consumer must survive.

Every event is written down with the place that the broker gave it (DIR/load/trouble.jsonl), so that a check can ask whether
the job set aside exactly these.
"""
import collections
import itertools
import json
import os
import time

import confluent_kafka as ck
import confluent_kafka.admin

import broker

from harness.wait import until

UNKNOWN_TOPIC = broker.topic('coupons')     # beside the tables' topics, but of no table
# What must become of them. Dead letters: with this reason. Quarantined: readable, but against a hard rule. Ignored: not the job's.
DEAD = {'bad_json': 'unparsable', 'unknown_table': 'unknown_table', 'unknown_op': 'unknown_op', 'missing_key': 'missing_key',
        'impossible_type': 'impossible_type'}
KINDS = ('bad_json', 'unknown_table', 'missing_key', 'impossible_type', 'without_order', 'unknown_op', 'unknown_topic')
QUARANTINED, IGNORED = ('without_order',), ('unknown_topic',)
Event = collections.namedtuple('Event', 'kind topic partition offset time')


def journal_path(layout):
    return layout.path('load', 'trouble.jsonl')


def journal(layout):
    """Every event that was ever written into this pipeline."""
    try:
        with open(journal_path(layout)) as file:
            return [Event(**json.loads(line)) for line in file]
    except FileNotFoundError:
        return []


class Trouble:
    """write() sends one event, kinds in turn; returns when the broker has it and it is written down."""

    def __init__(self, layout, chance):
        self.layout, self.chance, self.seen, self.admin = layout, chance, set(), broker.admin(layout)
        os.makedirs(os.path.dirname(journal_path(layout)), exist_ok=True)
        # Murmur2 as Java's clients and the relay have it: a key goes where the relay would put it.
        self.producer = ck.Producer({**broker.client(layout), 'acks': 'all', 'enable.idempotence': True, 'partitioner': 'murmur2_random',
                                     'message.timeout.ms': 120000})
        self.turn = itertools.cycle([getattr(self, kind) for kind in KINDS])
        self.numbers = itertools.count(2_000_000_000 + self.chance.randrange(100_000_000))

    def prepare(self):
        made = self.admin.create_topics([confluent_kafka.admin.NewTopic(UNKNOWN_TOPIC, 1, 1)])
        try:
            made[UNKNOWN_TOPIC].result()
        except ck.KafkaException as error:
            if error.args[0].code() != ck.KafkaError.TOPIC_ALREADY_EXISTS:
                raise

    def write(self):
        make = next(self.turn)
        topic, key, value = make()
        if topic not in self.seen:
            # The relay makes its topics with the first record; before that an event would have no place to go.
            until(lambda: topic in self.admin.list_topics(timeout=10).topics, 'topic %s' % topic, 180, 0.5)
            self.seen.add(topic)
        placed = []

        def delivered(error, message):
            if error:
                raise ck.KafkaException(error)
            placed.append(Event(make.__name__, message.topic(), message.partition(), message.offset(), time.time()))

        self.producer.produce(topic, key=key, value=value, on_delivery=delivered)
        if self.producer.flush(130):
            raise AssertionError('an event is not delivered after 130 s')
        with open(journal_path(self.layout), 'a') as file:
            file.write(json.dumps(placed[0]._asdict()) + '\n')
        return placed[0]

    def bad_json(self):
        number = next(self.numbers)
        return broker.topic('orders'), json.dumps({'id': number}), '{"before":null,"after":{"id":%d,"status":"pend' % number

    def unknown_topic(self):
        number = next(self.numbers)
        return UNKNOWN_TOPIC, json.dumps({'id': number}), self.envelope('coupons', {'id': number, 'code': 'SPRING'})

    def unknown_table(self):
        number = next(self.numbers)
        return broker.topic('products'), json.dumps({'id': number}), self.envelope('coupons', {'id': number, 'code': 'SPRING'})

    def unknown_op(self):
        number = next(self.numbers)
        return broker.topic('payments'), json.dumps({'id': number}), self.envelope('payments', self.payment(number), 'z')

    def without_order(self):
        number = next(self.numbers)
        return broker.topic('payments'), json.dumps({'id': number}), self.envelope('payments', {**self.payment(number), 'order_id': None})

    def missing_key(self):
        return broker.topic('payments'), None, self.envelope('payments', self.payment(next(self.numbers)))

    def impossible_type(self):
        """A number that is a word: no reading of the column's type takes it."""
        number = next(self.numbers)
        return broker.topic('payments'), json.dumps({'id': number}), self.envelope('payments', {**self.payment(number), 'order_id': 'many'})

    def payment(self, number):
        return {'id': number, 'order_id': number, 'method': 'card', 'amount': '10.00', 'status': 'captured', 'paid_at': '2026-01-01T00:00:00.000000Z'}

    def envelope(self, table, row, op='c'):
        now = time.time_ns()
        return json.dumps({'before': None, 'after': row, 'source': {
            'version': '3.6.3.Final', 'connector': 'postgresql', 'name': 'shop', 'ts_ms': now // 10**6, 'snapshot': 'false', 'db': 'shop',
            'sequence': '[null,"1"]', 'ts_us': now // 1000, 'ts_ns': now, 'schema': 'shop', 'table': table, 'txId': 1, 'lsn': 1, 'xmin': None},
            'transaction': None, 'op': op, 'ts_ms': now // 10**6, 'ts_us': now // 1000, 'ts_ns': now}, separators=(',', ':'))
