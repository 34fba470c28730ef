"""What happens beside silver: data quality, dead letters, quarantine, business rules, outbox. The call site of their modules.

Everything is done at most once for a record, by its origin (topic, partition, offset) or by (rule, entity, window), whatever is repeated.
"""
import functools
import logging

from pyspark.sql import functions as F

from shopcdc import deadletter, dq, lake, notify, outbox, rules, ticker

log = logging.getLogger('shopcdc.judge')
DEAD = ('topic', 'partition', 'offset', 'timestamp', 'key', 'value', 'headers', 'problem', 'exception')


class Notifications:
    """notify's metrics in ours."""

    def __init__(self, metrics):
        self.metrics = metrics

    def result(self, result, number):
        self.metrics.notifications.labels(result).inc(number)

    def state(self, pending, circuit_open):
        self.metrics.pending.set(pending)
        self.metrics.circuit.set(1 if circuit_open else 0)


class Judge:
    """Without a file of rules only what cannot be read is judged. app(): the name under which this checkpoint writes."""

    def __init__(self, spark, config, tables, metrics, behind=lambda: False):
        self.spark, self.config, self.metrics, self.behind = spark, config, metrics, behind
        self.rules, self.checks = (rules.load(config.rules, config.rule_values), rules.load_checks(config.rules, config.rule_values)) if config.rules else ([], [])
        rules.verify(spark, self.rules, self.checks, {name: table.type for name, table in tables.items()})
        self.ticker = self.sender = None

    def start(self):
        """The threads that judge by the clock and that send."""
        config = self.config
        self.ticker = ticker.Ticker(config.dir, ticker.silver_of(self.spark, config.dir), self.rules, self.behind, self.count_hits).start()
        self.sender = notify.start(self.spark, {'dir': config.dir, 'notify': config.notify}, Notifications(self.metrics))

    def stop(self):
        for thread in (self.ticker, self.sender):
            if thread is not None:
                thread.stop()

    def count_hits(self, counts):
        for (rule, severity), number in counts.items():
            self.metrics.hits.labels(rule, severity).inc(number)

    def count_dead(self, problems):
        """{problem: records} that belong to no table or cannot be read."""
        for problem, number in problems.items():
            self.metrics.quality.labels('dead_letter', problem).inc(number)

    def split(self, rows, table):
        return dq.split(rows, table, self.checks)

    def put_aside(self, split, table, batch_id, app):
        """After good was read to its end: counts, and writes what goes into quarantine, if anything does. Gives whether there are dead rows."""
        counts = split.counts()
        for (level, rule), number in counts.items():
            self.metrics.quality.labels(level, rule).inc(number)
        self.metrics.replayed.inc(split.replayed())
        if any(level == 'quarantine' for level, _ in counts):
            dq.quarantine(split.quarantined, self.config.lake('quarantine', table), batch_id, app)
        return any(level == 'dead_letter' for level, _ in counts)

    def bury(self, dead, batch_id):
        """dead: DataFrames with the columns DEAD."""
        if not dead:
            return
        whole = functools.reduce(lambda one, other: one.unionByName(other), [frame.select(*DEAD) for frame in dead])
        counts = deadletter.write(whole, self.config.source_options(), self.config.dlq_topic, self.config.lake('dlq'), batch_id)
        for reason, number in counts.items():
            self.metrics.dead.labels(reason).inc(number)

    def look(self, good, batch_id):
        """good: {table: good rows}, after they are in silver. Judges what changed."""
        wanted = {case.table for rule in self.rules if rule.kind == 'change' for case in rule.cases}
        changes = {table: dq.changes(rows) for table, rows in good.items() if table in wanted}
        if changes:
            self.count_hits(outbox.write(rules.evaluate(changes, self.lookup, self.rules, batch_id), self.config.dir, batch_id))

    def lookup(self, table):
        return lake.read(self.spark, self.config.lake('silver', table))


def origin(events):
    """Events with a problem, in the columns DEAD."""
    return events.where(F.col('problem').isNotNull()).select(*DEAD)
