"""Numbers as Grafana writes them, by the units that our boards use."""
import math

SHORT = ((1e12, ' T'), (1e9, ' B'), (1e6, ' Mil'), (1e3, ' K'))
BYTES = ((2 ** 40, ' TiB'), (2 ** 30, ' GiB'), (2 ** 20, ' MiB'), (2 ** 10, ' KiB'))
BYTES_A_SECOND = ((1e9, ' GB/s'), (1e6, ' MB/s'), (1e3, ' kB/s'))
SECONDS = ((31536000, ' years'), (604800, ' weeks'), (86400, ' days'), (3600, ' hours'), (60, ' mins'))
SUFFIX = {'cps': ' c/s', 'cpm': ' c/m', 'ops': ' ops/s', 'rowsps': ' rows/s', 'reqps': ' req/s'}


def digits(value, decimals=None):
    if decimals is None:
        size = abs(value)
        decimals = 0 if size >= 100 or abs(value - round(value)) < 1e-9 else 1 if size >= 10 else 2
    return '%.*f' % (decimals, value)


def scaled(value, steps, base, decimals):
    for size, name in steps:
        if abs(value) >= size:
            return digits(value / size, decimals) + name
    return digits(value, decimals) + base


def seconds(value, decimals):
    size = abs(value)
    if value == 0:
        return '0 s'
    if size < 1e-3:
        return digits(value * 1e6, decimals) + ' µs'
    if size < 1:
        return digits(value * 1e3, decimals) + ' ms'
    return scaled(value, SECONDS, ' s', decimals)


def written(value, unit, decimals=None):
    if math.isnan(value):
        return 'No data'
    if math.isinf(value):
        return '∞'
    if unit == 's':
        return seconds(value, decimals)
    if unit == 'bytes':
        return scaled(value, BYTES, ' B', decimals)
    if unit == 'Bps':
        return scaled(value, BYTES_A_SECOND, ' B/s', decimals)
    if unit == 'percentunit':
        return digits(value * 100, decimals) + '%'
    if unit == 'none':
        return digits(value, decimals)
    return scaled(value, SHORT, '', decimals) + SUFFIX.get(unit, '')


def ticks(low, high, unit, wanted=5):
    """Round values from low to high for an axis."""
    span = high - low or 1
    raw = span / wanted
    base = 1024 if unit == 'bytes' else 10
    power = base ** math.floor(math.log(raw, base))
    choices = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512) if unit == 'bytes' else (1, 2, 2.5, 5, 10)
    if unit == 's' and raw > 20:
        power, choices = 1, (30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400)
    step = next((power * choice for choice in choices if power * choice >= raw), power * base)
    first = math.ceil(low / step)
    return [number * step for number in range(first, first + wanted * 3) if number * step <= high + step * 1e-9]
