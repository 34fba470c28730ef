"""Everything may be killed at any moment under load, and nothing is lost."""
import random

from e2e import workload
from harness import checker, decoded
from harness.wait import until


def check_sum(scene):
    """Transfers move money and make none: the replayed balances add up to what was there at first."""
    balances = checker.replay(scene.records(), scene.tables())[scene.topic('account')]
    assert workload.total(balances.values()) == workload.ACCOUNTS * workload.START_BALANCE


def half_sent(scene, marks):
    """How many kills found a transaction of which a part was in Kafka. marks: {(topic, partition): end} at each kill."""
    whole = {}      # xid: records that it gives
    for *_, xid in checker.expected_events(decoded.read_slot(scene.postgres, scene.witness, scene.database), scene.tables()):
        whole[xid] = whole.get(xid, 0) + 1
    records, count = scene.records(), 0
    for ends in marks:
        there = {}
        for record in records:
            if record.xid in whole and record.offset < ends.get((record.topic, 0), 0):
                there.setdefault(record.xid, set()).add((record.topic, record.key, record.op, record.lsn))
        count += any(len(found) < whole[xid] for xid, found in there.items())
    return count


def wait_commits(load, count):
    goal = load.commits + count
    until(lambda: load.errors or load.commits >= goal, '%d more commits' % count, 60, 0.005)


def test_relay_killed_at_random_points(scene, seed, torture):
    kills, wanted_half = (30, 10) if torture else (6, 1)
    chance, marks = random.Random(seed), []
    workload.create(scene)
    relay, reader = scene.started(), scene.reader()

    def in_kafka():
        reader.follow(scene.our_topic)
        return sum(reader.ends().values())

    with workload.Workload(scene, seed) as load:
        for kill in range(kills):
            wait_commits(load, chance.randint(10, 200))
            if kill % 2 == 0:
                # a large transaction, and the kill while its records come in
                scene.wait_confirmed()
                wanted = in_kafka() + chance.randint(1, 25000)
                scene.sql("INSERT INTO bulk (batch, filler) SELECT n, repeat('y', 120) FROM generate_series(1, 40000) n")
                until(lambda: in_kafka() >= wanted, 'its first records', 60, 0.001)
            relay.kill()
            in_kafka()
            marks.append(reader.ends())
            relay.start()
            relay.wait_streaming(scene.postgres, scene.slot)
    changes = scene.check()
    check_sum(scene)
    half = half_sent(scene, marks)
    print('%d kills, %d with a transaction half sent, %d records wanted, %d repeated' % (kills, half, changes.expected, changes.repeated))
    assert half >= wanted_half


def test_relay_server_and_broker_killed_in_turn(scene, seed, torture):
    rounds = 5 if torture else 1
    chance = random.Random(seed)
    workload.create(scene)
    relay = scene.started()

    def kill_relay():
        relay.kill()
        relay.start()

    def kill_server():
        scene.postgres.stop('immediate')
        scene.postgres.start()

    def kill_broker():
        scene.kafka.kill()
        wait_commits(load, 100)
        scene.kafka.start()

    with workload.Workload(scene, seed) as load:
        for _ in range(rounds):
            for kill in (kill_relay, kill_server, kill_broker):
                wait_commits(load, chance.randint(50, 300))
                kill()
                relay.wait_streaming(scene.postgres, scene.slot, 90)
    scene.check()
    check_sum(scene)
