-- Transforms and predicates: what each makes of the records of one table, and what is refused by name. The records of the
-- real connector with transforms are cases of tests/conformance.
SET synchronous_commit = on;
\pset format unaligned
\pset null null
\set SHOW_CONTEXT never
CREATE TABLE public.tr (id int PRIMARY KEY, name text DEFAULT 'dflt', n numeric(6,2), dest text);
SELECT 'slot' FROM pg_create_logical_replication_slot('transforms', 'penstock');
INSERT INTO tr VALUES (1, NULL, 1.5, 'east'), (2, 'two', NULL, ' ');
UPDATE tr SET id = 3, dest = 'west' WHERE id = 1;
DELETE FROM tr WHERE id = 2;
CREATE FUNCTION records(VARIADIC options text[]) RETURNS TABLE (topic text, key text, value text, headers text) LANGUAGE sql AS $$
  SELECT data::json->>'topic', data::json->>'key', data::json->>'value', (SELECT string_agg(key || '=' || coalesce(value, 'null'), ' ')
    FROM json_each_text(data::json->'headers')) FROM pg_logical_slot_peek_changes('transforms', NULL, NULL, VARIADIC
    ARRAY['topic.prefix', 's', 'stable', 'true', 'extended.headers.enabled', 'false'] || options) $$;
\set unwrap '''transforms.u.type'', ''io.debezium.transforms.ExtractNewRecordState'''
-- rows instead of envelopes, the four bytes null for a delete
SELECT * FROM records('transforms', 'u', :unwrap);
SELECT * FROM records('transforms', 'u', :unwrap, 'transforms.u.delete.tombstone.handling.mode', 'rewrite-with-tombstone',
  'transforms.u.add.fields', 'op,table:t,source.lsn,transaction.id,nothing', 'transforms.u.add.headers', 'op', 'transforms.u.add.headers.prefix', '');
-- the topic from a column: a blank one leaves it; one output for each value that comes
SELECT topic, key FROM records('transforms', 'u', :unwrap, 'transforms.u.route.by.field', 'dest', 'transforms.u.delete.tombstone.handling.mode', 'rewrite');
SELECT topic, key FROM records('transforms', 'u,r', :unwrap, 'transforms.u.route.by.field', 'dest', 'transforms.r.type', 'org.apache.kafka.connect.transforms.RegexRouter',
  'transforms.r.regex', '(?<side>.*)st', 'transforms.r.replacement', '${side}_$0');
-- fields and keys, limited by predicates
SELECT * FROM records('transforms', 'u,k,e,i', :unwrap, 'transforms.u.delete.tombstone.handling.mode', 'drop',
  'transforms.k.type', 'org.apache.kafka.connect.transforms.ValueToKey', 'transforms.k.fields', 'name,id', 'transforms.e.type', 'org.apache.kafka.connect.transforms.ExtractField$Key', 'transforms.e.field', 'name',
  'transforms.i.type', 'org.apache.kafka.connect.transforms.InsertField$Value', 'transforms.i.static.field', 'env', 'transforms.i.static.value', 'a"b',
  'transforms.i.predicate', 'p', 'transforms.i.negate', 'true', 'predicates', 'p', 'predicates.p.type', 'org.apache.kafka.connect.transforms.predicates.HasHeaderKey',
  'predicates.p.name', '__debezium.oldkey');
SELECT key, value, headers FROM records('transforms', 'u,h,r', :unwrap, 'transforms.u.delete.tombstone.handling.mode', 'drop',
  'transforms.h.type', 'org.apache.kafka.connect.transforms.HeaderFrom$Value', 'transforms.h.fields', 'n,dest', 'transforms.h.headers', 'N,D', 'transforms.h.operation', 'move',
  'transforms.r.type', 'org.apache.kafka.connect.transforms.ReplaceField$Value', 'transforms.r.renames', 'name:label');
SELECT topic, key, value IS NULL AS tombstone FROM records('transforms', 'f', 'transforms.f.type', 'org.apache.kafka.connect.transforms.Filter', 'transforms.f.predicate', 't',
  'predicates', 't', 'predicates.t.type', 'org.apache.kafka.connect.transforms.predicates.RecordIsTombstone');
SELECT topic, key FROM records('transforms', 'l', 'transforms.l.type', 'io.debezium.transforms.ByLogicalTableRouter', 'transforms.l.topic.regex', '(.*)tr',
  'transforms.l.topic.replacement', '$1all', 'transforms.l.key.field.regex', '.*\.(t)(.*)', 'transforms.l.key.field.replacement', '$1') LIMIT 1;
