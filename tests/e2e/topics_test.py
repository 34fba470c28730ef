"""Which topics are made, when, and what happens to tables whose topics cannot be."""
import json
import re
import time

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from harness.wait import until


def topics(scene):
    """Name → partitions, of the scene's own."""
    found = AdminClient({'bootstrap.servers': scene.kafka.bootstrap}).list_topics(timeout=20).topics
    return {name: len(topic.partitions) for name, topic in found.items() if name.startswith(scene.prefix + '.')}


def make_tables(scene, count, rows=0):
    scene.sql("""DO $$ BEGIN FOR i IN 1..%d LOOP
        EXECUTE format('CREATE TABLE t_%%s (id int PRIMARY KEY, v text)', i);
        EXECUTE format('INSERT INTO t_%%s SELECT n, ''a'' FROM generate_series(1, %d) n', i);
        IF i %% 100 = 0 THEN COMMIT; END IF;
    END LOOP; END $$""" % (count, rows))


def test_topic_is_made_when_its_first_record_comes(scene):
    """450 tables of 24 partitions each are more than Kafka makes in one request, and one row is one topic."""
    make_tables(scene, 450)
    scene.sql("INSERT INTO t_1 VALUES (1, 'a')")
    relay = scene.relay(snapshot__mode='initial', topic__creation__default__partitions='24', topic__creation__default__replication__factor='1',
                        topic__creation__default__cleanup__policy='compact').start()
    relay.wait_streaming(scene.postgres, scene.slot)
    assert topics(scene) == {scene.topic('t_1'): 24}
    scene.sql("INSERT INTO t_2 VALUES (1, 'b')")
    scene.sql('DELETE FROM t_3')       # no row, no record
    lsn = scene.wait_confirmed()
    assert topics(scene) == {scene.topic(name): 24 for name in ('t_1', 't_2', 'fence')}, lsn
    scene.sql("SELECT pg_logical_emit_message(true, 'p', 'x')")
    scene.wait_confirmed()
    assert scene.prefix + '.message' in topics(scene)
    assert [record.after for record in scene.records() if record.topic == scene.topic('t_2')] == [{'id': 1, 'v': 'b'}]


def test_topic_that_is_deleted_in_mid_stream_is_made_again(scene):
    scene.sql('CREATE TABLE t (id int PRIMARY KEY, v text)')
    relay = scene.started()
    scene.sql("INSERT INTO t VALUES (1, 'a')")
    scene.wait_confirmed()
    admin = AdminClient({'bootstrap.servers': scene.kafka.bootstrap})
    admin.delete_topics([scene.topic('t')])[scene.topic('t')].result(20)
    until(lambda: scene.topic('t') not in topics(scene), 'the topic to be gone')
    scene.sql("INSERT INTO t VALUES (2, 'b')")
    scene.wait_confirmed(seconds=150)
    assert [record.after for record in scene.records()] == [{'id': 2, 'v': 'b'}], relay.tail()


def test_settings_that_kafka_refuses_are_named(scene):
    scene.sql('CREATE TABLE t (id int PRIMARY KEY, v text)')
    relay = scene.started(topic__creation__default__cleanup__policy='sometimes', topic__creation__default__replication__factor='1',
                          topic__creation__default__partitions='1')
    scene.sql("INSERT INTO t VALUES (1, 'a')")
    until(lambda: 'PENSTOCK-KAFKA-012' in relay.log(), 'the problem\n' + relay.tail())
    assert 'topic.creation.default.cleanup.policy' in relay.log() and 'producer.override' not in relay.log()
    # made by hand, it goes on by itself
    admin = AdminClient({'bootstrap.servers': scene.kafka.bootstrap})
    admin.create_topics([NewTopic(scene.topic('t'), 1, 1)])[scene.topic('t')].result(20)
    until(lambda: [record.after for record in scene.records()] == [{'id': 1, 'v': 'a'}], 'the row\n' + relay.tail())

def left_out(relay):
    found = re.search(r'^penstock_left_out_records_total\{.*\} (\d+)$', relay.get('/metrics')[1], re.M)
    return int(found.group(1)) if found else 0


