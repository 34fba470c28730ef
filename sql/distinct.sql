-- Rows whose records each have a topic or a shape of their own: what was compiled for earlier ones is given up meanwhile, and
-- every record still goes where its row says, with its own schema.
SET synchronous_commit = on;
\pset format unaligned
CREATE TABLE public.distinct_ob (id uuid PRIMARY KEY, aggregatetype text NOT NULL, aggregateid text NOT NULL, payload json);
CREATE TABLE public.distinct_rt (id int PRIMARY KEY, f text);
SELECT 'slot' FROM pg_create_logical_replication_slot('distinct', 'penstock');
-- one topic and shape each
INSERT INTO distinct_ob SELECT ('00000000-0000-0000-0000-' || lpad(i::text, 12, '0'))::uuid, 't' || i, i::text, ('{"f' || i || '":1}')::json
  FROM generate_series(1, 12000) i;
-- all of them come again after they were given up, and one that is frequent stands between
INSERT INTO distinct_rt SELECT i, CASE WHEN i % 3 = 0 THEN 'often' ELSE 't' || i % 11000 END FROM generate_series(1, 40000) i;
SELECT count(*), count(DISTINCT r->>'topic') AS topics,
  count(*) FILTER (WHERE r->>'topic' = 'outbox.event.t' || (r->>'key')) AS routed,
  count(*) FILTER (WHERE r->'value'->'payload'->>('f' || (r->>'key')) = '1') AS payloads,
  count(*) FILTER (WHERE r->'value'->'schema'->'fields'->0->>'field' = 'f' || (r->>'key')) AS schemas
  FROM (SELECT data::json AS r FROM pg_logical_slot_peek_changes('distinct', NULL, NULL, 'topic.prefix', 's', 'stable', 'true',
    'table.include.list', 'public.distinct_ob', 'transforms', 'o', 'transforms.o.type', 'io.debezium.transforms.outbox.EventRouter',
    'transforms.o.table.expand.json.payload', 'true', 'value.converter.schemas.enable', 'true')) records;
SELECT count(*), count(DISTINCT r->>'topic') AS topics,
  count(*) FILTER (WHERE r->>'topic' = r->'value'->>'f') AS routed, min((r->'value'->>'id')::int), max((r->'value'->>'id')::int),
  count(DISTINCT r->'value'->>'id') AS ids
  FROM (SELECT data::json AS r FROM pg_logical_slot_peek_changes('distinct', NULL, NULL, 'topic.prefix', 's', 'stable', 'true',
    'table.include.list', 'public.distinct_rt', 'transforms', 'u', 'transforms.u.type', 'io.debezium.transforms.ExtractNewRecordState',
    'transforms.u.route.by.field', 'f')) records;
SELECT pg_drop_replication_slot('distinct');
DROP TABLE distinct_ob, distinct_rt;
