"""One transaction far larger than memory."""
from harness.records import Reader
from harness.wait import until

MEMORY_LIMIT = 64_000_000


class Ids:
    """Which ids of a table are in Kafka, in first and repeated records, without keeping the records."""

    def __init__(self, scene, table, rows):
        self.seen, self.first, self.repeated, self.in_order, self.last = bytearray(rows + 1), 0, 0, True, 0
        self.reader, self.topic = Reader(scene.kafka.bootstrap), scene.topic(table)

    def read(self, to_end=False):
        self.reader.follow(self.topic.__eq__)
        for message in self.reader.to_end() if to_end else self.reader.poll(0.2):
            number = int(message.key()[6:-1])       # {"id":123}
            if self.seen[number]:
                self.repeated += 1
                continue
            self.seen[number] = 1
            self.first += 1
            self.in_order = self.in_order and number > self.last
            self.last = number
        return self.first


def giant(scene, rows):
    scene.sql('CREATE TABLE giant (id int PRIMARY KEY, a text, b text, at timestamptz DEFAULT now())')
    insert = "INSERT INTO giant SELECT n, repeat('a', 60), repeat('b', 60) FROM generate_series(1, %s) n"
    return lambda: scene.sql(insert, rows)


def test_memory_stays_small_and_a_kill_resumes_inside(scene, torture):
    rows = 5_000_000 if torture else 400_000
    insert = giant(scene, rows)
    relay, ids = scene.started(), Ids(scene, 'giant', rows)
    insert()
    until(lambda: ids.read() > rows // 2, 'half of it to be in Kafka', 600, 0)
    peak = relay.peak_memory()
    relay.kill()
    relay.start()
    relay.wait_streaming(scene.postgres, scene.slot, 120)
    scene.wait_confirmed(seconds=600)
    ids.read(to_end=True)
    print('%d rows, peak %.1f and %.1f MB, %d repeated after the kill in the middle' % (rows, peak / 1e6, relay.peak_memory() / 1e6, ids.repeated))
    assert ids.first == rows and ids.in_order
    assert max(peak, relay.peak_memory()) < MEMORY_LIMIT
    # begun anew, half of it would have come again
    assert ids.repeated < rows // 4
