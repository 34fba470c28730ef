-- Unchanged values that are stored out of line: the placeholder in the form of each type.
SET synchronous_commit = on;
\pset format unaligned
\set after 'split_part(split_part(data, ''"after":'', 2), '',"source":'', 1) AS after'
\set before 'split_part(split_part(data, ''"before":'', 2), '',"after":'', 1) AS before'

CREATE TABLE types_toast (
  id integer PRIMARY KEY, n integer, t text, vc varchar(9000), b bytea, j json, jb jsonb, x xml, ta text[], vca varchar(4000)[],
  ca char(3)[], ja jsonb[], ba bytea[], ia integer[], la bigint[], da date[], ua uuid[], big numeric, na numeric[], req text NOT NULL);
SELECT 'ALTER TABLE types_toast ALTER ' || attname || ' SET STORAGE EXTERNAL' FROM pg_attribute
  WHERE attrelid = 'types_toast'::regclass AND attlen = -1 AND attnum > 0 ORDER BY attnum \gexec
SELECT 'slot' FROM pg_create_logical_replication_slot('types', 'penstock');

INSERT INTO types_toast VALUES (1, 1, repeat('t', 2500), repeat('v', 2500), decode(repeat('ab', 2500), 'hex'),
  ('{"k":"' || repeat('j', 2500) || '"}')::json, ('{"k":"' || repeat('b', 2500) || '"}')::jsonb, ('<a>' || repeat('x', 2500) || '</a>')::xml,
  array_fill('abc'::text, ARRAY[900]), array_fill('abc'::varchar, ARRAY[900]), array_fill('abc'::char(3), ARRAY[900]),
  array_fill('{"a": 1}'::jsonb, ARRAY[300]), array_fill('\x00ff'::bytea, ARRAY[400]), array_fill(7, ARRAY[900]),
  array_fill(8::bigint, ARRAY[900]), array_fill('2020-01-01'::date, ARRAY[900]),
  array_fill('11111111-2222-3333-4444-555555555555'::uuid, ARRAY[200]), (repeat('1234567890', 900) || '.5')::numeric,
  array_fill(1.5, ARRAY[900]), repeat('r', 2500));
SELECT length(a.after), md5(a.after) FROM (SELECT :after
  FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop')) a;

UPDATE types_toast SET n = 2;
SELECT :after FROM pg_logical_slot_peek_changes('types', NULL, NULL, 'topic.prefix', 'shop');
SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'decimal.handling.mode', 'string',
  'unavailable.value.placeholder', '#gone "é"#');

-- what is changed, or has become short, is there
UPDATE types_toast SET n = 3, t = 'now short', jb = NULL, ia = '{1,NULL}';
SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop',
  'column.include.list', 'public.types_toast.(id|n|t|jb|ia|vc)');

-- with the whole old row in the WAL nothing is unavailable
ALTER TABLE types_toast REPLICA IDENTITY FULL;
UPDATE types_toast SET n = 4;
SELECT length(b.before) - length(b.after) AS difference FROM (SELECT :before, :after
  FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop')) b;

SELECT pg_drop_replication_slot('types');
DROP TABLE types_toast;
