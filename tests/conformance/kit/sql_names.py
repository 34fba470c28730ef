"""Names in the SQL of a case: finds the schemas, tables and columns that it creates, and writes it anew with other names.

No parser of SQL: a scanner of tokens, enough for the dialect of the cases. What it cannot rename (a column called like a type)
keeps its name, so the result is always equal SQL.
"""
import re

_TOKEN = re.compile(r'''
    (?P<comment>--[^\n]*\n?|/\*.*?\*/)
  | (?P<dollar>\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
  | (?P<string>[eE]'(?:[^'\\]|\\.|'')*'|[bBxX]?'(?:[^']|'')*')
  | (?P<quoted>"(?:[^"]|"")*")
  | (?P<number>\d[\w.]*)
  | (?P<word>[^\W\d][\w$]*)
  | (?P<space>\s+)
  | (?P<other>.)''', re.VERBOSE | re.DOTALL)
_COPY_DATA = re.compile(r'(COPY [^;]*FROM STDIN[^;]*;\n)(.*?\n\\\.\n)', re.DOTALL | re.IGNORECASE)

# Words that are no columns where a column list says so, and words that mean something else elsewhere in the cases.
_CONSTRAINTS = {'primary', 'unique', 'constraint', 'check', 'foreign', 'exclude', 'like'}
_AMBIGUOUS = set('''all and any array as at begin between bigint bigserial bit bool boolean both box bpchar bytea by case cast cash char character cidr circle
  citext collate column commit concat count current date decimal default delete desc distinct do double else end enum except exists false float float4 float8
  for format from full function generated group having hstore identity if in index inet inner insert int int2 int4 int8 integer interval into is join json
  jsonb jsonpath key last left length level like limit line lower lseg ltree macaddr md5 mod money month name natural new next no not null numeric of off
  offset oid old on only or order outer over owner path percent point polygon position precision primary public range real repeat replace returning right
  role row rows schema sequence serial session set share smallint some start state statement sum table temporary text then time timestamp timestamptz
  timetz to transaction true trim truncate type unique update upper user using uuid value values varbit varchar variable view when where window with
  without word xid xml year zone'''.split())


def tokens(sql):
    """[(kind, text)] whose texts joined are the SQL."""
    return [(m.lastgroup if m.lastgroup != 'tag' else 'dollar', m.group()) for m in _TOKEN.finditer(sql)]


def identifier(kind, text):
    """The name a token stands for, or None."""
    if kind == 'word':
        return text.lower()
    if kind == 'quoted':
        return text[1:-1].replace('""', '"')
    return None


def quote(name):
    return '"%s"' % name.replace('"', '""')


class Names:
    """schemas, tables and columns (sets of names) that SQL creates; owned: everything named together with a schema."""

    def __init__(self, *texts):
        self.schemas, self.tables, self.columns, self.owned, unquoted = set(), set(), set(), set(), set()
        for text in texts:
            for _, body in _sql_and_data(text):
                self._scan([t for t in tokens(body) if t[0] not in ('space', 'comment')])
                unquoted |= {t.lower() for k, t in tokens(body) if k == 'word'}
        # A word of the language stays unless it is only ever quoted.
        self.columns -= _AMBIGUOUS & unquoted - self._only_quoted(texts)

    def _only_quoted(self, texts):
        quoted, bare = set(), set()
        for text in texts:
            for kind, token in tokens(text):
                (quoted if kind == 'quoted' else bare).add(identifier(kind, token))
        return quoted - bare

    def _scan(self, stream):
        for i in range(len(stream)):
            words = [t[1].lower() if t[0] == 'word' else None for t in stream[i:i + 8]]
            if words[:2] == ['create', 'schema']:
                self.schemas.add(identifier(*stream[i + 2]))
            elif words[0] == 'create' and 'table' in words[1:3]:
                self._table(stream, i + 1 + words[1:3].index('table') + 1)
            elif words[:2] == ['alter', 'table']:
                self._alter(stream, i + 2)
            if i + 2 < len(stream) and stream[i + 1][1] == '.' and identifier(*stream[i + 2]):
                self.owned.add((identifier(*stream[i]), identifier(*stream[i + 2])))

    def _name(self, stream, i):
        """Position after a possibly qualified name, which becomes a table."""
        while stream[i][1].lower() in ('if', 'not', 'exists', 'only'):
            i += 1
        if stream[i + 1][1] == '.':
            i += 2
        self.tables.add(identifier(*stream[i]))
        return i + 1

    def _table(self, stream, i):
        i = self._name(stream, i)
        if i >= len(stream) or stream[i][1] != '(':
            return
        depth, first = 0, True
        for kind, text in stream[i:]:
            if first and depth == 1 and not (kind == 'word' and text.lower() in _CONSTRAINTS) and identifier(kind, text):
                self.columns.add(identifier(kind, text))
            first = depth == 1 and text == ',' or depth == 0 and text == '('
            depth += {'(': 1, ')': -1}.get(text, 0)
            if depth == 0:
                break

    def _alter(self, stream, i):
        i = self._name(stream, i)
        for j in range(i, len(stream)):
            if stream[j][1] == ';':
                break
            action, object_ = stream[j][1].lower(), stream[j + 1][1].lower()
            if action in ('add', 'rename') and object_ == 'column':
                self.columns.add(identifier(*stream[j + 2]))
            elif action == 'add' and object_ not in _CONSTRAINTS | {'generated', 'value', 'table'}:
                self.columns.add(identifier(*stream[j + 1]))
            elif action == 'to' and stream[j - 2][1].lower() in ('rename', 'column') and identifier(*stream[j + 1]):
                self.columns.add(identifier(*stream[j + 1]))
            elif action == 'rename' and object_ == 'to':
                self.tables.add(identifier(*stream[j + 2]))


