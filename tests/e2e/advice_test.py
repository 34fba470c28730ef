"""What the relay and doctor say about the server: problems that a person can correct, commands that run, and nothing of rows."""
import json

import pytest

from harness.wait import until


@pytest.fixture
def table(scene):
    scene.sql('CREATE TABLE t (id int PRIMARY KEY, v text)')
    return scene


def shown(relay):
    """Codes and texts that /health names."""
    return json.loads(relay.get('/health')[1])['problems']


def wait_problem(relay, code):
    until(lambda: relay.get('/health')[0] and any(problem['code'] == code for problem in shown(relay)), code + '\n' + relay.tail(), 30)
    return next(problem for problem in shown(relay) if problem['code'] == code)


def test_role_with_read_only_transactions_is_told_how_to_make_the_publication(table):
    table.sql('GRANT CREATE ON DATABASE %s TO relay' % table.database)
    table.sql('ALTER TABLE t OWNER TO relay')
    table.sql('ALTER ROLE relay SET default_transaction_read_only = on')
    try:
        relay = table.relay(publication__name='p', publication__autocreate__mode='filtered', table__include__list='public.t').start()
        problem = wait_problem(relay, 'PENSTOCK-PG-046')
        assert 'ALTER ROLE "relay" SET default_transaction_read_only = off' in problem['mend'], problem
        assert 'CREATE PUBLICATION "p" FOR TABLE public.t' in problem['mend'], problem
        doctor = relay.doctor()
        assert 'PENSTOCK-PG-046' in doctor.stdout and doctor.returncode == 1, doctor.stdout
    finally:
        table.sql('ALTER ROLE relay RESET default_transaction_read_only')
    relay.wait_streaming(table.postgres, table.slot)
    assert table.value("SELECT count(*) FROM pg_publication WHERE pubname = 'p'") == 1


def test_doctor_sees_that_a_publication_cannot_be_made(table):
    relay = table.relay(publication__name='p', publication__autocreate__mode='all_tables')
    doctor = relay.doctor()
    assert 'PENSTOCK-PG-003' in doctor.stdout and 'CREATE PUBLICATION "p" FOR ALL TABLES' in doctor.stdout, doctor.stdout
    assert doctor.returncode == 1
    wait_problem(relay.start(), 'PENSTOCK-PG-003')
    table.sql('CREATE PUBLICATION p FOR ALL TABLES')
    relay.wait_streaming(table.postgres, table.slot)


def test_doctor_beside_the_running_relay_advises_nothing_against_it(table):
    relay = table.started()
    doctor = relay.doctor()
    assert 'pg_terminate_backend' not in doctor.stdout and 'PENSTOCK-PG-009' not in doctor.stdout, doctor.stdout
    assert 'it runs' in doctor.stdout and doctor.returncode == 0, doctor.stdout
    # A second one by the same file is told whose the slot is.
    second = table.relay()
    problem = wait_problem(second.start(), 'PENSTOCK-PG-009')
    assert 'penstock ' + table.slot in problem['what'] and 'stop that relay' in problem['mend'], problem


def test_right_that_a_quoted_table_lacks_is_granted_by_the_printed_command(table):
    table.sql('CREATE TABLE "Secret" (id int PRIMARY KEY)')
    table.sql('REVOKE ALL ON "Secret" FROM relay')
    relay = table.relay(snapshot__mode='initial', table__include__list='public.Secret').start()
    problem = wait_problem(relay, 'PENSTOCK-PG-003')
    table.sql(problem['mend'])
    relay.wait_streaming(table.postgres, table.slot)


def test_names_and_messages_of_others_command_no_terminal(table):
    table.sql('CREATE TABLE "a\x1b[2Jb\nghost line" (v text)')
    relay = table.relay(table__include__list=None).start()
    until(lambda: 'PENSTOCK-PG-020' in relay.log(), 'the warning about the table without a key')
    doctor = relay.doctor()
    for text in (relay.log(), doctor.stdout):
        assert '\x1b' not in text and '\\x1b[2Jb ghost line' in text, text
    relay.wait_streaming(table.postgres, table.slot)


def test_values_of_rows_stay_in_the_servers_log(table):
    table.sql('CREATE TABLE beat (ssn text PRIMARY KEY)')
    table.sql("INSERT INTO beat VALUES ('078-05-1120')")
    table.sql('GRANT ALL ON beat TO relay')
    relay = table.started(heartbeat__interval__ms='200', heartbeat__action__query='INSERT INTO public.beat SELECT ssn FROM public.beat',
                          table__exclude__list='public.beat')
    until(lambda: 'PENSTOCK-PG-028' in relay.log(), 'the query to fail')
    assert 'beat_pkey' in relay.log() and '078-05-1120' not in relay.log() + relay.get('/health')[1], relay.log()
    assert '078-05-1120' in table.postgres.log()
