"""Business rules over changes of silver: load, verify, evaluate.

A change row has op, lsn, event_time (of the commit), old and new (structs of the table's typed columns). A hit has HIT_COLUMNS; the same
(rule, entity, window) is the same hit, whatever batch, restart or repeat it came from: outbox.write() keeps the first.
Rules with `after` or `every` are judged over the state of silver by ticker.py; everything here is lazy and has no effects.
"""
import logging

from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import functions as F
from pyspark.sql import types as T

from shopcdc import rules_file
from shopcdc.rules_file import RulesError

HIT = T.StructType([T.StructField(name, kind) for name, kind in (
    ('rule', T.StringType()), ('severity', T.StringType()), ('owner', T.StringType()), ('channel', T.StringType()), ('table', T.StringType()),
    ('entity', T.StringType()), ('window', T.StringType()), ('message', T.StringType()), ('lsn', T.LongType()), ('event_time', T.TimestampType()))])
HIT_COLUMNS = HIT.names


def load(path, values=None):
    """The rules of a file; RulesError names every mistake with file and line. `values` override the file's own."""
    return rules_file.read(path, values)[0]


def load_checks(path, values=None):
    """The data quality checks of the same file."""
    return rules_file.read(path, values)[1]


def window_of(rule, time):
    """The window a hit falls into, as text: the start of a fixed slice of time, or 'once'."""
    if not rule.throttle:
        return F.lit('once')
    start = F.floor(F.unix_timestamp(time) / rule.throttle) * rule.throttle
    return F.date_format(F.timestamp_seconds(start), "yyyy-MM-dd'T'HH:mm:ss'Z'")


def message_of(case):
    """The message as one SQL value; what is null in it shows as '–', so that one missing value does not lose the message."""
    return F.concat(*[F.lit(part) if kind == 'text' else F.coalesce(F.expr('string(%s)' % part), F.lit('–')) for kind, part in case.message])


def live(table):
    """Rows of silver that are there, without the job's own columns being lost."""
    return table.where('not coalesce(_deleted, false)') if '_deleted' in table.columns else table


def join_lookups(changes, case, lookup):
    """Each look-up as a struct column of its name, null where nothing is found. Never more than one row for one change."""
    for spec in case.lookups:
        found = live(lookup(spec.table))
        if spec.columns:
            found = found.groupBy(F.col(spec.by).alias('_by')).agg(*[F.expr(sql).alias(name) for name, sql in spec.columns])
            found = found.select('_by', F.struct(*[name for name, _ in spec.columns]).alias(spec.name))
        else:
            found = found.select(F.col(spec.by).alias('_by'), F.struct('*').alias(spec.name)).dropDuplicates(['_by'])
        changes = changes.withColumn('_to', F.expr(spec.to)).join(found, F.col('_to') == F.col('_by'), 'left').drop('_to', '_by')
    return changes


def hits_of(rule, case, changes, lookup, keep=()):
    """Hits of one case of a rule among changes (of the case's table); `keep`: columns of changes to have beside."""
    found = join_lookups(changes, case, lookup).where(F.coalesce(F.expr(case.when), F.lit(False)))
    time = F.coalesce(F.col('event_time'), F.timestamp_seconds(F.lit(0)))
    return found.select(F.lit(rule.id).alias('rule'), F.lit(rule.severity).alias('severity'), F.lit(rule.owner).alias('owner'), F.lit(rule.channel).alias('channel'),
                        F.lit(case.table).alias('table'), F.coalesce(F.expr('string(%s)' % case.entity), F.lit('–')).alias('entity'),
                        window_of(rule, time).alias('window'), message_of(case).alias('message'), F.col('lsn').cast('long').alias('lsn'), time.alias('event_time'), *keep)


def newest(hits):
    """{key: hit}: of the same (rule, entity, window) the last by position, which says what holds now. hits: collected rows."""
    found = {}
    for hit in hits:
        key = '%s|%s|%s' % (hit['rule'], hit['entity'], hit['window'])
        if key not in found or (hit['lsn'] or 0, hit['message']) > (found[key]['lsn'] or 0, found[key]['message']):
            found[key] = hit
    return found


def union(parts):
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.unionByName(part)
    return whole


def evaluate(silver_changes, lookup, rules, batch_id):
    """Hits of the rules judged on change, among the changes of one batch: {table: DataFrame}; None if no rule is about these tables.
    lookup(table) gives the state of silver. The same hit may be there several times: newest()."""
    parts = []
    for rule in rules:
        if rule.kind == 'change':
            for case in rule.cases:
                if case.table in silver_changes:
                    changes = silver_changes[case.table].where(F.col('op').isin(*case.ops))
                    parts.append(hits_of(rule, case, changes.select('op', 'lsn', 'event_time', 'old', 'new'), lookup))
    return union(parts) if parts else None


def change_schema(columns):
    """The schema of change rows of a table with these columns, as far as rules see it."""
    return T.StructType([T.StructField('op', T.StringType()), T.StructField('lsn', T.LongType()), T.StructField('event_time', T.TimestampType()),
                         T.StructField('old', columns), T.StructField('new', columns)])


def reason(error):
    """The first line of what Spark says, without its code and its context."""
    first = str(error).strip().splitlines()[0]
    return first.split('] ', 1)[-1].split(' SQLSTATE')[0].strip()[:300]


def verify(spark, rules, checks, schemas):
    """Compiles every SQL against the tables' columns ({table: StructType}); RulesError names what does not hold together."""
    # PySpark logs a page for each mistake; ours says it in a line.
    pages = logging.getLogger('SQLQueryContextLogger')
    was, pages.disabled = pages.disabled, True
    try:
        mistakes = mistakes_in(spark, rules, checks, schemas)
    finally:
        pages.disabled = was
    if mistakes:
        raise RulesError('\n'.join(mistakes))


def mistakes_in(spark, rules, checks, schemas):
    """What does not compile, a line each."""
    def frame(schema):
        return spark.createDataFrame([], schema)
    mistakes = []

    def attempt(where, who, build):
        try:
            build()
        except (AnalysisException, ParseException) as error:
            mistakes.append('%s: %s: %s' % (where, who, reason(error)))

    for rule in rules:
        for case in rule.cases:
            missing = [name for name in [case.table, *[spec.table for spec in case.lookups]] if name not in schemas]
            for name in missing:
                mistakes.append('%s: rule %s: no table "%s"; there are %s' % (case.where, rule.id, name, ', '.join(sorted(schemas))))
            if missing:
                continue
            changes = frame(change_schema(schemas[case.table]))
            if rule.every:
                changes = changes.withColumn('now', F.current_timestamp())
            joined = []
            attempt(case.where, 'rule %s, lookups' % rule.id, lambda c=case, d=changes, j=joined: j.append(join_lookups(d, c, lambda name: frame(schemas[name]))))
            for found in joined:
                attempt(case.where, 'rule %s, when' % rule.id, lambda c=case, d=found: d.where(F.expr(c.when)).schema)
                attempt(case.where, 'rule %s, entity' % rule.id, lambda c=case, d=found: d.select(F.expr('string(%s)' % c.entity)).schema)
                attempt(case.where, 'rule %s, message' % rule.id, lambda c=case, d=found: d.select(message_of(c)).schema)
    for check in checks:
        if check.table not in schemas:
            mistakes.append('%s: check %s: no table "%s"; there are %s' % (check.where, check.id, check.table, ', '.join(sorted(schemas))))
        else:
            attempt(check.where, 'check %s' % check.id, lambda c=check: frame(change_schema(schemas[c.table])).where(F.expr(c.check)).schema)
    return mistakes
