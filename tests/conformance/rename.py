#!/usr/bin/env python3
"""Copies cases with other names: topic prefix, schemas, tables and columns, in SQL, configuration and expected records.

A program that knows the cases by their names passes the cases and fails the copies. Everything else stays byte for byte, but for
the order that a Java HashMap of table names has. Run the copies with: check.py --cases FOLDER --base FOLDER/base.json --database depot
"""
import argparse
import json
import os
import re
import shutil
import sys

from kit import driver, sql_names, words
from kit.members import members

HERE = os.path.dirname(os.path.abspath(__file__))
PREFIX, DATABASE = 'wh-2_Lager', 'depot'
# One beginning for all names of a kind, so that sorting them gives the order it gave.
BEGINNINGS = {'schema': 'Lg_', 'table': 'zQ', 'column': 'Né_'}


class NotRenamed(Exception):
    pass


def sanitized(topic):
    return re.sub(r'[^A-Za-z0-9._-]', '_', topic)


def java_order(names):
    """Names in the order in which a HashMap of them is walked."""
    def spread(name):
        value = 0
        for unit in memoryview(name.encode('utf-16-le')).cast('H'):
            value = (value * 31 + unit) & 0xFFFFFFFF
        return value ^ value >> 16
    buckets = 16
    while len(names) > buckets * 3 // 4:
        buckets *= 2
    return sorted(names, key=lambda name: spread(name) & buckets - 1)


def sql_of(case):
    return {name: open(os.path.join(case.folder, name)).read() for name in os.listdir(case.folder) if name.endswith('.sql')}


def in_a_schema(schema):
    """SQL after which unqualified names live in schema, not in public."""
    return 'CREATE SCHEMA %s;\nALTER DATABASE %s SET search_path = %s, public;\nSET search_path = %s, public;\n' % (schema, DATABASE, schema, schema)


