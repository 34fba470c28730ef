"""The job as a process against a real broker: killed in mid-batch, started again, stopped in an orderly way."""
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from conftest import HERE
from test_silver import TABLE, History, in_any_order_of_keys, state

from shopcdc import lake, metrics, progress

ROOT = os.path.dirname(os.path.dirname(HERE))
LIMIT = int(os.environ.get('PATIENCE', 300))     # seconds for anything, on a busy machine


def until(condition, what, job=None):
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        assert job is None or job.poll() is None, 'the job ended while we waited for ' + what
        time.sleep(0.05)
    raise AssertionError('waited in vain for ' + what)


def free_ports(count):
    """Neighbouring ports that nobody uses now."""
    while True:
        port, sockets = random.randrange(15000, 32000), []
        try:
            for number in range(count):
                sockets.append(socket.socket())
                sockets[-1].bind(('127.0.0.1', port + number))
            return port
        except OSError:
            continue
        finally:
            for one in sockets:
                one.close()


@pytest.fixture(scope='module')
def bootstrap(tmp_path_factory):
    folder, port = str(tmp_path_factory.mktemp('kafka')), free_ports(3)
    script = os.path.join(ROOT, 'scripts', 'kafka.sh')
    done = subprocess.run([script, 'start', folder, str(port)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=LIMIT)
    if done.returncode:
        pytest.skip('no broker: scripts/setup.sh run')
    yield '127.0.0.1:%d' % port
    subprocess.run([script, 'stop', folder], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=LIMIT)


class Job:
    """`spark.sh run` in a process group of its own."""

    def __init__(self, folder, bootstrap, **settings):
        self.folder, self.bootstrap = str(folder), bootstrap
        os.makedirs(os.path.join(self.folder, 'schemas'))
        with open(os.path.join(self.folder, 'schemas', 'things.json'), 'w', encoding='utf-8') as file:
            json.dump(TABLE, file)
        self.ports = free_ports(2)
        self.config = {'kafka': {'bootstrap.servers': bootstrap}, 'topics': {'prefix': 'shop', 'schema': 'shop', 'tables': ['things']}, 'dir': self.folder,
                       'schemas': os.path.join(self.folder, 'schemas'), 'trigger': '0 seconds', 'windows_trigger': '1 hour', 'metrics_port': self.ports,
                       'ui_port': self.ports + 1, 'max_offsets_per_trigger': 40, **settings}
        self.process = None

    def start(self):
        path = os.path.join(self.folder, 'config.json')
        with open(path, 'w', encoding='utf-8') as file:
            json.dump(self.config, file)
        with open(os.path.join(self.folder, 'log'), 'ab') as log:
            self.process = subprocess.Popen([os.path.join(ROOT, 'scripts', 'spark.sh'), 'run', path], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        return self.process

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def log(self):
        with open(os.path.join(self.folder, 'log'), errors='replace') as file:
            return file.read()

    def newest(self, kind):
        """Number of the newest batch in the checkpoint's offsets or commits; -1 = none."""
        folder = os.path.join(self.folder, 'checkpoints', 'silver', kind)
        return max([int(name) for name in os.listdir(folder) if name.isdigit()], default=-1) if os.path.isdir(folder) else -1

    def committed(self):
        """Offsets that the consumer group shows, by partition."""
        from confluent_kafka import Consumer, TopicPartition
        consumer = Consumer({'bootstrap.servers': self.bootstrap, 'group.id': 'spark-streaming'})
        try:
            return {place.partition: place.offset for place in consumer.committed([TopicPartition('shop.shop.things', n) for n in range(3)], 10)}
        finally:
            consumer.close()

    def metrics(self):
        with urllib.request.urlopen('http://127.0.0.1:%d/metrics' % self.ports, timeout=10) as answer:
            return answer.read().decode()


def produce(bootstrap, lines):
    """{partition: end}"""
    from confluent_kafka import Producer
    from confluent_kafka.admin import AdminClient, NewTopic
    admin = AdminClient({'bootstrap.servers': bootstrap})
    admin.create_topics([NewTopic('shop.shop.things', 3, 1)])['shop.shop.things'].result(60)
    ends, producer = {}, Producer({'bootstrap.servers': bootstrap})

    def landed(error, message):
        assert error is None
        ends[message.partition()] = max(ends.get(message.partition(), 0), message.offset() + 1)
    for line in lines:
        producer.produce('shop.shop.things', line['value'], line['key'], on_delivery=landed)
    producer.flush(60)
    return ends


def test_killed_in_mid_batch_nothing_is_lost_and_nothing_twice(spark, bootstrap, tmp_path, seed):
    chance = random.Random(seed)
    history = History(chance, 150, 12)
    lines = in_any_order_of_keys(chance, history.records)
    for at in sorted(chance.sample(range(len(lines)), 3), reverse=True):
        lines.insert(at, {'key': '{"id":1}', 'value': 'broken %d' % at})
    ends = produce(bootstrap, lines)
    job = Job(tmp_path / 'job', bootstrap)
    job.start()
    # Once while the first batch is written, once while a later one is.
    for wanted in (0, 1):
        until(lambda: job.newest('offsets') >= wanted and job.newest('commits') < job.newest('offsets') and os.path.isdir(job.folder + '/lake/bronze/_delta_log')
              and (job.newest('commits') >= 0 or os.path.isdir(job.folder + '/lake/silver/things/_delta_log')), 'a batch in work', job.process)
        job.kill()
        job.start()
    try:
        until(lambda: {n: offset for n, offset in job.committed().items() if offset > 0} == ends, 'the consumer group to stand at the end', job.process)
        until(lambda: 'shopcdc_kafka_lag_records{query="silver"} 0.0' in job.metrics(), 'no lag to be shown', job.process)
        text = job.metrics()
        job.process.terminate()
        assert job.process.wait(LIMIT) == 0
    finally:
        if job.process.poll() is None:
            job.kill()
    bronze = lake.read(spark, job.folder + '/lake/bronze')
    assert (bronze.count(), bronze.select('topic', 'partition', 'offset').distinct().count()) == (len(lines), len(lines))
    assert state(spark, job.folder + '/lake/silver/things') == {key: tuple(row.values()) for key, row in history.rows.items()}
    dead = lake.read(spark, job.folder + '/lake/dlq').collect()
    assert sorted(bytes(row.value).decode() for row in dead) == sorted(line['value'] for line in lines if (line['value'] or '').startswith('broken'))
    for name in ('query_active{query="silver"} 1.0', 'last_batch_timestamp_seconds{query="silver"}', 'batch_duration_seconds_count{query="silver"}'):
        assert 'shopcdc_' + name in text
    assert 'shopcdc_query_failures_total{query="silver"} 0.0' in text, job.log()[-3000:]


def test_settings_of_a_java_client_become_those_of_librdkafka():
    java = {'bootstrap.servers': 'h:1', 'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'SCRAM-SHA-512', 'ssl.truststore.type': 'PEM',
            'ssl.truststore.location': '/ca.pem', 'sasl.jaas.config': 'org.apache.kafka.common.security.scram.ScramLoginModule required username="u" password="a\\"b\\\\c";'}
    assert progress.librdkafka(java) == {'bootstrap.servers': 'h:1', 'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'SCRAM-SHA-512', 'ssl.ca.location': '/ca.pem',
                                         'sasl.username': 'u', 'sasl.password': 'a"b\\c'}


@pytest.mark.parametrize(('text', 'wanted'), [('{"t":{"0":5,"2":7}}', {('t', 0): 5, ('t', 2): 7}), ('null', {}), (None, {}), ('', {}), ('KafkaV2[x]', {}), ('5', {})])
def test_offsets_of_a_progress(text, wanted):
    assert metrics.offsets_of(text) == wanted


def test_a_configuration_that_is_wrong_ends_with_status_2(tmp_path):
    path = tmp_path / 'config.json'
    path.write_text('{"kafka": {}}')
    done = subprocess.run([sys.executable, '-m', 'shopcdc.main', str(path)], capture_output=True, text=True, env={**os.environ, 'PYTHONPATH': os.path.dirname(HERE)}, timeout=LIMIT)
    assert done.returncode == 2 and '"topics" is missing' in done.stderr
