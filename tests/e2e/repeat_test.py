"""What a repetition is: the same record, but for what tells when and by which start of the relay it was made."""
import json
import random

from harness.wait import until

MADE = ('ts_ms', 'ts_us', 'ts_ns')      # of the envelope


def parts(message):
    """(identity, what repeats, what may differ) of a record."""
    headers = dict(message.headers() or [])
    made = {'run': headers.pop('__debezium.context.runId', None)}
    value = message.value() and json.loads(message.value())
    for name in MADE if value else ():
        made[name] = value.pop(name)
    identity = (message.topic(), headers['penstock.commit_lsn'], headers['penstock.ordinal'], value is None)
    return identity, (message.key(), json.dumps(value), tuple(sorted(headers.items()))), made


def test_what_is_repeated_after_a_kill_differs_in_clock_and_run_alone(scene, seed):
    chance = random.Random(seed)
    scene.sql('CREATE TABLE t (id int PRIMARY KEY, n numeric, v text)')
    scene.sql('ALTER TABLE t REPLICA IDENTITY FULL')
    relay, reader = scene.started(penstock__position__headers='true', provide__transaction__metadata='true'), scene.reader()
    seen = {}               # identity: what it was at first
    repeated, differ = 0, set()

    def read(messages):
        nonlocal repeated
        for message in messages:
            if message.topic() != scene.topic('t'):
                continue
            identity, content, made = parts(message)
            first = seen.setdefault(identity, (content, made))
            if first[1] is not made:
                repeated += 1
                assert first[0] == content, identity
                differ.update(name for name in made if made[name] != first[1][name])

    def in_kafka():
        reader.follow(scene.our_topic)      # a topic is made when its first record comes
        return sum(reader.ends().values())

    for round in range(6):
        first = round * 30000
        wanted = in_kafka() + chance.randint(1, 25000)
        scene.sql("""DO $$ BEGIN
            INSERT INTO t SELECT n, n / 7.0, repeat('x', 100) FROM generate_series(%s, %s) n;
            UPDATE t SET n = n + 1 WHERE id %% 3 = 0 AND id >= %s;
            DELETE FROM t WHERE id %% 7 = 0 AND id >= %s;
        END $$""", first, first + 29999, first, first)
        until(lambda wanted=wanted: in_kafka() >= wanted, 'its first records', 60, 0.001)
        relay.kill()
        relay.start().wait_streaming(scene.postgres, scene.slot)
        scene.wait_confirmed()
    reader.follow(scene.our_topic)
    read(reader.to_end())
    print('%d records, %d repeated, which differ in %s' % (len(seen), repeated, sorted(differ)))
    assert len(seen) >= 180000 and repeated > 0
    assert differ == {'run', *MADE}
