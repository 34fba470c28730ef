"""Writes spark/schemas/TABLE.json from records with schemas (key.converter.schemas.enable and value.converter.schemas.enable true,
decimal.handling.mode precise, so that precision and scale are told). The newest record of each topic counts.

  spark.sh generate --bootstrap HOST:PORT --topics shop.shop.orders shop.shop.customers …
  spark.sh generate --records FILE…       lines of {"topic", "key", "value"}, key and value as text
"""
import argparse
import json
import os
import sys
import uuid

from shopcdc import schemas


def from_lines(paths):
    for path in paths:
        with open(path, encoding='utf-8') as file:
            for line in file:
                record = json.loads(line)
                yield record['topic'], record['key'], record['value']


def from_kafka(bootstrap, topics):
    from confluent_kafka import Consumer, TopicPartition
    consumer = Consumer({'bootstrap.servers': bootstrap, 'group.id': 'shopcdc-generate-%s' % uuid.uuid4(), 'enable.auto.commit': False})
    try:
        places = [TopicPartition(topic, partition, 0) for topic in topics for partition in consumer.list_topics(topic, 10).topics[topic].partitions]
        ends = {(place.topic, place.partition): consumer.get_watermark_offsets(place, 10)[1] for place in places}
        consumer.assign([place for place in places if ends[place.topic, place.partition]])
        left = {place for place, end in ends.items() if end}
        while left:
            message = consumer.poll(10)
            if message is None:
                raise TimeoutError('no records within 10 s')
            if message.error():
                raise RuntimeError(message.error().str())
            if message.offset() + 1 >= ends[message.topic(), message.partition()]:
                left.discard((message.topic(), message.partition()))
            yield message.topic(), text(message.key()), text(message.value())
    finally:
        consumer.close()


def text(data):
    return None if data is None else data.decode()


def documents(records):
    """{table: what its file holds}"""
    found = {}
    for topic, key, value in records:
        envelope = json.loads(value) if value else None
        if not envelope or 'schema' not in envelope:
            continue
        fields = {field['field']: field for field in envelope['schema']['fields']}
        if 'after' not in fields:
            continue
        table = (envelope['payload'].get('source') or {}).get('table') or topic.rpartition('.')[2]
        key_schema = json.loads(key)['schema'] if key else None
        found[table] = schemas.document(table, key_schema, fields['after'])
    return found


def written(document):
    """The text of a file: a column a line."""
    columns = ',\n'.join('    ' + json.dumps(column, ensure_ascii=False) for column in document['columns'])
    return '{\n  "table": %s,\n  "key": %s,\n  "columns": [\n%s\n  ]\n}\n' % (json.dumps(document['table']), json.dumps(document['key']), columns)


def main(arguments):
    parser = argparse.ArgumentParser(prog='spark.sh generate', description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--bootstrap')
    parser.add_argument('--topics', nargs='*', default=[])
    parser.add_argument('--records', nargs='*', default=[])
    parser.add_argument('--into', default=schemas.HERE)
    options = parser.parse_args(arguments)
    records = from_lines(options.records) if options.records else from_kafka(options.bootstrap, options.topics)
    found = documents(records)
    if not found:
        print('no records with schemas', file=sys.stderr)
        return 1
    os.makedirs(options.into, exist_ok=True)
    for table, document in sorted(found.items()):
        path = os.path.join(options.into, table + '.json')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(written(document))
        print(path)
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
