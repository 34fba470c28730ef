"""Kafka records to events, events to typed rows. Pure: DataFrame in, DataFrame out, no action.

events(): one row a record, parsed once, whichever form it has (with or without schemas, envelope or flattened). Columns:
  topic partition offset timestamp key value headers   as received
  table   name of the table in the catalogue; null when none
  op      c u r d t, 'm' (logical message), 'x' (tombstone)
  pos     order of the changes of one key, a string that sorts (see position())
  lsn tx_id commit_ts   of the source; commit_ts is a timestamp
  key_json before after   JSON text of the key, old and new row
  problem exception     why the record cannot be used (unparsable, unknown_table, unknown_op, missing_key, missing_row), and details
rows(): the events of one table with typed columns. Columns:
  the table's columns   of the new row (old row, then key, where there is no new one: deletes)
  _op _pos _lsn _tx_id _commit_ts _topic _partition _offset _timestamp _key _value _headers   as above
  _before        struct of the same columns, null when the record has no old row
  _unavailable   names of columns whose value the record does not hold (TOAST that did not change); the columns are null
  _problem _exception   as above, further: impossible_type (a value that the column's type cannot hold)
"""
import base64
import functools
import hashlib
import uuid

from pyspark.sql import functions as F, types as T

PLACEHOLDER = '__debezium_unavailable_value'
SOURCE = 'struct<ts_ms: bigint, ts_us: bigint, snapshot: string, sequence: string, table: string, txId: bigint, lsn: bigint>'
MEMBERS = 'before: string, after: string, source: %s, op: string, ts_ms: bigint' % SOURCE
ENVELOPE = 'struct<%s, payload: struct<%s>, __broken: string>' % (MEMBERS, MEMBERS)
ROW_OPS = ('c', 'u', 'r', 'd')


def placeholders(text=PLACEHOLDER):
    """Every form in which the placeholder comes, as the JSON text of the value (strings without quotes)."""
    data = text.encode()
    encoded = base64.b64encode(data).decode()
    named = str(uuid.UUID(bytes=hashlib.md5(data).digest(), version=3))     # noqa: S324  the form the records have
    return [text, encoded, data.hex(), '{"%s":"%s"}' % (text, text), '["%s"]' % text, '["%s"]' % encoded, '["%s"]' % data.hex(),
            '[%s]' % ','.join(str(byte) for byte in data), '["%s"]' % named]


def hexadecimal(column):
    return F.lpad(F.hex(column), 16, '0')


def position(op, lsn, sequence, offset):
    """A string that sorts as the changes of a key happened. First the place in the stream: the greater of the change's own LSN and
    the end of the last commit before its transaction (a change may be written before the commit that it follows); then its LSN. Rows
    of an initial snapshot sort before everything that was streamed, rows of a snapshot taken in mid-stream where the stream stood.
    Records without an LSN (flattened) go by their offset."""
    before, own = sequence[0].cast('bigint'), sequence[1].cast('bigint')
    place = F.coalesce(lsn, own, offset)
    reached = F.greatest(place, F.coalesce(before, place))
    initial = (op == 'r') & before.isNull()
    return (F.when(initial, F.concat(F.lit('!'), F.substring(hexadecimal(place), 2, 15), F.lit('0' * 16)))
            .when(op == 'r', F.concat(hexadecimal(reached), F.lit('0' * 16)))
            .otherwise(F.concat(hexadecimal(reached), hexadecimal(place))))


FLAT = ('struct<__deleted: string, __op: string, __lsn: bigint, __source_lsn: bigint, __source_ts_ms: bigint, __source_ts_us: bigint, __table: string, '
        '__source_table: string>')
RECORD = ('topic', 'partition', 'offset', 'timestamp', 'key', 'value', 'headers')


def events(records, tables, flattened=False):
    """See above. tables: {name: schemas.Table}. flattened: records are rows without an envelope; then offsets are positions and a
    tombstone is a delete."""
    for step in _event_steps(tuple(tables), bool(flattened)):
        records = records.select(*step)
    return records


def _unwrapped(text):
    """The payload where there is a schema beside it."""
    payload = F.get_json_object(text, '$.payload')
    return F.when(F.col(text).startswith('{"schema":') & payload.isNotNull(), payload).otherwise(F.col(text))


