"""Dead letters: what cannot be used goes to a topic of Kafka, as received, with reason and origin in its headers, and to a table of the lake.

Headers: those of the record, then dlq.reason, dlq.exception, dlq.topic, dlq.partition, dlq.offset, dlq.batch_id, as text.
The place it came from (topic, partition, offset) is its identity. The table has each once. The topic has each once but for one case: the
job dies between Kafka's acknowledgement and the commit of the table; the batch comes again, and so does the letter, with the same headers.
"""
from pyspark.sql import functions as F
from pyspark.sql import types as T

from shopcdc import lake

HEADER = 'array<struct<key: string, value: binary>>'
SCHEMA = T.StructType([
    T.StructField('topic', T.StringType()), T.StructField('partition', T.IntegerType()), T.StructField('offset', T.LongType()),
    T.StructField('timestamp', T.TimestampType()), T.StructField('key', T.BinaryType()), T.StructField('value', T.BinaryType()),
    T.StructField('headers', T.ArrayType(T.StructType([T.StructField('key', T.StringType()), T.StructField('value', T.BinaryType())]))),
    T.StructField('reason', T.StringType()), T.StructField('exception', T.StringType()), T.StructField('batch_id', T.LongType()),
    T.StructField('written_at', T.TimestampType())])
PLACE = ['topic', 'partition', 'offset']


def letters(dead, batch_id):
    """Rows of SCHEMA but written_at, each place once. dead: topic, partition, offset, timestamp, key, value, headers, problem, exception."""
    return (dead.dropDuplicates(PLACE)
            .select(*PLACE, 'timestamp', 'key', 'value', F.col('headers').cast(HEADER).alias('headers'), F.col('problem').alias('reason'),
                    F.substring('exception', 1, 2000).alias('exception'), F.lit(batch_id).cast('long').alias('batch_id')))


def header(name, value):
    return F.struct(F.lit(name).alias('key'), F.encode(F.coalesce(value.cast('string'), F.lit('')), 'UTF-8').alias('value'))


def records(found, dlq_topic):
    """topic, key, value, headers for Kafka. What an earlier turn through the dead letters said is taken off."""
    kept = F.filter(F.coalesce('headers', F.array().cast(HEADER)), lambda one: ~one['key'].startswith('dlq.'))
    added = F.array(*[header('dlq.' + name, F.col(name)) for name in ('reason', 'exception', 'topic', 'partition', 'offset', 'batch_id')])
    return found.select(F.lit(dlq_topic).alias('topic'), 'key', 'value', F.concat(kept, added).cast(HEADER).alias('headers'))


def new_ones(found, path):
    """Those that the table does not have yet."""
    if not lake.exists(path):
        return found
    return found.join(lake.read(found.sparkSession, path).select(*PLACE), PLACE, 'left_anti')


def write(dead, kafka_options, dlq_topic, path, batch_id):
    """Sends and keeps what is dead. kafka_options: as Spark's sink takes them ('kafka.…'). Gives {reason: number} of what is new."""
    spark = dead.sparkSession
    found = new_ones(letters(dead, batch_id), path).persist()
    try:
        counts = {row.reason: row['count'] for row in found.groupBy('reason').count().collect()}
        if not counts:
            return {}
        lake.ensure(spark, path, SCHEMA)
        (records(found, dlq_topic).write.format('kafka').options(**kafka_options).option('includeHeaders', 'true').save())
        found.withColumn('written_at', F.current_timestamp()).select(*SCHEMA.names).coalesce(1).write.format('delta').mode('append').save(path)
        return counts
    finally:
        found.unpersist()
