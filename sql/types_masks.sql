-- Column mappers: truncation, stars, hashes. The digests here are those of Python's hashlib; Java's serialised form of a
-- string is AC ED 00 05 74, two bytes of length (7C and eight from 64 KiB on), and modified UTF-8.
SET synchronous_commit = on;
SET client_min_messages = warning;
\pset format unaligned
\set SHOW_CONTEXT never
\set after 'split_part(split_part(data, ''"after":'', 2), '',"source":'', 1) AS after'
\set before 'split_part(split_part(data, ''"before":'', 2), '',"after":'', 1) AS before'

CREATE TYPE types_mood AS ENUM ('sad', 'a long mood');
CREATE DOMAIN types_code AS varchar(10);
CREATE TABLE types_masked (id integer PRIMARY KEY, t text, v varchar(12), c char(4), q "char", nm name, d types_code DEFAULT 'dflt',
  e types_mood, u uuid, j json, n integer, b bytea, ta text[], tz timestamptz, nn varchar(40) NOT NULL,
  vn varchar(12) NOT NULL DEFAULT 'deflt');
ALTER TABLE types_masked ALTER t SET STORAGE EXTERNAL, ALTER b SET STORAGE EXTERNAL;
SELECT 'slot' FROM pg_create_logical_replication_slot('types', 'penstock');
INSERT INTO types_masked VALUES (1, 'a long text', 'varying', 'ab', 'c', 'a name', 'code', 'a long mood',
  'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a": 1}', 42, '\x0102030405', '{abc,def}', '2020-01-01 00:00:00+00', 'needed', 'v'),
  (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '', 'w'),
  (3, E'12345678\U0001F418xyz', E'"\\\n\u20ac\U0001F418', 'ž', '', 'ž', 'ž', 'sad', NULL, NULL, NULL, '\xff', NULL, NULL, E'\U0001F418', 'x');
\set look 'pg_logical_slot_peek_changes(''types'', NULL, NULL, ''topic.prefix'', ''shop'''
\set all '''public.types_masked.(?!id).*'''

-- stars: character types only, NULL and defaults too
SELECT :after FROM :look, 'column.mask.with.5.chars', :all);
SELECT :after FROM :look, 'column.mask.with.0.chars', 'public.types_masked.t,PUBLIC[.]TYPES_MASKED[.]V');
-- the first 9, 3, 1 and 0 UTF-16 units of strings, or bytes; where the column can be longer than that
SELECT :after FROM :look, 'column.truncate.to.9.chars', :all);
SELECT :after FROM :look, 'column.truncate.to.3.chars', :all);
SELECT :after FROM :look, 'column.truncate.to.1.chars', :all);
SELECT :after FROM :look, 'column.truncate.to.0.chars', :all);
-- a hash is cut to the column's length; keys are left alone
SELECT :after FROM :look, 'column.mask.hash.v2.MD5.with.salt.s', '.*');
SELECT split_part(split_part(data, '"key":', 2), '}', 1) AS key FROM :look, 'column.mask.hash.v2.MD5.with.salt.s', '.*',
  'message.key.columns', 'public.types_masked:t');
-- of several rules the first kind counts: truncation, stars, hash, hash.v2
SELECT :after FROM :look, 'column.mask.hash.v2.MD5.with.salt.s', '.*[.](t|v|c|nm)', 'column.mask.with.2.chars', '.*[.](t|v|c)',
  'column.truncate.to.1.chars', '.*[.](t|v)', 'column.include.list', '.*[.](id|t|v|c|nm)', 'column.mask.hash.MD5.with.salt.s', '.*[.](t|v|c)');
SELECT count(*) FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop');

-- what an old row does not hold, and what is stored out of line
INSERT INTO types_masked (id, t, b, nn) SELECT 4, string_agg(md5(n::text), ''), decode(string_agg(md5(n::text), ''), 'hex'), 'x'
  FROM generate_series(1, 200) n;
SELECT count(*) FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop');
UPDATE types_masked SET n = 1 WHERE id = 4;
DELETE FROM types_masked WHERE id = 1;
\set few '''column.include.list'', ''.*[.](id|t|v|b|nn|vn|d)'', ''tombstones.on.delete'', ''false'''
SELECT :after FROM :look, :few, 'skipped.operations', 'd');
SELECT :after FROM :look, :few, 'skipped.operations', 'd', 'column.mask.with.2.chars', :all);
SELECT :after FROM :look, :few, 'skipped.operations', 'd', 'column.truncate.to.9.chars', :all);
SELECT encode(sha256('s__debezium_unavailable_value'), 'hex') = after::json ->> 't' AS t,
    left(encode(sha256('sx'), 'hex'), 40) = after::json ->> 'nn' AS nn
  FROM (SELECT :after FROM :look, :few, 'skipped.operations', 'd', 'column.mask.hash.v2.SHA-256.with.salt.s', :all)) a;
