"""What is captured and how topics are made: properties that the relay itself carries out."""
import json

from confluent_kafka.admin import AdminClient

from harness import records as kafka_records
from harness.wait import until


def partitions_of(scene, topic):
    topics = AdminClient({'bootstrap.servers': scene.kafka.bootstrap}).list_topics(timeout=10).topics
    return len(topics[topic].partitions) if topic in topics else 0


def raw(scene, topic):
    """Every message of one topic, tombstones too."""
    reader = kafka_records.Reader(scene.kafka.bootstrap)
    try:
        reader.follow(lambda name: name == topic)
        return reader.to_end()
    finally:
        reader.close()


def state(relay):
    status, body = relay.get('/connectors/%s/status' % relay.name)
    return json.loads(body)['tasks'][0]['state'] if status == 200 else None


def test_topics_are_made_as_their_group_says(scene):
    scene.sql('CREATE TABLE orders (id int PRIMARY KEY)')
    scene.sql('CREATE TABLE audit_log (id int PRIMARY KEY)')
    scene.started(topic__creation__default__partitions='2', topic__creation__groups='big,log',
                  topic__creation__big__include=r'.*\.orders, .*\.late', topic__creation__big__partitions='5',
                  topic__creation__log__include='.*', topic__creation__log__exclude=r'.*\.fence',
                  topic__creation__log__partitions='3')
    scene.sql('CREATE TABLE late (id int PRIMARY KEY)')
    for table in ('orders', 'audit_log', 'late'):
        scene.sql('INSERT INTO %s VALUES (1)' % table)
    scene.wait_confirmed()
    assert [partitions_of(scene, scene.topic(table)) for table in ('orders', 'audit_log', 'late', 'fence')] == [5, 3, 5, 2]


def test_a_truncate_reaches_every_partition_if_that_is_asked_for(scene):
    scene.sql('CREATE TABLE t (id int PRIMARY KEY)')
    relay = scene.started(topic__creation__default__partitions='4', skipped__operations='none', penstock__truncate__partitions='all')
    scene.sql('INSERT INTO t SELECT generate_series(1, 100)')
    scene.sql('TRUNCATE t')
    scene.sql('INSERT INTO t SELECT generate_series(1, 100)')
    scene.wait_confirmed()
    messages = raw(scene, scene.topic('t'))
    assert len(messages) == 204
    for partition in range(4):
        ops = [b'"op":"t"' in message.value() for message in sorted(messages, key=lambda m: m.offset()) if message.partition() == partition]
        assert ops.count(True) == 1 and 0 < ops.index(True) < len(ops) - 1, 'partition %d: %s' % (partition, ops)
    assert relay.terminate() == 0


def test_replica_identities_are_set_at_the_start(scene):
    scene.sql('CREATE TABLE mine (id int PRIMARY KEY, v text)')
    scene.sql('CREATE TABLE indexed (id int NOT NULL, v text)')
    scene.sql('CREATE UNIQUE INDEX indexed_id ON indexed (id)')
    scene.sql('CREATE TABLE root (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)')
    scene.sql('CREATE TABLE leaf PARTITION OF root FOR VALUES FROM (0) TO (10)')
    scene.sql('CREATE TABLE foreign_one (id int PRIMARY KEY)')
    for table in ('mine', 'indexed', 'root', 'leaf'):
        scene.sql('ALTER TABLE %s OWNER TO relay' % table)
    relay = scene.started(publish__via__partition__root='true', replica__identity__autoset__values=
                          r'.*\.(mine|root|foreign_one):FULL,public\.indexed:INDEX indexed_id')
    found = dict(scene.sql("SELECT relname, relreplident::text FROM pg_class WHERE relname IN ('mine', 'indexed', 'leaf', 'foreign_one')"))
    assert found == {'mine': 'f', 'indexed': 'i', 'leaf': 'f', 'foreign_one': 'd'}
    assert 'ALTER TABLE public.foreign_one REPLICA IDENTITY FULL' in relay.log()
    scene.sql("INSERT INTO root VALUES (1, 'a')")
    scene.sql("UPDATE root SET v = 'b'")
    scene.wait_confirmed()
    values = [message.value().decode() for message in raw(scene, scene.topic('root'))]
    assert '"before":{"id":1,"v":"a"},"after":{"id":1,"v":"b"}' in values[1], values


def test_heartbeat_query_runs_before_each_heartbeat(scene):
    scene.sql('CREATE TABLE beats (at timestamptz)')
    scene.sql('GRANT INSERT ON beats TO relay')
    relay = scene.started(heartbeat__interval__ms='200', heartbeat__action__query='INSERT INTO public.beats VALUES (now())',
                          table__exclude__list='public.beats')
    until(lambda: scene.value('SELECT count(*) FROM beats') >= 3, 'three runs of the query')
    topic = '__debezium-heartbeat.' + scene.prefix
    until(lambda: len(raw(scene, topic)) >= 3, 'three heartbeats')
    assert len(raw(scene, topic)) <= scene.value('SELECT count(*) FROM beats')
    assert relay.terminate() == 0


