-- Databases that are not UTF-8: values are converted, and what has no form in UTF-8 becomes U+FFFD. Lines of JSON leave
-- through the server's encoding, so they are ASCII there.
\pset format unaligned
SELECT current_database() AS home \gset
CREATE DATABASE types_latin1 TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C';
CREATE DATABASE types_win1251 TEMPLATE template0 ENCODING 'WIN1251' LOCALE 'C';
CREATE DATABASE types_sql_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C';
\set after 'split_part(split_part(data, ''"after":'', 2), '',"source":'', 1) AS after'

\c types_latin1
SET synchronous_commit = on;
CREATE TABLE encoded (t text, a text[], c char(3), j jsonb);
SELECT 'slot' FROM pg_create_logical_replication_slot('types', 'penstock');
INSERT INTO encoded VALUES (chr(233) || ' " ' || chr(255), ARRAY[chr(233)], chr(233), to_jsonb(chr(233)));
INSERT INTO encoded VALUES (repeat(chr(233), 20));
DO $$ BEGIN EXECUTE format('CREATE TYPE label AS ENUM (%L)', chr(228)); EXECUTE format('CREATE TABLE %I (%I label)', 't' || chr(228), 'c' || chr(246));
  EXECUTE format('INSERT INTO %I VALUES (%L)', 't' || chr(228), chr(228)); END $$;
SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop');
SELECT pg_drop_replication_slot('types');

-- 0x98 is no character of this encoding
\c types_win1251
SET synchronous_commit = on;
CREATE TABLE encoded (t text);
SELECT 'slot' FROM pg_create_logical_replication_slot('types', 'penstock');
INSERT INTO encoded VALUES (chr(228) || chr(152) || chr(255)), (chr(152)), ('ascii' || chr(152));
SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop');
SELECT pg_drop_replication_slot('types');

-- any bytes
\c types_sql_ascii
SET synchronous_commit = on;
CREATE TABLE encoded (t text);
SELECT 'slot' FROM pg_create_logical_replication_slot('types', 'penstock');
INSERT INTO encoded VALUES (E'\xc3\xa9 is UTF-8'), (E'\xe9 is not'), (E'\xf0\x9f\x90\x98'), (E'cut \xf0\x9f\x90'), (E'\xff\xfe\x80'),
  (E'surrogate \xed\xa0\x80'), (E'overlong \xc0\x80');
SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop');
SELECT pg_drop_replication_slot('types');

\c :home
DROP DATABASE types_latin1;
DROP DATABASE types_win1251;
DROP DATABASE types_sql_ascii;
