-- Scales below zero and beyond the precision (findings A7 and F: the real scale, not 2046).
SET synchronous_commit = on;
\pset format unaligned
\set after 'split_part(split_part(data, ''"after":'', 2), '',"source":'', 1) AS after'
\set before 'split_part(split_part(data, ''"before":'', 2), '',"after":'', 1) AS before'
SELECT current_setting('server_version_num')::integer < 150000 AS skipped \gset
\if :skipped
  \echo skipped: such scales came with PostgreSQL 15
  \quit
\endif

CREATE DOMAIN types_thousands AS numeric(4, -3);
CREATE TABLE types_scales (id integer PRIMARY KEY, a numeric(5, -2), b numeric(3, 5), c types_thousands, d numeric(5, -2)[]);
SELECT 'slot' FROM pg_create_logical_replication_slot('types', 'penstock');
INSERT INTO types_scales VALUES (1, 12345, 0.00123, 9998765, '{12345,-50}'),
  (2, -12345, -0.00999, 0, '{}'), (3, 49, 0, 499, '{NULL}'), (4, 0, NULL, NULL, NULL);
\set look 'pg_logical_slot_peek_changes(''types'', NULL, NULL, ''topic.prefix'', ''shop'''
-- the unscaled number: 123 of 12300, 123 of 0.00123, 9999 of 9999000
SELECT :after FROM :look);
SELECT decode('ew==', 'base64') = '\x7b' AS "123", decode('hQ==', 'base64') = '\x85' AS "-123", decode('Jw8=', 'base64') = '\x270f' AS "9999";
SELECT :after FROM :look, 'decimal.handling.mode', 'string');
SELECT :after FROM :look, 'decimal.handling.mode', 'double');
-- BigDecimal.toString has an exponent where the scale is below zero
SELECT :after FROM :look, 'value.converter.decimal.format', 'NUMERIC');
SELECT count(*) FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop');

CREATE TABLE types_required (id integer PRIMARY KEY, a numeric(5, -2) NOT NULL, b numeric(3, 5) NOT NULL);
INSERT INTO types_required VALUES (1, 100, 0.001);
DELETE FROM types_required;
SELECT :before FROM :look, 'skipped.operations', 'c', 'tombstones.on.delete', 'false');
SELECT :before FROM :look, 'skipped.operations', 'c', 'tombstones.on.delete', 'false', 'decimal.handling.mode', 'string');

SELECT pg_drop_replication_slot('types');
DROP TABLE types_scales, types_required;
DROP DOMAIN types_thousands;
