#!/usr/bin/env python3
"""generate.py [--seconds 60] [--rate 200]   Drives the shop: orders, payments, restocking; with some of it going wrong.

--incidents and --trouble say how many seconds lie between two cases for the business rules (committed by the shop) and between
two events that no relay writes (straight into the topics); 0 leaves them out. --kills ends Spark, relay and broker by SIGKILL,
one after the other, and starts each again.
"""
import argparse
import json
import os
import random
import signal
import sys
import threading
import time

import confluent_kafka as ck
import psycopg2

import database
import parts
import stack
import trouble
from layout import SLOT
from processes import PartError

from harness.servers import ServerError
from incidents import Incidents
from load import Load
from view import bad, bold, good, say

KILLS = ((0.2, 'spark'), (0.45, 'relay'), (0.7, 'kafka'))    # share of the load's time, part
DOWN_SECONDS = float(os.environ.get('PIPELINE_DOWN_SECONDS', '5'))


class Periodic(threading.Thread):
    """Calls act() every `seconds` until stopped; its error is raised by finish()."""

    def __init__(self, seconds, act):
        super().__init__(daemon=True)
        self.seconds, self.act, self.stopping, self.count, self.error = seconds, act, threading.Event(), 0, None

    def run(self):
        try:
            while not self.stopping.wait(self.seconds):
                self.act()
                self.count += 1
        except Exception as error:      # shown by finish() in the main thread
            self.error = error

    def finish(self):
        self.stopping.set()
        if self.ident:
            self.join()
        if self.error:
            raise self.error


class Killer(threading.Thread):
    def __init__(self, running, seconds):
        super().__init__(daemon=True)
        self.running_stack, self.seconds, self.error, self.done = running, seconds, None, []

    def run(self):
        started = time.monotonic()
        try:
            for share, name in KILLS:
                time.sleep(max(0.0, started + share * self.seconds - time.monotonic()))
                part = self.running_stack.by_name[name]
                if not part.running():
                    continue
                part.kill()
                say('  %s to %s; the load goes on' % (bad('SIGKILL'), part.title))
                down = time.time()
                time.sleep(DOWN_SECONDS)
                part.start()
                self.done.append({'part': name, 'down': down, 'up': time.time()})
                say('  %s is up again' % good(part.title))
        except Exception as error:      # shown by drive() in the main thread
            self.error = error


class Drive:
    def __init__(self, layout, options):
        self.layout, self.options = layout, options
        self.shop, self.seed = database.Shop(layout), options.seed or random.randrange(1 << 32)
        self.load = Load(self.shop, self.seed, target=options.rate)
        self.helpers = []
        if options.incidents:
            self.connection = self.shop.connect('shop')
            self.connection.autocommit = False
            self.incidents = Incidents(random.Random('%s/incidents' % self.seed))
            self.helpers.append(Periodic(options.incidents, self.incident))
        if options.trouble:
            events = trouble.Trouble(layout, random.Random('%s/trouble' % self.seed))
            events.prepare()
            self.helpers.append(Periodic(options.trouble, events.write))
        self.killer = Killer(stack.Stack(layout), options.seconds) if options.kills else None

    def incident(self):
        with self.connection.cursor() as cursor:
            cursor.execute('SET search_path = shop')
            self.incidents.act(cursor)
        self.connection.commit()

    def run(self):
        started, shown = time.monotonic(), 0.0
        begin = time.time()
        self.load.start()
        for helper in self.helpers + [self.killer] * bool(self.killer):
            helper.start()
        try:
            while time.monotonic() - started < self.options.seconds:
                time.sleep(0.2)
                if self.load.errors:
                    break
                if time.monotonic() - started - shown >= 5:
                    shown = time.monotonic() - started
                    self.show(shown)
        finally:
            if self.killer:
                self.killer.join()
            self.load.stop()
            for helper in self.helpers:
                helper.finish()
        if self.killer and self.killer.error:
            raise self.killer.error
        return self.write_down(begin)

    def show(self, seconds):
        behind = self.shop.value('SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::bigint FROM pg_replication_slots '
                                 'WHERE slot_name = %s', SLOT)
        counts = [helper.count for helper in self.helpers]
        say('  %4.0f s  commits %s  incidents %d  events written into topics %d  slot behind %s'
            % (seconds, '{:,}'.format(self.load.transactions), counts[0] if self.options.incidents else 0,
               counts[-1] if self.options.trouble else 0, 'no slot yet' if behind is None else '%.0f kB' % (behind / 1024)))

    def write_down(self, begin):
        run = {'begin': begin, 'end': time.time(), 'commits': self.load.transactions, 'rate': self.options.rate, 'seed': self.seed,
               'kills': self.killer.done if self.killer else []}
        with open(os.path.join(self.layout.folder('load'), 'runs.jsonl'), 'a') as file:
            file.write(json.dumps(run) + '\n')
        return run