SELECT :before FROM :look, :few, 'skipped.operations', 'u');
SELECT :before FROM :look, :few, 'skipped.operations', 'u', 'column.mask.with.2.chars', :all);
SELECT :before FROM :look, :few, 'skipped.operations', 'u', 'column.truncate.to.3.chars', :all);
SELECT left(encode(sha256('s'), 'hex'), 40) = before::json ->> 'nn' AS nn, left(encode(sha256('sdeflt'), 'hex'), 12) = before::json ->> 'vn' AS vn,
    before::json ->> 't' IS NULL AS t, before::json ->> 'd' AS d
  FROM (SELECT :before FROM :look, :few, 'skipped.operations', 'u', 'column.mask.hash.v2.SHA-256.with.salt.s', :all)) a;
SELECT count(*) FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop');

-- every algorithm, with and without v2
CREATE TABLE types_hashed (id serial PRIMARY KEY, t text);
INSERT INTO types_hashed (t) VALUES 
  (''), ('ann@example.com'), (E'Žofie "q"\\\n\t\x01 \U0001F418€'), (repeat('x', 55)), (repeat('x', 56)),
  (repeat('x', 111)), (repeat('x', 112)), (repeat('x', 128)), (repeat('x', 136)), (repeat('x', 200)),
  (repeat('ž', 40000));
CREATE TABLE types_digests (algorithm text, version integer, second text, all_of_them text);
INSERT INTO types_digests VALUES
  ('MD5', 1, '424c995404e9f03a8a5c037d1127030f',
    '5255ceb270aa41a43600b63770220a06'),
  ('MD5', 2, 'fbad0672399da48a23727233e3d9e061',
    '8985a0b445abad128bd9738a1a0a80c1'),
  ('SHA-1', 1, '2ee25cb6d625bba9aef36ad3de880fd67025887d',
    'b2f361cff924086e6e35f9f41c62dc85'),
  ('SHA-1', 2, '141bd7fa89af3c863137685ab9e0337788726f26',
    '8e0618115fd4bd70dc051452d13e878f'),
  ('SHA-224', 1, 'fc6ca9ed30a2e3a49a8469f8c3c777cc8aa4402d62ad3a0c700c30e2',
    '7b7033f183714068ab07eece389372ac'),
  ('SHA-224', 2, 'edfea6a1c2aa8ca948f696d4f9460050fb20292f481f44b8b41bbfd1',
    '293b993e66238658c5ab3ed9bbd56f83'),
  ('SHA-256', 1, '74099eb3686f2b3fe76fc316b773817fb57a7f62b6920e47c3fe2d213b357221',
    'b1db7454d2c45aeed2e57b381ddc1081'),
  ('SHA-256', 2, '831740710d6a8225c6ad8e71610353afdfcf9f6a3caa448dc11ab17a513081c2',
    '7d6e38227cda9f01e5307c6ad9965c86'),
  ('SHA-384', 1, '794921b613fd69d42dd53fbe835e4a22412846bdf695295fb55cf994077ab463872793870988586257984bcc5208e491',
    '47638f1884cefccd4a94134e82851cae'),
  ('SHA-384', 2, '4b61973ec0f334385ec99c57f0c620ddee475bacb946197822709fb1e4b5d823652cb843754e6021ad288d3e14d81fe7',
    '97fde3c6fff944a1bf50593fe71c7f03'),
  ('SHA-512', 1, 'f58f60b76e6c88aa78aed3e88f15c16dab1feaa544e7ccc8dc96295926c86a759130ffd457f2c1b67b57a7aa19b9d0310aa804b4d4ec37081fe027e3a2fb9306',
    '9a950f717a8b54ff157f75be77bccf29'),
  ('SHA-512', 2, '533dbae07f7b8a79e3683b031c9484d17a8eacccbf31056a5746e7666257bcdb6c93d6f38bfac2ee45e01b855f85e171bd4653f37d4cc831006a9771630a4c72',
    'b12f21571083517c9bcb979f49af606f'),
  ('SHA-512/224', 1, '8c0edcab27dd51641980edf0d808fb94e98d0e303c7cb21c20666412',
    'b7e5acba50bff22a74d15958f0df036b'),
  ('SHA-512/224', 2, 'a5d7aca4cefc702c7e9b288a221bccabc5b22c76fa5986f6ae80e1d9',
    '771d75058d15e9301e9222a5cd6d3328'),
  ('SHA-512/256', 1, '5519a1ecc8d59ab6ce9e74894d83d01d6fa08f69a6f48d07d0143e90bb463ad9',
    'cac71921efe0e026ba42852e16d23a07'),
  ('SHA-512/256', 2, '69f8ac55c84b187202ea37b7f7d5705d9917e947777ed616dba0efb18e5be18d',
    '727819a411b5df561612eaffc1edc1f7'),
  ('SHA3-224', 1, 'dd546d0254ebef6312a87918d4fd829e23010a1a06bc933b03efde20',
    'f96d7d3a94381e777ace5de7ba89f197'),
  ('SHA3-224', 2, '7155cdf257f1372ae4f3730375fe7e6093b03574d3d3b32f8d12984d',
    'b59657cb1283c1130ad1911da4d80e85'),
  ('SHA3-256', 1, 'bc3ab17d179c57fe9aa49ced1a2b765e9c732cf94c4147e2478c5503c3b2efd7',
    '471fe0380eb6599e506d75faccd833ec'),
  ('SHA3-256', 2, '93778df32fadaae846bc60054b38c7f256ae2c8dedf27085f66612a6f282edf9',
    'da636c46de1dcda9e142658baca75d2f'),
  ('SHA3-384', 1, '1bcdcc3f5c55133f86aead3289815ab2380f15c13b2b9432ae52b9f59c924f60859cbeeb8daa9bbf4861f077658be246',
    'b39d1837f1aa9aec601ef5fc376d913b'),
  ('SHA3-384', 2, '3b43cdd78681a40a535c2b102d35402945ce2ab9f8ce0a664f4e2f45df4d42841a678a43f1a08395d90354d0bde0c7e0',
    'd36b8860ee6ecdb97e53a0065e91fae1'),
  ('SHA3-512', 1, '2e2773e3746a3be9495d3514bc907db3997ad7ce62d3ee86ea65d4457a3e8fc85dd4e3fd9c3265ff9a9b6fe0273b46774d8d911f70f413eae55f310bb23ff3df',
    'd9e4b75f9317197f524a79b2cb9e350c'),
  ('SHA3-512', 2, '16823201430dbc2b23457cc385dcad9e24e293ab06962111be825bb9fd12bc331b59cf00c5a4b8df0c7b8ad5aeca3206b3a3f890259683ac9e8f92fbb6d6d27d',
    '6c5ecb6a0490d0011e6628bdc82bc0e8');
