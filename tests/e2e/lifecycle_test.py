"""Starting, stopping, the first snapshot."""
from e2e import workload
from harness import checker
from harness.wait import until


def test_sigterm_drains_and_nothing_is_repeated(scene, seed):
    workload.create(scene)
    relay = scene.started()
    with workload.Workload(scene, seed) as load:
        for _ in range(3):
            goal = load.commits + 150
            until(lambda: load.errors or load.commits > goal, 'some commits')
            assert relay.terminate() == 0
            relay.start()
            relay.wait_streaming(scene.postgres, scene.slot)
    assert scene.check().repeated == 0


def test_snapshot_and_stream_meet_without_a_gap(scene, seed):
    workload.create(scene)
    scene.sql("INSERT INTO bulk (batch, filler) SELECT n, repeat('s', 100) FROM generate_series(1, 20000) n")
    with workload.Workload(scene, seed):
        relay = scene.relay(snapshot__mode='initial').start()
        relay.wait_streaming(scene.postgres, scene.slot)
    records = wait_and_read(scene)
    rows = [record for record in records if record.op == 'r']
    assert len(rows) > 20000 and {record.snapshot for record in rows} >= {'first', 'true', 'last'}
    scene.check(after_lsn=rows[0].lsn, records=records)


def test_relay_killed_in_the_snapshot_begins_it_anew(scene, seed):
    workload.create(scene)
    scene.sql("INSERT INTO bulk (batch, filler) SELECT n, repeat('s', 100) FROM generate_series(1, 200000) n")
    relay, reader = scene.relay(snapshot__mode='initial').start(), scene.reader()

    def some_rows():
        reader.follow(scene.our_topic)
        return reader.poll(0.01)

    with workload.Workload(scene, seed):
        until(some_rows, 'the first rows of the snapshot', 30, 0)
        relay.kill()
        relay.start()
        relay.wait_streaming(scene.postgres, scene.slot)
    records = wait_and_read(scene)
    # Rows that the first snapshot sent and that were deleted before the second one began are nobody's change any more, as
    # with Debezium's connector: what counts is that the second one is whole.
    begun = max(record.lsn for record in records if record.op == 'r')
    assert any(record.op == 'r' and record.lsn != begun for record in records), 'the kill came before the first row'
    scene.check(after_lsn=begun, records=[record for record in records if record.op != 'r' or record.lsn == begun])


def wait_and_read(scene):
    scene.wait_confirmed()
    return scene.records()


def test_initial_only_ends_with_the_rows(scene):
    scene.sql('CREATE TABLE t (id int PRIMARY KEY, v text)')
    scene.sql("INSERT INTO t SELECT n, 'v' || n FROM generate_series(1, 500) n")
    scene.relay(snapshot__mode='initial_only').start()
    until(lambda: len(scene.records()) >= 500, 'the rows')
    assert checker.compare_state(scene.postgres, scene.database, scene.tables(), scene.records()) == (500, [])


def test_the_minimal_json_of_an_old_version_runs(scene):
    scene.sql('CREATE TABLE t (id int PRIMARY KEY, v text)')
    scene.sql('CREATE TABLE other (id int PRIMARY KEY)')
    scene.watch()
    config = {'connector.class': 'io.debezium.connector.postgresql.PostgresConnector', 'database.hostname': '127.0.0.1',
              'database.port': str(scene.postgres.port), 'database.user': 'relay', 'database.password': 'relay-password',
              'database.dbname': scene.database, 'database.server.name': scene.prefix, 'table.include.list': 'public.t',
              # names of long ago, and names that have no meaning here
              'sanitize.field.names': 'false', 'event.processing.failure.handling.mode': 'fail', 'heartbeat.topics.prefix': '__heart',
              'include.schema.changes': 'false', 'poll.interval.ms': '500', 'column.exclude.list': '', 'schema.exclude.list': '',
              'value.converter.schemas.enable': 'false', 'slot.name': scene.slot}
    relay = scene.relay(config=config).start()
    relay.wait_streaming(scene.postgres, scene.slot)
    scene.sql("INSERT INTO t VALUES (1, 'a')")
    scene.sql('INSERT INTO other VALUES (1)')
    scene.wait_confirmed()
    assert [(record.topic, record.op, record.after) for record in scene.records()] == [(scene.topic('t'), 'c', {'id': 1, 'v': 'a'})]
