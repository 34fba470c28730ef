"""The walsender's socket with the option `cork`: frames of a backlog are joined, and none of them waits for longer than a
millisecond or so, whatever stands behind it in the log."""
import contextlib
import os
import select
import shutil
import socket
import struct
import subprocess
import time

import psycopg2
import psycopg2.extras
import pytest

from harness.wait import until

DATA_SEGS_IN = 152    # of struct tcp_info, linux/tcp.h
FOREIGN_MB = 300      # takes a walsender longer than the 200 ms after which Linux sends what is corked
BACKLOG = 100         # transactions: few enough for the buffers of a socket, so that it does not matter how fast the reader is


class Database:
    """A database with a captured table, one that is excluded, and slots."""

    def __init__(self, postgres):
        self.postgres, self.name, self.slots = postgres, 'corked', 0
        postgres.query('CREATE DATABASE corked')
        self.sql('CREATE EXTENSION penstock')
        self.sql('CREATE TABLE captured (id bigserial PRIMARY KEY, v text)')
        self.sql('CREATE TABLE hidden (v text)')
        self.sql('ALTER TABLE hidden ALTER v SET STORAGE EXTERNAL')

    def sql(self, statement, *arguments):
        return self.postgres.query(statement, *arguments, database=self.name)

    def slot(self, source=None):
        self.slots += 1
        name = 'cork%d' % self.slots
        self.sql("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s", 'cork%d' % (self.slots - 8))
        if source:
            self.sql('SELECT pg_copy_logical_replication_slot(%s, %s)', source, name)
        else:
            self.sql("SELECT pg_create_logical_replication_slot(%s, 'penstock')", name)
        return name

    def close(self):
        until(lambda: not self.sql("SELECT 1 FROM pg_replication_slots WHERE active AND slot_name LIKE 'cork%'"), 'the slots to be free')
        self.sql("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name LIKE 'cork%'")
        self.postgres.query('DROP DATABASE corked WITH (FORCE)')


class Stream:
    """A reader of frames that keeps up: what arrives, how long it was on its way, in how many segments it came."""

    def __init__(self, database, slot, cork=True, **connection):
        self.connection = psycopg2.connect(**{'host': '127.0.0.1', 'port': database.postgres.port, 'user': 'postgres', 'dbname': database.name,
                                              'connection_factory': psycopg2.extras.LogicalReplicationConnection, **connection})
        self.cursor = self.connection.cursor()
        self.cursor.start_replication(slot_name=slot, decode=False, options={
            'format': 'frames', 'wire': '1-1', 'topic.prefix': 'corked', 'table.exclude.list': 'public.hidden', **({'cork': 'true'} if cork else {})})

    def frames(self, count, seconds=60):
        """The next `count` frames of transactions: seconds from being sent to being here, of each."""
        delays, deadline = [], time.monotonic() + seconds
        while len(delays) < count:
            message = self.cursor.read_message()
            if message is None:
                assert time.monotonic() < deadline, '%d of %d frames came' % (len(delays), count)
                select.select([self.connection], [], [], 1)
            elif message.payload[1:2] == b't':
                delays.append(time.time() - message.send_time.timestamp())
        return delays

    def segments(self):
        with contextlib.closing(socket.socket(fileno=os.dup(self.connection.fileno()))) as ours:
            return struct.unpack_from('I', ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 232), DATA_SEGS_IN)[0]

    def close(self):
        self.connection.close()


@pytest.fixture
def database(postgres):
    made = Database(postgres)
    yield made
    made.close()


