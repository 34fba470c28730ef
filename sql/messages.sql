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
-- anybody may emit a message of any size, under a prefix of any length: what no record can hold is left out and told
SELECT 'sent' FROM pg_logical_emit_message(true, 'large', repeat('x', 2000000));
SELECT 'sent' FROM pg_logical_emit_message(false, 'large', repeat('x', 2000000));
SELECT 'sent' FROM pg_logical_emit_message(true, 'nearly', repeat('x', 900000));
SELECT 'sent' FROM pg_logical_emit_message(true, repeat('ж', 10000), 'x');
SELECT 'sent' FROM pg_logical_emit_message(false, repeat('ж', 10000), 'x');
INSERT INTO messages_m VALUES (3);
CREATE FUNCTION messages_records(frame bytea, OUT kind "char", OUT detail text) RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE at int := 80; size int;
BEGIN
  WHILE at < length(frame) LOOP
    kind := chr(get_byte(frame, at));
    size := get_byte(frame, at + 4) + (get_byte(frame, at + 5) << 8) + (get_byte(frame, at + 6) << 16);
    detail := CASE WHEN kind = 'n' THEN chr(get_byte(frame, at + 2)) || ' ' || get_byte(frame, at + 8) || ': '
      || left(convert_from(substr(frame, at + 21, size - 12), 'UTF8'), 160) END;
    RETURN NEXT;
    at := at + 8 + size;
  END LOOP;
END $$;
SELECT f.n, r.* FROM pg_logical_slot_peek_binary_changes('messages', NULL, NULL, 'format', 'frames') WITH ORDINALITY f (lsn, xid, data, n),
  messages_records(f.data) r;
SELECT length(data) > 2000000 AS long FROM pg_logical_slot_peek_changes('messages', NULL, NULL);
-- no list lets it through, and nothing is told of it
SELECT count(*) FROM pg_logical_slot_peek_changes('messages', NULL, NULL, 'message.prefix.include.list', 'audit', 'table.include.list', 'nothing');
-- so is one to which a transform cannot be applied
SELECT count(*) FROM pg_logical_slot_get_changes('messages', NULL, NULL, 'transforms', 'k', 'transforms.k.type',
  'org.apache.kafka.connect.transforms.ValueToKey', 'transforms.k.fields', 'id', 'table.include.list', 'nothing');
SELECT pg_drop_replication_slot('messages');
DROP FUNCTION messages_records;
DROP TABLE messages_m;
