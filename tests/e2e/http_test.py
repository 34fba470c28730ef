"""The HTTP side against those who do not behave: slow clients, web pages, names that need quoting."""
import json
import signal
import time
import urllib.parse

import pytest

from harness.slow import SlowClients, request
from harness.wait import free_ports, until


@pytest.fixture
def table(scene):
    scene.sql('CREATE TABLE t (id int PRIMARY KEY, v text)')
    return scene


def ask(relay, method, path, host='127.0.0.1', **headers):
    lines = ['%s %s HTTP/1.1' % (method, path), 'Host: ' + host, 'Connection: close', 'Content-Length: 0']
    lines += ['%s: %s' % (name.replace('_', '-'), value) for name, value in headers.items()]
    return request(relay.http_port, '\r\n'.join(lines) + '\r\n\r\n')


def sessions(relay):
    return json.loads(relay.get('/health')[1])['sessions']


def test_a_slow_client_does_not_keep_the_process_from_ending(table):
    relay = table.started()
    with SlowClients(relay.http_port):
        began = time.monotonic()
        assert relay.terminate(10) == 0
        print('ended after %.1f s' % (time.monotonic() - began))
    assert 'penstock ends' in relay.log()


@pytest.mark.parametrize('count', [80, 1000])
def test_health_answers_beside_slow_clients(table, count):
    relay = table.started()
    with SlowClients(relay.http_port, count):
        began = time.monotonic()
        status, text = relay.get('/health/live', 2)
        print('%d %s after %.2f s' % (status, text[:40], time.monotonic() - began))
        assert status == 200
        assert relay.get('/metrics', 2)[0] == 200


def test_a_slow_client_does_not_hold_the_stream_up_while_listeners_change(table):
    relay = table.relay()
    relay.config['listeners'] = relay.settings.pop('listeners')
    relay.start().wait_streaming(table.postgres, table.slot)
    with SlowClients(relay.http_port):
        relay.http_port = free_ports()
        relay.config['listeners'] = 'http://127.0.0.1:%d' % relay.http_port
        relay.command()
        relay.process.send_signal(signal.SIGHUP)
        until(lambda: relay.get('/health/live')[0] == 200, 'the new listener\n' + relay.tail(), 10)
        table.sql("INSERT INTO t VALUES (1, 'after the change')")
        until(lambda: [record.after['id'] for record in table.records()] == [1], 'the record\n' + relay.tail(), 10)


def test_a_web_page_can_neither_change_nor_read(table):
    relay = table.started()
    before = sessions(relay)
    path = '/connectors/%s/' % relay.name
    assert ask(relay, 'POST', path + 'restart', Origin='https://evil.example')[0] == 403
    assert ask(relay, 'POST', path + 'restart', Origin='null')[0] == 403
    assert ask(relay, 'POST', path + 'tasks/0/restart', Origin='http://127.0.0.1:%d' % relay.http_port)[0] == 403
    for page in ('/', '/connectors', path + 'status', path + 'config', '/health', '/metrics'):
        status, _, body = ask(relay, 'GET', page, 'evil.example:%d' % relay.http_port)
        assert (status, json.loads(body)['error_code']) == (403, 403) and 'PENSTOCK-HTTP-002' in body, page
    assert ask(relay, 'POST', path + 'restart', 'evil.example')[0] == 403
    until(lambda: 'PENSTOCK-HTTP-002' in relay.log() and 'PENSTOCK-HTTP-003' in relay.log(), 'both in the log\n' + relay.tail())
    assert sessions(relay) == before
    for host in ('127.0.0.1', 'localhost:8083', '[::1]:8083', '10.1.2.3', 'relay', 'penstock.kafka.svc.cluster.local'):
        assert ask(relay, 'GET', '/connectors', host)[0] == 200, host


def test_hosts_that_are_listed_are_served(table):
    relay = table.started(penstock__http__allowed__hosts='connect.example.com,*.intra.example')
    for host, status in (('connect.example.com', 200), ('CONNECT.example.com:443', 200), ('a.b.intra.example', 200), ('example.com', 403)):
        assert ask(relay, 'GET', '/connectors', host)[0] == status, host
    path = '/connectors/%s/restart' % relay.name
    assert ask(relay, 'POST', path, 'connect.example.com', Origin='https://evil.example')[0] == 403
    assert ask(relay, 'POST', path, 'connect.example.com', Origin='https://connect.example.com')[0] == 204


def test_scrapes_and_probes_by_name_are_answered_where_all_addresses_are_served(table):
    relay = table.relay()
    relay.settings['listeners'] = 'http://0.0.0.0:%d' % relay.http_port
    relay.start().wait_streaming(table.postgres, table.slot)
    for path, status in (('/metrics', 200), ('/health', 200), ('/health/live', 200), ('/connectors', 403), ('/', 403)):
        assert ask(relay, 'GET', path, 'relay.prod.example.com:8083')[0] == status, path


@pytest.mark.parametrize('name', ['connector', 'connectors', 's', 'a b', 'orders/eu', 'größe', '100%', 'tasks'])
def test_a_connector_of_any_name_is_found(table, name):
    relay = table.relay()
    relay.name = name
    relay.start().wait_streaming(table.postgres, table.slot)
    path = '/connectors/' + urllib.parse.quote(name, safe='')
    for rest, status in (('', 200), ('/', 200), ('/status', 200), ('/config', 200), ('/tasks', 200), ('/tasks/0/status', 200),
                         ('/tasks/1/status', 404), ('/topics', 200), ('/nothing', 404)):
        assert ask(relay, 'GET', path + rest)[0] == status, rest
    assert json.loads(ask(relay, 'GET', path + '/status')[2])['name'] == name
    assert ask(relay, 'PUT', path + '/pause')[0] == 202
    until(lambda: json.loads(ask(relay, 'GET', path + '/status')[2])['connector']['state'] == 'PAUSED', 'the pause')


def test_only_what_failed_is_restarted(table):
    relay = table.started()
    before = sessions(relay)
    path = '/connectors/%s/restart' % relay.name
    for query in ('?onlyFailed=true', '?includeTasks=true&onlyFailed=true'):
        status, _, body = ask(relay, 'POST', path + query)
        answer = json.loads(body)
        assert (status, answer['connector']['state'], answer['tasks'][0]['state']) == (202, 'RUNNING', 'RUNNING'), query
    table.sql("INSERT INTO t VALUES (1, 'undisturbed')")
    until(lambda: [record.after['id'] for record in table.records()] == [1], 'the record\n' + relay.tail())
    assert sessions(relay) == before
    status, _, body = ask(relay, 'POST', path + '?includeTasks=true')
    assert (status, json.loads(body)['tasks'][0]['state']) == (202, 'RESTARTING')
    until(lambda: sessions(relay) > before, 'the restart\n' + relay.tail())
