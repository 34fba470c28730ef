"""The core as its containers would run it, in a network and with mounts of its own (run by core_test.py under unshare): names resolve, ports
are those of the images, secrets lie in /run/secrets, the relay is user 65532 without rights on a root that cannot be written."""
import contextlib
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

import confluent_kafka
import psycopg2

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from compose.description import FILES, Description     # noqa: E402
from harness.wait import until                  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SERVER = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups']
READ_ONLY = ['unshare', '--mount', 'sh', '-c', 'mount -o remount,ro,bind / && exec "$@"', 'sh']
NOBODY_IN_PARTICULAR = ['setpriv', '--reuid=65532', '--regid=65532', '--clear-groups', '--no-new-privs', '--bounding-set=-all', '--inh-caps=-all']


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL, **options)
    if done.returncode:
        raise SystemExit('%s: %d\n%s' % (' '.join(command), done.returncode, done.stdout))
    return done.stdout


class Scene:
    def __init__(self, form, pg_config, kafka_lib, relay, compose):
        self.bin, self.kafka_lib, self.relay = run(pg_config, '--bindir').strip(), kafka_lib, relay
        self.tls = form == 'tls'
        self.services = Description(ROOT, compose).services(FILES[self.tls])
        self.dir = tempfile.mkdtemp()
        os.chmod(self.dir, 0o755)
        self.processes = []

    def network(self):
        run('ip', 'link', 'set', 'lo', 'up')
        # A host without any address but 127.0.0.1 does not resolve names for those who ask for IPv4 (AI_ADDRCONFIG).
        run('ip', 'link', 'add', 'name', 'eth0', 'type', 'veth', 'peer', 'name', 'eth1')
        run('ip', 'address', 'add', '10.99.0.2/24', 'dev', 'eth0')
        run('ip', 'link', 'set', 'eth0', 'up')
        with open(os.path.join(self.dir, 'hosts'), 'w') as file:
            file.write('127.0.0.1 localhost %s %s\n' % (os.uname().nodename, ' '.join(self.services)))
        run('mount', '--bind', file.name, '/etc/hosts')
        run('mount', '-t', 'tmpfs', 'tmpfs', '/run')
        os.mkdir('/run/secrets')
        for name in ('postgres_superuser_password', 'relay_database_password', 'monitor_database_password', 'kafka_broker', 'kafka_admin',
                     'kafka_relay', 'kafka_spark'):
            # All that psql, JSON and shells could stumble over; Kafka's tools put up with less.
            with open('/run/secrets/' + name, 'w') as file:
                file.write(name if name.startswith('kafka') else '%s\'"$`\\ ü' % name)
        with open('/run/secrets/kafka_relay_jaas', 'w') as file:
            file.write('org.apache.kafka.common.security.scram.ScramLoginModule required username="relay" password="kafka_relay";')

    def once(self, name, **env):
        """A service that runs to its end. /run/tls is its volume; users of servers are those of this machine."""
        script, *words = self.services[name]['command']
        print(run(sys.executable, os.path.join(ROOT, script), *words, env={'PATH': os.environ['PATH'], **env}).strip())

    def start(self, name, command, env=None):
        with open(os.path.join(self.dir, name + '.log'), 'wb') as log:
            self.processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd='/',
                                                   env={'PATH': os.environ['PATH'], **(env or {})}))
        return self.processes[-1]

    def log(self, name):
        path = os.path.join(self.dir, name + '.log')
        if not os.path.exists(path):
            return 'not started'
        with open(path, errors='replace') as file:
            return file.read()[-3000:]

    # What the entrypoint of the official image does: a server without an address, the files of the folder in order, a new start.
    def postgres(self):
        service = self.services['postgres']
        data = os.path.join(self.dir, 'postgres')
        os.mkdir(data)
        shutil.chown(data, 'nobody')
        secret = service['environment']['POSTGRES_PASSWORD_FILE']
        run(*SERVER, self.bin + '/initdb', '-D', data + '/data', '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile', secret, '-E', 'UTF8', '--no-sync')
        with open('/run/secrets/postgres_superuser_password') as file:
            env = dict(service['environment'], PATH=self.bin + ':' + os.environ['PATH'], PGHOST=data, PGPASSWORD=file.read(), HOME=data)
        shutil.copy(os.path.join(ROOT, 'docker/postgres/pg_hba.conf'), data + '/pg_hba.conf')
        # In the container the superuser of the socket is the user postgres; here it is nobody, with a password.
        with open(data + '/pg_hba.conf') as file:
            text = file.read().replace('peer', 'scram-sha-256')
        with open(data + '/pg_hba.conf', 'w') as file:
            file.write(text)
        options = [word.replace('/etc/penstock/', data + '/') for word in (service.get('command') or ['postgres'])[1:]]
        run(*SERVER, self.bin + '/pg_ctl', '-s', '-w', '-D', data + '/data', '-l', data + '/log', '-o',
            ' '.join(["-k %s -c listen_addresses=''" % data, *options]), 'start')
        run(*SERVER, self.bin + '/createdb', '-U', 'postgres', env['POSTGRES_DB'], env=env)
        folder = os.path.join(ROOT, 'docker/postgres/init')
        files = {os.path.basename(path): path for path in (os.path.join(folder, name) for name in os.listdir(folder))}
        files.update({os.path.basename(volume['target']): volume['source'] for volume in service['volumes']
                      if volume['target'].startswith('/docker-entrypoint-initdb.d/')})
        for _, path in sorted(files.items()):
            script = [path] if path.endswith('.sh') else ['psql', '-v', 'ON_ERROR_STOP=1', '-q', '-U', 'postgres', '-d', env['POSTGRES_DB'], '-f', path]
            run(*SERVER, *script, env=env)
        run(*SERVER, self.bin + '/pg_ctl', '-s', '-w', '-D', data + '/data', 'stop')
        self.start('postgres', [*SERVER, self.bin + '/postgres', '-D', data + '/data', '-k', data, '-c', 'listen_addresses=*', *options])
        self.password = env['PGPASSWORD']
        self.wait_healthy('postgres', path=self.bin)

    # What the image's start script does: variables KAFKA_A_B become lines a.b after those of the mounted file.
    def kafka(self):
        service = self.services['kafka']
        source = next(volume['source'] for volume in service['volumes'] if volume['target'] == '/mnt/shared/config/server.properties')
        env = dict(service['environment'], KAFKA_LOG_DIRS=os.path.join(self.dir, 'kafka'))
        lines = {name.removeprefix('KAFKA_').lower().replace('___', '-').replace('_', '.'): value.replace('$$', '$') for name, value in env.items()
                 if name.startswith('KAFKA_') and name != 'KAFKA_HEAP_OPTS'}
        settings = os.path.join(self.dir, 'server.properties')
        with open(source) as given, open(settings, 'w') as file:
            file.write(given.read() + ''.join('%s=%s\n' % line for line in lines.items()))
        self.java = ['java', '-Xmx384m', '-Dkafka.log=' + os.path.join(self.dir, 'kafka.server.log'),
                     '-Dlog4j2.configurationFile=' + os.path.join(ROOT, 'scripts/kafka/log4j2.properties'), '-cp', self.kafka_lib + '/*']
        if self.tls:
            run('bash', os.path.join(ROOT, 'docker/kafka/start-tls.sh'), source, env={'PATH': os.environ['PATH'], 'KAFKA_LIBRARIES': self.kafka_lib, **env})
        else:
            run(*self.java, 'kafka.tools.StorageTool', 'format', '-t', env['CLUSTER_ID'], '-c', settings)
        self.start('kafka', [*self.java, 'kafka.Kafka', settings])
        with contextlib.suppress(AssertionError):
            until(self.broker_answers, 'the broker', 90)
        found = self.kafka_tool()
        if found.returncode:
            raise SystemExit('%s\n%s\n%s' % (found.stderr[-1500:], self.log('kafka'), self.log('kafka.server')))

    def kafka_tool(self):
        """The health check of the service, by the jars."""
        words = ['--bootstrap-server', 'kafka:9092']
        if self.tls:
            words += ['--command-config', os.path.join(ROOT, 'docker/kafka/admin.properties')]
        return subprocess.run([*self.java, 'org.apache.kafka.tools.BrokerApiVersionsCommand', *words], capture_output=True, text=True)

    # As docker/relay/Dockerfile takes it.
    @staticmethod
    def newer_librdkafka():
        folder = os.path.join(os.path.dirname(os.path.dirname(confluent_kafka.__file__)), 'confluent_kafka.libs')
        shutil.copytree(folder, '/run/lib')
        os.symlink(next(name for name in os.listdir(folder) if name.startswith('librdkafka-')), '/run/lib/librdkafka.so.1')

    def relay_starts(self):
        service = self.services['relay']
        shutil.copy(self.relay, '/run/penstock')        # where every user may read it
        files = {volume['target']: shutil.copy(volume['source'], '/run/') for volume in service['volumes'] if volume['type'] == 'bind'}
        env = {}
        if 'LD_LIBRARY_PATH' in (service.get('environment') or {}):
            self.newer_librdkafka()
            env['LD_LIBRARY_PATH'] = '/run/lib'
        self.start('relay', [*READ_ONLY, *NOBODY_IN_PARTICULAR, '/run/penstock', *(files.get(word, word) for word in (part.replace('$$', '$') for part in service['command']))], env)

    def prometheus(self, home):
        """What compose.yaml mounts, in one folder; the targets that are up."""
        folder = os.path.join(self.dir, 'prometheus')
        os.mkdir(folder)
        for volume in self.services['prometheus']['volumes']:
            if volume['type'] == 'bind':
                os.symlink(volume['source'], os.path.join(folder, os.path.basename(volume['target'])))
        run(home + '/usr/bin/promtool', 'check', 'config', folder + '/prometheus.yml')
        self.start('prometheus', [home + '/usr/bin/prometheus', '--config.file=%s/prometheus.yml' % folder, '--storage.tsdb.path=%s/data' % folder])
        with contextlib.suppress(AssertionError):
            until(lambda: 'penstock' in self.up(), 'a scrape of the relay', 40)
        return self.up()

    @staticmethod
    def up():
        try:
            with urllib.request.urlopen('http://localhost:9090/api/v1/targets') as answer:
                return [target['labels']['job'] for target in json.load(answer)['data']['activeTargets'] if target['health'] == 'up']
        except OSError:
            return []

    def healthy(self, name, path=''):
        test = list(self.services[name]['healthcheck']['test'])
        assert test.pop(0) == 'CMD', test
        if test[0] == '/usr/bin/health':
            test[0] = os.path.join(ROOT, 'docker/health.sh')
        return subprocess.run(test, capture_output=True, text=True, env={'PATH': path + ':' + os.environ['PATH']})

    @staticmethod
    def relay_says():
        """What /health answers while it is not 200."""
        return subprocess.run([os.path.join(ROOT, 'docker/health.sh'), '127.0.0.1', '8083', '/health'], capture_output=True, text=True).stdout

    def wait_healthy(self, name, path=''):
        try:
            until(lambda: self.healthy(name, path).returncode == 0, name + ' to be healthy', 30)
        except AssertionError as error:
            raise SystemExit('%s\n%s\n%s' % (error, self.healthy(name, path), self.log(name))) from None

    def client(self):
        settings = {'bootstrap.servers': 'kafka:9092', 'group.id': 'scene', 'log_level': 2, 'error_cb': lambda error: None}
        if self.tls:
            settings.update({'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'SCRAM-SHA-512', 'sasl.username': 'admin',
                             'sasl.password': 'kafka_admin', 'ssl.ca.location': '/run/tls/ca.pem'})
        return settings

    def broker_answers(self):
        with contextlib.suppress(confluent_kafka.KafkaException):
            return confluent_kafka.Consumer(self.client()).list_topics(timeout=3).brokers

    def topic(self, name):
        """How many records it has; none while it does not exist or has no leader yet."""
        consumer = confluent_kafka.Consumer(self.client())
        try:
            found = consumer.list_topics(timeout=15).topics.get(name)
            return sum(consumer.get_watermark_offsets(confluent_kafka.TopicPartition(name, number), timeout=15)[1]
                       for number in (found.partitions if found else ()))
        except confluent_kafka.KafkaException:
            return 0
        finally:
            consumer.close()

    def end(self):
        for process in reversed(self.processes):
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
        shutil.rmtree(self.dir, ignore_errors=True)


