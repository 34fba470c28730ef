"""The parts of a pipeline, each with how it starts, when it is ready, and how it ends."""
import base64
import glob
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request

import broker
import database
import processes
import secure_kafka
import settings
import tls
from layout import CACHE, CONNECTOR, HERE, MONITORING_HOME, ROOT, write_file, write_json
from processes import PartError

from harness.servers import ServerError, run_script     # layout has put tests/ on the path


class Part:
    """A process of its own. Subclasses say command(), ready() and what else they need; `after` names parts that must be ready first."""
    name, ports, seconds, title = '', (), 60, ''
    user = None
    stop_seconds = 30

    def __init__(self, layout):
        self.layout = layout

    def missing(self):
        """Why this part cannot be started on this machine, None if it can."""
        return None

    def prepare(self):
        pass

    def command(self):
        raise NotImplementedError

    def environment(self):
        return {}

    def working_directory(self):
        return '/'

    def ready(self):
        return True

    def after_start(self):
        pass

    def address(self):
        return self.layout.url(self.ports[0]) if self.ports else ''

    @property
    def log_path(self):
        return self.layout.path('logs', self.name + '.log')

    def entry(self):
        return self.layout.parts.get(self.name)

    def running(self):
        return processes.alive(self.entry())

    def start(self):
        """Whether it had to be started; ready when this returns."""
        if self.running():
            return False
        self.check_ports()
        self.prepare()
        process = processes.spawn(self.command(), self.log_path, self.environment(), self.user, self.working_directory())
        self.layout.parts[self.name] = processes.identity(process.pid)
        self.layout.save()
        self.wait_ready()
        self.after_start()
        return True

    def check_ports(self):
        for name in self.ports:
            port = self.layout.port(name)
            if processes.port_taken(port):
                owner = processes.port_owner(port)
                raise PartError('port %d (%s) is taken%s; end that, or move all ports: PIPELINE_PORT_OFFSET=10000 make pipeline'
                                % (port, name, ' by ' + owner if owner else ''))

    def wait_ready(self):
        deadline = time.monotonic() + self.seconds
        while not self.ready():
            processes.reap()
            if not self.running():
                raise PartError('%s ended at once:\n%s' % (self.name, self.tail()))
            if time.monotonic() > deadline:
                raise PartError('%s is not ready after %d s:\n%s' % (self.name, self.seconds, self.tail()))
            time.sleep(0.1)

    def stop(self):
        """Whether there was something to stop."""
        entry = self.layout.parts.pop(self.name, None)
        was = processes.alive(entry)
        if entry:
            processes.end(entry, self.stop_seconds)
            self.layout.save()
        return was

    def kill(self):
        """SIGKILL to it and its children; start() brings it back."""
        processes.kill_now(self.entry())

    def tail(self, lines=8):
        try:
            with open(self.log_path, errors='replace') as file:
                return '\n'.join('    ' + line for line in file.read().splitlines()[-lines:])
        except FileNotFoundError:
            return '    (no log)'