@functools.lru_cache(maxsize=None)
def _event_steps(tables, flattened):
    """As _steps() below."""
    record = [F.col(name) for name in RECORD]
    text = F.col('value').cast('string')
    read = [*record, text.alias('_text'), F.from_json(text, ENVELOPE, {'mode': 'PERMISSIVE', 'columnNameOfCorruptRecord': '__broken'}).alias('_e'),
            F.col('key').cast('string').alias('_k')]
    wrapped = F.col('_e.payload').isNotNull() & F.col('_e.op').isNull()
    inner = [*record, F.col('_text'), F.col('_k'), (F.col('_e').isNull() | F.col('_e.__broken').isNotNull()).alias('_broken'),
             F.when(wrapped, F.col('_e.payload')).otherwise(F.struct(*[F.col('_e.' + name) for name in ('before', 'after', 'source', 'op', 'ts_ms')])).alias('_p'),
             (_unwrapped('_text') if flattened else F.lit(None).cast('string')).alias('_flat_text')]
    envelope = F.col('_p.op').isNotNull() | F.col('_p.source.lsn').isNotNull() | F.col('_p.source.table').isNotNull()
    null = F.col('value').isNull() | (F.col('_text') == 'null')
    if flattened:
        null = null | (F.col('_flat_text') == 'null') | (F.col('_text').startswith('{"schema":') & F.get_json_object('_text', '$.payload').isNull() & F.col('_text').endswith('"payload":null}'))
    flat = F.from_json('_flat_text', FLAT) if flattened else F.lit(None).cast(FLAT)
    named = [*record, F.col('_broken'), F.col('_p'), F.col('_flat_text'), envelope.alias('_envelope'), null.alias('_null'), flat.alias('_flat'),
             F.from_json('_p.source.sequence', 'array<string>').alias('_sequence'), _unwrapped('_k').alias('key_json')]
    is_flat = F.lit(flattened) & ~F.col('_envelope')
    op = (F.when(F.col('_null'), 'd' if flattened else 'x').when(F.col('_broken'), None).when(F.col('_envelope'), F.col('_p.op'))
          .when(is_flat, F.when(F.col('_flat.__deleted') == 'true', 'd').otherwise(F.coalesce(F.col('_flat.__op'), F.lit('u')))))
    table = F.coalesce(F.col('_p.source.table'), F.col('_flat.__source_table'), F.col('_flat.__table'), F.element_at(F.split('topic', r'\.'), -1))
    lsn = F.coalesce(F.col('_p.source.lsn'), F.col('_flat.__source_lsn'), F.col('_flat.__lsn'))
    micros = F.coalesce(F.col('_p.source.ts_us'), F.col('_p.source.ts_ms') * 1000, F.col('_flat.__source_ts_us'), F.col('_flat.__source_ts_ms') * 1000)
    shaped = [*record, F.col('key_json'), F.col('_sequence'), F.col('_broken'), op.alias('op'), table.alias('_named'), lsn.alias('lsn'), F.col('_p.source.txId').alias('tx_id'),
              F.timestamp_micros(micros).alias('commit_ts'), F.col('_p.before').alias('before'),
              F.when(is_flat & ~F.col('_null'), F.col('_flat_text')).otherwise(F.col('_p.after')).alias('after'), F.col('_null'),
              (is_flat | F.col('_envelope') | F.col('_null')).alias('_shaped')]
    place = F.col('offset') if flattened else F.col('lsn')
    placed = [*record, F.when(F.col('_named').isin(list(tables)), F.col('_named')).alias('table'), F.col('op'),
              position(F.col('op'), place, F.col('_sequence'), F.col('offset')).alias('pos'),
              *[F.col(name) for name in ('lsn', 'tx_id', 'commit_ts', 'key_json', 'before', 'after', '_null', '_broken', '_shaped', '_named')]]
    return (read, inner, named, shaped, placed, *_judgement())


def _judgement():
    """Steps that name the problem."""
    op = F.col('op')
    problem = (F.when(F.col('_broken') & ~F.col('_null'), F.lit('unparsable'))
               .when(~F.col('_shaped'), 'unknown_form')
               .when(op.isNull() | ~op.isin(*ROW_OPS, 't', 'm', 'x'), 'unknown_op')
               .when(op.isin('m', 'x'), None)
               .when(F.col('table').isNull(), 'unknown_table')
               .when(op.isin('c', 'u', 'r') & F.col('after').isNull(), 'missing_row')
               .when(op.isin(*ROW_OPS) & F.col('key_json').isNull(), 'missing_key'))
    found = F.col('problem')
    exception = (F.when(found == 'unparsable', F.lit('not a JSON object'))
                 .when(found == 'unknown_form', F.lit('neither an envelope nor a flattened record'))
                 .when(found == 'unknown_op', F.concat(F.lit('op '), F.coalesce(op, F.lit('null'))))
                 .when(found == 'unknown_table', F.concat(F.lit('table '), F.coalesce(F.col('_named'), F.lit('null')))))
    kept = [F.col(name) for name in (*RECORD, 'table', 'op', 'pos', 'lsn', 'tx_id', 'commit_ts', 'key_json', 'before', 'after')]
    return [*kept, F.col('_named'), problem.alias('problem')], [*kept, found, exception.alias('exception')]


