"""The stand-in takes what Slack takes, refuses what Slack refuses, and does what it is told."""
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', '..', 'pipeline'))

import slack  # noqa: E402

OPEN = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
SECTION = {'type': 'section', 'text': {'type': 'mrkdwn', 'text': 'x'}}


def section(text):
    return {'type': 'section', 'text': {'type': 'mrkdwn', 'text': text}}


@pytest.fixture
def server(tmp_path):
    server = slack.Server(store=str(tmp_path / 'store')).start()
    yield server
    server.shutdown()
    server.server_close()


def call(server, path, body=None, **headers):
    """(status, words, headers)"""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    try:
        with OPEN(urllib.request.Request(server.url + path, data, {'Content-Type': 'application/json', **headers}), timeout=5) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), error.headers


@pytest.mark.parametrize('payload, word', [
    ({'text': 'a'}, None), ({'blocks': [SECTION] * 50}, None), ({'attachments': [{'text': 'a'}]}, None), ({'blocks': [section('x' * 3000)]}, None),
    ({}, 'no_text'), ({'text': ''}, 'no_text'), ([], 'invalid_payload'), (None, 'invalid_payload'), ({'text': 3}, 'invalid_payload'),
    ({'text': 'x' * 40001}, 'msg_too_long'), ({'blocks': [SECTION] * 51}, 'invalid_blocks'), ({'blocks': [section('x' * 3001)]}, 'invalid_blocks'),
    ({'blocks': [section('')]}, 'invalid_blocks'), ({'blocks': [{'text': 'x'}]}, 'invalid_blocks'), ({'blocks': [{'type': 'section'}]}, 'invalid_blocks'),
    ({'blocks': [{'type': 'header', 'text': {'type': 'plain_text', 'text': 'x' * 151}}]}, 'invalid_blocks'),
    ({'blocks': [{'type': 'context', 'elements': []}]}, 'invalid_blocks'), ({'blocks': [{'type': 'divider'}]}, None),
    ({'attachments': [{'text': 'a'}] * 101}, 'too_many_attachments')])
def test_what_slack_refuses(payload, word):
    assert slack.refusal(payload) == word


def test_messages_come_in_order_and_stay_over_a_restart(server, tmp_path):
    for number, channel in enumerate(('shop', 'ops', 'shop')):
        assert call(server, '/services/T/B/' + channel, {'text': 'message %d' % number})[:2] == (200, 'ok')
    assert [m['payload']['text'] for m in json.loads(call(server, '/messages.json')[1])] == ['message 0', 'message 1', 'message 2']
    assert [m['number'] for m in json.loads(call(server, '/messages.json?channel=shop&after=1')[1])] == [3]
    again = slack.Workspace(str(tmp_path / 'store'))
    assert [m['channel'] for m in again.after(0, None)] == ['shop', 'ops', 'shop']
    again.take('shop', {'text': 'x'}, None)
    assert again.messages[-1]['number'] == 4


def test_a_form_is_taken_as_json_is(server):
    form = urllib.parse.urlencode({'payload': json.dumps({'text': 'of a form'})}).encode()
    assert call(server, '/services/T/B/ops', form, **{'Content-Type': 'application/x-www-form-urlencoded'})[0] == 200
    assert json.loads(call(server, '/messages.json')[1])[0]['text'] == 'of a form'


def test_it_answers_as_it_is_told_and_then_as_before(server):
    assert call(server, '/control', {'status': 429, 'retry_after': 7, 'count': 2, 'channel': 'shop'})[0] == 200
    status, word, headers = call(server, '/services/T/B/shop', {'text': 'a'})
    assert (status, word, headers['Retry-After']) == (429, 'rate_limited', '7')
    assert call(server, '/services/T/B/ops', {'text': 'a'})[0] == 200
    assert [call(server, '/services/T/B/shop', {'text': 'a'})[0] for _ in range(2)] == [429, 200]
    call(server, '/control', {'status': 500, 'seconds': 100})
    assert call(server, '/services/T/B/ops', {'text': 'a'})[0] == 500
    call(server, '/control', {'reset': True})
    assert call(server, '/services/T/B/ops', {'text': 'a'})[0] == 200
    assert json.loads(call(server, '/control.json')[1])['answers'] == {'shop 429': 2, 'ops 200': 2, 'shop 200': 1, 'ops 500': 1}


@pytest.mark.parametrize('path, body, status', [
    ('/services/T/B/shop', b'{', 400), ('/services/T/B', {'text': 'a'}, 404), ('/elsewhere', {'text': 'a'}, 404), ('/nothing', None, 404), ('/', None, 200), ('/healthz', None, 200),
    ('/control', {'statuss': 1}, 400), ('/control', b'[', 400), ('/control', [], 400)])
def test_statuses(server, path, body, status):
    assert call(server, path, body)[0] == status
