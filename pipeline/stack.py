#!/usr/bin/env python3
"""stack.py start|stop|status [PART…]   Starts, stops and shows the parts of the pipeline.

start goes on where an earlier one was: parts that run are left alone, data stays. stop ends every process and keeps the data,
stop --clean removes it too. PIPELINE_DIR, PIPELINE_PORT_OFFSET and TLS=1 say where, on which ports, and how.
"""
import argparse
import os
import shutil
import sys

import database
import parts
import processes
import webhooks
from layout import Layout

from harness.servers import ServerError
from view import Step, bold, dim, good, bad, say


class Stack:
    def __init__(self, layout):
        self.layout = layout
        self.parts = parts.all_parts(layout)
        self.by_name = {part.name: part for part in self.parts}
        self.left_out = []      # (part, why)

    def start(self, only=()):
        chosen = self.chosen(only)
        for line in webhooks.write(self.layout, lambda name: self.by_name[name].running()):
            say('  ' + line)
        for part in chosen:
            why = part.missing()
            if why:
                self.left_out.append((part, why))
                say('  %-34s%s  %s' % (part.title, dim('left out'), why))
                continue
            with Step(part.title) as step:
                step.note = part.address() if part.start() else part.address() + dim('  (was running)')
            if part.name == 'postgres':
                self.make_shop()
        self.layout.save()

    def make_shop(self):
        with Step('the shop') as step:
            shop = database.Shop(self.layout)
            fresh = database.create(shop)
            step.note = '%s customers, %s orders%s' % (*(shop.value('SELECT count(*) FROM shop.' + table, database='shop')
                                                         for table in ('customers', 'orders')), '' if fresh else dim('  (was there)'))

    def chosen(self, only):
        unknown = set(only) - set(self.by_name)
        if unknown:
            raise processes.PartError('no part %s; there are: %s' % (', '.join(sorted(unknown)), ' '.join(self.by_name)))
        return [part for part in self.parts if not only or part.name in only]

    def stop(self, only=()):
        """Number of parts that were ended; the last started goes first."""
        ended = 0
        for part in reversed(self.chosen(only)):
            if part.stop():
                ended += 1
                say('  %-34s%s' % (part.title, 'stopped'))
        return ended

    def status(self):
        for part in self.parts:
            running = part.running()
            fine = running and part.ready()
            word = good('running') if fine else bad('running, not ready') if running else dim('stopped')
            say('  %-20s %s  %s' % (part.title, word, part.address() if running else part.missing() or ''))
        return all(part.running() for part in self.parts if not part.missing())

    def clean(self):
        shutil.rmtree(self.layout.dir, ignore_errors=True)


def wants_tls():
    return os.environ.get('TLS', '') not in ('', '0', 'no')


def layouts():
    """Those that exist: `stop` and `status` need not be told again how it was started. TLS, if it is set at all, chooses one."""
    forms = [wants_tls()] if os.environ.get('TLS') else [False, True]
    return [layout for layout in map(Layout, forms) if layout.exists()]


def for_start(pg_config):
    offset = int(os.environ.get('PIPELINE_PORT_OFFSET', '0'))
    layout = Layout(wants_tls(), pg_config, offset)
    old = Layout(layout.tls)
    if old.exists() and old.offset != offset and any(part.running() for part in parts.all_parts(old)):
        raise processes.PartError('it runs with PIPELINE_PORT_OFFSET=%d; stop it first, or say the same' % old.offset)
    os.makedirs(layout.dir, exist_ok=True)
    layout.save()
    return layout


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('action', choices=('start', 'stop', 'status'))
    parser.add_argument('parts', nargs='*')
    parser.add_argument('--pg-config')
    parser.add_argument('--clean', action='store_true', help='stop: remove the data too')
    options = parser.parse_intermixed_args()
    try:
        return act(options)
    except (processes.PartError, ServerError) as error:
        say('\n  %s   %s' % (bad('FAIL'), error))
        return 1


def act(options):
    if options.action == 'start':
        say(bold('\n  Penstock: the pipeline\n'))
        stack = Stack(for_start(options.pg_config))
        stack.start(options.parts)
        say('\n  data, logs and secrets: %s' % stack.layout.dir)
        return 0
    found = [Stack(layout) for layout in layouts()]
    if not found:
        say('pipeline: there is none')
    for stack in found:
        if options.action == 'status':
            say(bold('  %s' % stack.layout.dir))
            stack.status()
            continue
        ended = stack.stop(options.parts)
        if options.clean and not options.parts:
            stack.clean()
        say('pipeline: %d parts stopped, data in %s %s' % (ended, stack.layout.dir, 'removed' if options.clean else 'kept'))
    return 0


if __name__ == '__main__':
    sys.exit(main())
