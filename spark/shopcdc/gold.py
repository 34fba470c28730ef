"""Gold: figures out of silver. spark/gold/NAME.sql is SQL that means the same to PostgreSQL and to Spark, over tables named as in the
source; a gold table equals what it gives in the source once the pipeline is at rest.

While its source is small, a figure is worked out whole each time. When it is not, incrementally: only groups that a change touched are worked
out again. Which these are is read from silver as it was before and as it is now, for the keys that changed. After a start everything is
worked out once.
"""
import dataclasses
import logging
import os
import threading
import time

from delta.tables import DeltaTable
from pyspark.sql import functions as F

from shopcdc import lake, maintenance
from shopcdc.held import Held

log = logging.getLogger('shopcdc.gold')
SMALL = 64 << 20    # bytes of a source up to which it is read whole: finding out what changed takes several queries and a MERGE
FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'gold')


@dataclasses.dataclass(frozen=True)
class Figure:
    """source: the table its groups come from; group: SQL of the group over a row of that table; column: the group's name in the result."""
    name: str
    source: str
    group: str
    column: str

    @property
    def sql(self):
        with open(os.path.join(FOLDER, self.name + '.sql'), encoding='utf-8') as file:
            return file.read()


FIGURES = (Figure('revenue_per_hour', 'orders', "date_trunc('hour', placed_at)", 'hour'),
           Figure('low_stock', 'products', 'id', 'product_id'),
           Figure('customer_value', 'orders', 'customer_id', 'customer_id'),
           Figure('order_funnel', 'orders', 'status', 'status'))


def live(spark, path, version=None):
    return lake.read(spark, path, version).where('NOT _deleted')


def work_out(spark, figure, rows):
    """The figure's SQL over these rows of its source."""
    view = 'gold_source_%s_%d' % (figure.name, threading.get_ident())
    rows.createOrReplaceTempView(view)
    try:
        # The name is the source's own in the file.
        return spark.sql('WITH %s AS (SELECT * FROM %s) %s' % (figure.source, view, figure.sql))
    finally:
        spark.catalog.dropTempView(view)


def touched(spark, path, table, figure, before, now):
    """Groups that rows changed since version `before` belong to or belonged to: one column, `figure.column`."""
    key = ['`%s`' % name for name in table.key]
    last = lake.read(spark, path, before)
    batch = last.agg(F.max('_batch')).first()[0]
    changed = lake.read(spark, path, now).where(F.col('_batch') > (-1 if batch is None else batch)).select(*key, '_batch')
    current = lake.read(spark, path, now).where(F.col('_batch') > (-1 if batch is None else batch))
    earlier = last.join(F.broadcast(changed.select(*key)), [name for name in table.key], 'left_semi')
    group = F.expr(figure.group).alias(figure.column)
    return current.select(group).union(earlier.select(group)).distinct()


class Gold:
    """Keeps the figures; refresh() does what is due. One thread. small: bytes of a source up to which a figure is worked out whole."""

    def __init__(self, spark, config, tables, silver, small=SMALL):
        self.spark, self.config, self.tables, self.silver, self.small = spark, config, tables, silver, small
        self.maintenance, self.turns = maintenance.Maintenance(spark, config.maintenance_every, config.vacuum_hours), 0
        self.figures = [figure for figure in FIGURES if figure.source in tables]
        self.versions = {}      # by figure: version of the source that it is worked out from

    def path(self, figure):
        return self.config.lake('gold', figure.name)

    def refresh(self):
        """{figure: seconds} of those that were worked out; the first error is raised when all have been tried."""
        took, errors = {}, []
        for figure in self.figures:
            now, started = self.silver.tables[figure.source].version, time.monotonic()
            if self.versions.get(figure.name) == now:
                continue
            try:
                self._refresh(figure, now)
                self.versions[figure.name] = now
            except Exception as error:      # noqa: BLE001  the next figure has its turn; this one is done whole next time
                log.exception('gold %s', figure.name)
                self.versions.pop(figure.name, None)
                errors.append(error)
            took[figure.name] = time.monotonic() - started
        if took:
            self.turns += 1
            if self.maintenance.due(self.turns):
                self.maintenance.run([self.path(figure) for figure in self.figures])
        if errors:
            raise errors[0]
        return took

    def _refresh(self, figure, now):
        spark, source = self.spark, self.silver.tables[figure.source]
        before = self.versions.get(figure.name)
        rows = live(spark, source.path, now)
        if before is None or not lake.exists(self.path(figure)) or lake.size(spark, source.path) <= self.small:
            whole = work_out(spark, figure, rows)
            whole.coalesce(1).write.format('delta').mode('overwrite').option('overwriteSchema', 'true').save(self.path(figure))
            return
        with Held(touched(spark, source.path, source.table, figure, before, now)) as groups:
            if groups.isEmpty():
                return
            condition = F.expr(figure.group)
            column = '_touched'
            part = rows.join(F.broadcast(groups.select(F.col(figure.column).alias(column))), condition.eqNullSafe(F.col(column)), 'left_semi')
            fresh = work_out(spark, figure, part)
            whole = groups.alias('g').join(fresh.alias('f'), F.col('g.' + figure.column).eqNullSafe(F.col('f.' + figure.column)), 'left').select(
                F.col('g.' + figure.column).alias('_touched'), F.col('f.' + figure.column).isNull().alias('_gone'), 'f.*')
            with Held(whole) as changed:
                # A group that is null cannot be told from one that is gone by the join: neither source has one.
                (DeltaTable.forPath(spark, self.path(figure)).alias('t').merge(changed.alias('s'), 't.`%s` <=> s._touched' % figure.column)
                 .whenMatchedDelete('s._gone').whenMatchedUpdate(set={name: 's.' + name for name in fresh.columns})
                 .whenNotMatchedInsert('NOT s._gone', {name: 's.' + name for name in fresh.columns}).execute())


class GoldThread:
    """Refreshes in the background, so that silver never waits. stop() does what is still due."""

    def __init__(self, gold, metrics, interval):
        self.gold, self.metrics, self.interval = gold, metrics, interval
        self.stopping = threading.Event()
        self.due = threading.Event()
        self.thread = threading.Thread(target=self._run, name='gold', daemon=True)

    def start(self):
        self.thread.start()
        return self

    def stop(self, timeout=60):
        self.stopping.set()
        self.due.set()
        self.thread.join(timeout)

    def once(self):
        started = time.monotonic()
        try:
            took = self.gold.refresh()
        except Exception:       # noqa: BLE001  told by the figure; tried again
            self.metrics.failures.labels('gold').inc()
            return
        if took:
            self.metrics.gold(time.monotonic() - started, took)

    def _run(self):
        self.metrics.active.labels('gold').set(1)
        try:
            while not self.stopping.is_set():
                self.once()
                self.due.wait(self.interval)
                self.due.clear()
            self.once()
        finally:
            self.metrics.active.labels('gold').set(0)
