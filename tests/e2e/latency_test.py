"""Commit to append, by the broker's clock of whole milliseconds, of transactions that come one by one."""
import pytest

from harness.wait import until


class Delays:
    """Milliseconds that the next transaction takes to its topic."""

    def __init__(self, scene):
        self.scene, self.reader, self.seen = scene, scene.reader(), []

    def next(self):
        self.scene.sql('INSERT INTO alone DEFAULT VALUES')

        def arrived():
            if not self.reader.next:
                self.reader.follow(self.scene.topic('alone').__eq__)
            return self.reader.records(self.reader.poll(0.05))
        record, = until(arrived, 'the record', pause=0)
        self.seen.append(record.broker_ms - int(record.after['us']) / 1000)
        return self.seen[-1]


@pytest.fixture
def delays(scene):
    scene.sql('CREATE TABLE alone (id serial PRIMARY KEY, us bigint DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)')
    made = Delays(scene)
    yield made
    made.reader.close()


def stream(scene, **settings):
    relay = scene.relay(settings=settings, topic__creation__default__partitions='1', topic__creation__default__replication__factor='1',
                        topic__creation__default__message__timestamp__type='LogAppendTime').start()
    relay.wait_streaming(scene.postgres, scene.slot)


# Where every record waits 5 ms for others, none is ever faster; the machine may be busy with other things, so one is enough.
def test_a_transaction_that_comes_alone_waits_for_no_other(scene, delays):
    stream(scene)
    try:
        until(lambda: delays.next() < 4, 'a record that did not wait', 60, 0)
    finally:
        print('one by one: %s ms' % ', '.join('%.1f' % delay for delay in sorted(delays.seen)[:5]))


def test_a_linger_of_the_file_holds(scene, delays):
    stream(scene, **{'producer.linger.ms': '30'})
    least = min(delays.next() for _ in range(10))
    print('one by one with linger.ms=30: at least %.1f ms' % least)
    assert least >= 29
