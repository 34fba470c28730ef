"""Reads rules.yml: structure, words, durations, names; every mistake with file, line, rule, and what to write instead. No Spark.

A placeholder {SQL} in a message is kept as SQL. SQL itself is checked by rules.verify(), which needs a session.
"""
import dataclasses
import re

import yaml

SEVERITIES, LEVELS, OPS = ('info', 'warning', 'critical'), ('quarantine', 'warn'), ('c', 'u', 'r', 'd')
SECONDS = {'second': 1, 'minute': 60, 'hour': 3600, 'day': 86400}
TOP = {'values', 'rules', 'quality'}
CASE = {'table', 'when', 'entity', 'message', 'lookups', 'ops'}
RULE = CASE | {'id', 'severity', 'owner', 'channel', 'throttle', 'cases', 'after', 'patience', 'every'}


class RulesError(ValueError):
    """All that is wrong with a file of rules, one line each."""


@dataclasses.dataclass(frozen=True)
class Lookup:
    name: str
    table: str
    by: str
    to: str
    columns: tuple = ()     # (name, aggregate SQL); empty: the row itself


@dataclasses.dataclass(frozen=True)
class Case:
    table: str
    when: str
    entity: str
    message: tuple          # ('text' | 'sql', string) in order
    lookups: tuple = ()
    ops: tuple = ('c', 'u', 'r')
    where: str = ''         # file:line, for messages about it


@dataclasses.dataclass(frozen=True)
class Rule:
    id: str
    severity: str
    owner: str
    channel: str            # '' = the job's
    throttle: int           # seconds; 0 = once for ever
    cases: tuple
    after: int = 0          # seconds of quiet; 0 = judged on change
    patience: int = 0
    every: int = 0          # seconds between judgements by the clock; 0 = not by the clock
    where: str = ''

    @property
    def kind(self):
        return 'clock' if self.every else 'settled' if self.after else 'change'


@dataclasses.dataclass(frozen=True)
class Check:
    id: str
    table: str
    level: str
    check: str
    where: str = ''


class Mapping(dict):
    """A mapping that knows the lines of its keys."""
    lines = {}


class Loader(yaml.SafeLoader):
    """Mappings with lines; a key that stands twice is a mistake, not a choice."""