-- topics that are known before a row comes
SELECT kind, topic FROM penstock.tables('topic.prefix', 's', 'table.include.list', 'public.tr', 'transforms', 'u', :unwrap, 'transforms.u.route.by.field', 'dest');
SELECT kind, topic FROM penstock.tables('topic.prefix', 's', 'table.include.list', 'public.tr', 'transforms', 'f', 'transforms.f.type', 'org.apache.kafka.connect.transforms.Filter',
  'transforms.f.predicate', 'm', 'predicates', 'm', 'predicates.m.type', 'org.apache.kafka.connect.transforms.predicates.TopicNameMatches', 'predicates.m.pattern', '.*message');
-- a record that the transform cannot be applied to ends it, as it ends the connector's task
SELECT * FROM records('transforms', 'k', 'transforms.k.type', 'org.apache.kafka.connect.transforms.ValueToKey', 'transforms.k.fields', 'nope');
SELECT * FROM records('transforms', 'e', 'transforms.e.type', 'org.apache.kafka.connect.transforms.ExtractField$Value', 'transforms.e.field', 'payload');
-- mistakes
SELECT * FROM records('transforms', 'u', 'transforms.u.type', 'com.example.Mine');
SELECT * FROM records('transforms', 'u', 'transforms.u.type', 'org.apache.kafka.connect.transforms.MaskField$Value');
SELECT * FROM records('transforms', 'u');
SELECT * FROM records('transforms', 'u', :unwrap, 'transforms.u.drop.tombstones', 'false', 'transforms.u.add.filds', 'op');
-- what a transform or a predicate does not know has no effect; what looks like a slip is refused
SELECT topic FROM records('transforms', 'r', 'transforms.r.type', 'org.apache.kafka.connect.transforms.RegexRouter', 'transforms.r.regex', '(.*)', 'transforms.r.replacement', 'all', 'transforms.r.metrics.enabled', 'true', 'transforms.r.predicate', 'p', 'predicates', 'p', 'predicates.p.type', 'org.apache.kafka.connect.transforms.predicates.RecordIsTombstone', 'predicates.p.since', '3.9') LIMIT 1;
SELECT * FROM records('transforms', 'r', 'transforms.r.type', 'org.apache.kafka.connect.transforms.RegexRouter', 'transforms.r.regexp', '(.*)', 'transforms.r.regex', '(.*)', 'transforms.r.replacement', 'all');
SELECT * FROM records('transforms', 'r', 'transforms.r.type', 'org.apache.kafka.connect.transforms.ReplaceField$Value', 'transforms.r.blacklist', 'secret');
SELECT * FROM records('transforms', 'r', 'transforms.r.type', 'org.apache.kafka.connect.transforms.ReplaceField$Value', 'transforms.r.whitelist', 'id');
SELECT * FROM records('transforms', 'u', :unwrap, 'transforms.other.type', 'org.apache.kafka.connect.transforms.Filter');
SELECT * FROM records('transforms', 'u', :unwrap, 'transforms.u.predicate', 'p');
SELECT * FROM records('transforms', 'u', :unwrap, 'transforms.u.delete.tombstone.handling.mode', 'maybe');
SELECT * FROM records('transforms', 'h', 'transforms.h.type', 'org.apache.kafka.connect.transforms.HeaderFrom$Value', 'transforms.h.fields', 'a,b', 'transforms.h.headers', 'A', 'transforms.h.operation', 'copy');
SELECT * FROM records('transforms', 'r', 'transforms.r.type', 'org.apache.kafka.connect.transforms.RegexRouter', 'transforms.r.regex', '(.*)', 'transforms.r.replacement', '${no}');
SELECT * FROM records('transforms', 't', 'transforms.t.type', 'org.apache.kafka.connect.transforms.TimestampRouter');
SELECT data FROM pg_logical_slot_peek_changes('transforms', NULL, NULL, 'transforms', 'u,u', 'transforms.u.type', 'io.debezium.transforms.ExtractNewRecordState');
-- a topic that no broker takes is cut, so that the refusal can be read
INSERT INTO tr VALUES (4, 'n', 1, 'good' || repeat('x', 70000));
SELECT length(topic) FROM records('transforms', 'u', :unwrap, 'transforms.u.route.by.field', 'dest') WHERE topic LIKE 'good%';
-- a field that a transform adds takes the place of a column of the same name: a member has one value
SELECT value FROM records('transforms', 'u,i', :unwrap, 'transforms.u.add.fields', 'op:name', 'transforms.u.add.fields.prefix', '',
  'transforms.i.type', 'org.apache.kafka.connect.transforms.InsertField$Value', 'transforms.i.static.field', 'dest', 'transforms.i.static.value', 'set',
  'column.exclude.list', '.*[.]n') WHERE value LIKE '%"id":3%';
-- "config" takes what a connector's file has, numbers and booleans too
SELECT count(*) > 0 AS records FROM pg_logical_slot_peek_changes('transforms', NULL, NULL, 'config', '{"topic.prefix":"s","tasks.max":1,"tombstones.on.delete":false}');
SELECT pg_drop_replication_slot('transforms');
DROP FUNCTION records;
DROP TABLE tr;
