"""Where everything of a pipeline is: folder, ports, secrets, and the state file that says what runs."""
import json
import os
import secrets
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path[1:1] = [os.path.join(ROOT, 'tests'), os.path.join(ROOT, 'demo')]
CACHE = os.path.join(os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache'), 'penstock')
MONITORING_HOME = os.path.join(CACHE, 'monitoring')

PORTS = {'postgres': 5432, 'kafka': 9092, 'kafka-controller': 9094, 'kafka-jmx': 7071, 'relay': 8083, 'spark-ui': 4040, 'spark-job': 8001,
         'prometheus': 9090, 'alertmanager': 9095, 'node-exporter': 9100, 'postgres-exporter': 9187, 'slack': 8065}
TABLES = ('customers', 'products', 'orders', 'order_items', 'payments', 'inventory_movements', 'customer_activity')
CONNECTOR, SLOT, GROUP, DEAD_LETTERS = 'postgres-connector', 'penstock_shop', 'spark-streaming', 'shop.spark.dlq'


def default_directory(tls):
    base = '/var/lib/penstock-pipeline' if os.geteuid() == 0 else os.path.expanduser('~/.local/share/penstock-pipeline')
    return os.environ.get('PIPELINE_DIR', base) + ('-tls' if tls else '')


class Layout:
    """One pipeline. What was chosen at its first start (TLS) or last start (ports, server) stands in its state file."""

    def __init__(self, tls=False, pg_config=None, offset=None, directory=None):
        self.dir = directory or default_directory(tls)
        self.state_path = self.path('state.json')
        state = self._load()
        self.tls = tls
        self.pg_config = pg_config or state.get('pg_config') or 'pg_config'
        self.offset = state.get('port_offset', 0) if offset is None else offset
        self.parts = state.get('parts', {})     # name: {"pid", "started"}
        self.more_listeners = {}    # of the broker, beside its own: {name: (port, file with key and certificate)}
        self.host = 'localhost' if tls else '127.0.0.1'     # the name in the certificates

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def exists(self):
        return os.path.exists(self.state_path)

    def port(self, name):
        return PORTS[name] + self.offset

    def url(self, name, path=''):
        return 'http://127.0.0.1:%d%s' % (self.port(name), path)

    @property
    def bootstrap(self):
        return '%s:%d' % (self.host, self.port('kafka'))

    def _load(self):
        try:
            with open(self.state_path) as file:
                return json.load(file)
        except FileNotFoundError:
            return {}

    def save(self):
        write_file(self.state_path, json.dumps({'port_offset': self.offset, 'pg_config': self.pg_config, 'tls': self.tls, 'parts': self.parts},
                                               indent=2) + '\n')

    def folder(self, *names):
        path = self.path(*names)
        os.makedirs(path, exist_ok=True)
        return path

    # --- secrets: a file each, mode 0600, made at the first start ---

    def secret_path(self, name):
        return self.path('secrets', name)

    def secret(self, name):
        """The text of a secret; a new one is random. PIPELINE_<NAME>_FILE names a file to take it from instead."""
        path = os.environ.get('PIPELINE_%s_FILE' % name.upper()) or self.secret_path(name)
        if not os.path.exists(path):
            os.makedirs(self.path('secrets'), mode=0o700, exist_ok=True)
            write_file(path, secrets.token_urlsafe(18) + '\n', 0o600)
        with open(path) as file:
            return file.read().strip()

    def put_secret(self, name, text):
        os.makedirs(self.path('secrets'), mode=0o700, exist_ok=True)
        write_file(self.secret_path(name), text + '\n', 0o600)
        return self.secret_path(name)


def write_file(path, text, mode=0o644):
    """Whole or not at all, even if a reader looks at that moment."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    fresh = '%s.%d' % (path, os.getpid())
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), 'w') as file:
        file.write(text)
    os.replace(fresh, path)


def write_json(path, value, mode=0o644):
    write_file(path, json.dumps(value, indent=2) + '\n', mode)
