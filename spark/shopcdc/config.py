"""The one configuration file (JSON). Secrets are named by file: a value {"file": PATH} is the text of that file."""
import dataclasses
import json
import os
import re


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
    found = isinstance(text, str) and re.fullmatch(r'\s*(\d+(?:\.\d+)?)\s*(millisecond|second|minute|hour)s?\s*', text)
    if not found:
        raise ConfigError('%s is no duration; "5 seconds" is one' % shown(text))
    return float(found[1]) * {'millisecond': 0.001, 'second': 1, 'minute': 60, 'hour': 3600}[found[2]]


def shown(value):
    """A value of the file as JSON writes it, in few words."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + '…'


def _whole(least, most=2**63 - 1, words=''):
    return (lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most,
            words or 'a whole number, %d or more' % least)


def _is_duration(value):
    try:
        return seconds(value) >= 0
    except ConfigError:
        return False


def _is_text(value):
    return isinstance(value, str)


def _is_words(value):
    return isinstance(value, str) and value.strip() != ''


def _is_settings(value):
    """Names and values as Spark takes them."""
    return isinstance(value, dict) and all(isinstance(part, (str, int, float)) for part in value.values())


def _is_secret(value):
    return isinstance(value, dict) and set(value) == {'file'} and _is_words(value['file'])


def _is_client(value):
    return isinstance(value, dict) and all(_is_settings({'': part}) or _is_secret(part) for part in value.values())


_PORT, _DURATION = _whole(1, 65535, 'a port, a whole number from 1 to 65535'), (_is_duration, 'a duration, as "5 seconds" is one')
_TEXT, _WORDS, _OBJECT = (_is_text, 'a text'), (_is_words, 'a text that is not empty'), (lambda value: isinstance(value, dict), 'an object')
# {key: (what is right, in words what it may be)}
VALUES = {
    'kafka': (_is_client, 'an object of settings of the Java client, each a text or number or {"file": PATH}'), 'topics': _OBJECT, 'dir': _WORDS,
    'rules': _TEXT, 'rule_values': _OBJECT, 'notify': _OBJECT, 'trigger': _DURATION, 'gold_interval': _DURATION, 'windows_trigger': _DURATION,
    'window': (lambda value: _is_duration(value) and seconds(value) > 0, 'a duration above zero, as "1 minute" is one'), 'watermark': _DURATION,
    'max_offsets_per_trigger': _whole(1), 'metrics_port': _PORT, 'ui_port': _PORT,
    'metrics_address': (_is_words, 'the address to listen at, as "127.0.0.1" is one'), 'group': _WORDS,
    'master': (_is_text, 'a text: "local[2]", "spark://…", "k8s://…", or "" as spark-submit says'),
    'spark': (_is_settings, 'an object of settings of Spark, each a text or number'), 'schemas': _TEXT, 'placeholder': _TEXT,
    'records': (lambda value: value in ('envelope', 'flattened'), '"envelope" or "flattened"'),
    'maintenance_every': _whole(0, words='a whole number of batches, 0 for never'), 'vacuum_hours': _whole(0, words='a whole number of hours, 0 or more'),
    'dead_letter_topic': _TEXT, 'starting_offsets': (_is_words, '"earliest", "latest", or offsets as JSON in a text'),
    'fail_on_data_loss': (lambda value: isinstance(value, bool), 'true or false')}
KNOWN = set(VALUES)
_TOPICS = {'prefix': _WORDS, 'schema': _WORDS,
           'tables': (lambda value: isinstance(value, list) and value and all(map(_is_words, value)), 'a list of names of tables, one at least')}


def _judge(found, wanted, path, within=''):
    for name, (fine, words) in wanted.items():
        if name in found and not fine(found[name]):
            # What stands among settings of others may be a secret.
            value = '' if name in ('kafka', 'spark') and isinstance(found[name], dict) else ' is %s; it' % shown(found[name])
            raise ConfigError('%s: "%s%s"%s must be %s' % (path, within, name, value, words))


def _judge_notify(found, path):
    from shopcdc import notify
    def number(value):
        return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float('inf')
    above, one, zero = ((lambda value: number(value) and value > 0, 'a number above zero'), (lambda value: number(value) and value >= 1, 'a number, 1 or more'),
                        (number, 'a number, 0 or more'))
    wanted = {name: _TEXT if isinstance(value, str) else zero for name, value in notify.DEFAULTS.items()}
    wanted.update(rate=above, timeout=above, poll_seconds=above, burst=one, digest_items=one, failures_to_open=one)
    wanted.update(webhook_file=_TEXT, webhooks=(lambda value: isinstance(value, dict) and all(map(_is_words, value.values())), 'an object {"#channel": FILE}'))
    unknown = sorted(set(found) - set(wanted))
    if unknown:
        raise ConfigError('%s: unknown notify.%s; known are %s' % (path, ', notify.'.join(unknown), ', '.join(sorted(wanted))))
    _judge(found, wanted, path, 'notify.')


def _with_files(value, path='configuration', key='kafka'):
    if not isinstance(value, dict):
        return value
    if set(value) != {'file'}:
        return {name: _with_files(part, path, '%s.%s' % (key, name)) for name, part in value.items()}
    try:
        with open(value['file'], encoding='utf-8') as file:
            return file.read().strip()
    except (OSError, ValueError) as error:
        raise ConfigError('%s: "%s": the file %s cannot be read: %s' % (path, key, value['file'], getattr(error, 'strerror', None) or 'it is no text')) from None


def load(path):
    try:
        with open(path, encoding='utf-8') as file:
            found = json.load(file)
    except OSError as error:
        raise ConfigError('%s: cannot be read: %s' % (path, error.strerror)) from None
    except ValueError as error:
        raise ConfigError('%s: no JSON: %s' % (path, error)) from None
    return make(found, path)


def make(found, path='configuration'):
    if not isinstance(found, dict):
        raise ConfigError('%s: an object {"kafka": …, "topics": …, "dir": …} is wanted' % path)
    unknown = sorted(set(found) - KNOWN)
    if unknown:
        raise ConfigError('%s: unknown %s; known are %s' % (path, ', '.join(unknown), ', '.join(sorted(KNOWN))))
    for name in ('kafka', 'topics', 'dir'):
        if name not in found:
            raise ConfigError('%s: "%s" is missing' % (path, name))
    _judge(found, VALUES, path)
    topics = found['topics']
    for name in _TOPICS:
        if name not in topics:
            raise ConfigError('%s: "topics.%s" is missing' % (path, name))
    _judge(topics, _TOPICS, path, 'topics.')
    _judge_notify(found.get('notify', {}), path)
    plain = {name: value for name, value in found.items() if name not in ('kafka', 'topics')}
    return Config(kafka=_with_files(found['kafka'], path), prefix=topics['prefix'], schema=topics['schema'], tables=tuple(topics['tables']), **plain)
