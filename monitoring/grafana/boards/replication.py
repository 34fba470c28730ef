"""The slot, the log it keeps, and the server it lives on."""
from boards.panels import BLUE, GREEN, ORANGE, RED, above, board, by_name, lines, names, row, stat, thresholds, timeline

# The server's numbers of checkpoints moved to another view in PostgreSQL 17, and the exporter's names with them.
CHECKPOINTS = '(rate(pg_stat_bgwriter_checkpoints_%s_total{$}[$__rate_interval]) or rate(pg_stat_checkpointer_num_%s_total{$}[$__rate_interval]))'


# The ratio is there once a snapshot has begun in this process.
SNAPSHOT = 'min(penstock_snapshot_progress_ratio{$} or 1 - penstock_snapshot_running{$})'


def build():
    return board('penstock-replication', 'The replication slot: what it costs the server, for how long it holds, and how the server does.', [
        stat('Slot holds for', 'Time until PostgreSQL gives up the log that the relay still needs, at the present pace. Ticket at 4 h, page at 45 min. Counts once a tenth of what may be kept is kept.',
             'clamp_max(min(slot:seconds_left), 31536000)', 's', thresholds(RED, (2700, ORANGE), (14400, GREEN)), [above(2592000, '> 30 days', GREEN)], decimals=1),
        stat('Log of the slot', 'reserved: all is there. extended: kept beyond max_wal_size for it. unreserved: goes at the next checkpoint. lost: gone.',
             [('slot:wal_status == 1', '{{status}}')], show='name', overrides=by_name(reserved=GREEN, extended=ORANGE, unreserved=RED, lost=RED)),
        stat('Slot is read', 'Whether a walsender reads from it.', 'min(slot:active)', 'none', thresholds(RED, (1, GREEN)), [names(_0=('NO', RED), _1=('yes', GREEN))]),
        stat('Log kept', 'Write-ahead log that the server keeps for the slot.', 'max(slot:retained_bytes)', 'bytes', thresholds(GREEN, (1073741824, ORANGE), (10737418240, RED))),
        stat('May still grow by', 'Log that may still be written before the slot is lost (max_slot_wal_keep_size).', 'min(slot:safe_bytes)', 'bytes',
             thresholds(RED, (268435456, ORANGE), (1073741824, GREEN))),
        stat('Not confirmed', 'Log that the server has and the relay has not confirmed.', 'max(penstock_lag_bytes{$})', 'bytes', thresholds(GREEN, (67108864, ORANGE), (1073741824, RED))),
        stat('Position moved', 'Time since the stored position moved. Heartbeats keep it moving on an idle database.', 'max(penstock_position_age_seconds{$})', 's',
             thresholds(GREEN, (60, ORANGE), (900, RED)), decimals=1),
        stat('Snapshot', 'Rows of the initial snapshot that are read, by the server\'s estimate. 100% when none is running.', SNAPSHOT, 'percentunit',
             thresholds(BLUE, (1, GREEN)), [names(_1=('done', GREEN))], decimals=0),

        row('Slot'),
        lines('Log kept for the slot', 'Rises while the relay is away or slow; falls when it confirms, and in steps, because the server looks every 15 seconds.', [
            ('max by (slot) (slot:retained_bytes)', '{{slot}}')], 'bytes', fill=15),
        lines('Log written and confirmed', 'The server\'s pace and the relay\'s. Confirmed below written for long: the slot fills up.', [
            ('sum(rate(penstock_server_lsn_bytes{$}[$__rate_interval]))', 'written by the server'),
            ('sum(rate(penstock_stored_lsn_bytes{$}[$__rate_interval]))', 'confirmed by the relay')], 'Bps'),
        lines('Behind, in log', 'Log known to the relay and not confirmed; and from where the server must keep it.', [
            ('max(penstock_lag_bytes{$})', 'not confirmed'),
            ('max(penstock_server_lsn_bytes{$} - penstock_slot_confirmed_lsn_bytes{$})', 'beyond confirmed_flush_lsn'),
            ('max(penstock_server_lsn_bytes{$} - penstock_slot_restart_lsn_bytes{$})', 'beyond restart_lsn')], 'bytes'),
        timeline('Log of the slot', 'The status that PostgreSQL gives the slot\'s log, over time.', [('slot:wal_status', '{{slot}}: {{status}}')],
                 [names(_0=(' ', 'transparent'), _1=('now', BLUE))], thresholds('transparent', (1, BLUE)), width=8, height=6),
        lines('Position moved', 'Age of the stored position. A saw-tooth as high as the heartbeat\'s interval is an idle, healthy database.', [
            ('max(penstock_position_age_seconds{$})', 'age')], 's', height=6),
        lines('Sessions', 'Sessions begun, heartbeats written, positions confirmed, each a second.', [
            ('sum(rate(penstock_confirms_total{$}[$__rate_interval]))', 'confirmed'),
            ('sum(rate(penstock_heartbeats_total{$}[$__rate_interval]))', 'heartbeats'),
            ('sum(rate(penstock_sessions_total{$}[$__rate_interval]))', 'sessions')], 'ops', height=6),

        row('Snapshot'),
        lines('Rows read', 'Rows of the initial snapshot, by table. 0 once it is over.', [
            ('sum by (table) (rate(penstock_snapshot_rows_total{$}[$__rate_interval])) or label_replace(vector(0), "table", "no table", "", "")', '{{table}}')],
              'rowsps', stack=True, width=8, height=6),
        lines('Tables', 'Tables of the snapshot that are done, being read, waiting.', [('sum by (state) (penstock_snapshot_tables{$})', '{{state}}')],
              'short', stack=True, width=8, height=6),
        lines('Progress', 'Share of the rows that is read, by the server\'s estimate of their number.', [(SNAPSHOT, 'read')],
              'percentunit', width=8, height=6, high=1),

        row('PostgreSQL'),
        lines('Transactions', 'Commits and rollbacks of all databases, and what the relay received of them.', [
            ('sum(rate(pg_stat_database_xact_commit{$}[$__rate_interval]))', 'committed'), ('sum(rate(pg_stat_database_xact_rollback{$}[$__rate_interval]))', 'rolled back'),
            ('sum(rate(penstock_transactions_total{$}[$__rate_interval]))', 'received by the relay')], 'ops'),
        lines('Rows changed', 'Of all databases.', [
            ('sum(rate(pg_stat_database_tup_inserted{$}[$__rate_interval]))', 'inserted'), ('sum(rate(pg_stat_database_tup_updated{$}[$__rate_interval]))', 'updated'),
            ('sum(rate(pg_stat_database_tup_deleted{$}[$__rate_interval]))', 'deleted')], 'rowsps', stack=True),
        lines('Connections', 'By state. The limit is max_connections.', [('sum by (state) (pg_stat_activity_count{$} > 0)', '{{state}}'),
              ('max(pg_settings_max_connections{$})', 'limit')], 'short'),
        lines('Longest transaction', 'Until it ends its changes do not come, and the slot keeps all the log since it began.', [
            ('max by (state) (pg_stat_activity_max_tx_duration{state!~"idle|disabled", $})', '{{state}}')], 's'),
        lines('Cache', 'Share of block reads that were found in PostgreSQL\'s own cache.', [
            ('sum(rate(pg_stat_database_blks_hit{$}[$__rate_interval])) / clamp_min(sum(rate(pg_stat_database_blks_hit{$}[$__rate_interval]))'
             ' + sum(rate(pg_stat_database_blks_read{$}[$__rate_interval])), 0.001)', 'found')], 'percentunit', high=1),
        lines('Checkpoints', 'By the clock, and because so much log was written. Many of the second kind: raise max_wal_size.', [
            ('sum%s * 60' % (CHECKPOINTS % ('timed', 'timed')), 'by the clock'), ('sum%s * 60' % (CHECKPOINTS % ('req', 'requested')), 'by the log')], 'cpm'),
        lines('Size', 'Of the databases, and of the write-ahead log.', [
            ('sum by (datname) (pg_database_size_bytes{datname!~"template.*", $})', '{{datname}}'), ('sum(pg_wal_size_bytes{$})', 'write-ahead log')], 'bytes', width=12),
        lines('Dead rows', 'Rows that autovacuum has yet to clean, the eight largest tables.', [
            ('topk(8, pg_stat_user_tables_n_dead_tup{$})', '{{schemaname}}.{{relname}}')], 'short', width=12)])