def runs(layout):
    try:
        with open(layout.path('load', 'runs.jsonl')) as file:
            return [json.loads(line) for line in file]
    except FileNotFoundError:
        return []


def add_options(parser):
    parser.add_argument('--seconds', type=float, default=60, help='how long the load lasts, in seconds (%(default)g)')
    parser.add_argument('--rate', type=float, default=200, help='commits a second, over all customers (%(default)g)')
    parser.add_argument('--incidents', type=float, default=2, metavar='SECONDS',
                        help='seconds between two cases for the business rules, which the shop commits; 0: none (%(default)g)')
    parser.add_argument('--trouble', type=float, default=5, metavar='SECONDS',
                        help='seconds between two events that no relay writes, straight into the topics; 0: none (%(default)g)')
    parser.add_argument('--seed', type=int, help='of the random choices; without it one is drawn. It is printed at the end')
    parser.add_argument('--kills', action='store_true',
                        help='end Spark, relay and broker by SIGKILL, one after the other, and start each again after %g s '
                             '(PIPELINE_DOWN_SECONDS)' % DOWN_SECONDS)


def command(layout, script, *words):
    """As it must be typed for this very pipeline."""
    before = (['TLS=1'] if layout.tls else []) + (['PIPELINE_PORT_OFFSET=%d' % layout.offset] if layout.offset else [])
    return ' '.join([*before, 'scripts/' + script, *words])


def drive(layout, options):
    """PartError when a server goes away in the middle."""
    say(bold('\n  The load: %.0f commits a second for %.0f s' % (options.rate, options.seconds)))
    driver = None
    try:
        driver = Drive(layout, options)
        run = driver.run()
    except psycopg2.Error as error:
        if error.pgcode and error.pgcode[:2] not in ('08', '57'):     # neither a connection lost nor a server that ends: a mistake of ours
            raise
        raise broken_off(layout, driver, 'postgres', error) from None
    except ck.KafkaException as error:
        raise broken_off(layout, driver, 'kafka', error.args[0].str() if hasattr(error.args[0], 'str') else error) from None
    say('  %s commits, seed %d' % ('{:,}'.format(run['commits']), run['seed']))
    return run


def broken_off(layout, driver, part, error):
    """What went away, why, what was committed before, what to do."""
    title, why = {'postgres': parts.PostgresPart.title, 'kafka': parts.KafkaPart.title}[part], ' '.join(str(error).split()) or type(error).__name__
    done = driver.load.transactions if driver else 0
    return PartError('%s went away: %s; %s commits of the load were made and stay. Go on by: %s && %s'
                     % (title, why.rstrip('.'), '{:,}'.format(done), command(layout, 'start-pipeline.sh', part), command(layout, 'generate-load.sh')))


def lacking(layout):
    """The parts that the load needs and that do not run or do not answer."""
    needed = [parts.PostgresPart(layout), parts.KafkaPart(layout)]
    down = [part for part in needed if not part.running()]
    return down + [part for part in needed[1:] if part not in down and not part.ready()]


def why_none(found):
    """found: [(layout, what it lacks)]. A line for each pipeline of which something runs."""
    lines = []
    for layout, down in found:
        if not any(part.running() for part in parts.all_parts(layout)):
            continue
        names = [part.name for part in down]
        states = ['%s %s' % (part.title, 'runs and does not answer at %s (log: %s)' % (part.address(), part.log_path) if part.running() else 'does not run')
                  for part in down]
        lines.append('%s: %s' % (', '.join(states), command(layout, 'start-pipeline.sh', *names)))
    return '\n'.join(lines) or 'no pipeline runs: scripts/start-pipeline.sh'


def main():
    parser = argparse.ArgumentParser(prog='generate-load.sh', description='Drives the shop of the running pipeline: orders, payments, restocking; with '
                                     'some of it going wrong. Ends by itself.')
    add_options(parser)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    found = [(layout, lacking(layout)) for layout in stack.layouts()]
    ready = [layout for layout, down in found if not down]
    if not ready:
        say(why_none(found))
        return 1
    try:
        drive(ready[-1], options)
    except (PartError, ServerError, AssertionError) as error:
        say('\n  %s   %s' % (bad('FAIL'), error))
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
