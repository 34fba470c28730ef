"""Runs silver's plans: makes the tables, remembers truncates, takes the cheap way where it leads to the same state."""
import concurrent.futures
import logging

from pyspark.sql import functions as F, types as T

from shopcdc import lake, silver

TRUNCATED = 'shopcdc.truncated'     # property of a silver table: position of its newest truncate
LACKS = 'shopcdc.lacks'             # property: rows may be without values (TOAST) since a change came that lacked some
log = logging.getLogger('shopcdc.silver')


class Table:
    """One silver table; used by one thread at a time."""

    def __init__(self, spark, path, table):
        self.spark, self.path, self.table = spark, path, table
        new = lake.ensure(spark, path, silver.schema(table), silver.PROPERTIES)
        self.truncated = lake.property_of(spark, path, TRUNCATED)
        self.lacks = lake.property_of(spark, path, LACKS) == 'true'
        self.numeric = len(table.key) == 1 and isinstance(table.column(table.key[0]).type, (T.LongType, T.IntegerType, T.ShortType))
        self.greatest = None
        if self.numeric and not new:
            self.greatest = lake.read(spark, path).agg(F.max('`%s`' % table.key[0])).first()[0]
        self.version = lake.version(spark, path)

    def keep(self, name, value):
        self.spark.sql("ALTER TABLE delta.`%s` SET TBLPROPERTIES ('%s' = '%s')" % (self.path, name, value))

    def truncate(self, position, batch_id):
        """May be repeated, may come late."""
        if position > self.truncated:
            self.keep(TRUNCATED, position)
            self.truncated = position
        silver.delete_older(self.spark, self.path, position, batch_id)

    def apply(self, good, batch_id, app, facts):
        """good: rows of this table (parse.rows without bad ones), stamped and held. facts: see batch.Facts."""
        if facts.truncate:
            self.truncate(facts.truncate, batch_id)
        if facts.unavailable and not self.lacks:
            self.keep(LACKS, 'true')
            self.lacks = True
        if facts.rows:
            source = silver.newest(good, self.table, self.truncated, facts.unavailable)
            bounds = facts.bounds if self.numeric else None
            if bounds and (self.greatest is None or bounds[0] > self.greatest):
                # Every key is greater than all that are there: nothing to compare with.
                source.coalesce(1).write.format('delta').mode('append').option('txnAppId', app).option('txnVersion', str(batch_id)).save(self.path)
            else:
                silver.merge(self.spark, self.path, source, self.table, bounds, facts.unavailable, self.lacks)
            if bounds:
                self.greatest = max(self.greatest, bounds[1]) if self.greatest is not None else bounds[1]
        self.version = lake.version(self.spark, self.path)


class Silver:
    """All silver tables. tables(): views by name for lookups."""

    def __init__(self, spark, config, tables):
        self.spark = spark
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            made = pool.map(lambda item: Table(spark, config.lake('silver', item[0]), item[1]), tables.items())
            self.tables = dict(zip(tables, made))
