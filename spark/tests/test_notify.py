"""The sender against the stand-in: digests, limits, refusals, floods, restarts. Time of waiting is the sender's own, made short."""
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.request

import pytest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..'))
sys.path[:0] = [os.path.join(ROOT, 'pipeline'), os.path.join(ROOT, 'spark')]

import slack  # noqa: E402
from shopcdc import notify, slack_message  # noqa: E402
from shopcdc.spool import Spool, SpoolBusy  # noqa: E402

QUICK = {'rate': 1000.0, 'burst': 5, 'gather_seconds': 0.0, 'backoff_seconds': 0.02, 'backoff_most': 0.1, 'poll_seconds': 0.05, 'flood_seconds': 0.3}


def row(number, rule='low-stock', **other):
    return {'key': '%s|%s|once' % (rule, number), 'rule': rule, 'severity': 'warning', 'owner': 'buyers', 'channel': '', 'entity': str(number),
            'message': '%s of %s' % (rule, number), 'event_time': '2026-01-01 10:00:%02d' % (number % 60), **other}


class Outbox:
    """Rows in a list; the position is how many were taken."""

    def __init__(self, rows=()):
        self.rows = list(rows)

    def fetch(self, position):
        return self.rows[position or 0:], len(self.rows)


class Counted(notify.Silent):
    def __init__(self):
        self.results, self.opened, self.pending = {}, False, None

    def result(self, result, number):
        self.results[result] = self.results.get(result, 0) + number

    def state(self, pending, circuit_open):
        self.pending, self.opened = pending, self.opened or circuit_open


@pytest.fixture
def server():
    server = slack.Server().start()
    yield server
    server.shutdown()
    server.server_close()


def control(server, **order):
    request = urllib.request.Request(server.url + '/control', json.dumps(order).encode(), method='POST')
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5).read()


def webhooks(tmp_path, server):
    path = tmp_path / 'hook'
    path.write_text(server.url + '/services/T/B/shop\n')
    return {None: notify.Webhook(str(path))}


@pytest.fixture
def make(tmp_path, server):
    """Makes senders over one spool, one after the other; the last is closed."""
    made = []

    def make(outbox, metrics=None, **options):
        if made:
            made.pop().spool.close()
        made.append(notify.Sender(Spool(str(tmp_path / 'spool.sqlite')), outbox, webhooks(tmp_path, server), {**QUICK, **options}, metrics, chance=random.Random(1)))
        return made[-1]
    yield make
    if made:
        made[0].spool.close()