class Copy:
    """One case under other names, whose records are envelopes."""

    def __init__(self, case, base):
        self.case, self.config = case, dict(base['config'], **case.spec.get('config', {}))
        if case.spec.get('digest'):
            raise NotRenamed('its records are compared by their hash')
        self.sql = sql_of(case)
        self.names = sql_names.Names(*self.sql.values())
        self.names.schemas.add('public')
        # Where partitions are compared the keys keep their bytes, as their hash chooses the partition.
        self.beginnings = dict(BEGINNINGS, column='') if case.spec.get('topics') else BEGINNINGS
        delimiter = self.config.get('topic.delimiter', '.')
        # (old schema, old table) are known from the records; here every pair of the names, for topics.
        self.topics = {}
        for schema in self.names.schemas:
            for table in self.names.tables:
                old = sanitized(delimiter.join((self.config['topic.prefix'], schema, table)))
                self.topics[old] = sanitized(delimiter.join((PREFIX, self.new_name('schema', schema), self.new_name('table', table))))

    def new_name(self, kind, name):
        """The beginning before the name; a name that gets too long for PostgreSQL loses its end."""
        if name == 'zz_sentinel':
            return name
        return (self.beginnings[kind] + name).encode()[:63].decode(errors='ignore')

    def renamed_json(self, raw, kind):
        """A JSON string (with quotes) of a name, escapes kept as they are."""
        name, longer = json.loads(raw), self.beginnings[kind] + json.loads(raw)
        return '"' + self.beginnings[kind] + raw[1:] if self.new_name(kind, name) == longer else json.dumps(self.new_name(kind, name), ensure_ascii=False)

    # --- SQL and configuration

    def new_sql(self, name):
        text = re.sub(r'^(-- @await )(\S+)', lambda m: m[1] + self.topic(m[2]), self.sql[name], flags=re.MULTILINE)
        text = sql_names.renamed(text, self.names, self.new_name)
        if not name.startswith('setup.'):
            return text
        return in_a_schema(sql_names.quote(self.new_name('schema', 'public'))) + text

    def topic(self, name):
        if name in self.topics:
            return self.topics[name]
        for table in sorted(self.names.tables, key=len, reverse=True):  # routed: only the table is left of the name
            if not name.startswith(self.config['topic.prefix']) and name.endswith(sanitized(table)) and not name.startswith('__'):
                return name[:-len(sanitized(table))] + sanitized(self.new_name('table', table))
        return re.sub(r'\b%s\b' % re.escape(self.config['topic.prefix']), PREFIX, name, count=1)

    def new_config(self):
        changed = {'topic.prefix': PREFIX}
        for name, value in self.case.spec.get('config', {}).items():
            if not isinstance(value, str):
                continue
            if name.startswith('column.') and not name.startswith('column.propagate'):
                value = ','.join(self.pattern(entry, ('schema', 'table', 'column')) for entry in value.split(','))
            elif re.fullmatch(r'(table|schema)\.(include|exclude)\.list', name):
                value = ','.join(self.pattern(entry, ('schema', 'table')[:1 if name[0] == 's' else 2]) for entry in value.split(','))
            elif name == 'message.key.columns':
                value = re.sub(r'([^;:]+):([^;]+)', lambda m: self.pattern(m[1], ('schema', 'table')) + ':' +
                               ','.join(self.pattern(column, ('column',)) for column in m[2].split(',')), value)
            elif name.endswith('query') or 'snapshot.select' in name:
                raise NotRenamed('SQL in its configuration')
            changed[name] = value
        return changed

    def pattern(self, entry, kinds):
        """A regular expression on a qualified name; the kinds belong to its last parts."""
        if 'zz_sentinel' in entry:
            return entry
        parts = re.split(r'(\\?\.(?![*+?]))', entry)
        known = {'schema': self.names.schemas, 'table': self.names.tables, 'column': self.names.columns}
        for kind, at in zip(reversed(kinds), range(len(parts) - 1, -1, -2)):
            lower = {name.lower() for name in known[kind]}
            parts[at] = re.sub(r'\w+', lambda m: (self.beginnings[kind] + m[0]) if m[0].lower() in lower else m[0], parts[at])
        return ''.join(parts)

    # --- records

    def new_line(self, line):
        row = self.is_row_topic(line)
        out = dict(line, topic=self.topic(line['topic']))
        out['key'] = self.key(line['key'], row)
        out['value'] = self.value(line['value'], row) if line['value'] else line['value']
        out['headers'] = [self.header(name, text) for name, text in line['headers']]
        return out

    def is_row_topic(self, line):
        return line['topic'] in self.topics or self.topic(line['topic']) != re.sub(
            r'\b%s\b' % re.escape(self.config['topic.prefix']), PREFIX, line['topic'], count=1)

    def header(self, name, text):
        if name == '__debezium.context.connectorLogicalName':
            return [name, PREFIX]
        if name in ('__debezium.newkey', '__debezium.oldkey'):
            return [name, self.key(text, True)]
        return [name, text]

    def columns(self, text, path):
        """Edits (start, end, text) of the member names of the object at path."""
        return [(m.name[0], m.name[1], self.renamed_json(text[slice(*m.name)], 'column')) for m in members(text)
                if m.path[:-1] == path and m.name and json.loads(text[slice(*m.name)]) in self.names.columns]

    def key(self, text, row):
        if text is None:
            return None
        if row:
            return edited(text, self.columns(text, ()))
        return edited(text, [(*m.value, json.dumps(PREFIX)) for m in members(text) if m.path == ('serverName',)])

    def value(self, text, row):
        edits = self.columns(text, ('before',)) + self.columns(text, ('after',)) if row else []
        for m in members(text):
            raw = text[slice(*m.value)]
            if m.path == ('source', 'name'):
                edits.append((*m.value, json.dumps(PREFIX)))
            elif m.path == ('source', 'db'):
                edits.append((*m.value, json.dumps(DATABASE)))
            elif m.path[:1] == ('source',) and m.path[1:] in (('schema',), ('table',)) and raw not in ('null', '""'):
                edits.append((*m.value, self.renamed_json(raw, m.path[1])))
            elif m.path == ('data_collections',) and raw != 'null':
                edits.append((*m.value, self.collections(raw)))
        return edited(text, edits)

    def collections(self, raw):
        counts = {}
        for entry in json.loads(raw):
            schema, table = entry['data_collection'].split('.')
            counts['%s.%s' % (self.new_name('schema', schema), self.new_name('table', table))] = entry['event_count']
        return json.dumps([{'data_collection': name, 'event_count': counts[name]} for name in java_order(list(counts))],
                          ensure_ascii=False, separators=(',', ':'))


