"""monitoring.sh check"""
import glob
import os
import re
import shutil
import subprocess
import tempfile

import board_lint
import board_schema
import runbook_commands
import board_lint_selftest
import check_alert_delivery
import monitoring_files
from check_report import CheckReport

SEVERITIES = {'page', 'ticket'}
HEADINGS = ['## Meaning', '## Impact', '## First look', '## Likely causes', '## What to do']


def run(*command, cwd=None):
    """What a command complains about; nothing if it is content."""
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL)
    return [] if done.returncode == 0 else done.stdout.strip().splitlines()[-25:]


def configuration():
    """The configuration with a target in place, as a starter would leave it."""
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, 'prometheus')
        shutil.copytree(monitoring_files.inside('prometheus'), copy)
        os.makedirs(os.path.join(copy, 'targets'), exist_ok=True)
        with open(os.path.join(copy, 'targets', 'all.json'), 'w') as file:
            file.write('[{"targets": ["127.0.0.1:9090"], "labels": {"job": "prometheus"}}]')
        return run('promtool', 'check', 'config', os.path.join(copy, 'prometheus.yml'))


def expressions():
    """promtool reads every expression of every board, as a recording rule."""
    with tempfile.TemporaryDirectory() as folder:
        path, where = os.path.join(folder, 'boards.yml'), []
        with open(path, 'w') as file:
            file.write('groups:\n  - name: boards\n    rules:\n')
            for _, board in monitoring_files.boards():
                asked = [(panel['title'], target['expr']) for panel in monitoring_files.panels(board) for target in panel['targets']]
                asked += [(each['name'], each['expr']) for each in board['annotations']['list']]
                for title, expression in asked:
                    where.append('%s, %s' % (board['uid'], title))
                    file.write('      - {record: "board:expression:%d", expr: %s}\n' % (len(where), quoted(monitoring_files.substituted(expression))))
        complaints = run('promtool', 'check', 'rules', path)
        return [re.sub(r'board:expression:(\d+)', lambda match: where[int(match.group(1)) - 1], line) for line in complaints]


def quoted(text):
    return "'%s'" % text.replace("'", "''")


def described():
    for rule in monitoring_files.alerts():
        annotations, name = rule.get('annotations', {}), rule['alert']
        if rule.get('labels', {}).get('severity') not in SEVERITIES:
            yield '%s: severity is page or ticket' % name
        for field in ('summary', 'description', 'runbook_url'):
            if not annotations.get(field):
                yield '%s: no %s' % (name, field)
        if annotations.get('runbook_url') != 'docs/runbooks/%s.md' % name:
            yield '%s: its runbook is docs/runbooks/%s.md' % (name, name)
        if len(annotations.get('summary', '')) > 140:
            yield '%s: a summary fits into a line' % name


def runbooks():
    names = {rule['alert'] for rule in monitoring_files.alerts()}
    index_path = os.path.join(monitoring_files.RUNBOOKS, 'README.md')
    index = open(index_path).read() if os.path.exists(index_path) else ''
    for name in sorted(names):
        path = os.path.join(monitoring_files.RUNBOOKS, name + '.md')
        if '(%s.md)' % name not in index:
            yield '%s is not in docs/runbooks/README.md' % name
        if not os.path.exists(path):
            yield 'no docs/runbooks/%s.md' % name
            continue
        with open(path) as file:
            text = file.read()
        headings = re.findall(r'^## .*$', text, re.M)
        if headings != HEADINGS:
            yield '%s.md: its headings are %s' % (name, ', '.join(HEADINGS))
        if '```' not in text:
            yield '%s.md: a first look is a command' % name
        if not text.startswith('# %s\n' % name):
            yield '%s.md: begins with its name' % name
    for path in glob.glob(os.path.join(monitoring_files.RUNBOOKS, '[A-Z]*.md')):
        if os.path.basename(path)[:-3] not in names | {'README'}:
            yield '%s: no alert of that name' % os.path.relpath(path, monitoring_files.ROOT)


def tested():
    """Each alert at each severity fires in a test, and is silent in another."""
    fires, silent = set(), set()
    for path in glob.glob(monitoring_files.inside('prometheus', 'tests', '*.yml')):
        for test in monitoring_files.load_yaml(path)['tests']:
            for each in test.get('promql_expr_test', []):
                found = set(re.findall(r'alertname="(\w+)", severity="(\w+)"', ' '.join(sample['labels'] for sample in each.get('exp_samples', []))))
                fires |= found
                about = re.match(r'count by \(alertname, severity\) \(ALERTS\{alertstate="firing", alertname="(\w+)"\}\)', each['expr'])
                if about:
                    silent |= {(about.group(1), severity) for severity in SEVERITIES} - found
    for rule in monitoring_files.alerts():
        case = rule['alert'], rule['labels']['severity']
        if case not in fires:
            yield '%s (%s): no test in which it fires' % case
        if case not in silent:
            yield '%s (%s): no test in which it does not' % case


