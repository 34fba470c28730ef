"""replay CONFIG.json [filters]   Puts dead letters back into the topics they came from.

  replay CONFIG.json                                what is there: counts by reason and topic; sends nothing
  replay CONFIG.json --all                          all letters as they are (what refused them was mended)
  replay CONFIG.json --reason unknown_table         only these; also --topic T, --partition P, --offset 17 or 17-90; each may be repeated
  replay CONFIG.json --reason unparsable --dump F   writes them to a file, one JSON line each, to be repaired by hand or script
  replay CONFIG.json --repaired F                   sends those in the file, with the key and value that stand there; "drop": true lays one to rest

A letter is known by the place it came from. What became of it is kept in the topic DLQ.replayed: each is sent once, however often this is
run and wherever it is killed: before sending it is noted where its topic ends, and what is left in doubt is looked up behind there.
Replayed records carry replay.of (TOPIC/PARTITION/OFFSET) in their headers. Exit status 0, or 1 when something was not sent.
"""
import argparse
import base64
import collections
import fcntl
import json
import os
import sys
import time

Record = collections.namedtuple('Record', 'topic partition offset key value headers')
QUIET_SECONDS = 30


class Broker:
    """What replay needs of Kafka."""

    def __init__(self, settings):
        import confluent_kafka
        import confluent_kafka.admin
        self.kafka, self.settings = confluent_kafka, {**settings, 'log_level': 2}
        self.admin = confluent_kafka.admin
        self.producer = confluent_kafka.Producer({**self.settings, 'acks': 'all', 'enable.idempotence': True, 'partitioner': 'murmur2_random', 'message.timeout.ms': 60000})

    def ensure(self, topic):
        """Makes the topic of notes if it is not there."""
        admin = self.admin.AdminClient(self.settings)
        if topic in admin.list_topics(timeout=15).topics:
            return
        try:
            admin.create_topics([self.admin.NewTopic(topic, 1, config={'cleanup.policy': 'compact'})])[topic].result(30)
        except self.kafka.KafkaException as error:
            if error.args[0].code() != self.kafka.KafkaError.TOPIC_ALREADY_EXISTS:
                raise

    def read(self, topic, start=None):
        """Every record from the beginning (or from {partition: offset}) to what is the end now."""
        consumer = self.kafka.Consumer({**self.settings, 'group.id': 'shopcdc-replay', 'enable.auto.commit': False, 'enable.partition.eof': True,
                                        'auto.offset.reset': 'earliest'})
        try:
            found = consumer.list_topics(topic, timeout=15).topics[topic]
            if found.error:
                return
            open_ones = set(found.partitions)
            consumer.assign([self.kafka.TopicPartition(topic, p, (start or {}).get(p, self.kafka.OFFSET_BEGINNING)) for p in open_ones])
            heard = time.monotonic()
            while open_ones:
                message = consumer.poll(1.0)
                if message is None:
                    if time.monotonic() - heard > QUIET_SECONDS:
                        raise TimeoutError('nothing of %s for %d s' % (topic, QUIET_SECONDS))
                    continue
                heard = time.monotonic()
                if message.error():
                    if message.error().code() != self.kafka.KafkaError._PARTITION_EOF:      # noqa: SLF001
                        raise self.kafka.KafkaException(message.error())
                    open_ones.discard(message.partition())
                    continue
                yield Record(message.topic(), message.partition(), message.offset(), message.key(), message.value(), message.headers() or [])
        finally:
            consumer.close()

    def ends(self, topic):
        """{partition: offset behind the last record}."""
        consumer = self.kafka.Consumer({**self.settings, 'group.id': 'shopcdc-replay'})
        try:
            partitions = consumer.list_topics(topic, timeout=15).topics[topic].partitions
            return {p: consumer.get_watermark_offsets(self.kafka.TopicPartition(topic, p), timeout=15)[1] for p in partitions}
        finally:
            consumer.close()

    def send(self, topic, key, value, headers=(), partition=-1):
        """Returns when the brokers have it."""
        failed = []
        self.producer.produce(topic, key=key, value=value, headers=list(headers), partition=partition, on_delivery=lambda error, _: failed.append(error) if error else None)
        if self.producer.flush(70) or failed:
            raise OSError('%s: not delivered: %s' % (topic, failed[0] if failed else 'no answer'))


