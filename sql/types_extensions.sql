-- Types of contrib modules, known by name: citext, ltree, hstore.
SET synchronous_commit = on;
SET client_min_messages = warning;
\pset format unaligned
\set after 'split_part(split_part(data, ''"after":'', 2), '',"source":'', 1) AS after'
\set before 'split_part(split_part(data, ''"before":'', 2), '',"after":'', 1) AS before'

CREATE EXTENSION citext;
CREATE EXTENSION ltree;
CREATE EXTENSION hstore;
CREATE TABLE types_extensions (id integer PRIMARY KEY, ct citext, lt ltree, h hstore, cta citext[], lta ltree[], ha hstore[]);
ALTER TABLE types_extensions ALTER h SET STORAGE EXTERNAL;
SELECT 'slot' FROM pg_create_logical_replication_slot('types', 'penstock');

INSERT INTO types_extensions VALUES (1, 'CiText "q"', 'Top.Science.Astro', 'key1=>val1, key2=>NULL', '{Ci,tExt}', '{a.b,c}',
  ARRAY['key4=>val4,key5=>NULL'::hstore, 'key6=>val6']);
INSERT INTO types_extensions VALUES (2, '', '', '', '{}', '{}', '{}');
INSERT INTO types_extensions (id) VALUES (3);
-- members in the order of a Java HashMap, which grows with their number
INSERT INTO types_extensions (id, h) VALUES
  (4, 'a=>1,b=>2,c=>3,aa=>4,bb=>5,zeta=>6,alpha=>7,Beta=>8,"key with space"=>"v \" \\ ž",k9=>9,k10=>10,k11=>11,k12=>12,k13=>13'),
  (5, 'Aa=>1,BB=>2,"AaBB"=>3,"BBAa"=>4,"ключ"=>"значение",""=>empty,n=>"NULL"'),
  (6, hstore(ARRAY[E'\U0001F418', E'c\n\x01'], ARRAY[E'e \U0001F418', E'"\\\t']));
SELECT :after FROM pg_logical_slot_peek_changes('types', NULL, NULL, 'topic.prefix', 'shop');
SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'hstore.handling.mode', 'map',
  'column.include.list', 'public.types_extensions.(id|h|ha)');

UPDATE types_extensions SET h = hstore('k', repeat('h', 3000)) WHERE id = 3;
UPDATE types_extensions SET ct = 'other' WHERE id = 3;
SELECT left(a.after, 100) FROM (SELECT :after
  FROM pg_logical_slot_peek_changes('types', NULL, NULL, 'topic.prefix', 'shop')) a;
SELECT left(a.after, 100) FROM (SELECT :after
  FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'hstore.handling.mode', 'map')) a;

CREATE TABLE types_required (id integer PRIMARY KEY, ct citext NOT NULL, lt ltree NOT NULL, h hstore NOT NULL);
INSERT INTO types_required VALUES (1, 'ct', 'lt', 'a=>b');
DELETE FROM types_required;
SELECT :before FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'tombstones.on.delete', 'false');

-- of isn only isbn has a form
CREATE EXTENSION isn;
CREATE TABLE types_isn (id integer PRIMARY KEY, i isbn NOT NULL, e ean13, i13 isbn13, ai isbn[], tail text);
INSERT INTO types_isn VALUES (1, '0-393-04002-X', '978-0-393-04002-9', '978-0-393-04002-9', '{0-393-04002-X,NULL}', 'end');
DELETE FROM types_isn;
SELECT :after FROM pg_logical_slot_peek_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'skipped.operations', 'd');
SELECT :before FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'skipped.operations', 'c',
  'tombstones.on.delete', 'false');

SELECT pg_drop_replication_slot('types');
DROP TABLE types_extensions, types_required, types_isn;
DROP EXTENSION isn;
DROP EXTENSION citext;
DROP EXTENSION ltree;
DROP EXTENSION hstore;
