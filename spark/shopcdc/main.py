"""The job: starts the queries, keeps them going, ends in an orderly way on SIGTERM or SIGINT.

Exit status 0 when asked to stop, 1 when a query failed again and again, 2 when the configuration is wrong.
"""
import contextlib
import errno
import logging
import os
import signal
import socket
import sys
import threading
import time

from shopcdc import batch, bronze, config as configuration, gold, judge, metrics, progress, rules_file, schemas, session, silver_writer, windows

log = logging.getLogger('shopcdc')
# failures of a query in a row, seconds of success that wipe them out, seconds between, seconds that the others wait for the first batch
ATTEMPTS, FORGIVEN_AFTER, PAUSE_MOST, PATIENCE = 8, 600, 30, 10
LOCAL = ('127.0.0.1', 'localhost', '0.0.0.0', '::', '::1')


class Query:
    """A streaming query that is started again from its checkpoint when it fails, each time later."""

    def __init__(self, name, start, counted):
        self.name, self.start_query, self.counted = name, start, counted
        self.query, self.failures, self.started, self.not_before = None, 0, 0.0, 0.0

    def start(self):
        self.started = time.monotonic()
        self.query = self.start_query()
        return self

    def look(self, now):
        """Whether it may go on. Starts it again when its pause is over."""
        if self.query is not None and self.query.isActive:
            return True
        if self.query is not None:
            error = self.query.exception()
            self.failures = 1 if now - self.started > FORGIVEN_AFTER else self.failures + 1
            log.error('query %s failed, %d in a row: %s', self.name, self.failures, error)
            self.query, self.not_before = None, now + min(PAUSE_MOST, 2 ** (self.failures - 1))
        if self.failures >= ATTEMPTS:
            return False
        if now >= self.not_before:
            try:
                self.start()
            except Exception as error:      # noqa: BLE001  counted like one that failed later
                self.counted()
                log.error('query %s does not start: %s', self.name, error)
                self.failures += 1
                self.not_before = now + min(PAUSE_MOST, 2 ** self.failures)
        return True

    def busy(self):
        """Whether a batch is being worked through."""
        return self.query is not None and self.query.isActive and self.query.status['isTriggerActive']

    def stop(self):
        if self.query is not None:
            self.query.stop()


