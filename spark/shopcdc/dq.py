"""Data quality in three levels, over the rows that parse.rows() gives for one table.

dead letter   cannot be used at all (unparsable, no key, unknown table or operation, a type that cannot be): parse.py says so in _problem;
              goes to the dead letters with its reason and origin, and comes back by replay
quarantine    can be read, but fails a hard check of rules.yml: goes to lake/quarantine/TABLE with the checks it fails, not into silver
warn          goes on, and is counted

The counts come from the pass that is made anyway (observe()): no second one.
"""
import re
import time
import typing

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F
from pyspark.sql import types as T

from shopcdc import lake

PATIENCE = 20.0     # seconds
ORIGIN = ('topic', 'partition', 'offset', 'timestamp', 'key', 'value', 'headers')


class Split(typing.NamedTuple):
    good: DataFrame         # as given
    quarantined: DataFrame  # as given, and _reasons: ids of the checks that failed
    dead: DataFrame         # ORIGIN, problem, exception
    observation: Observation
    names: tuple            # of (level, check or reason), as observed

    def observed(self):
        """What observe() counted. It comes by Spark's listeners, a moment after the action; when none comes (a write that was left out as done
        before, a listener's queue that overflowed), the rows are counted here: waiting for it would be for ever."""
        arrived, deadline = self.observation._jo.future(), time.monotonic() + PATIENCE     # noqa: SLF001
        while not arrived.isCompleted() and time.monotonic() < deadline:
            time.sleep(0.02)
        if not arrived.isCompleted():
            self.good.count()
        return self.observation.get

    def replayed(self):
        """Rows that come from replayed dead letters; as counts()."""
        return self.observed()['replayed']

    def counts(self):
        """{(level, check): rows}, without zeros; only after an action has read good, quarantined or dead to their end."""
        found = self.observed()
        return {name: found['n%d' % number] for number, name in enumerate(self.names) if found.get('n%d' % number)}


# A new row without all its values: its key was changed, and a large value that did not change is in no record of the new key.
NOT_HELD = 'value-not-held'
PROBLEMS = ('unparsable', 'unknown_form', 'unknown_op', 'unknown_table', 'missing_row', 'missing_key', 'impossible_type')


def columns_of(rows):
    """The table's own columns among those of parse.rows()."""
    return [name for name in rows.columns if not name.startswith('_')]


def with_images(rows):
    """rows with new, old, op, lsn, event_time beside their columns: what conditions of rules and checks are written about."""
    names = ['`%s`' % name for name in columns_of(rows)]
    row = F.struct(*names)
    old = F.col('_before') if '_before' in rows.columns else F.lit(None).cast(rows.select(row).schema[0].dataType)
    return rows.withColumns({'op': F.col('_op'), 'lsn': F.col('_lsn'), 'event_time': F.col('_commit_ts'), 'new': F.when(F.col('_op') != 'd', row), 'old': old})


def changes(rows):
    """What rules.evaluate() takes, out of good rows."""
    return with_images(rows).select('op', 'lsn', 'event_time', 'old', 'new')


def failed(check, unavailable):
    """True where a row fails a check. Null counts as failed; deletes never fail; a value that the record does not hold is not judged."""
    holds = F.coalesce(F.expr(check.check), F.lit(False))
    names = sorted(set(re.findall(r'\bnew\.`?(\w+)', check.check)))
    judged = F.col('new').isNotNull()
    if unavailable and names:
        judged = judged & ~F.coalesce(F.arrays_overlap('_unavailable', F.array(*[F.lit(name) for name in names])), F.lit(False))
    return judged & ~holds


def split(rows, table, checks):
    """Split of the rows of one table; each row is in exactly one of its three frames."""
    here = [check for check in checks if check.table == table]
    unavailable = '_unavailable' in rows.columns
    problem = F.col('_problem') if '_problem' in rows.columns else F.lit(None).cast('string')
    alive = problem.isNull()
    fails = {check: F.when(alive & failed(check, unavailable), F.lit(check.id)) for check in here}
    judged = with_images(rows).withColumns({
        '_reasons': F.array_compact(F.array(*[fails[c] for c in here if c.level == 'quarantine'])).cast('array<string>'),
        '_warnings': F.array_compact(F.array(*[fails[c] for c in here if c.level == 'warn'])).cast('array<string>'), '_dead': problem})
    names = [('quarantine' if check.level == 'quarantine' else 'warn', check.id) for check in here] + [('dead_letter', name) for name in PROBLEMS]
    sums = []
    for number, (level, name) in enumerate(names):
        hit = F.col('_dead') == name if level == 'dead_letter' else F.array_contains('_reasons' if level == 'quarantine' else '_warnings', name)
        sums.append(F.count_if(hit).alias('n%d' % number))
    if unavailable:
        names.append(('warn', NOT_HELD))
        sums.append(F.count_if(F.col('_op').isin('c', 'r') & (F.size('_unavailable') > 0)).alias('n%d' % (len(names) - 1)))
    observation = Observation('dq_%s' % table)
    back = F.coalesce(F.exists('_headers', lambda header: header['key'] == 'replay.of'), F.lit(False))
    judged = judged.observe(observation, F.count_if(back).alias('replayed'), *sums)
    fine, hard = F.col('_dead').isNull(), F.size('_reasons') > 0
    dead = judged.where(~fine).select(*[F.col('_' + name).alias(name) for name in ORIGIN], F.col('_dead').alias('problem'),
                                      (F.col('_exception') if '_exception' in rows.columns else F.lit(None).cast('string')).alias('exception'))
    return Split(judged.where(fine & ~hard).select(*rows.columns), judged.where(fine & hard).select(*rows.columns, '_reasons'), dead, observation, tuple(names))


def quarantine_schema(columns):
    """columns: StructType of the table."""
    return T.StructType([*columns.fields, T.StructField('_op', T.StringType()), T.StructField('_lsn', T.LongType()), T.StructField('_commit_ts', T.TimestampType()),
                         T.StructField('_topic', T.StringType()), T.StructField('_partition', T.IntegerType()), T.StructField('_offset', T.LongType()),
                         T.StructField('_key', T.BinaryType()), T.StructField('_value', T.BinaryType()), T.StructField('_reasons', T.ArrayType(T.StringType())),
                         T.StructField('_batch', T.LongType()), T.StructField('_quarantined_at', T.TimestampType())])


def quarantine(quarantined, path, batch_id, app):
    """Appends to the quarantine of one table, once for a batch (`app` and batch number are Delta's transaction)."""
    names = columns_of(quarantined)
    spark = quarantined.sparkSession
    schema = quarantine_schema(quarantined.select(*['`%s`' % name for name in names]).schema)
    lake.ensure(spark, path, schema)
    (quarantined.withColumns({'_batch': F.lit(batch_id).cast('long'), '_quarantined_at': F.current_timestamp()}).select(*['`%s`' % name for name in schema.names])
     .coalesce(1).write.format('delta').mode('append').option('txnAppId', app).option('txnVersion', str(batch_id)).save(path))
