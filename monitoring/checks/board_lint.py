"""What Grafana's dashboard-linter asks of a board, and what we ask besides. One generator of complaints a rule."""
import re

import monitoring_files

# Recorded series of a slot have neither job nor instance: whoever knows the slot measures it, relay or exporter (records.yml).
UNBOUND = re.compile(r'^slot:')


def variables(board):
    return {each['name']: each for each in board['templating']['list']}


def datasource(board):
    sources = [each for each in board['templating']['list'] if each['type'] == 'datasource']
    if len(sources) != 1 or sources[0]['name'] != 'datasource' or sources[0]['label'] != 'Data Source':
        yield 'exactly one variable of data sources, called datasource, labelled Data Source'
    for panel in monitoring_files.panels(board):
        for each in [panel, *panel['targets']]:
            if each['datasource']['uid'] != '${datasource}':
                yield '%s: the data source is not the variable' % panel['title']


def job_and_instance(board):
    for name, label in (('job', 'Job'), ('instance', 'Instance')):
        each = variables(board).get(name)
        if not each:
            yield 'no variable %s' % name
        elif each['label'] != label or not each['multi'] or each['allValue'] != '.+' or each['datasource']['uid'] != '${datasource}':
            yield 'variable %s: labelled %s, multi, allValue .+, of the data source' % (name, label)


def matchers(board):
    for panel in monitoring_files.panels(board):
        for target in panel['targets']:
            for name, braces in selectors(target['expr']):
                if not UNBOUND.match(name) and not ('job=~"$job"' in braces and 'instance=~"$instance"' in braces):
                    yield '%s: %s without matchers of job and instance' % (panel['title'], name)


def selectors(expression):
    """(metric, braces) of each selector."""
    wanted = monitoring_files.metrics_of(expression)
    plain = re.sub(r'"(?:\\.|[^"\\])*"', lambda match: match.group().replace('{', '(').replace('}', ')'), expression)
    for match in re.finditer(r'(?<![\w:.])([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?', plain):
        if match.group(1) in wanted and not in_label_list(plain, match.start()):
            yield match.group(1), match.group(2) or ''


def in_label_list(text, position):
    return re.search(r'\b(by|on|without|ignoring|group_left|group_right)\s*\([^)]*$', text[:position]) is not None or \
        text[:position].count('{') != text[:position].count('}')


def rates(board):
    for panel in monitoring_files.panels(board):
        for target in panel['targets']:
            for function, window in re.findall(r'\b(rate|irate|increase)\([^\[]*\[([^\]]+)\]', target['expr']):
                if window != '$__rate_interval' and not re.fullmatch(r'\d+m', window):
                    yield '%s: %s over [%s]' % (panel['title'], function, window)
                if function == 'rate' and window != '$__rate_interval' and panel['type'] == 'timeseries':
                    yield '%s: a curve of rate() takes $__rate_interval, not [%s]' % (panel['title'], window)


def counters(board):
    """A counter is only read through rate or increase, or as a total by name."""
    for panel in monitoring_files.panels(board):
        for target in panel['targets']:
            for match in re.finditer(r'([\w:]+_total)\{', target['expr']):
                before = target['expr'][:match.start()]
                if not re.search(r'(rate|increase)\($', before) and panel['type'] != 'bargauge':
                    yield '%s: counter %s as it is' % (panel['title'], match.group(1))


def said(board):
    for panel in monitoring_files.panels(board):
        if not panel['title'].strip() or len(panel['description']) < 15:
            yield '%r: a title and a description of a sentence' % panel['title']
        if panel['type'] == 'timeseries' and len(panel['targets']) > 1 and any(target['legendFormat'] == '__auto' for target in panel['targets']):
            yield '%s: several curves need their names' % panel['title']
    if not board['description']:
        yield 'the board has no description'


def fixed(board):
    if board['editable']:
        yield 'editable: changes are made in the tree'
    if not re.fullmatch(r'penstock-[a-z]+', board['uid']):
        yield 'uid %r' % board['uid']
    if board['schemaVersion'] < 39:
        yield 'schemaVersion %r' % board['schemaVersion']
    if 'penstock' not in board['tags'] or len(board['links']) < 3:
        yield 'the tag and the links to the other boards'


def layout(board):
    taken, ids = {}, set()
    for panel in board['panels']:
        grid = panel['gridPos']
        if panel['id'] in ids:
            yield '%s: id %d twice' % (panel['title'], panel['id'])
        ids.add(panel['id'])
        if grid['x'] < 0 or grid['x'] + grid['w'] > 24 or grid['w'] < 1 or grid['h'] < 1:
            yield '%s: out of the grid' % panel['title']
        for cell in ((x, y) for x in range(grid['x'], grid['x'] + grid['w']) for y in range(grid['y'], grid['y'] + grid['h'])):
            if cell in taken:
                yield '%s lies on %s' % (panel['title'], taken[cell])
                break
            taken[cell] = panel['title']
    # Every line is full: a hole is a panel that was forgotten.
    height = max(y for _, y in taken) + 1
    holes = [y for y in range(height) if not all((x, y) in taken for x in range(24))]
    if holes:
        yield 'holes at y = %s' % ', '.join(map(str, holes))


def first_line(board):
    """What one sees first says whether it is fine."""
    first = [panel for panel in board['panels'] if panel['gridPos']['y'] == 0]
    if any(panel['type'] != 'stat' for panel in first):
        yield 'the first line is of single numbers'
    for panel in first:
        colors = {step['color'] for step in panel['fieldConfig']['defaults']['thresholds']['steps']}
        if len(colors) < 2 and not panel['fieldConfig']['defaults']['mappings'] and not panel['fieldConfig']['overrides'] and panel['fieldConfig']['defaults']['unit'] != 'cps':
            yield '%s: no colour says good or bad' % panel['title']


RULES = (datasource, job_and_instance, matchers, rates, counters, said, fixed, layout, first_line)


def faults(board):
    for rule in RULES:
        for complaint in rule(board):
            yield '%s: %s' % (board['uid'], complaint)
