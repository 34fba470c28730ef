"""The relay as a service: what systemd hears, SIGHUP, REST's commands, a port that is taken."""
import contextlib
import json
import os
import signal
import socket
import urllib.request

import pytest

from harness.wait import until


@pytest.fixture
def table(scene):
    scene.sql('CREATE TABLE t (id int PRIMARY KEY, v text)')
    return scene


class Systemd:
    """The socket that a unit of Type=notify is given."""

    def __init__(self, monkeypatch):
        path = os.path.join('/tmp', 'penstock-notify-%d' % os.getpid())
        if os.path.exists(path):
            os.unlink(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.socket.setblocking(False)
        self.path, self.heard = path, []
        monkeypatch.setenv('NOTIFY_SOCKET', path)
        monkeypatch.setenv('WATCHDOG_USEC', '2000000')
        monkeypatch.delenv('WATCHDOG_PID', raising=False)

    def hears(self, word):
        while True:
            try:
                self.heard += self.socket.recv(4096).decode().splitlines()
            except BlockingIOError:
                break
        return any(line.startswith(word) for line in self.heard)

    def close(self):
        self.socket.close()
        os.unlink(self.path)


def command(relay, method, path):
    request = urllib.request.Request('http://127.0.0.1:%d/connectors/%s%s' % (relay.http_port, relay.name, path), method=method)
    with urllib.request.urlopen(request, timeout=5) as answer:
        return answer.status


def state(relay):
    """None: it does not serve yet."""
    status, body = relay.get('/connectors/%s/status' % relay.name)
    return json.loads(body)['tasks'][0]['state'] if status == 200 else None


def health(relay):
    return json.loads(relay.get('/health')[1])


def change(relay, **changes):
    relay.config.update({name.replace('__', '.'): value for name, value in changes.items()})
    relay.command()  # writes the file
    relay.process.send_signal(signal.SIGHUP)


def test_systemd_hears_ready_watchdog_status_and_stopping(table, monkeypatch):
    systemd = Systemd(monkeypatch)
    try:
        relay = table.started()
        for word in ('READY=1', 'WATCHDOG=1', 'STATUS=streaming'):
            until(lambda: systemd.hears(word), word, 20)
        assert relay.terminate() == 0
        assert systemd.hears('STOPPING=1')
    finally:
        systemd.close()


def test_sighup_takes_a_good_file_and_keeps_the_old_one_if_it_is_bad(table):
    relay = table.started()
    change(relay, decimal__handling__mode='floating')
    until(lambda: 'PENSTOCK-CONF-003' in relay.log(), 'the problem in the log')
    until(lambda: any(problem['code'] == 'PENSTOCK-CONF-003' for problem in health(relay)['problems']), 'the problem in /health')
    table.sql("INSERT INTO t VALUES (1, 'old configuration')")
    until(lambda: [record.after['id'] for record in table.records()] == [1], 'the record\n' + relay.tail())
    change(relay, decimal__handling__mode='string', tombstones__on__delete='false')
    until(lambda: 'penstock_reloads_total 1' in relay.get('/metrics')[1], 'the reload')
    until(lambda: health(relay)['state'] == 'streaming' and not health(relay)['problems'], 'the next session\n' + relay.tail())
    table.sql('DELETE FROM t')
    table.sql("INSERT INTO t VALUES (2, 'new configuration')")
    until(lambda: [record.op for record in table.records()] == ['c', 'd', 'c'], 'records without a tombstone\n' + relay.tail())


def test_sighup_keeps_the_old_configuration_if_the_server_refuses_an_option(table):
    relay = table.started()
    sessions = health(relay)['sessions']
    change(relay, transforms='v', transforms__v__type='io.debezium.transforms.ExtractNewRecordState', transforms__v__add__filds='op')
    until(lambda: any(problem['code'] == 'PENSTOCK-PG-006' for problem in health(relay)['problems']), 'the problem\n' + relay.tail())
    assert 'the old one goes on' in relay.log() and 'add.filds' in relay.log()
    assert (health(relay)['state'], state(relay), health(relay)['sessions']) == ('streaming', 'RUNNING', sessions)
    table.sql("INSERT INTO t VALUES (1, 'old configuration')")
    until(lambda: [record.after['id'] for record in table.records()] == [1], 'the record\n' + relay.tail())
    del relay.config['transforms.v.add.filds']
    change(relay, tombstones__on__delete='false')
    until(lambda: 'penstock_reloads_total 1' in relay.get('/metrics')[1], 'the reload\n' + relay.tail())
    until(lambda: health(relay)['state'] == 'streaming' and not health(relay)['problems'], 'the next session\n' + relay.tail())


def test_sighup_ends_what_the_old_configuration_waits_for(table):
    """A slot that is made waits for old transactions, which may be for hours."""
    making = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walsender' AND query LIKE 'CREATE_REPLICATION_SLOT%%' AND query LIKE %s AND state = 'active'"
    with contextlib.closing(table.postgres.connect(table.database)) as other, other.cursor() as cursor:
        cursor.execute('BEGIN; SELECT pg_current_xact_id()')
        relay = table.relay().start()
        first = until(lambda: table.value(making, '%' + table.slot + '%'), 'the slot to be made\n' + relay.tail())
        change(relay, tombstones__on__delete='false')
        until(lambda: table.value(making, '%' + table.slot + '%') not in (None, first), 'the slot to be made for the new configuration\n' + relay.tail())
        cursor.execute('COMMIT')
    relay.wait_streaming(table.postgres, table.slot)


def test_pause_resume_and_restart_by_rest(table):
    relay = table.started()
    assert command(relay, 'PUT', '/pause') == 202
    until(lambda: state(relay) == 'PAUSED', 'the pause')
    until(lambda: not table.value('SELECT active FROM pg_replication_slots WHERE slot_name = %s', table.slot), 'the slot to be free')
    table.sql("INSERT INTO t VALUES (1, 'while paused')")
    assert command(relay, 'PUT', '/resume') == 202
    until(lambda: [record.after['id'] for record in table.records()] == [1], 'the record\n' + relay.tail())
    sessions = health(relay)['sessions']
    assert command(relay, 'POST', '/restart') == 204
    until(lambda: health(relay)['sessions'] > sessions and state(relay) == 'RUNNING', 'the restart\n' + relay.tail())


def test_a_port_that_is_taken_does_not_keep_the_stream_from_running(table):
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        relay = table.relay(settings={'listeners': 'http://127.0.0.1:%d' % taken.getsockname()[1]}).start()
        relay.wait_streaming(table.postgres, table.slot)
    assert 'PENSTOCK-HTTP-001' in relay.log()


def fill(pipe):
    os.set_blocking(pipe, False)
    try:
        while True:
            os.write(pipe, b'x' * 4096)
    except BlockingIOError:
        os.set_blocking(pipe, True)


def test_a_log_that_nobody_reads_holds_nothing_up(table):
    reader, log = os.pipe()
    try:
        fill(log)
        relay = table.relay().start(stderr=log)
        relay.wait_streaming(table.postgres, table.slot)
        table.sql("INSERT INTO t VALUES (1, 'unread')")
        until(lambda: [record.after['id'] for record in table.records()] == [1], 'the record')
        assert health(relay)['state'] == 'streaming'
        assert 'penstock_log_lines_lost_total 0' in relay.get('/metrics')[1], 'they wait'
        assert relay.terminate(20) == 0
    finally:
        os.close(reader)
        os.close(log)


def test_rest_never_shows_a_password(table):
    relay = table.started(producer__override__sasl__jaas__config='org.apache.kafka.common.security.plain.PlainLoginModule required '
                          'username="u" password="kafka-password";')
    for path in ('/connectors/%s' % relay.name, '/connectors/%s/config' % relay.name, '/connectors/%s/tasks' % relay.name,
                 '/connectors?expand=info', '/health', '/metrics'):
        body = relay.get(path)[1]
        assert 'relay-password' not in body and 'kafka-password' not in body, path
    assert json.loads(relay.get('/connectors/%s/config' % relay.name)[1])['database.password'] == '********'


def test_a_pause_outlives_the_process(table):
    relay = table.started()
    table.sql("INSERT INTO t VALUES (1, 'before')")
    until(lambda: [record.after['id'] for record in table.records()] == [1], 'the record\n' + relay.tail())
    assert command(relay, 'PUT', '/pause') == 202
    until(lambda: 'the pause is stored' in relay.log(), 'the pause to be stored\n' + relay.tail())
    until(lambda: state(relay) == 'PAUSED', 'the pause')
    since = health(relay)['paused_since']
    relay.kill()
    table.sql("INSERT INTO t VALUES (2, 'while nothing runs')")
    relay.start()
    until(lambda: state(relay) == 'PAUSED', 'the pause that was stored\n' + relay.tail())
    table.sql("INSERT INTO t VALUES (3, 'while paused')")
    assert '/connectors/%s/resume' % relay.name in relay.log() and since in relay.log()
    seen = health(relay)
    assert (seen['state'], seen['status'], seen['paused_since'], seen['sessions']) == ('paused', 'healthy', since, 0)
    until(lambda: 'penstock_slot_active 0\n' in relay.get('/metrics')[1], 'the look at the slot')
    assert float(next(line.split()[1] for line in relay.get('/metrics')[1].splitlines() if line.startswith('penstock_slot_retained_bytes '))) > 0
    assert table.value('SELECT active FROM pg_replication_slots WHERE slot_name = %s', table.slot) is False
    doctor = relay.doctor().stdout
    assert 'paused      since ' + since in doctor and '/resume' in doctor, doctor
    assert [record.after['id'] for record in table.records()] == [1]
    assert command(relay, 'PUT', '/resume') == 202
    until(lambda: [record.after['id'] for record in table.records()] == [1, 2, 3], 'the records\n' + relay.tail())
    assert relay.terminate() == 0
    relay.start()
    table.sql("INSERT INTO t VALUES (4, 'no longer paused')")
    until(lambda: [record.after['id'] for record in table.records()] == [1, 2, 3, 4], 'the record\n' + relay.tail())


def test_a_pause_that_cannot_be_stored_is_told_and_stored_later(table):
    relay = table.started()
    table.kafka.stop()
    try:
        assert command(relay, 'PUT', '/pause') == 202
        until(lambda: state(relay) == 'PAUSED', 'the pause\n' + relay.tail(), 60)
        until(lambda: any(problem['code'] == 'PENSTOCK-POS-016' for problem in health(relay)['problems']), 'the warning\n' + relay.tail(), 60)
    finally:
        table.kafka.start()
    until(lambda: 'the pause is stored' in relay.log(), 'the pause to be stored\n' + relay.tail(), 120)
    until(lambda: not health(relay)['problems'], 'the warning to go')
    relay.kill()
    relay.start()
    until(lambda: state(relay) == 'PAUSED', 'the pause that was stored\n' + relay.tail())


def test_a_connector_that_was_paused_before_its_first_session_makes_nothing(table):
    relay = table.relay(snapshot__mode='initial', database__password='wrong').start()
    until(lambda: state(relay) == 'UNASSIGNED', 'the relay to wait\n' + relay.tail())
    assert command(relay, 'PUT', '/pause') == 202
    until(lambda: 'the pause is stored' in relay.log(), 'the pause to be stored\n' + relay.tail())
    relay.kill()
    relay.config['database.password'] = 'relay-password'
    table.sql("INSERT INTO t VALUES (1, 'before the slot')")
    relay.start()
    until(lambda: state(relay) == 'PAUSED', 'the pause that was stored\n' + relay.tail())
    assert table.value('SELECT count(*) FROM pg_replication_slots WHERE slot_name = %s', table.slot) == 0
    assert command(relay, 'PUT', '/resume') == 202
    until(lambda: [record.after['id'] for record in table.records()] == [1], 'the row\n' + relay.tail())
