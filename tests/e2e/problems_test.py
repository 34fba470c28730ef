"""Bad inputs: each is one coded problem with its mend, the same in the log of run, in doctor and in REST."""
import json
import os
import re

import pytest
from confluent_kafka.admin import (AclBinding, AclBindingFilter, AclOperation, AclPermissionType, AdminClient, NewTopic, ResourcePatternType,
                                   ResourceType)

from harness.servers import Postgres
from harness.wait import until


def expect(relay, code, mend, ends=False):
    """run says it first, doctor says the same; a relay that stays up says it in REST too. `ends`: refused before it runs."""
    relay.start()
    until(lambda: code in relay.log() or not relay.running(), code + ' in the log\n' + relay.tail(), 40)
    log = relay.log()
    assert code in log and mend in log, log
    if ends:
        assert relay.process.wait(20) != 0
    else:
        until(lambda: code in relay.get('/health')[1], code + ' in REST', 20)
        answer = json.loads(relay.get('/health')[1])
        assert any(problem['code'] == code and mend in problem['what'] + problem['mend'] for problem in answer['problems']), answer
        assert relay.running()
        relay.terminate()
    doctor = relay.doctor()
    assert code in doctor.stdout + doctor.stderr and mend in doctor.stdout + doctor.stderr, doctor.stdout + doctor.stderr
    assert doctor.returncode != 0
    assert 'relay-password' not in log + doctor.stdout + doctor.stderr


@pytest.fixture
def table(scene):
    scene.sql('CREATE TABLE t (id int PRIMARY KEY, v text)')
    return scene


def test_property_of_a_family_that_changes_records_is_unknown(table):
    expect(table.relay(column__maks__hash='public.t.v'), 'PENSTOCK-CONF-005', 'column.maks.hash', ends=True)


def test_value_out_of_bounds(table):
    expect(table.relay(decimal__handling__mode='floating'), 'PENSTOCK-CONF-003', 'decimal.handling.mode', ends=True)


def test_property_that_is_refused_by_name(table):
    expect(table.relay(converters='isbn', isbn__type='com.example.Isbn'), 'PENSTOCK-CONF-00', 'converters', ends=True)


def test_required_property_is_missing(table):
    expect(table.relay(database__hostname=None), 'PENSTOCK-CONF-002', 'database.hostname', ends=True)


def test_option_without_effect_is_a_warning_of_the_server(table):
    relay = table.relay(transforms='v', transforms__v__type='io.debezium.transforms.ExtractNewRecordState',
                        transforms__v__drop__tombstones='false', transforms__v__delete__handling__mode='rewrite').start()
    relay.wait_streaming(table.postgres, table.slot)
    doctor = relay.doctor()
    for option in ('transforms.v.drop.tombstones', 'transforms.v.delete.handling.mode'):
        for text in (relay.log(), doctor.stdout):
            assert any('PENSTOCK-PG-030' in line and option in line for line in text.splitlines()), text
    assert ' warning PENSTOCK-PG-030' in relay.log(), relay.log()
    assert 'relay-password' not in relay.log() + doctor.stdout


def test_option_that_a_transform_does_not_know_is_told_and_ignored(table):
    relay = table.relay(transforms='v', transforms__v__type='io.debezium.transforms.ExtractNewRecordState', transforms__v__note='for people').start()
    relay.wait_streaming(table.postgres, table.slot)
    for text in (relay.log(), relay.doctor().stdout):
        assert any('PENSTOCK-PG-030' in line and 'transforms.v.note' in line for line in text.splitlines()), text
    table.sql("INSERT INTO t VALUES (1, 'without an envelope')")
    until(lambda: [(record.op, record.key) for record in table.records()] == [(None, ('1',))], 'the record\n' + relay.tail())


def test_harmless_unknown_property_is_a_warning_with_the_nearest_name(table):
    relay = table.relay(heartbeat__intervall__ms='1000').start()
    relay.wait_streaming(table.postgres, table.slot)
    assert 'PENSTOCK-CONF-006' in relay.log() and 'heartbeat.interval.ms' in relay.log()


def test_bad_pattern(table):
    expect(table.relay(table__include__list='public.(t'), 'PENSTOCK-PG-006', 'table.include.list')


