"""The broker, by its JMX agent."""
from boards.panels import BLUE, GREEN, ORANGE, RED, bars, board, lines, names, row, stat, thresholds

OWN = 'topic=~".+[.].+[.].+"'        # topics of tables: prefix.schema.table


def none_or(title, description, expression, color=RED):
    return stat(title, description, expression, 'none', thresholds(GREEN, (1, color)), [names(_0=('none', GREEN))])


def build():
    return board('penstock-kafka', 'Does Kafka take what the relay sends, and is it held safely.', [
        stat('Controller', 'Exactly one node must be the active controller.', 'sum(kafka_active_controllers{$})', 'none', thresholds(RED, (1, GREEN), (2, RED)),
             [names(_0=('NONE', RED), _1=('one', GREEN))]),
        stat('Brokers', 'Brokers that take part.', 'max(kafka_active_brokers{$})', 'none', thresholds(RED, (1, GREEN))),
        none_or('Without leader', 'Partitions that can be neither written nor read.', 'max(kafka_offline_partitions{$})'),
        none_or('Writes refused', 'Partitions with fewer replicas in step than min.insync.replicas.', 'sum(kafka_under_min_isr_partitions{$})'),
        none_or('Copies missing', 'Partitions with fewer replicas in step than they should have.', 'sum(kafka_under_replicated_partitions{$})', ORANGE),
        stat('Records in', 'Records appended a second.', 'sum(rate(kafka_broker_messages_in_total{$}[$__rate_interval]))', 'cps'),
        stat('Produce, 99 of 100', 'Time in the broker from a write\'s arrival to its answer.', 'max(kafka_request_seconds{request="Produce", quantile="0.99", $})', 's',
             thresholds(GREEN, (0.1, ORANGE), (1, RED)), decimals=1),
        stat('Handlers idle', 'Share of the last minute in which the request handlers had nothing to do.', 'min(kafka_request_handlers_idle_ratio{$})', 'percentunit',
             thresholds(RED, (0.2, ORANGE), (0.5, GREEN)), decimals=0),

        row('Traffic'),
        lines('Records in, by topic', 'The eight busiest topics.', [('topk(8, sum by (topic) (rate(kafka_topic_messages_in_total{$}[$__rate_interval])))', '{{topic}}')], 'cps', stack=True),
        lines('Bytes', 'From producers and to consumers.', [('sum(rate(kafka_broker_bytes_in_total{$}[$__rate_interval]))', 'in'),
              ('sum(rate(kafka_broker_bytes_out_total{$}[$__rate_interval]))', 'out')], 'Bps'),
        lines('Behind', 'Records of the tables\' topics that Spark has not taken, by query.', [('max by (query) (shopcdc_kafka_lag_records{$})', '{{query}}')], 'short',
              steps=thresholds(GREEN, (10000, RED))),

        row('Requests'),
        lines('Writes', 'Time in the broker from arrival to answer, by quantile.', [
            ('max by (quantile) (kafka_request_seconds{request="Produce", quantile=~"0.50|0.95|0.99|0.999", $})', '{{quantile}}')], 's', log=True),
        lines('Reads', 'Time in the broker from arrival to answer; a read waits for data, so half a second is usual.', [
            ('max by (quantile) (kafka_request_seconds{request="FetchConsumer", quantile=~"0.50|0.95|0.99", $})', '{{quantile}}')], 's'),
        lines('Answers', 'Writes and reads answered, by what was answered; NONE is good.', [
            ('sum by (request, error) (rate(kafka_request_errors_total{request=~"Produce|Fetch", $}[$__rate_interval]))', '{{request}}: {{error}}')], 'reqps'),
        lines('Threads idle', 'Share of time without work. Near 0: the broker is at its limit.', [
            ('min(kafka_request_handlers_idle_ratio{$})', 'request handlers'), ('min(kafka_network_threads_idle_ratio{$})', 'network threads')], 'percentunit', high=1),
        lines('Waiting', 'Requests that wait for a handler, and how long the slowest writes wait.', [
            ('sum(kafka_request_queue_length{$})', 'requests waiting')], 'short'),
        lines('Connections', 'Open connections by listener, and logins refused a second.', [('sum by (listener) (kafka_connections{$})', '{{listener}}'),
              ('sum(rate(kafka_failed_authentications_total{$}[$__rate_interval]))', 'refused')], 'short'),

        row('Replicas and log'),
        lines('Out of step', 'Partitions short of replicas, and replicas that fell back in five minutes. All at 0 is right.', [
            ('sum(kafka_under_replicated_partitions{$})', 'copies missing'), ('max(kafka_offline_partitions{$})', 'without leader'),
            ('sum(increase(kafka_isr_shrinks_total{$}[5m]))', 'fell back'), ('sum(kafka_offline_log_directories{$})', 'disks given up')], 'short', width=6),
        lines('Refused', 'Failed requests a second. 0 is right.', [
            ('sum(rate(kafka_broker_failed_produce_requests_total{$}[$__rate_interval]))', 'writes'),
            ('sum(rate(kafka_broker_failed_fetch_requests_total{$}[$__rate_interval]))', 'reads')], 'reqps', width=6),
        lines('Metadata', 'The metadata log: its end, and what a majority holds. Parting curves: the quorum does not follow.', [
            ('max(rate(kafka_raft_log_end_offset{$}[$__rate_interval]))', 'written'), ('max(rate(kafka_raft_high_watermark{$}[$__rate_interval]))', 'held by a majority')],
              'ops', width=6),
        bars('Size by topic', 'Log on disk, the ten largest topics.', [('topk(10, sum by (topic) (kafka_log_size_bytes{$}))', '{{topic}}')], 'bytes', width=6),

        row('Process'),
        lines('Heap', 'Used and allowed.', [('sum by (instance) (jvm_memory_used_bytes{area="heap", job="kafka", $})', 'used'),
              ('sum by (instance) (jvm_memory_max_bytes{area="heap", job="kafka", $})', 'limit')], 'bytes'),
        lines('Garbage collection', 'Share of time spent in it.', [('sum by (gc) (rate(jvm_gc_collection_seconds_sum{job="kafka", $}[$__rate_interval]))', '{{gc}}')], 'percentunit'),
        lines('Processor and files', 'Processors in use; open files as a share of the limit.', [
            ('rate(process_cpu_seconds_total{job="kafka", $}[$__rate_interval])', 'processors'),
            ('process_open_fds{job="kafka", $} / process_max_fds{job="kafka", $}', 'files')], 'short')])
