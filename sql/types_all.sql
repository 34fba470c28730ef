-- Every type of an empty database, and its arrays: whatever stands in a column, nothing raises an ERROR, and what is written
-- is JSON. What has a form of its own, what is text if include.unknown.datatypes is set, what is left out.
SET synchronous_commit = on;
SET jit = off;
SET client_min_messages = error;  -- which values have no form shows in the records
\pset format unaligned
SET timezone = 'UTC';
SET lc_monetary = 'C';

-- a table a type, with each of these values that the type takes, what the catalogs hold of it, and NULL
CREATE TABLE types_tried (text text);
INSERT INTO types_tried VALUES (''), ('0'), ('1'), ('-1'), ('42'), ('127'), ('-32768'), ('2147483647'), ('-9223372036854775808'), ('1e300'),
  ('-1e-300'), ('0.1'), ('-0'), ('NaN'), ('Infinity'), ('-Infinity'), ('9' || repeat('0', 2000)), ('0.' || repeat('0', 2000) || '1'), ('t'),
  ('f'), ('a'), ('"a" \ b'), (E'\x01\x1f\x7f'), (E'\U0001F418\u2028'), ('{}'), ('{1,NULL,3}'), ('{{1,2},{3,4}}'), ('[5:6]={1,2}'), ('[1,2]'), ('{"a": [1, null]}'),
  ('"\u0001"'), ('null'), ('<a/>'), ('\x00ff'), ('B101'), ('101'), (repeat('01', 600)), ('now'), ('epoch'), ('2020-02-29'), ('4713-01-01 BC'),
  ('294276-12-31 23:59:59.999999'), ('5874897-12-31'), ('24:00:00'), ('00:00:00+15:59'), ('23:59:59.999999-15:59'), ('1 year -1 day 00:00:00.000001'),
  ('-178000000 years'), ('2147483647 days'), ('10.1.2.3/8'), ('::ffff:1.2.3.4/128'), ('08:00:2b:01:02:03'), ('08:00:2b:01:02:03:04:05'),
  ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'), ('(1,2)'), ('((0,0),(1,1))'), ('[(0,0),(1,1)]'), ('<(1,2),3>'), ('<(NaN,Infinity),0>'), ('{1,2,3}'), ('empty'),
  ('[1,5)'), ('(,)'), ('[2020-01-01,infinity)'), ('["2020-01-01 00:00:00","2020-01-02 00:00:00")'), ('[0.1,0.2]'), ('{[1,3),[5,9)}'),
  ('{[2020-01-01,2020-02-01),(,2000-01-01)}'), ('fat & !rat:AB <2> cat'), ('a:1A b:2,3'), ('$.a[*] ? (@ > 1)'), ('16/B374D848'), ('10:20:10,14,15'),
  ('pg_class'), ('pg_catalog.int4'), ('4294967295'), ('18446744073709551615'), ('postgres'), ('english'), ('"C"'), ('+(integer,integer)'), ('pg_catalog.abs(integer)'),
  ('=r/postgres'), ('YES'), ('1 2 3'), (repeat('x', 63)), (repeat('ž', 5000));
CREATE TABLE types_made (type oid PRIMARY KEY, name text, element oid, accepted integer);
INSERT INTO types_made SELECT oid, format_type(oid, NULL), CASE WHEN typcategory = 'A' AND typlen = -1 AND typelem <> 0 THEN typelem ELSE 0 END
  FROM pg_type WHERE typtype IN ('b', 'd', 'e', 'r', 'm') AND typisdefined AND oid < 16384 AND typnamespace <> 'pg_toast'::regnamespace;

CREATE FUNCTION types_fill() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  made types_made;
  tried text;
  place record;
BEGIN
  FOR made IN SELECT * FROM types_made ORDER BY element <> 0, type LOOP
    BEGIN
      EXECUTE format('CREATE TABLE types_all_%s (v %s)', made.type, made.name);
    EXCEPTION WHEN invalid_table_definition THEN  -- pseudo-types, and rows that have them
      DELETE FROM types_made WHERE type = made.type;
      CONTINUE;
    END;
    FOR tried IN SELECT text FROM types_tried LOOP
      BEGIN
        EXECUTE format('INSERT INTO types_all_%s VALUES (%L)', made.type, tried);
      EXCEPTION WHEN OTHERS THEN NULL;
      END;
    END LOOP;
    FOR place IN SELECT attrelid::regclass AS relation, attname FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid
        WHERE atttypid = made.type AND relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND attnum > 0 LIMIT 3 LOOP
      EXECUTE format('INSERT INTO types_all_%s SELECT %I FROM %s WHERE %2$I IS NOT NULL LIMIT 3', made.type, place.attname, place.relation);
    END LOOP;
    IF made.element <> 0 AND to_regclass('types_all_' || made.element) IS NOT NULL THEN
      BEGIN
        EXECUTE format('INSERT INTO types_all_%1$s SELECT array_agg(v) FROM types_all_%2$s UNION ALL SELECT array_agg(v) FROM types_all_%2$s WHERE v IS NOT NULL HAVING count(v) > 0', made.type, made.element);
      EXCEPTION WHEN OTHERS THEN NULL;
      END;
    END IF;
    EXECUTE format('INSERT INTO types_all_%s VALUES (NULL)', made.type);
    EXECUTE format('UPDATE types_made SET accepted = (SELECT count(v) FROM types_all_%s) WHERE type = %1$s', made.type);
  END LOOP;
