"""Types of Grafana's classic dashboard JSON (schemaVersion 39), for the parts that our boards use. Unknown fields are faults: a
misspelt one would be dropped in silence by Grafana."""


def is_a(*types):
    def judge(value, path):
        # bool is an int to Python
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            yield '%s: %r is not %s' % (path, value, ' or '.join(t.__name__ for t in types))
    return judge


def one_of(*values):
    def judge(value, path):
        if value not in values:
            yield '%s: %r is none of %s' % (path, value, ', '.join(map(repr, values)))
    return judge


def list_of(judge_one):
    def judge(value, path):
        if not isinstance(value, list):
            yield '%s: not a list' % path
            return
        for number, each in enumerate(value):
            yield from judge_one(each, '%s[%d]' % (path, number))
    return judge


def record(required=None, optional=None):
    """A JSON object with exactly these fields."""
    required, optional = required or {}, optional or {}

    def judge(value, path):
        if not isinstance(value, dict):
            yield '%s: not an object' % path
            return
        for name in required.keys() - value.keys():
            yield '%s: %s is missing' % (path, name)
        for name, each in value.items():
            known = required.get(name) or optional.get(name)
            if known is None:
                yield '%s: %s is not a known field' % (path, name)
            else:
                yield from known(each, '%s.%s' % (path, name))
    return judge


TEXT, NUMBER, WHOLE, FLAG = is_a(str), is_a(int, float), is_a(int), is_a(bool)
SOURCE = record({'type': one_of('prometheus'), 'uid': TEXT})
CALCS = list_of(one_of('lastNotNull', 'last', 'max', 'min', 'mean', 'sum'))
REDUCE = record({'calcs': CALCS, 'fields': TEXT, 'values': FLAG})
LEGEND = record({'displayMode': one_of('list', 'table', 'hidden'), 'placement': one_of('bottom', 'right'), 'showLegend': FLAG, 'calcs': CALCS})
TOOLTIP = record({'mode': one_of('single', 'multi', 'none'), 'sort': one_of('none', 'asc', 'desc')})
HIDE = record({'legend': FLAG, 'tooltip': FLAG, 'viz': FLAG})
ORIENTATION = one_of('auto', 'horizontal', 'vertical')

OPTIONS = {
    'stat': record({'colorMode': one_of('background_solid', 'background', 'value', 'none'), 'graphMode': one_of('none', 'area'), 'justifyMode': one_of('auto', 'center'),
                    'orientation': ORIENTATION, 'textMode': one_of('auto', 'value', 'value_and_name', 'name', 'none'), 'wideLayout': FLAG, 'reduceOptions': REDUCE}),
    'timeseries': record({'legend': LEGEND, 'tooltip': TOOLTIP}),
    'state-timeline': record({'alignValue': one_of('left', 'center', 'right'), 'legend': LEGEND, 'mergeValues': FLAG, 'rowHeight': NUMBER,
                              'showValue': one_of('auto', 'always', 'never'), 'tooltip': TOOLTIP}),
    'bargauge': record({'displayMode': one_of('basic', 'gradient', 'lcd'), 'orientation': ORIENTATION, 'valueMode': one_of('color', 'text', 'hidden'),
                        'namePlacement': one_of('auto', 'top', 'left', 'hidden'), 'showUnfilled': FLAG, 'sizing': one_of('auto', 'manual'), 'minVizHeight': WHOLE,
                        'minVizWidth': WHOLE, 'maxVizHeight': WHOLE, 'legend': LEGEND, 'reduceOptions': REDUCE})}
CUSTOM = {
    'timeseries': record({'drawStyle': one_of('line', 'bars', 'points'), 'lineInterpolation': one_of('linear', 'smooth', 'stepBefore', 'stepAfter'), 'lineWidth': WHOLE,
                          'fillOpacity': WHOLE, 'gradientMode': one_of('none', 'opacity', 'hue', 'scheme'), 'showPoints': one_of('auto', 'never', 'always'), 'pointSize': WHOLE,
                          'spanNulls': is_a(bool, int), 'insertNulls': is_a(bool, int), 'axisPlacement': one_of('auto', 'left', 'right', 'hidden'), 'axisLabel': TEXT,
                          'scaleDistribution': record({'type': one_of('linear', 'log')}, {'log': one_of(2, 10)}),
                          'stacking': record({'mode': one_of('none', 'normal', 'percent'), 'group': TEXT}), 'hideFrom': HIDE,
                          'thresholdsStyle': record({'mode': one_of('off', 'line', 'dashed', 'area', 'line+area', 'dashed+area')})}),
    'state-timeline': record({'fillOpacity': WHOLE, 'lineWidth': WHOLE, 'spanNulls': is_a(bool, int), 'insertNulls': is_a(bool, int), 'hideFrom': HIDE})}
RESULT = record({'color': TEXT, 'index': WHOLE}, {'text': TEXT})
UNITS = one_of('short', 'none', 's', 'bytes', 'Bps', 'percentunit', 'cps', 'cpm', 'ops', 'rowsps', 'reqps')


def value_map(value, path):
    for key, each in value.items():
        yield from record({'text': TEXT, 'color': TEXT, 'index': WHOLE})(each, '%s.%s' % (path, key))


