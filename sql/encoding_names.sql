-- Names, keys, patterns and messages in databases that are not UTF-8: frames hold UTF-8, lines of JSON are ASCII, topics are sanitised.
\pset format unaligned
SELECT current_database() AS home \gset
CREATE DATABASE encoding_eucjp TEMPLATE template0 ENCODING 'EUC_JP' LOCALE 'C';
CREATE DATABASE encoding_latin1 TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C';
CREATE DATABASE encoding_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C';
\set shown 'data::json->>''topic'' AS topic, data::json->>''key'' AS key, split_part(split_part(data, ''"value":'', 2), '',"source":'', 1) AS value, substring(data FROM ''"schema":[^,]*,"table":[^,]*'') AS source'

\c encoding_eucjp
SET client_encoding = UTF8;
SET synchronous_commit = on;
CREATE SCHEMA "倉庫";
CREATE TYPE "色" AS ENUM ('赤', '青');
CREATE TABLE "倉庫"."注文 表" ("番号" text PRIMARY KEY, "色" "色" NOT NULL DEFAULT '青', "メモ" text DEFAULT 'なし', a text[], j json);
CREATE TABLE "倉庫"."隠す" (id int);
SELECT 'slot' FROM pg_create_logical_replication_slot('encoding', 'penstock');
INSERT INTO "倉庫"."注文 表" VALUES ('一', '赤', '日本語 "引用" \', '{漢,字}', '{"鍵": "値"}'), ('二', '青', NULL, NULL, NULL);
UPDATE "倉庫"."注文 表" SET "番号" = '三' WHERE "番号" = '一';
DELETE FROM "倉庫"."注文 表" WHERE "番号" = '二';
INSERT INTO "倉庫"."隠す" VALUES (1);
SELECT 'message' FROM pg_logical_emit_message(true, '知らせ', '中身');
SELECT :shown FROM pg_logical_slot_peek_changes('encoding', NULL, NULL, 'topic.prefix', 'shop', 'table.include.list', '倉庫\.注文 .+', 'stable', 'true');
SELECT count(*) AS by_exclude FROM pg_logical_slot_peek_changes('encoding', NULL, NULL, 'topic.prefix', 'shop', 'table.exclude.list', '倉庫.隠す',
  'column.exclude.list', '倉庫.注文 表.メモ', 'message.prefix.exclude.list', '知.*') WHERE data NOT LIKE '%\\u30E1\\u30E2%';
SELECT position('\xe6b3a8e69687'::bytea IN data) > 0 AS name_is_utf8, position('\xe697a5e69cace8aa9e'::bytea IN data) > 0 AS value_is_utf8
  FROM pg_logical_slot_peek_binary_changes('encoding', NULL, NULL, 'topic.prefix', 'shop', 'format', 'frames') LIMIT 1;
SELECT pg_drop_replication_slot('encoding');

\c encoding_latin1
SET client_encoding = UTF8;
SET synchronous_commit = on;
CREATE TABLE "größe.é" ("ß" int PRIMARY KEY, "Ünit" text);
ALTER TABLE "größe.é" ALTER "Ünit" SET STORAGE EXTERNAL;
SELECT 'slot' FROM pg_create_logical_replication_slot('encoding', 'penstock');
INSERT INTO "größe.é" VALUES (1, repeat('é', 4000));
UPDATE "größe.é" SET "ß" = "ß";
UPDATE "größe.é" SET "ß" = 2;
SELECT data::json->>'topic' AS topic, data::json->>'key' AS key, substring(data FROM '"schema":[^,]*,"table":[^,]*') AS source, data::json->'headers' AS headers,
  substring(data FROM '"after":{"[^"]*":.,"[^"]*":"[^"]{1,28}') AS after
  FROM pg_logical_slot_peek_changes('encoding', NULL, NULL, 'topic.prefix', 'shop', 'table.include.list', 'public.GRößE\.é', 'stable', 'true',
  'unavailable.value.placeholder', 'fehlt é') WHERE data NOT LIKE '%"value":null%';
-- letters beyond ASCII match in their own case only, as in Java
SELECT count(*) FROM pg_logical_slot_peek_changes('encoding', NULL, NULL, 'topic.prefix', 'shop', 'table.include.list', 'public.grÖße.é,public.größe.É');
SELECT pg_drop_replication_slot('encoding');

-- any bytes, as names too
\c encoding_ascii
SET synchronous_commit = on;
SELECT 'slot' FROM pg_create_logical_replication_slot('encoding', 'penstock');
DO $$ BEGIN
  EXECUTE format('CREATE TABLE %I (%I int PRIMARY KEY, %I text)', E't\xff', E'k\xc3\xa9', E'v\xe9');
  EXECUTE format('INSERT INTO %I VALUES (1, %L)', E't\xff', E'\x80\xbf"');
  EXECUTE format('CREATE TABLE %I (a int)', repeat(E'\xc3\xa9', 31) || E'\xc3');
  EXECUTE format('INSERT INTO %I VALUES (1)', repeat(E'\xc3\xa9', 31) || E'\xc3');
  PERFORM pg_logical_emit_message(true, E'p\xfe', E'\xff');
END $$;
SELECT split_part(data, ',"source":', 1) AS record, substring(data FROM '"schema":[^,]*,"table":[^,]*') AS source
  FROM pg_logical_slot_peek_changes('encoding', NULL, NULL, 'topic.prefix', 'shop', 'stable', 'true');
SELECT count(*) FROM pg_logical_slot_peek_binary_changes('encoding', NULL, NULL, 'topic.prefix', 'shop', 'format', 'frames');
SELECT pg_drop_replication_slot('encoding');

\c :home
DROP DATABASE encoding_eucjp;
DROP DATABASE encoding_latin1;
DROP DATABASE encoding_ascii;
