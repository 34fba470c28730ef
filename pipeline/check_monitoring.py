"""The watchers' part of the table: alerts that came and went, panels with data, latency by the dashboards' own expressions."""
import json
import os
import re
import subprocess
import urllib.parse

import generate
import parts
import trouble
from layout import ROOT

from harness.wait import until

# Expressions as the dashboards have them (monitoring/grafana).
COMMIT_TO_KAFKA = 'histogram_quantile(0.95, sum by (le) (rate(penstock_latency_seconds_bucket[%ds])))'
COMMIT_TO_SILVER = 'histogram_quantile(0.95, sum by (le) (rate(shopcdc_commit_to_silver_seconds_bucket[%ds])))'


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
            until(lambda: 'firing' in self.told().get('PenstockDown', []), 'PenstockDown at the Slack stand-in', 120, 0.5)
        finally:
            relay.start()

    def all_over(self):
        """Every expected alert was told as firing, and every alert that was told is told as over."""
        def done():
            told = self.told()
            return set(self.expected) <= set(told) and all(states[-1] == 'resolved' for states in told.values())
        # An alert about the last five minutes ends that much after its cause.
        until(done, 'alerts to be over', 540, 2)

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
            open_ones = [alert for alert in others if told[alert][-1] != 'resolved']
            self.check.table.add('other alerts', len(others), ' '.join(others), not open_ones)


def latency(check):
    """Over the load's own minutes, without the first ones of a snapshot."""
    runs = [run for run in generate.runs(check.layout) if run['begin'] >= check.since]
    if not runs:
        return
    run = runs[-1]
    seconds = max(30, int(run['end'] - run['begin'] - 15))
    killed = ' with kills' if run['kills'] else ''
    value = [v for _, v in ask(check.layout, COMMIT_TO_KAFKA % seconds, run['end'])]
    note = '%d commits/s over %d s%s; bound 100 ms' % (run['commits'] / (run['end'] - run['begin']), seconds, killed)
    if value:
        check.table.add('commit → Kafka, p95', '%.0f ms' % (value[0] * 1000), note, None if run['kills'] else value[0] < 0.1)
    else:
        check.table.add('commit → Kafka, p95', 'no data', note, False)


def panels(check):
    script = os.path.join(ROOT, 'scripts', 'monitoring.sh')
    if not os.path.exists(script):
        check.table.add('dashboards: panels with data', 'left out', 'scripts/monitoring.sh is not there')
        return
    done = subprocess.run([script, 'live', check.layout.url('prometheus')], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300)
    lines = (done.stdout + done.stderr).strip().splitlines()
    bad = [line.strip() for line in lines if re.match(r'\s*(FAIL|not ok|fail)', line)]
    check.table.add('dashboards: panels with data', lines[-1] if lines else '', '; '.join(bad[:3])[:160], done.returncode == 0)


def targets(check):
    down = [labels.get('job') for labels, value in ask(check.layout, 'up == 0')]
    up = len(ask(check.layout, 'up == 1'))
    check.table.add('targets of Prometheus that answer', up, 'silent: ' + ' '.join(down) if down else '', not down and up > 0)


def run(check):
    if not check.runs('prometheus'):
        check.table.add('Prometheus, Alertmanager, dashboards', 'left out', check.stack.by_name['prometheus'].missing() or 'they do not run')
        return
    for act in (targets, latency, panels):
        check.step(act.__name__, lambda act=act: act(check))
    if check.runs('alertmanager') and check.runs('slack'):
        Drill(check).run()

