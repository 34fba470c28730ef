"""Silver: the current state of each table. Pure functions that build plans, and Silver, which runs them.

A silver table holds the source's columns and
  _deleted   deleted in the source (the row is kept, with its last known values)
  _op _pos _lsn _tx_id _commit_ts   of the change that made the row what it is
  _kept      {column: _pos}: values that the newest change did not hold (TOAST), and of which change they are; '' = not known yet
  _batch     number of the job's batch that touched the row last, _ingest_ts when

What a row becomes depends on the set of its changes alone, not on their order, repeats or batches: the newest by _pos wins; a value
it does not hold is that of the newest older change that does; a truncate deletes what is older than it.
"""
import functools

from delta.tables import DeltaTable
from pyspark.sql import Window, functions as F, types as T

META = ('_op', '_pos', '_lsn', '_tx_id', '_commit_ts')
KEPT = T.MapType(T.StringType(), T.StringType())
ROUND = 1 << 16     # keys
PROPERTIES = {'delta.setTransactionRetentionDuration': 'interval 30 days'}


def schema(table):
    fields = [T.StructField(column.name, column.type) for column in table.columns]
    fields += [T.StructField('_deleted', T.BooleanType()), T.StructField('_op', T.StringType()), T.StructField('_pos', T.StringType()),
               T.StructField('_lsn', T.LongType()), T.StructField('_tx_id', T.LongType()), T.StructField('_commit_ts', T.TimestampType()),
               T.StructField('_kept', KEPT), T.StructField('_batch', T.LongType()), T.StructField('_ingest_ts', T.TimestampType())]
    return T.StructType(fields)


def may_keep(table):
    return [column.name for column in table.columns if column.can_be_unavailable and column.name not in table.key]


def stamped(changes, batch_id):
    """Good rows (parse.rows) with the columns that say when they came. Here and not in the plans that follow: those are the same for every
    batch, and what Spark compiles for them once serves until it ends."""
    return changes.withColumns({'_batch': F.lit(batch_id).cast('bigint'), '_ingest_ts': F.current_timestamp()})


def newest(changes, table, truncated, with_unavailable):
    """One row a key out of stamped good rows: the newest change, its missing values filled from older ones of the batch.
    truncated: position of the table's newest truncate, '' if none."""
    window = Window.partitionBy(*[F.col('`%s`' % name) for name in table.key]).orderBy(F.desc('_pos'), F.desc('_offset'))
    values = [F.col('`%s`' % name) for name in table.names]
    kept = F.lit(None).cast(KEPT)
    if with_unavailable:
        older = window.rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
        values, entries = [], []
        for name in table.names:
            column, absent = F.col('`%s`' % name), F.array_contains('_unavailable', name)
            if name not in may_keep(table):
                values.append(column)
                continue
            held = F.first(F.when(~absent, F.struct(column.alias('v'), F.col('_pos').alias('p'))), ignorenulls=True).over(older)
            values.append(F.when(absent, held['v']).otherwise(column).alias(name))
            entries.append(F.when(absent, F.struct(F.lit(name).alias('key'), F.coalesce(held['p'], F.lit('')).alias('value'))))
        if entries:
            made = F.map_from_entries(F.array_compact(F.array(*entries)))
            kept = F.when(F.size(made) > 0, made)
    gone = F.col('_op') == 'd'
    if truncated:
        gone = gone | (F.col('_pos') < truncated)
    return (changes.select(*values, *META, gone.alias('_deleted'), kept.alias('_kept'), '_batch', '_ingest_ts', F.row_number().over(window).alias('_rank'))
            .where('_rank = 1')
            .select(*['`%s`' % name for name in table.names], '_deleted', *META, '_kept', '_batch', '_ingest_ts'))


def _value_position(side, name):
    """Of which change a column's value is."""
    return F.coalesce(F.col(side + '._kept')[name], F.col(side + '._pos'))


@functools.lru_cache(maxsize=None)
def newer_values(table, source_lacks):
    """What a row becomes by a newer change. source_lacks: changes may lack values, which the row then keeps."""
    made = {'`%s`' % name: F.col('s.`%s`' % name) for name in table.names}
    made.update({name: F.col('s.' + name) for name in ('_deleted', *META, '_batch', '_ingest_ts')})
    entries = []
    for name in may_keep(table) if source_lacks else ():
        source_at, target_at = _value_position('s', name), _value_position('t', name)
        absent = F.col('s._kept')[name].isNotNull()
        made['`%s`' % name] = F.when(absent & (target_at > source_at), F.col('t.`%s`' % name)).otherwise(F.col('s.`%s`' % name))
        entries.append(F.when(absent, F.struct(F.lit(name).alias('key'), F.greatest(target_at, source_at).alias('value'))))
    made['_kept'] = F.when(F.col('s._kept').isNotNull(), F.map_from_entries(F.array_compact(F.array(*entries)))) if entries else F.lit(None).cast(KEPT)
    return made


@functools.lru_cache(maxsize=None)
def older_values(table):
    """(what a row becomes by an older change that holds values the row lacks, whether it does)."""
    made, entries, fills = {'_batch': F.col('s._batch'), '_ingest_ts': F.col('s._ingest_ts')}, [], F.lit(False)
    for name in may_keep(table):
        source_at, target_at = _value_position('s', name), _value_position('t', name)
        lacking = F.col('t._kept')[name].isNotNull()
        better = lacking & (source_at > target_at)
        made['`%s`' % name] = F.when(better, F.col('s.`%s`' % name)).otherwise(F.col('t.`%s`' % name))
        entries.append(F.when(lacking, F.struct(F.lit(name).alias('key'), F.greatest(target_at, source_at).alias('value'))))
        fills = fills | better
    made['_kept'] = F.map_from_entries(F.array_compact(F.array(*entries)))
    return made, F.col('t._kept').isNotNull() & fills


def merge(spark, path, source, table, bounds=None, source_lacks=True, target_lacks=True):
    """bounds: (least, greatest) key of the source when the key is one number: files outside need not be read. source_lacks, target_lacks:
    whether changes or rows may be without values (TOAST); where they cannot, the plan is much smaller."""
    condition = ' AND '.join('t.`%s` = s.`%s`' % (name, name) for name in table.key)
    if bounds:
        # Rounded: each new figure is code to be compiled anew.
        condition += ' AND t.`%s` BETWEEN %d AND %d' % (table.key[0], bounds[0] // ROUND * ROUND, -(-bounds[1] // ROUND) * ROUND)
    builder = DeltaTable.forPath(spark, path).alias('t').merge(source.alias('s'), condition)
    builder = builder.whenMatchedUpdate(F.col('s._pos') > F.col('t._pos'), newer_values(table, source_lacks))
    if target_lacks and may_keep(table):
        # Equal, too: a repeat of the newest change may come together with an older one that holds what it lacks.
        values, fills = older_values(table)
        builder = builder.whenMatchedUpdate((F.col('s._pos') <= F.col('t._pos')) & fills, values)
    builder.whenNotMatchedInsertAll().execute()


def delete_older(spark, path, position, batch_id):
    """A truncate: what is older than it is deleted."""
    DeltaTable.forPath(spark, path).update((F.col('_pos') < position) & ~F.col('_deleted'),
                                           {'_deleted': F.lit(True), '_batch': F.lit(batch_id), '_ingest_ts': F.current_timestamp()})
