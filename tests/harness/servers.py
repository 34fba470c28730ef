"""Private PostgreSQL and Kafka, started by scripts/postgres.sh and scripts/kafka.sh."""
import contextlib
import os
import signal
import subprocess
import tempfile

import psycopg2
import psycopg2.extensions

from harness.wait import free_ports, until

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRIPTS = os.path.join(ROOT, 'scripts')


class ServerError(Exception):
    pass


def run_script(name, *arguments, timeout=120, env=None):
    """Runs a script to its end. Servers that it leaves behind must not hold our pipes, hence the file."""
    with tempfile.TemporaryFile() as out:
        done = subprocess.run([os.path.join(SCRIPTS, name), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                              timeout=timeout, env=dict(os.environ, **(env or {})))
        out.seek(0)
        text = out.read().decode(errors='replace')
    if done.returncode:
        raise ServerError('%s %s: %s' % (name, ' '.join(map(str, arguments)), text.strip()))
    return text


# The server's own text of every value, as COPY would print it: comparisons are made on that.
TEXT_OF_ALL = psycopg2.extensions.new_type(
    (16, 17, 20, 21, 23, 114, 700, 701, 1082, 1083, 1114, 1184, 1700, 2950, 3802), 'TEXT', lambda value, cursor: value)


class Postgres:
    def __init__(self, pg_config, directory, port=None, lines=()):
        self.pg_config, self.dir, self.lines = pg_config, directory, list(lines)
        self.port = port or free_ports()
        self.bin = subprocess.run([pg_config, '--bindir'], capture_output=True, text=True, check=True).stdout.strip()

    def start(self):
        run_script('postgres.sh', 'start', self.pg_config, self.dir, self.port, *self.lines)
        return self

    def stop(self, mode='fast', timeout=90):
        run_script('postgres.sh', 'stop', self.pg_config, self.dir, mode, timeout=timeout)

    def restart(self, mode='fast'):
        self.stop(mode)
        self.start()

    def connect(self, database='postgres', user='postgres', **options):
        """A connection in autocommit mode."""
        connection = psycopg2.connect(host='127.0.0.1', port=self.port, dbname=database, user=user, **options)
        connection.autocommit = True
        return connection

    def query(self, sql, *arguments, database='postgres', user='postgres', as_text=False):
        """All rows of one statement, on a connection of its own."""
        with contextlib.closing(self.connect(database, user)) as connection, connection.cursor() as cursor:
            if as_text:
                psycopg2.extensions.register_type(TEXT_OF_ALL, connection)
            cursor.execute(sql, arguments or None)
            return cursor.fetchall() if cursor.description else []

    def value(self, sql, *arguments, database='postgres'):
        rows = self.query(sql, *arguments, database=database)
        return rows[0][0] if rows else None

    def script(self, path, database='postgres', **variables):
        """A file of SQL through psql."""
        command = [os.path.join(self.bin, 'psql'), '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-h', '127.0.0.1', '-p', str(self.port),
                   '-U', 'postgres', '-d', database, '-f', path]
        for name, value in variables.items():
            command += ['-v', '%s=%s' % (name, value)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise ServerError('psql -f %s: %s' % (path, done.stderr.strip()))

    def log(self):
        with open(os.path.join(self.dir, 'server.log'), errors='replace') as file:
            return file.read()


class Kafka:
    def __init__(self, directory, port=None):
        self.dir = directory
        self.port = port or free_ports(3)
        self.bootstrap = '127.0.0.1:%d' % self.port
        self.sasl_bootstrap = '127.0.0.1:%d' % (self.port + 2)

    def start(self):
        run_script('kafka.sh', 'start', self.dir, self.port)
        return self

    def stop(self):
        run_script('kafka.sh', 'stop', self.dir)

    def kill(self):
        """SIGKILL, and gone when this returns."""
        pid = self.pid()
        os.kill(pid, signal.SIGKILL)
        until(lambda: process_state(pid) in (None, 'Z'), 'the broker to be gone')

    def pid(self):
        with open(os.path.join(self.dir, 'kafka.pid')) as file:
            return int(file.read())


def process_state(pid):
    """R, S, Z …; None if there is no such process."""
    try:
        with open('/proc/%d/stat' % pid) as file:
            return file.read().rpartition(')')[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return None