def get(url, seconds=5):
    """(status, text); (0, reason) while nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=seconds) as answer:
            return answer.status, answer.read().decode(errors='replace')
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors='replace')
    except OSError as error:
        return 0, str(error)


class PostgresPart(Part):
    name, ports, title = 'postgres', ('postgres',), 'PostgreSQL'

    LINES = ('password_encryption = scram-sha-256', 'max_slot_wal_keep_size = 2GB', 'wal_sender_timeout = 60s', 'track_io_timing = on')

    def missing(self):
        return None if shutil.which(self.layout.pg_config) else 'no server at PG_CONFIG=%s' % self.layout.pg_config

    def running(self):
        try:
            with open(self.layout.path('postgres', 'data', 'postmaster.pid')) as file:
                pid = int(file.readline())
            return os.path.basename(os.readlink('/proc/%d/exe' % pid)) == 'postgres'
        except (OSError, ValueError):
            return False

    def lines(self):
        made = list(self.LINES) + ["hba_file = '%s'" % self.layout.path('postgres', 'pg_hba.conf')]
        if self.layout.tls:
            made += ['ssl = on', "ssl_cert_file = '%s'" % self.layout.path('postgres', 'postgres.crt'),
                     "ssl_key_file = '%s'" % self.layout.path('postgres', 'postgres.key'), "ssl_min_protocol_version = 'TLSv1.2'"]
        return made

    def start(self):
        if self.running():
            return False
        self.check_ports()
        directory = self.layout.folder('postgres')
        if self.layout.tls:
            tls.prepare(self.layout)
            tls.give_to_postgres(self.layout)
        database.write_hba(self.layout)
        try:
            run_script('postgres.sh', 'start', self.layout.pg_config, directory, self.layout.port('postgres'), *self.lines())
        except ServerError as error:
            raise PartError(str(error)) from None
        return True

    def stop(self):
        if not self.running():
            return False
        run_script('postgres.sh', 'stop', self.layout.pg_config, self.layout.path('postgres'), 'fast')
        return True

    def kill(self):
        run_script('postgres.sh', 'stop', self.layout.pg_config, self.layout.path('postgres'), 'immediate')

    def address(self):
        return 'postgresql://%s:%d/shop' % (self.layout.host, self.layout.port('postgres'))


class KafkaPart(Part):
    name, ports, seconds, title = 'kafka', ('kafka', 'kafka-controller', 'kafka-jmx'), 180, 'Kafka'

    def missing(self):
        return None if self.jars() else 'Kafka is not fetched yet: scripts/setup.sh run'

    @staticmethod
    def jars():
        found = sorted(name for name in (os.listdir(CACHE) if os.path.isdir(CACHE) else ()) if name.startswith('kafka-4'))
        return os.path.join(CACHE, found[-1]) if found else None

    def java(self, log, *words):
        return ['java', '-Dkafka.log=' + log, '-Dlog4j2.configurationFile=' + os.path.join(ROOT, 'scripts/kafka/log4j2.properties'),
                '-cp', self.jars() + '/*', *words]

    @property
    def settings_path(self):
        return self.layout.path('secrets' if self.layout.tls else 'kafka', 'server.properties')

    def prepare(self):
        directory = self.layout.folder('kafka')
        if self.layout.tls:
            tls.prepare(self.layout)
            secure_kafka.write_admin_properties(self.layout)
        write_file(self.settings_path, self.properties(), 0o600)
        if not os.path.exists(os.path.join(directory, 'data', 'meta.properties')):
            done = self.format()
            if done.returncode:
                raise PartError('Kafka does not format its folder:\n' + done.stdout[-2000:])

    def format(self):
        cluster = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip('=').replace('-', 'A', 1)
        log = self.layout.path('logs', 'kafka-format.log')
        if self.layout.tls:
            return secure_kafka.format_folder(self.layout, self.java(log)[1:], cluster, self.settings_path)
        return subprocess.run(self.java(log, '-Xmx128m', 'kafka.tools.StorageTool', 'format', '-t', cluster, '-c', self.settings_path),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL)

    def properties(self):
        port, controller = self.layout.port('kafka'), self.layout.port('kafka-controller')
        with open(os.path.join(HERE, 'kafka.properties')) as file:
            lines = [file.read().rstrip()]
        lines.append('log.dirs=' + self.layout.path('kafka', 'data'))
        if self.layout.tls:
            return '\n'.join(lines + secure_kafka.properties(self.layout)) + '\n'
        lines += ['controller.quorum.voters=1@127.0.0.1:%d' % controller, 'inter.broker.listener.name=PLAINTEXT',
                  'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
                  'listeners=PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d' % (port, controller),
                  'advertised.listeners=PLAINTEXT://127.0.0.1:%d' % port]
        return '\n'.join(lines) + '\n'

    def agent(self):
        """Java's option that shows the broker's measures to Prometheus; empty where the agent was not fetched."""
        jar, rules = os.path.join(MONITORING_HOME, 'jmx_prometheus_javaagent.jar'), os.path.join(ROOT, 'monitoring', 'kafka', 'jmx.yml')
        if not (os.path.exists(jar) and os.path.exists(rules)):
            return []
        return ['-javaagent:%s=127.0.0.1:%d:%s' % (jar, self.layout.port('kafka-jmx'), rules)]

    def command(self):
        return self.java(self.layout.path('logs', 'kafka-server.log'), '-Xmx768m', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20', *self.agent(),
                         'kafka.Kafka', self.settings_path)

    def ready(self):
        return broker.answers(self.layout)

    def after_start(self):
        if self.layout.tls:
            secure_kafka.grant(self.layout)
        broker.make_topics(self.layout)

    def address(self):
        return self.layout.bootstrap


class RelayPart(Part):
    name, ports, seconds, title = 'relay', ('relay',), 300, 'Penstock'
    binary = os.environ.get('PENSTOCK', os.path.join(ROOT, os.environ.get('BUILD', 'build'), 'penstock'))

    def missing(self):
        return None if os.path.exists(self.binary) else 'the relay is not built: make'

    def prepare(self):
        write_json(self.layout.path('relay', 'connector.json'), self.connector())
        write_file(self.layout.path('relay', 'worker.properties'), self.worker())

    def connector(self):
        with open(os.path.join(HERE, 'connector.json')) as file:
            connector = json.load(file)
        self.layout.secret('relay_database_password')
        connector['config'].update({'database.hostname': self.layout.host, 'database.port': str(self.layout.port('postgres')),
                                    'database.password': '${dir:%s:relay_database_password}' % self.layout.path('secrets')})
        if self.layout.tls:
            connector['config'].update({'database.sslmode': 'verify-full', 'database.sslrootcert': self.layout.path('tls', 'ca.pem')})
        return connector

    def worker(self):
        lines = {'listeners': self.layout.url('relay'), **broker.java(self.layout, 'relay')}
        if self.layout.tls:
            self.layout.put_secret('kafka_relay_jaas', lines['sasl.jaas.config'])
            lines['sasl.jaas.config'] = '${dir:%s:kafka_relay_jaas}' % self.layout.path('secrets')
        return ''.join('%s=%s\n' % item for item in lines.items())

    def environment(self):
        """Debian 12's librdkafka 2.0.2 cannot log in by SCRAM at brokers since Kafka 3.7.2, 3.8.1 and 3.9, which hold clients to
        RFC 5802 (its nonce is wrong; mended in 2.6.1). The library of the tests' own client is newer and has the same interface."""
        if not self.layout.tls:
            return {}
        newer = sorted(glob.glob(os.path.join(CACHE, 'python/lib/python3*/site-packages/confluent_kafka.libs/librdkafka-*.so.1')))
        place = os.path.join(self.layout.folder('relay', 'lib'), 'librdkafka.so.1')
        if newer and not os.path.exists(place):
            os.symlink(newer[-1], place)
        return {'LD_LIBRARY_PATH': os.path.dirname(place)}

    def command(self):
        return [self.binary, 'run', self.layout.path('relay', 'worker.properties'), self.layout.path('relay', 'connector.json')]

    def ready(self):
        """It streams: the snapshot of a first start is through."""
        status, text = get(self.layout.url('relay', '/health'))
        return status == 200 and json.loads(text).get('state') in ('streaming', 'paused')

    def address(self):
        return self.layout.url('relay', '/connectors/%s/status' % CONNECTOR)


