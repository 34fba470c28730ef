"""Panels as SVG: single numbers, curves, bars, states over time."""
import html
import math
import time

from grafana_units import ticks, written

COLORS = {'green': '#56A64B', 'orange': '#E08400', 'red': '#E02F44', 'blue': '#3274D9', 'text': '#D8D9DA', 'transparent': 'none'}
PALETTE = ('#73BF69', '#F2CC0C', '#8AB8FF', '#FF780A', '#F2495C', '#5794F2', '#B877D9', '#6ED0E0', '#E0B400', '#A352CC', '#37872D', '#FFA6B0')
GRID, FAINT, TEXT = '#2c3235', '#9fa7b3', '#D8D9DA'
LINE = 15           # height of a line of the legend


def text(x, y, words, size=11, color=TEXT, anchor='start', weight=400):
    return '<text x="%.1f" y="%.1f" font-size="%g" fill="%s" text-anchor="%s" font-weight="%d">%s</text>' % (
        x, y, size, color, anchor, weight, html.escape(str(words)))


def shortened(words, width, size=11):
    room = max(4, int(width / (size * 0.56)))
    return words if len(words) <= room else words[:room - 1] + '…'


def threshold_color(defaults, value):
    color = 'text'
    for step in defaults['thresholds']['steps']:
        if step['value'] is None or value >= step['value']:
            color = step['color']
    return COLORS.get(color, color)


def mapped(defaults, value):
    """(text, colour) by the value mappings; None for what they leave as it is."""
    for mapping in defaults['mappings']:
        options = mapping['options']
        if mapping['type'] == 'value' and '%g' % value in options:
            found = options['%g' % value]
            return found['text'], COLORS.get(found['color'], found['color'])
        if mapping['type'] == 'range' and (options['from'] is None or value >= options['from']) and (options['to'] is None or value <= options['to']):
            return options['result']['text'], COLORS.get(options['result']['color'], options['result']['color'])
    return None


def override(panel, name):
    """The colour that an override gives a series of this name."""
    for each in panel['fieldConfig']['overrides']:
        if each['matcher']['id'] == 'byName' and each['matcher']['options'] == name:
            return COLORS[each['properties'][0]['value']['fixedColor']]
    return None


def stat(panel, series, width, height):
    defaults = panel['fieldConfig']['defaults']
    value = series[0]['points'][-1][1] if series and series[0]['points'] else math.nan
    if math.isnan(value):
        words, color = 'No data', '#44474d'
    else:
        words, color = mapped(defaults, value) or (written(value, defaults['unit'], defaults.get('decimals')), threshold_color(defaults, value))
        if panel['options']['textMode'] == 'name':
            words = series[0]['name']
            color = override(panel, words) or color
    size = min(34, (width - 20) / max(1, len(words)) / 0.56)
    return ('<rect x="0" y="0" width="%d" height="%d" rx="3" fill="%s"/>' % (width, height, color) +
            text(10, 20, shortened(panel['title'], width - 20, 12), 12, '#ffffff', weight=500) +
            text(width / 2, height / 2 + size / 2 + 2, words, size, '#ffffff', 'middle', 600))


class Axes:
    """Where a moment and a value lie in the plot."""

    def __init__(self, panel, low, high, start, end, box):
        defaults = panel['fieldConfig']['defaults']
        self.unit, self.log = defaults['unit'], defaults['custom']['scaleDistribution']['type'] == 'log'
        self.left, self.top, self.width, self.height = box
        self.start, self.end = start, end
        if self.log:
            low = low or 1e-3
            self.low, self.high = 10 ** math.floor(math.log10(low)), 10 ** math.ceil(math.log10(max(high, low * 1.01)))
        else:
            self.low, self.high = min(low, defaults.get('min', low)), defaults.get('max', high * 1.08)
            if self.high <= self.low:
                self.high = self.low + 1

    def x(self, moment):
        return self.left + (moment - self.start) / (self.end - self.start) * self.width

    def y(self, value):
        if self.log:
            value = max(value, self.low)
            share = (math.log10(value) - math.log10(self.low)) / (math.log10(self.high) - math.log10(self.low))
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.top + self.height * (1 - min(1.0, max(0.0, share)))

    def values(self):
        if not self.log:
            return ticks(self.low, self.high, self.unit, max(2, int(self.height / 32)))
        power, found = self.low, []
        while power <= self.high * 1.001:
            found.append(power)
            power *= 10
        return found

    def grid(self):
        parts = []
        for value in self.values():
            y = self.y(value)
            parts.append('<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" stroke="%s"/>' % (self.left, self.left + self.width, y, y, GRID))
            parts.append(text(self.left - 6, y + 4, written(value, self.unit), 10, FAINT, 'end'))
        step = next(each for each in (60, 120, 300, 600, 1800, 3600, 7200, 21600, 10 ** 9) if (self.end - self.start) / each <= max(3, self.width / 60))
        moment = math.ceil(self.start / step) * step
        while moment <= self.end:
            x = self.x(moment)
            parts.append('<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" stroke="%s"/>' % (x, x, self.top, self.top + self.height, GRID))
            parts.append(text(x, self.top + self.height + 14, time.strftime('%H:%M', time.gmtime(moment)), 10, FAINT, 'middle'))
            moment += step
        return ''.join(parts)


