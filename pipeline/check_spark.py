"""The Spark job's part of the table: progress, silver, gold, dead letters, quarantine, notifications."""
import collections
import contextlib
import datetime
import decimal
import glob
import json
import os
import random
import re
import subprocess

import confluent_kafka as ck

import broker
import check_monitoring
import parts
import trouble
from layout import DEAD_LETTERS, GROUP, ROOT, TABLES

from harness import checker
from harness.wait import Timeout
from load import Load

FIGURES = tuple(os.path.basename(path)[:-len('.sql')] for path in sorted(glob.glob(os.path.join(ROOT, 'spark', 'gold', '*.sql'))))
TIMES = "map('timestampFormat', 'yyyy-MM-dd HH:mm:ss.SSSSSS', 'timestampNTZFormat', 'yyyy-MM-dd HH:mm:ss.SSSSSS', 'ignoreNullFields', 'false')"

# What must have been told, by rule: SQL over the shop that gives the entity as the message names it. The figures are those of
# spark/rules.yml (values).
PAYMENT = '(SELECT max(paid_at) FROM shop.payments p WHERE p.order_id = o.id)'
EXPECTED = {
    'low-stock': "SELECT sku FROM shop.products WHERE stock <= 10",
    'negative-stock': "SELECT sku FROM shop.products WHERE stock < 0",
    'high-value-order': "SELECT 'Order ' || id FROM shop.orders WHERE total > 500",
    'order-review': "SELECT 'Order ' || id FROM shop.orders o WHERE total > 1000 OR EXISTS "
                    "(SELECT FROM shop.payments p WHERE p.order_id = o.id AND p.method = 'wire_transfer')",
    'total-mismatch': "SELECT 'Order ' || id FROM shop.orders o WHERE abs(total - (SELECT coalesce(sum(round(quantity * unit_price - discount, 2)), 0) "
                      'FROM shop.order_items i WHERE i.order_id = o.id)) >= 0.01',
    'paid-not-shipped': "SELECT 'Order ' || id FROM shop.orders o WHERE status = 'paid' AND coalesce(%s, updated_at) < now() - interval '2 hours'" % PAYMENT,
}


def query(layout, sql):
    """Rows of the lake as dicts."""
    done = subprocess.run([os.path.join(ROOT, 'scripts', 'spark.sh'), 'query', layout.path('spark', 'config.json'), sql], capture_output=True,
                          text=True, stdin=subprocess.DEVNULL, timeout=300)
    if done.returncode:
        raise AssertionError('spark.sh query: ' + ' '.join(done.stderr.splitlines()[-3:])[:400])
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{')]


# --- progress ---

def group_offsets(layout):
    """{(topic, partition): committed offset} of the group that people look at."""
    admin = broker.admin(layout)
    answer = admin.list_consumer_group_offsets([ck.ConsumerGroupTopicPartitions(GROUP)])[GROUP].result()
    return {(place.topic, place.partition): place.offset for place in answer.topic_partitions}


def behind(layout):
    """{(topic, partition): records that the group has not read}."""
    committed = group_offsets(layout)
    return {place: end - max(0, committed.get(place, 0)) for place, end in broker.ends(layout, broker.TOPICS).items() if end > committed.get(place, 0)}


def caught_up(check):
    def done():
        try:
            return not behind(check.layout)
        except ck.KafkaException:
            return False
    check.until(done, 'the job to read everything', 600, 1)


def warm(check):
    """A light load until each query of the job has been through a batch: the first takes as long as several later."""
    def done():
        _, text = parts.get(check.layout.url('spark-job', '/metrics'))
        batches = dict(re.findall(r'^shopcdc_batch_duration_seconds_count\{query="(\w+)"\} ([0-9.]+)$', text, re.M))
        return all(float(batches.get(name, 0)) >= 1 for name in ('silver', 'gold', 'windows'))
    load = Load(check.shop, random.randrange(1 << 32), target=10).start()
    try:
        check.until(done, 'each query of the job to have done a batch', 300, 1)
    finally:
        load.stop()
    caught_up(check)


# --- silver and gold against the source ---

def lake_rows(layout):
    """{view: [row]} of silver and gold in one go: a Spark session takes its time to start."""
    views = list(TABLES) + ['gold_' + name for name in FIGURES]
    found = {view: [] for view in views}
    for row in query(layout, ' UNION ALL '.join("SELECT '%s' AS v, to_json(struct(*), %s) AS r FROM %s" % (view, TIMES, view) for view in views)):
        found[row['v']].append(json.loads(row['r'], parse_float=decimal.Decimal))
    return found


def plain(value):
    """A value of PostgreSQL or of the lake in one form."""
    if isinstance(value, datetime.datetime):
        moment = value.astimezone(datetime.timezone.utc).replace(tzinfo=None) if value.tzinfo else value
        return moment.strftime('%Y-%m-%d %H:%M:%S.%f')
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, (dict, list)):
        return json.dumps(value, sort_keys=True)
    if isinstance(value, str) and value[:1] in '{[':
        try:
            return json.dumps(json.loads(value), sort_keys=True)
        except ValueError:
            return value
    if isinstance(value, (decimal.Decimal, float)) and not isinstance(value, bool):
        return decimal.Decimal(str(value)).normalize() + 0
    return value