class SparkPart(Part):
    name, ports, seconds, title = 'spark', ('spark-ui', 'spark-job'), 600, 'Spark job'
    stop_seconds = 120      # a batch that runs is finished
    script = os.path.join(ROOT, 'scripts', 'spark.sh')

    def missing(self):
        if not (os.path.exists(self.script) and os.path.exists(os.path.join(ROOT, 'spark', 'shopcdc', 'main.py'))):
            return 'the job is not there'
        return None if os.path.isdir(os.path.join(CACHE, 'spark-python')) else 'Spark is not fetched yet: scripts/setup.sh spark'

    def prepare(self):
        write_json(self.layout.path('spark', 'config.json'), settings.spark(self.layout), 0o600)

    def command(self):
        return [self.script, 'run', self.layout.path('spark', 'config.json')]

    def environment(self):
        return {'TMPDIR': self.layout.folder('spark', 'tmp')}

    def ready(self):
        status, text = get(self.layout.url('spark-job', '/metrics'))
        return status == 200 and 'shopcdc_query_active{query="silver"} 1.0' in text


class SlackPart(Part):
    name, ports, title = 'slack', ('slack',), 'Slack stand-in'
    script = os.path.join(HERE, 'slack.py')

    def missing(self):
        return None if os.path.exists(self.script) else 'pipeline/slack.py is not there'

    def command(self):
        return [sys.executable, self.script, '--port', str(self.layout.port('slack')), '--store', os.path.join(self.layout.folder('slack'), 'messages.jsonl')]

    def ready(self):
        return get(self.layout.url('slack', '/healthz'))[0] == 200


def all_parts(layout):
    """In the order in which they start."""
    import monitors
    return [PostgresPart(layout), KafkaPart(layout), SlackPart(layout), RelayPart(layout), SparkPart(layout),
            *(kind(layout) for kind in monitors.PARTS)]

