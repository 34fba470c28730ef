-- One-dimensional arrays of what has a form of its own; what other arrays become; which are left out.
SET synchronous_commit = on;
\pset format unaligned
SET timezone = 'UTC';
\set after 'split_part(split_part(data, ''"after":'', 2), '',"source":'', 1) AS after'

CREATE TYPE types_mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN types_positive AS integer;
CREATE TYPE types_pair AS (x integer, y text);
CREATE TABLE types_arrays (
  id integer PRIMARY KEY, ab boolean[], a2 smallint[], a4 integer[], a8 bigint[], ao oid[], af4 real[], af8 double precision[],
  an numeric[], and2 numeric(10,2)[], at text[], av varchar(5)[], ac char(5)[], aby bytea[], au uuid[], aj json[], ajb jsonb[],
  ai inet[], acd cidr[], am macaddr[], ar int4range[], ad date[], ats timestamp[], ats3 timestamp(3)[], atz timestamptz[],
  ati time[], ati3 time(3)[], attz timetz[], ae types_mood[]);
SELECT 'slot' FROM pg_create_logical_replication_slot('types', 'penstock');

INSERT INTO types_arrays VALUES (1, '{t,f}', '{1,-2}', '{1,2}', '{1550166368505037572}', '{4000000000}', '{1.5,NaN}', '{2.25,1e10}',
  '{10.1111,22.2,-1}', '{1.2,3.4,5.6}', '{a,"b c","d\"e\\f",""}', '{x,yy}', '{cone,ctwo}', '{"\\x0001","\\x"}',
  '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}', ARRAY['{"a": 1}'::json, '[1, 2]'], ARRAY['{"b":2,"a":1}'::jsonb], '{10.0.0.1/8,::1}',
  '{10.0.0.0/8}', '{08:00:2b:01:02:03}', '{"[1,5]"}', '{2016-11-04,2016-11-05}', '{"2016-11-04 13:51:30.123456"}',
  '{"2016-11-04 13:51:30.1236"}', '{"2020-04-01 11:51:02+00","2020-04-01 11:51:02.123456+02"}', '{00:01:02,01:02:03.123456}',
  '{00:01:02,01:02:03.123}', '{"11:51:02+00","11:51:02.5-03"}', '{happy,sad}');
INSERT INTO types_arrays (id, a4, at, an, atz, ae) VALUES (2, '{}', '{}', '{}', '{}', '{}');
INSERT INTO types_arrays (id) VALUES (3);
INSERT INTO types_arrays (id, ab, a4, a8, an, and2, at, au, atz, ae)
  VALUES (4, '{NULL,t}', '{1,NULL,3}', '{NULL}', '{NULL,1}', '{NULL,1}', '{NULL,"NULL",x}', '{NULL}', '{NULL}', '{NULL,ok,NULL}');
-- more elements than one byte of the null bitmap counts
INSERT INTO types_arrays (id, a2, at) SELECT 5, array_agg(CASE WHEN n % 3 > 0 THEN n END), array_agg(CASE WHEN n % 4 > 0 THEN repeat('x', n) END)
  FROM generate_series(1, 20) n;
-- an element that has no form fails the array
INSERT INTO types_arrays (id, an, and2) VALUES (6, '{1,NaN}', '{NaN}');
SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop');

-- further dimensions become null, lower bounds do not show; types that have no arrays in records are left out
CREATE TABLE types_odd (
  id integer PRIMARY KEY, m4 integer[][], mt text[][], lb integer[], am money[], anm name[], aiv interval[], ax xml[], ap point[],
  avb varbit[], adom types_positive[], aco types_pair[], iv int2vector, tail text);
INSERT INTO types_odd VALUES (1, '{{1,2},{3,4}}', '{{a,b},{c,d},{e,f}}', '[2:3]={7,8}', '{1.5}', '{n}', '{1 day}', ARRAY['<a/>'::xml],
  ARRAY['(1,2)'::point], '{101}', '{1,2}', ARRAY[ROW(1, 'a')::types_pair], '1 2', 'end');
INSERT INTO types_odd (id, m4, lb) VALUES (2, '{{{1},{2}},{{3},{NULL}}}', '[-1:0]={NULL,1}');
SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop');

-- in string mode
INSERT INTO types_arrays (id, an, and2) VALUES (7, '{1.50,NaN}', '{1.2,NULL}');
SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'decimal.handling.mode', 'string',
  'column.include.list', 'public.types_arrays.(id|an|and2)');

SELECT pg_drop_replication_slot('types');
DROP TABLE types_arrays, types_odd;
DROP TYPE types_mood, types_pair;
DROP DOMAIN types_positive;