def test_wrong_password(table):
    hba = os.path.join(table.postgres.dir, 'data', 'pg_hba.conf')
    with open(hba) as file:
        old = file.read()
    with open(hba, 'w') as file:
        file.write('host all locked 127.0.0.1/32 scram-sha-256\nhost replication locked 127.0.0.1/32 scram-sha-256\n' + old)
    table.postgres.query("CREATE ROLE locked LOGIN REPLICATION PASSWORD 'another one'")
    table.postgres.query('SELECT pg_reload_conf()')
    try:
        expect(table.relay(database__user='locked'), 'PENSTOCK-PG-002', 'database.password')
    finally:
        with open(hba, 'w') as file:
            file.write(old)
        table.postgres.query('SELECT pg_reload_conf()')
        table.postgres.query('DROP ROLE locked')


def test_role_without_replication(table):
    table.postgres.query("CREATE ROLE plain LOGIN")
    try:
        expect(table.relay(database__user='plain'), 'PENSTOCK-PG-003', 'ALTER ROLE "plain" REPLICATION')
    finally:
        table.postgres.query('DROP ROLE plain')


def test_role_without_select_for_the_snapshot(table):
    table.postgres.query("CREATE ROLE blind LOGIN REPLICATION")
    try:
        expect(table.relay(database__user='blind', snapshot__mode='initial'), 'PENSTOCK-PG-003', 'GRANT')
    finally:
        table.postgres.query('DROP ROLE blind')


def test_plugin_not_allowed(table):
    if not table.value("SELECT count(*) FROM pg_settings WHERE name = 'output_plugin_libraries'"):
        pytest.skip('this server knows no output_plugin_libraries')
    table.postgres.query('CREATE ROLE gated LOGIN REPLICATION')
    table.postgres.query('ALTER ROLE "gated" SET output_plugin_libraries = pgoutput')
    try:
        relay = table.relay(database__user='gated')
        expect(relay, 'PENSTOCK-PG-004', 'ALTER ROLE "gated" SET output_plugin_libraries = pgoutput, test_decoding, penstock')
        # the mend, as it was printed, mends
        relay.start()
        until(lambda: relay.log().count('PENSTOCK-PG-004') >= 2, 'the problem once more')
        table.postgres.query('ALTER ROLE "gated" SET output_plugin_libraries = pgoutput, test_decoding, penstock')
        relay.wait_streaming(table.postgres, table.slot)
        relay.terminate()
    finally:
        table.postgres.query('DROP OWNED BY gated')
        table.postgres.query('DROP ROLE gated')


def test_schema_that_was_there_before_the_extension_runs_nothing_of_its_owner(table):
    """Whoever owns schema penstock may put a function there that fits a call better than the extension's own."""
    table.postgres.query('CREATE ROLE intruder LOGIN')
    table.postgres.query('GRANT CREATE ON DATABASE %s TO intruder' % table.database)
    try:
        table.sql('DROP EXTENSION penstock')
        table.sql('DROP SCHEMA penstock')
        hostile = """
            CREATE TABLE penstock.ran (who text);
            GRANT INSERT ON penstock.ran TO PUBLIC;
            CREATE FUNCTION penstock.tables(text, text) RETURNS TABLE (relation oid, kind text, schema text, "table" text, topic text, key text[],
                replica_identity text, in_snapshot boolean, heartbeat_key text, heartbeat_value text[], wanted_identity text)
            LANGUAGE plpgsql AS $$ BEGIN INSERT INTO penstock.ran VALUES (current_user); END $$;
            CREATE FUNCTION penstock.snapshot(regclass, varchar, text[]) RETURNS SETOF bytea
            LANGUAGE plpgsql AS $$ BEGIN INSERT INTO penstock.ran VALUES (current_user); END $$"""
        table.postgres.query('CREATE SCHEMA penstock; GRANT USAGE ON SCHEMA penstock TO PUBLIC', database=table.database, user='intruder')
        table.sql('CREATE EXTENSION penstock')
        table.postgres.query(hostile, database=table.database, user='intruder')
        table.sql("INSERT INTO t VALUES (1, 'a')")
        command = 'ALTER SCHEMA penstock OWNER TO postgres'
        expect(table.relay(snapshot__mode='initial', table__include__list='public.t'), 'PENSTOCK-PG-038', command)
        assert table.sql('SELECT who FROM penstock.ran') == []
        # the command, as it was printed, is enough, although the functions are still there
        table.sql(command)
        relay = table.relay(snapshot__mode='initial', table__include__list='public.t').start()
        relay.wait_streaming(table.postgres, table.slot)
        assert [record.after for record in table.records()] == [{'id': 1, 'v': 'a'}]
        assert table.sql('SELECT who FROM penstock.ran') == []
    finally:
        table.sql('DROP OWNED BY intruder CASCADE')
        table.postgres.query('REVOKE CREATE ON DATABASE %s FROM intruder' % table.database)
        table.postgres.query('DROP ROLE intruder')


