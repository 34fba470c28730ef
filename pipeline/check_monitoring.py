"""The watchers' part of the table: alerts that came and went, panels with data, latency by the dashboards' own expressions."""


def run(check):
    if 'prometheus' not in check.stack.by_name or not check.runs('prometheus'):
        check.table.add('Prometheus, Alertmanager, dashboards', 'left out', 'they do not run')
