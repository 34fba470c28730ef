"""Rules over the state of silver, judged by a thread and not by a batch: batches come with data, and these rules are about its absence.

`every` (by the clock): the whole table each time; a hit is written once for its window.

`after` (settled): an order and its items come by different topics and so in different batches; whoever compares them too early sees a
difference that never was. So an entity is judged when nothing of it and its look-ups has changed for `after` on the clock of commits: when
every table of the rule has shown a commit that is newer by so much, its earlier ones are there, for the relay sends in the order of
commits. When the shop is silent no later commit comes; then `patience` since the row arrived must do, in wall-clock time. While the job
is behind, nothing is judged. Judged is what was touched since the last time; where that stands is kept in DIR/rules/RULE.json.
"""
import datetime
import json
import logging
import os
import threading
import time

from pyspark.sql import functions as F

from shopcdc import lake, outbox, rules

log = logging.getLogger('shopcdc.ticker')
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
OVERLAP = datetime.timedelta(minutes=5)     # rows are stamped when their batch begins and seen when it ends
STAMPS = ('_commit_ts', '_ingest_ts')


def utc(time):
    """What collect() gives is in this process' zone and does not say so."""
    return time.astimezone(datetime.timezone.utc)


def image(table):
    """new, old and the rest that conditions may name, out of rows of silver."""
    names = ['`%s`' % name for name in table.columns if not name.startswith('_')]
    row = F.struct(*names)
    kind = table.select(row).schema[0].dataType
    return table.select(F.col('_op').alias('op') if '_op' in table.columns else F.lit('r').alias('op'), F.col('_lsn').alias('lsn'),
                        F.col('_commit_ts').alias('event_time'), F.lit(None).cast(kind).alias('old'), row.alias('new'), *STAMPS)


def clock_hits(rule, silver, now):
    """Hits of a rule by the clock. silver(table) gives all rows of a table, deleted ones too."""
    at = F.lit(now).cast('timestamp')
    parts = []
    for case in rule.cases:
        state = image(rules.live(silver(case.table))).drop(*STAMPS).withColumn('now', at)
        parts.append(rules.hits_of(rule, case, state.withColumn('event_time', at), silver))
    return rules.union(parts)


def touched(case, silver, since):
    """Rows of the case's table, of which they or their look-ups changed after `since`; _touch and _came: when last, by commit and arrival."""
    state = image(rules.live(silver(case.table)))
    commits, arrivals = [F.col('_commit_ts')], [F.col('_ingest_ts')]
    recent = F.col('_ingest_ts') > F.lit(since).cast('timestamp')
    for number, spec in enumerate(case.lookups):
        changed = (silver(spec.table).where(recent).groupBy(F.col(spec.by).alias('_by%d' % number))
                   .agg(F.max('_commit_ts').alias('_c%d' % number), F.max('_ingest_ts').alias('_i%d' % number)))
        state = state.withColumn('_to', F.expr(spec.to)).join(changed, F.col('_to') == F.col('_by%d' % number), 'left').drop('_to', '_by%d' % number)
        commits.append(F.col('_c%d' % number))
        arrivals.append(F.col('_i%d' % number))
    lasts = [F.greatest(*columns) if len(columns) > 1 else columns[0] for columns in (commits, arrivals)]
    any_recent = F.coalesce(lasts[1] > F.lit(since).cast('timestamp'), F.lit(False))
    return state.where(any_recent).withColumns({'_touch': lasts[0], '_came': lasts[1]}).drop(*[n for n in state.columns if n[:2] in ('_c', '_i')])


def watermark(rule, silver):
    """The oldest of the newest commits of the tables of a rule, or None: before it, everything is there."""
    newest = rules.union([silver(name).agg(F.max('_commit_ts').alias('newest')) for name in sorted(tables_of(rule))]).collect()
    return utc(min(row.newest for row in newest)) if all(row.newest for row in newest) else None


def tables_of(rule):
    return {case.table for case in rule.cases} | {spec.table for case in rule.cases for spec in case.lookups}


