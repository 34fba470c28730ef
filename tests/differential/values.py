"""Random values of many types as SQL text, and back from what a record shows to SQL text.

The way back is written from the documented forms (docs/types.md), not from the plugin: a value that comes back different from the
source is a difference in the comparison. `None` is NULL.
"""
import base64
import datetime
import decimal
import json
import string

EPOCH = datetime.datetime(1970, 1, 1)
PLACEHOLDER = '__debezium_unavailable_value'


class Type:
    """name: SQL type; make(random, long): a value as SQL text; back(json value, modes): SQL text; large: can be stored out of line."""

    def __init__(self, name, make, back, large=False, key=False, array=False, placeholder=PLACEHOLDER):
        self.name, self.make, self.back, self.large, self.key, self.array, self.placeholder = name, make, back, large, key, array, placeholder

    def unavailable(self, value, modes):
        """Is this the form that stands for a value that was not in the WAL?"""
        return self.large and value == (self.placeholder(modes) if callable(self.placeholder) else self.placeholder)


def words(random, long):
    alphabet = string.ascii_letters + string.digits + ' "\\/\'{},:\t\n' + 'éßЖ中\u2028\x01🐘'
    size = random.choice((0, 1, 5, 20)) if not long else random.choice((3000, 9000))
    return ''.join(random.choices(alphabet, k=size))


def plain(value, modes):
    if isinstance(value, bool):
        return 'true' if value else 'false'
    return str(value)


def integer(bits):
    low, high = -(1 << bits - 1), (1 << bits - 1) - 1
    return lambda random, long: str(random.choice((0, 1, -1, low, high, random.randint(low, high), random.randint(-99, 99))))


def float_text(random, long):
    return random.choice(('0', '-0', 'NaN', 'Infinity', '-Infinity', '1e10', '-1.5', '3.4e38', '1e-30', repr(random.uniform(-1e6, 1e6))))


def decimal_text(random, digits, scale):
    number = ''.join(random.choice('0123456789') for _ in range(random.randint(1, digits)))
    text = number[:-scale] + '.' + number[-scale:] if scale and len(number) > scale else number[:digits - scale]
    return random.choice(('', '-')) + (text or '0')


def decimal_back(scale):
    def back(value, modes):
        if modes['decimal.handling.mode'] != 'precise':
            return str(value)
        if isinstance(value, dict):
            return scaled(value['value'], value['scale'])
        return scaled(value, scale)
    return back


def scaled(encoded, scale):
    number = int.from_bytes(base64.b64decode(encoded), 'big', signed=True)
    return format(decimal.Decimal(number).scaleb(-scale, decimal.Context(prec=200)), 'f')


def binary(random, long):
    size = random.choice((0, 1, 7)) if not long else 4000
    return '\\x' + random.randbytes(size).hex()


def binary_back(value, modes):
    mode = modes['binary.handling.mode']
    if mode == 'hex':
        return '\\x' + value
    return '\\x' + (base64.urlsafe_b64decode if mode == 'base64-url-safe' else base64.b64decode)(value).hex()


def binary_placeholder(modes):
    mode = modes['binary.handling.mode']
    if mode == 'hex':
        return PLACEHOLDER
    return (base64.urlsafe_b64encode if mode == 'base64-url-safe' else base64.b64encode)(PLACEHOLDER.encode()).decode()


def bits(size, varying):
    def make(random, long):
        count = random.randint(1, size) if varying else size
        return ''.join(random.choice('01') for _ in range(count))
    return make


def bits_back(size):
    def back(value, modes):
        if isinstance(value, bool):
            return '1' if value else '0'
        raw = base64.b64decode(value)  # whatever binary.handling.mode says
        return bin(int.from_bytes(raw, 'little'))[2:].zfill(size)
    return back


def date_text(random, long):
    return str(datetime.date(1, 1, 2) + datetime.timedelta(days=random.randint(0, 3000000)))


def date_back(value, modes):
    if isinstance(value, str):
        return value.rstrip('Z')
    return str(datetime.date(1970, 1, 1) + datetime.timedelta(days=value))


def time_text(random, long):
    return '%02d:%02d:%02d.%06d' % (random.randint(0, 23), random.randint(0, 59), random.randint(0, 59), random.randint(0, 999999))


def moment_text(random, long):
    # Nanoseconds since 1970 have room for the years 1678 to 2262.
    return '%d-%02d-%02d %s' % (random.randint(1700, 2200), random.randint(1, 12), random.randint(1, 28), time_text(random, long))


def counted(digits, modes, of_day):
    """Units per second of a time (of_day) or timestamp with so many digits, or None where it is text."""
    mode = modes['time.precision.mode']
    if mode == 'isostring':
        return None
    fixed = {'microseconds': 1000000, 'nanoseconds': 1000000000}.get(mode)
    if mode == 'adaptive_time_microseconds' and of_day:
        fixed = 1000000
    return fixed or (1000 if digits <= 3 else 1000000)


def time_back(digits):
    def back(value, modes):
        if isinstance(value, str):
            return value.rstrip('Z')
        return str((EPOCH + microseconds(value, counted(digits, modes, True))).time())
    return back