def main():
    *arguments, monitoring = sys.argv[1:]
    scene = Scene(*arguments)
    try:
        scene.network()
        os.mkdir('/run/tls')
        if scene.tls:
            scene.once('tls', POSTGRES_UID=str(pwd.getpwnam('nobody').pw_uid), KAFKA_UID='0')
        scene.relay_starts()
        until(lambda: 'PENSTOCK-' in scene.relay_says(), 'a relay that says what it waits for', 20)
        scene.wait_healthy('relay')
        print('healthy as a container while both sides are away: %s' % json.loads(scene.relay_says())['message'])
        scene.postgres()
        scene.kafka()
        if scene.tls:
            scene.once('kafka-rights')
        scene.wait_healthy('relay')
        until(lambda: scene.topic('shop.shop.customers') == 2000, 'the snapshot', 30)
        print('relay healthy as user 65532 on a root that cannot be written; 2000 customers in the topic')
        before = scene.topic('shop.shop.orders')
        load = scene.start('load', [*READ_ONLY, sys.executable, os.path.join(ROOT, 'docker/tools/shop.py')], {**scene.services['load']['environment'], 'ALIVE_FILE': '/run/alive'})
        until(lambda: scene.topic('shop.shop.orders') > before + 20, 'orders of the load', 30)
        until(lambda: os.path.exists('/run/alive'), 'the load to say that it lives', 15)
        load.terminate()
        if load.wait(20):
            raise SystemExit('the load ends with %d\n%s' % (load.returncode, scene.log('load')))
        print('the load arrives: %d records of orders' % scene.topic('shop.shop.orders'))
        if os.path.exists(monitoring + '/usr/bin/prometheus'):
            up = scene.prometheus(monitoring)
            if 'penstock' not in up:
                raise SystemExit('Prometheus sees %s\n%s' % (up, scene.log('prometheus')))
            print('Prometheus with the targets of docker/prometheus scrapes: %s' % ' '.join(sorted(up)))
        relay = scene.processes[0]
        began = time.monotonic()
        relay.terminate()
        if relay.wait(20):
            raise SystemExit('the relay ends with %d\n%s' % (relay.returncode, scene.log('relay')))
        print('SIGTERM: drained and ended in %.1f s' % (time.monotonic() - began))
    except AssertionError as error:
        raise SystemExit('\n'.join([str(error)] + ['%s: %s' % (name, scene.log(name)) for name in ('relay', 'load')])) from None
    finally:
        scene.end()


if __name__ == '__main__':
    main()
