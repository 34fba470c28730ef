"""One micro-batch, from records to hits: parse, judge, bronze and silver side by side, dead letters, rules, outbox.

Everything here may be run again with the same batch: bronze by offsets and Delta's transactions, silver by positions, the rest by
their own keys. A table that fails does not keep the others from being written; the batch fails at its end and comes again.
"""
import dataclasses
import functools
import logging
import threading
import time

from pyspark import InheritableThread
from pyspark.sql import functions as F

from shopcdc import judge, maintenance, parse, silver
from shopcdc.held import Held

log = logging.getLogger('shopcdc.batch')
WORKERS = 4


class BatchError(RuntimeError):
    """Some parts of a batch failed; the others are written."""


@dataclasses.dataclass
class Facts:
    """What a batch holds for one table, from one pass over the events."""
    rows: int = 0               # c u r d
    ops: dict = dataclasses.field(default_factory=dict)
    unavailable: bool = False   # a TOAST placeholder may be among the values
    bounds: tuple = None        # (least, greatest) key if it is one number and every row has one
    truncate: str = ''          # greatest position of a truncate
    newest: float = 0.0         # commit time, seconds since 1970; 0 = none told
    commits: list = dataclasses.field(default_factory=list)     # (commit time, rows) of streamed rows, in twentieths


@functools.lru_cache(maxsize=None)
def _measures(tables, placeholder):
    """What is asked of each group of events. A mark of TOAST is looked for in the text: a false alarm only takes a longer way."""
    marks = F.lit(False)
    for form in parse.placeholders(placeholder):
        marks = marks | F.col('after').contains(form.strip('[]{}"').split('"')[0])
    key = F.lit(None).cast('string')
    for table in tables:
        if len(table.key) == 1:
            key = F.when(F.col('table') == table.name, F.get_json_object('key_json', '$.' + table.key[0])).otherwise(key)
    number = F.when(F.col('op').isin(*parse.ROW_OPS), key.try_cast('bigint'))
    return (F.count(F.lit(1)).alias('n'), F.min('offset').alias('first'), F.max('offset').alias('last'), F.max(marks).alias('unavailable'),
            F.min(number).alias('least'), F.max(number).alias('greatest'), F.count(number).alias('numbers'), F.max('pos').alias('pos'),
            F.percentile_approx(F.unix_micros('commit_ts'), [n / 20 for n in range(1, 21)], 200).alias('commits'))


def survey(events, tables, placeholder):
    """(facts by table, {(topic, partition): (first, last)}, {problem: rows}, rows in all)."""
    found = events.groupBy('topic', 'partition', 'table', 'op', 'problem').agg(*_measures(tuple(tables.values()), placeholder)).collect()
    facts, ends, problems = {}, {}, {}
    for row in found:
        place = (row.topic, row.partition)
        first, last = ends.get(place, (row['first'], row['last']))
        ends[place] = min(first, row['first']), max(last, row['last'])
        if row.problem:
            problems[row.problem] = problems.get(row.problem, 0) + row.n
        elif row.table and row.op in (*parse.ROW_OPS, 't'):
            _add(facts.setdefault(row.table, Facts()), row)
    return facts, ends, problems, sum(row.n for row in found)


