"""The job's file: what is wrong is one line that names the key, and nothing starts."""
import json
import os
import re
import socket

import pytest

from shopcdc import config, main, query

GOOD = {'kafka': {'bootstrap.servers': 'h:1', 'acks': 1}, 'topics': {'prefix': 'shop', 'schema': 'shop', 'tables': ['orders']}, 'dir': '/d'}
TOPICS = GOOD['topics']
README = os.path.join(os.path.dirname(__file__), '..', 'README.md')


def test_every_key_is_in_the_table():
    with open(README, encoding='utf-8') as file:
        table = file.read().split('**Configuration**')[1].split('\n\n')[1]
    first_cells = ' '.join(line.split('|')[1] for line in table.splitlines())
    assert set(re.findall(r'`(\w+)`', first_cells)) == config.KNOWN


@pytest.mark.parametrize('key, value', [
    ('max_offsets_per_trigger', 'many'), ('max_offsets_per_trigger', -5), ('max_offsets_per_trigger', 0), ('max_offsets_per_trigger', 2.5),
    ('max_offsets_per_trigger', True), ('max_offsets_per_trigger', None), ('metrics_port', 0), ('metrics_port', 65536), ('metrics_port', '8001'), ('ui_port', -1),
    ('ui_port', 'web'), ('maintenance_every', -1), ('maintenance_every', '60'), ('vacuum_hours', -1), ('vacuum_hours', 'week'), ('metrics_address', 8001),
    ('metrics_address', ''), ('master', 2), ('master', None), ('spark', 'fast'), ('spark', {'spark.cores.max': [2]}), ('kafka', 'h:1'), ('kafka', ['h:1']),
    ('dir', 3), ('rules', []), ('rule_values', []), ('notify', '#shop'), ('trigger', 5), ('trigger', 'often'), ('window', '0 seconds'), ('watermark', []),
    ('records', 'raw'), ('records', []), ('fail_on_data_loss', 'no'), ('starting_offsets', 0), ('group', ''), ('schemas', 1), ('topics', 'shop')])
def test_a_wrong_value_is_named_with_what_it_is_and_may_be(key, value):
    with pytest.raises(config.ConfigError) as told:
        config.make({**GOOD, key: value}, 'job.json')
    text = str(told.value)
    assert text.startswith('job.json: "%s"' % key) and ' must be ' in text and '\n' not in text
    if key not in ('kafka', 'spark') or not isinstance(value, dict):
        assert ' is %s;' % json.dumps(value) in text


@pytest.mark.parametrize('key, value, words', [
    ('topics', {**TOPICS, 'tables': []}, '"topics.tables" is []'), ('topics', {**TOPICS, 'tables': 'orders'}, '"topics.tables" is "orders"'),
    ('topics', {'tables': ['orders'], 'schema': 's'}, '"topics.prefix" is missing'), ('topics', {**TOPICS, 'schema': 1}, '"topics.schema" is 1'),
    ('notify', {'chanel': '#x'}, 'unknown notify.chanel; known are backoff_most'), ('notify', {'rate': 0}, '"notify.rate" is 0; it must be a number above zero'),
    ('notify', {'burst': 0}, '"notify.burst" is 0; it must be a number, 1 or more'), ('notify', {'webhooks': ['f']}, '"notify.webhooks" is'), ('wokers', 3, 'unknown wokers')])
def test_what_stands_within_is_judged_too(key, value, words):
    with pytest.raises(config.ConfigError) as told:
        config.make({**GOOD, key: value}, 'job.json')
    assert words in str(told.value)


def test_settings_that_may_be_secrets_are_not_shown():
    for key in ('kafka', 'spark'):
        with pytest.raises(config.ConfigError) as told:
            config.make({**GOOD, key: {'some.password': ['hunter2']}})
        assert 'hunter2' not in str(told.value)


def test_what_is_right_is_taken(tmp_path):
    (tmp_path / 'secret').write_text('word\n')
    made = config.make({**GOOD, 'kafka': {'a': {'file': str(tmp_path / 'secret')}, 'b': True}, 'master': '', 'maintenance_every': 0, 'trigger': '0 seconds',
                        'notify': {'rate': 0.5, 'burst': 1, 'gather_seconds': 0, 'webhooks': {'#a': 'f'}, 'channel': '#x'}, 'vacuum_hours': 0, 'spark': {'x': 2}, 'metrics_port': 65535})
    assert made.kafka == {'a': 'word', 'b': True} and made.tables == ('orders',) and made.metrics_port == 65535
    config.make(GOOD)


def test_a_secret_that_is_not_there_is_named(tmp_path):
    with pytest.raises(config.ConfigError, match='"kafka.sasl.jaas.config": the file /nowhere/x cannot be read: No such file'):
        config.make({**GOOD, 'kafka': {'sasl.jaas.config': {'file': '/nowhere/x'}}})


def started(tmp_path, capsys, found):
    """(exit status, what the job says before it has started anything)"""
    path = tmp_path / 'job.json'
    path.write_text(found if isinstance(found, str) else json.dumps(found))
    status = main.main([str(path)])
    return status, capsys.readouterr().err


@pytest.fixture
def no_job(monkeypatch):
    def never(made):
        raise AssertionError('the job is started')
    monkeypatch.setattr(main, 'Job', never)


@pytest.mark.parametrize('found, words', [('{', 'no JSON'), ('[]', 'an object'), ({**GOOD, 'metrics_port': 'x'}, '"metrics_port" is "x"; it must be a port'),
                                          ({**GOOD, 'ui_port': 9, 'metrics_port': 9}, 'both 9')])
def test_the_job_ends_with_one_line_and_status_2(tmp_path, capsys, no_job, found, words):
    status, said = started(tmp_path, capsys, found)
    assert status == 2 and said.startswith('configuration: ') and said.count('\n') == 1 and words in said, said


def test_a_file_that_is_not_there(tmp_path, capsys, no_job):
    assert main.main([str(tmp_path / 'none.json')]) == query.main([str(tmp_path / 'none.json'), 'SELECT 1']) == 2
    said = capsys.readouterr().err
    assert said.count('\n') == 2 and said.count('none.json: cannot be read: No such file') == 2


@pytest.mark.parametrize('key, other', [('metrics_port', 'ui_port'), ('ui_port', 'metrics_port')])
def test_a_taken_port_is_told_before_anything_starts(tmp_path, capsys, no_job, key, other):
    with socket.socket() as taken, socket.socket() as free:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        free.bind(('127.0.0.1', 0))
        ports = {key: taken.getsockname()[1], other: free.getsockname()[1]}
        free.close()
        status, said = started(tmp_path, capsys, {**GOOD, **ports})
        assert status == 2 and said.count('\n') == 1 and '"%s": port %d is taken' % (key, ports[key]) in said, said
        if key == 'ui_port':
            main.ports_are_free(config.make({**GOOD, **ports, 'spark': {'spark.ui.enabled': 'false'}}))


def test_an_address_that_is_not_of_this_machine(tmp_path, capsys, no_job):
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    status, said = started(tmp_path, capsys, {**GOOD, 'metrics_address': '192.0.2.1', 'metrics_port': port})
    assert status == 2 and said.count('\n') == 1 and 'metrics_address' in said and 'cannot listen at 192.0.2.1:%d' % port in said, said
