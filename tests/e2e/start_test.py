"""How a session begins: nobody waits for a relay that starts or reads rows, and no row is lost to what others do meanwhile."""
import contextlib
import json
import time

import pytest

from harness import checker
from harness.wait import until

MODES = ('initial', 'always', 'when_needed')

# A row that is read only once nobody holds advisory lock 1 exclusively: the snapshot stands still in the middle of a table.
GATE = '''
CREATE FUNCTION gate() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  WHILE NOT pg_try_advisory_lock_shared(1) LOOP PERFORM pg_sleep(0.02); END LOOP;
  RETURN pg_advisory_unlock_shared(1);
END $$'''
GATED = {'snapshot__select__statement__overrides': 'public.slow',
         'snapshot__select__statement__overrides__public__slow': 'SELECT * FROM public.slow WHERE id <> 500 OR public.gate()'}


@contextlib.contextmanager
def session(scene, **options):
    with contextlib.closing(scene.postgres.connect(scene.database, **options)) as connection, connection.cursor() as cursor:
        yield cursor


def migrate(scene, *statements):
    """Each statement gets its lock within a second, or this raises."""
    with session(scene, options='-c lock_timeout=1000') as cursor:
        for statement in statements:
            begun = time.monotonic()
            cursor.execute(statement)
            print('%s: %.2f s' % (statement, time.monotonic() - begun))


def starting(scene, mode, **changes):
    """A relay that is about to read rows in this mode."""
    if mode != 'initial':
        before = scene.started(**changes)
        scene.wait_confirmed()
        before.terminate()
        if mode == 'when_needed':
            until(lambda: not scene.value('SELECT active FROM pg_replication_slots WHERE slot_name = %s', scene.slot), 'the slot to be free')
            scene.sql('SELECT pg_drop_replication_slot(%s)', scene.slot)
    return scene.relay(snapshot__mode=mode, **changes)


def wait_for_slot_creation(scene, relay):
    until(lambda: scene.value("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'walsender' AND datname = %s AND "
                              "wait_event = 'transactionid'", scene.database), 'CREATE_REPLICATION_SLOT to wait\n' + relay.tail())


def wait_at_gate(scene, relay):
    until(lambda: scene.value("SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event = 'PgSleep'", scene.database),
          'the snapshot to reach the gate\n' + relay.tail())


def same_rows(scene, roots=()):
    """Rows that consumers have now, after every change is in Kafka. The rows of `roots` are in their partitions' topics."""
    scene.wait_confirmed()
    tables = {name: table for name, table in scene.tables().items() if name not in roots}
    rows, differences = checker.compare_state(scene.postgres, scene.database, tables, scene.records())
    assert not differences, '%d rows differ: %s' % (len(differences), differences[:3])
    return rows


@pytest.mark.parametrize('mode', MODES)
def test_migration_that_runs_already_does_not_wait_for_a_start(scene, mode):
    scene.sql('CREATE TABLE t (id int PRIMARY KEY, v text)')
    scene.sql("INSERT INTO t SELECT n, 'v' FROM generate_series(1, 100) n")
    relay = starting(scene, mode)
    with session(scene, options='-c lock_timeout=1000') as migration:
        migration.execute('BEGIN; SELECT pg_current_xact_id()')
        relay.start()
        wait_for_slot_creation(scene, relay)
        migration.execute('ALTER TABLE t ADD COLUMN w int DEFAULT 7')
        migration.execute('COMMIT')
    relay.wait_streaming(scene.postgres, scene.slot)
    assert same_rows(scene) == 100


@pytest.mark.parametrize('mode', MODES)
def test_tables_that_appear_while_the_slot_is_made_are_read(scene, mode):
    scene.sql('CREATE SCHEMA staging')
    scene.sql('CREATE TABLE staging.moved (id int PRIMARY KEY)')
    scene.sql('INSERT INTO staging.moved SELECT generate_series(1, 500)')
    scene.sql('GRANT USAGE ON SCHEMA staging TO relay')
    relay = starting(scene, mode, schema__include__list='public')
    with session(scene) as migration:
        migration.execute('BEGIN; CREATE TABLE born (id int PRIMARY KEY); INSERT INTO born SELECT generate_series(1, 500)')
        migration.execute('ALTER TABLE staging.moved SET SCHEMA public')
        relay.start()
        wait_for_slot_creation(scene, relay)
        migration.execute('COMMIT')
    relay.wait_streaming(scene.postgres, scene.slot)
    assert same_rows(scene) == 1000


def test_migration_of_the_table_that_is_read_does_not_wait(scene):
    scene.sql('CREATE TABLE slow (id int PRIMARY KEY, v text)')
    scene.sql("INSERT INTO slow SELECT n, repeat('v', 500) FROM generate_series(1, 5000) n")
    scene.sql(GATE)
    relay = scene.relay(snapshot__mode='initial', **GATED)
    with session(scene) as gate:
        gate.execute('SELECT pg_advisory_lock(1)')
        relay.start()
        wait_at_gate(scene, relay)
        migrate(scene, 'ALTER TABLE slow ADD COLUMN w int DEFAULT 7')
    relay.wait_streaming(scene.postgres, scene.slot)
    assert same_rows(scene) == 5000


