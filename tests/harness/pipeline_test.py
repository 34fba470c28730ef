"""What the pipeline's scripts rest on: processes that are found again and ended whole, ports that are named, messages that are read right."""
import argparse
import datetime
import decimal
import os
import socket
import subprocess
import sys

import psycopg2
import pytest

from harness.servers import ROOT
from harness.wait import until

sys.path += [os.path.join(ROOT, 'pipeline'), os.path.join(ROOT, 'spark')]
import check_monitoring     # noqa: E402
import check_spark          # noqa: E402
import database             # noqa: E402
import generate             # noqa: E402
import layout as layouts    # noqa: E402
import parts                # noqa: E402
import processes            # noqa: E402
import stack                # noqa: E402
import trouble              # noqa: E402
import webhooks             # noqa: E402
from shopcdc import slack_message   # noqa: E402


def spawned(tmp_path, script):
    process = processes.spawn(['sh', '-c', script], str(tmp_path / 'log'))
    return processes.identity(process.pid)


def test_a_process_is_ended_with_its_children(tmp_path):
    entry = spawned(tmp_path, 'sleep 600 & sleep 600 & wait')
    until(lambda: len(processes.session_members(entry['pid'])) == 3, 'the children')
    processes.end(entry, 5)
    assert not processes.session_members(entry['pid']) and not processes.alive(entry)


def test_children_that_ignore_the_signal_are_ended_too(tmp_path):
    entry = spawned(tmp_path, 'sh -c "trap : TERM; while :; do sleep 1; done" & wait')
    until(lambda: len(processes.session_members(entry['pid'])) >= 2, 'the child')
    processes.end(entry, 1)
    assert not processes.session_members(entry['pid'])


def test_another_process_with_the_same_pid_is_not_ours(tmp_path):
    entry = spawned(tmp_path, 'sleep 600')
    try:
        assert processes.alive(entry) and not processes.alive({**entry, 'started': entry['started'] + 1})
    finally:
        processes.kill_now(entry)


@pytest.mark.parametrize('tls, forms', [(None, [False, True]), ('1', [True]), ('no', [False])])
def test_what_is_stopped_is_both_forms_or_the_one_that_is_named(tmp_path, monkeypatch, tls, forms):
    monkeypatch.setenv('PIPELINE_DIR', str(tmp_path / 'pipeline'))
    monkeypatch.delenv('TLS', raising=False)
    for form in (False, True):
        layouts.Layout(tls=form).save()
    if tls:
        monkeypatch.setenv('TLS', tls)
    assert [layout.tls for layout in stack.layouts()] == forms


def test_who_has_a_port_is_named():
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert processes.port_taken(port)
        assert processes.port_owner(port).endswith('(pid %d)' % os.getpid())
    assert not processes.port_taken(port)


def test_secrets_are_files_that_nobody_else_reads(tmp_path):
    made = layouts.Layout(directory=str(tmp_path / 'pipeline'))
    first = made.secret('relay_database_password')
    assert made.secret('relay_database_password') == first and len(first) >= 20
    assert os.stat(made.secret_path('relay_database_password')).st_mode & 0o077 == 0
    assert os.stat(made.path('secrets')).st_mode & 0o077 == 0