@pytest.fixture
def tls(database):
    """TLS for connections that ask for it, until the end of the test."""
    postgres, data = database.postgres, os.path.join(database.postgres.dir, 'data')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-days', '2',
                    '-keyout', os.path.join(data, 'server.key'), '-out', os.path.join(data, 'server.crt')], check=True, capture_output=True)
    owner = os.stat(data)
    for name in ('server.key', 'server.crt'):
        os.chmod(os.path.join(data, name), 0o600)
        shutil.chown(os.path.join(data, name), owner.st_uid, owner.st_gid)
    for wanted in ('on', 'off'):
        postgres.query('ALTER SYSTEM SET ssl = %s' % wanted)
        postgres.query('SELECT pg_reload_conf()')
        until(lambda wanted=wanted: postgres.value('SHOW ssl') == wanted, 'ssl to be ' + wanted)
        if wanted == 'on':
            yield {'sslmode': 'require'}
    postgres.query('ALTER SYSTEM RESET ssl')


def write_backlog(database):
    """The hidden rows make it a megabyte of log."""
    database.sql("DO $$ BEGIN FOR i IN 1..%d LOOP INSERT INTO captured (v) VALUES ('some text of a row'); "
                 "INSERT INTO hidden VALUES (repeat('x', 10000)); COMMIT; END LOOP; END $$" % BACKLOG)


def segments_of(database, slot, **options):
    stream = Stream(database, slot, **options)
    try:
        stream.frames(BACKLOG)
        return stream.segments()
    finally:
        stream.close()


def joined(database, **connection):
    """Until one of a few backlogs has come in half as many segments with cork: on a busy machine the reader stands still, and
    the kernel joins what is not corked as well."""
    def once():
        first, second = database.slot(), database.slot()
        write_backlog(database)
        plain, corked = segments_of(database, first, cork=False, **connection), segments_of(database, second, **connection)
        print('%d frames came in %d segments, with cork in %d' % (BACKLOG, plain, corked))
        return corked * 2 < plain
    until(once, 'frames to be joined', 60)


def test_frames_of_a_backlog_are_joined(database):
    joined(database)


def test_and_over_tls(database, tls):
    joined(database, **tls)


def foreign_wal(database, what):
    if what == 'another database':
        database.postgres.query("SELECT pg_logical_emit_message(false, 'x', repeat('x', 1000000)) FROM generate_series(1, %d)" % FOREIGN_MB)
    else:
        database.sql("INSERT INTO hidden SELECT repeat('x', 1000000) FROM generate_series(1, %d)" % FOREIGN_MB)


def least_delay_before(database, what, **connection):
    """Least of three: of the frame behind which only foreign log follows. In another database's there is no callback."""
    source = database.slot()
    database.sql("INSERT INTO captured (v) VALUES ('the last')")
    foreign_wal(database, what)
    delays = []
    for _ in range(3):
        stream = Stream(database, database.slot(source), **connection)
        try:
            delays += stream.frames(1)
        finally:
            stream.close()
    print('on their way before the log of %s: %s ms' % (what, ', '.join('%.1f' % (delay * 1000) for delay in delays)))
    return min(delays)


@pytest.mark.parametrize('what', ['another database', 'an excluded table'])
def test_no_frame_waits_behind_log_that_is_not_ours(database, what):
    assert least_delay_before(database, what) < 0.1


def test_nor_over_tls(database, tls):
    assert least_delay_before(database, 'another database', **tls) < 0.1


# The bound of a corked frame is a millisecond: frames without a backlog must be below it. The least, since the machine
# may be busy with other things.
def test_without_a_backlog_nothing_waits(database):
    stream = Stream(database, database.slot())
    try:
        delays = []
        for _ in range(100):
            database.sql("INSERT INTO captured (v) VALUES ('one by one')")
            delays += stream.frames(1)
    finally:
        stream.close()
    delays.sort()
    print('100 commits one by one: least %.2f ms, median %.2f ms' % (delays[0] * 1000, delays[50] * 1000))
    assert delays[0] < 0.0009


def test_a_unix_socket_is_left_alone(database):
    slot = database.slot()
    write_backlog(database)
    stream = Stream(database, slot, host=database.postgres.dir)
    try:
        stream.frames(BACKLOG)
    finally:
        stream.close()
