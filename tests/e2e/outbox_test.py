"""Events of an outbox that ask for a place that Kafka has not: they never keep the others from arriving."""
from confluent_kafka.admin import AdminClient, NewTopic

from harness.wait import until


def test_place_that_kafka_has_not_holds_nothing_up(scene):
    scene.sql("""CREATE TABLE outbox (id int PRIMARY KEY, aggregatetype text, aggregateid text, payload text, at timestamp(3), part int)""")
    events = scene.prefix + '.events'
    admin = AdminClient({'bootstrap.servers': scene.kafka.bootstrap})
    admin.create_topics([NewTopic(events, 3, 1)])[events].result(20)
    relay = scene.started(table__include__list='public.outbox,public.fence', transforms='o',
                          **{'transforms.o.type': 'io.debezium.transforms.outbox.EventRouter', 'transforms.o.predicate': 'p',
                             'transforms.o.table.field.event.timestamp': 'at', 'transforms.o.table.fields.additional.placement': 'part:partition',
                             'transforms.o.route.topic.replacement': '${routedByValue}',
                             'predicates': 'p', 'predicates.p.type': 'org.apache.kafka.connect.transforms.predicates.TopicNameMatches',
                             'predicates.p.pattern': '.*outbox'})
    scene.sql("INSERT INTO outbox VALUES (1, %s, 'k', 'partition 2', '2024-01-01', 2), (2, %s, 'k', 'negative', '1969-12-31', -1), (3, %s, 'k', 'infinite', 'infinity', NULL)",
              events, events, events)
    scene.sql("INSERT INTO outbox VALUES (4, '', 'k', 'no topic', NULL, NULL), (5, NULL, 'k', 'no topic', NULL, NULL), (6, '.', 'k', 'no topic', NULL, NULL),"
              " (7, 'a/b', 'k', 'no topic', NULL, NULL), (8, repeat('x', 300), 'k', 'no topic', NULL, NULL)")
    scene.sql("INSERT INTO outbox VALUES (9, %s, 'k', 'partition 99', NULL, 99)", events)
    scene.sql("INSERT INTO outbox VALUES (10, %s, 'k', 'last', NULL, NULL)", events)
    scene.wait_confirmed(seconds=60)
    reader = scene.reader()
    reader.follow(lambda name: name == events)
    found = {message.value().decode(): (message.partition(), message.timestamp()[1]) for message in reader.to_end()}
    assert sorted(found) == ['"infinite"', '"last"', '"negative"', '"partition 2"', '"partition 99"'], relay.tail()
    assert found['"partition 2"'] == (2, 1704067200000)
    by_key = found['"last"'][0]
    assert all(found[value][0] == by_key for value in ('"infinite"', '"negative"', '"partition 99"')), found
    assert all(abs(found[value][1] - found['"last"'][1]) < 3600000 for value in ('"infinite"', '"negative"')), found
    assert 'asks for partition 99 of topic ' + events in relay.log(), relay.tail()
    until(lambda: 'PENSTOCK-PG-030' in relay.get('/health')[1] and 'negative partition' in relay.get('/health')[1], 'what is told\n' + relay.tail())
