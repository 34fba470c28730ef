#!/usr/bin/env python3
"""boards.py   Writes dashboards/*.json from boards/*.py.   --check: only says which of them are not current."""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

from boards import kafka, pipeline, replication, spark  # noqa: E402


def texts():
    """(path, text) of each board."""
    for module in (pipeline, replication, kafka, spark):
        built = module.build()
        yield os.path.join(HERE, 'dashboards', built['uid'] + '.json'), json.dumps(built, indent=2, ensure_ascii=False) + '\n'


def current(path, text):
    try:
        with open(path) as file:
            return file.read() == text
    except FileNotFoundError:
        return False


def main():
    stale = [(path, text) for path, text in texts() if not current(path, text)]
    if sys.argv[1:] == ['--check']:
        for path, _ in stale:
            print('%s is not what boards/*.py say: run monitoring/grafana/boards.py' % os.path.relpath(path))
        return 1 if stale else 0
    for path, text in stale:
        with open(path, 'w') as file:
            file.write(text)
    return 0


if __name__ == '__main__':
    sys.exit(main())
