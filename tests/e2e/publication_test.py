"""Publications: what is captured and what is streamed, and that one which goes opens nothing. The printed commands are run as printed."""
import json

import pytest

from harness.wait import until

PEOPLE = ["(2, 'bob', '222-22', true)", "(3, 'eve', '333-33', false)"]


@pytest.fixture
def people(scene):
    """A publication that holds back a column and rows."""
    if scene.value("SELECT current_setting('server_version_num')::int") < 150000:
        pytest.skip('row filters came with 15')
    scene.sql('CREATE TABLE people (id int PRIMARY KEY, name text, ssn text, consent boolean NOT NULL)')
    publish(scene)
    return scene


def publish(scene):
    scene.sql('CREATE PUBLICATION safe FOR TABLE people (id, name, consent) WHERE (consent), fence')


def insert(scene, *rows):
    for row in rows:
        scene.sql('INSERT INTO people VALUES ' + row)


def seen(scene):
    return [record.after for record in scene.records() if record.topic == scene.topic('people')]


def health(relay):
    status, text = relay.get('/health')
    return status, json.loads(text)['problems'] if status else []


def stands(relay, code, text=''):
    return until(lambda: next((problem for problem in health(relay)[1] if problem['code'] == code and text in problem['what']), None),
                 '%s %s in /health\n%s' % (code, text, relay.tail()), 60)


def failed(relay, code):
    until(lambda: '"state": "failed"' in relay.get('/health')[1] or '"state":"failed"' in relay.get('/health')[1],
          'the relay to have stopped\n' + relay.tail(), 60)
    return stands(relay, code)


def test_a_publication_that_must_be_there_is_waited_for(people):
    relay = people.relay(publication__name='saef', publication__autocreate__mode='disabled', table__include__list='public.(people|fence)').start()
    problem = stands(relay, 'PENSTOCK-PG-031')
    assert 'the database has safe' in problem['what'], problem
    doctor = relay.doctor()
    assert 'PENSTOCK-PG-031' in doctor.stdout and doctor.returncode != 0, doctor.stdout
    assert people.value('SELECT count(*) FROM pg_replication_slots WHERE slot_name = %s', people.slot) == 0
    people.sql(problem['mend'].split(' or: ')[1])
    relay.wait_streaming(people.postgres, people.slot)
    insert(people, PEOPLE[0])
    people.wait_confirmed()
    assert seen(people) == [{'id': 2, 'name': 'bob', 'ssn': '222-22', 'consent': True}]


@pytest.mark.parametrize('mode', ['disabled', None])
def test_a_publication_that_is_dropped_opens_nothing(people, mode):
    config = {'publication__name': 'safe', 'publication__autocreate__mode': mode}
    relay = people.started(**config)
    insert(people, *PEOPLE)
    people.wait_confirmed()
    people.sql('DROP PUBLICATION safe')
    insert(people, "(4, 'mal', '444-44', false)")
    assert 'penstock.publication.missing=nothing' in failed(relay, 'PENSTOCK-PG-032')['mend']
    # Made anew it does not count for what came before: the same after any restart, which loses nothing and shows nothing.
    publish(people)
    insert(people, "(5, 'zoe', '555-55', true)", "(6, 'sam', '666-66', false)")
    relay.kill()
    failed(relay.start(), 'PENSTOCK-PG-032')
    assert [row['id'] for row in seen(people)] == [2]
    # The decision, as it is printed, is what goes on.
    relay.terminate()
    relay = people.started(penstock__publication__missing='nothing', **config)
    people.wait_confirmed()
    rows = seen(people)
    assert [row['id'] for row in rows] == [2, 5] and not any('ssn' in row for row in rows), rows
    assert 'PENSTOCK-PG-033' in relay.log(), relay.log()  # what was left out was told
    # Behind it the property can go.
    relay.terminate()
    people.started(**config)
    insert(people, "(7, 'kim', '777-77', true)")
    people.wait_confirmed()
    assert [row['id'] for row in seen(people)] == [2, 5, 7]


def test_a_publication_that_is_dropped_while_the_relay_is_away(people):
    config = {'publication__name': 'safe'}
    relay = people.started(**config)
    insert(people, PEOPLE[0])
    people.wait_confirmed()
    relay.terminate()
    people.sql('DROP PUBLICATION safe')
    insert(people, "(4, 'mal', '444-44', false)")
    relay = people.relay(**config).start()
    failed(relay, 'PENSTOCK-PG-032')
    relay.terminate()
    people.started(penstock__publication__missing='everything', **config)
    people.wait_confirmed()
    assert [row['id'] for row in seen(people)] == [2, 4]