class Job:
    def __init__(self, config):
        self.config, self.stopping = config, threading.Event()
        self.metrics = metrics.Metrics()
        self.metrics.serve(config.metrics_address, config.metrics_port)
        self.tables = schemas.load(config.tables, config.schemas)
        self.spark = session.create(config)
        self.progress = progress.Progress(config.kafka, config.group).start()
        self.listener = metrics.Listener(self.metrics, self._offsets)
        self.spark.streams.addListener(self.listener)
        self.silver = silver_writer.Silver(self.spark, config, self.tables)
        self.bronze = bronze.Bronze(self.spark, config.lake('bronze'))
        self.judge = judge.Judge(self.spark, config, self.tables, self.metrics, self._behind)
        self.batch = batch.Batch(self.spark, config, self.tables, self.bronze, self.silver, self.judge, self.metrics)
        self.gold = gold.GoldThread(gold.Gold(self.spark, config, self.tables, self.silver), self.metrics, configuration.seconds(config.gold_interval))
        self.queries = [Query('silver', self._start_silver, self.metrics.failures.labels('silver').inc),
                        Query('windows', self._start_windows, self.metrics.failures.labels('windows').inc)]

    def _offsets(self, query, ends):
        if query == 'silver':
            self.progress.update(ends)

    def _behind(self):
        """Whether there is more in Kafka than the next batch takes."""
        return self.listener.lag.get('silver', 0) > self.config.max_offsets_per_trigger

    def _records(self):
        config = self.config
        reader = self.spark.readStream.format('kafka').options(**config.source_options())
        return (reader.option('subscribePattern', config.topic_pattern).option('startingOffsets', config.starting_offsets)
                .option('maxOffsetsPerTrigger', config.max_offsets_per_trigger).option('failOnDataLoss', str(config.fail_on_data_loss).lower())
                .option('includeHeaders', 'true').load())

    def _start_silver(self):
        query = (self._records().writeStream.queryName('silver').foreachBatch(self.batch)
                 .option('checkpointLocation', self.config.checkpoint('silver')).trigger(processingTime=self.config.trigger).start())
        self.batch.name(query.id)
        return query

    def _start_windows(self):
        found = windows.counted(self._records().coalesce(2), self.tables, self.config.window, self.config.watermark, self.config.records == 'flattened')
        return (found.writeStream.queryName('windows').outputMode('update').foreachBatch(self.windows_writer)
                .option('checkpointLocation', self.config.checkpoint('windows')).trigger(processingTime=self.config.windows_trigger).start())

    def run(self):
        """Until stop() or until a query cannot be kept going; the exit status."""
        self.queries[0].look(time.monotonic())
        # The first batch is the slowest, for nothing is compiled yet: the others wait for it, if there is one.
        deadline = time.monotonic() + PATIENCE
        while not self.batch.first.is_set() and not self.stopping.is_set() and (time.monotonic() < deadline or self.queries[0].busy()):
            self.queries[0].look(time.monotonic())
            self.stopping.wait(0.2)
        self.windows_writer = windows.Writer(self.spark, self.config)
        self.gold.start()
        self.judge.start()
        while not self.stopping.is_set():
            if not all([query.look(time.monotonic()) for query in self.queries]):
                log.error('given up')
                self.close()
                return 1
            self.stopping.wait(0.5)
        self.close()
        return 0

    def close(self):
        """The batch that runs is let end."""
        log.info('stopping')
        for query in self.queries:
            self._drain(query)
        self.judge.stop()
        self.gold.stop()
        self.progress.stop()
        self.spark.stop()

    def _drain(self, query):
        """Waits for the end of the batch that runs: stopping in its middle is safe, but it would be worked through again."""
        deadline = time.monotonic() + 60
        while query.busy() and time.monotonic() < deadline:
            self._idle(0.05)
        query.stop()

    @staticmethod
    def _idle(seconds):
        threading.Event().wait(seconds)

    def stop(self, *_):
        self.stopping.set()


def must_be_free(key, address, port):
    """Says so before anything starts if somebody else listens there; Spark ends with a long trace."""
    with contextlib.ExitStack() as stack:
        try:
            family, kind, _, _, place = socket.getaddrinfo(address or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
            probe = stack.enter_context(socket.socket(family, kind))
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise configuration.ConfigError('"%s": port %d is taken (ss -ltnp "sport = :%d" says by whom); end that, or name another' % (key, port, port)) from None
            raise configuration.ConfigError('"%s": cannot listen at %s:%d: %s' % (key, address or '*', port, error.strerror)) from None


def ports_are_free(config):
    must_be_free('metrics_port' if config.metrics_address in LOCAL else 'metrics_address, metrics_port', config.metrics_address, config.metrics_port)
    if str(config.spark.get('spark.ui.enabled', True)).lower() != 'false' and 'spark.ui.port' not in config.spark:
        must_be_free('ui_port', '', config.ui_port)


def main(arguments):
    logging.basicConfig(level=os.environ.get('SHOPCDC_LOG', 'INFO'), stream=sys.stdout, format='%(asctime)s %(levelname)s %(name)s: %(message)s')
    logging.getLogger('py4j').setLevel('WARNING')
    if len(arguments) != 1:
        print('usage: scripts/spark.sh run CONFIG.json', file=sys.stderr)
        return 2
    try:
        config = configuration.load(arguments[0])
        if config.rules:
            rules_file.read(config.rules, config.rule_values)       # what is wrong with it is told before anything starts
        if config.ui_port == config.metrics_port:
            raise configuration.ConfigError('"ui_port" and "metrics_port" are both %d' % config.ui_port)
        ports_are_free(config)
        job = Job(config)
    except (configuration.ConfigError, ValueError, OSError) as error:
        print('configuration: %s' % error, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, job.stop)
    signal.signal(signal.SIGINT, job.stop)
    log.info('running; metrics on %s:%d', job.config.metrics_address, job.config.metrics_port)
    return job.run()


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
