"""rules.yml: what is read from it, and what is said about each mistake."""
import os

import pytest

from shopcdc import rules_file

SHOP = os.path.join(os.path.dirname(__file__), '..', 'rules.yml')
GOOD = """values: {limit: 10}
rules:
  - id: low
    severity: warning
    owner: buyers
    table: products
    when: new.stock <= ${limit}
    message: "{new.name}: {new.stock} {{left}}"
    throttle: 2 hours
"""


def read(tmp_path, text, values=None):
    path = tmp_path / 'rules.yml'
    path.write_text(text, encoding='utf-8')
    return rules_file.read(str(path), values)


def test_a_rule_is_read(tmp_path):
    (rule,), checks = read(tmp_path, GOOD)
    assert (rule.id, rule.severity, rule.owner, rule.throttle, rule.kind, checks) == ('low', 'warning', 'buyers', 7200, 'change', [])
    (case,) = rule.cases
    assert (case.table, case.when, case.entity, case.ops) == ('products', 'new.stock <= 10', 'new.id', ('c', 'u', 'r'))
    assert case.message == (('sql', 'new.name'), ('text', ': '), ('sql', 'new.stock'), ('text', ' {left}'))


def test_values_can_be_set_from_outside(tmp_path):
    (rule,), _ = read(tmp_path, GOOD, {'limit': 25})
    assert rule.cases[0].when == 'new.stock <= 25'


def test_the_shops_rules_are_good():
    rules, checks = rules_file.read(SHOP)
    assert {rule.id: rule.kind for rule in rules} == {'low-stock': 'change', 'negative-stock': 'change', 'high-value-order': 'change', 'order-review': 'change',
                                                      'total-mismatch': 'settled', 'paid-not-shipped': 'clock'}
    assert {check.level for check in checks} == {'quarantine', 'warn'}


@pytest.mark.parametrize('old, new, line, words', [
    ('severity: warning', 'severity: loud', 4, 'severity is "loud"; it must be one of info, warning, critical'),
    ('severity: warning', 'severty: warning', 4, 'unknown key "severty"; did you mean "severity"?'),
    ('    owner: buyers\n', '', 3, 'owner is missing'),
    ('table: products', 'table: ', 6, 'table must be a text'),
    ('throttle: 2 hours', 'throttle: 2 parsecs', 9, '\'2 parsecs\' is not a duration; write a number and a unit, such as "30 seconds"'),
    ('throttle: 2 hours', 'throttle: 0 hours', 9, 'is not a duration'),
    ('${limit}', '${limt}', 7, 'when: no value "limt"; values has limit'),
    ('id: low', 'id: Low Stock', 3, 'id "Low Stock": lower-case letters'),
    ('{new.name}', '{new.name', 8, 'message: "{" without SQL and "}" after it'),
    ('{new.name}', '{}', 8, 'message: "{" without SQL'),
    ('throttle: 2 hours', 'after: 1 minute\n    every: 1 minute', 10, 'either "after" (when the entity is quiet) or "every"'),
    ('throttle: 2 hours', 'patience: 1 minute', 9, 'patience is for rules with "after"'),
    ('throttle: 2 hours', 'ops: [c, x]', 9, 'ops is a list of c, u, r, d'),
    ('throttle: 2 hours', 'lookups: {new: {table: orders, by: id}}', 9, 'a look-up cannot be called "new"'),
    ('throttle: 2 hours', 'lookups: {item: {table: orders}}', 9, 'by is missing'),
    ('throttle: 2 hours', 'cases: [{table: orders, when: x, message: y}]', 8, '"message" stands beside "cases"; move it into them'),
    ('values: {limit: 10}', 'vals: {limit: 10}', 1, 'unknown key "vals"; did you mean "values"?'),
    ('throttle: 2 hours', 'id: again', 9, 'not YAML: "id" stands twice'),
    ('throttle: 2 hours', 'throttle: [', 10, 'not YAML'),
    ('throttle: 2 hours', 'throttle: 2 hours\nquality:\n  products:\n    - {id: p, level: bad, check: x}', 12, 'level is "bad"; it must be one of quarantine, warn'),
])
def test_a_mistake_is_told_with_line_and_mend(tmp_path, old, new, line, words):
    assert old in GOOD
    with pytest.raises(rules_file.RulesError) as caught:
        read(tmp_path, GOOD.replace(old, new, 1))
    told = [row for row in str(caught.value).splitlines() if words in row]
    assert told and any(row.startswith('%s:%d: ' % (tmp_path / 'rules.yml', line)) for row in told), str(caught.value)


def test_all_mistakes_are_told_at_once(tmp_path):
    with pytest.raises(rules_file.RulesError) as caught:
        read(tmp_path, GOOD.replace('warning', 'loud').replace('2 hours', 'long') + GOOD[GOOD.index('  - id'):])
    assert [row.split(': ', 1)[1].split(' it ')[0].split(' not ')[0] for row in str(caught.value).splitlines()] == [
        'rule low: severity is "loud";', "rule low: throttle: 'long' is", 'rule low: there is one of this id already, at line 3']


def test_a_value_that_is_not_there_cannot_be_set(tmp_path):
    with pytest.raises(rules_file.RulesError, match='rule_values sets "limits", which is not among its values: limit'):
        read(tmp_path, GOOD, {'limits': 3})


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(rules_file.RulesError, match='No such file'):
        rules_file.read(str(tmp_path / 'none.yml'))
