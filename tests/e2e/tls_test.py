"""The pipeline's secure form: who is refused, by which code, and certificates that are renewed while records flow.

A PostgreSQL and a broker of their own, as `make pipeline TLS=1` starts them; the broker shows bad certificates on two more ports.
"""
import ctypes
import json
import os
import random
import shutil
import subprocess
import sys

import pytest

from harness import checker
from harness.records import Reader
from harness.wait import free_ports, until

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), 'pipeline'))
import broker           # noqa: E402
import database         # noqa: E402
import layout as layouts    # noqa: E402
import parts            # noqa: E402
import processes        # noqa: E402
import secure_kafka     # noqa: E402
import tls              # noqa: E402
from load import Load   # noqa: E402



def free_offset():
    for _ in range(200):
        offset = random.randrange(10000, 22000)
        if not any(processes.port_taken(port + offset) for port in layouts.PORTS.values()):
            return offset
    raise AssertionError('no offset with free ports')


@pytest.fixture(scope='module')
def secured(work):
    made = layouts.Layout(True, os.environ.get('PG_CONFIG', 'pg_config'), free_offset(), os.path.join(work, 'secured'))
    tls.prepare(made)
    bad = made.folder('bad')
    tls.make_authority(os.path.join(bad, 'other'), 'Somebody else')
    tls.issue(os.path.join(bad, 'expired'), 'kafka', days=-1, authority=made.path('tls'))
    tls.issue(os.path.join(bad, 'stranger'), 'kafka', ('elsewhere.example.com',), (), authority=made.path('tls'))
    first = free_ports(2)
    made.more_listeners = {'EXPIRED': (first, os.path.join(bad, 'expired', 'kafka.pem')), 'STRANGER': (first + 1, os.path.join(bad, 'stranger', 'kafka.pem'))}
    servers = [parts.PostgresPart(made), parts.KafkaPart(made)]
    try:
        servers[0].start()
        database.create(database.Shop(made))
        servers[1].start()
        yield made
    finally:
        for server in servers:
            server.stop()


@pytest.fixture(scope='module')
def shop(secured):
    return database.Shop(secured)


def show_to_postgres(secured, shop, name, folder):
    """PostgreSQL shows another certificate from now on. Asked over the socket-less way that still works: a signal."""
    for kind in ('crt', 'key'):
        shutil.copyfile(os.path.join(folder, '%s.%s' % (name, kind)), secured.path('tls', 'postgres.' + kind))
    tls.give_to_postgres(secured)
    with open(secured.path('postgres', 'data', 'postmaster.pid')) as file:
        os.kill(int(file.readline()), 1)    # SIGHUP
    until(lambda: tls.shown_serial(secured, 'postgres') == tls.serial(secured, 'postgres'), 'PostgreSQL to show the other certificate')


class Refused:
    """A relay with something changed. problem() is the (code, what) that /health names."""

    def __init__(self, secured, connector=None, worker=None, name='refused', old_library=False):
        self.secured, self.part = secured, parts.RelayPart(secured)
        self.environment = {} if old_library else self.part.environment()
        self.dir = secured.folder('relays', name)
        config = self.part.connector()
        config['config'].update(connector or {})
        lines = dict(line.split('=', 1) for line in self.part.worker().splitlines())
        self.port = free_ports()
        lines.update({'listeners': 'http://127.0.0.1:%d' % self.port, **(worker or {})})
        self.files = [os.path.join(self.dir, 'worker.properties'), os.path.join(self.dir, 'connector.json')]
        layouts.write_file(self.files[0], ''.join('%s=%s\n' % item for item in lines.items()))
        layouts.write_json(self.files[1], config)
        self.log = os.path.join(self.dir, 'log')

    def __enter__(self):
        with open(self.log, 'ab') as log:
            self.process = subprocess.Popen([self.part.binary, 'run', *self.files], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=dict(os.environ, **self.environment))
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def health(self):
        text = parts.get('http://127.0.0.1:%d/health' % self.port)[1]
        return json.loads(text) if text.startswith('{') else {}

    def problem(self):
        def found():
            assert self.process.poll() is None, open(self.log).read()[-1000:]
            named = [p for p in self.health().get('problems', []) if p['class'] in ('wait', 'stop')]
            return named and (named[0]['code'], named[0]['what'])
        return until(found, 'a problem\n' + self.log, 40)

    def streams(self):
        until(lambda: self.health().get('state') == 'streaming', 'the relay to stream', 60)



def test_postgres_behind_another_authority_is_refused(secured):
    with Refused(secured, {'database.sslrootcert': secured.path('bad', 'other', 'ca.pem')}) as relay:
        code, what = relay.problem()
    assert code == 'PENSTOCK-PG-001' and 'certificate verify failed' in what


def test_postgres_with_the_name_of_another_host_is_refused(secured, shop):
    tls.issue(secured.path('bad', 'stranger'), 'postgres', ('elsewhere.example.com',), (), authority=secured.path('tls'))
    keep(secured)
    try:
        show_to_postgres(secured, shop, 'postgres', secured.path('bad', 'stranger'))
        with Refused(secured) as relay:
            code, what = relay.problem()
    finally:
        show_to_postgres(secured, shop, 'postgres', secured.path('kept'))
    assert code == 'PENSTOCK-PG-001' and 'does not match host name "localhost"' in what


