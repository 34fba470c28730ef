-- EventRouter: rows of an outbox table as events.
SET synchronous_commit = on;
\pset format unaligned
\pset null null
\set SHOW_CONTEXT never
CREATE TABLE public.ob (id uuid PRIMARY KEY, aggregatetype text NOT NULL, aggregateid text NOT NULL, payload json, at timestamp(3), part int);
SELECT 'slot' FROM pg_create_logical_replication_slot('outbox', 'penstock');
INSERT INTO ob VALUES ('00000000-0000-0000-0000-000000000001', 'order', 'o1', '{"a":1,"b":[{"x":1},{"y":"z"}],"c":null,"d":1e3,"a":2,"e":{},"f":[]}', '2024-01-01', 3),
  ('00000000-0000-0000-0000-000000000002', 'order', 'o2', NULL, NULL, NULL), ('00000000-0000-0000-0000-000000000003', 'bill', 'o3', '[1,"mixed"]', NULL, -1),
  ('00000000-0000-0000-0000-000000000004', 'bill', 'o4', '{"big":123456789012345678901}', NULL, NULL);
UPDATE ob SET part = 4 WHERE aggregateid = 'o1';
DELETE FROM ob;
CREATE FUNCTION events(VARIADIC options text[]) RETURNS TABLE (topic text, key text, value text, partition text, ts text, headers text) LANGUAGE sql AS $$
  SELECT data::json->>'topic', data::json->>'key', data::json->>'value', data::json->>'partition', data::json->>'timestamp',
    (SELECT string_agg(key || '=' || coalesce(value, 'null'), ' ') FROM json_each_text(data::json->'headers'))
    FROM pg_logical_slot_peek_changes('outbox', NULL, NULL, VARIADIC ARRAY['topic.prefix', 's', 'stable', 'true', 'extended.headers.enabled', 'false',
      'transforms', 'o', 'transforms.o.type', 'io.debezium.transforms.outbox.EventRouter', 'table.include.list', 'public.ob'] || options) $$;
SELECT * FROM events('transforms.o.table.field.event.id', 'id');
-- documents as structs: the last of two members, no null and no empty list, numbers as Java prints them; what has no schema stays text
SELECT key, value FROM events('transforms.o.table.expand.json.payload', 'true');
SELECT key, value FROM events('transforms.o.table.expand.json.payload', 'true', 'transforms.o.table.json.payload.null.behavior', 'optional_bytes',
  'value.converter.schemas.enable', 'true') LIMIT 1;
SELECT * FROM events('transforms.o.route.tombstone.on.empty.payload', 'true', 'transforms.o.table.field.event.timestamp', 'at',
  'transforms.o.table.fields.additional.placement', 'part:partition,at:header:when,aggregatetype:envelope:kind', 'transforms.o.route.topic.replacement', '${routedByValue}.v1');
SELECT value FROM events('value.converter.schemas.enable', 'true', 'transforms.o.table.fields.additional.placement', 'part:envelope',
  'transforms.o.table.field.event.schema.version', 'part') LIMIT 1;
SELECT topic FROM events('transforms', 'o,t', 'transforms.t.type', 'org.apache.kafka.connect.transforms.TimestampRouter', 'transforms.t.timestamp.format', 'yyyy/MM/dd');
-- refused
SELECT * FROM events('transforms.o.table.field.event.key', 'nope');
SELECT * FROM events('transforms.o.table.op.invalid.behavior', 'fatal');
SELECT * FROM events('transforms.o.table.fields.additional.placement', 'part:somewhere');
SELECT * FROM events('transforms.o.table.field.event.timestamp', 'aggregateid');
-- no place that Kafka has none for: told, and the event goes by its key, with the time of its change
SELECT 'advanced' FROM pg_replication_slot_advance('outbox', pg_current_wal_lsn());
INSERT INTO ob VALUES ('00000000-0000-0000-0000-000000000005', 'a', 'before 1970', NULL, '1969-12-31', 2147483647),
  ('00000000-0000-0000-0000-000000000006', 'a', 'infinite', NULL, 'infinity', -2147483648), ('00000000-0000-0000-0000-000000000007', 'a', '-infinite', NULL, '-infinity', 0),
  ('00000000-0000-0000-0000-000000000008', 'a', '1970', NULL, '1970-01-01', 0), ('00000000-0000-0000-0000-000000000009', 'a', 'far', NULL, '294246-01-01', 0);
SELECT key, partition, ts FROM events('transforms.o.table.field.event.timestamp', 'at', 'transforms.o.table.fields.additional.placement', 'part:partition');
SELECT key, partition, ts FROM events('transforms.o.table.field.event.timestamp', 'at', 'time.precision.mode', 'nanoseconds');
SELECT pg_drop_replication_slot('outbox');
DROP FUNCTION events;
DROP TABLE ob;
