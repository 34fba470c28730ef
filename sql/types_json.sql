-- uuid, json, jsonb: the server's text as a string.
SET synchronous_commit = on;
\pset format unaligned
\set after 'split_part(split_part(data, ''"after":'', 2), '',"source":'', 1) AS after'
\set before 'split_part(split_part(data, ''"before":'', 2), '',"after":'', 1) AS before'

CREATE TABLE types_json (id integer PRIMARY KEY, u uuid, j json, jb jsonb);
SELECT 'slot' FROM pg_create_logical_replication_slot('types', 'penstock');

INSERT INTO types_json VALUES
  (1, 'A0EEBC99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"bar":  "baz", "n": 1.0}', '{"bar":  "baz", "n": 1.0, "a": [true, null]}'),
  (3, '00000000-0000-0000-0000-000000000000', 'null', '"\u00e9 \" \\ /"'),
  (4, 'ffffffff-ffff-ffff-ffff-ffffffffffff', ' [1,
 2] ', '{"b": {}, "a": [], "c": 1e3, "c2": -0.10}'),
  (5, NULL, '"\ud83d\udc18"', '"\ud83d\udc18"');
INSERT INTO types_json (id) VALUES (6);
SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop');

CREATE TABLE types_required (id integer PRIMARY KEY, u uuid NOT NULL, j json NOT NULL, jb jsonb NOT NULL);
INSERT INTO types_required VALUES (1, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{}', '{}');
DELETE FROM types_required;
SELECT :before FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'tombstones.on.delete', 'false');

SELECT pg_drop_replication_slot('types');
DROP TABLE types_json, types_required;
