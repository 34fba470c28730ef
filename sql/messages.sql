-- Logical messages, inside and outside of transactions.
SET synchronous_commit = on;
CREATE TABLE messages_m (id int PRIMARY KEY);
SELECT 'slot' FROM pg_create_logical_replication_slot('messages', 'penstock');
SELECT 'sent' FROM pg_logical_emit_message(true, 'audit', 'hello');
SELECT 'sent' FROM pg_logical_emit_message(false, 'audit', 'outside');
BEGIN;
INSERT INTO messages_m VALUES (1);
SELECT 'sent' FROM pg_logical_emit_message(true, 'ключ', '\x00ff'::bytea);
SELECT 'sent' FROM pg_logical_emit_message(false, 'now', 'early');
INSERT INTO messages_m VALUES (2);
COMMIT;
BEGIN;
SELECT 'sent' FROM pg_logical_emit_message(true, 'lost', 'x');
SELECT 'sent' FROM pg_logical_emit_message(false, 'kept', 'y');
ROLLBACK;
SELECT 'sent' FROM pg_logical_emit_message(true, '', '');
SELECT 'sent' FROM pg_logical_emit_message(false, 'ignored.this', 'x');
SELECT data FROM pg_logical_slot_peek_changes('messages', NULL, NULL, 'topic.prefix', 'shop', 'stable', 'true',
  'message.prefix.exclude.list', 'ignored.*');
SELECT data::json->'key'->>'prefix' AS prefix FROM pg_logical_slot_get_changes('messages', NULL, NULL,
  'message.prefix.include.list', 'AUDIT,kept', 'table.include.list', 'nothing');
SELECT pg_drop_replication_slot('messages');
DROP TABLE messages_m;