def _add(fact, row):
    fact.ops[row.op] = fact.ops.get(row.op, 0) + row.n
    if row.op == 't':
        fact.truncate = max(fact.truncate, row.pos)
    if row.op not in parse.ROW_OPS:
        return
    whole = row.numbers == row.n and (fact.bounds is not None or not fact.rows)
    least, greatest = fact.bounds or (row.least, row.greatest)
    fact.bounds = (min(least, row.least), max(greatest, row.greatest)) if whole else None
    fact.rows += row.n
    fact.unavailable = fact.unavailable or bool(row.unavailable)
    if row.commits and row.op != 'r':
        fact.newest = max(fact.newest, row.commits[-1] / 1e6)
        fact.commits += [(micros / 1e6, (row.n * (i + 1)) // 20 - (row.n * i) // 20) for i, micros in enumerate(row.commits)]


class Batch:
    """Runs batches. judging: a judge.Judge; bronze, silver: the writers; observer: metrics.Metrics."""

    def __init__(self, spark, config, tables, bronze, silver, judging, observer):
        self.spark, self.config, self.tables = spark, config, tables
        self.bronze, self.silver, self.judge, self.observer = bronze, silver, judging, observer
        self.readers, self.writers = spark.sparkContext.defaultParallelism, int(spark.conf.get('spark.sql.shuffle.partitions'))
        self.maintenance = maintenance.Maintenance(spark, config.maintenance_every, config.vacuum_hours)
        self.app, self.named, self.first, self.written = '', threading.Event(), threading.Event(), 0.0

    def name(self, app):
        """The id of the query's checkpoint: a new checkpoint counts its batches anew."""
        self.app = app
        self.named.set()

    def __call__(self, records, batch_id):
        self.named.wait()
        started = time.monotonic()
        phases = {}
        with Held(parse.events(records.coalesce(self.readers), self.tables, self.config.records == 'flattened'), now=False) as events:
            facts, ends, problems, total = survey(events, self.tables, self.config.placeholder)
            phases['parse'] = time.monotonic() - started
            self._write(events, facts, ends, problems, batch_id, phases)
            if self.maintenance.due(batch_id):
                at = time.monotonic()
                self.maintenance.run([self.bronze.path, *[table.path for table in self.silver.tables.values()]])
                phases['maintenance'] = time.monotonic() - at
        self.first.set()
        self.observer.batch(facts, phases, self.written)
        log.info('batch %d: %d records, %.2f s: %s', batch_id, total, time.monotonic() - started,
                 ' '.join('%s %.2f' % item for item in phases.items()))

    def _write(self, events, facts, ends, problems, batch_id, phases):
        errors, good, dead, kept = [], {}, [judge.origin(events)] if problems else [], []
        self.judge.count_dead(problems)

        def table(name):
            started = time.monotonic()
            fine = events.where('problem IS NULL')
            split = self.judge.split(parse.rows(fine, self.tables[name], self.config.placeholder), name)
            rows = silver.stamped(split.good, batch_id)
            if facts[name].rows:
                kept.append(Held(rows.coalesce(self.writers)))      # the counts of data quality come with it
                rows = kept[-1].frame
            self.silver.tables[name].apply(rows, batch_id, 'silver-' + self.app, facts[name])
            if facts[name].rows:
                good[name] = rows
                if self.judge.put_aside(split, name, batch_id, 'quarantine-' + self.app):
                    dead.append(split.dead)
            phases['silver_' + name] = time.monotonic() - started

        def bronze():
            started = time.monotonic()
            self.bronze.append(events, batch_id, 'bronze-' + self.app, ends)
            phases['bronze'] = time.monotonic() - started

        started = time.monotonic()
        try:
            # The largest first: the others fit beside it.
            work = {name: functools.partial(table, name) for name in sorted(facts, key=lambda name: -facts[name].rows)}
            work['bronze'] = bronze
            errors += self._together(work)
            phases['write'], self.written = time.monotonic() - started, time.time()
            for name, step in (('dead_letters', lambda: self.judge.bury(dead, batch_id)), ('rules', lambda: self.judge.look(good, batch_id))):
                started = time.monotonic()
                errors += self._guarded(name, step)
                phases[name] = time.monotonic() - started
        finally:
            for rows in kept:
                rows.release()
        if errors:
            told = '; '.join('%s: %s' % (name, str(error).split('\n', 1)[0][:300]) for name, error in errors)
            raise BatchError('batch %d: %s' % (batch_id, told)) from errors[0][1]

    def _guarded(self, name, step):
        try:
            step()
            return []
        except Exception as error:      # noqa: BLE001  told at the end of the batch
            log.exception('%s failed', name)
            return [(name, error)]

    def _together(self, work):
        """Runs the steps on WORKERS threads; the errors by name."""
        errors, waiting, lock = [], list(work.items()), threading.Lock()

        def worker():
            while True:
                with lock:
                    if not waiting:
                        return
                    name, step = waiting.pop(0)
                found = self._guarded(name, step)
                with lock:
                    errors.extend(found)
        threads = [InheritableThread(target=worker) for _ in range(min(WORKERS, len(work)))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return errors