def settled_hits(rule, silver, since, now):
    """(rows of hits, the new `since`) of a settled rule. What hits and is not yet quiet is looked at again; what does not hit now will be
    touched before it can."""
    mark = watermark(rule, silver)
    quiet = F.col('_came') <= F.lit(now - datetime.timedelta(seconds=rule.patience)).cast('timestamp')
    if mark is not None:
        quiet = quiet | (F.col('_touch') <= F.lit(mark - datetime.timedelta(seconds=rule.after)).cast('timestamp'))
    found = rules.union([rules.hits_of(rule, case, touched(case, silver, since).withColumns({'event_time': F.col('_touch'), '_quiet': quiet}), silver, ('_quiet', '_came'))
                         for case in rule.cases]).collect()
    waiting = [utc(row['_came']) for row in found if not row['_quiet']]
    return [row for row in found if row['_quiet']], max(since, min([now, *waiting]) - OVERLAP)


class Ticker:
    """One thread. silver(table) gives all rows of silver; behind() whether the job lags; on_hits({(rule, severity): n}) and
    on_failure(rule) are told."""

    def __init__(self, folder, silver, wanted, behind=lambda: False, on_hits=lambda counts: None, on_failure=lambda rule: None):
        self.folder, self.silver, self.behind, self.on_hits, self.on_failure = folder, silver, behind, on_hits, on_failure
        self.rules = [rule for rule in wanted if rule.kind != 'change']
        self.stopping, self.thread = threading.Event(), None

    def state_path(self, rule):
        return os.path.join(self.folder, 'rules', rule.id + '.json')

    def since(self, rule):
        try:
            with open(self.state_path(rule), encoding='utf-8') as file:
                return datetime.datetime.fromisoformat(json.load(file)['since'])
        except (OSError, ValueError, KeyError):
            return EPOCH            # lost: everything is judged again, and known hits are not written again

    def keep(self, rule, since):
        path = self.state_path(rule)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + '.new', 'w', encoding='utf-8') as file:
            json.dump({'since': since.isoformat()}, file)
        os.replace(path + '.new', path)

    def judge(self, rule, now=None):
        """Judges one rule now; gives {(rule, severity): number} of new hits."""
        now = now or datetime.datetime.now(datetime.timezone.utc)
        tables = [self.silver(name) for name in tables_of(rule)]
        if any(table is None for table in tables):
            return {}
        if rule.kind == 'clock':
            return outbox.write(clock_hits(rule, self.silver, now), self.folder, -1)
        if self.behind():
            return {}
        since = self.since(rule)
        hits, after = settled_hits(rule, self.silver, since, now)
        counts = outbox.write_rows(tables[0].sparkSession, hits, self.folder, -1)
        if after != since:
            self.keep(rule, after)
        return counts

    def start(self):
        if self.rules:
            self.thread = threading.Thread(target=self.run, name='ticker', daemon=True)
            self.thread.start()
        return self

    def run(self):
        due = {rule: time.monotonic() + min(30, rule.every or rule.after) for rule in self.rules}      # the first batch first
        while not self.stopping.is_set():
            for rule in self.rules:
                if time.monotonic() >= due[rule] and not self.stopping.is_set():
                    try:
                        counts = self.judge(rule)
                        if counts:
                            self.on_hits(counts)
                    except Exception as error:      # the others go on, and so does this one next time
                        log.warning('rule %s could not be judged: %s', rule.id, rules.reason(error))
                        self.on_failure(rule)
                    due[rule] = time.monotonic() + (rule.every or max(5, rule.after / 2))
            self.stopping.wait(max(0.1, min(due.values()) - time.monotonic()))

    def stop(self, timeout=60):
        self.stopping.set()
        if self.thread:
            self.thread.join(timeout)


def silver_of(spark, folder):
    """silver(table) over the lake: None while the table is not there."""
    def silver(name):
        path = os.path.join(folder, 'lake', 'silver', name)
        return lake.read(spark, path) if lake.exists(path) else None
    return silver