Letter = collections.namedtuple('Letter', 'id topic partition offset reason exception key value headers')


def letter_of(record):
    """The dead letter in a record of the dead letter topic, or None if it is none."""
    said = {name: (value or b'').decode(errors='replace') for name, value in record.headers if name.startswith('dlq.')}
    try:
        topic, partition, offset = said['dlq.topic'], int(said['dlq.partition']), int(said['dlq.offset'])
    except (KeyError, ValueError):
        return None
    return Letter('%s/%d/%d' % (topic, partition, offset), topic, partition, offset, said.get('dlq.reason', ''), said.get('dlq.exception', ''), record.key, record.value,
                  [(name, value) for name, value in record.headers if not name.startswith(('dlq.', 'replay.'))])


def as_json(data):
    """Bytes as text where they are text, else {"base64": …}."""
    if data is None:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {'base64': base64.b64encode(data).decode()}


def from_json(value):
    if value is None:
        return None
    if isinstance(value, dict) and set(value) == {'base64'}:
        return base64.b64decode(value['base64'])
    # A repaired value may stand in the file as JSON itself.
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).encode()


def span(text):
    first, _, last = text.partition('-')
    return int(first), int(last or first)


class Replay:
    """Letters, what became of them, and how they go back."""

    def __init__(self, broker, dlq):
        self.broker, self.dlq, self.notes_topic = broker, dlq, dlq + '.replayed'
        self.broker.ensure(self.notes_topic)
        self.notes = {}
        for record in broker.read(self.notes_topic):
            self.notes[record.key.decode()] = json.loads(record.value)
        self.letters = {}
        for record in broker.read(dlq):
            letter = letter_of(record)
            if letter:
                self.letters.setdefault(letter.id, letter)

    def note(self, identity, **what):
        self.notes[identity] = what
        self.broker.send(self.notes_topic, identity.encode(), json.dumps({**what, 'time': time.time()}).encode())

    def state(self, identity):
        return self.notes.get(identity, {}).get('state')

    def resolve(self, identity):
        """A letter that was being sent when its sender died: is it there, behind where its topic ended?"""
        note = self.notes[identity]
        start = {int(partition): offset for partition, offset in note['ends'].items()}
        found = any(('replay.of', identity.encode()) in [tuple(header) for header in record.headers] for record in self.broker.read(note['topic'], start))
        self.note(identity, **({'state': 'sent'} if found else {'state': 'not_sent'}))

    def send(self, letter, key, value):
        self.note(letter.id, state='sending', topic=letter.topic, ends=self.broker.ends(letter.topic))
        # A key that was not changed stays in its partition; one that was goes where it belongs.
        self.broker.send(letter.topic, key, value, [*letter.headers, ('replay.of', letter.id.encode())], letter.partition if key == letter.key else -1)
        self.note(letter.id, state='sent')

    def run(self, letters, repaired=None):
        """Counter of what became of letters. repaired: {id: document of the file}."""
        counts = collections.Counter()
        for letter in letters:
            if self.state(letter.id) == 'sending':
                self.resolve(letter.id)
            if self.state(letter.id) in ('sent', 'dropped'):
                counts['done before'] += 1
                continue
            document = (repaired or {}).get(letter.id)
            if document and document.get('drop'):
                self.note(letter.id, state='dropped')
                counts['dropped'] += 1
                continue
            try:
                self.send(letter, from_json(document['key']) if document else letter.key, from_json(document['value']) if document else letter.value)
                counts['sent'] += 1
            except OSError as error:
                print('replay: %s: %s' % (letter.id, error), file=sys.stderr)
                counts['failed'] += 1
        return counts


def chosen(letters, options):
    """Letters that the filters let through."""
    spans = [span(text) for text in options.offset or ()]
    return [letter for letter in letters if (not options.reason or letter.reason in options.reason) and (not options.topic or letter.topic in options.topic)
            and (not options.partition or letter.partition in options.partition) and (not spans or any(low <= letter.offset <= high for low, high in spans))]