def pieces(points, gap):
    """Runs of points without a hole."""
    run = []
    for moment, value in points:
        if math.isnan(value) or math.isinf(value):
            continue
        if run and moment - run[-1][0] > gap:
            yield run
            run = []
        run.append((moment, value))
    if run:
        yield run


def stacked(series):
    """Each series on top of those before: (moment, bottom, top)."""
    sums, found = {}, []
    for each in series:
        points = []
        for moment, value in each['points']:
            if not math.isnan(value):
                bottom = sums.get(moment, 0.0)
                sums[moment] = bottom + value
                points.append((moment, bottom, bottom + value))
        found.append(points)
    return found


def finite(series):
    return [value for each in series for _, value in each['points'] if not math.isnan(value) and not math.isinf(value)]


def curves(panel, series, width, height, start, end):
    defaults = panel['fieldConfig']['defaults']
    stack = defaults['custom']['stacking']['mode'] == 'normal'
    rows = min(len(series), max(1, int(height * 0.32 / LINE)))
    bottom = height - (rows + 1) * LINE - 10
    layers = stacked(series) if stack else None
    values = [top for layer in layers for _, _, top in layer] if stack else finite(series)
    if not values:
        return text(width / 2, height / 2, 'No data', 15, FAINT, 'middle')
    positive = [value for value in values if value > 0]
    if defaults['custom']['scaleDistribution']['type'] == 'log':
        # A logarithm has no 0: such points are left out, as Grafana does.
        values = positive or [0.001]
        series = [dict(each, points=[point for point in each['points'] if point[1] > 0]) for each in series]
    axes = Axes(panel, min(values) if not stack else 0, max(values), start, end, (66, 34, width - 80, bottom - 34 - 20))
    parts = [axes.grid()]
    for number, each in enumerate(series):
        color = PALETTE[number % len(PALETTE)]
        if stack:
            parts += area(axes, layers[number], color)
        else:
            parts += curve(axes, each['points'], color, defaults['custom']['fillOpacity'] / 100)
    if defaults['custom']['thresholdsStyle']['mode'] != 'off':
        for step in defaults['thresholds']['steps'][1:]:
            if axes.low < step['value'] < axes.high:
                y = axes.y(step['value'])
                parts.append('<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" stroke="%s" stroke-dasharray="8 6"/>' % (
                    axes.left, axes.left + axes.width, y, y, COLORS[step['color']]))
    return ''.join(parts) + legend(series, rows, defaults, width, bottom + 4)


def curve(axes, points, color, opacity):
    for run in pieces(points, 90):
        line = ' '.join('%.1f,%.1f' % (axes.x(moment), axes.y(value)) for moment, value in run)
        ground = axes.y(axes.low)
        yield '<polygon points="%.1f,%.1f %s %.1f,%.1f" fill="%s" fill-opacity="%.2f"/>' % (axes.x(run[0][0]), ground, line, axes.x(run[-1][0]), ground, color, opacity)
        yield '<polyline points="%s" fill="none" stroke="%s" stroke-width="1.4" stroke-linejoin="round"/>' % (line, color)


def runs_of(layer, gap):
    """Runs of a layer without a hole."""
    run = []
    for point in layer:
        if run and point[0] - run[-1][0] > gap:
            yield run
            run = []
        run.append(point)
    if run:
        yield run


