"""Replay over topics in memory, with a crash at every step it can have."""
import json

import pytest

from shopcdc import replay

DLQ = 'shop.spark.dlq'


class Killed(BaseException):
    pass


class Topics:
    """Kafka in lists: {topic: [Record]}, one partition each but for the dead letters' origins. Dies before or after its n-th send."""

    def __init__(self):
        self.topics, self.sends, self.dies_at, self.before = {}, 0, None, True

    def ensure(self, topic):
        self.topics.setdefault(topic, [])

    def read(self, topic, start=None):
        return [record for record in self.topics.get(topic, []) if record.offset >= (start or {}).get(record.partition, 0)]

    def ends(self, topic):
        return {partition: sum(record.partition == partition for record in self.topics.get(topic, [])) for partition in range(3)}

    def send(self, topic, key, value, headers=(), partition=-1):
        if self.dies_at == self.sends and self.before:
            raise Killed
        partition = max(partition, 0) if partition >= 0 else len(key or b'') % 3
        self.topics.setdefault(topic, []).append(replay.Record(topic, partition, self.ends(topic)[partition], key, value, list(headers)))
        self.sends += 1
        if self.dies_at == self.sends - 1 and not self.before:
            raise Killed

    def dead(self, number, reason='unparsable', topic='shop.shop.orders', key=b'{"id":1}', value=b'{"broken'):
        headers = [('own', b'1')] + [('dlq.' + name, str(what).encode()) for name, what in
                                     (('reason', reason), ('exception', 'x'), ('topic', topic), ('partition', 2), ('offset', number), ('batch_id', 0))]
        self.send(DLQ, key, value, headers, 0)


def options(*words):
    return replay.parser().parse_args(['config.json', *words])


def work(topics, *words):
    return replay.work(replay.Replay(topics, DLQ), options(*words))


@pytest.fixture
def topics():
    made = Topics()
    for number in range(3):
        made.dead(number)
    made.dead(7, 'unknown_table', 'shop.shop.coupons')
    made.dead(0)                                    # the same letter twice: the job died between topic and table
    made.send(DLQ, b'k', b'not a letter', [], 0)
    return made


def test_all_go_back_once_with_their_own_headers(topics, capsys):
    assert work(topics, '--all') == 0 and work(topics, '--all') == 0
    assert capsys.readouterr().out.splitlines() == ['4 letters: 4 sent', '4 letters: 0 sent, 4 done before']
    orders = topics.topics['shop.shop.orders']
    assert [(record.partition, record.key, record.value) for record in orders] == [(2, b'{"id":1}', b'{"broken')] * 3
    assert orders[1].headers == [('own', b'1'), ('replay.of', b'shop.shop.orders/2/1')]
    assert len(topics.topics['shop.shop.coupons']) == 1


@pytest.mark.parametrize('words, sent', [
    (['--reason', 'unknown_table'], {'shop.shop.coupons/2/7'}), (['--topic', 'shop.shop.orders', '--offset', '1'], {'shop.shop.orders/2/1'}),
    (['--offset', '1-7'], {'shop.shop.orders/2/1', 'shop.shop.orders/2/2', 'shop.shop.coupons/2/7'}), (['--partition', '1'], set()),
    (['--reason', 'unknown_table', '--reason', 'unparsable', '--offset', '0', '--offset', '7'], {'shop.shop.orders/2/0', 'shop.shop.coupons/2/7'}),
    (['--all', '--dry-run'], set()), ([], set())])
def test_filters(topics, words, sent, capsys):
    work(topics, *words)
    assert {dict(record.headers)['replay.of'].decode() for name, records in topics.topics.items() if name.startswith('shop.shop') for record in records} == sent


def test_without_a_filter_it_says_what_is_there(topics, capsys):
    work(topics, '--offset', '1')
    capsys.readouterr()
    work(topics)
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ['1', 'unknown_table', 'shop.shop.coupons', 'waiting'], ['1', 'unparsable', 'shop.shop.orders', 'sent'], ['2', 'unparsable', 'shop.shop.orders', 'waiting'],
        ['4', 'in', 'shop.spark.dlq']]


def test_dump_repair_send(topics, tmp_path, capsys):
    path = tmp_path / 'letters'
    topics.dead(9, 'missing_key', key=None, value=b'\xff\x00')
    work(topics, '--topic', 'shop.shop.orders', '--dump', str(path))
    found = [json.loads(line) for line in path.read_text().splitlines()]
    assert [letter['id'] for letter in found] == ['shop.shop.orders/2/%d' % number for number in (0, 1, 2, 9)] and found[3]['value'] == {'base64': '/wA='}
    found[0]['value'] = {'op': 'c', 'after': {'id': 1, 'note': 'ä'}}
    found[1]['drop'] = True
    found[3]['key'] = '{"id":22}'
    path.write_text('\n'.join(json.dumps(letter) for letter in (found[0], found[1], found[3])))
    assert work(topics, '--repaired', str(path)) == 0 and work(topics, '--repaired', str(path)) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ['3 letters: 2 sent, 1 dropped', '3 letters: 0 sent, 3 done before']
    assert [(record.partition, record.key, record.value) for record in topics.topics['shop.shop.orders']] == [
        (2, b'{"id":1}', '{"op": "c", "after": {"id": 1, "note": "ä"}}'.encode()), (0, b'{"id":22}', b'\xff\x00')]


@pytest.mark.parametrize('line, words', [('{"id": "shop.shop.orders/2/0"}', "F:1: no 'key' in it"), ('{', 'F:1: '), ('[]', 'F:1: '),
                                         ('{"id": "x/1/2", "key": null, "value": "v"}', 'F:1: there is no dead letter x/1/2')])
def test_a_wrong_line_of_a_repaired_file_sends_nothing(topics, tmp_path, line, words):
    path = tmp_path / 'F'
    path.write_text(line + '\n')
    with pytest.raises(ValueError) as caught:
        work(topics, '--repaired', str(path))
    assert words in str(caught.value) and 'shop.shop.orders' not in topics.topics


@pytest.mark.parametrize('before', (True, False))
@pytest.mark.parametrize('step', range(12))
def test_killed_at_any_step_and_run_again_each_is_sent_once(topics, step, before, capsys):
    topics.dies_at, topics.before = topics.sends + step, before
    with pytest.raises(Killed):
        work(topics, '--all')
    topics.dies_at = None
    assert work(topics, '--all') == 0
    sent = [dict(record.headers)['replay.of'].decode() for name, records in topics.topics.items() if name.startswith('shop.shop') for record in records]
    assert sorted(sent) == ['shop.shop.coupons/2/7', 'shop.shop.orders/2/0', 'shop.shop.orders/2/1', 'shop.shop.orders/2/2']


def test_what_is_not_delivered_is_told_and_comes_the_next_time(topics, monkeypatch, capsys):
    real = topics.send

    def send(topic, *rest):
        if topic == 'shop.shop.coupons':
            raise OSError('no leader')
        real(topic, *rest)
    monkeypatch.setattr(topics, 'send', send)
    assert work(topics, '--all') == 1
    said = capsys.readouterr()
    assert said.out == '4 letters: 3 sent, 1 failed\n' and 'shop.shop.coupons/2/7: no leader' in said.err
    monkeypatch.undo()
    assert work(topics, '--all') == 0 and capsys.readouterr().out == '4 letters: 1 sent, 3 done before\n'