def drain(sender, seconds=10.0):
    """Steps until nothing is pending."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        wait = sender.step()
        if not sender.spool.pending() and sender.polled is not None:
            return
        threading.Event().wait(min(wait, 0.2))
    raise AssertionError('%d still pending' % sender.spool.pending())


def texts(server):
    return [message['text'] for message in server.workspace.after(0, None)]


def named(server):
    """How often each entity was named."""
    counts = {}
    for text in texts(server):
        for line in text.splitlines():
            if line.startswith('• '):
                counts[line[2:]] = counts.get(line[2:], 0) + 1
    return counts


def test_hits_of_a_rule_go_in_one_message_and_of_two_rules_in_two(make, server):
    metrics = Counted()
    drain(make(Outbox([row(1), row(2), row(3, 'review')]), metrics))
    assert len(texts(server)) == 2
    assert named(server) == {'low-stock of 1': 1, 'low-stock of 2': 1, 'review of 3': 1}
    assert metrics.results == {'sent': 2, 'digested': 3, 'throttled': 0} and metrics.pending == 0


def test_what_is_critical_goes_first(make, server):
    drain(make(Outbox([row(1), row(2, 'negative', severity='critical')])))
    assert 'negative' in texts(server)[0] and 'low-stock' in texts(server)[1]


def test_more_than_a_digest_holds_goes_in_the_next(make, server):
    drain(make(Outbox(row(number) for number in range(60)), digest_items=25))
    assert len(texts(server)) == 3 and set(named(server).values()) == {1} and len(named(server)) == 60


def test_hits_are_gathered_for_a_while(make, server):
    outbox = Outbox([row(1)])
    sender = make(outbox, gather_seconds=0.4)
    assert 0 < sender.step() <= 0.4 and not texts(server)
    outbox.rows.append(row(2))
    sender.wake()
    drain(sender)
    assert len(texts(server)) == 1 and len(named(server)) == 2


def test_429_is_obeyed_for_as_long_as_it_says(make, server):
    control(server, status=429, retry_after=1, count=1)
    metrics = Counted()
    sender = make(Outbox([row(1)]), metrics)
    started = time.monotonic()
    drain(sender)
    assert time.monotonic() - started >= 1.0
    assert server.workspace.state()['answers'] == {'shop 429': 1, 'shop 200': 1}
    assert named(server) == {'low-stock of 1': 1} and metrics.results['throttled'] == 1


@pytest.mark.parametrize('value, seconds', [('3', 3.0), ('0', 0.0), ('-5', 0.0), ('1e9', 3600.0), ('nan', None), ('soon', None), (None, None)])
def test_retry_after_as_a_number(value, seconds):
    assert notify.retry_seconds(value) == seconds


def test_retry_after_as_a_date():
    import email.utils
    assert 25 < notify.retry_seconds(email.utils.formatdate(time.time() + 30, usegmt=True)) <= 30


def test_500_is_tried_again_until_it_works_and_is_told_once(make, server):
    control(server, status=500, count=7)
    metrics = Counted()
    drain(make(Outbox([row(1)]), metrics))
    assert named(server) == {'low-stock of 1': 1}
    assert metrics.results['failed'] == 7 and metrics.opened
    assert not any(message['repeated'] or 'perhaps a repeat' in message['text'] for message in server.workspace.after(0, None))


def test_a_receiver_that_is_not_there_loses_nothing(make, server, tmp_path):
    sender = make(Outbox([row(1)]))
    address = (tmp_path / 'hook').read_text()
    (tmp_path / 'hook').write_text('http://127.0.0.1:1/services/T/B/shop')
    for _ in range(3):
        sender.lanes.clear()
        sender.step()
    assert sender.spool.pending() == 1
    (tmp_path / 'hook').write_text(address)        # a new webhook is taken without a restart
    sender.lanes.clear()
    drain(sender)
    assert named(server) == {'low-stock of 1': 1} and 'perhaps a repeat' not in texts(server)[0]


def test_a_flood_becomes_one_message_and_other_rules_go_on(make, server):
    metrics = Counted()
    drain(make(Outbox([*(row(number) for number in range(152)), row(1, 'review')]), metrics, flood_items=100))
    floods = [text for text in texts(server) if 'more' in text]
    assert len(texts(server)) == 2 and len(floods) == 1
    assert '142 more, see dashboard' in floods[0]
    assert metrics.results == {'sent': 2, 'digested': 11, 'throttled': 142} and metrics.opened


def test_while_a_flood_goes_on_it_is_told_now_and_then(make, server):
    outbox = Outbox(row(number) for number in range(150))
    sender = make(outbox, flood_items=100, flood_seconds=0.5)
    sender.step()
    outbox.rows += [row(number) for number in range(150, 400)]
    sender.wake()
    sender.step()
    assert len(texts(server)) == 1
    drain(sender)
    assert len(texts(server)) == 2 and '240 more, see dashboard' in texts(server)[1]


def test_the_bucket_lets_a_burst_through_and_then_one_a_second():
    now, gone = 100.0, []
    bucket = notify.Bucket(1.0, 3, now)
    while len(gone) < 6:
        now += bucket.wait(now)
        bucket.take()
        gone.append(round(now - 100.0, 6))
    assert gone == [0, 0, 0, 1, 2, 3]


def test_the_rate_holds_against_the_receiver(make, server):
    drain(make(Outbox(row(1, 'rule-%d' % number) for number in range(6)), rate=10.0, burst=1))
    times = [message['time'] for message in server.workspace.after(0, None)]
    assert len(times) == 6 and times[-1] - times[0] >= 0.48


def test_a_restart_repeats_nothing_and_goes_on(make, server):
    outbox = Outbox(row(number, 'rule-%d' % (number % 5)) for number in range(20))
    sender = make(outbox, burst=1)
    sender.step()
    assert len(texts(server)) == 1
    drain(make(outbox))
    drain(make(Outbox([*outbox.rows, *outbox.rows])))       # the outbox read again from another position
    assert set(named(server).values()) == {1} and len(named(server)) == 20


def test_what_was_in_flight_at_a_crash_is_sent_and_says_so(make, server):
    sender = make(Outbox([row(1)]))
    sender.poll()
    lane = notify.Lane(sender.options, 0)
    digest, _ = sender.cut('#shop', lane, 0.0)
    sender.spool.sending(digest['id'])              # and here it dies
    drain(make(Outbox([row(1)])))
    assert named(server) == {'low-stock of 1': 1} and 'perhaps a repeat' in texts(server)[0]
    assert server.workspace.after(0, None)[0]['idempotency_key'] == digest['id']


def test_no_answer_in_time_is_a_doubt(make, server):
    control(server, status=200, delay=0.6, count=1)
    drain(make(Outbox([row(1)]), timeout=0.2))
    end = time.monotonic() + 5
    while len(texts(server)) < 2 and time.monotonic() < end:
        threading.Event().wait(0.02)
    messages = server.workspace.after(0, None)
    assert [('perhaps a repeat' in message['text']) for message in messages].count(True) == 1
    assert len({message['idempotency_key'] for message in messages}) == 1


def test_blocks_that_are_refused_go_as_plain_text_and_then_never(make, server, monkeypatch):
    monkeypatch.setattr(slack, 'MAX_BLOCKS', 0)
    drain(make(Outbox([row(1)])))
    assert len(texts(server)) == 1 and 'blocks' not in server.workspace.after(0, None)[0]['payload']
    control(server, status=400, count=2)
    metrics = Counted()
    drain(make(Outbox([row(1), row(2)]), metrics))
    assert len(texts(server)) == 1 and metrics.results['failed'] == 2


def test_one_sender_for_a_spool(make, tmp_path):
    make(Outbox())
    with pytest.raises(SpoolBusy, match='used by another sender \\(process %d\\)' % os.getpid()):
        Spool(str(tmp_path / 'spool.sqlite'))


def test_the_webhook_is_in_no_log(make, server, tmp_path, caplog):
    sender = make(Outbox([row(1)]))
    for order in ({'status': 500}, {'status': 429, 'retry_after': 0}, {'status': 404}):
        control(server, count=1, **order)
        sender.lanes.clear()
        sender.step()
    for address in ('http://no-such-host.invalid/services/SECRET', 'ftp://x/services/SECRET', '', 'http://127.0.0.1:1/services/SEC RET', 'http://[::1/services/SECRET'):
        (tmp_path / 'hook').write_text(address)
        sender.lanes.clear()
        sender.step()
    assert len(caplog.records) >= 8
    assert '/services/' not in caplog.text and 'SECRET' not in caplog.text and 'SEC RET' not in caplog.text


def test_unknown_options_are_refused(tmp_path):
    with pytest.raises(ValueError, match='unknown rat; there are .*rate'):
        notify.Sender(None, None, {}, {'rat': 1})


@pytest.mark.parametrize('seed', range(20))
def test_messages_keep_slacks_limits_whatever_is_in_them(seed):
    chance = random.Random(seed)
    letters = 'aä<>&*_`@!\n\x00\u2028🎁 '
    items = [{'severity': 'info', 'owner': 'o', 'event_time': '2026-01-01 10:00:00', 'message': ''.join(chance.choices(letters, k=chance.randint(0, 4000)))}
             for _ in range(chance.randint(1, 400))]
    for payload, count in (slack_message.digest('#c', 'r' * 300, items), slack_message.flood('#c', 'r', items)):
        assert slack.refusal(payload) is None and slack.refusal(slack_message.in_doubt(payload)) is None and slack.refusal(slack_message.plain(payload)) is None
        assert 1 <= count <= len(items)
        assert '<!' not in json.dumps(payload) and '<@' not in json.dumps(payload)


CHILD = """
import sys; sys.path[:0] = [%r, %r]
from test_notify import Outbox, QUICK, row
from shopcdc import notify; from shopcdc.spool import Spool
rows = [row(number, 'rule-%%d' %% number) for number in range(60)]
print('up', flush=True)
notify.Sender(Spool(sys.argv[1]), Outbox(rows), {None: notify.Webhook(sys.argv[2])}, {**QUICK, 'rate': 60.0, 'burst': 1}).run()
"""


def test_kill_9_again_and_again_loses_nothing_and_repeats_only_what_says_so(tmp_path, server):
    webhooks(tmp_path, server)
    chance = random.Random(7)
    end = time.monotonic() + 40
    while len(named(server)) < 60 and time.monotonic() < end:
        child = subprocess.Popen([sys.executable, '-c', CHILD % (os.path.dirname(__file__), os.path.join(ROOT, 'spark')), str(tmp_path / 's'), str(tmp_path / 'hook')],
                                 stdout=subprocess.PIPE)
        child.stdout.readline()
        before, wanted = len(texts(server)), chance.randint(3, 12)
        while len(texts(server)) < before + wanted and len(named(server)) < 60 and time.monotonic() < end:
            threading.Event().wait(chance.uniform(0.001, 0.02))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    assert len(named(server)) == 60
    for message in server.workspace.after(0, None):
        assert not message['repeated'] or 'perhaps a repeat' in message['text']
