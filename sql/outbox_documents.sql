-- EventRouter with table.expand.json.payload: a list takes its type from its first elements. A document with a value that does not fit stays text.
SET synchronous_commit = on;
\pset format unaligned
CREATE TABLE public.od (id int PRIMARY KEY, aggregatetype text DEFAULT 'a', aggregateid text DEFAULT '1', payload jsonb);
SELECT 'slot' FROM pg_create_logical_replication_slot('documents', 'penstock');
INSERT INTO od (id, payload) VALUES
  (1, '{"a":[{"x":{"p":1}},{"x":[{"p":1}]}]}'), (2, '{"items":[{"tax":{"rate":7}},{"tax":[{"rate":7},{"rate":19}]}]}'),
  (3, '{"items":[{"tax":"none"},{"tax":[{"rate":7}]}]}'), (4, '{"a":[{"x":1},{"x":[[1]]}]}'), (5, '{"a":[{"x":[{"p":1}]},{"x":[[{"p":1}]]}]}'),
  (6, '{"a":[[1],[[[2]]]]}'), (7, '{"d":[{"a":"","b":[{"a":"s"},{"b":[]},{"a":null}]},{"a":[{"b":-1}],"b":1}]}'),
  (8, '{"lines":[{"price":1},{"price":1.5}]}'), (9, '{"lines":[{"price":1},{"price":3000000000}]}'), (10, '{"a":[[1],["x"]]}'),
  (11, '{"a":[{"x":1},{"x":"s"}]}'), (12, '{"a":[{"x":{"p":1}},{"x":5}]}'), (13, '{"a":[{"x":1},{"y":2},null]}'), (14, '{"d":{"":{}}}'),
  (20, '{"lines":[{"price":1},{"price":2,"sku":null},{"sku":"s"}],"n":[1,null,3],"o":[{"x":1},null],"l":[[1],[],[2,3]]}');
CREATE FUNCTION payloads(VARIADIC options text[]) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT data::json->>'value' FROM pg_logical_slot_peek_changes('documents', NULL, NULL, VARIADIC ARRAY['transforms', 'o', 'transforms.o.type',
    'io.debezium.transforms.outbox.EventRouter', 'transforms.o.table.expand.json.payload', 'true', 'table.include.list', 'public.od'] || options) $$;
SELECT * FROM payloads('stable', 'true');
SELECT * FROM payloads('value.converter.schemas.enable', 'true');
SELECT count(*) FROM payloads('transforms.o.table.json.payload.null.behavior', 'optional_bytes');
-- text is no JSON: what Jackson refuses stays text; half of a surrogate pair is Java's '?'
TRUNCATE od;
ALTER TABLE od ALTER payload TYPE text;
INSERT INTO od (id, payload) VALUES (1, '{"\'), (2, '{"a\'), (3, '{"a":"\'), (4, '{"'), (5, '{'), (6, '{"a"'), (7, '{"a":'), (8, '{"a":1'), (9, '{"a":1,'),
  (10, '{"a":+1}'), (11, '{"a":01}'), (12, '{"a":.5}'), (13, '{"a":5.}'), (14, '{"a":1e}'), (15, '{"a":-}'), (16, '{"a":"\q"}'), (17, '{"a":"\u12g4"}'),
  (18, E'{"a":"\t"}'), (19, E'{"a":\x0b1}'), (20, '{"a":"\u12'), (21, '{"a":nul}'), (30, '{"a":-0,"b":-0.0,"c":1E+2,"d":0,"e":"\ud83d\u0041\ude00\ud83d\ude00"}'), (31, repeat('{"a":', 300)),
  (32, repeat('{"a":', 150) || '1' || repeat('}', 150));
SELECT * FROM payloads('stable', 'true');
-- a map of many members, one of them twice
TRUNCATE od;
INSERT INTO od (id, payload) SELECT 1, '{' || string_agg(format('"k%s":%s', i % 20000, i), ',' ORDER BY i) || '}' FROM generate_series(0, 20000) i;
SELECT count(*), sum(value::int), min(key) FILTER (WHERE value = '20000') AS twice FROM payloads('stable', 'true') document,
  LATERAL (SELECT * FROM json_each_text(CASE WHEN document LIKE '{"k0%' THEN document::json END)) members;
-- beyond the bounds: too many values, too much text for a record, names of structs that repeat those above them. Value and schema agree.
TRUNCATE od;
SELECT 'skipped' FROM pg_replication_slot_advance('documents', pg_current_wal_lsn());
INSERT INTO od (id, payload) VALUES (1, '{"few":"' || repeat(',[{', 50000) || '"}'), (2, '{"n":[' || repeat('1,', 100000) || '1]}'), (5, '{"n":[' || repeat('{ },', 99000) || '{ }]}'), (6, '{"n":[' || repeat('1,', 99997) || '1]}'),
  (3, '{"a":"' || repeat('x', 5000000) || '"}'), (4, repeat('{"' || repeat('n', 10000) || '":', 60) || '1' || repeat('}', 60));
SELECT left(document, 20) AS document, length(document) FROM payloads('stable', 'true') document;
SELECT document->'schema'->'type' AS schema, json_typeof(document->'payload') AS payload
  FROM (SELECT document::json FROM payloads('value.converter.schemas.enable', 'true') document) d;
SELECT pg_drop_replication_slot('documents');
DROP FUNCTION payloads;
DROP TABLE od;
