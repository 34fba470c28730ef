"""What the pipeline's scripts rest on: processes that are found again and ended whole, ports that are named, messages that are read right."""
import datetime
import decimal
import os
import socket
import subprocess
import sys

import pytest

from harness.servers import ROOT
from harness.wait import until

sys.path += [os.path.join(ROOT, 'pipeline'), os.path.join(ROOT, 'spark')]
import check_monitoring     # noqa: E402
import check_spark          # noqa: E402
import layout as layouts    # noqa: E402
import processes            # noqa: E402
import stack                # noqa: E402
import trouble              # noqa: E402
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