def _sql_and_data(text):
    """[(None, sql) | (data, '')] pieces in order: rows of COPY FROM STDIN are no SQL."""
    at = 0
    for m in _COPY_DATA.finditer(text):
        yield None, text[at:m.start(2)]
        yield m.group(2), ''
        at = m.end()
    yield None, text[at:]


def renamed(sql, names, new, inside_body=False):
    """SQL with new(kind, name) for every schema, table and column of names."""
    return ''.join(data if data is not None else _renamed(body, names, new, inside_body) for data, body in _sql_and_data(sql))


def _renamed(sql, names, new, inside_body):
    stream, out = tokens(sql), []
    for i, (kind, text) in enumerate(stream):
        name = identifier(kind, text)
        if name is not None:
            after = stream[i + 1][1] if i + 1 < len(stream) else ''
            if after == '.' and name in names.schemas and _is_ours(names, name, stream, i):
                text = quote(new('schema', name))
            elif after == '(' and kind == 'word' and name not in names.tables:
                pass  # a function
            elif name in names.schemas and _word_before(stream, i) == 'schema':
                text = quote(new('schema', name))
            elif name in names.tables and name not in names.columns and (name not in _AMBIGUOUS or i and stream[i - 1][1] == '.'):
                text = quote(new('table', name))
            elif name in names.columns and name not in names.tables:
                text = quote(new('column', name))
            elif name in names.columns:  # both: a table where a schema stands before it
                before = stream[i - 1][1] if i else ''
                schema = identifier(*stream[i - 2]) if i > 1 else None
                text = quote(new('table' if before == '.' and schema in names.schemas else 'column', name))
        elif kind == 'dollar':
            edge = text.index('$', 1) + 1
            text = text[:edge] + renamed(text[edge:-edge], names, new, True) + text[-edge:]
        elif kind == 'string':
            text = _renamed_string(text, names, new, inside_body)
        out.append(text)
    return ''.join(out)


def _is_ours(names, schema, stream, i):
    owned = identifier(*stream[i + 2]) if i + 2 < len(stream) else None
    return owned is not None and owned != 'zz_sentinel'


def _word_before(stream, i):
    words = [t[1].lower() for t in stream[max(0, i - 2):i] if t[0] == 'word']
    return words[-1] if words else ''


def _renamed_string(text, names, new, inside_body):
    """schema.table as a whole string, or in SQL that the body of a DO makes; there also a string that is a column's name."""
    content = text[1:-1]
    if inside_body and content in names.columns:
        return "'%s'" % new('column', content)
    if inside_body or re.fullmatch(r'\w+\.\w+', content):
        return text[0] + re.sub(r'\b(\w+)\.(\w+)\b', lambda m: '%s.%s' % (quote(new('schema', m[1])), quote(new('table', m[2])))
                                if m[1] in names.schemas and m[2] in names.tables else m[0], content) + text[-1]
    return text