CREATE FUNCTION types_hash(algorithm text, version integer) RETURNS TABLE (second text, all_of_them text) LANGUAGE sql AS $$
  SELECT (array_agg(t))[2], md5(string_agg(t, ','))
    FROM (SELECT (data::json -> 'value' -> 'after' ->> 't') AS t FROM pg_logical_slot_peek_changes('types', NULL, NULL, 'topic.prefix', 'shop',
      'table.include.list', 'public.types_hashed', 'column.mask.hash.' || CASE version WHEN 2 THEN 'v2.' ELSE '' END || algorithm || '.with.salt.pepper',
      'public.types_hashed.t')) a
$$;
SELECT algorithm, version, length(d.second) / 2 AS bytes, h.second = d.second AS one, h.all_of_them = d.all_of_them AS all
  FROM types_digests d, types_hash(algorithm, version) h;
-- names in any case
SELECT h.second = d.second AS same FROM types_digests d, types_hash('sha-256', 2) h WHERE algorithm = 'SHA-256' AND version = 2;

-- a salt that the connection holds; the hexadecimal of "pepper" is the second one
SET penstock.salts = '00ff,706570706572';
CREATE FUNCTION types_held(salt text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT data::json -> 'value' -> 'after' ->> 't' FROM pg_logical_slot_peek_changes('types', NULL, NULL, 'topic.prefix', 'shop',
    'table.include.list', 'public.types_hashed', 'column.mask.hash.v2.SHA-256.with.salt.' || salt, '.*[.]t') LIMIT 2
$$;
SELECT count(*) FROM types_digests, types_held('@1') h WHERE second = h;
SELECT count(*) FROM types_digests, types_held('@0') h WHERE second = h;
SELECT types_held('@2');
SELECT types_held('@x');
RESET penstock.salts;
SELECT types_held('@0');
-- mistakes; no salt is shown
SELECT 1 FROM :look, 'column.mask.hash.MD2.with.salt.secret', '.*');
SELECT 1 FROM :look, 'column.mask.hash.v2.SHA-257.with.salt.secret', '.*');
SELECT 1 FROM :look, 'column.mask.hash.SHA-256.salt.secret', '.*');
SELECT 1 FROM :look, 'column.mask.hash.SHA-256.with.salt.secret', '(');
SELECT 1 FROM :look, 'column.mask.with.x.chars', '.*');
SELECT 1 FROM :look, 'column.truncate.to.-1.chars', '.*');
SELECT 1 FROM :look, 'column.truncate.to.99999999999.chars', '.*');

SELECT pg_drop_replication_slot('types');
DROP FUNCTION types_hash, types_held;
DROP TABLE types_masked, types_hashed, types_digests;
DROP TYPE types_mood;
DROP DOMAIN types_code;
