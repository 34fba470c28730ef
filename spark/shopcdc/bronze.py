"""Bronze: every record as received, append only, unique by (topic, partition, offset)."""
from pyspark.sql import functions as F, types as T

from shopcdc import lake

SCHEMA = ('topic STRING, partition INT, offset BIGINT, timestamp TIMESTAMP, key BINARY, value BINARY, '
          'headers ARRAY<STRUCT<key: STRING, value: BINARY>>, ingest_ts TIMESTAMP, ingest_date DATE')


class Bronze:
    """One writer. Keeps the newest offset of each partition, so that a batch that comes again, even from a new checkpoint, adds nothing."""

    def __init__(self, spark, path):
        self.path = path
        new = lake.ensure(spark, path, T.StructType.fromDDL(SCHEMA), {'delta.appendOnly': 'true'}, ('ingest_date',))
        found = [] if new else lake.read(spark, path).groupBy('topic', 'partition').agg(F.max('offset').alias('offset')).collect()
        self.newest = {(row.topic, row.partition): row.offset for row in found}

    def append(self, records, batch_id, app, ends):
        """ends: {(topic, partition): (first, last)} of these records. The newest offset is only moved when the write is done."""
        known = {place: self.newest[place] for place, (first, _) in ends.items() if self.newest.get(place, -1) >= first}
        fresh = {place: last for place, (_, last) in ends.items() if last > self.newest.get(place, -1)}
        if not fresh:
            return
        for (topic, partition), newest in known.items():
            records = records.where(~((F.col('topic') == topic) & (F.col('partition') == partition) & (F.col('offset') <= newest)))
        now = F.current_timestamp()
        (records.select('topic', 'partition', 'offset', 'timestamp', 'key', 'value', 'headers', now.alias('ingest_ts'), F.to_date(now).alias('ingest_date'))
         .coalesce(1).write.format('delta').mode('append').option('txnAppId', app).option('txnVersion', str(batch_id)).save(self.path))
        self.newest.update(fresh)
