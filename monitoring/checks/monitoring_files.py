"""What monitoring/ holds, read: rules, boards, names."""
import glob
import json
import os
import re

import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MONITORING = os.path.join(ROOT, 'monitoring')
RUNBOOKS = os.path.join(ROOT, 'docs', 'runbooks')
NAMES = os.path.join(MONITORING, 'metric-names')
KEYWORDS = {'and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan', 'by', 'without', 'on', 'ignoring', 'group_left', 'group_right', 'start', 'end'}


def inside(*parts):
    return os.path.join(MONITORING, *parts)


def load_yaml(path):
    with open(path) as file:
        return yaml.safe_load(file)


def rule_files():
    return sorted(glob.glob(inside('prometheus', 'rules', '*.yml')))


def rules():
    """Every rule of every file, with its file's path in 'file'."""
    for path in rule_files():
        for group in load_yaml(path)['groups']:
            for rule in group['rules']:
                yield dict(rule, file=path)


def alerts():
    return [rule for rule in rules() if 'alert' in rule]


def records():
    return {rule['record']: rule['expr'] for rule in rules() if 'record' in rule}


def boards():
    """(path, board) of each dashboard."""
    for path in sorted(glob.glob(inside('grafana', 'dashboards', '*.json'))):
        with open(path) as file:
            yield path, json.load(file)


def panels(board):
    return [panel for panel in board['panels'] if panel['type'] != 'row']


def without_details(expression):
    """A PromQL expression less strings, matchers, ranges and label lists: what is left names metrics and functions."""
    text = re.sub(r'"(?:\\.|[^"\\])*"', '""', expression)
    text = re.sub(r'\{[^}]*\}', ' ', text)
    text = re.sub(r'\[[^\]]*\]', ' ', text)
    text = re.sub(r'\boffset\s+-?\w+', ' ', text)
    return re.sub(r'\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)', ' ', text)


def metrics_of(expression):
    """Names of the metrics that an expression reads."""
    text = without_details(expression)
    found = set()
    for match in re.finditer(r'(?<![\w:.])[a-zA-Z_:][\w:]*', text):
        name, rest = match.group(), text[match.end():].lstrip()
        if not rest.startswith('(') and name.lower() not in KEYWORDS:
            found.add(name)
    return found


def substituted(expression, interval='5m'):
    """The macros of Grafana, filled in as with all variables at All."""
    for macro, value in (('$__rate_interval', interval), ('$__interval', '15s'), ('$__range', '30m'), ('$job', '.+'), ('$instance', '.+')):
        expression = expression.replace(macro, value)
    return expression


def names_in(path):
    with open(path) as file:
        return {line.split('#')[0].strip() for line in file} - {''}


def known_names():
    """Names that scrapes gave, and those that Prometheus makes itself."""
    found = {'up', 'ALERTS'} | set(records())
    for path in glob.glob(os.path.join(NAMES, '*.txt')):
        found |= names_in(path)
    return found
