"""The core as its containers would run it, in a network and with mounts of its own (run by core_test.py under unshare): names resolve, ports
are those of the images, secrets lie in /run/secrets, the relay is user 65532 without rights on a root that cannot be written."""
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

import psycopg2

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from compose.description import Description     # noqa: E402
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
    def __init__(self, pg_config, kafka_lib, relay, compose):
        self.bin, self.kafka_lib, self.relay = run(pg_config, '--bindir').strip(), kafka_lib, relay
        self.services = Description(ROOT, compose).services()
        self.dir = tempfile.mkdtemp()
        os.chmod(self.dir, 0o755)
        self.processes = []

    def network(self):
        run('ip', 'link', 'set', 'lo', 'up')
        with open(os.path.join(self.dir, 'hosts'), 'w') as file:
            file.write('127.0.0.1 localhost %s\n' % ' '.join(self.services))
        run('mount', '--bind', file.name, '/etc/hosts')
        run('mount', '-t', 'tmpfs', 'tmpfs', '/run')
        os.mkdir('/run/secrets')
        for name in ('postgres_superuser_password', 'relay_database_password', 'monitor_database_password'):
            # All that psql, JSON and shells could stumble over.
            with open('/run/secrets/' + name, 'w') as file:
                file.write('%s\'"$`\\ ü' % name)

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
        options = '-k %s -c listen_addresses=' % data
        run(*SERVER, self.bin + '/pg_ctl', '-s', '-w', '-D', data + '/data', '-l', data + '/log', '-o', options + "''", 'start')
        run(*SERVER, self.bin + '/createdb', '-U', 'postgres', env['POSTGRES_DB'], env=env)
        folder = os.path.join(ROOT, 'docker/postgres/init')
        files = {os.path.basename(path): path for path in (os.path.join(folder, name) for name in os.listdir(folder))}
        files.update({os.path.basename(volume['target']): volume['source'] for volume in service['volumes']
                      if volume['target'].startswith('/docker-entrypoint-initdb.d/')})
        for _, path in sorted(files.items()):
            script = [path] if path.endswith('.sh') else ['psql', '-v', 'ON_ERROR_STOP=1', '-q', '-U', 'postgres', '-d', env['POSTGRES_DB'], '-f', path]
            run(*SERVER, *script, env=env)
        run(*SERVER, self.bin + '/pg_ctl', '-s', '-w', '-D', data + '/data', 'stop')
        self.start('postgres', [*SERVER, self.bin + '/postgres', '-D', data + '/data', '-k', data, '-c', 'listen_addresses=*'])
        self.password = env['PGPASSWORD']
        self.wait_healthy('postgres', path=self.bin)

    # What the image's start script does: variables KAFKA_A_B become lines a.b after those of the mounted file.
    def kafka(self):
        service = self.services['kafka']
        source = next(volume['source'] for volume in service['volumes'] if volume['target'] == '/mnt/shared/config/server.properties')
        lines = {name.removeprefix('KAFKA_').lower().replace('_', '.'): value for name, value in service['environment'].items()
                 if name.startswith('KAFKA_') and name != 'KAFKA_HEAP_OPTS'}
        lines['log.dirs'] = os.path.join(self.dir, 'kafka')
        settings = os.path.join(self.dir, 'server.properties')
        with open(source) as given, open(settings, 'w') as file:
            file.write(given.read() + ''.join('%s=%s\n' % line for line in lines.items()))
        java = ['java', '-Xmx384m', '-Dkafka.log=' + os.path.join(self.dir, 'kafka.server.log'),
                '-Dlog4j2.configurationFile=' + os.path.join(ROOT, 'scripts/kafka/log4j2.properties'), '-cp', self.kafka_lib + '/*']
        run(*java, 'kafka.tools.StorageTool', 'format', '-t', service['environment']['CLUSTER_ID'], '-c', settings)
        self.start('kafka', [*java, 'kafka.Kafka', settings])
        until(lambda: subprocess.run(['kcat', '-b', 'kafka:9092', '-L', '-m', '1'], capture_output=True).returncode == 0, 'the broker', 60)

    def relay_starts(self):
        service = self.services['relay']
        shutil.copy(self.relay, '/run/penstock')        # where every user may read it
        files = {volume['target']: shutil.copy(volume['source'], '/run/') for volume in service['volumes']}
        self.start('relay', [*READ_ONLY, *NOBODY_IN_PARTICULAR, '/run/penstock', *(files.get(word, word) for word in service['command'])])

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

    def wait_healthy(self, name, path=''):
        try:
            until(lambda: self.healthy(name, path).returncode == 0, name + ' to be healthy', 30)
        except AssertionError as error:
            raise SystemExit('%s\n%s\n%s' % (error, self.healthy(name, path), self.log(name))) from None

    def topic(self, name):
        """Its records; none while it does not exist."""
        done = subprocess.run(['kcat', '-b', 'kafka:9092', '-t', name, '-C', '-e', '-q', '-J'], capture_output=True, text=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

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
        scene.relay_starts()
        until(lambda: 'PENSTOCK-' in scene.healthy('relay').stdout, 'a relay that says what it waits for', 20)
        print('unhealthy while both sides are away: %s' % json.loads(scene.healthy('relay').stdout)['message'])
        scene.postgres()
        scene.kafka()
        scene.wait_healthy('relay')
        until(lambda: len(scene.topic('shop.shop.customers')) == 2000, 'the snapshot', 30)
        print('relay healthy as user 65532 on a root that cannot be written; 2000 customers in the topic')
        connection = psycopg2.connect(host='postgres', dbname='shop', user='postgres', password=scene.password)
        connection.autocommit = True
        before = len(scene.topic('shop.shop.orders'))
        load = scene.start('load', [*READ_ONLY, sys.executable, os.path.join(ROOT, 'docker/tools/shop.py')], {**scene.services['load']['environment'], 'ALIVE_FILE': '/run/alive'})
        until(lambda: len(scene.topic('shop.shop.orders')) > before + 20, 'orders of the load', 30)
        until(lambda: os.path.exists('/run/alive'), 'the load to say that it lives', 15)
        load.terminate()
        if load.wait(20):
            raise SystemExit('the load ends with %d\n%s' % (load.returncode, scene.log('load')))
        print('the load arrives: %d records of orders' % len(scene.topic('shop.shop.orders')))
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
