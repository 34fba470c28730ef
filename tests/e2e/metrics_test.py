"""What a dashboard is told, against what the server and the topics say."""
import math
import os
import shutil
import subprocess
import time

import pytest

from harness.metrics import scrape
from harness.wait import until

MEGABYTE = 1_000_000
# Where tools/lib/paths.sh has Prometheus' programs.
MONITORING = os.path.join(os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache'), 'penstock/monitoring/usr/bin')
STAGES = ('decode', 'transfer', 'kafka')


def at_rest(relay, lsn):
    """A scrape that knows of everything up to lsn, and in which nothing is on its way. What is scraped can be a second old."""
    high, low = (int(part, 16) for part in lsn.split('/'))

    def quiet():
        seen = scrape(relay)
        fresh = seen.get('penstock_stored_lsn_bytes') >= (high << 32) + low
        return seen if fresh and seen.get('penstock_in_flight_frames') == seen.get('penstock_producer_queue_records') == 0 else None
    return until(quiet, 'the relay to be at rest\n' + relay.tail())


def messages_of(scene, topic):
    reader = scene.reader()
    try:
        reader.follow(lambda name: name == topic)
        return reader.to_end()
    finally:
        reader.close()


def size_of(message):
    return len(message.key() or b'') + len(message.value() or b'')


def with_slot(relay):
    def known():
        seen = scrape(relay)
        return seen if seen.get('penstock_slot_retained_bytes') is not None else None
    return until(known, 'a look at the slot\n' + relay.tail(), 60)


def slot_facts(scene):
    return scene.postgres.query('SELECT pg_current_wal_flush_lsn() - restart_lsn, safe_wal_size, active, wal_status, confirmed_flush_lsn - %s, '
                                'restart_lsn - %s FROM pg_replication_slots WHERE slot_name = %s', '0/0', '0/0', scene.slot)[0]


def test_records_stages_and_positions_tell_the_same_story(scene):
    scene.sql('CREATE TABLE t (id int PRIMARY KEY, v text)')
    relay = scene.started()
    rows = 3000
    for first in range(0, rows, 500):
        scene.sql('INSERT INTO t SELECT n, repeat(%s, 100) FROM generate_series(%s, %s) n', 'x', first, first + 499)
    scene.sql('DELETE FROM t WHERE id < 10')
    seen = at_rest(relay, scene.wait_confirmed())
    of_table = dict(topic=scene.topic('t'), schema='public', table='t')
    assert seen.get('penstock_records_total', operation='create', **of_table) == rows
    assert seen.get('penstock_records_total', operation='delete', **of_table) == 10
    assert seen.get('penstock_records_total', operation='tombstone', **of_table) == 10
    assert seen.get('penstock_record_bytes_total', **of_table) == sum(map(size_of, messages_of(scene, scene.topic('t'))))
    assert seen.get('penstock_transactions_total') == rows // 500 + 2       # the delete, the fence

    count, whole = seen.get('penstock_latency_seconds_count'), seen.get('penstock_latency_seconds_sum')
    assert count >= rows + 20 and whole > 0
    parts = {stage: seen.get('penstock_stage_latency_seconds_sum', stage=stage) for stage in STAGES}
    assert all(seen.get('penstock_stage_latency_seconds_count', stage=stage) == count for stage in STAGES)
    assert sum(parts.values()) == pytest.approx(whole, rel=1e-9), parts
    assert parts['decode'] > 0 and parts['kafka'] > 0, parts
    assert whole / count < 30                                               # seconds, not milliseconds
    assert seen.get('penstock_latency_seconds_bucket', le='+Inf') == count
    assert abs(time.time() - seen.get('penstock_last_commit_time_seconds')) < 60

    until(lambda: scrape(relay).get('penstock_lag_bytes') == 0, 'the position to follow the server', 30)
    assert scrape(relay).get('penstock_position_age_seconds') == 0
    assert seen.get('penstock_producer_queue_bytes') == seen.get('penstock_in_flight_bytes') == 0
    assert seen.get('penstock_reconnects_total', side='postgres') == seen.get('penstock_reconnects_total', side='kafka') == 0
    assert seen.sum('penstock_state') == seen.get('penstock_state', state='streaming') == 1


def test_the_slot_is_shown_as_the_server_has_it(scene):
    scene.sql('CREATE TABLE t (id int PRIMARY KEY)')
    relay = scene.started()
    scene.sql('INSERT INTO t VALUES (1)')
    scene.wait_confirmed()

    def same():
        seen, (retained, safe, active, status, confirmed, restart) = with_slot(relay), slot_facts(scene)
        return (seen.get('penstock_slot_confirmed_lsn_bytes') == confirmed and seen.get('penstock_slot_restart_lsn_bytes') == restart
                and seen.get('penstock_slot_retained_bytes') == retained and seen.get('penstock_slot_active') == active
                and seen.get('penstock_slot_safe_bytes') == safe and seen.get('penstock_slot_wal_status', status=status) == 1)
    until(same, 'the same numbers: %s' % (slot_facts(scene),), 30)
    seen = scrape(relay)
    assert seen.sum('penstock_slot_wal_status') == 1
    assert seen.get('penstock_slot_seconds_until_exhausted') == math.inf    # nothing bounds it
    # Nobody's transaction is held up by looking.
    assert scene.postgres.value("SELECT count(*) FROM pg_stat_activity WHERE usename = %s AND state <> 'active' AND backend_xmin IS NOT NULL",
                                scene.role) == 0


@pytest.fixture
def bounded(postgres):
    """The server gives slots up that keep more than this."""
    postgres.query("ALTER SYSTEM SET max_slot_wal_keep_size = '2GB'")
    postgres.query('SELECT pg_reload_conf()')
    yield
    postgres.query('ALTER SYSTEM RESET max_slot_wal_keep_size')
    postgres.query('SELECT pg_reload_conf()')


def test_the_slot_runs_out_of_time_while_kafka_is_away(scene, bounded):
    scene.sql('CREATE TABLE t (id int PRIMARY KEY, v text)')
    relay = scene.started()
    scene.sql("INSERT INTO t VALUES (0, 'before')")
    scene.wait_confirmed()
    before = with_slot(relay)
    assert before.get('penstock_slot_safe_bytes') > 0
    scene.kafka.kill()
    written = [0]

    def shrinking():
        written[0] += 1
        scene.sql('INSERT INTO t SELECT n, repeat(%s, 1000) FROM generate_series(%s, %s) n', 'x', written[0] * 1000, written[0] * 1000 + 999)
        seen = scrape(relay)
        left = seen.get('penstock_slot_seconds_until_exhausted')
        grown = seen.get('penstock_slot_retained_bytes') - before.get('penstock_slot_retained_bytes')
        return seen if left is not None and left < math.inf and grown > 5 * MEGABYTE else None
    seen = until(shrinking, 'the time that is left\n' + relay.tail(), 60, 0.5)
    grown = seen.get('penstock_slot_retained_bytes') - before.get('penstock_slot_retained_bytes')
    shrunk = before.get('penstock_slot_safe_bytes') - seen.get('penstock_slot_safe_bytes')
    assert grown == pytest.approx(shrunk, rel=0.2, abs=16 * MEGABYTE)       # safe_wal_size counts whole segments
    assert 1 < seen.get('penstock_slot_seconds_until_exhausted') < 24 * 3600
    assert seen.get('penstock_producer_queue_records') > 0 and seen.get('penstock_producer_queue_bytes') > 1000
    assert seen.get('penstock_in_flight_bytes') > 0 and seen.get('penstock_lag_bytes') > 5 * MEGABYTE
    until(lambda: scrape(relay).get('penstock_position_age_seconds') > 5, 'the position to grow old', 20)
    until(lambda: scrape(relay).sum('penstock_problems_total', code='PENSTOCK-KAFKA-001') >= 1, 'the problem to be counted', 60)

    scene.kafka.start()
    seen = at_rest(relay, scene.wait_confirmed())
    assert seen.get('penstock_reconnects_total', side='kafka') >= 1
    assert seen.get('penstock_records_total', operation='create', topic=scene.topic('t'), schema='public', table='t') == written[0] * 1000 + 1
    # The outage is Kafka's part of the way.
    parts = [seen.get('penstock_stage_latency_seconds_sum', stage=stage) for stage in STAGES]
    assert sum(parts) == pytest.approx(seen.get('penstock_latency_seconds_sum'), rel=1e-9)
    assert max(parts) == parts[STAGES.index('kafka')], parts


def test_the_slot_is_watched_while_nothing_runs(scene):
    scene.sql('CREATE TABLE t (id int PRIMARY KEY)')
    scene.started().terminate()
    scene.kafka.kill()
    relay = scene.relay().start()
    until(lambda: relay.get('/health')[0] == 503, 'a relay that waits')
    before = with_slot(relay)
    assert before.get('penstock_slot_active') == 0
    scene.sql('INSERT INTO t SELECT generate_series(1, 20000)')
    until(lambda: scrape(relay).get('penstock_slot_retained_bytes') > before.get('penstock_slot_retained_bytes') + MEGABYTE,
          'what the slot keeps to grow', 30)
    scene.postgres.stop('fast')
    until(lambda: scrape(relay).get('penstock_slot_retained_bytes') is None, 'what nobody knows to be absent\n' + relay.tail())
    scene.postgres.start()
    with_slot(relay)


def test_a_server_that_comes_back_is_a_reconnect(scene):
    scene.sql('CREATE TABLE t (id int PRIMARY KEY)')
    relay = scene.started()
    scene.postgres.restart()
    relay.wait_streaming(scene.postgres, scene.slot)
    until(lambda: scrape(relay).get('penstock_reconnects_total', side='postgres') == 1, 'the reconnect')
    assert scrape(relay).get('penstock_reconnects_total', side='kafka') == 0
    assert scrape(relay).sum('penstock_problems_total', **{'class': 'wait'}) >= 1


def test_progress_of_a_snapshot(scene):
    scene.sql('CREATE TABLE large (id int PRIMARY KEY, v text)')
    scene.sql("INSERT INTO large SELECT n, repeat('x', 200) FROM generate_series(1, 30000) n")
    scene.sql('CREATE TABLE small (id int PRIMARY KEY)')
    scene.sql('INSERT INTO small VALUES (1), (2)')
    scene.sql('CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id)')
    scene.sql('CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (1000)')
    scene.sql('INSERT INTO parts SELECT generate_series(0, 499)')
    scene.sql('ANALYZE')
    relay = scene.relay(snapshot__mode='initial', table__include__list=r'public\.(large|small|parts.*)').start()
    ratios = []

    def over():
        status, _ = relay.get('/metrics')
        if status != 200:
            return None
        seen = scrape(relay)
        ratio = seen.get('penstock_snapshot_progress_ratio')
        if ratio is not None:
            ratios.append(ratio)
        return seen if seen.get('penstock_state', state='streaming') == 1 else None
    seen = until(over, 'the stream\n' + relay.tail(), 60, 0.02)
    assert ratios == sorted(ratios) and 0 <= ratios[0] and ratios[-1] == 1, ratios
    tables = scene.value("SELECT count(*) FROM penstock.tables() WHERE kind = 'table' AND schema = 'public' AND \"table\" ~ 'large|small|parts'")
    assert seen.get('penstock_snapshot_running') == 0 and seen.get('penstock_snapshot_remaining_seconds') == 0
    assert seen.get('penstock_snapshot_tables', state='done') == tables
    assert seen.get('penstock_snapshot_tables', state='waiting') == seen.get('penstock_snapshot_tables', state='running') == 0
    assert seen.get('penstock_snapshot_rows_total', schema='public', table='large') == 30000
    assert seen.get('penstock_snapshot_rows_total', schema='public', table='small') == 2
    assert seen.sum('penstock_snapshot_rows_total') == 30502


def test_promtool_has_nothing_against_it(scene):
    promtool = shutil.which('promtool', path=os.environ['PATH'] + ':' + MONITORING)
    if promtool is None:
        pytest.skip('no promtool: scripts/setup.sh monitoring')
    relay = scene.started()
    with_slot(relay)
    checked = subprocess.run([promtool, 'check', 'metrics'], input=relay.get('/metrics')[1], capture_output=True, text=True)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, '')