def area(axes, whole, color):
    for layer in runs_of(whole, 90):
        above = ' '.join('%.1f,%.1f' % (axes.x(moment), axes.y(top)) for moment, _, top in layer)
        below = ' '.join('%.1f,%.1f' % (axes.x(moment), axes.y(bottom)) for moment, bottom, _ in reversed(layer))
        yield '<polygon points="%s %s" fill="%s" fill-opacity="0.45"/><polyline points="%s" fill="none" stroke="%s" stroke-width="1.2"/>' % (above, below, color, above, color)


def legend(series, rows, defaults, width, top):
    parts = [text(width - 84, top + 8, 'Last', 10, FAINT, 'end'), text(width - 12, top + 8, 'Max', 10, FAINT, 'end')]
    for number, each in enumerate(series[:rows]):
        y = top + 8 + (number + 1) * LINE
        values = finite([each])
        name = each['name'] if number < rows - 1 or len(series) <= rows else '%s  … and %d more' % (each['name'], len(series) - rows)
        parts.append('<rect x="10" y="%.1f" width="12" height="3" rx="1" fill="%s"/>' % (y - 5, PALETTE[number % len(PALETTE)]))
        parts.append(text(27, y, shortened(name, width - 190), 11))
        for right, value in ((width - 84, values[-1] if values else math.nan), (width - 12, max(values) if values else math.nan)):
            parts.append(text(right, y, written(value, defaults['unit']), 11, TEXT, 'end'))
    return ''.join(parts)


def bars(panel, series, width, height):
    defaults = panel['fieldConfig']['defaults']
    found = [(each['name'], each['points'][-1][1]) for each in series if each['points']]
    if not found:
        return text(width / 2, height / 2, 'No data', 15, FAINT, 'middle')
    top, room = 34, height - 42
    step = min(34, room / len(found))
    name_width = min(width * 0.45, max(len(name) for name, _ in found) * 6.4 + 16)
    largest, full = max(value for _, value in found) or 1, width - name_width - 84
    parts = []
    for number, (name, value) in enumerate(found):
        y = top + number * step
        parts.append(text(name_width, y + step / 2 + 4, shortened(name, name_width - 10), 11, TEXT, 'end'))
        parts.append('<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="#22252b"/>' % (name_width + 8, y + 2, full, step - 5))
        parts.append('<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="#5794F2"/>' % (name_width + 8, y + 2, max(1, full * value / largest), step - 5))
        parts.append(text(name_width + 14 + full, y + step / 2 + 4, written(value, defaults['unit']), 11, '#8AB8FF'))
    return ''.join(parts)


def states(panel, series, width, height, start, end, step):
    defaults = panel['fieldConfig']['defaults']
    left = max([60] + [len(each['name']) * 6.6 + 18 for each in series])
    full, parts = width - left - 16, []
    row = (height - 62) / max(1, len(series))
    for number, each in enumerate(series):
        y = 34 + number * row
        parts.append(text(left - 8, y + row / 2 + 4, each['name'], 11, TEXT, 'end'))
        runs = []
        for moment, value in each['points']:
            if runs and runs[-1][2] == value and moment - runs[-1][1] <= step * 1.5:
                runs[-1][1] = moment
            else:
                runs.append([moment, moment, value])
        for first, last, value in runs:
            words, color = mapped(defaults, value) or (written(value, defaults['unit']), threshold_color(defaults, value))
            x, wide = left + (first - start) / (end - start) * full, max(1.5, (min(last + step, end) - first) / (end - start) * full)
            parts.append('<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s" fill-opacity="0.8"/>' % (x, y + 2, wide, row * 0.85 - 2, color))
            if wide > len(words) * 7 + 12:
                parts.append(text(x + 6, y + row / 2 + 3, words, 11, '#ffffff'))
    for moment in range(int(math.ceil(start / 300) * 300), int(end) + 1, 300):
        parts.append(text(left + (moment - start) / (end - start) * full, height - 12, time.strftime('%H:%M', time.gmtime(moment)), 10, FAINT, 'middle'))
    return ''.join(parts) if series else text(width / 2, height / 2, 'No data', 15, FAINT, 'middle')
