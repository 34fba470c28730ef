"""What the sender of notifications remembers: a SQLite file beside the lake, every step on disk before the next.

The outbox (Delta) is the queue and the truth of what is to be told; the spool is how far the sender is with it. Delta takes seconds for a
commit, SQLite takes a millisecond, and the time between "Slack has it" and "it is noted" is the only time in which a kill can repeat one.

items    one row an outbox row: waiting -> cut (into a digest) -> told | folded (counted in a message, not named) | refused
digests  one row a message: cut -> sending (in flight: if we find it so at a start, nobody knows) -> sent | refused
"""
import contextlib
import fcntl
import hashlib
import json
import os
import sqlite3

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS items (key TEXT PRIMARY KEY, rule TEXT, severity TEXT, owner TEXT, channel TEXT, entity TEXT, message TEXT, event_time TEXT,
  added REAL, state TEXT NOT NULL DEFAULT 'waiting', digest TEXT);
CREATE INDEX IF NOT EXISTS waiting ON items (channel, rule, added) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS of_digest ON items (digest);
CREATE TABLE IF NOT EXISTS digests (id TEXT PRIMARY KEY, channel TEXT, rule TEXT, kind TEXT, payload TEXT, items INTEGER, state TEXT, doubt INTEGER DEFAULT 0,
  attempts INTEGER DEFAULT 0, created REAL, finished REAL);
CREATE INDEX IF NOT EXISTS open_digests ON digests (channel, created) WHERE state IN ('cut', 'sending');
"""
FIELDS = ('key', 'rule', 'severity', 'owner', 'channel', 'entity', 'message', 'event_time')
RANK = "CASE severity WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END"


class SpoolBusy(RuntimeError):
    """Another process sends from this spool."""


class Spool:
    """One sender's memory. One process at a time, by a lock that its death frees; one thread uses it."""

    def __init__(self, path):
        os.makedirs(os.path.dirname(path) or '.', exist_ok=True)
        self.lock = open(path + '.lock', 'a+')
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.lock.seek(0)
            holder = self.lock.read().strip() or '?'
            self.lock.close()
            raise SpoolBusy('%s is used by another sender (process %s); two would tell everything twice' % (path, holder)) from None
        self.lock.truncate(0)
        self.lock.write('%d\n' % os.getpid())
        self.lock.flush()
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.db.row_factory = sqlite3.Row
        self.db.execute('PRAGMA journal_mode = WAL')
        self.db.execute('PRAGMA synchronous = FULL')
        self.db.executescript(SCHEMA)
        self.db.execute("UPDATE digests SET doubt = 1 WHERE state = 'sending'")

    def close(self):
        self.db.close()
        self.lock.close()

    @contextlib.contextmanager
    def transaction(self):
        self.db.execute('BEGIN IMMEDIATE')
        try:
            yield
        except BaseException:
            self.db.execute('ROLLBACK')
            raise
        self.db.execute('COMMIT')

    def position(self):
        """Up to where the outbox was taken in, or None."""
        row = self.db.execute("SELECT value FROM meta WHERE name = 'position'").fetchone()
        return json.loads(row[0]) if row else None

    def add(self, rows, position, now):
        """Takes rows in and notes the position, both or neither. Rows known already change nothing. Number of new ones."""
        with self.transaction():
            before = self.db.total_changes
            self.db.executemany('INSERT OR IGNORE INTO items (%s, added) VALUES (%s, ?)' % (', '.join(FIELDS), ', '.join('?' * len(FIELDS))),
                                [[*(row[name] for name in FIELDS), now] for row in rows])
            added = self.db.total_changes - before
            self.db.execute("INSERT OR REPLACE INTO meta VALUES ('position', ?)", [json.dumps(position)])
        return added

    def channels(self):
        return [row[0] for row in self.db.execute("SELECT channel FROM items WHERE state = 'waiting' UNION SELECT channel FROM digests WHERE state IN ('cut', 'sending')")]

    def groups(self, channel):
        """(rule, number, oldest) of what waits: what is most severe, then what waits longest, first."""
        return self.db.execute("SELECT rule, count(*) AS number, min(added) AS oldest, min(%s) AS rank FROM items WHERE state = 'waiting' AND channel = ? "
                               'GROUP BY rule ORDER BY rank, oldest' % RANK, [channel]).fetchall()

    def waiting(self, channel, rule, limit):
        return self.db.execute("SELECT * FROM items WHERE state = 'waiting' AND channel = ? AND rule = ? ORDER BY added, event_time, key LIMIT ?",
                               [channel, rule, limit]).fetchall()

    def cut(self, channel, rule, kind, items, named, payload, now):
        """Makes a digest of items, of which the first `named` are named in its payload. Its id is made of what is in it."""
        identity = hashlib.sha256('\n'.join(sorted(item['key'] for item in items)).encode()).hexdigest()[:24]
        with self.transaction():
            self.db.execute("INSERT INTO digests (id, channel, rule, kind, payload, items, state, created) VALUES (?, ?, ?, ?, ?, ?, 'cut', ?)",
                            [identity, channel, rule, kind, json.dumps(payload, ensure_ascii=False), len(items), now])
            self.db.executemany("UPDATE items SET state = ?, digest = ? WHERE key = ?",
                                [['cut' if number < named else 'folded', identity, item['key']] for number, item in enumerate(items)])
        return self.next_digest(channel)

    def next_digest(self, channel):
        return self.db.execute("SELECT * FROM digests WHERE state IN ('cut', 'sending') AND channel = ? ORDER BY created, id LIMIT 1", [channel]).fetchone()

    def sending(self, identity):
        """Notes that it is about to be in flight."""
        self.db.execute("UPDATE digests SET state = 'sending', attempts = attempts + 1 WHERE id = ?", [identity])

    def sent(self, identity, now):
        with self.transaction():
            self.db.execute("UPDATE digests SET state = 'sent', finished = ? WHERE id = ?", [now, identity])
            self.db.execute("UPDATE items SET state = 'told' WHERE digest = ? AND state = 'cut'", [identity])

    def not_sent(self, identity, doubt=False):
        """It was refused for now (no doubt), or nobody knows whether it arrived (doubt)."""
        self.db.execute("UPDATE digests SET state = 'cut', doubt = doubt OR ? WHERE id = ?", [int(doubt), identity])

    def refused(self, identity, now):
        """Never again: the receiver says the message itself is wrong."""
        with self.transaction():
            self.db.execute("UPDATE digests SET state = 'refused', finished = ? WHERE id = ?", [now, identity])
            self.db.execute("UPDATE items SET state = 'refused' WHERE digest = ? AND state = 'cut'", [identity])

    def replace_payload(self, identity, payload):
        self.db.execute('UPDATE digests SET payload = ? WHERE id = ?', [json.dumps(payload, ensure_ascii=False), identity])

    def pending(self):
        """Items that are neither told nor folded into a message that was sent."""
        return self.db.execute("SELECT (SELECT count(*) FROM items WHERE state = 'waiting') + "
                               "coalesce((SELECT sum(items) FROM digests WHERE state IN ('cut', 'sending')), 0)").fetchone()[0]

    def forget(self, before):
        """Removes what was finished before a time; the position keeps it from coming again."""
        with self.transaction():
            self.db.execute("DELETE FROM items WHERE digest IN (SELECT id FROM digests WHERE finished < ?)", [before])
            self.db.execute('DELETE FROM digests WHERE finished < ?', [before])