def mapping(value, path):
    options = {'value': value_map, 'range': record({'from': is_a(int, float, type(None)), 'to': is_a(int, float, type(None)), 'result': RESULT})}
    if value.get('type') not in options:
        yield '%s: unknown type of mapping' % path
    else:
        yield from record({'type': TEXT, 'options': options[value['type']]})(value, path)


def steps(value, path):
    yield from list_of(record({'color': TEXT, 'value': is_a(int, float, type(None))}))(value, path)
    numbers = [step['value'] for step in value]
    if numbers[:1] != [None] or None in numbers[1:] or numbers[1:] != sorted(numbers[1:]):
        yield '%s: the first step has no value, the others grow' % path


COLOR = record({'mode': one_of('thresholds', 'palette-classic', 'continuous-blues', 'fixed')}, {'fixedColor': TEXT})
OVERRIDE = record({'matcher': record({'id': one_of('byName', 'byRegexp'), 'options': TEXT}), 'properties': list_of(record({'id': one_of('color'), 'value': COLOR}))})


def fields(kind):
    custom = {'custom': CUSTOM[kind]} if kind in CUSTOM else {}
    defaults = record({'unit': UNITS, 'color': COLOR,
                       'mappings': list_of(mapping), 'thresholds': record({'mode': one_of('absolute', 'percentage'), 'steps': steps}), **custom},
                      {'decimals': WHOLE, 'min': NUMBER, 'max': NUMBER})
    return record({'defaults': defaults, 'overrides': list_of(OVERRIDE)})


TARGET = record({'refId': TEXT, 'datasource': SOURCE, 'expr': TEXT, 'legendFormat': TEXT, 'editorMode': one_of('code', 'builder'), 'range': FLAG}, {'instant': FLAG})
GRID = record({'x': WHOLE, 'y': WHOLE, 'w': WHOLE, 'h': WHOLE})


def panel(value, path):
    kind = value.get('type') if isinstance(value, dict) else None
    path = '%s %r' % (path, value.get('title', '?') if isinstance(value, dict) else value)
    if kind == 'row':
        yield from record({'id': WHOLE, 'type': TEXT, 'title': TEXT, 'collapsed': FLAG, 'panels': list_of(panel), 'gridPos': GRID})(value, path)
    elif kind not in OPTIONS:
        yield '%s: panels of type %r are not known here' % (path, kind)
    else:
        yield from record({'id': WHOLE, 'type': TEXT, 'title': TEXT, 'description': TEXT, 'datasource': SOURCE, 'targets': list_of(TARGET), 'gridPos': GRID,
                           'fieldConfig': fields(kind), 'options': OPTIONS[kind]})(value, path)


CHOICE = record({'selected': FLAG, 'text': is_a(str, list), 'value': is_a(str, list)})
VARIABLE = {
    'datasource': record({'type': TEXT, 'name': TEXT, 'label': TEXT, 'query': one_of('prometheus'), 'refresh': one_of(0, 1, 2), 'regex': TEXT, 'hide': one_of(0, 1, 2),
                          'skipUrlSync': FLAG, 'multi': FLAG, 'includeAll': FLAG, 'options': list_of(CHOICE), 'current': CHOICE}),
    'query': record({'type': TEXT, 'name': TEXT, 'label': TEXT, 'datasource': SOURCE, 'query': record({'query': TEXT, 'refId': TEXT}), 'definition': TEXT,
                     'refresh': one_of(0, 1, 2), 'regex': TEXT, 'sort': WHOLE, 'hide': one_of(0, 1, 2), 'skipUrlSync': FLAG, 'multi': FLAG, 'includeAll': FLAG,
                     'allValue': TEXT, 'current': CHOICE, 'options': list_of(CHOICE)})}


def variable(value, path):
    if value.get('type') not in VARIABLE:
        yield '%s: unknown type of variable %r' % (path, value.get('type'))
    else:
        yield from VARIABLE[value['type']](value, path)


LINK = record({'type': one_of('link', 'dashboards'), 'title': TEXT, 'url': TEXT, 'icon': TEXT, 'tooltip': TEXT, 'tags': list_of(TEXT), 'asDropdown': FLAG, 'targetBlank': FLAG,
               'includeVars': FLAG, 'keepTime': FLAG})
ANNOTATION = record({'name': TEXT, 'enable': FLAG, 'hide': FLAG, 'iconColor': TEXT, 'datasource': SOURCE, 'expr': TEXT, 'titleFormat': TEXT, 'textFormat': TEXT,
                     'tagKeys': TEXT, 'useValueForTime': FLAG, 'step': TEXT})
BOARD = record({
    'uid': TEXT, 'title': TEXT, 'description': TEXT, 'tags': list_of(TEXT), 'schemaVersion': WHOLE, 'version': WHOLE, 'editable': FLAG, 'graphTooltip': one_of(0, 1, 2),
    'fiscalYearStartMonth': WHOLE, 'liveNow': FLAG, 'weekStart': TEXT, 'timezone': one_of('browser', 'utc', ''), 'refresh': TEXT, 'time': record({'from': TEXT, 'to': TEXT}),
    'timepicker': record(), 'links': list_of(LINK), 'annotations': record({'list': list_of(ANNOTATION)}), 'templating': record({'list': list_of(variable)}),
    'panels': list_of(panel)})


def faults(board):
    return list(BOARD(board, 'board'))