def test_wal_level(table, work):
    server = Postgres(os.environ['PG_CONFIG'], os.path.join(work, 'replica'), lines=['wal_level = replica'])
    server.start()
    try:
        server.query('CREATE DATABASE low')
        server.query('CREATE EXTENSION penstock', database='low')
        server.query("CREATE ROLE relay LOGIN REPLICATION SUPERUSER")
        expect(table.relay(database__port=str(server.port), database__dbname='low'), 'PENSTOCK-PG-007', 'ALTER SYSTEM SET wal_level = logical')
    finally:
        server.stop('immediate')


def test_server_unreachable(table):
    expect(table.relay(database__port='1'), 'PENSTOCK-PG-001', 'database.port')


def test_database_missing(table):
    expect(table.relay(database__dbname='nowhere'), 'PENSTOCK-PG-014', 'database.dbname')


def test_kafka_unreachable(table):
    expect(table.relay(settings={'bootstrap.servers': '127.0.0.1:1'}), 'PENSTOCK-KAFKA-001', 'bootstrap.servers')


SASL = {'producer.security.protocol': 'SASL_PLAINTEXT', 'producer.sasl.mechanism': 'PLAIN'}
JAAS = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="limited" password="%s";'


def as_limited(table, password):
    return {'bootstrap.servers': table.kafka.sasl_bootstrap, **SASL, 'producer.sasl.jaas.config': JAAS % password}


def test_kafka_refuses_the_login(table):
    expect(table.relay(settings=as_limited(table, 'wrong')), 'PENSTOCK-KAFKA-002', 'sasl.jaas.config')


@pytest.mark.parametrize('when', ['before it starts', 'while it streams'])
def test_topic_not_authorised(table, when):
    topic = table.topic('t')
    admin = AdminClient({'bootstrap.servers': table.kafka.bootstrap})
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(20)
    rule = AclBinding(ResourceType.TOPIC, topic, ResourcePatternType.LITERAL, 'User:limited', '*', AclOperation.WRITE, AclPermissionType.DENY)
    relay = table.relay(settings=as_limited(table, 'limited-password'))
    if when == 'before it starts':
        admin.create_acls([rule])[rule].result(20)
    relay.start()
    relay.wait_streaming(table.postgres, table.slot)
    if when == 'while it streams':
        admin.create_acls([rule])[rule].result(20)
    table.sql("INSERT INTO t VALUES (1, 'refused')")  # a topic is looked at when its first record comes
    until(lambda: 'PENSTOCK-KAFKA-003' in relay.log(), 'the problem\n' + relay.tail())
    assert topic in relay.log() and 'kafka-acls.sh' in relay.log()
    until(lambda: 'PENSTOCK-KAFKA-003' in relay.get('/health')[1], 'the problem in REST')
    # mended, it goes on by itself, and nothing was skipped
    every = AclBindingFilter(ResourceType.TOPIC, topic, ResourcePatternType.LITERAL, None, None, AclOperation.ANY, AclPermissionType.ANY)
    admin.delete_acls([every])[every].result(20)
    relay.wait_streaming(table.postgres, table.slot)
    table.sql("INSERT INTO t VALUES (2, 'taken')")
    table.wait_confirmed()
    assert [record.after for record in table.records()] == [{'id': 1, 'v': 'refused'}, {'id': 2, 'v': 'taken'}]


def test_slot_held_by_another_reader(table):
    first = table.started(database__ApplicationName='somebody else')
    expect(table.relay(), 'PENSTOCK-PG-009', 'pg_terminate_backend')
    assert first.running()


