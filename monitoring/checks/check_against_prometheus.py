"""monitoring.sh live: every panel of every board and every alert against a running Prometheus.

A query of a panel passes if it answers with numbers, and if at least one of the metrics that it reads is really there: `or
vector(0)` alone proves nothing, unless all that it reads appears with a first event only. An alert passes if every metric that it reads is there, or is one that appears with its first
event (metric-names/with-first-event.txt) or belongs to another version of an exporter (the second and further arms of `or`).
"""
import math
import os
import sys
import time

import prometheus_api
import monitoring_files
from check_report import CheckReport

# Series that Prometheus makes when an alert is on its way; none in a healthy system.
MADE = {'ALERTS'}


class Live:
    def __init__(self, server):
        self.server = server
        now = time.time()
        self.there = set(server.get('label/__name__/values', start=int(now - 3600), end=int(now)))
        self.rare = monitoring_files.names_in(os.path.join(monitoring_files.NAMES, 'with-first-event.txt'))
        self.records = monitoring_files.records()

    def panel(self, panel):
        """What is wrong with a panel: a line for each of its queries that shows nothing, or only a constant."""
        for target in panel['targets']:
            expression = monitoring_files.substituted(target['expr'])
            metrics = monitoring_files.metrics_of(expression)
            try:
                values = [float(series['value'][1]) for series in self.server.query(expression)]
            except ValueError as error:
                yield '%s: %s\n        %s' % (panel['title'], error, expression)
                continue
            if not any(not math.isnan(value) for value in values):
                yield '%s: %s\n        %s' % (panel['title'], 'only NaN' if values else 'nothing', expression)
            elif not metrics & self.there and not self.base(metrics) <= MADE | self.rare:
                yield '%s: only a constant, none of %s is there' % (panel['title'], ', '.join(sorted(metrics)))

    def base(self, metrics):
        """Metrics, with recorded ones replaced by what they are made of."""
        found = set()
        for name in metrics:
            found |= self.base(monitoring_files.metrics_of(self.records[name])) if name in self.records else {name}
        return found

    def alert(self, rule):
        for name in sorted(self.missing(rule['expr'])):
            yield 'nothing has %s' % name

    def missing(self, expression):
        """Metrics of an expression that nothing has. A recorded one is looked into only if it has no series itself."""
        found = set()
        for name in monitoring_files.metrics_of(expression) - MADE - self.rare - self.there:
            if name not in self.records:
                found.add(name)
            elif self.base({name}) - self.rare:
                found.add(name)
        return found


def rules_loaded(server):
    """Every alert of the tree is in the server, and it can evaluate it."""
    loaded = {}
    for group in server.get('rules')['groups']:
        for rule in group['rules']:
            loaded[rule['name']] = rule
    for rule in monitoring_files.rules():
        name = rule.get('alert') or rule['record']
        if name not in loaded:
            yield '%s is not loaded' % name
        elif loaded[name]['health'] == 'err':
            yield '%s: %s' % (name, loaded[name].get('lastError'))


def main():
    server = prometheus_api.Server(sys.argv[1])
    live, report = Live(server), CheckReport()
    report.add('rules are loaded and evaluated', rules_loaded(server))
    for _, board in monitoring_files.boards():
        panels = monitoring_files.panels(board)
        for panel in panels:
            report.add('%s: %s' % (board['uid'], panel['title']), live.panel(panel))
    for rule in monitoring_files.alerts():
        report.add('alert %s (%s)' % (rule['alert'], rule['labels']['severity']), live.alert(rule))
    report.end()


if __name__ == '__main__':
    main()
