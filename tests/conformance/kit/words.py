"""Copies a case with other names where the shape of its records is not the envelope's: with schemas, or after transforms.

The place of a name in such a record is not known, so whole words are exchanged, everywhere and for every kind of name in the same
way: NAME becomes NAME_x7. A word stays as it is where it also means something else: in the records' own vocabulary, as data of the
case, or as the default of an option; and where it is one letter, which base64 has too.
"""
import json
import re

from kit import sql_names

ENDING = '_x7'
HOME = 'lg_public'  # instead of public: before it in a snapshot too, where the sentinel's table stays
_VOCABULARY = set('''after aggregateid aggregatetype allowed array before boolean bytes commit connector content data_collection
  data_collection_order data_collections db default deleted doc double event_count false field fields float float32 float64 id int8 int16
  int32 int64 items key keys last lsn map message name namespace null op optional parameters payload prefix scale schema sequence serverName
  snapshot source status string struct table total_order transaction true ts_ms ts_ns ts_us txId type value values version wal xmin
  zz_sentinel c r u d t m ms us ns'''.split())


def _forms(name):
    """How a name is written in records: as it is, in topics, in names of Avro."""
    adjusted = re.sub(r'\W', '_', name, flags=re.ASCII)
    return {name, re.sub(r'[^A-Za-z0-9._-]', '_', name), adjusted, re.sub(r'^(?=\d)', '_', adjusted)}


def _exchanged(text, words):
    """text with every whole word of the map words exchanged; longer ones first. outbox.event. begins the default of a topic; the
    sentinel is not the case's."""
    if not words:
        return text
    choice = '|'.join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.sub(r'(?<![^\W_])(?<!\$)(?:%s)(?!\w|\.event\.|\.zz_sentinel)' % choice, lambda m: words[m[0]], text)


class Words:
    """The words of one case and what they become. prefix: also of the database; both are one word in the cases."""

    def __init__(self, sql, config, prefix, new_prefix):
        names = sql_names.Names(*sql)
        names.schemas.add('public')
        said = self._said_elsewhere(sql)
        self.kept = {name for name in names.schemas | names.tables | names.columns
                     if _forms(name) & (_VOCABULARY | said) or len(name) == 1 or len(name.encode()) + len(ENDING) > 63}
        self.kept |= self._spelt_in_parts(names, config)
        self.names = names
        self.words = {form: form + ENDING for name in names.schemas | names.tables | names.columns if name not in self.kept
                      for form in _forms(name)}
        self.words.update({'public': HOME, prefix: new_prefix})

    @staticmethod
    def _said_elsewhere(sql):
        """Words in the strings of the SQL and in the data of COPY: values, not names."""
        said = set()
        for text in sql:
            for kind, token in sql_names.tokens(text):
                if kind in ('string', 'dollar'):
                    said.update(re.findall(r'[^\W]+', token))
        return said - {'public'}

    @staticmethod
    def _spelt_in_parts(names, config):
        """Names that a regular expression of the configuration matches only under their old name."""
        kept = set()
        for option, value in config.items():
            if not isinstance(value, str) or not re.search(r'\.(regex|pattern)$|propagate', option):
                continue
            for name in names.tables | names.columns:
                for part in value.split(','):
                    last = re.split(r'\\?\.(?![*+?])', part)[-1]
                    if _matches(last, name) and not _matches(_exchanged(last, {name: name + ENDING}), name + ENDING):
                        kept.add(name)
        return kept

    def name(self, _kind, name):
        if name == 'public':
            return HOME
        return name if name in self.kept or name == 'zz_sentinel' else name + ENDING

    def sql(self, text):
        text = re.sub(r'^(-- @await )(\S+)', lambda m: m[1] + self.text(m[2]), text, flags=re.MULTILINE)
        for table in self.names.tables:  # the name that the server gave to its key
            text = re.sub(r'\b%s_pkey\b' % re.escape(table), self.name('table', table) + '_pkey', text)
        return sql_names.renamed(text, self.names, self.name)

    def text(self, text):
        return _exchanged(text, self.words)

    def config(self, config):
        """The options' values with the words exchanged; names of options, of classes, of transforms and predicates stay."""
        kept = re.compile(r'(transforms|predicates)(\.\w+\.(type|predicate))?')
        return {name: value if kept.fullmatch(name) or not isinstance(value, str) else self.text(value) for name, value in config.items()}

    def line(self, line):
        """A record: topic, key, value and headers."""
        return json.loads(self.text(json.dumps(line, ensure_ascii=False)))


def _matches(pattern, name):
    try:
        return re.fullmatch(pattern, name) is not None
    except re.error:
        return True