def test_slot_of_another_plugin_and_its_advice_followed_to_the_letter(table):
    """A connector's file as it was with another reader, snapshot.mode=initial; the rows are in Kafka, and are not read again."""
    table.sql("INSERT INTO t VALUES (1, 'in Kafka already')")
    table.sql("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", table.slot)
    relay = table.relay(snapshot__mode='initial')
    expect(relay, 'PENSTOCK-PG-012', "pg_copy_logical_replication_slot('%s'" % table.slot)
    table.sql("INSERT INTO t VALUES (2, 'after the last reader')")
    advice = re.search(r"(SELECT pg_copy_logical_replication_slot\(.*?\)); and set (\S+)=(\S+) and (\S+)=(\S+):", relay.log())
    table.sql(advice[1])
    table.postgres.query('SELECT pg_drop_replication_slot(%s)', table.slot)
    table.slot = advice[3]
    table.started(**{advice[2]: advice[3], advice[4]: advice[5]})
    table.wait_confirmed()
    assert [(record.op, record.after['id']) for record in table.records()] == [('c', 2)]


def test_slot_of_another_database(table):
    table.postgres.query("SELECT pg_create_logical_replication_slot(%s, 'penstock')", table.slot)
    try:
        expect(table.relay(), 'PENSTOCK-PG-013', 'slot.name')
    finally:
        table.postgres.query('SELECT pg_drop_replication_slot(%s)', table.slot)


def test_slot_gone_although_a_position_is_stored(table):
    relay = table.started()
    table.sql("INSERT INTO t VALUES (1, 'a')")
    table.wait_confirmed()
    relay.terminate()
    table.postgres.query('SELECT pg_drop_replication_slot(%s)', table.slot)
    expect(table.relay(), 'PENSTOCK-PG-011', 'snapshot')
    assert not table.value('SELECT count(*) FROM pg_replication_slots WHERE slot_name = %s', table.slot), 'the gap was papered over'


def test_slot_lost(table):
    """The server throws the slot's WAL away: changes are missing, and nobody goes on as if they were not."""
    relay = table.started()
    table.sql("INSERT INTO t VALUES (1, 'a')")
    table.wait_confirmed()
    relay.terminate()
    table.postgres.query("ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'")
    table.postgres.query("ALTER SYSTEM SET max_wal_size = '64MB'")
    table.postgres.query('SELECT pg_reload_conf()')
    try:
        def lost():
            table.sql("INSERT INTO t SELECT n, repeat('w', 800) FROM generate_series(2, 20001) n")
            table.sql('DELETE FROM t')
            table.value('SELECT pg_switch_wal()::text')
            table.sql('CHECKPOINT')
            return table.value("SELECT wal_status = 'lost' FROM pg_replication_slots WHERE slot_name = %s", table.slot)
        until(lost, 'the slot to be lost', 60)
        expect(table.relay(), 'PENSTOCK-PG-010', 'snapshot')
        relay = table.relay().start()
        until(lambda: 'penstock_slot_wal_status{status="lost"} 1' in relay.get('/metrics')[1], 'the metric\n' + relay.tail())
        assert 'penstock_slot_seconds_until_exhausted 0\n' in relay.get('/metrics')[1]
    finally:
        table.postgres.query('ALTER SYSTEM RESET max_slot_wal_keep_size')
        table.postgres.query('ALTER SYSTEM RESET max_wal_size')
        table.postgres.query('SELECT pg_reload_conf()')


def test_slot_moved_by_somebody_else(table):
    relay = table.started()
    table.sql("INSERT INTO t VALUES (1, 'a')")
    table.wait_confirmed()
    relay.terminate()
    table.sql("INSERT INTO t VALUES (2, 'b')")
    table.sql("SELECT pg_replication_slot_advance(%s, pg_current_wal_flush_lsn())", table.slot)
    expect(table.relay(), 'PENSTOCK-POS-004', 'snapshot')


def test_rest_speaks_as_connect_does(table):
    relay = table.started()
    status, body = relay.get('/connectors')
    assert (status, json.loads(body)) == (200, [relay.name])
    status, body = relay.get('/connectors/%s/status' % relay.name)
    answer = json.loads(body)
    assert (status, answer['connector']['state'], answer['tasks'][0]['state'], answer['type']) == (200, 'RUNNING', 'RUNNING', 'source')
    assert relay.get('/health')[0] == 200
    assert relay.get('/connectors/nope')[0] == 404
    assert json.loads(relay.get('/')[1])['kafka_cluster_id']
    shown = relay.get('/connectors/%s/config' % relay.name)[1]
    assert json.loads(shown)['slot.name'] == table.slot
    assert 'penstock_' in relay.get('/metrics')[1]