END $$;
SELECT 'slot' FROM pg_create_logical_replication_slot('types', 'penstock');
DO 'BEGIN PERFORM types_fill(); END';
SELECT count(*) > 150 AS many, sum(accepted) > 1500 AS values FROM types_made;
-- nothing to try them with
SELECT string_agg(name, ', ' ORDER BY name) FROM types_made WHERE accepted = 0 AND element = 0 AND name !~ 'brin|multirange';

CREATE FUNCTION types_look(VARIADIC options text[], OUT type oid, OUT after json) RETURNS SETOF record LANGUAGE sql AS $$
  SELECT substring(value -> 'source' ->> 'table' FROM 'types_all_(.*)')::oid, value -> 'after'
    FROM (SELECT data::json -> 'value' AS value FROM pg_logical_slot_peek_changes('types', NULL, NULL, VARIADIC
      options || ARRAY['topic.prefix', 'shop', 'table.include.list', 'public.types_all_.*'])) a
$$;

CREATE TEMP TABLE types_plain AS SELECT * FROM types_look('include.unknown.datatypes', 'false');
CREATE TEMP TABLE types_bytes AS SELECT * FROM types_look('include.unknown.datatypes', 'true');
SELECT count(*) = (SELECT sum(accepted) + count(*) FROM types_made) AS every_row FROM types_plain;
SELECT count(*) = (SELECT sum(accepted) + count(*) FROM types_made) AS every_row FROM types_bytes;
-- other modes
SELECT count(*) = (SELECT count(*) FROM types_plain) AS every_row FROM types_look('include.unknown.datatypes', 'true',
  'binary.handling.mode', 'hex', 'decimal.handling.mode', 'string', 'time.precision.mode', 'isostring', 'interval.handling.mode', 'string');
SELECT count(*) = (SELECT count(*) FROM types_plain) AS every_row FROM types_look('include.unknown.datatypes', 'true',
  'binary.handling.mode', 'base64-url-safe', 'decimal.handling.mode', 'double', 'time.precision.mode', 'nanoseconds');
SELECT count(*) = (SELECT count(*) FROM types_plain) AS every_row FROM types_look('include.unknown.datatypes', 'true',
  'binary.handling.mode', 'base64', 'value.converter.decimal.format', 'NUMERIC', 'time.precision.mode', 'connect');
-- and with another session
SET datestyle = 'SQL, DMY';
SET bytea_output = 'escape';
SET timezone = 'Asia/Tokyo';
SET extra_float_digits = -9;
SET search_path = pg_catalog;
SELECT count(*) = 0 AS nothing_else FROM (SELECT type, after::text FROM public.types_look('include.unknown.datatypes', 'true')
  EXCEPT ALL SELECT type, after::text FROM types_bytes) a;
RESET ALL;
SET synchronous_commit = on;
SET jit = off;

CREATE TEMP TABLE types_forms AS SELECT m.*,
    CASE WHEN EXISTS (SELECT FROM types_plain p WHERE p.type = m.type AND after -> 'v' IS NOT NULL) THEN 'own form'
      WHEN EXISTS (SELECT FROM types_bytes b WHERE b.type = m.type AND after -> 'v' IS NOT NULL) THEN 'text, if asked for' ELSE 'never' END AS form,
    (SELECT count(*) FROM types_bytes b WHERE b.type = m.type AND after ->> 'v' IS NOT NULL) AS written
  FROM types_made m;
-- types that all versions have; arrays after them, those of relations' rows left aside
\set common 'name !~ ''brin|multirange'' AND coalesce((SELECT typtype FROM pg_type WHERE oid = element), ''b'') <> ''c'''
SELECT form, element <> 0 AS arrays, string_agg(name, ', ' ORDER BY name) FROM types_forms WHERE :common GROUP BY 1, 2 ORDER BY 1, 2;
SELECT count(*) AS multiranges_and_rows_with_another_form FROM types_forms WHERE NOT (:common) AND form <> 'text, if asked for';
-- types with values that are written as null (and interval, which can be infinite from 17 on); in arrays whose elements are asked for as
-- text that is so where one is NULL
SELECT string_agg(name, ', ' ORDER BY name) FROM types_forms WHERE accepted <> written AND name <> 'interval'
  AND (form = 'own form' OR form <> 'never' AND element = 0);

SELECT pg_drop_replication_slot('types');
DO $$
DECLARE
  made types_made;
BEGIN
  FOR made IN SELECT * FROM types_made LOOP
    EXECUTE format('DROP TABLE types_all_%s', made.type);
  END LOOP;
END $$;
DROP FUNCTION types_look, types_fill;
DROP TABLE types_made, types_tried;