def let(value, body):
    """body(value) with value worked out once, however often body names it: a Column is a tree that is copied at each use."""
    return F.transform(F.array(value), body)[0]


def decimal_of_bytes(text, scale):
    """Connect's Decimal: the unscaled number as big-endian two's complement in base64. Up to 16 bytes. Its digits as text."""
    two64 = F.lit('18446744073709551616').cast('decimal(20,0)')

    def whole(padded):
        low = F.conv(F.substring(padded, 17, 16), 16, 10).cast('decimal(20,0)')
        high = F.conv(F.substring(padded, 1, 16), 16, 10).cast('decimal(20,0)')
        signed = F.when(F.substring(padded, 1, 1).isin(*'89ABCDEF'), high - two64).otherwise(high)
        return (signed * two64 + low).cast('decimal(38,0)').cast('string')

    def padded(data):
        filled = F.when(F.substring(data, 1, 1).isin(*'89ABCDEF'), F.lpad(data, 32, 'F')).otherwise(F.lpad(data, 32, '0'))
        return F.when(F.length(data) <= 32, filled)
    digits = let(let(F.hex(F.unbase64(text)), padded), whole)
    return let(digits, lambda found: _shifted(found, F.lit(scale) if isinstance(scale, int) else scale))


def _shifted(digits, scale):
    """'-12345', 2 -> '-123.45' as text, so that no precision is lost on the way."""
    sign = F.when(digits.startswith('-'), '-').otherwise('')
    plain = F.regexp_replace(digits, '-', '')

    def pointed(padded):
        return F.concat(sign, F.substring(padded, F.lit(1), F.length(padded) - scale), F.lit('.'), F.right(padded, scale))
    return F.when(scale == 0, digits).otherwise(let(F.when(F.length(plain) <= scale, F.lpad(plain, scale + 1, F.lit('0'))).otherwise(plain), pointed))


def decimal_text(raw, scale):
    """Digits of a decimal in any handling mode: text or number as it is, base64 by the scale, {"scale", "value"} by its own."""
    def digits(text):
        number = text.rlike(r'^[-+]?\d+(\.\d*)?([eE][-+]?\d+)?$')
        # "1234" may be text or base64; base64 of a column with a fraction never has a point, text always has one.
        is_text = number & (text.contains('.') | text.rlike('[eE]') if scale else F.lit(True))
        variable = F.from_json(text, 'struct<scale: int, value: string>')
        return (F.when(is_text | text.rlike(r'(?i)^(nan|[-+]?infinity)$'), text)
                .when(text.startswith('{'), let(variable, lambda found: decimal_of_bytes(found['value'], found['scale'])))
                .when(text.rlike(r'^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$') & (F.length(text) > 0), decimal_of_bytes(text, scale))
                .otherwise(text))
    return let(raw, digits)


