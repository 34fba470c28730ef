-- Integers, boolean and oid: numbers and true or false as they are.
SET synchronous_commit = on;
\pset format unaligned
\set after 'split_part(split_part(data, ''"after":'', 2), '',"source":'', 1) AS after'
\set before 'split_part(split_part(data, ''"before":'', 2), '',"after":'', 1) AS before'

CREATE DOMAIN types_positive AS integer CHECK (VALUE > 0);
CREATE TABLE types_integers (
  id integer PRIMARY KEY, b boolean, i2 smallint, i4 integer, i8 bigint, o oid, domain types_positive,
  ss smallserial, s serial, bs bigserial);
CREATE TABLE types_integers_required (
  id integer PRIMARY KEY, b boolean NOT NULL, i2 smallint NOT NULL, i4 integer NOT NULL, i8 bigint NOT NULL,
  o oid NOT NULL, domain types_positive NOT NULL, ss smallserial, s serial, bs bigserial, d integer NOT NULL DEFAULT 7);
SELECT 'slot' FROM pg_create_logical_replication_slot('types', 'penstock');

INSERT INTO types_integers VALUES (1, true, 1, 123456, 1234567890123, 4000000000, 5);
INSERT INTO types_integers (id) VALUES (2);
INSERT INTO types_integers VALUES (3, false, -32768, -2147483648, -9223372036854775808, 0, 1);
INSERT INTO types_integers VALUES (4, false, 32767, 2147483647, 9223372036854775807, 4294967295, 2147483647);
SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop');

-- one to nineteen digits
CREATE TABLE types_digits (i8 bigint);
INSERT INTO types_digits SELECT repeat('9', n)::bigint FROM generate_series(1, 18) n;
INSERT INTO types_digits SELECT -('1' || repeat('0', n))::bigint FROM generate_series(0, 18) n;
SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop');

-- an old tuple with the key only: what is NOT NULL has its default or zero
INSERT INTO types_integers_required VALUES (1, true, 1, 1, 1, 1, 1, 1, 1, 1, 1);
DELETE FROM types_integers_required;
SELECT :before FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'tombstones.on.delete', 'false');

SELECT pg_drop_replication_slot('types');
DROP TABLE types_integers, types_integers_required, types_digits;
DROP DOMAIN types_positive;