def comparable(row, decimals):
    """decimals: columns that are numeric in PostgreSQL, whatever the lake holds them as."""
    return {name: plain(decimal.Decimal(str(value)) if name in decimals and value is not None else value) for name, value in row.items()}


def source_rows(shop, sql):
    """(rows as dicts, numeric columns) of the shop."""
    with contextlib.closing(shop.connect('shop')) as connection, connection.cursor() as cursor:
        cursor.execute("SET TimeZone = 'UTC'; SET search_path = shop")
        cursor.execute(sql)
        names = [column.name for column in cursor.description]
        decimals = {column.name for column in cursor.description if column.type_code == 1700}
        return [dict(zip(names, row)) for row in cursor.fetchall()], decimals


def differences(expected, found, key):
    """Texts of what differs between two lists of comparable rows."""
    def named(rows):
        return {tuple(str(row.get(name)) for name in key): row for row in rows}
    want, have = named(expected), named(found)
    texts = ['%s: source %s, lake %s' % (place, checker.short(want.get(place), have.get(place)), checker.short(have.get(place), want.get(place)))
             for place in list(want) + [place for place in have if place not in want] if want.get(place) != have.get(place)]
    return texts + ['%d rows twice' % (len(found) - len(have))] * (len(found) != len(have))


def compare_lake(check):
    """({view: (rows, differences)}) of one look at the lake."""
    found, results = lake_rows(check.layout), {}
    for view, rows in found.items():
        if view.startswith('gold_'):
            with open(os.path.join(ROOT, 'spark', 'gold', view[len('gold_'):] + '.sql')) as file:
                sql = file.read()
        else:
            sql = 'SELECT * FROM shop.' + view
        expected, decimals = source_rows(check.shop, sql)
        key = list(expected[0])[:1] if expected else ['id']
        results[view] = len(expected), differences([comparable(row, decimals) for row in expected], [comparable(row, decimals) for row in rows], key)
    return results


def lake(check):
    """Gold follows silver by its own interval, so a difference is looked at again until the deadline."""
    last = {}

    def equal():
        last.update(compare_lake(check))
        return not any(texts for _, texts in last.values())
    try:
        check.until(equal, 'silver and gold to equal the source', 180, 5)
    except Timeout:
        pass
    for name, views in (('silver = rows in PostgreSQL', TABLES), ('gold = SQL over PostgreSQL', ['gold_' + name for name in FIGURES])):
        rows = sum(last[view][0] for view in views)
        texts = ['%s %s' % (view, text) for view in views for text in last[view][1]]
        check.table.add(name, '{:,}'.format(rows), '%d differ %s' % (len(texts), '; '.join(texts[:2])[:200]) if texts else
                        ', '.join(view.replace('gold_', '') for view in views), not texts and rows > 0)


# --- what was set aside ---

def letters(layout):
    """[(topic, partition, offset, reason)] of the dead letters."""
    found = []
    settings = {**broker.client(layout), 'group.id': 'penstock-check', 'enable.auto.commit': False}
    ends = broker.ends(layout, [DEAD_LETTERS])
    consumer = ck.Consumer(settings)
    try:
        consumer.assign([ck.TopicPartition(topic, partition, 0) for topic, partition in ends])
        missing = {place: end for place, end in ends.items() if end}
        deadline_polls = 300
        while missing and deadline_polls:
            message = consumer.poll(0.2)
            deadline_polls -= message is None
            if message is None or message.error():
                continue
            headers = {name: value.decode() for name, value in message.headers() or []}
            found.append((headers.get('dlq.topic'), int(headers.get('dlq.partition', -1)), int(headers.get('dlq.offset', -1)), headers.get('dlq.reason')))
            if missing.get((message.topic(), message.partition()), 0) <= message.offset() + 1:
                missing.pop((message.topic(), message.partition()), None)
        if missing:
            raise AssertionError('the topic of dead letters does not reach its end: %s' % missing)
    finally:
        consumer.close()
    return found


