"""One Spark session for all tests, with Delta, without a UI. Tables of the lake go into tmp_path."""
import datetime
import glob
import json
import os
import random
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.path.join(os.environ.get('XDG_CACHE_HOME', os.path.expanduser('~/.cache')), 'penstock')
SHOP = ('customers', 'products', 'orders', 'order_items', 'payments', 'inventory_movements', 'customer_activity')
RECORDS = 'topic STRING, partition INT, offset BIGINT, timestamp TIMESTAMP, key BINARY, value BINARY, headers ARRAY<STRUCT<key: STRING, value: BINARY>>'
sys.path.insert(0, os.path.dirname(HERE))


@pytest.fixture(scope='session')
def spark(tmp_path_factory):
    jars = sorted(glob.glob(os.path.join(CACHE, 'spark-jars', '*.jar')))
    if not jars:
        pytest.skip('no jars of Spark: scripts/setup.sh spark')
    os.environ.setdefault('PYSPARK_SUBMIT_ARGS', '--jars %s --driver-memory 1g --driver-java-options "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC" pyspark-shell' % ','.join(jars))
    os.environ.setdefault('PYSPARK_PYTHON', sys.executable)
    from shopcdc import config, session
    folder = tmp_path_factory.mktemp('spark')
    made = session.create(config.make({'kafka': {}, 'topics': {'prefix': 'shop', 'schema': 'shop', 'tables': ['orders']}, 'dir': str(folder),
                                       # Compiling is where the time of tiny data goes.
                                       'spark': {'spark.sql.codegen.wholeStage': 'false', 'spark.driver.extraJavaOptions': '-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC'}}), ui=False, name='tests')
    yield made
    made.stop()


@pytest.fixture(scope='session')
def shop():
    """{table: schemas.Table} of the shop."""
    from shopcdc import schemas
    return schemas.load(SHOP)


@pytest.fixture
def seed():
    """Of the random choices; SEED=n repeats a run. Shown with a failure."""
    chosen = int(os.environ.get('SEED') or random.randrange(1 << 32))
    print('SEED=%d' % chosen)
    return chosen


def records_of(spark, lines):
    """A DataFrame as Kafka's source gives it, of {"topic", "partition", "offset", "key", "value", "headers"}."""
    def data(text):
        return None if text is None else bytearray(text.encode())
    now = datetime.datetime(2026, 1, 1)
    return spark.createDataFrame([(line['topic'], line.get('partition', 0), line.get('offset', number), now, data(line['key']), data(line['value']),
                                   [(name, data(value)) for name, value in line.get('headers') or []]) for number, line in enumerate(lines)], RECORDS)


def captured(form):
    with open(os.path.join(HERE, 'records', form + '.ndjson'), encoding='utf-8') as file:
        return [json.loads(line) for line in file]
