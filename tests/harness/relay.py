"""The relay as a process: `penstock run` with a connector JSON, its log in a file."""
import json
import os
import signal
import subprocess
import urllib.error
import urllib.request

from harness.servers import ROOT, process_state
from harness.wait import free_ports, until

BINARY = os.environ.get('PENSTOCK', os.path.join(ROOT, os.environ.get('BUILD', 'build'), 'penstock'))


class Relay:
    """`settings` are worker properties (bootstrap.servers, producer.*), given by --set."""

    def __init__(self, directory, config, name='shop', settings=None, binary=BINARY):
        os.makedirs(directory, exist_ok=True)
        self.binary = binary
        self.dir, self.name, self.config = directory, name, dict(config)
        self.http_port = free_ports()
        self.settings = dict(settings or {})
        self.settings.setdefault('listeners', 'http://127.0.0.1:%d' % self.http_port)
        self.log_path = os.path.join(directory, 'relay.log')
        self.process = None

    def command(self, verb='run'):
        path = os.path.join(self.dir, 'connector.json')
        with open(path, 'w') as file:
            json.dump({'name': self.name, 'config': self.config}, file, indent=2)
        sets = [word for item in self.settings.items() for word in ('--set', '%s=%s' % item)]
        return [self.binary, verb, *sets, path]

    def start(self, stderr=None):
        """`stderr` takes its log instead of the file."""
        with open(self.log_path, 'ab') as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=stderr or log, start_new_session=True)
        return self

    def doctor(self, timeout=60):
        return subprocess.run(self.command('doctor'), capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)

    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """SIGKILL, and gone when this returns."""
        if self.running():
            self.process.kill()
        self.process.wait()

    def terminate(self, seconds=30):
        """SIGTERM; returns the exit status."""
        if self.running():
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError('the relay did not end within %d s of SIGTERM\n%s' % (seconds, self.tail()))

    def close(self):
        if self.running():
            self.process.kill()
            self.process.wait()

    def log(self):
        with open(self.log_path, errors='replace') as file:
            return file.read()

    def tail(self, lines=15):
        return '\n'.join(self.log().splitlines()[-lines:])

    def get(self, path, seconds=5):
        """(status, body) of a GET on its port; (0, reason) while nobody listens."""
        try:
            with urllib.request.urlopen('http://127.0.0.1:%d%s' % (self.http_port, path), timeout=seconds) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def health(self):
        """What /health says; {} while it cannot be asked."""
        try:
            return json.loads(self.get('/health')[1])
        except ValueError:
            return {}

    def peak_memory(self):
        """Peak resident bytes so far."""
        with open('/proc/%d/status' % self.process.pid) as file:
            for line in file:
                if line.startswith('VmHWM:'):
                    return int(line.split()[1]) * 1024
        raise AssertionError('no VmHWM')

    def wait_streaming(self, postgres, slot, seconds=60):
        """Until its walsender streams from `slot`, and /health, where it can be asked, knows of a session: it hears of the
        stream a little later than the server."""
        def streaming():
            if process_state(self.process.pid) in (None, 'Z'):
                raise AssertionError('the relay ended\n' + self.tail())
            return self.health().get('sessions', 1) > 0 and postgres.value("SELECT count(*) FROM pg_replication_slots s JOIN pg_stat_replication r ON r.pid = s.active_pid "
                                  "WHERE s.slot_name = %s AND r.state IN ('streaming', 'catchup')", slot)
        try:
            until(streaming, 'the relay to stream', seconds)
        except AssertionError as error:
            raise AssertionError('%s\n%s' % (error, self.tail())) from None