def test_a_taken_port_says_by_whom_and_what_to_do(tmp_path):
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        port = taken.getsockname()[1]
        environment = dict(os.environ, PIPELINE_DIR=str(tmp_path / 'p'), PIPELINE_PORT_OFFSET=str(port - layouts.PORTS['slack']))
        done = subprocess.run([sys.executable, os.path.join(ROOT, 'pipeline', 'stack.py'), 'start', 'slack'], capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    assert 'port %d (slack) is taken by' % port in done.stdout and '(pid %d)' % os.getpid() in done.stdout and 'PIPELINE_PORT_OFFSET' in done.stdout


@pytest.mark.parametrize('of_source, of_lake', [
    (datetime.datetime(2026, 1, 2, 3, 4, 5, 60000, datetime.timezone.utc), '2026-01-02 03:04:05.060000'),
    (datetime.datetime(2026, 1, 2, 4, 4, 5, tzinfo=datetime.timezone(datetime.timedelta(hours=1))), '2026-01-02 03:04:05.000000'),
    (datetime.date(2026, 1, 2), '2026-01-02'), ({'b': [1, None], 'a': 'ü'}, '{"a": "ü", "b": [1, null]}'), (None, None), (True, True), (7, 7)])
def test_values_of_both_sides_are_compared_in_one_form(of_source, of_lake):
    assert check_spark.plain(of_source) == check_spark.plain(of_lake)


def test_decimals_are_compared_by_value_and_not_by_form():
    want = check_spark.comparable({'total': decimal.Decimal('10.50')}, {'total'})
    assert want == check_spark.comparable({'total': decimal.Decimal('10.5')}, {'total'}) == check_spark.comparable({'total': '10.50'}, {'total'})
    assert want != check_spark.comparable({'total': decimal.Decimal('10.51')}, {'total'})


def test_rows_that_differ_lack_or_come_twice_are_told():
    rows = [{'id': 1, 'name': 'a'}, {'id': 2, 'name': 'b'}]
    assert check_spark.differences(rows, list(reversed(rows)), ['id']) == []
    assert len(check_spark.differences(rows, rows[:1], ['id'])) == 1
    assert len(check_spark.differences(rows[:1], rows, ['id'])) == 1
    assert len(check_spark.differences(rows, [rows[0], {'id': 2, 'name': 'c'}], ['id'])) == 1
    assert len(check_spark.differences(rows, rows + rows[:1], ['id'])) == 1


def item(rule, message):
    return {'rule': rule, 'severity': 'warning', 'owner': 'shop', 'message': message, 'event_time': '2026-01-01 00:00:00'}


def test_notifications_are_read_as_the_sender_writes_them(monkeypatch):
    stock = [item('low-stock', 'Lot No. %d (LOT-%06d): 7 left' % (number, number)) for number in range(40)]
    sent = [slack_message.digest('#shop', 'low-stock', stock)[0], slack_message.digest('#shop', 'order-review', [item('order-review', 'Order 12: 1,260.00 EUR is above 1000')])[0],
            slack_message.digest('#shop', 'order-review', [item('order-review', 'Order 12: 24.00 by wire transfer')])[0]]
    messages = [{'repeated': False, 'payload': payload, 'text': ''} for payload in sent] + [{'repeated': True, 'payload': sent[0], 'text': ''}]
    monkeypatch.setattr(check_monitoring, 'messages', lambda layout, channel: messages)
    found, repeats = check_spark.told(None)
    assert found[('low-stock', 'LOT-000007')] == 1 and found[('order-review', 'Order 12')] == 2 and len(found) == 41 and repeats == 1


def test_alerts_are_read_as_the_templates_write_them():
    def message(*titles):
        return {'payload': {'attachments': [{'title': title} for title in titles]}}
    told = check_monitoring.alert_states([message(':rotating_light: PAGE PenstockDown'), message(':ticket: Ticket DeadLetters (3)'),
                                          message(':white_check_mark: Resolved PenstockDown')])
    assert told == {'PenstockDown': ['firing', 'resolved'], 'DeadLetters': ['firing']}


def test_every_kind_of_trouble_has_an_expectation():
    groups = [set(trouble.DEAD), set(trouble.QUARANTINED), set(trouble.IGNORED)]
    assert set(trouble.KINDS) == set.union(*groups) and sum(map(len, groups)) == len(trouble.KINDS)


def test_the_relay_names_no_publication_that_nobody_makes(tmp_path):
    """Each start would warn of it (PENSTOCK-PG-030)."""
    name = parts.RelayPart(layouts.Layout(directory=str(tmp_path / 'p'))).connector()['config'].get('publication.name')
    made = [open(os.path.join(ROOT, path)).read() for path in ('demo/schema.sql', 'pipeline/database.py')]
    assert name is None or any('CREATE PUBLICATION ' + name in text for text in made)


HOOK = 'https://hooks.slack.example/services/T/B/verysecret'


@pytest.fixture
def everything_runs(tmp_path, monkeypatch):
    """A stack of which every part is said to run."""
    for channel in webhooks.CHANNELS:
        monkeypatch.delenv(webhooks.variable(channel), raising=False)
    running = stack.Stack(layouts.Layout(directory=str(tmp_path / 'pipeline')))
    for part in running.parts:
        monkeypatch.setattr(part, 'running', lambda: True)
        monkeypatch.setattr(part, 'missing', lambda: None)
    return running


def secret_of(running, *names):
    with open(running.layout.path(*names)) as file:
        return file.read().strip()


def test_a_webhook_is_taken_whatever_runs_and_it_is_said_once(everything_runs, tmp_path, monkeypatch, capsys):
    everything_runs.start(['slack'])
    for channel in webhooks.CHANNELS:
        assert secret_of(everything_runs, 'secrets', 'slack_' + channel) == everything_runs.layout.url('slack', '/services/T/B/' + channel)
    copy = everything_runs.layout.path('alertmanager', 'secrets', 'slack_ops')
    layouts.write_file(copy, secret_of(everything_runs, 'secrets', 'slack_ops') + '\n', 0o600)
    assert 'webhook' not in capsys.readouterr().out
    (tmp_path / 'hook').write_text(HOOK + '\n')
    for channel, words in (('shop', 'the Spark job runs and takes it with its next message'), ('ops', 'Alertmanager runs and takes it')):
        monkeypatch.setenv(webhooks.variable(channel), str(tmp_path / 'hook'))
        everything_runs.start(['slack'])
        said = capsys.readouterr().out
        assert said.count('webhook of #%s is now that of the file' % channel) == said.count('webhook of') == 1 and words in said, said
        assert 'verysecret' not in said and secret_of(everything_runs, 'secrets', 'slack_' + channel) == HOOK
    assert secret_of(everything_runs, 'alertmanager', 'secrets', 'slack_ops') == HOOK and os.stat(copy).st_mode & 0o077 == 0
    everything_runs.start(['slack'])
    assert 'webhook of' not in capsys.readouterr().out
    monkeypatch.delenv(webhooks.variable('shop'))
    everything_runs.start(['slack'])
    assert 'webhook of #shop is now that of the stand-in, for PIPELINE_SLACK_SHOP_FILE is not set' in capsys.readouterr().out


@pytest.mark.parametrize('content, words', [
    (None, 'cannot be read: No such file'), ('', 'is empty'), (' \n', 'is empty'), ('verysecret', 'holds no http(s) address'), ('ftp://a/verysecret', 'no http(s)'),
    (HOOK + '\n' + HOOK, 'no http(s)'), ('https:///verysecret', 'no http(s)'), (b'https://a/\xff', 'is no text'), ('directory', 'Is a directory')])
@pytest.mark.parametrize('channel', sorted(webhooks.CHANNELS))
def test_a_webhook_that_is_none_is_one_line_and_changes_nothing(everything_runs, tmp_path, monkeypatch, channel, content, words):
    everything_runs.start(['slack'])
    before = [secret_of(everything_runs, 'secrets', 'slack_' + each) for each in webhooks.CHANNELS]
    hook = tmp_path / 'hook'
    if content == 'directory':
        hook.mkdir()
    elif content is not None:
        hook.write_bytes(content if isinstance(content, bytes) else content.encode())
    monkeypatch.setenv(webhooks.variable(channel), str(hook))
    with pytest.raises(processes.PartError) as told:
        everything_runs.start(['slack'])
    text = str(told.value)
    assert text.startswith('PIPELINE_SLACK_%s_FILE=%s ' % (channel.upper(), hook)) and words in text and 'put the webhook' in text
    assert 'verysecret' not in text and '\n' not in text
    assert before == [secret_of(everything_runs, 'secrets', 'slack_' + each) for each in webhooks.CHANNELS]


class Gone:
    """A server that goes away after some commits: connection and cursor in one."""
    description, rowcount, left = None, 1, 5

    def __init__(self, *_):
        pass

    def connect(self, *_):
        return self

    cursor = __enter__ = connect

    def __exit__(self, *_):
        pass

    def execute(self, *_):
        pass

    executemany = close = execute

    def fetchone(self):
        return (1,)

    def commit(self):
        type(self).left -= 1
        if self.left < 0:
            raise psycopg2.OperationalError('server closed the connection unexpectedly\n\tThis probably means …\n')

    def value(self, *_):
        raise psycopg2.OperationalError('connection refused')


def test_a_load_whose_server_goes_away_ends_with_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(database, 'Shop', type('Shop', (Gone,), {}))
    options = argparse.Namespace(seconds=60.0, rate=300.0, seed=1, incidents=0, trouble=0, kills=False)
    with pytest.raises(processes.PartError) as told:
        generate.drive(layouts.Layout(directory=str(tmp_path / 'pipeline'), offset=7), options)
    text = str(told.value)
    assert text.startswith('PostgreSQL went away: server closed the connection unexpectedly') and '\n' not in text
    assert '; 5 commits of the load were made' in text and 'PIPELINE_PORT_OFFSET=7 scripts/start-pipeline.sh postgres && ' in text


def test_a_mistake_in_a_statement_is_no_server_that_went_away(tmp_path, monkeypatch):
    class Mistake(Gone):
        def commit(self):
            raise psycopg2.errors.lookup('42601')('syntax error')
    monkeypatch.setattr(psycopg2.errors.lookup('42601'), 'pgcode', '42601', raising=False)
    monkeypatch.setattr(database, 'Shop', Mistake)
    with pytest.raises(psycopg2.errors.SyntaxError):
        generate.drive(layouts.Layout(directory=str(tmp_path / 'p')), argparse.Namespace(seconds=60.0, rate=300.0, seed=1, incidents=0, trouble=0, kills=False))


@pytest.mark.parametrize('running, ready, words', [
    ((), True, 'no pipeline runs: scripts/start-pipeline.sh'), (('postgres', 'spark'), True, 'Kafka does not run: PIPELINE_PORT_OFFSET=7 scripts/start-pipeline.sh kafka'),
    (('kafka',), True, 'PostgreSQL does not run: PIPELINE_PORT_OFFSET=7 scripts/start-pipeline.sh postgres'),
    (('spark',), True, 'PostgreSQL does not run, Kafka does not run: PIPELINE_PORT_OFFSET=7 scripts/start-pipeline.sh postgres kafka'),
    (('postgres', 'kafka'), False, 'Kafka runs and does not answer at 127.0.0.1:9099')])
def test_what_a_load_lacks_is_named(tmp_path, monkeypatch, capsys, running, ready, words):
    made = layouts.Layout(directory=str(tmp_path / 'pipeline'), offset=7)
    monkeypatch.setattr(stack, 'layouts', lambda: [made])
    for kind in {type(part) for part in stack.Stack(made).parts}:
        monkeypatch.setattr(kind, 'running', lambda part: part.name in running)
        monkeypatch.setattr(kind, 'ready', lambda part: ready)
    monkeypatch.setattr(sys, 'argv', ['generate.py'])
    monkeypatch.setattr(generate.signal, 'signal', lambda *_: None)
    assert generate.main() == 1
    said = capsys.readouterr().out
    assert words in said and said.count('\n') == 1, said


def test_a_reader_that_leaves_early_gets_no_traceback(tmp_path):
    environment = dict(os.environ, PIPELINE_DIR=str(tmp_path / 'p'))
    for form in (False, True):
        layouts.Layout(tls=form, directory=str(tmp_path / 'p') + ('-tls' if form else '')).save()
    process = subprocess.Popen([sys.executable, os.path.join(ROOT, 'pipeline', 'stack.py'), 'status'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env={name: value for name, value in environment.items() if name != 'TLS'})
    process.stdout.close()      # before it has said anything
    complaint = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 0 and complaint == '', complaint
