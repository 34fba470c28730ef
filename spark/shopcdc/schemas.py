"""What the tables look like: spark/schemas/TABLE.json, written by `python -m shopcdc.generate` from the records' own schemas.

A column is {"name", "optional", "connect": {"type", "name", "parameters"}} as Kafka Connect says it. The types of the lake follow
from that by spark_type(): everything the lake has no type for (json, arrays, structures) stays as JSON text.
"""
import dataclasses
import json
import os
import re

from pyspark.sql import types as T

HERE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'schemas')
PLAIN = {'int8': T.ByteType(), 'int16': T.ShortType(), 'int32': T.IntegerType(), 'int64': T.LongType(), 'float32': T.FloatType(),
         'float64': T.DoubleType(), 'float': T.FloatType(), 'double': T.DoubleType(), 'boolean': T.BooleanType(), 'string': T.StringType(),
         'bytes': T.BinaryType()}
DATES = ('io.debezium.time.Date', 'io.debezium.time.IsoDate', 'org.apache.kafka.connect.data.Date')
TIMESTAMPS = ('io.debezium.time.Timestamp', 'io.debezium.time.MicroTimestamp', 'io.debezium.time.NanoTimestamp', 'io.debezium.time.IsoTimestamp',
              'io.debezium.time.ZonedTimestamp', 'org.apache.kafka.connect.data.Timestamp')
DECIMALS = ('org.apache.kafka.connect.data.Decimal', 'io.debezium.data.VariableScaleDecimal')
MAX_DIGITS = 38


@dataclasses.dataclass(frozen=True)
class Column:
    """One column. kind is what decides how its JSON is read: Connect's semantic name, else its type."""
    name: str
    optional: bool
    kind: str
    type: T.DataType

    @property
    def can_be_unavailable(self):
        """Large values that did not change are left out by the server: only types of variable length have such."""
        return isinstance(self.type, (T.StringType, T.BinaryType, T.DecimalType))


@dataclasses.dataclass(frozen=True)
class Table:
    name: str
    key: tuple          # names of columns
    columns: tuple

    @property
    def names(self):
        return [column.name for column in self.columns]

    def column(self, name):
        return next(column for column in self.columns if column.name == name)

    @property
    def type(self):
        return T.StructType([T.StructField(column.name, column.type) for column in self.columns])


def decimal_type(parameters):
    """Precision and scale as the schema or the propagated source column says; None when the column has no bounds."""
    precision = parameters.get('connect.decimal.precision') or parameters.get('__debezium.source.column.length')
    scale = parameters.get('scale') or parameters.get('__debezium.source.column.scale') or 0
    if precision is None or not 0 < int(precision) <= MAX_DIGITS or not 0 <= int(scale) <= int(precision):
        return None
    return T.DecimalType(int(precision), int(scale))


def spark_type(connect):
    """(kind, type) of a Connect schema."""
    name, parameters = connect.get('name'), connect.get('parameters') or {}
    source = parameters.get('__debezium.source.column.type', '').upper()
    if name in DECIMALS or source in ('NUMERIC', 'DECIMAL') and connect['type'] in ('string', 'bytes', 'double', 'struct'):
        # A numeric without bounds has no type in the lake: its digits are kept.
        found = decimal_type(parameters) if name != DECIMALS[1] else None
        return 'decimal', found or T.StringType()
    if name in DATES:
        return name, T.DateType()
    if name in TIMESTAMPS:
        return name, T.TimestampType()
    return name or connect['type'], PLAIN.get(connect['type'], T.StringType())


def column_of(field):
    kind, found = spark_type(field['connect'])
    return Column(field['name'], field['optional'], kind, found)


def read(path):
    with open(path, encoding='utf-8') as file:
        document = json.load(file)
    return Table(document['table'], tuple(document['key']), tuple(column_of(field) for field in document['columns']))


def load(tables, folder=None):
    """{name: Table}; a table without a file is a mistake of the configuration."""
    folder, made = folder or HERE, {}
    for name in tables:
        if not re.fullmatch(r'[^/]+', name) or not os.path.exists(os.path.join(folder, name + '.json')):
            raise ValueError('no schema of table "%s" in %s; python -m shopcdc.generate writes it' % (name, folder))
        made[name] = read(os.path.join(folder, name + '.json'))
    return made


def document(table, key_schema, row_schema):
    """What a file holds, from the "schema" members of a key and of the row in an envelope ("after")."""
    def connect(field):
        parameters = field.get('parameters') or {}
        return {name: value for name, value in (('type', field['type']), ('name', field.get('name')), ('parameters', parameters)) if value}
    columns = [{'name': field['field'], 'optional': bool(field['optional']), 'connect': connect(field)} for field in row_schema['fields']]
    return {'table': table, 'key': [field['field'] for field in key_schema['fields']] if key_schema else [], 'columns': columns}
