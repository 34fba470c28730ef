"""What happens beside silver: data quality, dead letters, quarantine, business rules, outbox. The call site of their modules.

Everything is done at most once for a record, by its origin (topic, partition, offset) or by (rule, entity, window), whatever is repeated.
"""
import logging

from pyspark.sql import functions as F

log = logging.getLogger('shopcdc.judge')


def changes_of(rows, table):
    """Rows of parse.rows as rules see them: op, lsn, event_time, old and new."""
    new = F.when(F.col('_op') != 'd', F.struct(*['`%s`' % name for name in table.names]))
    return rows.select(F.col('_op').alias('op'), F.col('_lsn').alias('lsn'), F.col('_commit_ts').alias('event_time'), F.col('_before').alias('old'),
                       new.alias('new'), '_pos', '_topic', '_partition', '_offset')


class Judge:
    """Without rules nothing is judged: rows with a problem are dead letters, the others are good."""

    def __init__(self, spark, config, tables, silver, observer):
        self.spark, self.config, self.tables, self.silver, self.observer = spark, config, tables, silver, observer

    def split(self, rows, table):
        """(good, bad) rows of a table; bad ones in the columns of events with problem."""
        return rows.where('_problem IS NULL'), rows.where('_problem IS NOT NULL')

    def bury(self, dead, batch_id):
        """dead: DataFrames with problem."""

    def look(self, changes, batch_id):
        """changes: {table: good rows}, after they are in silver."""
