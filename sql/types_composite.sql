-- Composite types as structs of their attributes (penstock.composite.handling.mode), each attribute in its own form.
SET synchronous_commit = on;
\pset format unaligned
\set SHOW_CONTEXT never
SET timezone = 'UTC';
\set after 'split_part(split_part(data, ''"after":'', 2), '',"source":'', 1) AS after'
\set before 'split_part(split_part(data, ''"before":'', 2), '',"after":'', 1) AS before'

CREATE TYPE types_mood AS ENUM ('sad', 'ok');
CREATE DOMAIN types_price AS numeric(8, 2);
CREATE TYPE types_place AS (x float8, y float8);
CREATE TYPE types_address AS ("street ""name""" text, no smallint, at types_place, moods types_mood[], price types_price, since date, seen timestamptz(0),
  raw bytea, bx box, places types_place[], big numeric);
CREATE DOMAIN types_home AS types_address;
CREATE TYPE types_empty AS ();
CREATE TABLE types_composites (id integer PRIMARY KEY, a types_address, h types_home, n types_place NOT NULL, l types_place[], e types_empty, tail text);
SELECT 'slot' FROM pg_create_logical_replication_slot('types', 'penstock');

INSERT INTO types_composites VALUES (1, ROW('Main "St" ž', 5, ROW(1, 2.5), '{ok,NULL,sad}', 12.5, '2020-02-01', '2020-02-01 12:00:00+02', '\x0102',
  '((0,0),(1,1))', ARRAY[ROW(3, 4)::types_place, NULL], 1e3), NULL, ROW(0, NULL), ARRAY[ROW(5, 6), NULL, ROW(NULL, NULL)]::types_place[], ROW(), 'end');
INSERT INTO types_composites (id, a, h, n) VALUES (2, ROW(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  ROW(repeat('x', 10), 1, NULL, '{}', NULL, 'infinity', 'infinity', '', NULL, '{}', 'NaN'), ROW('Infinity', '-0'));
\set look 'pg_logical_slot_peek_changes(''types'', NULL, NULL, ''topic.prefix'', ''shop'''
SELECT :after FROM :look, 'penstock.composite.handling.mode', 'struct');
-- the modes hold inside too; with include.unknown.datatypes the box is its text
SELECT :after FROM :look, 'penstock.composite.handling.mode', 'struct', 'decimal.handling.mode', 'string', 'time.precision.mode', 'isostring',
  'binary.handling.mode', 'hex', 'include.unknown.datatypes', 'true');
-- off by default
SELECT :after FROM :look);
SELECT :after FROM :look, 'penstock.composite.handling.mode', 'unknown', 'include.unknown.datatypes', 'true', 'binary.handling.mode', 'hex') LIMIT 1;
SELECT :after FROM :look, 'penstock.composite.handling.mode', 'map');
SELECT count(*) FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop');

-- attributes come, go and change their names; each change has those of its time
INSERT INTO types_composites (id, n, l) VALUES (3, ROW(1, 2), ARRAY[ROW(1, 2)::types_place]);
ALTER TYPE types_place ADD ATTRIBUTE z integer;
INSERT INTO types_composites (id, n, l) VALUES (4, ROW(1, 2, 3), ARRAY[ROW(1, 2, 3)::types_place]);
ALTER TYPE types_place RENAME ATTRIBUTE z TO height;
INSERT INTO types_composites (id, n) VALUES (5, ROW(1, 2, 3));
ALTER TYPE types_place DROP ATTRIBUTE x;
INSERT INTO types_composites (id, n, l) VALUES (6, ROW(2, 3), ARRAY[ROW(2, 3)::types_place]);
BEGIN;
ALTER TYPE types_place ADD ATTRIBUTE w text;
INSERT INTO types_composites (id, n) VALUES (7, ROW(2, 3, 'w'));
COMMIT;
\set few '''penstock.composite.handling.mode'', ''struct'', ''column.include.list'', ''.*[.](id|n|l)'''
SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop', :few);
-- a row that was stored with fewer attributes
ALTER TYPE types_place ADD ATTRIBUTE v text;
ALTER TABLE types_composites REPLICA IDENTITY FULL;
UPDATE types_composites SET tail = 'new' WHERE id = 4;
SELECT :before FROM :look, :few);
SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop', :few);
-- absent, and stored out of line
ALTER TABLE types_composites REPLICA IDENTITY DEFAULT, ALTER a SET STORAGE EXTERNAL;
UPDATE types_composites SET a = ROW(repeat('x', 3000), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL) WHERE id = 6;
UPDATE types_composites SET tail = 'new' WHERE id = 6;
DELETE FROM types_composites WHERE id = 6;
SELECT left(after, 60) AS after FROM (SELECT :after FROM :look, 'penstock.composite.handling.mode', 'struct', 'skipped.operations', 'd')) a;
SELECT :before FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'penstock.composite.handling.mode', 'struct',
  'skipped.operations', 'u', 'tombstones.on.delete', 'false');

-- a type that doubles with each level, and one that is nested too deep: as in mode unknown
CREATE TYPE types_level0 AS (a int, b int);
CREATE TYPE types_nested0 AS (a int);
DO $$ BEGIN
  FOR i IN 1 .. 16 LOOP EXECUTE format('CREATE TYPE types_level%s AS (a types_level%s, b types_level%s)', i, i - 1, i - 1); END LOOP;
  FOR i IN 1 .. 40 LOOP EXECUTE format('CREATE TYPE types_nested%s AS (a types_nested%s)', i, i - 1); END LOOP;
END $$;
CREATE TABLE types_large (id integer PRIMARY KEY, small types_level0, few types_level8, deep types_level16, l types_level16[], n types_nested40, tail text);
INSERT INTO types_large (id, small, l) VALUES (1, ROW(1, 2), ARRAY[ROW(NULL, NULL)::types_level16]);
SELECT :after FROM :look, 'penstock.composite.handling.mode', 'struct', 'table.include.list', 'public.types_large');
SET client_min_messages = error;
SELECT :after FROM :look, 'penstock.composite.handling.mode', 'struct', 'table.include.list', 'public.types_large', 'include.unknown.datatypes', 'true');
SELECT json_array_length(field->'fields') AS fields FROM (SELECT json_array_elements(data::json->'value'->'schema'->'fields'->1->'fields') AS field
  FROM :look, 'penstock.composite.handling.mode', 'struct', 'table.include.list', 'public.types_large', 'value.converter.schemas.enable', 'true')) f
  WHERE field->>'field' = 'few';

SELECT pg_drop_replication_slot('types');
DROP TABLE types_composites, types_large;
DO $$ BEGIN
  FOR i IN REVERSE 16 .. 0 LOOP EXECUTE format('DROP TYPE types_level%s', i); END LOOP;
  FOR i IN REVERSE 40 .. 0 LOOP EXECUTE format('DROP TYPE types_nested%s', i); END LOOP;
END $$;
DROP DOMAIN types_home;
DROP TYPE types_address, types_place, types_empty, types_mood;
DROP DOMAIN types_price;
