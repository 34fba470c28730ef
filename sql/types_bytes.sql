-- bytea as base64; bit strings as little-endian numbers in base64, single bits as true and false.
SET synchronous_commit = on;
\pset format unaligned
\set after 'split_part(split_part(data, ''"after":'', 2), '',"source":'', 1) AS after'
\set before 'split_part(split_part(data, ''"before":'', 2), '',"after":'', 1) AS before'

CREATE TABLE types_bytes (
  id integer PRIMARY KEY, b bytea, b1 bit, b2 bit(2), b7 bit(7), b24 bit(24), b64 bit(64), vb varbit, vb1 varbit(1), vb40 varbit(40));
SELECT 'slot' FROM pg_create_logical_replication_slot('types', 'penstock');

INSERT INTO types_bytes VALUES
  (1, '\x010203', B'1', B'11', B'1000000', B'000000110000001000000001', ('1' || repeat('0', 63))::bit(64),
   B'111011010001000110000001000000001', B'1', B'101'),
  (3, '', B'0', B'00', B'0000000', repeat('0', 24)::bit(24), repeat('0', 64)::bit(64), '', B'0', B'00'),
  (4, '\x00', B'0', B'01', B'0000001', repeat('1', 24)::bit(24), repeat('1', 64)::bit(64), B'0', '', B'1');
INSERT INTO types_bytes (id) VALUES (2);
INSERT INTO types_bytes (id, b) SELECT 10 + n, decode(substr('00ff10ef20df30cf', 1, 2 * n), 'hex') FROM generate_series(1, 8) n;
SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop');

INSERT INTO types_bytes (id, b) SELECT 100, decode(string_agg(md5(n::text), ''), 'hex') FROM generate_series(1, 4000) n;
WITH a AS MATERIALIZED (SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop'))
  SELECT length(b), decode(after::json ->> 'b', 'base64') = b AS equal FROM types_bytes, a WHERE id = 100;

CREATE TABLE types_required (id integer PRIMARY KEY, b bytea NOT NULL, b1 bit NOT NULL, b5 bit(5) NOT NULL, vb varbit NOT NULL);
INSERT INTO types_required VALUES (1, '\x01', B'1', B'10101', B'1');
DELETE FROM types_required;
SELECT :before FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'tombstones.on.delete', 'false');

SELECT pg_drop_replication_slot('types');
DROP TABLE types_bytes, types_required;
