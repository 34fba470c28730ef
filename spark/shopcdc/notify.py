"""The sender: from the outbox to Slack, in a thread of its own, never inside a batch.

What it keeps: hits of one rule and channel go out together (digest); no more than about one message a second for a channel, small bursts
allowed; Retry-After is obeyed; what fails is tried again, later each time and never in step with others; a rule that floods becomes one
message that counts; a receiver that is down is asked now and then, and nothing is lost.

What is told once: a digest is noted as in flight before the POST and as sent after its answer, both on disk (spool.py). kill -9 at any
other moment repeats nothing and loses nothing. Between those two notes (the answer time of Slack) nobody can know, for a webhook cannot be
asked what it got: such a digest is sent again and says that it may be a repeat. It carries the same Idempotency-Key header.
"""
import email.utils
import http.client
import json
import logging
import os
import random
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from shopcdc import slack_message

log = logging.getLogger('shopcdc.notify')
DEFAULTS = {'channel': '#shop', 'rate': 1.0, 'burst': 3, 'gather_seconds': 3.0, 'digest_items': 25, 'flood_items': 100, 'flood_seconds': 60.0, 'timeout': 10.0,
            'backoff_seconds': 1.0, 'backoff_most': 60.0, 'failures_to_open': 5, 'keep_days': 30, 'dashboard': '', 'poll_seconds': 5.0}


class Webhook:
    """A webhook's address, by file or by the environment. It is a secret: never shown, and read again for every message, so that it can be renewed."""

    def __init__(self, file=None, variable='SHOPCDC_WEBHOOK'):
        self.file, self.variable = file, variable

    def url(self):
        if self.file:
            with open(self.file, encoding='utf-8') as content:
                url = content.read().strip()
        else:
            url = os.environ.get(self.variable, '').strip()
        try:
            parts = urllib.parse.urlsplit(url)
            fine = parts.scheme in ('http', 'https') and parts.hostname and url.isascii() and url.isprintable() and ' ' not in url and (parts.port or True)
        except ValueError:
            fine = False
        if not fine:
            raise OSError('no http(s) address in %s' % self)
        return url

    def __str__(self):
        return 'file %s' % self.file if self.file else 'variable %s' % self.variable

    __repr__ = __str__


class Answer:
    """What came of one POST: status 0 = nothing was sent, -1 = sent, and no answer came (it may have arrived)."""

    def __init__(self, status, retry_after=None, word=''):
        self.status, self.retry_after, self.word = status, retry_after, word


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def post(webhook, payload, identity, timeout):
    """Sends one message. Neither exceptions nor words of the answer carry the address."""
    try:
        url = webhook.url()
        loopback = urllib.parse.urlsplit(url).hostname in ('127.0.0.1', 'localhost', '::1')
        opener = urllib.request.build_opener(NoRedirects, *([urllib.request.ProxyHandler({})] if loopback else []))
        request = urllib.request.Request(url, json.dumps(payload, ensure_ascii=False).encode(), {'Content-Type': 'application/json; charset=utf-8',
                                                                                                  'Idempotency-Key': identity, 'User-Agent': 'shopcdc'})
    except OSError as error:
        return Answer(0, word=error.strerror or str(error))
    try:
        with opener.open(request, timeout=timeout) as answer:
            return Answer(answer.status, word=words_of(answer))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers.get('Retry-After'), words_of(error))
    except urllib.error.URLError as error:      # while connecting or writing the request
        doubt = isinstance(error.reason, (TimeoutError, ConnectionResetError, BrokenPipeError))
        return Answer(-1 if doubt else 0, word=type(error.reason).__name__)
    except (OSError, http.client.HTTPException) as error:     # while the answer was awaited
        return Answer(-1, word=type(error).__name__)


def words_of(answer):
    try:
        return answer.read(200).decode(errors='replace')
    except (OSError, http.client.HTTPException):
        return ''


def retry_seconds(value, most=3600.0):
    """Retry-After in seconds: a number or a date; None if there is none or it is neither."""
    if value is None:
        return None
    try:
        wait = float(value)
    except ValueError:
        try:
            wait = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except (TypeError, ValueError):
            return None
    return min(max(wait, 0.0), most) if wait == wait else None


