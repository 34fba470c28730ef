-- numeric and money in the three modes of decimal.handling.mode.
SET synchronous_commit = on;
\pset format unaligned
\set SHOW_CONTEXT never
\set after 'split_part(split_part(data, ''"after":'', 2), '',"source":'', 1) AS after'
\set before 'split_part(split_part(data, ''"before":'', 2), '',"after":'', 1) AS before'

CREATE DOMAIN types_price AS numeric(10,2);
CREATE TABLE types_numeric (
  id integer PRIMARY KEY, n32 numeric(3,2), n4 numeric(4), n64 numeric(6,4), n numeric, big numeric(38,10), small numeric,
  m money, price types_price);
SELECT 'slot' FROM pg_create_logical_replication_slot('types', 'penstock');

INSERT INTO types_numeric VALUES
  (1, 1.1, 10.11, 22.22, 10.1111, 12345678901234567890.0123456789, -0.00001, 1234.11, 99999999.99),
  (2, -3.30, 1, 22, 10, -0.0000000001, 1e20, -1234.11, -1),
  (3, 0, 0, 0, 0, 0, 0, 0, 0),
  (5, 1.28, 128, 2.55, 100.500, 32768, 1e-20, 92233720368547758.07, 2.55),
  (6, 9.99, 9999, 99.9999, 123456789012345678901234567890.123456789, 1, 1.000, -92233720368547758.08, -0.01);
INSERT INTO types_numeric (id) VALUES (7);
-- at the edges of a byte, and of eight
INSERT INTO types_numeric (id, n) SELECT 10 + n, v FROM unnest(ARRAY[127, 128, -128, -129, 255, 256, 32767, 32768, 9223372036854775807,
  9223372036854775808, -9223372036854775808, -9223372036854775809, 18446744073709551615, 18446744073709551616]) WITH ORDINALITY u(v, n);

SELECT :after FROM pg_logical_slot_peek_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'decimal.handling.mode', 'precise');
SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'decimal.handling.mode', 'string');

-- more digits than fit a machine word, and as many as numeric holds
CREATE TABLE types_digits (n numeric);
INSERT INTO types_digits VALUES (('1' || repeat('0', 60))::numeric), (('0.' || repeat('0', 60) || '1')::numeric),
  ((repeat('9', 131072))::numeric), (('0.' || repeat('9', 16383))::numeric);
SELECT length(a.after), md5(a.after) FROM (SELECT :after
  FROM pg_logical_slot_peek_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'decimal.handling.mode', 'precise')) a;
WITH a AS MATERIALIZED (SELECT :after
  FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'decimal.handling.mode', 'string'))
  SELECT length(after), after IN (SELECT format('{"n":"%s"}', n) FROM types_digits) AS equal FROM a;

-- the largest there are: hashes of what BigInteger.toByteArray gives, made by another program
INSERT INTO types_digits VALUES ('1e131071'), ('-1e131071'), (repeat('9', 131072)::numeric), (('1.' || repeat('3', 16383))::numeric),
  (('7e16382')::numeric), (-repeat('9', 5000)::numeric), ((repeat('8', 131072) || '.' || repeat('8', 16383))::numeric);
SELECT value->'scale' AS scale, md5(decode(value->>'value', 'base64')) IN ('b9debf4eb564baf7bb19aa891a974a2a', '869ed1765ebefbf31ab6341909377663',
    '208d846b849c808fcfd908cbc1b1e8ac', 'df46c75459f41a4a0147564b2ce90ccd', '3da0cb62d4ee061aea5723479e5cab8e',
    '5032bc9cd55d103c84ce23beea833128', '71d535c6d73b11c6fbb85c864951a211') AS equal
  FROM (SELECT data::json->'value'->'after'->'n' AS value FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop')) a;

-- no number: has no form as a Decimal, and is null there (event.converting.failure.handling.mode = warn)
TRUNCATE types_numeric;
INSERT INTO types_numeric (id, n, small) VALUES (1, 'NaN', 'NaN');
SELECT :after FROM pg_logical_slot_peek_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'decimal.handling.mode', 'string');
SELECT :after FROM pg_logical_slot_peek_changes('types', NULL, NULL, 'topic.prefix', 'shop');
SELECT :after FROM pg_logical_slot_peek_changes('types', NULL, NULL, 'topic.prefix', 'shop',
  'event.converting.failure.handling.mode', 'fail');
SELECT count(*) FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop');

-- NOT NULL and not in the old tuple: zero at the column's scale
CREATE TABLE types_required (id integer PRIMARY KEY, n numeric NOT NULL, nd numeric(10,3) NOT NULL, m money NOT NULL);
INSERT INTO types_required VALUES (1, 6.6, 7.7, 8.8);
DELETE FROM types_required;
SELECT :before FROM pg_logical_slot_peek_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'tombstones.on.delete', 'false');
SELECT :before FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'tombstones.on.delete', 'false',
  'decimal.handling.mode', 'string');

SELECT pg_drop_replication_slot('types');
DROP TABLE types_numeric, types_digits, types_required;
DROP DOMAIN types_price;
