"""The database server is somebody else's house: nobody waits for the relay, and it takes what a server does to its sessions."""
import time

import pytest

from harness.wait import until


@pytest.fixture
def table(scene):
    scene.sql('CREATE TABLE t (id int PRIMARY KEY, v text)')
    return scene


def test_smart_shutdown_does_not_wait_for_the_relay(table):
    """It waits for every session but walsenders. Ours that are idle by design, heartbeats included, are none that it waits for."""
    relay = table.started(heartbeat__interval__ms='1000', heartbeat__action__query='SELECT 1')
    table.sql("INSERT INTO t VALUES (1, 'a')")
    table.wait_confirmed()
    until(lambda: 'penstock_slot_active 1' in relay.get('/metrics')[1], 'a look at the slot\n' + relay.tail())
    table.postgres.stop('smart', timeout=30)
    table.postgres.start()
    relay.wait_streaming(table.postgres, table.slot)
    table.sql("INSERT INTO t VALUES (2, 'b')")
    table.wait_confirmed()
    assert [record.after['id'] for record in table.records()] == [1, 2]


def test_heartbeat_query_lives_with_a_server_that_ends_idle_sessions(table):
    if table.postgres.value("SELECT count(*) FROM pg_settings WHERE name = 'idle_session_timeout'") == 0:
        pytest.skip('idle_session_timeout is of PostgreSQL 14')
    table.sql('CREATE TABLE beats (at timestamptz)')
    table.sql('GRANT INSERT ON beats TO %s' % table.role)
    table.postgres.query("ALTER ROLE %s SET idle_session_timeout = '200ms'" % table.role)
    try:
        relay = table.started(heartbeat__interval__ms='1000', table__include__list='public.t',
                              heartbeat__action__query='INSERT INTO public.beats VALUES (now())')
        until(lambda: table.value('SELECT count(*) FROM beats') >= 4, 'four heartbeats\n' + relay.tail())
        assert relay.log().count('info streaming') == 1 and 'error' not in relay.log(), relay.log()
    finally:
        table.postgres.query('ALTER ROLE %s RESET idle_session_timeout' % table.role)


def test_initial_statements_find_what_the_person_who_wrote_them_finds(table):
    relay = table.relay(database__initial__statements="INSERT INTO t VALUES (1, 'a'';;b') ON CONFLICT DO NOTHING", publication__name='p',
                        publication__autocreate__mode='all_tables')
    table.sql('GRANT INSERT ON t TO %s' % table.role)
    table.sql('GRANT CREATE ON DATABASE %s TO %s' % (table.database, table.role))
    table.postgres.query('ALTER ROLE %s SUPERUSER' % table.role)  # all_tables
    try:
        relay.start()
        relay.wait_streaming(table.postgres, table.slot)
    finally:
        table.postgres.query('ALTER ROLE %s NOSUPERUSER' % table.role)
    assert table.value('SELECT v FROM t') == "a';b"


def test_replica_identity_is_set_once_and_nobody_waits_for_it(table):
    """A session that holds the table keeps the relay from changing it; who comes behind the relay's lock does not wait for long."""
    table.sql('ALTER TABLE t OWNER TO %s' % table.role)
    reader = table.postgres.connect(table.database)
    reader.autocommit = False
    with reader.cursor() as cursor:
        cursor.execute('SELECT * FROM t')  # ACCESS SHARE until the end
        relay = table.relay(replica__identity__autoset__values='public.t:FULL').start()
        until(lambda: 'REPLICA IDENTITY FULL' in relay.log(), 'the warning\n' + relay.tail(), 20)
        began = time.monotonic()
        table.sql("INSERT INTO t VALUES (1, 'a')")
        assert time.monotonic() - began < 5
        relay.wait_streaming(table.postgres, table.slot)
    reader.close()
    assert table.value("SELECT relreplident FROM pg_class WHERE oid = 't'::regclass") == 'd'
    warnings = relay.log().count('PENSTOCK-PG-020')
    table.postgres.query("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '%s'" % table.slot)
    until(lambda: relay.log().count('info streaming') == 2, 'the next session\n' + relay.tail())
    assert relay.log().count('PENSTOCK-PG-020') == warnings and table.value("SELECT relreplident FROM pg_class WHERE oid = 't'::regclass") == 'd'