def read_repaired(path, letters):
    """{id: document}; ValueError with the line of what is wrong."""
    made = {}
    with open(path, encoding='utf-8') as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                document = json.loads(line)
                identity = document['id']
                if not document.get('drop'):
                    from_json(document['key']), from_json(document['value'])
            except (ValueError, TypeError, KeyError) as error:
                raise ValueError('%s:%d: %s' % (path, number, 'no %s in it' % error if isinstance(error, KeyError) else error)) from None
            if identity not in letters:
                raise ValueError('%s:%d: there is no dead letter %s' % (path, number, identity))
            made[identity] = document
    return made


def overview(replay, letters):
    counts = collections.Counter((letter.reason, letter.topic, replay.state(letter.id) or 'waiting') for letter in letters)
    rows = ['%7d  %-18s %-28s %s' % (number, *what) for what, number in sorted(counts.items())]
    return '\n'.join(rows + ['%7d  in %s' % (len(letters), replay.dlq)])


def parser():
    made = argparse.ArgumentParser(prog='replay', description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument('config')
    made.add_argument('--all', action='store_true')
    made.add_argument('--reason', action='append')
    made.add_argument('--topic', action='append')
    made.add_argument('--partition', action='append', type=int)
    made.add_argument('--offset', action='append', metavar='N[-M]')
    made.add_argument('--dump', metavar='FILE')
    made.add_argument('--repaired', metavar='FILE')
    made.add_argument('--kafka', metavar='FILE', help='JSON with other settings of the Kafka client (Java names), for a user that may write to the origins and to DLQ.replayed')
    made.add_argument('--dry-run', action='store_true', help='say what would be sent')
    return made


def work(replay, options):
    """Does what the options say; the exit status."""
    letters = chosen(replay.letters.values(), options)
    if options.dump:
        waiting = [letter for letter in letters if replay.state(letter.id) not in ('sent', 'dropped')]
        with open(options.dump, 'w', encoding='utf-8') as file:
            for letter in waiting:
                file.write(json.dumps({'id': letter.id, 'reason': letter.reason, 'exception': letter.exception, 'key': as_json(letter.key), 'value': as_json(letter.value)},
                                      ensure_ascii=False) + '\n')
        print('%d letters in %s' % (len(waiting), options.dump))
        return 0
    repaired = read_repaired(options.repaired, replay.letters) if options.repaired else None
    if repaired is not None:
        letters = [letter for letter in letters if letter.id in repaired]
    filtered = options.all or options.repaired or options.reason or options.topic or options.partition or options.offset
    if not filtered or options.dry_run:
        print(overview(replay, letters))
        return 0
    counts = replay.run(letters, repaired)
    print('%d letters: %s' % (len(letters), ', '.join('%d %s' % (counts[name], name) for name in ('sent', 'done before', 'dropped', 'failed') if counts[name] or name == 'sent')))
    return 1 if counts['failed'] else 0


def read_settings(path):
    """A JSON object of settings; {"file": PATH} as a value is the text of that file, as in the job's configuration."""
    if not path:
        return {}
    from shopcdc import config
    with open(path, encoding='utf-8') as file:
        found = json.load(file)
    if not isinstance(found, dict):
        raise ValueError('%s: a JSON object is wanted' % path)
    return config._with_files(found)        # noqa: SLF001


def main(arguments=None):
    options = parser().parse_args(arguments)
    from confluent_kafka import KafkaException
    from shopcdc import config, progress
    try:
        found = config.load(options.config)
        settings = {**found.kafka, **read_settings(options.kafka)}
        os.makedirs(found.dir, exist_ok=True)
        with open(os.path.join(found.dir, 'replay.lock'), 'w') as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise ValueError('another replay is running') from None
            return work(Replay(Broker(progress.librdkafka(settings)), found.dlq_topic), options)
    except (ValueError, OSError, KafkaException) as error:
        print('replay: %s' % (error.args[0].str() if isinstance(error, KafkaException) and hasattr(error.args[0], 'str') else error), file=sys.stderr)
        return 1


if __name__ == '__main__':
    sys.exit(main())