def _mapping(loader, node):
    made, made_lines = Mapping(), {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in made:
            raise yaml.constructor.ConstructorError(None, None, '"%s" stands twice' % key, key_node.start_mark)
        made[key] = loader.construct_object(value_node, deep=True)
        made_lines[key] = key_node.start_mark.line + 1
    made.lines = {None: node.start_mark.line + 1, **made_lines}
    return made


Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def seconds(text):
    """'1 hour' -> 3600; ValueError if it is no duration."""
    found = re.fullmatch(r'\s*(\d+)\s*(second|minute|hour|day)s?\s*', str(text))
    if not found or not int(found[1]):
        raise ValueError('%r is not a duration; write a number and a unit, such as "30 seconds", "1 hour", "2 days"' % (text,))
    return int(found[1]) * SECONDS[found[2]]


def template(text):
    """'Order {new.id}: …' -> (('text', 'Order '), ('sql', 'new.id'), …); {{ and }} are braces."""
    parts, literal, at = [], '', 0
    while at < len(text):
        if text[at:at + 2] in ('{{', '}}'):
            literal, at = literal + text[at], at + 2
        elif text[at] == '{':
            end = text.find('}', at)
            if end < 0 or not text[at + 1:end].strip() or '{' in text[at + 1:end]:
                raise ValueError('"{" without SQL and "}" after it; a brace of its own is written "{{"')
            parts += [('text', literal)] * bool(literal) + [('sql', text[at + 1:end].strip())]
            literal, at = '', end + 1
        elif text[at] == '}':
            raise ValueError('"}" without "{"; a brace of its own is written "}}"')
        else:
            literal, at = literal + text[at], at + 1
    return tuple(parts + [('text', literal)] * bool(literal))


class Reader:
    """One file being read. Goes on after a mistake, so that all are told at once."""

    def __init__(self, path, values):
        self.path, self.mistakes, self.overrides, self.values = path, [], dict(values or {}), {}
        try:
            with open(path, encoding='utf-8') as file:
                self.document = yaml.load(file, Loader)     # noqa: S506  a SafeLoader
        except OSError as error:
            raise RulesError('%s: %s' % (path, error.strerror)) from None
        except yaml.YAMLError as error:
            mark = getattr(error, 'problem_mark', None)
            raise RulesError('%s:%s: not YAML: %s' % (path, mark.line + 1 if mark else '?', getattr(error, 'problem', error))) from None
        if not isinstance(self.document, Mapping):
            raise RulesError('%s:1: a mapping with "rules" is wanted' % path)

    def wrong(self, part, key, who, what):
        line = getattr(part, 'lines', {}).get(key) or getattr(part, 'lines', {}).get(None) or '?'
        self.mistakes.append('%s:%s: %s%s' % (self.path, line, who + ': ' if who else '', what))

    def finish(self):
        if self.mistakes:
            def line(mistake):
                found = re.match(r':(\d+):', mistake[len(self.path):])
                return int(found[1]) if found else 0
            raise RulesError('\n'.join(sorted(self.mistakes, key=line)))

    def known(self, part, allowed, who):
        for key in part:
            if key not in allowed:
                near = [name for name in sorted(allowed) if name[:3] == str(key)[:3]]
                self.wrong(part, key, who, 'unknown key "%s"%s' % (key, '; did you mean "%s"?' % near[0] if near else '; there are ' + ', '.join(sorted(allowed))))

    def read_values(self):
        found = self.document.get('values') or Mapping()
        if not isinstance(found, Mapping):
            return self.wrong(self.document, 'values', '', 'values is a mapping of names to numbers or texts')
        for name in set(self.overrides) - set(found):
            self.mistakes.append('%s: rule_values sets "%s", which is not among its values: %s' % (self.path, name, ', '.join(found)))
        self.values = {**found, **self.overrides}
        return None

    def text(self, part, key, who, default=None):
        """A text with its ${values} put in; a mistake if it is missing and has no default."""
        value = part.get(key, default)
        if value is None or isinstance(value, (dict, list)) or not str(value).strip():
            self.wrong(part, key, who, '%s is missing' % key if key not in part else '%s must be a text' % key)
            return ''

        def put_in(found):
            if found[1] not in self.values:
                self.wrong(part, key, who, '%s: no value "%s"; values has %s' % (key, found[1], ', '.join(self.values) or 'none'))
            return str(self.values.get(found[1], ''))
        return re.sub(r'\$\{(\w+)\}', put_in, str(value))

    def duration(self, part, key, who, default):
        if key not in part:
            return default
        try:
            return seconds(self.text(part, key, who))
        except ValueError as error:
            self.wrong(part, key, who, '%s: %s' % (key, error))
            return default

    def one_of(self, part, key, who, allowed):
        value = part.get(key)
        if value not in allowed:
            self.wrong(part, key, who, '%s is %s; it must be one of %s' % (key, 'missing' if value is None else '"%s"' % value, ', '.join(allowed)))
        return value

    def lookups(self, part, who):
        found, made = part.get('lookups') or Mapping(), []
        if not isinstance(found, Mapping):
            self.wrong(part, 'lookups', who, 'lookups is a mapping: NAME: {table: …, by: …}')
            return ()
        for name, spec in found.items():
            if not isinstance(spec, Mapping):
                self.wrong(found, name, who, 'look-up %s: {table: …, by: …} is wanted' % name)
                continue
            if name in ('new', 'old', 'op', 'lsn', 'event_time', 'now') or not re.fullmatch(r'[a-z_]\w*', str(name)):
                self.wrong(found, name, who, 'a look-up cannot be called "%s"; take a word of its own, such as "customer"' % name)
            self.known(spec, {'table', 'by', 'to', 'columns'}, '%s: look-up %s' % (who, name))
            columns = spec.get('columns') or Mapping()
            if not isinstance(columns, Mapping):
                self.wrong(spec, 'columns', who, 'look-up %s: columns is a mapping: NAME: aggregate SQL' % name)
                columns = Mapping()
            made.append(Lookup(str(name), self.text(spec, 'table', who), self.text(spec, 'by', who), self.text(spec, 'to', who, 'new.id'),
                               tuple((column, self.text(columns, column, who)) for column in columns)))
        return tuple(made)

    def case(self, part, who):
        message = ()
        try:
            message = template(self.text(part, 'message', who))
        except ValueError as error:
            self.wrong(part, 'message', who, 'message: %s' % error)
        ops = part.get('ops', ['c', 'u', 'r'])
        if not isinstance(ops, list) or not ops or set(ops) - set(OPS):
            self.wrong(part, 'ops', who, 'ops is a list of %s' % ', '.join(OPS))
            ops = []
        return Case(self.text(part, 'table', who), self.text(part, 'when', who), self.text(part, 'entity', who, 'new.id'), message,
                    self.lookups(part, who), tuple(ops), '%s:%s' % (self.path, part.lines.get('when', part.lines[None])))

    def rule(self, part, number):
        who = 'rule %s' % part.get('id', 'number %d' % number)
        self.known(part, RULE, who)
        if not re.fullmatch(r'[a-z][a-z0-9-]*', str(part.get('id', ''))):
            self.wrong(part, 'id', who, 'id is missing' if 'id' not in part else 'id "%s": lower-case letters, digits and "-" only' % part['id'])
        cases = [part]
        if 'cases' in part:
            cases = part['cases']
            for key in sorted(CASE & set(part)):
                self.wrong(part, key, who, '"%s" stands beside "cases"; move it into them' % key)
            if not isinstance(cases, list) or not cases or not all(isinstance(case, Mapping) for case in cases):
                self.wrong(part, 'cases', who, 'cases is a list of {table, when, message, …}')
                cases = []
            for case in cases:
                self.known(case, CASE, who)
        if 'after' in part and 'every' in part:
            self.wrong(part, 'every', who, 'either "after" (when the entity is quiet) or "every" (by the clock)')
        if 'patience' in part and 'after' not in part:
            self.wrong(part, 'patience', who, 'patience is for rules with "after"')
        after = self.duration(part, 'after', who, 0)
        throttle = 0 if part.get('throttle', 'once') == 'once' else self.duration(part, 'throttle', who, 0)
        return Rule(str(part.get('id')), self.one_of(part, 'severity', who, SEVERITIES), self.text(part, 'owner', who), str(part.get('channel', '')), throttle,
                    tuple(self.case(case, who) for case in cases), after, self.duration(part, 'patience', who, after * 4), self.duration(part, 'every', who, 0),
                    '%s:%s' % (self.path, part.lines[None]))

    def rules(self):
        found = self.document.get('rules')
        if not isinstance(found, list) or not found:
            self.wrong(self.document, 'rules', '', 'rules is a list with at least one rule')
            return []
        made, seen = [], {}
        for number, part in enumerate(found, 1):
            if not isinstance(part, Mapping):
                self.wrong(self.document, 'rules', 'rule number %d' % number, 'a mapping is wanted: {id: …, table: …, when: …}')
                continue
            rule = self.rule(part, number)
            if rule.id in seen:
                self.wrong(part, 'id', 'rule %s' % rule.id, 'there is one of this id already, at line %s' % seen[rule.id])
            seen[rule.id] = part.lines[None]
            made.append(rule)
        return made

    def checks(self):
        found, made, seen = self.document.get('quality') or Mapping(), [], set()
        for table, checks in found.items():
            if not isinstance(checks, list) or not all(isinstance(part, Mapping) for part in checks):
                self.wrong(found, table, 'quality of %s' % table, 'a list of {id, level, check} is wanted')
                continue
            for part in checks:
                who = 'check %s' % part.get('id', 'of %s' % table)
                self.known(part, {'id', 'level', 'check'}, who)
                check = Check(self.text(part, 'id', who), table, self.one_of(part, 'level', who, LEVELS), self.text(part, 'check', who),
                              '%s:%s' % (self.path, part.lines[None]))
                if check.id in seen:
                    self.wrong(part, 'id', who, 'there is one of this id already')
                seen.add(check.id)
                made.append(check)
        return made


def read(path, values=None):
    """(rules, checks) of a file; RulesError with every mistake in it."""
    reader = Reader(path, values)
    reader.known(reader.document, TOP, '')
    reader.read_values()
    rules, checks = reader.rules(), reader.checks()
    reader.finish()
    return rules, checks