def test_name_that_kafka_holds_equal_leaves_its_own_records_out(scene):
    """The other topic is there already, and no table of ours has it: only Kafka knows."""
    scene.sql('CREATE TABLE "order.items" (id int PRIMARY KEY, v text)')
    scene.sql('CREATE TABLE t (id int PRIMARY KEY, v text)')
    admin = AdminClient({'bootstrap.servers': scene.kafka.bootstrap})
    other = scene.topic('order_items')
    admin.create_topics([NewTopic(other, 1, 1)])[other].result(20)
    relay = scene.started()
    scene.sql("""INSERT INTO "order.items" VALUES (1, 'a'), (2, 'b'); INSERT INTO t VALUES (1, 'c')""")
    scene.wait_confirmed()
    assert [record.after for record in scene.records()] == [{'id': 1, 'v': 'c'}]
    until(lambda: 'PENSTOCK-KAFKA-013' in relay.get('/health')[1], 'the warning\n' + relay.tail())
    assert 'PENSTOCK-KAFKA-013' in relay.log() and scene.topic('order.items') in relay.log()
    assert left_out(relay) == 2
    relay.terminate()
    relay = scene.relay(penstock__bad__table='stop').start()
    until(lambda: 'PENSTOCK-KAFKA-014' in relay.get('/health')[1], 'the problem\n' + relay.tail())
    assert 'public.order.items' in relay.get('/health')[1]
    assert json.loads(relay.get('/connectors/%s/status' % relay.name)[1])['tasks'][0]['state'] == 'FAILED'


def test_topic_belongs_to_the_table_that_was_created_first(scene):
    """Whoever may create a table could else write into the topic of another one."""
    scene.sql('CREATE TABLE order_items (id int PRIMARY KEY, v text)')
    scene.sql('CREATE TABLE "order$items" (id int PRIMARY KEY, v text)')
    scene.sql("""INSERT INTO order_items VALUES (1, 'mine'); INSERT INTO "order$items" VALUES (1, 'theirs')""")
    relay = scene.relay(snapshot__mode='initial').start()
    relay.wait_streaming(scene.postgres, scene.slot)
    scene.sql('CREATE TABLE "order.items" (id int PRIMARY KEY, v text)')      # born in mid-stream; Kafka holds it equal
    scene.sql("""UPDATE "order$items" SET v = 'theirs, too'; DELETE FROM "order$items"; INSERT INTO "order.items" VALUES (2, 'theirs')""")
    scene.sql("UPDATE order_items SET v = 'mine, still'")
    scene.wait_confirmed()
    assert [record.after for record in scene.records()] == [{'id': 1, 'v': 'mine'}, {'id': 1, 'v': 'mine, still'}]
    assert scene.topic('order.items') not in topics(scene)
    for table in ('order$items', 'order.items'):
        assert table in relay.log(), relay.tail()
    relay.terminate()
    doctor = relay.doctor()
    assert 'PENSTOCK-PG-039' in doctor.stdout and scene.topic('order_items') in doctor.stdout, doctor.stdout
    # a router that tells them apart gives each a topic of its own
    route = {'transforms': 'r', 'transforms.r.type': 'org.apache.kafka.connect.transforms.RegexRouter',
             'transforms.r.regex': r'.*\.order\.items', 'transforms.r.replacement': scene.prefix + '.elsewhere'}
    relay = scene.relay(config={**scene.config(), **route}).start()
    relay.wait_streaming(scene.postgres, scene.slot)
    scene.sql("""INSERT INTO "order.items" VALUES (3, 'apart')""")
    scene.wait_confirmed()
    assert [record.after for record in scene.records() if record.topic == scene.prefix + '.elsewhere'] == [{'id': 3, 'v': 'apart'}]
    relay.terminate()
    relay = scene.relay(penstock__bad__table='stop').start()
    until(lambda: 'PENSTOCK-PG-040' in relay.get('/health')[1], 'the problem\n' + relay.tail())


