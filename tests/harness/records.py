"""Reads Kafka with a client that is not ours, and names what each record is."""
import collections
import json

import confluent_kafka as ck

from harness.wait import until

# One record: op is the envelope's c u d r t m, or x for a tombstone, or None for anything that is not an envelope. key is
# the tuple of the key's members as text. lsn and xid of a tombstone are those of the delete before it.
Record = collections.namedtuple('Record', 'topic offset op key lsn xid before after source_us broker_ms snapshot')


class Reader:
    """Follows topics from their beginning; topics that appear later are taken up by follow()."""

    def __init__(self, bootstrap, **settings):
        self.consumer = ck.Consumer({'bootstrap.servers': bootstrap, 'group.id': 'penstock-check', 'enable.auto.commit': False,
                                     'auto.offset.reset': 'earliest', 'fetch.wait.max.ms': 20, 'allow.auto.create.topics': False,
                                     'fetch.error.backoff.ms': 20, 'fetch.message.max.bytes': 8000000, **settings})
        self.next = {}           # (topic, partition): offset
        self.deletes = {}        # (topic, key): (lsn, xid) of the newest d

    def follow(self, wanted):
        """Takes up every partition of the topics for which wanted(name) is true."""
        listed = self.consumer.list_topics(timeout=15)
        fresh = [(name, number) for name, topic in sorted(listed.topics.items()) if topic.error is None and wanted(name)
                 for number in topic.partitions if (name, number) not in self.next]
        if fresh:
            self.next.update((place, 0) for place in fresh)
            self.consumer.incremental_assign([ck.TopicPartition(topic, number, 0) for topic, number in fresh])

    def poll(self, seconds=0.1):
        """Records that arrive within the given time, in order per partition."""
        found = []
        for message in self.consumer.consume(10000, seconds):
            if message.error():
                if message.error().retriable() or message.error().code() in (ck.KafkaError._ALL_BROKERS_DOWN, ck.KafkaError._TRANSPORT):
                    continue
                raise ck.KafkaException(message.error())
            self.next[message.topic(), message.partition()] = message.offset() + 1
            found.append(message)
        return found

    def ends(self):
        """{(topic, partition): offset} where the topics end now."""
        return {place: until(lambda place=place: self.end_of(place), 'the end of %s' % (place,))[0] for place in self.next}

    def end_of(self, place):
        """Where a partition ends now as a tuple of one; None while a new topic has no leader yet."""
        try:
            return (self.consumer.get_watermark_offsets(ck.TopicPartition(*place), timeout=15, cached=False)[1],)
        except ck.KafkaException as error:
            if error.args[0].retriable() or error.args[0].code() == ck.KafkaError.NOT_LEADER_FOR_PARTITION:
                return None
            raise

    def to_end(self, seconds=120):
        """Everything up to where the topics end now."""
        ends = self.ends()
        found, idle = [], 0.0
        while any(self.next[place] < end for place, end in ends.items()):
            batch = self.poll(0.2)
            idle = 0.0 if batch else idle + 0.2
            if idle > seconds:
                raise AssertionError('topics do not reach their end: %s' % {p: (self.next[p], e) for p, e in ends.items() if self.next[p] < e})
            found += batch
        return found

    def records(self, messages):
        return [self.record(message) for message in messages]

    def record(self, message):
        topic = message.topic()
        key = key_tuple(message.key())
        broker_ms = message.timestamp()[1]
        if message.value() is None:
            lsn, xid = self.deletes.get((topic, key), (None, None))
            return Record(topic, message.offset(), 'x', key, lsn, xid, None, None, None, broker_ms, None)
        value = json.loads(message.value())
        value = value.get('payload', value) if 'schema' in value else value
        source = value.get('source') or {}
        op = value.get('op')
        if op == 'd':
            self.deletes[topic, key] = source.get('lsn'), source.get('txId')
        return Record(topic, message.offset(), op, key, source.get('lsn'), source.get('txId'), value.get('before'), value.get('after'),
                      source.get('ts_us'), broker_ms, source.get('snapshot'))

    def close(self):
        self.consumer.close()


def key_tuple(key):
    if key is None:
        return None
    members = json.loads(key)
    members = members.get('payload', members) if 'schema' in members else members
    return tuple(None if value is None else str(value) for value in members.values())


def read_all(bootstrap, wanted, **settings):
    """Every record of the topics, in order per partition."""
    reader = Reader(bootstrap, **settings)
    try:
        reader.follow(wanted)
        return reader.records(reader.to_end())
    finally:
        reader.close()
