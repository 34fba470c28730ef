"""What the job says of itself, on its own port. Names are in docs/metrics; labels are names of tables, queries, rules: all bounded."""
import json
import logging
import time

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, start_http_server
from pyspark.sql.streaming import StreamingQueryListener

log = logging.getLogger('shopcdc.metrics')
SECONDS = (0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 12.5, 15, 20, 25, 30, 40, 50, 60, 90, 120, 180, 300)
QUERIES = ('silver', 'windows', 'gold')


class Metrics:
    def __init__(self, registry=REGISTRY):
        def counter(name, words, *labels):
            return Counter('shopcdc_' + name, words, labels, registry=registry)

        def gauge(name, words, *labels):
            return Gauge('shopcdc_' + name, words, labels, registry=registry)

        def histogram(name, words, *labels):
            return Histogram('shopcdc_' + name, words, labels, buckets=SECONDS, registry=registry)
        self.registry = registry
        self.duration = histogram('batch_duration_seconds', 'Time a batch took.', 'query')
        self.phase = gauge('batch_phase_seconds', 'Time of each phase of the last batch.', 'query', 'phase')
        self.input = counter('input_rows', 'Records read from Kafka.', 'query')
        self.input_rate = gauge('input_rows_per_second', 'Records that came in a second, last batch.', 'query')
        self.processed_rate = gauge('processed_rows_per_second', 'Records worked through in a second, last batch.', 'query')
        self.lag = gauge('kafka_lag_records', 'Records in Kafka that the query has not worked through.', 'query')
        self.age = gauge('event_age_seconds', 'Time since the newest commit that was seen, when the last batch ended.', 'query')
        self.visible = histogram('commit_to_silver_seconds', 'Commit in the source until its row could be read in silver.')
        self.quality = counter('dq', 'Records that a check of data quality named.', 'level', 'rule')
        self.dead = counter('dead_letters', 'Records sent to the dead letters.', 'reason')
        self.hits = counter('rule_hits', 'Hits of business rules.', 'rule', 'severity')
        self.notifications = counter('notifications', 'Notifications by what became of them.', 'result')
        self.pending = gauge('notifications_pending', 'Hits that wait to be told.')
        self.circuit = gauge('notification_circuit_open', '1 while the receiver is given a rest.')
        self.last = gauge('last_batch_timestamp_seconds', 'When the last batch ended.', 'query')
        self.active = gauge('query_active', '1 while the query runs.', 'query')
        self.failures = counter('query_failures', 'Times a query ended by a failure.', 'query')
        self.table_rows = counter('table_rows', 'Changes written to silver.', 'table', 'op')
        self.replayed = counter('replayed', 'Dead letters that came back.')
        for query in QUERIES:
            self.active.labels(query).set(0)
            self.failures.labels(query)
        for result in ('sent', 'throttled', 'failed', 'digested'):
            self.notifications.labels(result)

    def serve(self, address, port):
        """(server, thread) as prometheus_client gives them."""
        return start_http_server(port, addr=address, registry=self.registry)

    def batch(self, facts, phases, read_at):
        """A batch of silver is written. facts: batch.Facts by table; read_at: time() when its rows could be read."""
        for name, seconds in phases.items():
            self.phase.labels('silver', name).set(seconds)
        for table, fact in facts.items():
            for op, number in fact.ops.items():
                self.table_rows.labels(table, op).inc(number)
            for commit, number in fact.commits:
                # Rows of a snapshot are as old as they are.
                for _ in range(number):
                    self.visible.observe(max(0.0, read_at - commit))
        newest = max((fact.newest for fact in facts.values()), default=0)
        if newest:
            self.age.labels('silver').set(max(0.0, read_at - newest))
        self.last.labels('silver').set(time.time())

    def gold(self, seconds, phases):
        self.duration.labels('gold').observe(seconds)
        for name, took in phases.items():
            self.phase.labels('gold', name).set(took)
        self.last.labels('gold').set(time.time())


def offsets_of(text):
    """{(topic, partition): offset} of a Kafka source's offset in a progress; empty when there is none, which Spark says in several ways."""
    try:
        found = json.loads(text or 'null')
        return {(topic, int(partition)): int(offset) for topic, partitions in (found or {}).items() for partition, offset in partitions.items()}
    except (ValueError, AttributeError, TypeError):
        return {}


class Listener(StreamingQueryListener):
    """Follows the queries. Never raises: what it does not know it leaves out. on_offsets(query, ends) gets what is worked through."""

    def __init__(self, metrics, on_offsets=None):
        self.metrics, self.on_offsets, self.names, self.lag = metrics, on_offsets, {}, {}

    def onQueryStarted(self, event):
        self.names[str(event.runId)] = event.name
        self.metrics.active.labels(event.name or 'unnamed').set(1)
        # From here on: a first batch that hangs is as old as its query.
        self.metrics.last.labels(event.name or 'unnamed').set(time.time())

    def onQueryProgress(self, event):
        try:
            self.progress(event.progress)
        except Exception:   # noqa: BLE001  a listener that raises is thrown out
            log.exception('progress not counted')

    def progress(self, progress):
        query, metrics = progress.name or 'unnamed', self.metrics
        metrics.input.labels(query).inc(max(0, progress.numInputRows))
        metrics.input_rate.labels(query).set(finite(progress.inputRowsPerSecond))
        metrics.processed_rate.labels(query).set(finite(progress.processedRowsPerSecond))
        if progress.numInputRows:
            metrics.duration.labels(query).observe(progress.batchDuration / 1000)
            for phase, took in progress.durationMs.items():
                metrics.phase.labels(query, phase).set(took / 1000)
            metrics.last.labels(query).set(time.time())
        for source in progress.sources:
            # After a restart in mid-batch there are no latest offsets yet.
            end, latest = offsets_of(source.endOffset), offsets_of(source.latestOffset)
            if latest:
                self.lag[query] = sum(max(0, offset - end.get(place, 0)) for place, offset in latest.items())
                metrics.lag.labels(query).set(self.lag[query])
            if end and self.on_offsets:
                self.on_offsets(query, end)

    def onQueryIdle(self, event):
        pass

    def onQueryTerminated(self, event):
        query = self.names.pop(str(event.runId), None) or 'unnamed'
        self.metrics.active.labels(query).set(0)
        if event.exception:
            self.metrics.failures.labels(query).inc()


def finite(number):
    return number if number == number and abs(number) != float('inf') else 0.0