def dead_letters(check):
    expected = {(*event[1:4], trouble.DEAD[event.kind]) for event in trouble.journal(check.layout) if event.kind in trouble.DEAD}
    found = []

    def complete():
        found[:] = letters(check.layout)
        return expected <= set(found)
    try:
        check.until(complete, 'the dead letters', 60, 2)
    except Timeout:
        pass
    missing, surplus = expected - set(found), set(found) - expected
    check.table.add('dead letters = events written past the relay', len(found), 'missing %s, not expected %s; %d came twice' % (
        list(missing)[:3], list(surplus)[:3], len(found) - len(set(found))) if missing or surplus else '%d kinds' % len({e[3] for e in expected}),
        not missing and not surplus)


def quarantined(check):
    expected = {event[1:4] for event in trouble.journal(check.layout) if event.kind in trouble.QUARANTINED}
    if not expected:
        return
    rows = query(check.layout, 'SELECT * FROM quarantine_payments')
    found = {(row['_topic'], row['_partition'], row['_offset']) for row in rows}
    check.table.add('quarantined = readable rows against a hard rule', len(rows), 'differ: %s' % list(found ^ expected)[:3] if found != expected else '',
                    found == expected)


# --- notifications ---

def told(layout):
    """Counter of (rule, entity) over the messages that the stand-in has; (…, number of repeats that said so)."""
    found, repeats = collections.Counter(), 0
    for message in check_monitoring.messages(layout, 'shop'):
        if message['repeated']:
            repeats += 1
            continue
        blocks = message['payload'].get('blocks', [])
        heading = blocks[0]['text']['text'] if blocks else message['text']
        rule = next((rule for rule in EXPECTED if re.search(r'(^|\s)%s(:|\s|$)' % rule, heading)), None)
        for line in '\n'.join(block['text']['text'] for block in blocks[1:] if block.get('type') == 'section').splitlines():
            named = re.search(r'\((LOT-\d+|SKU-\d+)\)|\b(Order \d+)\b', line)
            if rule and named:
                found[rule, named[1] or named[2]] += 1
    return found, repeats


def notifications(check):
    expected = {(rule, row[0]) for rule, sql in EXPECTED.items() for row in check.shop.query(sql, database='shop')}
    found = collections.Counter()
    repeats = [0]

    def complete():
        counted, repeats[0] = told(check.layout)
        found.clear()
        found.update(counted)
        return expected <= set(found)
    try:
        check.until(complete, 'every notification', 240, 2)
    except Timeout:
        pass
    for rule in EXPECTED:
        wanted = {place for place in expected if place[0] == rule}
        have = {place for place in found if place[0] == rule}
        twice = [place[1] for place in have if found[place] > 1]
        missing, surplus = [p[1] for p in wanted - have], [p[1] for p in have - wanted]
        note = '; '.join('%s: %d, %s' % (word, len(names), ' '.join(names[:3])) for word, names in
                         (('missing', missing), ('not expected', surplus), ('more than once', twice)) if names)
        check.table.add('told once: %s' % rule, len(have), note, not (missing or surplus or twice) and bool(wanted))
    if repeats[0]:
        check.table.add('messages repeated after a kill, and saying so', repeats[0])


def consumer_group(check):
    """What people type: kafka-consumer-groups --describe --group spark-streaming."""
    done = subprocess.run([os.path.join(ROOT, 'scripts', 'kafka.sh'), 'consumer-groups', *broker.tool_arguments(check.layout), '--describe', '--group', GROUP],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith(GROUP + ' ')]
    lag = sum(int(line[5]) for line in lines if line[5].isdigit())
    check.table.add('kafka-consumer-groups --describe', '%d partitions' % len(lines), 'lag %d' % lag if lines else done.stderr.strip()[-150:], bool(lines) and lag == 0)


def run(check):
    if not check.runs('spark'):
        check.table.add('Spark job', 'left out', check.stack.by_name['spark'].missing() or 'it does not run')
        return
    check.step('silver and gold against the source', lambda: lake(check))
    check.step('dead letters', lambda: dead_letters(check))
    check.step('quarantine', lambda: quarantined(check))
    if check.runs('slack'):
        check.step('notifications', lambda: notifications(check))
    check.step('consumer group', lambda: consumer_group(check))
