"""pg_upgrade with the slot kept: the stream goes on, nothing is lost and nothing is read again. FROM and TO name the pg_config of both versions."""
import os
import shutil
import subprocess
import tempfile

import pytest

from e2e.scene import Scene
from harness.servers import Kafka, Postgres

FROM, TO = os.environ.get('UPGRADE_FROM', ''), os.environ.get('UPGRADE_TO', '')
SETTINGS = ["wal_sender_timeout = '20s'", 'fsync = off']


@pytest.fixture
def work():
    folder = tempfile.mkdtemp(prefix='penstock-upgrade-', dir=os.environ.get('TMPDIR', '/var/tmp'))
    os.chmod(folder, 0o777)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def kafka(work):
    broker = Kafka(os.path.join(work, 'kafka')).start()
    yield broker
    broker.stop()


@pytest.fixture
def old(work):
    server = Postgres(FROM, os.path.join(work, 'old'), lines=SETTINGS).start()
    server.query("CREATE ROLE relay LOGIN REPLICATION PASSWORD 'relay-password'")
    yield server
    server_stop(server)


def server_stop(server):
    if os.path.exists(os.path.join(server.dir, 'data', 'postmaster.pid')):
        server.stop('immediate')


def as_server(server, program, *arguments):
    """The programs of a server refuse root, as the server does."""
    words = [os.path.join(server.bin, program), *arguments]
    if os.getuid() == 0:
        words = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups', 'env', 'HOME=' + server.dir, *words]
    done = subprocess.run(words, cwd=server.dir, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def upgrade(old, work):
    """The new server, started; `old` is stopped."""
    old.stop()
    new = Postgres(TO, os.path.join(work, 'new'), lines=SETTINGS).start()
    new.stop()
    as_server(old, 'pg_checksums', '--enable', '-D', os.path.join(old.dir, 'data'))  # initdb's default since 18
    as_server(new, 'pg_upgrade', '-b', old.bin, '-B', new.bin, '-d', os.path.join(old.dir, 'data'), '-D', os.path.join(new.dir, 'data'),
              '-U', 'postgres', '-p', str(old.port), '-P', str(new.port), '--socketdir', new.dir)
    return new.start()


def test_the_stream_goes_on_where_it_was(work, old, kafka):
    scene = Scene(old, kafka, os.path.join(work, 'relays'))
    scene.sql('CREATE TABLE t (id int PRIMARY KEY, v text)')
    scene.sql("INSERT INTO t VALUES (1, 'before the first start')")
    relay = scene.relay(snapshot__mode='initial').start()
    relay.wait_streaming(old, scene.slot)
    scene.sql("INSERT INTO t VALUES (2, 'before the upgrade')")
    scene.wait_confirmed()
    assert relay.terminate() == 0
    systems = [old.value('SELECT system_identifier::text FROM pg_control_system()')]
    new = upgrade(old, work)
    try:
        systems.append(new.value('SELECT system_identifier::text FROM pg_control_system()'))
        assert systems[0] != systems[1]
        scene.postgres = new
        scene.sql("INSERT INTO t VALUES (3, 'before the relay is back')")
        relay = scene.relay(snapshot__mode='initial').start()
        relay.wait_streaming(new, scene.slot)
        scene.sql("UPDATE t SET v = 'after' WHERE id = 1")
        scene.wait_confirmed()
        print(relay.log())
        assert 'PENSTOCK-POS-015' in relay.log() and systems[0] in relay.log()
        assert [(record.op, record.after['id']) for record in scene.records()] == [('r', 1), ('c', 2), ('c', 3), ('u', 1)]
        # and from now on it is a server like any other
        assert relay.terminate() == 0
        doctor = scene.relays[-1].doctor()
        assert 'stream from the stored position' in doctor.stdout, doctor.stdout
    finally:
        for each in scene.relays:
            each.close()
        server_stop(new)
