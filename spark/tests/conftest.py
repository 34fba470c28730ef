"""One Spark session for all tests, with Delta, without a UI. Tables of the lake go into tmp_path."""
import glob
import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.path.join(os.environ.get('XDG_CACHE_HOME', os.path.expanduser('~/.cache')), 'penstock')
sys.path.insert(0, os.path.dirname(HERE))


@pytest.fixture(scope='session')
def spark(tmp_path_factory):
    jars = sorted(glob.glob(os.path.join(CACHE, 'spark-jars', '*.jar')))
    if not jars:
        pytest.skip('no jars of Spark: scripts/setup.sh spark')
    os.environ.setdefault('PYSPARK_SUBMIT_ARGS', '--jars %s --driver-memory 1g --driver-java-options "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC" pyspark-shell' % ','.join(jars))
    os.environ.setdefault('PYSPARK_PYTHON', sys.executable)
    from shopcdc import config, session
    folder = tmp_path_factory.mktemp('spark')
    made = session.create(config.make({'kafka': {}, 'topics': {'prefix': 'shop', 'schema': 'shop', 'tables': ['orders']}, 'dir': str(folder),
                                       # Compiling is where the time of tiny data goes.
                                       'spark': {'spark.sql.codegen.wholeStage': 'false', 'spark.driver.extraJavaOptions': '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'}}), ui=False, name='tests')
    yield made
    made.stop()
