"""Is it fine, how much time is left, where does it take how long."""
from boards.panels import BLUE, GREEN, ORANGE, RED, above, bars, board, by_name, lines, names, or_none, row, stat, thresholds, timeline

STATES = by_name(starting=BLUE, snapshot=BLUE, streaming=GREEN, waiting=RED, paused=ORANGE, failed=RED, completed=BLUE, stopping=ORANGE, stopped=ORANGE)
UP = names(_0=('down', RED), _1=('up', GREEN))


def quantile(share, metric, label='', window='$__rate_interval'):
    """Of a histogram, by a label or over all. Where nothing came there is no quantile (NaN): 0 then."""
    found = 'histogram_quantile(%s, sum by (%sle) (rate(%s_bucket{$}[%s]))) >= 0' % (share, label and label + ', ', metric, window)
    return or_none(found, label) if label else found + ' or vector(0)'


def build():
    return board('penstock-pipeline', 'From a commit in PostgreSQL to the lake: is it fine, and how much time is left. The top line is for three in the morning.', [
        stat('Pages', 'Alerts that want a person now. Their pages are in docs/runbooks.', 'count(ALERTS{alertstate="firing", severity="page", $}) or vector(0)',
             steps=thresholds(GREEN, (1, RED)), mappings=[names(_0=('FINE', GREEN))]),
        stat('Tickets', 'Alerts for working hours.', 'count(ALERTS{alertstate="firing", severity="ticket", $}) or vector(0)',
             steps=thresholds(GREEN, (1, ORANGE)), mappings=[names(_0=('none', GREEN))]),
        stat('Relay', 'What the relay is doing. Only "streaming" brings changes.', [('penstock_state{$} == 1', '{{state}}')], show='name',
             overrides=STATES),
        stat('Slot holds for', 'Time until PostgreSQL gives up the log that the relay still needs, at the present pace. Ticket at 4 h, page at 45 min. Counts once a tenth of what may be kept is kept.',
             'clamp_max(min(slot:seconds_left), 31536000)', 's', thresholds(RED, (2700, ORANGE), (14400, GREEN)), [above(2592000, '> 30 days', GREEN)], decimals=1),
        stat('Kafka behind by', 'Age of the newest change that is in Kafka while others wait. 0 when nothing waits.', 'max(instance:penstock_lag_seconds{$})', 's',
             thresholds(GREEN, (60, ORANGE), (900, RED)), decimals=1),
        stat('Commit → Kafka', '95 of 100 changes of the last five minutes were acknowledged by Kafka within this time after their commit. 0 when there were none.',
             quantile(0.95, 'penstock_latency_seconds', window='5m'), 's', thresholds(GREEN, (0.1, ORANGE), (1, RED)), decimals=1),
        stat('Commit → lake', '95 of 100 changes were visible in the silver tables within this time after their commit. 0 when there were none.',
             quantile(0.95, 'shopcdc_commit_to_silver_seconds', window='5m'), 's', thresholds(GREEN, (60, ORANGE), (300, RED)), decimals=1),
        stat('Spark behind by', 'Records in Kafka that Spark has not taken.', 'max(shopcdc_kafka_lag_records{$})', 'short', thresholds(GREEN, (10000, ORANGE), (100000, RED))),

        row('Flow'),
        lines('Changes by table', 'Records that the relay hands to Kafka, by table; deletes count twice because of their tombstones.',
              [('sum by (table) (rate(penstock_records_total{table!="", $}[$__rate_interval]))', '{{table}}')], 'cps', stack=True),
        lines('The same stream, seen from each part', 'PostgreSQL\'s changed rows, the relay\'s records, what Kafka appended, what Spark took. Curves that part show where it stops.', [
            ('sum(rate(pg_stat_database_tup_inserted{$}[$__rate_interval]) + rate(pg_stat_database_tup_updated{$}[$__rate_interval])'
             ' + rate(pg_stat_database_tup_deleted{$}[$__rate_interval]))', 'rows changed in PostgreSQL'),
            ('sum(rate(penstock_records_total{$}[$__rate_interval]))', 'records sent by the relay'),
            ('sum(rate(kafka_broker_messages_in_total{$}[$__rate_interval]))', 'records appended by Kafka'),
            ('sum(rate(shopcdc_input_rows_total{$}[$__rate_interval]))', 'records taken by Spark')], 'cps'),
        lines('Bytes', 'From the server to the relay, from the relay to Kafka, from Kafka to its readers.', [
            ('sum(rate(penstock_received_bytes_total{$}[$__rate_interval]))', 'received from PostgreSQL'),
            ('sum(rate(penstock_record_bytes_total{$}[$__rate_interval]))', 'handed to Kafka'),
            ('sum(rate(kafka_broker_bytes_out_total{$}[$__rate_interval]))', 'read from Kafka')], 'Bps'),

        row('Time'),
        lines('Commit → Kafka', 'From commit to Kafka\'s acknowledgement.', [
            (quantile(0.5, 'penstock_latency_seconds'), 'half of all'), (quantile(0.95, 'penstock_latency_seconds'), '95 of 100'),
            (quantile(0.99, 'penstock_latency_seconds'), '99 of 100')], 's', log=True, steps=thresholds(GREEN, (0.1, ORANGE), (1, RED))),
        lines('Where it is spent (95 of 100)', 'decode: commit to the walsender sending it. transfer: on the way to the relay. kafka: from there to the acknowledgement.',
              [(quantile(0.95, 'penstock_stage_latency_seconds', 'stage'), '{{stage}}')], 's', log=True),
        lines('How far behind', 'Seconds between a commit and now, for what Kafka has and for what each query of Spark had at its last batch.', [
            ('max(instance:penstock_lag_seconds{$})', 'Kafka'), ('max by (query) (shopcdc_event_age_seconds{$})', 'Spark: {{query}}')], 's',
              steps=thresholds(GREEN, (60, ORANGE), (900, RED))),

        row('Relay'),
        lines('What the loop waits for', 'Share of time. Mostly "postgres" or "nothing": it keeps up. Mostly "kafka" or "budget": Kafka is the bottleneck.',
              [('sum by (for) (rate(penstock_waited_seconds_total{$}[$__rate_interval]))', '{{for}}')], 'percentunit', stack=True, width=6, high=1),
        lines('On the way', 'Bytes received and not yet acknowledged, and what waits in the producer\'s queue.', [
            ('sum(penstock_in_flight_bytes{$})', 'in flight'), ('sum(penstock_producer_queue_bytes{$})', 'producer\'s queue')], 'bytes', width=6),
        lines('Trouble', 'Reconnects, problems and full queues in five minutes. All at 0 is right.', [
            ('sum by (side) (increase(penstock_reconnects_total{$}[5m]))', 'reconnects: {{side}}'),
            ('sum(increase(penstock_problems_total{$}[5m])) or vector(0)', 'problems'),
            ('sum(increase(penstock_queue_full_total{$}[5m]))', 'queue full')], 'short', width=6),
        lines('Memory', 'Resident memory of the relay. Its queues are bounded, so this levels off.', [('penstock_resident_memory_bytes{$}', '{{instance}}')], 'bytes', width=6),

        row('Data'),
        lines('Put aside', 'Events in five minutes that could not be read (dead letters) or break a rule (quarantine, warn).', [
            ('sum(reason:shopcdc_dead_letters:increase5m{$}) or vector(0)', 'dead letters'),
            ('sum(rule:shopcdc_dq:increase5m{level="quarantine", $}) or vector(0)', 'quarantined'),
            ('sum(rule:shopcdc_dq:increase5m{level="warn", $}) or vector(0)', 'warned')], 'short', width=6),
        lines('Business rules', 'Hits in five minutes: low stock, high value, reviews, totals that do not add up.', [
            (or_none('sum by (rule) (rule:shopcdc_rule_hits:increase5m{$})', 'rule'), '{{rule}}')], 'short', width=6),
        lines('Notifications', 'What the shop\'s sender did in five minutes, and how many wait.', [
            ('sum by (result) (increase(shopcdc_notifications_total{$}[5m]))', '{{result}}'),
            ('sum(shopcdc_notifications_pending{$})', 'waiting')], 'short', width=6),
        bars('Records by topic', 'What the relay has handed to each topic since it started.', [('sum by (topic) (penstock_records_total{$})', '{{topic}}')], 'short', width=6),

        row('Parts'),
        timeline('Parts that answer', 'Whether Prometheus reached each part.', [('min by (job) (up{$})', '{{job}}')], [UP], thresholds(RED, (1, GREEN)), width=16, height=8),
        lines('Host', 'Processors busy, memory in use, fullest disk.', [
            ('1 - avg(rate(node_cpu_seconds_total{mode="idle", $}[$__rate_interval]))', 'processors'),
            ('1 - min(node_memory_MemAvailable_bytes{$} / node_memory_MemTotal_bytes{$})', 'memory'),
            ('1 - min(node_filesystem_avail_bytes{fstype!~"tmpfs|overlay|ramfs|squashfs", $} / node_filesystem_size_bytes{$})', 'fullest disk')],
              'percentunit', high=1, steps=thresholds(GREEN, (0.95, RED)))])