class Bucket:
    """A token bucket: `burst` at once, `rate` a second on the long run."""

    def __init__(self, rate, burst, now):
        self.rate, self.burst, self.tokens, self.at = rate, float(burst), float(burst), now

    def wait(self, now):
        """Seconds until one may go; 0 = now."""
        self.tokens, self.at = min(self.burst, self.tokens + max(0.0, now - self.at) * self.rate), now
        return max(0.0, (1.0 - self.tokens) / self.rate)

    def take(self):
        self.tokens -= 1.0


class Lane:
    """One channel: its bucket, its pause after failures, its open circuits."""

    def __init__(self, options, now):
        self.bucket, self.not_before, self.failures, self.floods = Bucket(options['rate'], options['burst'], now), 0.0, 0, {}


class Silent:
    """Metrics of nobody."""

    def result(self, result, number):
        """result: sent (messages), digested (hits named in them), throttled (hits only counted in them, or answers 429), failed (attempts)."""

    def state(self, pending, circuit_open):
        """Hits that wait; whether a flood or a failing receiver holds them back."""


class Sender:
    """Moves what is due; step() does at most one POST for each channel. `source.fetch(position)` gives (rows, position) of the outbox."""

    def __init__(self, spool, source, webhooks, options=None, metrics=None, clock=time.monotonic, chance=None):
        unknown = set(options or {}) - set(DEFAULTS) - {'webhook_file', 'webhooks'}
        if unknown:
            raise ValueError('notify: unknown %s; there are %s' % (', '.join(sorted(unknown)), ', '.join(sorted(DEFAULTS))))
        self.options = {**DEFAULTS, **{name: value for name, value in (options or {}).items() if name in DEFAULTS}}
        self.spool, self.source, self.webhooks, self.metrics, self.clock = spool, source, webhooks, metrics or Silent(), clock
        self.lanes, self.chance, self.polled, self.forgotten = {}, chance or random.Random(), None, clock()
        self.woken, self.stopping, self.thread = threading.Event(), threading.Event(), None

    def poll(self):
        """Takes new rows of the outbox into the spool."""
        rows, position = self.source.fetch(self.spool.position())
        if rows or position != self.spool.position():
            self.spool.add([{**row, 'channel': row['channel'] or self.options['channel']} for row in rows], position, time.time())

    def step(self):
        """Sends what may go now; gives seconds until there may be more."""
        now = self.clock()
        if self.woken.is_set() or self.polled is None or now - self.polled >= self.options['poll_seconds']:
            self.woken.clear()
            self.polled = now
            try:
                self.poll()
            except Exception as error:      # the outbox is busy or not there yet: what is in the spool goes on
                log.warning('the outbox cannot be read now: %s', str(error).splitlines()[0][:200] if str(error) else type(error).__name__)
        waits = [self.serve(channel, self.lanes.setdefault(channel, Lane(self.options, now))) for channel in self.spool.channels()]
        if now - self.forgotten > 3600:
            self.forgotten = now
            self.spool.forget(time.time() - self.options['keep_days'] * 86400)
        self.metrics.state(self.spool.pending(), any(lane.failures >= self.options['failures_to_open'] or lane.floods for lane in self.lanes.values()))
        return min([self.options['poll_seconds'], *waits])

    def serve(self, channel, lane):
        """One channel's turn: at most one message; seconds until its next."""
        now = self.clock()
        wait = max(lane.not_before - now, lane.bucket.wait(now))
        if wait > 0:
            return wait
        digest = self.spool.next_digest(channel)
        if digest is None:
            digest, wait = self.cut(channel, lane, now)
        if digest is None:
            return wait
        lane.bucket.take()
        self.deliver(digest, lane)
        return max(0.0, lane.not_before - self.clock(), lane.bucket.wait(self.clock()))

    def cut(self, channel, lane, now):
        """(a digest of the next rule that is due, or None; seconds until one is due)."""
        options, waits = self.options, [self.options['poll_seconds']]
        lane.floods = {rule: until for rule, until in lane.floods.items() if until > now}
        for group in self.spool.groups(channel):
            rule = group['rule']
            if rule in lane.floods:
                waits.append(lane.floods[rule] - now)
                continue
            age = time.time() - group['oldest']
            if 0 <= age < options['gather_seconds'] and group['number'] <= options['flood_items']:
                waits.append(options['gather_seconds'] - age)
                continue
            flood = group['number'] > options['flood_items']
            items = self.spool.waiting(channel, rule, group['number'] if flood else options['digest_items'])
            payload, named = (slack_message.flood if flood else slack_message.digest)(channel, rule, items, options['dashboard'])
            if flood:
                lane.floods[rule] = now + options['flood_seconds']
                log.warning('%s: %d hits wait; they become one message, and the next comes in %d s', rule, len(items), options['flood_seconds'])
            else:
                items = items[:named]
            return self.spool.cut(channel, rule, 'flood' if flood else 'digest', items, named, payload, time.time()), 0.0
        return None, min(waits)

    def deliver(self, digest, lane):
        payload = json.loads(digest['payload'])
        identity = digest['id']
        self.spool.sending(identity)
        answer = post(self.webhooks.get(digest['channel'], self.webhooks[None]), slack_message.in_doubt(payload) if digest['doubt'] else payload, identity,
                      self.options['timeout'])
        if 200 <= answer.status < 300:
            self.spool.sent(identity, time.time())
            lane.failures = 0
            folded = digest['items'] - len(self.named(identity))
            for result, number in (('sent', 1), ('digested', digest['items'] - folded), ('throttled', folded)):
                self.metrics.result(result, number)
            return
        self.metrics.result('throttled' if answer.status == 429 else 'failed', 1)
        if answer.status in (400, 413) and self.refuse(digest, payload, answer):
            return
        self.spool.not_sent(identity, doubt=answer.status == -1)
        wait = retry_seconds(answer.retry_after) if answer.status in (429, 503) else None
        if answer.status != 429:
            lane.failures += 1
        if wait is None:
            most = min(self.options['backoff_most'], self.options['backoff_seconds'] * 2 ** min(lane.failures, 16))
            wait = self.chance.uniform(most / 2, most)
        else:
            wait += self.chance.uniform(0, 0.1) * self.options['backoff_seconds']
        lane.not_before = self.clock() + wait
        log.warning('%s: not delivered (%s), again in %.1f s', digest['channel'], 'no answer' if answer.status == -1 else
                    'not reached: %s' % answer.word if answer.status == 0 else 'answer %d' % answer.status, wait)

    def named(self, identity):
        return self.spool.db.execute("SELECT key FROM items WHERE digest = ? AND state = 'told'", [identity]).fetchall()

    def refuse(self, digest, payload, answer):
        """The receiver says that the message itself is wrong: once more without blocks, then never again."""
        if payload.get('blocks'):
            self.spool.replace_payload(digest['id'], slack_message.plain(payload))
            return False
        log.error('%s: a message of rule %s is refused for good: %s', digest['channel'], digest['rule'], answer.word[:100])
        self.spool.refused(digest['id'], time.time())
        return True

    def wake(self):
        """There is something new in the outbox."""
        self.woken.set()

    def start(self):
        self.thread = threading.Thread(target=self.run, name='notify', daemon=True)
        self.thread.start()
        return self

    def run(self):
        while not self.stopping.is_set():
            try:
                wait = self.step()
            except Exception:
                log.exception('notify goes on after')
                wait = self.options['poll_seconds']
            self.woken.wait(max(0.005, wait))

    def stop(self, timeout=15.0):
        """Ends after the message that is in flight; what waits stays in the spool."""
        self.stopping.set()
        self.woken.set()
        if self.thread:
            self.thread.join(timeout)
        if not (self.thread and self.thread.is_alive()):
            self.spool.close()


def start(spark, config, metrics=None):
    """The job's sender, as a running thread, or None when its configuration has no webhook."""
    from shopcdc import outbox
    from shopcdc.spool import Spool
    options = dict(config.get('notify') or {})
    if not options.get('webhook_file') and not os.environ.get('SHOPCDC_WEBHOOK'):
        log.warning('no webhook (notify.webhook_file or SHOPCDC_WEBHOOK): notifications stay in the outbox')
        return None
    webhooks = {None: Webhook(options.get('webhook_file')), **{channel: Webhook(file) for channel, file in (options.get('webhooks') or {}).items()}}
    source = outbox.Source(spark, config['dir'])
    sender = Sender(Spool(os.path.join(config['dir'], 'notify', 'spool.sqlite')), source, webhooks, options, metrics)
    source.wake = sender.wake
    return sender.start()
