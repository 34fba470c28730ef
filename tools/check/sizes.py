#!/usr/bin/env python3
"""Files under 400 lines, functions under 70: C++, Python and shell of ours. Tables of data are named here, with the reason."""
import os
import re
import subprocess
import sys

TABLES = {'wire/option_table.h': 'one row a property', 'relay/core/problem.cpp': 'one row a problem'}


def functions(lines):
    """(first line, length) of definitions at the left margin, as clang-format lays them out."""
    start = None
    for number, line in enumerate(lines, 1):
        if re.match(r'[A-Za-z_].*\{$', line) and not re.match(r'(namespace|class|struct|enum|union|extern|constexpr|inline constexpr)\b', line):
            start = number
        elif line.startswith('}') and start:
            yield start, number - start + 1
            start = None


def main():
    os.chdir(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    names = subprocess.run(['git', 'ls-files', '*.h', '*.cpp', '*.py', '*.sh'], capture_output=True, text=True, check=True).stdout.split()
    found = []
    for path in names:
        if not os.path.exists(path) or path.startswith('tests/conformance/') or path in TABLES:
            continue
        with open(path) as file:
            lines = file.read().splitlines()
        if len(lines) > 400:
            found.append('%s: %d lines' % (path, len(lines)))
        if path.endswith(('.h', '.cpp')):
            found += ['%s:%d: a function of %d lines' % (path, start, length) for start, length in functions(lines) if length > 70]
    print('\n'.join(found))
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
