"""What owners of captured tables can do to a relay by how they make and name them."""
import os

import pytest

from e2e.scene import Scene


@pytest.mark.parametrize('encoding, name', [('WIN1252', '\\x6e8174'), ('SQL_ASCII', '\\x6eff8174')])
def test_a_name_without_a_form_in_utf8_keeps_no_other_table(postgres, kafka, work, encoding, name):
    kafka.start()
    scene = Scene(postgres, kafka, os.path.join(work, 'hostile_' + encoding), encoding=encoding)
    try:
        scene.sql("""DO $$ DECLARE n text := convert_from('%s', '%s'); BEGIN
            EXECUTE format('CREATE TABLE %%I (id int PRIMARY KEY, %%I text)', n, n); EXECUTE format('INSERT INTO %%I VALUES (1)', n);
            EXECUTE format('CREATE TABLE column_too (id int PRIMARY KEY, %%I text)', n);
            EXECUTE format('CREATE PUBLICATION %%I', n); END $$""" % (name, encoding))
        scene.sql('CREATE TABLE fine (id int PRIMARY KEY); INSERT INTO fine VALUES (1); INSERT INTO column_too VALUES (1)')
        relay = scene.started(snapshot__mode='initial', publication__name='odd_name')
        scene.sql("""DO $$ BEGIN EXECUTE format('INSERT INTO %%I VALUES (2)', convert_from('%s', '%s')); END $$""" % (name, encoding))
        scene.sql('INSERT INTO fine VALUES (2); INSERT INTO column_too VALUES (2)')
        scene.wait_confirmed()
        found = sorted((record.topic, record.op) for record in scene.records())
        odd = 'n_t' if encoding == 'WIN1252' else 'n__t'
        assert found == [(scene.topic(table), op) for table in ('column_too', 'fine', odd) for op in 'cr'], found
        assert r'\x81t' in relay.log() and 'has no form in UTF-8' in relay.log(), relay.tail(40)
    finally:
        scene.close()


def test_indexes_of_a_table_run_nothing_as_the_relay(scene):
    scene.sql("""CREATE FUNCTION spy(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
        BEGIN IF current_user = 'relay' THEN PERFORM pg_drop_replication_slot('%s'); END IF; RETURN 1; END $$""" % scene.witness)
    scene.watch()
    scene.sql('CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 1); CREATE INDEX ON t ((spy(1) + id)); CREATE STATISTICS s ON (spy(2) + id), v FROM t'
              if scene.value("SELECT current_setting('server_version_num')::int") >= 140000 else
              'CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 1); CREATE INDEX ON t ((spy(1) + id))')
    scene.started(snapshot__mode='initial')
    scene.sql('INSERT INTO t VALUES (2, 2)')
    scene.wait_confirmed()
    assert sorted(record.op for record in scene.records()) == ['c', 'r']
    assert scene.value('SELECT count(*) FROM pg_replication_slots WHERE slot_name = %s', scene.witness) == 1