def test_an_idle_stream_does_not_get_past_the_drop(people):
    """Keep-alives move the position where nothing is captured: the next session must not take it that there was no publication."""
    config = {'publication__name': 'safe'}
    relay = people.started(**config)
    people.wait_confirmed()
    people.sql('DROP PUBLICATION safe')
    failed(relay, 'PENSTOCK-PG-032')
    relay.kill()
    failed(relay.start(), 'PENSTOCK-PG-032')
    insert(people, "(4, 'mal', '444-44', false)")
    relay.kill()
    failed(relay.start(), 'PENSTOCK-PG-032')
    assert seen(people) == []


def test_a_row_filter_that_fails_on_a_row_leaves_that_row_out(people):
    people.sql('CREATE TABLE divided (id int PRIMARY KEY, a int)')
    people.sql('CREATE PUBLICATION divides FOR TABLE divided WHERE (100 / a > 1), fence')
    relay = people.started(publication__name='divides', publication__autocreate__mode='disabled', table__include__list='public.(divided|fence)')
    people.sql('INSERT INTO divided SELECT i, i % 3 FROM generate_series(1, 30) AS i')
    people.wait_confirmed()
    ids = [record.after['id'] for record in people.records() if record.topic == people.topic('divided')]
    assert ids == [i for i in range(1, 31) if i % 3], ids
    lines = [line for line in relay.log().splitlines() if 'PENSTOCK-PG-033' in line]
    assert len(lines) == 1 and 'SQLSTATE 22012' in lines[0], relay.log()  # the place once, and not each row
    counted = 'penstock_notices_total{code="PENSTOCK-PG-033"} 10'  # the loop publishes its copy now and then
    until(lambda: counted in relay.get('/metrics')[1].splitlines(), counted)
    assert '(10 times)' in stands(relay, 'PENSTOCK-PG-033', 'public.divided')['what']


def test_captured_tables_that_are_never_published_are_told(people):
    people.sql('CREATE TABLE "order" (id int PRIMARY KEY)')
    people.sql('CREATE UNLOGGED TABLE quick (id int PRIMARY KEY)')
    config = dict(publication__name='safe', publication__autocreate__mode='disabled', table__include__list='public[.](people|fence|order|quick)')
    relay = people.started(**config)
    problem = stands(relay, 'PENSTOCK-PG-033', 'public."order"')
    stands(relay, 'PENSTOCK-PG-033', 'public.quick')
    doctor = relay.doctor()
    assert 'public."order"' in doctor.stdout and 'public.quick' in doctor.stdout, doctor.stdout
    assert 'public."order"' in relay.log()
    relay.terminate()
    people.sql(problem['mend'])
    relay = people.started(**config)
    people.sql('INSERT INTO "order" VALUES (1)')
    people.wait_confirmed()
    assert [record.after for record in people.records() if record.topic == people.topic('order')] == [{'id': 1}]
    assert not any('"order"' in problem['what'] for problem in health(relay)[1])


def test_key_columns_that_leave_in_spite_of_a_mask_are_told(people):
    people.sql('CREATE TABLE secret (ssn text, n int, v text, PRIMARY KEY (ssn, n))')
    config = dict(column__mask__with__5__chars='public.secret.ssn', column__exclude__list='public.secret.n')
    relay = people.started(**config)
    for text in ('public.secret."ssn" is masked', 'public.secret."n" is left out'):
        assert text in stands(relay, 'PENSTOCK-PG-034', text)['what']
        assert text in relay.doctor().stdout and text in relay.log()
    people.sql("INSERT INTO secret VALUES ('123', 4, 'v')")
    people.wait_confirmed()
    record = next(record for record in people.records() if record.topic == people.topic('secret'))
    assert record.after == {'ssn': '*****', 'v': 'v'} and record.key == ('123', '4'), record


def test_stored_generated_columns_are_in_the_stream_as_in_the_snapshot(scene):
    if scene.value("SELECT current_setting('server_version_num')::int") < 180000:
        pytest.skip('they are published from 18 on')
    scene.sql('CREATE TABLE g (id int PRIMARY KEY, a int, st int GENERATED ALWAYS AS (a * 2) STORED)')
    scene.sql('INSERT INTO g (id, a) VALUES (1, 5)')
    scene.sql('CREATE PUBLICATION pub FOR TABLE g, fence WITH (publish_generated_columns = stored)')
    scene.started(publication__name='pub', publication__autocreate__mode='disabled', snapshot__mode='initial')
    scene.sql('INSERT INTO g (id, a) VALUES (2, 6)')
    scene.sql('UPDATE g SET a = 7 WHERE id = 1')
    scene.wait_confirmed()
    assert [record.after for record in scene.records() if record.topic == scene.topic('g')] == \
        [{'id': 1, 'a': 5, 'st': 10}, {'id': 2, 'a': 6, 'st': 12}, {'id': 1, 'a': 7, 'st': 14}]