class WordCopy:
    """One case under other names, whose records have another shape: whole words are exchanged (kit/words.py)."""

    def __init__(self, case, base):
        self.case, self.sql = case, sql_of(case)
        config = dict(base['config'], **case.spec.get('config', {}))
        self.words = words.Words(self.sql.values(), config, config['topic.prefix'], DATABASE)

    def new_text(self, sql):
        return self.words.sql(sql)

    def new_sql(self, name):
        text = self.new_text(self.sql[name])
        return in_a_schema(sql_names.quote(self.words.name('schema', 'public'))) + text if name.startswith('setup.') else text

    def new_config(self):
        return dict(self.words.config(self.case.spec.get('config', {})), **{'topic.prefix': DATABASE})

    def new_line(self, line):
        return self.words.line(line)

    def topic(self, name):
        return self.words.text(name)


def written(copy, target):
    """The folder of a copy."""
    folder = os.path.join(target, copy.case.name)
    os.makedirs(folder)
    for name in copy.sql:
        with open(os.path.join(folder, name), 'w') as f:
            f.write(copy.new_sql(name))
    spec = dict(copy.case.spec, config=dict(copy.case.spec.get('config', {}), **copy.new_config()))
    if 'sentinel_sql' in spec:
        spec['sentinel_sql'] = copy.new_text(spec['sentinel_sql'])
    spec['topics'] = {copy.topic(name): count for name, count in spec.get('topics', {}).items()}
    with open(os.path.join(folder, 'case.json'), 'w') as f:
        json.dump(spec, f, ensure_ascii=False, indent=1)
    for name in os.listdir(copy.case.folder):
        if name.startswith('expected.'):
            with open(os.path.join(copy.case.folder, name)) as source, open(os.path.join(folder, name), 'w') as f:
                lines = sorted((copy.new_line(json.loads(line)) for line in source), key=lambda line: line['topic'])
                f.writelines(json.dumps(line, ensure_ascii=False) + '\n' for line in lines)


def copy_of(case, base):
    if case.spec.get('fixed_names'):
        raise NotRenamed(case.spec['fixed_names'])
    config = case.spec.get('config', {})
    other_shape = case.spec.get('volatile') or 'transforms' in config or any(
        value == 'true' for name, value in config.items() if name.endswith('converter.schemas.enable'))
    return (WordCopy if other_shape and not case.spec.get('topics') else Copy)(case, base)


def edited(text, edits):
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('target', help='folder of the copies; made anew')
    parser.add_argument('--cases', default=os.path.join(HERE, 'cases'))
    parser.add_argument('--only', help='regular expression on case names')
    options = parser.parse_args()
    shutil.rmtree(options.target, ignore_errors=True)
    os.makedirs(options.target)
    with open(os.path.join(HERE, 'base.json')) as f:
        base = json.load(f)
    named = dict(base, config=dict(base['config'], **{'topic.prefix': PREFIX, 'slot.name': 'depot_slot', 'publication.name': 'depot_publication'}))
    with open(os.path.join(options.target, 'base.json'), 'w') as f:
        json.dump(named, f)
    for case in driver.find_cases(options.cases, options.only):
        try:
            written(copy_of(case, base), options.target)
        except NotRenamed as reason:
            print('not renamed: %s: %s' % (case.name, reason))
    return 0


if __name__ == '__main__':
    sys.exit(main())
