"""One test's stage: a database, tables, a witness slot, a relay, topics of its own, on the shared server and broker."""
import itertools
import os

from harness import checker, decoded
from harness.records import Reader, read_all
from harness.relay import Relay
from harness.wait import until

_numbers = itertools.count(1)


class Scene:
    def __init__(self, postgres, kafka, directory, role='relay', encoding='UTF8'):
        self.postgres, self.kafka, self.dir, self.role = postgres, kafka, directory, role
        self.name = 'e2e%d' % next(_numbers)
        self.database = self.prefix = self.name
        self.slot, self.witness = self.name + '_slot', self.name + '_witness'
        self.relays, self.witnessed = [], False
        postgres.query("CREATE DATABASE %s TEMPLATE template0 ENCODING '%s' LC_COLLATE 'C' LC_CTYPE 'C'" % (self.database, encoding) if encoding != 'UTF8' else
                       'CREATE DATABASE %s' % self.database)
        self.sql('CREATE EXTENSION penstock')
        self.sql('ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO %s' % role)
        self.sql('CREATE TABLE fence (id serial PRIMARY KEY)')

    def sql(self, statement, *arguments):
        return self.postgres.query(statement, *arguments, database=self.database)

    def value(self, statement, *arguments):
        return self.postgres.value(statement, *arguments, database=self.database)

    def watch(self):
        """From here on the witness slot sees every change."""
        decoded.create_slot(self.postgres, self.witness, self.database)
        self.witnessed = True

    def config(self, **changes):
        """A connector's properties; dots are written as two underscores, None removes one."""
        config = {
            'connector.class': 'io.debezium.connector.postgresql.PostgresConnector', 'tasks.max': '1', 'plugin.name': 'pgoutput',
            'database.hostname': '127.0.0.1', 'database.port': str(self.postgres.port), 'database.user': self.role,
            'database.password': 'relay-password', 'database.dbname': self.database, 'topic.prefix': self.prefix, 'slot.name': self.slot,
            'snapshot.mode': 'no_data', 'decimal.handling.mode': 'string', 'time.precision.mode': 'adaptive_time_microseconds',
            'key.converter': 'org.apache.kafka.connect.json.JsonConverter', 'key.converter.schemas.enable': 'false',
            'value.converter': 'org.apache.kafka.connect.json.JsonConverter', 'value.converter.schemas.enable': 'false'}
        for name, value in changes.items():
            config[name.replace('__', '.')] = value
        return {name: value for name, value in config.items() if value is not None}

    def relay(self, settings=None, config=None, **changes):
        """A relay, not started."""
        relay = Relay(os.path.join(self.dir, 'relay%d' % (len(self.relays) + 1)), config or self.config(**changes), self.name,
                      {'bootstrap.servers': self.kafka.bootstrap, **(settings or {})})
        self.relays.append(relay)
        return relay

    def started(self, **changes):
        """A relay that streams."""
        relay = self.relay(**changes).start()
        relay.wait_streaming(self.postgres, self.slot)
        return relay

    def topic(self, table, schema='public'):
        return '%s.%s.%s' % (self.prefix, schema, table)

    def our_topic(self, name):
        return name.startswith(self.prefix + '.') and name != self.topic('fence')

    def tables(self):
        """Of the checker: all but the fence."""
        found = checker.tables_of(self.postgres, self.database, lambda schema, table: self.topic(table, schema))
        return {name: table for name, table in found.items() if table.topic != self.topic('fence')}

    def fence(self):
        """An LSN behind everything that was committed so far. A captured row: where only WAL of others follows, the relay
        takes some seconds before it stores the position."""
        self.sql('INSERT INTO fence DEFAULT VALUES')
        return self.value('SELECT pg_current_wal_flush_lsn()::text')

    def confirmed(self):
        return self.value('SELECT confirmed_flush_lsn::text FROM pg_replication_slots WHERE slot_name = %s', self.slot)

    def wait_confirmed(self, lsn=None, seconds=90):
        """Until the relay has confirmed everything that was committed so far; returns the LSN."""
        lsn = lsn or self.fence()
        try:
            until(lambda: self.value('SELECT confirmed_flush_lsn >= %s::pg_lsn FROM pg_replication_slots WHERE slot_name = %s', lsn, self.slot),
                  '%s to be confirmed up to %s' % (self.slot, lsn), seconds, 0.1)
        except AssertionError as error:
            raise AssertionError('%s; it is at %s\n%s' % (error, self.confirmed(), self.relays[-1].tail())) from None
        return lsn

    def reader(self):
        return Reader(self.kafka.bootstrap)

    def records(self):
        return read_all(self.kafka.bootstrap, self.our_topic)

    def check(self, after_lsn=0, records=None):
        """Nothing lost, nothing invented, order per key kept: by the witness slot and by replay. Returns the comparison."""
        lsn = self.wait_confirmed()
        records = self.records() if records is None else records
        tables = self.tables()
        changes = checker.compare_changes(decoded.read_slot(self.postgres, self.witness, self.database, lsn), tables, records, after_lsn=after_lsn)
        assert changes.expected > 0, 'nothing was changed, so nothing was tested'
        assert (changes.lost, changes.phantom, changes.out_of_order) == (0, 0, 0), \
            'lost %d, phantom %d, out of order %d\n%s' % (changes.lost, changes.phantom, changes.out_of_order, '\n'.join(changes.examples))
        _, differences = checker.compare_state(self.postgres, self.database, tables, records)
        assert not differences, '%d rows differ: %s' % (len(differences), differences[:3])
        return changes

    def close(self):
        for relay in self.relays:
            relay.close()
        self.postgres.start()      # a test may have left it down
        for slot in (self.slot, self.witness):
            until(lambda: not self.value('SELECT active FROM pg_replication_slots WHERE slot_name = %s', slot), slot + ' to be free')
            self.postgres.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s', slot)
        self.postgres.query('DROP DATABASE %s WITH (FORCE)' % self.database)
