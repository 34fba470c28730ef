"""Either side may be away, and the server may always stop."""
import json
import time

import pytest

from e2e import workload
from harness.wait import until

MEMORY_LIMIT = 64_000_000


def timed_stop(server):
    started = time.monotonic()
    server.stop('fast')
    return time.monotonic() - started


def test_broker_away_under_load_and_server_restarted_meanwhile(scene, seed, torture):
    seconds = 120 if torture else 15
    workload.create(scene)
    relay = scene.started()
    with workload.Workload(scene, seed, large_rows=1500) as load:
        until(lambda: load.commits > 100, 'the load to begin')
        scene.kafka.kill()
        gone = time.monotonic()
        until(lambda: time.monotonic() - gone > seconds / 2, 'half of the outage', seconds)
        assert timed_stop(scene.postgres) < 5
        scene.postgres.start()
        until(lambda: time.monotonic() - gone > seconds, 'the other half', seconds)
        assert relay.running(), relay.tail()
        assert relay.peak_memory() < MEMORY_LIMIT
        scene.kafka.start()
        relay.wait_streaming(scene.postgres, scene.slot, 90)
    scene.check()
    assert relay.peak_memory() < MEMORY_LIMIT


@pytest.mark.parametrize('broker', ['up', 'down'])
def test_server_stops_fast_with_the_broker(scene, seed, broker):
    workload.create(scene)
    relay = scene.started()
    with workload.Workload(scene, seed) as load:
        until(lambda: load.commits > 200, 'the load to begin')
        if broker == 'down':
            scene.kafka.kill()
            goal = load.commits + 200
            until(lambda: load.commits > goal, 'a backlog')
        seconds = timed_stop(scene.postgres)
        scene.kafka.start()
        scene.postgres.start()
        relay.wait_streaming(scene.postgres, scene.slot, 90)
    print('stopped in %.1f s' % seconds)
    assert seconds < 5
    scene.check()


@pytest.mark.parametrize('busy', [True, False])
def test_a_broker_that_dies_in_mid_session_shows_as_waiting(scene, busy):
    """Records on their way, or none: the session goes on, and neither health nor the alert may call it well."""
    scene.sql('CREATE TABLE t (id int PRIMARY KEY, v text)')
    relay = scene.started()
    sessions = json.loads(relay.get('/health')[1])['sessions']
    scene.kafka.kill()
    if busy:
        scene.sql("INSERT INTO t VALUES (1, 'while nobody takes it')")

    def waits():
        status, text = relay.get('/health')
        found = json.loads(text)
        return status == 503 and found['state'] == 'waiting' and found['problems'][0]['code'] == 'PENSTOCK-KAFKA-001'
    until(waits, 'the relay to say that it waits\n' + relay.tail(), 60)
    assert 'penstock_state{state="waiting"} 1' in relay.get('/metrics')[1]
    scene.kafka.start()
    until(lambda: relay.get('/health')[0] == 200, 'the relay to be well again\n' + relay.tail(), 60)
    assert json.loads(relay.get('/health')[1])['sessions'] == sessions
    scene.sql("INSERT INTO t VALUES (2, 'afterwards')")
    until(lambda: [record.after['id'] for record in scene.records()] == ([1, 2] if busy else [2]), 'the records\n' + relay.tail(), 60)


def test_idle_database_follows_the_wal_of_others(scene):
    scene.sql('CREATE TABLE quiet (id int PRIMARY KEY)')
    scene.started()
    scene.postgres.query('CREATE TABLE IF NOT EXISTS other_database (id int, filler text)')
    scene.postgres.query("INSERT INTO other_database SELECT n, repeat('w', 500) FROM generate_series(1, 20000) n")
    lsn = scene.postgres.value('SELECT pg_current_wal_flush_lsn()::text')
    scene.wait_confirmed(lsn, 15)


def test_filtered_tables_do_not_hold_the_wal(scene):
    scene.sql('CREATE TABLE wanted (id int PRIMARY KEY)')
    scene.sql('CREATE TABLE unwanted (id int PRIMARY KEY, filler text)')
    scene.started(table__include__list='public.wanted')
    scene.sql("INSERT INTO unwanted SELECT n, repeat('w', 500) FROM generate_series(1, 20000) n")
    scene.wait_confirmed(scene.value('SELECT pg_current_wal_flush_lsn()::text'), 15)
    assert scene.records() == []
