"""monitoring.sh draw: pictures of the boards, from their JSON and a Prometheus, by headless Chromium. No Grafana is needed."""
import html
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import svg_charts
import prometheus_api
import monitoring_files

WIDTH, UNIT, GAP, HEAD = 1680, 38, 8, 74
STYLE = ("body{margin:0;background:#111217} text{font-family:Inter,'DejaVu Sans',sans-serif;font-variant-numeric:tabular-nums}")


class Drawer:
    def __init__(self, server, minutes):
        self.server = server
        self.end = float(os.environ.get('END') or int(time.time()) // 5 * 5)
        self.start = self.end - minutes * 60
        self.step = max(5, int(minutes * 60 / 360))
        self.interval = '%ds' % max(20, self.step + 5)

    def series(self, panel):
        """What the queries of a panel give: [{'name', 'points': [(moment, value)]}], by name."""
        found = []
        for target in panel['targets']:
            expression = monitoring_files.substituted(target['expr'], self.interval)
            if target.get('instant'):
                answer = [dict(each, values=[each['value']]) for each in self.server.get('query', query=expression, time=self.end)['result']]
            else:
                answer = self.server.range(expression, self.start, self.end, self.step)
            found += [{'name': legend(target['legendFormat'], each['metric']), 'points': [(float(moment), float(value)) for moment, value in each['values']]}
                      for each in answer]
        if panel['type'] == 'bargauge':
            found.sort(key=lambda each: -each['points'][-1][1])
        return found

    def panel(self, panel, x, y, width, height):
        if panel['type'] == 'row':
            return '<g transform="translate(%d,%d)">%s</g>' % (x, y, svg_charts.text(6, 24, '⌄  ' + panel['title'], 14, '#ffffff', weight=600))
        series, kind = self.series(panel), panel['type']
        if kind == 'stat':
            inner = svg_charts.stat(panel, series, width, height)
        else:
            inner = '<rect width="%d" height="%d" rx="3" fill="#181b1f" stroke="#2c3235"/>' % (width, height)
            inner += svg_charts.text(10, 20, svg_charts.shortened(panel['title'], width - 20, 12), 12.5, weight=600)
            if kind == 'timeseries':
                inner += svg_charts.curves(panel, series, width, height, self.start, self.end)
            elif kind == 'bargauge':
                inner += svg_charts.bars(panel, series, width, height)
            else:
                inner += svg_charts.states(panel, series, width, height, self.start, self.end, self.step)
        return '<g transform="translate(%d,%d)">%s</g>' % (x, y, inner)

    def page(self, board):
        """(html, height)"""
        column, parts = (WIDTH - GAP) / 24, []
        height = HEAD + max(each['gridPos']['y'] + each['gridPos']['h'] for each in board['panels']) * UNIT + GAP
        parts.append(svg_charts.text(GAP + 4, 32, board['title'], 21, '#ffffff', weight=600))
        parts.append(svg_charts.text(GAP + 4, 55, board['description'], 12.5, svg_charts.FAINT))
        parts.append(svg_charts.text(WIDTH - GAP - 4, 32, '%s to %s UTC' % tuple(time.strftime('%H:%M', time.gmtime(at)) for at in (self.start, self.end)), 12.5,
                                svg_charts.FAINT, 'end'))
        parts.append(svg_charts.text(WIDTH - GAP - 4, 55, '   '.join('↗ ' + link['title'] for link in board['links']), 12.5, '#6E9FFF', 'end'))
        for each in board['panels']:
            grid = each['gridPos']
            parts.append(self.panel(each, GAP + grid['x'] * column, HEAD + grid['y'] * UNIT, grid['w'] * column - GAP, grid['h'] * UNIT - GAP))
        return '<!doctype html><meta charset="utf-8"><title>%s</title><style>%s</style><svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d">%s</svg>' % (
            html.escape(board['title']), STYLE, WIDTH, height, '\n'.join(parts)), height


def legend(pattern, labels):
    if pattern != '__auto':
        return re.sub(r'\{\{\s*(\w+)\s*\}\}', lambda match: labels.get(match.group(1), ''), pattern).strip() or 'all'
    own = {name: value for name, value in labels.items() if name != '__name__'}
    return ', '.join('%s=%s' % pair for pair in sorted(own.items())) or 'value'


def photograph(text, height, path):
    """A page as PNG."""
    browser = next((found for found in map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome')) if found), None)
    if not browser:
        sys.exit('draw: no Chromium: scripts/setup.sh pictures')
    with tempfile.TemporaryDirectory() as folder:
        page = os.path.join(folder, 'board.html')
        with open(page, 'w') as file:
            file.write(text)
        done = subprocess.run([browser, '--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--user-data-dir=' + os.path.join(folder, 'profile'),
                               '--window-size=%d,%d' % (WIDTH, math.ceil(height)), '--screenshot=' + path, 'file://' + page],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    if done.returncode or not os.path.exists(path):
        sys.exit('draw: %s' % done.stdout.strip()[-500:])


def main():
    server, folder = prometheus_api.Server(sys.argv[1]), os.path.abspath(sys.argv[2])
    os.makedirs(folder, exist_ok=True)
    drawer = Drawer(server, float(os.environ.get('MINUTES', '30')))
    for _, board in monitoring_files.boards():
        path = os.path.join(folder, board['uid'] + '.png')
        photograph(*drawer.page(board), path)
        print('%s: %d panels' % (os.path.relpath(path), len(monitoring_files.panels(board))))


if __name__ == '__main__':
    main()
