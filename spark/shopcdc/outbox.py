"""The outbox: what is to be told, as a Delta table, written by the batch and read by the sender.

A row is a hit of a rule; its key is rule|entity|window. A hit whose key is there already is not written again: batches may come again, rules
may find the same thing many times. Only one process writes (the job); its threads take turns.
"""
import collections
import datetime
import os
import threading

from pyspark.sql import functions as F
from pyspark.sql import types as T

from shopcdc import lake, rules

SCHEMA = T.StructType([T.StructField('key', T.StringType()), *rules.HIT.fields, T.StructField('batch_id', T.LongType()), T.StructField('created_at', T.TimestampType())])
PROPERTIES = {'delta.enableChangeDataFeed': 'true', 'delta.appendOnly': 'true'}
MOST_KEYS = 500_000     # held in memory, about 100 bytes each; older ones are looked up in the table
KNOWN, LISTENERS, LOCK = {}, [], threading.Lock()


class Keys:
    """The keys of an outbox, as many as fit: answers without Spark as long as all of them do."""

    def __init__(self, spark, path):
        self.spark, self.path = spark, path
        found = lake.read(spark, path).orderBy(F.desc('created_at')).limit(MOST_KEYS + 1).select('key').collect()
        self.complete = len(found) <= MOST_KEYS
        self.held = collections.OrderedDict((row.key, None) for row in reversed(found[:MOST_KEYS]))

    def new(self, keys):
        """Those that the outbox does not have."""
        fresh = [key for key in keys if key not in self.held]
        if fresh and not self.complete:
            asked = self.spark.createDataFrame([(key,) for key in fresh], 'key string')
            there = {row.key for row in lake.read(self.spark, self.path).join(asked, 'key', 'left_semi').select('key').collect()}
            fresh = [key for key in fresh if key not in there]
        return set(fresh)

    def add(self, keys):
        for key in keys:
            self.held[key] = None
        while len(self.held) > MOST_KEYS:
            self.held.popitem(last=False)
            self.complete = False


def path_of(folder):
    return os.path.join(folder, 'lake', 'outbox')


def write(hits, folder, batch_id):
    """Writes hits that are not there yet; gives {(rule, severity): number} of them. hits may be None."""
    return {} if hits is None else write_rows(hits.sparkSession, hits.select(*rules.HIT_COLUMNS).collect(), folder, batch_id)


def write_rows(spark, hits, folder, batch_id):
    """The same for hits that are collected already."""
    found, path = rules.newest(hits), path_of(folder)
    if not found:
        return {}
    with LOCK:
        if not lake.exists(path):
            KNOWN.pop(path, None)
            lake.ensure(spark, path, SCHEMA, PROPERTIES)
        if path not in KNOWN:
            KNOWN[path] = Keys(spark, path)
        new = KNOWN[path].new(found)
        if not new:
            return {}
        rows = [(key, *(found[key][name] for name in rules.HIT_COLUMNS), batch_id) for key in found if key in new]
        frame = spark.createDataFrame(rows, T.StructType(SCHEMA.fields[:-1])).withColumn('created_at', F.current_timestamp())
        try:
            frame.coalesce(1).write.format('delta').mode('append').save(path)
        except Exception:
            KNOWN.pop(path)         # it may be there or not: read again
            raise
        KNOWN[path].add(new)
        version = lake.version(spark, path)
    for listener in LISTENERS:
        listener(path, version, [row_for_sender(key, found[key]) for key in found if key in new])
    return dict(collections.Counter((found[key].rule, found[key].severity) for key in new))


def row_for_sender(key, hit):
    return {'key': key, 'rule': hit['rule'], 'severity': hit['severity'], 'owner': hit['owner'], 'channel': hit['channel'] or '', 'entity': hit['entity'],
            'message': hit['message'], 'event_time': hit['event_time'].astimezone(datetime.timezone.utc).strftime('%Y-%m-%d %H:%M:%S') if hit['event_time'] else ''}


class Source:
    """The outbox as the sender reads it. A position is the version of the table up to which everything was taken."""

    def __init__(self, spark, folder, wake=lambda: None):
        self.spark, self.path, self.wake, self.fresh = spark, path_of(folder), wake, collections.deque(maxlen=1000)
        LISTENERS.append(self.heard)

    def heard(self, path, version, rows):
        """Called by write(): the rows of a version, so that they need not be read again."""
        if path == self.path:
            self.fresh.append((version, rows))
            self.wake()

    def fetch(self, position):
        """(rows after a position, new position)."""
        if not lake.exists(self.path):
            return [], position
        made = []
        while self.fresh and position is not None:
            version, rows = self.fresh[0]
            if version > position + 1:
                break               # something between is not known: read
            self.fresh.popleft()
            if version == position + 1:
                made, position = made + rows, version
        if made or (position is not None and not self.fresh and lake.version(self.spark, self.path) == position):
            return made, position
        return self.read(position)

    def read(self, position):
        newest = lake.version(self.spark, self.path)
        reader = self.spark.read.format('delta')
        try:
            if position is None or position >= newest:
                raise LookupError
            frame = (reader.option('readChangeFeed', 'true').option('startingVersion', position + 1).option('endingVersion', newest).load(self.path)
                     .where("_change_type = 'insert'"))
            rows = frame.select('key', *rules.HIT_COLUMNS).collect()
        except Exception:           # the first time, or the log does not go back that far: all of it, what is known is left out by the spool
            rows = lake.read(self.spark, self.path, newest).select('key', *rules.HIT_COLUMNS).collect()
        return [row_for_sender(row.key, row) for row in rows], newest
