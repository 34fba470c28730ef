"""The one configuration file (JSON). Secrets are named by file: a value {"file": PATH} is the text of that file."""
import dataclasses
import json
import os
import re

KNOWN = {'kafka', 'topics', 'dir', 'rules', 'rule_values', 'trigger', 'max_offsets_per_trigger', 'metrics_port', 'metrics_address', 'ui_port', 'notify',
         'group', 'master', 'spark', 'schemas', 'records', 'placeholder', 'gold_interval', 'windows_trigger', 'window', 'watermark', 'maintenance_every',
         'vacuum_hours', 'dead_letter_topic', 'starting_offsets', 'fail_on_data_loss'}


class ConfigError(ValueError):
    """What is wrong in the file, for a person."""


@dataclasses.dataclass(frozen=True)
class Config:
    kafka: dict                 # names of the Java client
    prefix: str
    schema: str
    tables: tuple
    dir: str
    rules: str = ''
    rule_values: dict = dataclasses.field(default_factory=dict)
    trigger: str = '5 seconds'
    max_offsets_per_trigger: int = 20000
    metrics_port: int = 8001
    metrics_address: str = '127.0.0.1'
    ui_port: int = 4040
    notify: dict = dataclasses.field(default_factory=dict)
    group: str = 'spark-streaming'
    master: str = 'local[2]'    # '' = as spark-submit says
    spark: dict = dataclasses.field(default_factory=dict)
    schemas: str = ''           # folder; '' = ours
    records: str = 'envelope'   # or flattened
    placeholder: str = '__debezium_unavailable_value'
    gold_interval: str = '10 seconds'
    windows_trigger: str = '30 seconds'
    window: str = '1 minute'
    watermark: str = '10 minutes'
    maintenance_every: int = 60    # batches between compactions
    vacuum_hours: int = 168
    dead_letter_topic: str = ''
    starting_offsets: str = 'earliest'
    fail_on_data_loss: bool = True

    def lake(self, *parts):
        return os.path.join(self.dir, 'lake', *parts)

    def checkpoint(self, query):
        return os.path.join(self.dir, 'checkpoints', query)

    @property
    def topic_pattern(self):
        return '%s\\.%s\\.(%s)' % (re.escape(self.prefix), re.escape(self.schema), '|'.join(re.escape(table) for table in self.tables))

    @property
    def topic_of(self):
        return {table: '%s.%s.%s' % (self.prefix, self.schema, table) for table in self.tables}

    @property
    def dlq_topic(self):
        return self.dead_letter_topic or self.prefix + '.spark.dlq'

    def source_options(self):
        """Options of Spark's Kafka source and sink."""
        return {'kafka.' + name: value for name, value in self.kafka.items()}


def seconds(text):
    """'5 seconds' -> 5.0"""
    found = re.fullmatch(r'\s*(\d+(?:\.\d+)?)\s*(millisecond|second|minute|hour)s?\s*', text)
    if not found:
        raise ConfigError('%r is no duration; "5 seconds" is one' % text)
    return float(found[1]) * {'millisecond': 0.001, 'second': 1, 'minute': 60, 'hour': 3600}[found[2]]


def _with_files(value):
    if isinstance(value, dict):
        if set(value) == {'file'}:
            with open(value['file'], encoding='utf-8') as file:
                return file.read().strip()
        return {key: _with_files(part) for key, part in value.items()}
    return value


def load(path):
    with open(path, encoding='utf-8') as file:
        try:
            found = json.load(file)
        except ValueError as error:
            raise ConfigError('%s: %s' % (path, error)) from None
    return make(found, path)


def make(found, path='configuration'):
    unknown = sorted(set(found) - KNOWN)
    if unknown:
        raise ConfigError('%s: unknown %s; known are %s' % (path, ', '.join(unknown), ', '.join(sorted(KNOWN))))
    for name in ('kafka', 'topics', 'dir'):
        if name not in found:
            raise ConfigError('%s: "%s" is missing' % (path, name))
    topics = found['topics']
    if not topics.get('tables'):
        raise ConfigError('%s: topics.tables is empty' % path)
    plain = {name: value for name, value in found.items() if name not in ('kafka', 'topics')}
    made = Config(kafka=_with_files(found['kafka']), prefix=topics['prefix'], schema=topics['schema'], tables=tuple(topics['tables']), **plain)
    if made.records not in ('envelope', 'flattened'):
        raise ConfigError('%s: records is "envelope" or "flattened"' % path)
    for name in ('trigger', 'gold_interval', 'windows_trigger', 'window', 'watermark'):
        seconds(getattr(made, name))
    return made
