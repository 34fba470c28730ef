"""The parts that boards are made of: panels, rows and the board around them, as Grafana's classic JSON.

In an expression {$} stands for the matchers of the variables job and instance, {topic="x", $} for those and one more.
"""

WIDTH = 24
MATCHERS = 'job=~"$job", instance=~"$instance"'
DATASOURCE = {'type': 'prometheus', 'uid': '${datasource}'}
GREEN, ORANGE, RED, BLUE, GREY = 'green', 'orange', 'red', 'blue', 'text'

BOARDS = (('penstock-pipeline', 'Pipeline: health and performance'), ('penstock-replication', 'Database replication'),
          ('penstock-kafka', 'Kafka'), ('penstock-spark', 'Spark'))


def expand(expression):
    return ' '.join(expression.split()).replace('{$}', '{%s}' % MATCHERS).replace(', $}', ', %s}' % MATCHERS)


def or_none(expression, label):
    """What comes with its first event only: until then a 0 called none."""
    return '%s or label_replace(vector(0), "%s", "none", "", "")' % (expression, label)


def targets(queries):
    """queries: one expression, or (expression, legend) pairs."""
    if isinstance(queries, str):
        queries = [(queries, '')]
    return [{'refId': chr(ord('A') + number), 'datasource': DATASOURCE, 'editorMode': 'code', 'expr': expand(expression),
             'legendFormat': legend or '__auto', 'range': True} for number, (expression, legend) in enumerate(queries)]


def thresholds(*steps):
    """steps: colour of the lowest, then (value, colour) upwards."""
    return {'mode': 'absolute', 'steps': [{'color': steps[0], 'value': None}] + [{'color': color, 'value': value} for value, color in steps[1:]]}


def names(**texts):
    """Mapping of single values to (text, colour)."""
    return {'type': 'value', 'options': {key.lstrip('_'): {'text': text, 'color': color, 'index': index}
                                         for index, (key, (text, color)) in enumerate(texts.items())}}


def above(value, text, color):
    """Mapping of all values from `value` on."""
    return {'type': 'range', 'options': {'from': value, 'to': None, 'result': {'text': text, 'color': color, 'index': 0}}}


def panel(kind, title, description, queries, unit, width, height, defaults, options, overrides=()):
    for query in (built := targets(queries)):
        if kind == 'stat':
            query['instant'], query['range'] = True, False
    return {'type': kind, 'title': title, 'description': description, 'datasource': DATASOURCE, 'targets': built,
            'gridPos': {'w': width, 'h': height, 'x': 0, 'y': 0},
            'fieldConfig': {'defaults': {'unit': unit, **defaults}, 'overrides': list(overrides)}, 'options': options}


def by_name(**colors):
    """Overrides: series of these names in these colours."""
    return [{'matcher': {'id': 'byName', 'options': name}, 'properties': [{'id': 'color', 'value': {'mode': 'fixed', 'fixedColor': color}}]}
            for name, color in colors.items()]


def stat(title, description, queries, unit='short', steps=None, mappings=(), width=3, height=4, decimals=None, show='value', overrides=()):
    """One number, or with show='name' the name of the series that is left, in the colour of overrides."""
    defaults = {'color': {'mode': 'thresholds'}, 'thresholds': steps or thresholds(BLUE), 'mappings': list(mappings)}
    if decimals is not None:
        defaults['decimals'] = decimals
    return panel('stat', title, description, queries, unit, width, height, defaults,
                 {'colorMode': 'background_solid', 'graphMode': 'none', 'justifyMode': 'center', 'orientation': 'auto', 'textMode': show,
                  'wideLayout': True, 'reduceOptions': {'calcs': ['lastNotNull'], 'fields': '', 'values': False}}, overrides)


def lines(title, description, queries, unit='short', width=8, height=8, stack=False, steps=None, log=False, low=0, high=None, fill=8, calcs=('lastNotNull', 'max')):
    """Curves over time. steps draw lines at limits; log is for latencies, which span decades."""
    custom = {'drawStyle': 'line', 'lineInterpolation': 'linear', 'lineWidth': 1, 'fillOpacity': 40 if stack else fill, 'gradientMode': 'none',
              'showPoints': 'never', 'pointSize': 5, 'spanNulls': 60000, 'insertNulls': False, 'axisPlacement': 'auto', 'axisLabel': '',
              'scaleDistribution': {'type': 'log', 'log': 10} if log else {'type': 'linear'},
              'stacking': {'mode': 'normal' if stack else 'none', 'group': 'A'},
              'hideFrom': {'legend': False, 'tooltip': False, 'viz': False},
              'thresholdsStyle': {'mode': 'dashed' if steps else 'off'}}
    defaults = {'color': {'mode': 'palette-classic'}, 'custom': custom, 'mappings': [], 'thresholds': steps or thresholds(GREEN)}
    if low is not None and not log:
        defaults['min'] = low
    if high is not None:
        defaults['max'] = high
    return panel('timeseries', title, description, queries, unit, width, height, defaults,
                 {'legend': {'displayMode': 'table', 'placement': 'bottom', 'showLegend': True, 'calcs': list(calcs)},
                  'tooltip': {'mode': 'multi', 'sort': 'desc'}})


