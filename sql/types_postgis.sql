-- PostGIS: geometry and geography as EWKB with the SRID beside it.
SET synchronous_commit = on;
SET client_min_messages = warning;
\pset format unaligned
\set after 'split_part(split_part(data, ''"after":'', 2), '',"source":'', 1) AS after'
\set before 'split_part(split_part(data, ''"before":'', 2), '',"after":'', 1) AS before'
SELECT count(*) = 0 AS skipped FROM pg_available_extensions WHERE name = 'postgis' \gset
\if :skipped
  \echo skipped: the server has no PostGIS
  \quit
\endif

CREATE EXTENSION postgis;
CREATE TABLE types_postgis (id integer PRIMARY KEY, g geometry, p geometry(Point, 3187), gg geography, ag geometry[], agg geography[]);
SELECT 'slot' FROM pg_create_logical_replication_slot('types', 'penstock');
-- the first is the example of Debezium's documentation
INSERT INTO types_postgis VALUES (1, 'SRID=3187;POINT(174.9479 -36.7208)', 'SRID=3187;POINT(174.9479 -36.7208)',
  'MULTILINESTRING((169.1321 -44.7032, 167.8974 -44.6414))', ARRAY['POINT(1 1)'::geometry, NULL, 'SRID=4326;LINESTRING(0 0, 1 1)'],
  ARRAY['POINT(1 1)'::geography]);
INSERT INTO types_postgis (id, g, ag) VALUES (2, 'GEOMETRYCOLLECTION EMPTY', '{}'), (3, 'POINT ZM (1 2 3 4)', NULL), (4, NULL, NULL);
SELECT :after FROM pg_logical_slot_peek_changes('types', NULL, NULL, 'topic.prefix', 'shop');
-- equal to what PostGIS makes of them
CREATE TEMP TABLE changes AS SELECT a.after::json AS row FROM (SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL,
  'topic.prefix', 'shop')) a;
SELECT id, decode(row -> 'g' ->> 'wkb', 'base64') = ST_AsEWKB(g) AS g, nullif((row -> 'g' ->> 'srid')::integer, 0) IS NOT DISTINCT FROM
  nullif(ST_SRID(g), 0) AS srid, decode(row -> 'gg' ->> 'wkb', 'base64') = ST_AsEWKB(gg::geometry) AS gg,
  row -> 'gg' ->> 'srid' AS ggsrid, decode(row -> 'ag' -> 2 ->> 'wkb', 'base64') = ST_AsEWKB(ag[3]) AS ag
  FROM types_postgis JOIN changes ON id = (row ->> 'id')::integer ORDER BY id;

-- absent, and unavailable: the connector has no placeholder that would fit
CREATE TABLE types_required (id integer PRIMARY KEY, n integer, g geometry NOT NULL, gg geography NOT NULL);
ALTER TABLE types_required ALTER g SET STORAGE EXTERNAL;
INSERT INTO types_required SELECT 1, 1, ST_MakeLine(ARRAY(SELECT ST_MakePoint(n, n) FROM generate_series(1, 1000) n)), 'POINT(1 1)';
UPDATE types_required SET n = 2;
DELETE FROM types_required;
SELECT :after FROM pg_logical_slot_peek_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'skipped.operations', 'c,d');
SELECT :before FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'skipped.operations', 'c,u',
  'tombstones.on.delete', 'false');

SELECT pg_drop_replication_slot('types');
DROP TABLE types_postgis, types_required;
DROP EXTENSION postgis;