def test_heartbeats_go_on_without_a_query_that_fails(scene):
    relay = scene.started(heartbeat__interval__ms='200', heartbeat__action__query='SELECT 1 / 0')
    topic = '__debezium-heartbeat.' + scene.prefix
    until(lambda: len(raw(scene, topic)) >= 3, 'three heartbeats')
    assert 'PENSTOCK-PG-028' in relay.log() and 'division by zero' in relay.log()


def test_heartbeat_query_without_its_table_stops_the_connector(scene):
    relay = scene.relay(heartbeat__interval__ms='200', heartbeat__action__query='DELETE FROM public.nowhere').start()
    until(lambda: relay.running() and state(relay) == 'FAILED', 'the connector to fail')
    assert 'PENSTOCK-PG-029' in relay.log() and 'nowhere' in relay.log()


def test_slot_is_dropped_when_the_relay_is_stopped(scene):
    scene.sql('CREATE TABLE t (id int PRIMARY KEY)')
    relay = scene.started(slot__drop__on__stop='true', snapshot__mode='when_needed')
    scene.sql('INSERT INTO t VALUES (1)')
    scene.wait_confirmed()
    relay.kill()
    assert scene.confirmed() is not None
    relay.start()
    relay.wait_streaming(scene.postgres, scene.slot)
    assert relay.terminate() == 0
    assert scene.value('SELECT count(*) FROM pg_replication_slots WHERE slot_name = %s', scene.slot) == 0
    scene.sql('INSERT INTO t VALUES (2)')
    relay.start()
    relay.wait_streaming(scene.postgres, scene.slot)
    scene.wait_confirmed()
    keys = [message.key() for message in raw(scene, scene.topic('t'))]
    assert b'{"id":2}' in keys


def test_manual_flush_leaves_the_slot_where_it_is(scene):
    scene.sql('CREATE TABLE t (id int PRIMARY KEY)')
    relay = scene.started(lsn__flush__mode='manual')
    before = scene.confirmed()
    scene.sql('INSERT INTO t SELECT generate_series(1, 1000)')
    until(lambda: len(raw(scene, scene.topic('t'))) == 1000, 'the rows')
    assert relay.terminate() == 0
    scene.sql('INSERT INTO t VALUES (1001)')
    relay.start()
    relay.wait_streaming(scene.postgres, scene.slot)
    until(lambda: len(raw(scene, scene.topic('t'))) >= 1001, 'the last row')
    assert len(raw(scene, scene.topic('t'))) == 1001, 'the position in Kafka was not used'
    assert scene.confirmed() == before


def test_guardrail(scene):
    for table in ('a', 'b', 'c'):
        scene.sql('CREATE TABLE %s (id int PRIMARY KEY)' % table)
    warned = scene.started(guardrail__collections__max='2')
    assert 'PENSTOCK-PG-026' in warned.log()
    assert warned.terminate() == 0
    refused = scene.relay(guardrail__collections__max='2', guardrail__collections__limit__action='fail').start()
    until(lambda: refused.running() and state(refused) == 'FAILED', 'the connector to fail')
    assert 'PENSTOCK-PG-027' in refused.log()


def test_rows_at_each_start_and_no_stream(scene):
    scene.sql('CREATE TABLE t (id int PRIMARY KEY)')
    scene.sql('INSERT INTO t VALUES (1), (2)')
    based = {'snapshot__mode__configuration__based__snapshot__data': 'true'}
    relay = scene.relay(snapshot__mode='configuration_based', table__include__list='public.t', **based).start()
    until(lambda: len(raw(scene, scene.topic('t'))) == 2, 'the rows')
    assert relay.terminate() == 0
    scene.sql('INSERT INTO t VALUES (3)')
    relay.start()
    until(lambda: len(raw(scene, scene.topic('t'))) == 5, 'the rows of the second start')
    assert all(b'"op":"r"' in message.value() for message in raw(scene, scene.topic('t')))


def test_documents_of_many_shapes_keep_their_own_schema(scene):
    """What the plugin keeps for shapes that came before is given up on the way (64 MB), in rows and in the stream."""
    scene.sql('CREATE TABLE ob (id int PRIMARY KEY, aggregatetype text, aggregateid text, payload text)')
    fill = """INSERT INTO ob SELECT i, 'doc', i, (SELECT json_object_agg('f' || i || '_' || k || repeat('x', 50), k) FROM generate_series(1, 60) k)
              FROM generate_series(%d, %d) i"""
    scene.sql(fill % (1, 3000))
    relay = scene.started(snapshot__mode='initial', transforms='o', transforms__o__type='io.debezium.transforms.outbox.EventRouter', transforms__o__predicate='p',
                          transforms__o__table__expand__json__payload='true', predicates='p', value__converter__schemas__enable='true',
                          predicates__p__type='org.apache.kafka.connect.transforms.predicates.TopicNameMatches', predicates__p__pattern=r'.*\.ob')
    scene.sql(fill % (3001, 6000))
    scene.sql(fill.replace('SELECT i,', 'SELECT i + 6000,') % (1, 3000))  # the same again
    scene.wait_confirmed()
    messages = raw(scene, 'outbox.event.doc')
    assert len(messages) == 9000
    for message in messages:
        value, number = json.loads(message.value()), json.loads(message.key())
        fields = [field['field'] for field in value['schema']['fields']]
        assert fields == list(value['payload']) and len(fields) == 60 and fields[0].startswith('f%s_' % number), message.key()
    assert relay.terminate() == 0
