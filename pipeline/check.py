#!/usr/bin/env python3
"""check.py   Is everything where it belongs? A table of checks over the running pipeline, each PASS or FAIL.

What is expected comes from the source database by SQL and from the journal of events that were written past the relay, never
from what the job says about itself. Nothing may be writing into the shop meanwhile.
"""
import json
import os
import subprocess
import sys

import confluent_kafka as ck
import psycopg2

import broker
import check_monitoring
import check_spark
import database
import generate
import parts
import stack
import trouble
from layout import CONNECTOR, SLOT

from harness import checker
from harness.records import Reader
from harness.wait import until
from view import Step, bad, bold, dim, good, say


class Table:
    """Rows of (name, value, note, fine); fine is None where nothing is judged."""

    def __init__(self):
        self.rows = []

    def add(self, name, value, note='', fine=None):
        self.rows.append((name, str(value), note, fine))

    def fine(self):
        judged = [row[3] for row in self.rows if row[3] is not None]
        return bool(judged) and all(judged)

    def show(self):
        say()
        for name, value, note, fine in self.rows:
            mark = '    ' if fine is None else good('PASS') if fine else bad('FAIL')
            say('  %s  %-44s %14s  %s' % (mark, name, value, dim(note)))
        say()


class Check:
    """What every group of checks needs: the layout, the running parts, the table, and a judge that survives an error."""

    def __init__(self, layout, since=None):
        """since: when what is judged began (a run of the load); the newest run by default."""
        self.layout, self.table = layout, Table()
        newest = generate.runs(layout)[-1:]
        self.since = since if since is not None else newest[0]['begin'] if newest else 0.0
        self.stack = stack.Stack(layout)
        self.shop = database.Shop(layout)
        # On a machine with other work every wait may take so many times as long.
        self.patience = float(os.environ.get('PIPELINE_PATIENCE', '1'))

    def runs(self, part):
        return self.stack.by_name[part].running() if part in self.stack.by_name else False

    def step(self, name, act):
        """act() as a step; what it cannot do is a failed row, and the other checks go on."""
        try:
            with Step(name):
                return act()
        except (AssertionError, OSError, ValueError, KeyError, ck.KafkaException, psycopg2.Error, subprocess.SubprocessError, parts.PartError) as error:
            self.table.add(name, 'error', ' '.join(str(error).split())[:160], False)
            return None

    def until(self, condition, what, seconds, pause=0.5):
        return until(condition, what, seconds * self.patience, pause)

    # --- PostgreSQL → Kafka ---

    def settle(self):
        """Everything committed is confirmed by the relay."""
        # A commit that waits for the disk flushes those before it; an empty transaction would write nothing.
        self.shop.query('SELECT pg_logical_emit_message(true, $$penstock-check$$, $$end of load$$)', database='shop')
        lsn = self.shop.value('SELECT pg_current_wal_flush_lsn()::text', database='shop')
        self.until(lambda: self.shop.value('SELECT confirmed_flush_lsn >= %s::pg_lsn FROM pg_replication_slots WHERE slot_name = %s', lsn, SLOT),
              'the slot to be confirmed up to %s' % lsn, 180)
        return lsn

    def replayed(self):
        """Rows of the shop against the state that the records in Kafka give."""
        tables = checker.tables_of(self.shop, 'shop', lambda schema, table: broker.topic(table), ('shop',))
        foreign = {event[1:4] for event in trouble.journal(self.layout)}
        settings = broker.client(self.layout)
        reader = Reader(settings.pop('bootstrap.servers'), **settings)
        try:
            reader.follow(set(broker.TOPICS).__contains__)
            messages = [m for m in reader.to_end(300) if (m.topic(), m.partition(), m.offset()) not in foreign]
            records = reader.records(messages)
        finally:
            reader.close()
        self.records = len(records)
        return checker.compare_state(self.shop, 'shop', tables, records)

    def kafka(self):
        self.step('the relay has delivered everything', self.settle)
        found = self.step('records in Kafka are replayed', self.replayed)
        if found:
            compared, differences = found
            self.table.add('rows in PostgreSQL = replayed records', '{:,}'.format(compared), '%s records; %d rows differ %s' % (
                '{:,}'.format(self.records), len(differences), '; '.join(differences[:2])[:120]), not differences and compared > 0)

    # --- what people ask ---

    def rest(self):
        status, text = parts.get(self.layout.url('relay', '/connectors/%s/status' % CONNECTOR))
        answer = json.loads(text) if status == 200 else {}
        states = [answer.get('connector', {}).get('state')] + [task.get('state') for task in answer.get('tasks', [])]
        self.table.add('REST: connectors/%s/status' % CONNECTOR, ' '.join(map(str, states)), '', states == ['RUNNING', 'RUNNING'])

    def run(self):
        say(bold('\n  Checks\n'))
        check_monitoring.while_warm(self)
        self.kafka()
        self.rest()
        if self.runs('spark'):
            self.step('Spark reads what is in Kafka', lambda: check_spark.caught_up(self))
        check_monitoring.once_caught_up(self)
        check_spark.run(self)
        check_monitoring.run(self)
        self.table.show()
        fine = self.table.fine()
        say('  ' + (good('PASS') if fine else bad('FAIL')))
        return fine


def main():
    found = [layout for layout in stack.layouts() if parts.PostgresPart(layout).running()]
    if not found:
        say('no pipeline runs: scripts/start-pipeline.sh')
        return 1
    return 0 if Check(found[-1]).run() else 1


if __name__ == '__main__':
    sys.exit(main())