def typed(raw, column):
    """The value of a column from the JSON text of it; null if it has none or the type cannot hold it."""
    kind, wanted = column.kind, column.type
    if kind == 'decimal':
        digits = decimal_text(raw, wanted.scale if isinstance(wanted, T.DecimalType) else 0)
        return digits.try_cast(wanted) if isinstance(wanted, T.DecimalType) else digits
    if isinstance(wanted, T.DateType):
        days = raw.rlike(r'^-?\d+$')
        return F.when(days, F.date_from_unix_date(raw.try_cast('int'))).otherwise(raw.try_cast('date'))
    if isinstance(wanted, T.TimestampType):
        per_second = {'io.debezium.time.Timestamp': 10 ** 3, 'org.apache.kafka.connect.data.Timestamp': 10 ** 3, 'io.debezium.time.NanoTimestamp': 10 ** 9}
        number = raw.try_cast('bigint')
        unit = per_second.get(kind, 10 ** 6)
        micros = number * F.lit(10 ** 6 // unit) if unit <= 10 ** 6 else F.floor(number / F.lit(1000)).cast('bigint')
        return F.when(raw.rlike(r'^-?\d+$'), F.timestamp_micros(micros)).otherwise(raw.try_cast('timestamp'))
    if isinstance(wanted, T.BinaryType):
        return F.try_to_binary(raw, F.lit('base64'))
    return raw if isinstance(wanted, T.StringType) else raw.try_cast(wanted)


def _texts(json, table):
    return F.from_json(json, T.StructType([T.StructField(name, T.StringType()) for name in table.names]))


METADATA = ('op', 'pos', 'lsn', 'tx_id', 'commit_ts', 'topic', 'partition', 'offset', 'timestamp', 'key', 'value', 'headers')


@functools.lru_cache(maxsize=None)
def _steps(table, placeholder):
    """Lists of columns, to be selected one after the other. Each step names what the one before has worked out, so that nothing is worked
    out twice. They are the same for every batch, and making them takes longer than a batch should."""
    forms = placeholders(placeholder)
    kept = [F.col('_' + name) for name in METADATA] + [F.col('_problem'), F.col('_exception'), F.col('_has_old')]
    read = [F.col(name).alias('_' + name) for name in METADATA] + [F.col('problem').alias('_problem'), F.col('exception').alias('_exception'),
                                                                   F.col('before').isNotNull().alias('_has_old')]
    image = F.when(F.col('op') == 'd', F.coalesce(F.col('before'), F.col('after'))).otherwise(F.col('after'))
    structs = [*read, _texts(image, table).alias('_new'), _texts(F.col('before'), table).alias('_old'), _texts(F.col('key_json'), table).alias('_id')]
    texts, values, absent, wrong, no_key = [], [], [], [], F.lit(False)
    for number, column in enumerate(table.columns):
        new, old, own = [F.col('%s.`%s`' % (struct, column.name)) for struct in ('_new', '_old', '_id')]
        if column.name in table.key:
            # A delete may come without an old row, a key alone then says which.
            new = F.coalesce(own, new)
            no_key = no_key | F.col('_n%d' % number).isNull()
        elif column.can_be_unavailable:
            absent.append(F.when(new.isin(forms) & (F.col('_op') != 'd'), F.lit(column.name)))
            new, old = F.when(~new.isin(forms), new), F.when(~old.isin(forms), old)
        texts += [new.alias('_n%d' % number), old.alias('_o%d' % number)]
        values += [typed(F.col('_n%d' % number), column).alias('_v%d' % number), typed(F.col('_o%d' % number), column).alias('_w%d' % number),
                   F.col('_n%d' % number)]
        wrong.append(F.when(F.col('_n%d' % number).isNotNull() & F.col('_v%d' % number).isNull(), F.lit(column.name)))
    texts.append((F.array_compact(F.array(*absent)) if absent else F.array()).cast('array<string>').alias('_unavailable'))
    judged = [*kept, F.col('_unavailable'), no_key.alias('_no_key'), F.array_compact(F.array(*wrong)).alias('_bad'),
              *[F.col('_%s%d' % (letter, number)) for number in range(len(table.columns)) for letter in 'vw']]
    old = F.when(F.col('_has_old'), F.struct(*[F.col('_w%d' % number).alias(column.name) for number, column in enumerate(table.columns)]))
    bad = F.size('_bad') > 0
    problem = F.when(F.col('_problem').isNotNull(), F.col('_problem')).when(F.col('_no_key'), 'missing_key').when(bad, 'impossible_type')
    exception = F.coalesce(F.col('_exception'), F.when(bad & ~F.col('_no_key'), F.concat(F.lit('columns '), F.array_join('_bad', ', '))))
    final = [*[F.col('_v%d' % number).alias(column.name) for number, column in enumerate(table.columns)], *[F.col('_' + name) for name in METADATA],
             old.alias('_before'), F.col('_unavailable'), problem.alias('_problem'), exception.alias('_exception')]
    return structs, [*kept, *texts], [*kept, F.col('_unavailable'), *values], judged, final


def rows(found, table, placeholder=PLACEHOLDER):
    """The usable and unusable events of one table, typed; truncates, messages and tombstones are not among them."""
    made = found.where((F.col('table') == table.name) & F.col('op').isin(*ROW_OPS))
    for step in _steps(table, placeholder):
        made = made.select(*step)
    return made
