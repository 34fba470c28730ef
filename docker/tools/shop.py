"""The shop's load in a container: demo/load.py for ever, COMMITS_PER_SECOND of it. ALIVE_FILE is touched while it goes on."""
import os
import pathlib
import random
import signal
import sys
import threading

import psycopg2

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'demo'))
from load import Load  # noqa: E402

ALIVE = pathlib.Path(os.environ.get('ALIVE_FILE', '/tmp/alive'))


class Shop:
    """libpq's own variables (PGHOST, PGUSER, PGSSLMODE …) say where it is; the password comes from a file."""

    def connect(self, database):
        with open(os.environ['PASSWORD_FILE']) as file:
            return psycopg2.connect(dbname=database, password=file.read().strip(), connect_timeout=10)


def main():
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    load = Load(Shop(), random.randrange(1 << 32), target=float(os.environ.get('COMMITS_PER_SECOND', '50'))).start()
    last = 0
    while not stopping.wait(5) and not load.errors:
        if load.transactions > last:
            last = load.transactions
            ALIVE.touch()
            print('%d commits' % last, flush=True)
    # The server went away: the container ends with its error, and the restart policy brings it back.
    load.stop()


if __name__ == '__main__':
    main()
