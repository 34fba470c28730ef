#!/usr/bin/env python3
"""make pipeline: starts every part, drives a load with trouble in it, and ends in a table of checks. Everything stays up.

A second run goes on where the first one was.
"""
import argparse
import signal
import sys

import check
import check_spark
import generate
import processes
import stack
from layout import CONNECTOR

from harness.servers import ServerError
from view import Step, bad, bold, dim, say


def hints(running):
    layout = running.layout
    say('  Everything is still up. Look around:')
    for part in running.parts:
        if part.running():
            say('    %-22s %s' % (part.title, part.address()))
    say(bold('    curl -s %s' % layout.url('relay', '/connectors/%s/status' % CONNECTOR)))
    say('  %s ends it and keeps the data.   %s' % (bold('scripts/stop-pipeline.sh'), dim('logs: ' + layout.path('logs'))))


def warm_up(layout):
    """What the load is measured by is a job that runs, not one that starts."""
    judge = check.Check(layout)
    if judge.runs('spark'):
        with Step('the shop is in the lake') as step:
            check_spark.warm(judge)
            step.note = 'read, written, and figures made of it'


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--pg-config', required=True)
    generate.add_options(parser)
    parser.set_defaults(seconds=120)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    say(bold('\n  Penstock: PostgreSQL → Kafka → Spark, watched\n'))
    try:
        running = stack.Stack(stack.for_start(options.pg_config))
        running.start()
        warm_up(running.layout)
        generate.drive(running.layout, options)
        fine = check.Check(running.layout).run()
    except (processes.PartError, ServerError, AssertionError) as error:
        say('\n  %s   %s' % (bad('FAIL'), error))
        return 1
    hints(running)
    return 0 if fine else 1


if __name__ == '__main__':
    sys.exit(main())
