"""The watchers' part of the table: alerts that came and went, panels with data, latency by the dashboards' own expressions."""
import json
import math
import os
import re
import subprocess
import time
import urllib.parse

import generate
import parts
import trouble
from layout import ROOT

from harness.wait import Timeout

# As the dashboards have it (monitoring/grafana/boards), over the load's own time.
QUANTILE = 'histogram_quantile(0.95, sum by (le) (rate(%s_bucket%s[%ds])))'


def ask(layout, expression, at=None):
    """[(labels, value)] of an instant query."""
    query = {'query': expression, **({'time': '%.3f' % at} if at else {})}
    status, text = parts.get(layout.url('prometheus', '/api/v1/query?' + urllib.parse.urlencode(query)))
    if status != 200:
        raise AssertionError('Prometheus says %s: %s' % (status, text[:200]))
    return [(item['metric'], float(item['value'][1])) for item in json.loads(text)['data']['result']]


def messages(layout, channel, since=0.0):
    status, text = parts.get(layout.url('slack', '/messages.json?channel=' + channel))
    if status != 200:
        raise AssertionError('the Slack stand-in says %s' % status)
    return [message for message in json.loads(text) if message['time'] >= since]


def alert_states(found):
    """{alert: ['firing', 'resolved', …]} as Slack was told, in order."""
    told = {}
    for message in found:
        for attachment in message['payload'].get('attachments', []):
            named = re.search(r'(Resolved|PAGE|Ticket) (\w+)', attachment.get('title', ''))
            if named:
                told.setdefault(named[2], []).append('resolved' if named[1] == 'Resolved' else 'firing')
    return told


class Drill:
    """Alerts come and go as they should. The relay is stopped until its alert has arrived; what the load's trouble must have
    raised is looked for; then all of it must be told as over."""

    def __init__(self, check):
        self.check, self.layout, self.begin = check, check.layout, check.since
        self.expected = ['PenstockDown']
        if check.runs('spark'):
            kinds = {event.kind for event in trouble.journal(self.layout) if event.time >= self.begin}
            self.expected += ['DeadLetters'] * bool(kinds & set(trouble.DEAD)) + ['DataQuality'] * bool(kinds & set(trouble.QUARANTINED))

    def told(self):
        return alert_states(messages(self.layout, 'ops', self.begin))

    def relay_is_missed(self):
        if 'firing' in self.told().get('PenstockDown', []):
            return      # a kill of the load was long enough
        relay = self.check.stack.by_name['relay']
        relay.stop()
        try:
            self.check.until(lambda: 'firing' in self.told().get('PenstockDown', []), 'PenstockDown at the Slack stand-in', 120, 0.5)
        finally:
            relay.start()

    def all_over(self):
        """Every expected alert was told as firing and then as over. Others may look back further than we wait."""
        def done():
            told = self.told()
            return all(told.get(alert, [''])[-1] == 'resolved' for alert in self.expected)
        # An alert about the last five minutes ends that much after its cause.
        self.check.until(done, 'alerts to be over', 540, 2)

    def run(self):
        self.check.step('drill: the relay is stopped until Slack is told', self.relay_is_missed)
        try:
            self.check.step('alerts are over', self.all_over)
        finally:
            told = self.told()
            for alert in self.expected:
                states = told.get(alert, [])
                self.check.table.add('alert %s fired and resolved' % alert, ' '.join(states[:4]) or 'none', '',
                                     'firing' in states and states[-1] == 'resolved')
            others = sorted(alert for alert in told if alert not in self.expected)
            if others:
                self.check.table.add('other alerts', len(others), ' '.join(alert + (' (still on)' if told[alert][-1] != 'resolved' else '') for alert in others))


def last_run(check):
    runs = [run for run in generate.runs(check.layout) if run['begin'] >= check.since]
    return runs[-1] if runs else None


def quantile(layout, metric, seconds, at=None, matchers=''):
    found = [value for _, value in ask(layout, QUANTILE % (metric, matchers, seconds), at) if not math.isnan(value)]
    if not found:
        raise AssertionError('Prometheus has no %s in the last %d s' % (metric, seconds))
    return found[0]


def latency_to_kafka(check):
    """Judged where nothing was killed: an outage is not latency."""
    run = last_run(check)
    if run:
        seconds = max(30, int(run['end'] - run['begin']))
        value = quantile(check.layout, 'penstock_latency_seconds', seconds, run['end'])
        check.table.add('commit → Kafka, p95', '%.0f ms' % (value * 1000), '%d commits/s for %d s%s; bound 100 ms' % (
            run['commits'] / (run['end'] - run['begin']), seconds, ', with kills' if run['kills'] else ''), None if run['kills'] else value < 0.1)


def latency_to_silver(check):
    """Who commits just after a batch has begun waits for that batch or for the trigger, whichever is longer, and then for its own."""
    run = last_run(check)
    if run and check.runs('spark'):
        seconds = max(30, int(time.time() - run['begin']))
        value = quantile(check.layout, 'shopcdc_commit_to_silver_seconds', seconds)
        batch = quantile(check.layout, 'shopcdc_batch_duration_seconds', seconds, matchers='{query="silver"}')
        bound = max(float(os.environ.get('PIPELINE_TRIGGER', '5').split()[0]), batch) + batch
        check.table.add('commit → silver, p95', '%.1f s' % value, 'a batch takes %.1f s (p95); bound %.1f s: trigger and a batch' % (batch, bound),
                        None if run['kills'] else value <= bound)


def panels(check):
    script = os.path.join(ROOT, 'scripts', 'monitoring.sh')
    if not os.path.exists(script):
        check.table.add('dashboards: panels with data', 'left out', 'scripts/monitoring.sh is not there')
        return
    lines = []

    def shown():
        done = subprocess.run([script, 'live', check.layout.url('prometheus')], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300)
        lines[:] = (done.stdout + done.stderr).strip().splitlines()
        return done.returncode == 0
    try:
        check.until(shown, 'every panel to have data', 120, 5)
        fine = True
    except Timeout:
        fine = False
    bad = [line.strip() for line in lines if re.match(r'\s*(FAIL|fail)', line)]
    check.table.add('dashboards: panels with data', re.sub(r', 0 (failed|skipped)', '', lines[-1]) if lines else '', '; '.join(bad[:3])[:160], fine)


def targets(check):
    down = [labels.get('job') for labels, value in ask(check.layout, 'up == 0')]
    up = len(ask(check.layout, 'up == 1'))
    check.table.add('targets of Prometheus that answer', up, 'silent: ' + ' '.join(down) if down else '', not down and up > 0)


def while_warm(check):
    """Right after the load: its last minutes are the newest."""
    if not check.runs('prometheus'):
        check.table.add('Prometheus, Alertmanager, dashboards', 'left out', check.stack.by_name['prometheus'].missing() or 'they do not run')
        return
    for name, act in (('targets of Prometheus', targets), ('latency to Kafka', latency_to_kafka)):
        check.step(name, lambda act=act: act(check))


def once_caught_up(check):
    """The job has been through some batches, and rates over the last minutes still have something to show."""
    if check.runs('prometheus'):
        check.step('panels of the dashboards', lambda: panels(check))


def run(check):
    if check.runs('prometheus'):
        check.step('latency to silver', lambda: latency_to_silver(check))
        if check.runs('alertmanager') and check.runs('slack'):
            Drill(check).run()
