"""What the plans cost, where it is not seen in the results; what is told of a query before its first batch."""
import json
import types

from conftest import captured, records_of
from prometheus_client import CollectorRegistry
from test_silver import Plain, things

from shopcdc import metrics, silver_writer, windows


def change(number, lsn):
    row = {'id': number, 'n': lsn, 'text': 'text', 'more': None}
    value = {'before': None, 'after': row, 'op': 'u', 'source': {'table': 'things', 'lsn': lsn, 'ts_ms': lsn, 'ts_us': lsn * 1000, 'sequence': json.dumps([str(lsn), str(lsn)])}}
    return {'topic': 'shop.shop.things', 'offset': lsn, 'key': json.dumps({'id': number}), 'value': json.dumps(value)}


def test_a_batch_like_the_one_before_compiles_next_to_nothing(spark, tmp_path):
    """With Spark's cache of 100 pieces of code they were 62, 73, 79 and 78: each had thrown out what the next needed."""
    codegen = spark._jvm.org.apache.spark.metrics.source.CodegenMetrics
    writer, counts = silver_writer.Table(spark, str(tmp_path / 'things'), things()), []
    for number in range(4):
        before = codegen.METRIC_COMPILATION_TIME().getCount()
        Plain().apply(spark, writer, things(), [change(key, 1000 + 10 * number + key) for key in range(5)], number)
        counts.append(codegen.METRIC_COMPILATION_TIME().getCount() - before)
    assert counts[3] <= 5, 'compilations by batch: %s' % counts


def test_filters_do_not_parse_records(spark, shop):
    found = windows.counted(records_of(spark, captured('string')), shop, '1 minute', '10 minutes')
    plan = found._jdf.queryExecution().optimizedPlan().toString()
    filters = [line for line in plan.splitlines() if 'Filter' in line]
    assert filters and not [line for line in filters if 'from_json' in line], plan


def test_a_query_has_an_age_before_its_first_batch():
    told = metrics.Metrics(CollectorRegistry())
    metrics.Listener(told).onQueryStarted(types.SimpleNamespace(runId='1', name='silver'))
    assert told.registry.get_sample_value('shopcdc_last_batch_timestamp_seconds', {'query': 'silver'}) > 1e9
