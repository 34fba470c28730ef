"""Changes per window of commit time, with a watermark: a second query of its own, so that its state never holds silver up."""
from delta.tables import DeltaTable
from pyspark.sql import functions as F, types as T

from shopcdc import lake, maintenance, parse
from shopcdc.held import Held

SCHEMA = 'window_start TIMESTAMP, window_end TIMESTAMP, table STRING, op STRING, changes BIGINT, keys BIGINT'


def counted(records, tables, window, watermark, flattened=False):
    """Changes and about how many keys they are of, by table, operation and window of commit time."""
    # Without a node between that filters do not pass, the optimizer has the filter parse the record anew for each field that it names.
    events = parse.events(records, tables, flattened).observe('windows', F.count(F.lit(1)).alias('records'))
    found = events.where("problem IS NULL AND op IN ('c', 'u', 'd', 't') AND commit_ts IS NOT NULL")
    return (found.withWatermark('commit_ts', watermark).groupBy(F.window('commit_ts', window), 'table', 'op')
            .agg(F.count(F.lit(1)).alias('changes'), F.approx_count_distinct('key_json').alias('keys'))
            .select(F.col('window.start').alias('window_start'), F.col('window.end').alias('window_end'), 'table', 'op', 'changes', 'keys'))


class Writer:
    """Output mode update: a window that grew replaces what was said of it."""

    def __init__(self, spark, config):
        self.spark, self.path = spark, config.lake('gold', 'changes_per_window')
        self.maintenance = maintenance.Maintenance(spark, config.maintenance_every, config.vacuum_hours)
        lake.ensure(spark, self.path, T.StructType.fromDDL(SCHEMA))

    def __call__(self, changed, batch_id):
        with Held(changed.coalesce(1)) as rows:
            (DeltaTable.forPath(self.spark, self.path).alias('t')
             .merge(rows.alias('s'), 't.window_start = s.window_start AND t.table = s.table AND t.op = s.op')
             .whenMatchedUpdateAll().whenNotMatchedInsertAll().execute())
        if self.maintenance.due(batch_id):
            self.maintenance.run([self.path])