def test_table_whose_topic_is_taken_in_mid_stream_stops_if_asked_for(scene):
    """Nothing of it is confirmed; with skip the stream goes on behind it."""
    scene.sql('CREATE TABLE order_items (id int PRIMARY KEY, v text)')
    relay = scene.started(penstock__bad__table='stop')
    scene.sql("INSERT INTO order_items VALUES (1, 'mine')")
    scene.wait_confirmed()
    scene.sql("""CREATE TABLE "order$items" (id int PRIMARY KEY, v text); INSERT INTO "order$items" VALUES (2, 'theirs'), (3, 'theirs')""")
    scene.sql("INSERT INTO order_items VALUES (4, 'behind it')")
    until(lambda: 'PENSTOCK-PG-040' in relay.get('/health')[1], 'the problem\n' + relay.tail())
    assert json.loads(relay.get('/connectors/%s/status' % relay.name)[1])['tasks'][0]['state'] == 'FAILED'
    assert 'public.order$items' in relay.log() and 'public.order_items' in relay.log(), relay.tail()
    assert [record.after for record in scene.records()] == [{'id': 1, 'v': 'mine'}]
    relay.terminate()
    scene.sql('DROP TABLE "order$items"')       # what came before stands in the log of the database
    relay = scene.relay(penstock__bad__table='stop').start()
    until(lambda: 'PENSTOCK-PG-040' in relay.get('/health')[1], 'the problem\n' + relay.tail())
    relay.terminate()
    relay = scene.relay(penstock__bad__table='skip').start()
    relay.wait_streaming(scene.postgres, scene.slot)
    scene.wait_confirmed()
    assert [record.after for record in scene.records()] == [{'id': 1, 'v': 'mine'}, {'id': 4, 'v': 'behind it'}]
    until(lambda: re.search(r'^penstock_notices_total\{.*"PENSTOCK-PG-039".*\} 2$', relay.get('/metrics')[1], re.M), 'the count\n' + relay.tail())
    assert 'PENSTOCK-PG-039' in relay.get('/health')[1]


def peak_kib(relay):
    with open('/proc/%d/status' % relay.process.pid) as status:
        return int(re.search(r'^VmHWM:\s+(\d+) kB$', status.read(), re.M).group(1))


def test_many_empty_tables_cost_little_memory(scene, torture):
    """2,500 captured tables without a row: the relay's peak stays under 64 MiB, and topics that are there, each with a setting that is told, add little."""
    tables, there = 2500, 2500 if torture else 1000
    make_tables(scene, tables)
    relay = scene.relay(snapshot__mode='initial').start()
    relay.wait_streaming(scene.postgres, scene.slot, 120)
    without = peak_kib(relay)
    assert topics(scene) == {}
    relay.terminate()
    admin = AdminClient({'bootstrap.servers': scene.kafka.bootstrap})
    for first in range(1, there + 1, 250):
        made = admin.create_topics([NewTopic(scene.topic('t_%d' % i), 1, 1, config={'max.message.bytes': '1000'})
                                    for i in range(first, min(first + 250, there + 1))])
        for future in made.values():
            future.result(60)
    until(lambda: len(topics(scene)) == there, 'the topics', 300, 0.5)
    relay = scene.relay().start()
    relay.wait_streaming(scene.postgres, scene.slot, 120)
    peaks = without / 1024, peak_kib(relay) / 1024
    print('%d tables: peak %.1f MiB; with %d topics: %.1f MiB' % (tables, peaks[0], there, peaks[1]))
    assert 'PENSTOCK-KAFKA-010' in relay.log() and 'and %d more' % (there - 3) in relay.log(), relay.tail()
    assert max(peaks) < 64 and peaks[1] - peaks[0] < 10, peaks  # the settings of 1,000 topics at once are 13 MiB


@pytest.mark.torture
def test_many_tables_cost_few_requests(scene, torture):
    """Each of 2,500 tables has rows: their topics are asked for together, in pieces that the broker takes."""
    if not torture:
        pytest.skip('long: PENSTOCK_TORTURE=1')
    make_tables(scene, 2500, rows=1)
    relay = scene.relay(snapshot__mode='initial', topic__creation__default__partitions='1', topic__creation__default__replication__factor='1',
                        topic__creation__default__cleanup__policy='compact', topic__creation__default__retention__ms='-1',
                        topic__creation__default__segment__bytes='4194304').start()
    began = time.monotonic()
    until(lambda: len(topics(scene)) == 2500, 'the topics\n' + relay.tail(), 300, 0.5)
    relay.wait_streaming(scene.postgres, scene.slot, 300)
    print('2,500 topics in %.1f s' % (time.monotonic() - began))
