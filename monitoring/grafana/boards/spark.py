"""The job: does it keep up, what does it refuse, what does it cost."""
from boards.panels import BLUE, GREEN, ORANGE, RED, bars, board, lines, names, or_none, row, stat, thresholds, timeline
from boards.pipeline import quantile


def build():
    return board('penstock-spark', 'The Spark job: does it keep up, what does it put aside, what does it cost.', [
        stat('Queries', 'Queries that run; all of them must.', 'min(shopcdc_query_active{$})', 'none', thresholds(RED, (1, GREEN)), [names(_0=('STOPPED', RED), _1=('all run', GREEN))]),
        stat('Behind by', 'Records in Kafka that are not taken yet, of the query that is furthest behind.', 'max(shopcdc_kafka_lag_records{$})', 'short',
             thresholds(GREEN, (10000, ORANGE), (100000, RED))),
        stat('Data is', 'Age of the newest commit when the last batch ended.', 'max(shopcdc_event_age_seconds{$})', 's', thresholds(GREEN, (60, ORANGE), (900, RED)), decimals=1),
        stat('Commit → lake', '95 of 100 changes were visible in the silver tables within this time after their commit. 0 when there were none.',
             quantile(0.95, 'shopcdc_commit_to_silver_seconds', window='5m'), 's', thresholds(GREEN, (60, ORANGE), (300, RED)), decimals=1),
        stat('Batch takes', 'What the last batch of the silver tables took.', 'max(shopcdc_batch_phase_seconds{query="silver", phase="triggerExecution", $})', 's',
             thresholds(GREEN, (30, ORANGE), (60, RED)), decimals=1),
        stat('Failures', 'Failures of queries in 15 minutes.', 'sum(increase(shopcdc_query_failures_total{$}[15m])) or vector(0)', 'short', thresholds(GREEN, (0.5, RED)),
             [names(_0=('none', GREEN))], decimals=0),
        stat('Put aside', 'Dead letters and quarantined rows of five minutes.',
             '(sum(reason:shopcdc_dead_letters:increase5m{$}) or vector(0)) + (sum(rule:shopcdc_dq:increase5m{level="quarantine", $}) or vector(0))', 'short',
             thresholds(GREEN, (1, ORANGE)), [names(_0=('none', GREEN))], decimals=0),
        stat('Slack waits', 'Notifications that have not gone out.', 'sum(shopcdc_notifications_pending{$})', 'short', thresholds(GREEN, (20, ORANGE), (100, RED))),

        row('Keeping up'),
        lines('Rows', 'Taken and done, a second of the last batch. Done above taken: it catches up or keeps up.', [
            ('sum(shopcdc_input_rows_per_second{$})', 'come in'), ('sum(shopcdc_processed_rows_per_second{$})', 'can be done')], 'rowsps'),
        lines('Behind', 'Records in Kafka that are not taken, by query.', [('max by (query) (shopcdc_kafka_lag_records{$})', '{{query}}')], 'short', steps=thresholds(GREEN, (10000, RED))),
        lines('Age of the data', 'Age of the newest commit at the end of each batch.', [('max by (query) (shopcdc_event_age_seconds{$})', '{{query}}')], 's'),
        lines('Duration of batches', 'What the last batch of each query took.', [('max by (query) (shopcdc_batch_phase_seconds{phase="triggerExecution", $})', '{{query}}')], 's'),
        lines('What a batch of silver does', 'Seconds of the last batch by phase; write is that of all tables.', [
            ('sum by (phase) (shopcdc_batch_phase_seconds{query="silver", phase!~"silver_.*|addBatch|triggerExecution", $})', '{{phase}}')], 's', stack=True),
        lines('Since the last batch', 'Seconds. Grows without end when a query hangs; also when nothing comes.', [
            ('time() - max by (query) (shopcdc_last_batch_timestamp_seconds{$})', '{{query}}')], 's'),

        row('Data'),
        lines('Changes by table', 'Applied to the silver tables.', [('sum by (table) (rate(shopcdc_table_rows_total{$}[$__rate_interval]))', '{{table}}')], 'rowsps', stack=True, width=6),
        lines('By operation', 'c insert, u update, d delete, r snapshot, t truncate.', [('sum by (op) (rate(shopcdc_table_rows_total{$}[$__rate_interval]))', '{{op}}')],
              'rowsps', stack=True, width=6),
        lines('Dead letters', 'Events in five minutes that could not be read, by reason; and those replayed.', [
            (or_none('sum by (reason) (reason:shopcdc_dead_letters:increase5m{$})', 'reason'), '{{reason}}'),
            ('sum(increase(shopcdc_replayed_total{$}[5m])) or vector(0)', 'replayed')], 'short', width=6),
        lines('Rules of quality', 'Rows in five minutes that break a rule, by level.', [
            (or_none('sum by (level) (rule:shopcdc_dq:increase5m{$})', 'level'), '{{level}}')], 'short', width=6),
        lines('Business rules', 'Hits in five minutes.', [(or_none('sum by (rule) (rule:shopcdc_rule_hits:increase5m{$})', 'rule'), '{{rule}}')], 'short'),
        lines('Notifications', 'What the sender did in five minutes.', [('sum by (result) (increase(shopcdc_notifications_total{$}[5m]))', '{{result}}')], 'short'),
        timeline('Queries', 'Whether each query runs.', [('min by (query) (shopcdc_query_active{$})', '{{query}}')], [names(_0=('stopped', RED), _1=('runs', GREEN))],
                 thresholds(RED, (1, GREEN)), width=8, height=8),

        row('Cost'),
        lines('Memory', 'Java heap by executor (driver: all in one process), and the Python process of the job.', [
            ('max by (executor_id) (metrics_executor_JVMHeapMemory_bytes{$})', 'heap: {{executor_id}}'),
            ('sum(process_resident_memory_bytes{job="spark-job", $})', 'Python')], 'bytes'),
        lines('Tasks', 'Tasks done and failed a second, and those that run.', [
            ('sum(rate(metrics_executor_completedTasks_total{$}[$__rate_interval]))', 'done'), ('sum(rate(metrics_executor_failedTasks_total{$}[$__rate_interval]))', 'failed'),
            ('sum(metrics_executor_activeTasks{$})', 'running')], 'short'),
        lines('Garbage collection', 'Share of the time spent in it, and processors that the Python process uses.', [
            ('sum by (executor_id) (rate(metrics_executor_totalGCTime_seconds_total{$}[$__rate_interval]))', 'collection: {{executor_id}}'),
            ('sum(rate(process_cpu_seconds_total{job="spark-job", $}[$__rate_interval]))', 'Python')], 'percentunit')])