def moment_back(digits):
    def back(value, modes):
        if isinstance(value, str):
            return value.rstrip('Z').replace('T', ' ')
        return str(EPOCH + microseconds(value, counted(digits, modes, False)))
    return back


def microseconds(value, units):
    return datetime.timedelta(microseconds=value * 1000000 // units)


def zoned_text(random, long):
    return moment_text(random, long) + random.choice(('+00', '+05:30', '-08'))


def json_text(random, long):
    value = random.choice((None, True, 1.5, 'x"y', [1, 'é', None], {'a': {'b': [1, 2]}, '': ' '}))
    return json.dumps({'v': value, 'pad': words(random, True).replace('\x00', '')} if long else value)


def element(text):
    return 'NULL' if text is None else '"%s"' % text.replace('\\', '\\\\').replace('"', '\\"')


def array_of(inner):
    def make(random, long):
        return '{%s}' % ','.join(element(None if random.random() < 0.2 else inner.make(random, False)) for _ in range(
            400 if long else random.randint(0, 4)))

    def back(value, modes):
        return '{%s}' % ','.join(element(None if v is None else inner.back(v, modes)) for v in value)
    codes = list(PLACEHOLDER.encode())
    form = codes if inner.name in ('integer', 'bigint', 'date') else [PLACEHOLDER]
    return Type(inner.name + '[]', make, back, large=inner.name in ('integer', 'bigint', 'text', 'varchar(40)'), array=True, placeholder=form)


def hstore_text(random, long):
    return ', '.join('%s=>%s' % (element(random.choice('abcé"') + str(i)), random.choice(('NULL', element(words(random, False)))))
                     for i in range(300 if long else random.randint(0, 4)))


def hstore_back(value, modes):
    pairs = value if isinstance(value, dict) else json.loads(value)
    return ', '.join('%s=>%s' % (element(k), element(v)) for k, v in pairs.items())


def hstore_placeholder(modes):
    pairs = {PLACEHOLDER: PLACEHOLDER}
    return pairs if modes['hstore.handling.mode'] == 'map' else json.dumps(pairs, separators=(',', ':'))


def range_text(random, long):
    low = random.randint(-1000, 1000)
    return random.choice(('empty', '[%d,%d)' % (low, low + random.randint(1, 99)), '(,%d)' % low, '[%d,)' % low))


INTEGER = Type('integer', integer(32), plain, key=True)
TEXT = Type('text', words, plain, large=True, key=True)
DATE = Type('date', date_text, date_back, key=True)
UUID = Type('uuid', lambda r, long: '%032x' % r.getrandbits(128), plain, key=True)
BASE = [
    Type('boolean', lambda r, long: r.choice(('true', 'false')), plain), Type('smallint', integer(16), plain, key=True), INTEGER,
    Type('bigint', integer(64), plain, key=True), Type('real', float_text, plain), Type('double precision', float_text, plain),
    Type('numeric', lambda r, long: decimal_text(r, 40, r.randint(0, 20)), decimal_back(0), key=True),
    Type('numeric(12,3)', lambda r, long: decimal_text(r, 12, 3), decimal_back(3), key=True),
    Type('numeric(20)', lambda r, long: decimal_text(r, 20, 0), decimal_back(0)),
    Type('money', lambda r, long: decimal_text(r, 15, 2), decimal_back(2)), TEXT,
    Type('varchar(40)', lambda r, long: words(r, False), plain, key=True), Type('char(9)', lambda r, long: words(r, False)[:9], plain),
    Type('varchar', words, plain, large=True), Type('bytea', binary, binary_back, large=True, key=True, placeholder=binary_placeholder), UUID,
    Type('json', json_text, plain, large=True), Type('jsonb', json_text, plain, large=True), DATE,
    Type('bit(1)', bits(1, False), bits_back(1)), Type('bit(13)', bits(13, False), bits_back(13)),
    Type('time', time_text, time_back(6)), Type('time(3)', time_text, time_back(3)), Type('timetz', lambda r, long: time_text(r, long) + '+00', plain),
    Type('timestamp', moment_text, moment_back(6), key=True), Type('timestamp(2)', moment_text, moment_back(2)),
    Type('timestamptz', zoned_text, plain, key=True), Type('timestamptz(0)', zoned_text, plain),
    Type('inet', lambda r, long: r.choice(('10.0.0.%d' % r.randint(0, 255), '::1', '10.1.0.0/16')), plain, key=True),
    Type('macaddr', lambda r, long: '%012x' % r.getrandbits(48), plain), Type('int4range', range_text, plain),
    Type('point', lambda r, long: '(%d,%r)' % (r.randint(-9, 9), r.uniform(-99, 99)), lambda v, modes: '(%r,%r)' % (v['x'], v['y'])),
    Type('hstore', hstore_text, hstore_back, large=True, placeholder=hstore_placeholder),
    Type('"Mood é"', lambda r, long: r.choice(('sad', 'x y', 'é"q')), plain, key=True),
    Type('posint', lambda r, long: str(r.randint(1, 999)), plain, key=True),
]
TYPES = BASE + [array_of(t) for t in BASE if t.name in ('integer', 'bigint', 'text', 'varchar(40)', 'boolean', 'date', 'uuid', 'numeric(12,3)', 'double precision')]