def test_migration_does_not_wait_for_a_relay_that_was_killed(scene):
    if scene.value("SELECT current_setting('client_connection_check_interval', true)") is None:
        pytest.skip('PostgreSQL 13 does not look whether its client is still there')
    scene.sql('CREATE TABLE slow (id int PRIMARY KEY, v text)')
    scene.sql("INSERT INTO slow SELECT n, 'v' FROM generate_series(1, 1000) n")
    scene.sql(GATE)
    relay = scene.relay(snapshot__mode='initial', **GATED)
    with session(scene) as gate:
        gate.execute('SELECT pg_advisory_lock(1)')
        relay.start()
        wait_at_gate(scene, relay)
        relay.kill()
        migrate(scene, 'ALTER TABLE slow ADD COLUMN w int DEFAULT 7')
    relay.start()
    relay.wait_streaming(scene.postgres, scene.slot)
    assert same_rows(scene) == 1000


def test_tables_that_are_rewritten_during_the_snapshot_are_read(scene):
    scene.sql('CREATE TABLE slow (id int PRIMARY KEY, v text)')
    for table in ('altered', 'emptied', 'gone', 'packed', 'whole', 'whole_1'):
        parted = {'whole': ' PARTITION BY LIST (id)'}.get(table, '')
        scene.sql('CREATE TABLE %s PARTITION OF whole DEFAULT' % table if table == 'whole_1' else
                  'CREATE TABLE %s (id int PRIMARY KEY, v int)%s' % (table, parted))
    for table in ('slow', 'altered', 'emptied', 'gone', 'packed', 'whole'):
        scene.sql('INSERT INTO %s SELECT n, n FROM generate_series(1, 1000) n' % table)
    scene.sql(GATE)
    # "slow" is read first, since its pattern stands first.
    relay = scene.relay(snapshot__mode='initial', table__include__list='public.slow,public.fence,public.[a-z_0-9]*', **GATED)
    with session(scene) as gate:
        gate.execute('SELECT pg_advisory_lock(1)')
        relay.start()
        wait_at_gate(scene, relay)
        migrate(scene, 'ALTER TABLE altered ALTER COLUMN v TYPE bigint USING v * 10', 'TRUNCATE emptied', 'DROP TABLE gone',
                'VACUUM FULL packed', 'ALTER TABLE whole ALTER COLUMN v TYPE bigint')
        scene.sql('INSERT INTO emptied SELECT n, n FROM generate_series(1, 3) n')
    relay.wait_streaming(scene.postgres, scene.slot)
    assert same_rows(scene, ('public.whole',)) == 1000 + 1000 + 3 + 1000 + 1000
    assert 'PENSTOCK-PG-041' in relay.log()


def test_migration_does_not_wait_while_kafka_is_away(scene):
    scene.sql('CREATE TABLE t (id int PRIMARY KEY, v text)')
    scene.sql("INSERT INTO t SELECT n, repeat('v', 1000) FROM generate_series(1, 50000) n")
    reader = scene.reader()
    relay = scene.relay(snapshot__mode='initial', max__queue__size__in__bytes='1000000').start()
    try:
        until(lambda: reader.follow(scene.our_topic) or reader.poll(0.01), 'the first rows', 60, 0)
        scene.kafka.kill()
        until(lambda: scene.value("SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event = 'ClientWrite'", scene.database),
              'the snapshot to wait for room')
        migrate(scene, 'ALTER TABLE t ADD COLUMN w int DEFAULT 7')
    finally:
        scene.kafka.start()
    relay.wait_streaming(scene.postgres, scene.slot, 120)
    assert same_rows(scene) == 50000


@pytest.mark.parametrize('exchange', ('moved', 'made anew'))
def test_slot_that_others_touch_before_the_stream_begins_is_noticed(scene, exchange):
    scene.sql('CREATE TABLE t (id int PRIMARY KEY)')
    relay = scene.relay(snapshot__mode='initial', streaming__delay__ms='3000').start()
    until(lambda: 'streaming.delay.ms' in relay.get('/health')[1], 'the delay\n' + relay.tail(), 60)
    scene.sql('INSERT INTO t VALUES (1)')
    if exchange == 'moved':
        scene.sql('SELECT pg_replication_slot_advance(%s, pg_current_wal_flush_lsn())', scene.slot)
    else:
        scene.sql('SELECT pg_drop_replication_slot(%s)', scene.slot)
        with session(scene) as other:
            if scene.value("SELECT current_setting('output_plugin_libraries', true)"):
                other.execute('SET output_plugin_libraries = pgoutput, test_decoding, penstock')
            other.execute('SELECT pg_create_logical_replication_slot(%s, %s)', (scene.slot, 'penstock'))
    moved_to = scene.confirmed()
    until(lambda: json.loads(relay.get('/health')[1] or '{}').get('state') == 'failed', 'the relay to stop\n' + relay.tail(), 30)
    assert 'PENSTOCK-POS-004' in relay.log(), relay.log()
    assert scene.confirmed() == moved_to
