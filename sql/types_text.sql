-- Characters, enums, xml: strings, escaped as Jackson does it.
SET synchronous_commit = on;
\pset format unaligned
\set after 'split_part(split_part(data, ''"after":'', 2), '',"source":'', 1) AS after'
\set before 'split_part(split_part(data, ''"before":'', 2), '',"after":'', 1) AS before'

CREATE TYPE types_mood AS ENUM ('sad', 'ok', 'happy', 'x "y"', 'žš');
CREATE DOMAIN types_code AS varchar(5);
CREATE TABLE types_text (
  id integer PRIMARY KEY, c char(5), c1 char, vc varchar(20), t text, nm name, qc "char", m types_mood, d types_code, x xml,
  tv tsvector);
SELECT 'slot' FROM pg_create_logical_replication_slot('types', 'penstock');

-- char(n) is padded as the server pads it; a name has no value in the stream
INSERT INTO types_text VALUES (1, 'abc', 'q', 'varying', 'text žš', 'nam', 'z', 'happy', 'abcde', '<foo attr="1">bar</foo>',
  'a fat cat sat:4B');
INSERT INTO types_text (id) VALUES (2);
INSERT INTO types_text VALUES (3, '', '', '', '', '', '', 'x "y"', '', '', '');
INSERT INTO types_text (id, m) VALUES (4, 'žš');
SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop');

-- escapes: short ones, other controls in upper-case hex, beyond the BMP as two; all else raw
CREATE TABLE types_escapes (t text);
INSERT INTO types_escapes VALUES (E'q " b \\ s / \b \f \n \r \t'), (E'\x01 \x1f \x7f'), (E'BMP é ž \u2028 \uFFFD 漢'),
  (E'beyond \U0001F418 \U00010000 \U0010FFFF'), (E'\U0001F418'), (E'\u00e9');
-- at every place of a word of eight bytes
INSERT INTO types_escapes SELECT repeat('a', n) || '"' || repeat('b', 9 - n) FROM generate_series(0, 9) n;
INSERT INTO types_escapes SELECT repeat('a', n) || E'\U0001F418' FROM generate_series(0, 9) n;
INSERT INTO types_escapes SELECT repeat('a', n) || E'\x1f' FROM generate_series(6, 9) n;
SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop');

-- long values, also of bytes that grow to six
INSERT INTO types_escapes VALUES (repeat(E'\x01', 20000)), (repeat('漢字"', 20000)), (repeat(E'\U0001F418', 20000));
WITH a AS MATERIALIZED (SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop'))
  SELECT length(after), after::json ->> 't' IN (SELECT t FROM types_escapes) AS equal FROM a;

-- a label that is added and used while the stream runs
INSERT INTO types_text (id, m) VALUES (10, 'ok');
ALTER TYPE types_mood ADD VALUE 'so la la';
INSERT INTO types_text (id, m) VALUES (11, 'so la la');
ALTER TYPE types_mood RENAME VALUE 'ok' TO 'fine';
INSERT INTO types_text (id, m) VALUES (12, 'fine');
SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'column.include.list', 'public.types_text.(id|m)');

CREATE TABLE types_required (id integer PRIMARY KEY, t text NOT NULL, c char(3) NOT NULL, m types_mood NOT NULL, x xml NOT NULL,
  nm name NOT NULL);
INSERT INTO types_required VALUES (1, 't', 'c', 'sad', '<a/>', 'n');
DELETE FROM types_required;
SELECT :before, :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'tombstones.on.delete', 'false');

SELECT pg_drop_replication_slot('types');
DROP TABLE types_text, types_escapes, types_required;
DROP TYPE types_mood;
DROP DOMAIN types_code;
