"""The checks of boards are tried with faults: each must be found."""
import copy

import board_lint
import board_schema
import monitoring_files

ALL = '{job=~"$job", instance=~"$instance"}'


def curve(board):
    return next(panel for panel in board['panels'] if panel['type'] == 'timeseries')


def expression(text):
    return lambda board: curve(board)['targets'][0].update(expr=text)


FAULTS = {
    'no matchers': expression('sum(rate(kafka_broker_messages_in_total[$__rate_interval]))'),
    'no matchers in the second selector': expression('sum(kafka_groups%s) + sum(kafka_connections)' % ALL),
    'one matcher': expression('sum(kafka_groups{job=~"$job"})'),
    'a fixed window for rate': expression('sum(rate(kafka_broker_messages_in_total%s[5m]))' % ALL),
    'a counter as it is': expression('sum(kafka_broker_messages_in_total%s)' % ALL),
    'a width that is text': lambda board: curve(board)['gridPos'].update(w='8'),
    'a misspelt field': lambda board: curve(board)['fieldConfig']['defaults'].update(unitt='s'),
    'an unknown unit': lambda board: curve(board)['fieldConfig']['defaults'].update(unit='sec'),
    'a panel left out': lambda board: board['panels'].remove(curve(board)),
    'two panels in one place': lambda board: curve(board)['gridPos'].update(x=curve(board)['gridPos']['x'] + 1),
    'editable': lambda board: board.update(editable=True),
    'a variable of one value': lambda board: board['templating']['list'][1].update(multi=False),
    'no description': lambda board: curve(board).update(description=''),
    'a fixed data source': lambda board: curve(board)['datasource'].update(uid='prometheus'),
    'a type of panel that does not exist': lambda board: curve(board).update(type='timeserie'),
    'thresholds out of order': lambda board: curve(board)['fieldConfig']['defaults']['thresholds'].update(
        steps=[{'color': 'green', 'value': None}, {'color': 'red', 'value': 2}, {'color': 'orange', 'value': 1}]),
}
EXPRESSIONS = {
    'sum by (job) (rate(a_total{job="x"}[5m]))': {'a_total'},
    'a:b:c / on (slot) group_left (x) b_bytes offset 5m > bool 3': {'a:b:c', 'b_bytes'},
    'label_replace(vector(0), "table", "none", "", "") or c unless d': {'c', 'd'},
    'histogram_quantile(0.95, sum by (le) (rate(e_bucket{le!="on (f)"}[$__rate_interval])))': {'e_bucket'},
    'time() - max without (g) (h_seconds) and on () absent(i)': {'h_seconds', 'i'},
}


def complaints():
    board = dict((each['uid'], each) for _, each in monitoring_files.boards())['penstock-kafka']
    for name, plant in FAULTS.items():
        spoilt = copy.deepcopy(board)
        plant(spoilt)
        if not board_schema.faults(spoilt) and not list(board_lint.faults(spoilt)):
            yield '%s is not found' % name
    for text, wanted in EXPRESSIONS.items():
        if monitoring_files.metrics_of(text) != wanted:
            yield '%s reads %s, not %s' % (text, ', '.join(sorted(monitoring_files.metrics_of(text))), ', '.join(sorted(wanted)))
