"""Silver is a function of the set of changes: whatever their order, repeats and batches, the rows are those of a plain replay."""
import json
import random

import pytest
from conftest import captured, records_of

from shopcdc import batch, dq, parse, schemas, silver, silver_writer
from shopcdc.config import make
from shopcdc.held import Held

TABLE = {'table': 'things', 'key': ['id'], 'columns': [
    {'name': 'id', 'optional': False, 'connect': {'type': 'int32'}}, {'name': 'n', 'optional': True, 'connect': {'type': 'int32'}},
    {'name': 'text', 'optional': True, 'connect': {'type': 'string'}}, {'name': 'more', 'optional': True, 'connect': {'type': 'string'}}]}
LARGE = parse.PLACEHOLDER


def things():
    return schemas.Table('things', ('id',), tuple(schemas.column_of(field) for field in TABLE['columns']))


class History:
    """A random history of a table with TOASTed columns: its records, and what a database would hold at its end."""

    def __init__(self, chance, changes=40, keys=5):
        self.chance, self.rows, self.records, self.lsn, self.commit = chance, {}, [], 1000, None
        for key in range(chance.randint(0, keys)):
            self.rows[key] = {'id': key, 'n': -1, 'text': 'snap%d' % key, 'more': None}
            self.write('r', key, self.rows[key], [None, self.lsn + 500])
        if chance.random() < 0.5:
            # A transaction whose first change was written before the snapshot's position and which committed after it.
            self.lsn -= 100
        for _ in range(changes):
            self.lsn += chance.randint(10, 60)
            self.step(chance.randint(0, keys - 1))
            if chance.random() < 0.4:
                self.commit = self.lsn = self.lsn + 5

    def write(self, op, key, row, sequence=None):
        before = {'id': key} if op == 'd' else None
        value = {'before': before, 'after': row, 'op': op, 'source': {'table': 'things', 'lsn': (sequence or [0, self.lsn])[1], 'ts_ms': self.lsn, 'ts_us': self.lsn * 1000,
                                                                      'sequence': json.dumps([text if text is None else str(text) for text in sequence or [self.commit, self.lsn]])}}
        self.records.append({'topic': 'shop.shop.things', 'key': None if op == 't' else json.dumps({'id': key}), 'value': json.dumps(value)})
        if op == 'd':
            self.records.append({'topic': 'shop.shop.things', 'key': json.dumps({'id': key}), 'value': None})

    def step(self, key):
        chance, row = self.chance, self.rows.get(key)
        if chance.random() < 0.03:
            self.rows.clear()
            return self.write('t', None, None)
        if row is None:
            self.rows[key] = {'id': key, 'n': self.lsn, 'text': 'new%d' % self.lsn, 'more': chance.choice((None, 'm%d' % self.lsn))}
            return self.write('c', key, self.rows[key])
        if chance.random() < 0.2:
            del self.rows[key]
            return self.write('d', key, None)
        if chance.random() < 0.15:
            other = max(self.rows) + 1      # the key changes: delete and create at one position
            self.rows[other] = {**self.rows.pop(key), 'id': other}
            self.write('d', key, None)
            return self.write('c', other, self.rows[other])
        row['n'] = self.lsn
        told = dict(row)
        for column in ('text', 'more'):
            if chance.random() < 0.5:
                row[column] = told[column] = '%s%d' % (column, self.lsn)
            elif row[column] is not None and chance.random() < 0.7:
                told[column] = LARGE
        return self.write('u', key, told)


class Plain:
    """No judgement."""

    def apply(self, spark, writer, table, lines, batch_id):
        events = Held(parse.events(records_of(spark, lines), {table.name: table}).coalesce(1)).frame
        facts = batch.survey(events, {table.name: table}, LARGE)[0]
        if table.name in facts:
            with Held(silver.stamped(parse.rows(events.where('problem IS NULL'), table), batch_id).coalesce(1)) as rows:
                writer.apply(rows, batch_id, 'test', facts[table.name])


def state(spark, path, meta=()):
    columns = ['id', 'n', 'text', 'more', *meta]
    return {row.id: tuple(row) for row in spark.read.format('delta').load(path).where('NOT _deleted').select(*columns).collect()}


def cut(chance, records):
    """The records in batches."""
    made, at = [], 0
    while at < len(records):
        size = chance.choice((3, 15, 40))
        made.append(records[at:at + size])
        at += size
    return made


