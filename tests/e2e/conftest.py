"""One server and one broker for all tests; each test has a Scene of its own on them."""
import os
import random
import shutil
import tempfile

import pytest

from e2e.scene import Scene
from harness.servers import Kafka, Postgres

PG_CONFIG = os.environ.get('PG_CONFIG', 'pg_config')


def pytest_configure(config):
    config.addinivalue_line('markers', 'torture: only with PENSTOCK_TORTURE=1')


@pytest.fixture(scope='session')
def torture():
    return bool(os.environ.get('PENSTOCK_TORTURE'))


@pytest.fixture(scope='session')
def work():
    """A folder that the server's own user can reach; kept if KEEP is set."""
    folder = tempfile.mkdtemp(prefix='penstock-test-', dir=os.environ.get('TMPDIR', '/var/tmp'))
    os.chmod(folder, 0o755)
    yield folder
    if not os.environ.get('KEEP'):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope='session')
def postgres(work):
    server = Postgres(PG_CONFIG, os.path.join(work, 'postgres'), lines=["max_wal_size = '4GB'", "wal_sender_timeout = '20s'"]).start()
    server.query("CREATE ROLE relay LOGIN REPLICATION PASSWORD 'relay-password'")
    yield server
    server.stop('immediate')


@pytest.fixture(scope='session')
def kafka(work):
    broker = Kafka(os.path.join(work, 'kafka')).start()
    yield broker
    broker.stop()


@pytest.fixture
def scene(postgres, kafka, work, request):
    kafka.start()       # a test that failed may have left it down
    stage = Scene(postgres, kafka, os.path.join(work, request.node.name.replace('/', '_')))
    yield stage
    stage.close()


@pytest.fixture
def seed():
    """Of the random choices; SEED=n repeats a run. pytest shows it with a failure."""
    chosen = int(os.environ.get('SEED') or random.randrange(1 << 32))
    print('SEED=%d' % chosen)
    return chosen
