-- Types without a form of their own: their text as binary (include.unknown.datatypes), else left out.
SET synchronous_commit = on;
SET jit = off;
\pset format unaligned
\set after 'split_part(split_part(data, ''"after":'', 2), '',"source":'', 1) AS after'
\set before 'split_part(split_part(data, ''"before":'', 2), '',"after":'', 1) AS before'

CREATE SCHEMA types_space;
CREATE TYPE types_pair AS (street text, no int, since date, raw bytea, at timestamptz, price money, f float8);
CREATE DOMAIN types_positive AS integer;
CREATE DOMAIN types_box AS box;
CREATE TYPE types_span AS RANGE (subtype = timestamptz);
CREATE TYPE types_words AS RANGE (subtype = text, collation = "C");
CREATE TABLE types_space.hidden (id integer);
CREATE TABLE types_unknown (
  id integer PRIMARY KEY, bx box, ci circle, li line, ls lseg, pa path, po polygon, tq tsquery, pl pg_lsn, co types_pair,
  jp jsonpath, rc regclass, ro regoperator, sn txid_snapshot, xi xid, ti tid, rf refcursor, sp types_span, wo types_words,
  dbx types_box, nm name, ac aclitem, abx box[], aco types_pair[], adom types_positive[], arc regclass[], alq tsquery[], arf refcursor[],
  bits bit(3)[], iv int2vector, ov oidvector, tv tsvector[], tail text);
SELECT 'slot' FROM pg_create_logical_replication_slot('types', 'penstock');

INSERT INTO types_unknown VALUES (1, '((0,0),(1,1))', '<(10,20),10>', '{-1,0,0}', '[(0,0),(1,1.5)]', '((0,0),(1,1),(2,0))',
  '((0,0),(1,1),(2,0))', 'fat & rat', '16/B374D848',
  ROW('Main "St"', 5, '2020-02-01', '\x0102', '2020-02-01 00:00:00+00', 1234.5, 0.1::float8 + 0.2), '$.a[*]', 'pg_class',
  '+(integer,integer)', '10:20:10,14,15', '42', '(1,2)', 'portal', '["2020-01-01 00:00:00+00",)', '["a b",c)',
  '((0,0),(1,1))', 'n3', 'postgres=r/postgres', '{(1,1),(0,0);(3,4),(2,2)}',
  ARRAY[ROW('a', 1, '2021-12-31', '\xff', NULL, NULL, NULL)::types_pair, NULL], '{1,NULL}', '{pg_type,types_space.hidden}',
  ARRAY['!a | b'::tsquery], '{p}', '{101,110}', '1 2', '3 4294967295', ARRAY['a:1 b'::tsvector], 'text');
INSERT INTO types_unknown (id, bx, ci, li, ls, pa, po, rc, tail) VALUES (2, '((0.5,0),(1,1e10))', '<(1.5,-2),0>', '{1,2,3}',
  '[(0,0),(1e-7,1)]', '[(0,0),(1,1)]', '((0,0))', 'types_space.hidden', 'more'),
  (3, '((Infinity,-Infinity),(1,-0.0))', '<(NaN,1),2>', '{1e300,1e-300,0}', '[(-0.0,123456789),(0.001,0.0001)]', '((1,2))', '((1,2))',
  '4294967295', 'edges');
INSERT INTO types_unknown (id, tail) VALUES (4, 'nulls');

-- text does not depend on the session
SET timezone = 'Asia/Tokyo';
SET datestyle = 'SQL, DMY';
SET intervalstyle = 'iso_8601';
SET bytea_output = 'escape';
SET extra_float_digits = -5;
SET search_path = types_space, public;
SET quote_all_identifiers = on;
SELECT j.key, CASE WHEN j.key IN ('id', 'nm', 'tail', 'iv', 'ov', 'tv') OR j.value IS NULL THEN j.value
    WHEN j.value LIKE '[%' THEN (SELECT string_agg(coalesce(convert_from(decode(e, 'hex'), 'UTF8'), 'null'), ' | ' ORDER BY n)
      FROM json_array_elements_text(j.value::json) WITH ORDINALITY a(e, n))
    ELSE convert_from(decode(j.value, 'hex'), 'UTF8') END
  FROM (SELECT :after FROM pg_logical_slot_peek_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'include.unknown.datatypes', 'true',
    'binary.handling.mode', 'hex')) a, json_each_text(a.after::json) j;
SELECT current_setting('timezone'), current_setting('datestyle'), current_setting('search_path'), current_setting('bytea_output');
SELECT left(a.after, 130) FROM (SELECT :after FROM pg_logical_slot_peek_changes('types', NULL, NULL, 'topic.prefix', 'shop',
  'include.unknown.datatypes', 'true')) a;
RESET ALL;
SET synchronous_commit = on;
SET jit = off;
SELECT left(a.after, 130) FROM (SELECT :after FROM pg_logical_slot_peek_changes('types', NULL, NULL, 'topic.prefix', 'shop',
  'include.unknown.datatypes', 'true', 'binary.handling.mode', 'base64-url-safe')) a;
SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop');

-- absent and unavailable values
CREATE TABLE types_required (id integer PRIMARY KEY, bx box NOT NULL, co types_pair NOT NULL, abx box[] NOT NULL);
ALTER TABLE types_required ALTER co SET STORAGE EXTERNAL;
INSERT INTO types_required VALUES (1, '((0,0),(1,1))', ROW(repeat('x', 3000), 1, NULL, NULL, NULL, NULL, NULL), '{}');
UPDATE types_required SET bx = '((0,0),(2,2))';
DELETE FROM types_required;
SELECT length(split_part(data, '"op":', 1)) > 3000 AS long, left(data, 10) AS data FROM pg_logical_slot_peek_changes('types', NULL, NULL,
  'topic.prefix', 'shop', 'include.unknown.datatypes', 'true', 'binary.handling.mode', 'hex', 'tombstones.on.delete', 'false', 'stable', 'true');
SELECT :after FROM pg_logical_slot_peek_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'include.unknown.datatypes', 'true',
  'binary.handling.mode', 'hex', 'skipped.operations', 'c,d');
SELECT :before FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'include.unknown.datatypes', 'true',
  'skipped.operations', 'c,u', 'tombstones.on.delete', 'false');

SELECT pg_drop_replication_slot('types');
DROP TABLE types_unknown, types_required, types_space.hidden;
DROP TYPE types_pair, types_span, types_words;
DROP DOMAIN types_positive, types_box;
DROP SCHEMA types_space;