def timeline(title, description, queries, mappings, steps, width=24, height=7):
    """Which state each series was in, over time."""
    custom = {'fillOpacity': 80, 'lineWidth': 0, 'spanNulls': False, 'insertNulls': False, 'hideFrom': {'legend': False, 'tooltip': False, 'viz': False}}
    return panel('state-timeline', title, description, queries, 'none', width, height,
                 {'color': {'mode': 'thresholds'}, 'custom': custom, 'mappings': list(mappings), 'thresholds': steps},
                 {'alignValue': 'left', 'legend': {'displayMode': 'list', 'placement': 'bottom', 'showLegend': False, 'calcs': []}, 'mergeValues': True,
                  'rowHeight': 0.85, 'showValue': 'auto', 'tooltip': {'mode': 'single', 'sort': 'none'}})


def bars(title, description, queries, unit='short', width=8, height=8, steps=None):
    """A bar for each series, by its present value."""
    built = panel('bargauge', title, description, queries, unit, width, height,
                  {'color': {'mode': 'continuous-blues'}, 'mappings': [], 'min': 0, 'thresholds': steps or thresholds(BLUE)},
                  {'displayMode': 'basic', 'orientation': 'horizontal', 'valueMode': 'color', 'namePlacement': 'left', 'showUnfilled': True, 'sizing': 'auto',
                   'minVizHeight': 16, 'minVizWidth': 8, 'maxVizHeight': 300,
                   'legend': {'displayMode': 'list', 'placement': 'bottom', 'showLegend': False, 'calcs': []},
                   'reduceOptions': {'calcs': ['lastNotNull'], 'fields': '', 'values': False}})
    for query in built['targets']:
        query['instant'], query['range'] = True, False
    return built


def row(title):
    return {'type': 'row', 'title': title, 'collapsed': False, 'panels': [], 'gridPos': {'w': WIDTH, 'h': 1, 'x': 0, 'y': 0}}


def placed(panels):
    """Gives each its number and place: from left to right, a new line where one is full, rows over the whole width."""
    x = y = height = 0
    for number, each in enumerate(panels, 1):
        grid = each['gridPos']
        if x + grid['w'] > WIDTH:
            x, y, height = 0, y + height, 0
        each['id'], grid['x'], grid['y'] = number, x, y
        x, height = x + grid['w'], max(height, grid['h'])
    return panels


def variable(name, label, query):
    return {'type': 'query', 'name': name, 'label': label, 'datasource': DATASOURCE, 'query': {'query': query, 'refId': 'StandardVariableQuery'},
            'definition': query, 'refresh': 2, 'regex': '', 'sort': 1, 'hide': 0, 'skipUrlSync': False, 'multi': True, 'includeAll': True,
            'allValue': '.+', 'current': {'selected': True, 'text': ['All'], 'value': ['$__all']}, 'options': []}


def datasource_variable():
    return {'type': 'datasource', 'name': 'datasource', 'label': 'Data Source', 'query': 'prometheus', 'refresh': 1, 'regex': '', 'hide': 0,
            'skipUrlSync': False, 'multi': False, 'includeAll': False, 'options': [],
            'current': {'selected': True, 'text': 'Prometheus', 'value': 'penstock-prometheus'}}


def annotation(name, color, expression, title):
    return {'name': name, 'enable': True, 'hide': False, 'iconColor': color, 'datasource': DATASOURCE, 'expr': expand(expression), 'titleFormat': title,
            'textFormat': '', 'tagKeys': '', 'useValueForTime': False, 'step': '15s'}


def board(uid, description, panels):
    own = dict(BOARDS)
    return {
        'uid': uid, 'title': own[uid], 'description': description, 'tags': ['penstock'], 'schemaVersion': 39, 'version': 1, 'editable': False,
        'graphTooltip': 1, 'fiscalYearStartMonth': 0, 'liveNow': False, 'weekStart': '', 'timezone': 'browser', 'refresh': '10s',
        'time': {'from': 'now-30m', 'to': 'now'}, 'timepicker': {},
        'links': [{'type': 'link', 'title': title, 'url': '/d/' + other, 'icon': 'dashboard', 'tooltip': '', 'tags': [], 'asDropdown': False, 'targetBlank': False,
                   'includeVars': False, 'keepTime': True} for other, title in BOARDS if other != uid],
        'annotations': {'list': [
            annotation('Relay started', 'blue', 'changes(penstock_start_time_seconds{$}[$__rate_interval]) > 0', 'Relay started: {{instance}}'),
            annotation('Page', 'red', 'ALERTS{alertstate="firing", severity="page", $}', '{{alertname}}')]},
        'templating': {'list': [datasource_variable(), variable('job', 'Job', 'label_values(up, job)'),
                                variable('instance', 'Instance', 'label_values(up{job=~"$job"}, instance)')]},
        'panels': placed(panels)}