def test_postgres_with_an_expired_certificate_is_refused(secured, shop):
    tls.issue(secured.path('bad', 'expired'), 'postgres', days=-1, authority=secured.path('tls'))
    keep(secured)
    try:
        show_to_postgres(secured, shop, 'postgres', secured.path('bad', 'expired'))
        with Refused(secured) as relay:
            code, what = relay.problem()
    finally:
        show_to_postgres(secured, shop, 'postgres', secured.path('kept'))
    assert code == 'PENSTOCK-PG-001' and 'certificate' in what


def keep(secured):
    os.makedirs(secured.path('kept'), exist_ok=True)
    for kind in ('crt', 'key'):
        shutil.copyfile(secured.path('tls', 'postgres.' + kind), secured.path('kept', 'postgres.' + kind))


def test_a_wrong_password_for_postgres_is_refused(secured):
    with Refused(secured, {'database.password': 'not-the-password'}) as relay:
        assert relay.problem()[0] == 'PENSTOCK-PG-002'


def test_postgres_without_tls_is_refused(secured):
    with Refused(secured, {'database.sslmode': 'disable'}) as relay:
        assert relay.problem()[0] == 'PENSTOCK-PG-002'


def test_kafka_behind_another_authority_is_refused(secured):
    with Refused(secured, worker={'ssl.truststore.location': secured.path('bad', 'other', 'ca.pem')}) as relay:
        code, what = relay.problem()
    assert code == 'PENSTOCK-KAFKA-011' and 'certificate verify failed' in what


@pytest.mark.parametrize('listener', ('STRANGER', 'EXPIRED'))
def test_kafka_with_a_bad_certificate_is_refused(secured, listener):
    """Another host's name, or out of date."""
    with Refused(secured, worker={'bootstrap.servers': 'localhost:%d' % secured.more_listeners[listener][0]}) as relay:
        code, what = relay.problem()
    assert code == 'PENSTOCK-KAFKA-011' and 'certificate' in what


def test_a_wrong_password_for_kafka_is_refused(secured):
    jaas = 'org.apache.kafka.common.security.scram.ScramLoginModule required username="relay" password="not-the-password";'
    with Refused(secured, worker={'sasl.jaas.config': jaas}) as relay:
        assert relay.problem()[0] == 'PENSTOCK-KAFKA-002'


def test_an_old_librdkafka_that_cannot_log_in_by_scram_is_named(secured):
    """The password is right; Debian 12's 2.0.2 sends a nonce that Kafka 4 refuses."""
    if ctypes.CDLL('librdkafka.so.1').rd_kafka_version() >= 0x02060100:
        pytest.skip('the librdkafka of this system can')
    with Refused(secured, old_library=True) as relay:
        assert relay.problem()[0] == 'PENSTOCK-KAFKA-002'
        assert '2.6.1 or newer' in relay.health()['problems'][0]['mend']


def test_without_a_right_on_its_topics_the_relay_is_refused_and_goes_on_once_it_has_it(secured):
    admin = broker.admin(secured)
    rights = [b for b in secure_kafka.bindings('relay') if b.name == '__penstock.penstock_shop']
    for gone in admin.delete_acls([as_filter(binding) for binding in rights]).values():
        gone.result()
    try:
        with Refused(secured) as relay:
            code = relay.problem()[0]
            assert code in ('PENSTOCK-KAFKA-003', 'PENSTOCK-KAFKA-004')
            secure_kafka.grant(secured)
            relay.streams()
    finally:
        secure_kafka.grant(secured)


def as_filter(binding):
    from confluent_kafka.admin import AclBindingFilter
    return AclBindingFilter(binding.restype, binding.name, binding.resource_pattern_type, binding.principal, binding.host, binding.operation,
                            binding.permission_type)


def test_certificates_are_renewed_without_losing_a_record(secured, shop):
    """Under load, twice; then the relay is started again and must take the new ones from the very first connection."""
    load = Load(shop, random.randrange(1 << 32), target=100)
    with Refused(secured, name='renewal') as relay:
        relay.streams()
        load.start()
        for _ in range(2):
            before = load.transactions
            until(lambda before=before: load.transactions > before + 200, 'the load to go on')
            for old, new in tls.renew(secured).values():
                assert old != new
        for name in tls.SERVERS:
            assert tls.shown_serial(secured, name) == tls.serial(secured, name)
    with Refused(secured, name='renewal') as relay:
        relay.streams()
        load.stop()
        shop.query("SELECT pg_logical_emit_message(true, 'test', 'end')", database='shop')
        lsn = shop.value('SELECT pg_current_wal_flush_lsn()::text', database='shop')
        until(lambda: shop.value("SELECT confirmed_flush_lsn >= %s::pg_lsn FROM pg_replication_slots WHERE slot_name = 'penstock_shop'", lsn, database='shop'),
              'the slot to be confirmed', 60)
    tables = checker.tables_of(shop, 'shop', lambda schema, table: broker.topic(table), ('shop',))
    settings = broker.client(secured)
    reader = Reader(settings.pop('bootstrap.servers'), **settings)
    reader.follow(set(broker.TOPICS).__contains__)
    compared, differences = checker.compare_state(shop, 'shop', tables, reader.records(reader.to_end()))
    reader.close()
    assert compared > 2000 and not differences, differences[:5]