def in_any_order(chance, records):
    """All of them, some more than once."""
    mixed = records + chance.sample(records, len(records) // 4)
    chance.shuffle(mixed)
    return mixed


def in_any_order_of_keys(chance, records):
    """As Kafka gives them: in order for a key, keys against each other as it comes, a stretch of it again."""
    lanes = {}
    for record in records:
        lanes.setdefault(record['key'], []).append(record)
    mixed = []
    while lanes:
        key = chance.choice(sorted(lanes, key=str))
        mixed.append(lanes[key].pop(0))
        if not lanes[key]:
            del lanes[key]
    at = chance.randrange(len(mixed))
    return mixed[:at] + mixed[max(0, at - 10):]


@pytest.mark.parametrize('mix', [in_any_order, in_any_order_of_keys])
def test_order_repeats_and_batches_do_not_matter(spark, tmp_path, seed, mix):
    for round_ in range(2):
        chance = random.Random('%d/%d' % (seed, round_))
        history = History(chance)
        writer = silver_writer.Table(spark, str(tmp_path / str(round_)), things())
        lines = mix(chance, history.records)
        for number, part in enumerate(cut(chance, lines)):
            Plain().apply(spark, writer, things(), part, number)
        wanted = {key: tuple(row.values()) for key, row in history.rows.items()}
        assert state(spark, writer.path) == wanted, 'SEED=%d round %d: %s' % (seed, round_, [(line['key'], line['value']) for line in lines])


def test_a_new_key_without_a_large_value_is_counted(spark):
    """What a change of the key gives under REPLICA IDENTITY DEFAULT: no record of the new key holds the value."""
    after = {'id': 2, 'n': 1, 'text': LARGE, 'more': None}
    lines = [{'topic': 'shop.shop.things', 'key': '{"id": 2}', 'value': json.dumps({'before': None, 'after': after, 'op': op, 'source': {
        'table': 'things', 'lsn': 7, 'ts_ms': 7, 'ts_us': 7000, 'sequence': '["5","7"]'}})} for op in 'cu']
    found = dq.split(parse.rows(parse.events(records_of(spark, lines), {'things': things()}), things()), 'things', [])
    assert found.good.count() == 2 and found.counts() == {('warn', dq.NOT_HELD): 1}


def test_the_captured_shop_ends_as_the_database_did(spark, shop, tmp_path):
    """What the records end in: keys that are there, values that were left out of the last record."""
    events = Held(parse.events(records_of(spark, captured('schemas')), shop)).frame
    facts = batch.survey(events, shop, LARGE)[0]
    rows = {}
    for name in ('products', 'inventory_movements', 'customer_activity', 'payments'):
        writer = silver_writer.Table(spark, str(tmp_path / name), shop[name])
        writer.apply(silver.stamped(parse.rows(events.where('problem IS NULL'), shop[name]), 0), 0, 'test', facts[name])
        rows[name] = {row.id: row for row in spark.read.format('delta').load(writer.path).where('NOT _deleted').collect()}
    assert sorted(rows['products']) == [1, 2, 3] and len(rows['products'][1].description) == 6400 and rows['products'][1].stock == 1000
    assert sorted(rows['inventory_movements']) == [2, 1001] and rows['payments'] == {}
    assert [row.kind for row in rows['customer_activity'].values()] == ['last']


def test_a_late_row_that_is_older_than_a_truncate_stays_deleted_after_a_restart(spark, tmp_path):
    history = History(random.Random(1), 0, 1)
    history.rows, history.records, history.lsn = {}, [], 5000
    history.write('t', None, None)
    truncate = history.records.pop()
    history.lsn = 4000
    history.write('c', 7, {'id': 7, 'n': 1, 'text': 'late', 'more': None})
    late = history.records.pop()
    history.lsn = 6000
    history.write('c', 8, {'id': 8, 'n': 1, 'text': 'after', 'more': None})
    path = str(tmp_path / 't')
    Plain().apply(spark, silver_writer.Table(spark, path, things()), things(), [truncate], 0)
    Plain().apply(spark, silver_writer.Table(spark, path, things()), things(), [late, history.records[0]], 1)
    assert sorted(state(spark, path)) == [8]


def test_configuration_mistakes_are_told():
    for wrong, word in (({}, 'kafka'), ({'kafka': {}, 'topics': {'prefix': 'p', 'schema': 's', 'tables': ['t']}, 'dir': '/x', 'tigger': 1}, 'tigger'),
                        ({'kafka': {}, 'topics': {'prefix': 'p', 'schema': 's', 'tables': ['t']}, 'dir': '/x', 'trigger': 'soon'}, 'soon')):
        with pytest.raises(ValueError, match=word):
            make(wrong)
