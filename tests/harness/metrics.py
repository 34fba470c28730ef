"""One scrape of /metrics as numbers."""
import re

LINE = re.compile(r'^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Scrape:
    def __init__(self, text):
        self.values, self.types = {}, {}
        for line in text.splitlines():
            if line.startswith('# TYPE '):
                self.types[line.split()[2]] = line.split()[3]
            elif line and not line.startswith('#'):
                name, labels, value = LINE.match(line).groups()
                series = (name, frozenset(LABEL.findall(labels or '')))
                assert series not in self.values, 'twice: %s' % line
                self.values[series] = float(value)

    def get(self, name, **labels):
        """The value of the series with exactly these labels; None if there is none."""
        return self.values.get((name, frozenset(labels.items())))

    def sum(self, name, **labels):
        """Of every series of that name that has these labels among its own."""
        return sum(value for (own, has), value in self.values.items() if own == name and has >= labels.items())


def scrape(relay):
    status, text = relay.get('/metrics')
    assert status == 200, text
    return Scrape(text)