def alert_names():
    """Alertmanager speaks of alerts that exist."""
    names = {rule['alert'] for rule in monitoring_files.alerts()}
    for rule in monitoring_files.load_yaml(monitoring_files.inside('alertmanager', 'alertmanager.yml'))['inhibit_rules']:
        for matcher in rule['source_matchers'] + rule['target_matchers']:
            found = re.match(r'alertname=~?"([^"]+)"', matcher)
            for name in found.group(1).split('|') if found else ():
                if name not in names:
                    yield 'inhibit_rules: no alert %s' % name


def routes():
    for severity, receiver in (('page', 'slack-page'), ('ticket', 'slack-ticket')):
        done = subprocess.run(['amtool', 'config', 'routes', 'test', '--config.file', monitoring_files.inside('alertmanager', 'alertmanager.yml'), 'severity=' + severity],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if done.stdout.strip() != receiver:
            yield 'severity %s goes to %s' % (severity, done.stdout.strip())


def names_known():
    known = monitoring_files.known_names()
    for rule in monitoring_files.rules():
        for name in sorted(monitoring_files.metrics_of(rule['expr']) - known):
            yield '%s: no scrape had %s' % (rule.get('alert') or rule['record'], name)
    for _, board in monitoring_files.boards():
        for panel in monitoring_files.panels(board):
            for target in panel['targets']:
                for name in sorted(monitoring_files.metrics_of(target['expr']) - known):
                    yield '%s, %s: no scrape had %s' % (board['uid'], panel['title'], name)


def provisioned():
    sources = monitoring_files.load_yaml(monitoring_files.inside('grafana', 'provisioning', 'datasources', 'prometheus.yml'))['datasources']
    uids = [source['uid'] for source in sources]
    for _, board in monitoring_files.boards():
        current = board_lint.variables(board)['datasource']['current']['value']
        if current not in uids:
            yield '%s: data source %s is not provisioned' % (board['uid'], current)
    interval = monitoring_files.load_yaml(monitoring_files.inside('prometheus', 'prometheus.yml'))['global']['scrape_interval']
    if sources[0]['jsonData']['timeInterval'] != interval:
        yield 'timeInterval is not scrape_interval'
    providers = monitoring_files.load_yaml(monitoring_files.inside('grafana', 'provisioning', 'dashboards', 'penstock.yml'))['providers']
    if providers[0]['options']['path'] != '/var/lib/grafana/dashboards' or providers[0]['allowUiUpdates']:
        yield 'the provider of boards: path, allowUiUpdates'


def jmx():
    """The agent refuses a file with an unknown key only when the broker starts."""
    known = {'startDelaySeconds', 'lowercaseOutputName', 'lowercaseOutputLabelNames', 'includeObjectNames', 'excludeObjectNames', 'rules'}
    content = monitoring_files.load_yaml(monitoring_files.inside('kafka', 'jmx.yml'))
    yield from ('%s is not a key of the agent' % key for key in content.keys() - known)
    for rule in content['rules']:
        yield from ('rule %s: %s' % (rule['name'], key) for key in rule.keys() - {'pattern', 'name', 'help', 'type', 'labels', 'valueFactor'})
        re.compile(rule['pattern'])
        if rule['type'] == 'COUNTER' and not rule['name'].endswith('_total'):
            yield '%s: counters end in _total' % rule['name']


def main():
    os.chdir(monitoring_files.ROOT)
    report = CheckReport()
    report.add('promtool check config', configuration())
    for path in monitoring_files.rule_files():
        report.add('promtool check rules %s' % os.path.basename(path), run('promtool', 'check', 'rules', path))
    for path in sorted(glob.glob(monitoring_files.inside('prometheus', 'tests', '*.yml'))):
        report.add('promtool test rules %s' % os.path.basename(path), run('promtool', 'test', 'rules', path))
    report.add('every alert fires in a test and is silent in another', tested())
    report.add('every alert says what, how bad and where to read', described())
    report.add('every alert has its page, every page its alert', runbooks())
    report.add('commands of the pages can work as printed', runbook_commands.complaints())
    report.add('amtool check-config', run('amtool', 'check-config', monitoring_files.inside('alertmanager', 'alertmanager.yml')))
    report.add('severities reach their receivers', routes())
    report.add('Alertmanager speaks of alerts that exist', alert_names())
    if os.path.exists('/usr/share/prometheus/alertmanager/default.tmpl'):
        report.add('Alertmanager tells a page, hides what it explains, tells its end', check_alert_delivery.complaints())
    else:
        report.skip('what Alertmanager tells', 'its own templates are not in /usr/share/prometheus: setup.sh monitoring as root')
    report.add('boards are what boards/*.py say', run(monitoring_files.inside('grafana', 'boards.py'), '--check'))
    for _, board in monitoring_files.boards():
        types = board_schema.faults(board)
        report.add('%s: types' % board['uid'], types)
        report.add('%s: rules of the linter' % board['uid'], ['first the types'] if types else board_lint.faults(board))
    report.add('seeded faults of boards are found', board_lint_selftest.complaints())
    report.add('promtool reads every expression of the boards', expressions())
    report.add('every metric was in a real scrape', names_known())
    report.add('Grafana\'s provisioning fits', provisioned())
    report.add('JMX rules', jmx())
    report.end()


if __name__ == '__main__':
    main()
