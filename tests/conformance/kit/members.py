"""Where the members of a JSON text stand, without changing a byte of it. Placeholders such as <lsn:1.2> count as numbers."""
import collections
import json
import re

# path: names and numbers from the root; name and value: (start, end), name None for elements of an array.
Member = collections.namedtuple('Member', 'path name value')

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_ATOM = re.compile(r'[^,\]}\s]+')


def members(text):
    """Every member of every object and array, outer ones after their own members; [] if the text is no JSON object or array."""
    found = []
    try:
        if text[:1] in ('{', '['):
            _walk(text, 0, (), found)
    except (ValueError, AttributeError, IndexError):
        return []
    return found


def _walk(text, at, path, found):
    """The end of the value that begins at a position."""
    if text[at] not in '{[':
        return (_STRING if text[at] == '"' else _ATOM).match(text, at).end()
    close, count, at = ('}' if text[at] == '{' else ']'), 0, at + 1
    while text[at] != close:
        name = None
        if close == '}':
            match = _STRING.match(text, at)
            name, at = match.span(), match.end() + 1
        inner = path + (json.loads(text[slice(*name)]) if name else count,)
        end = _walk(text, at, inner, found)
        found.append(Member(inner, name, (at, end)))
        at, count = end + (text[end] == ','), count + 1
    return at + 1
