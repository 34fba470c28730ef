-- Plans follow the catalogs as of the change; what a default would do is never done.
SET synchronous_commit = on;
SET client_min_messages = warning;
\set record 'data::json->''key'' AS key, data::json->''value''->>''op'' AS op, data::json->''value''->''before'' AS before, data::json->''value''->''after'' AS after'
CREATE FUNCTION ddl_default() RETURNS int LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'a default was evaluated'; END$$;
CREATE TABLE ddl_t (id int PRIMARY KEY, v text);
SELECT 'slot' FROM pg_create_logical_replication_slot('ddl', 'penstock');

-- a default that cannot be evaluated, and a function of a user's; both columns show in a key-only old tuple
CREATE TABLE ddl_poison (id int PRIMARY KEY, zero int NOT NULL DEFAULT (1 / 0), called int NOT NULL DEFAULT ddl_default(), late timestamptz NOT NULL DEFAULT now());
INSERT INTO ddl_poison VALUES (1, 1, 1, '2026-01-01 00:00:00Z');
DELETE FROM ddl_poison;
SELECT :record FROM pg_logical_slot_get_changes('ddl', NULL, NULL);

-- columns that come and go, renames, keys that change: each row as its table was
INSERT INTO ddl_t VALUES (1, 'a');
ALTER TABLE ddl_t ADD COLUMN n int NOT NULL DEFAULT 7;
UPDATE ddl_t SET v = 'fast default';
ALTER TABLE ddl_t DROP COLUMN v;
INSERT INTO ddl_t VALUES (2, 8);
ALTER TABLE ddl_t RENAME COLUMN n TO renamed;
INSERT INTO ddl_t VALUES (3, 9);
ALTER TABLE ddl_t DROP CONSTRAINT ddl_t_pkey;
INSERT INTO ddl_t VALUES (4, 10);
ALTER TABLE ddl_t ADD PRIMARY KEY (renamed);
INSERT INTO ddl_t VALUES (5, 11);
SELECT :record FROM pg_logical_slot_get_changes('ddl', NULL, NULL);

-- all of it in one transaction, an index that is dropped in its middle included
CREATE TABLE ddl_index (a int NOT NULL, b int NOT NULL);
CREATE UNIQUE INDEX ddl_index_a ON ddl_index (a);
CREATE UNIQUE INDEX ddl_index_b ON ddl_index (b);
BEGIN;
INSERT INTO ddl_index VALUES (1, 2);
DROP INDEX ddl_index_a;
INSERT INTO ddl_index VALUES (3, 4);
DROP INDEX ddl_index_b;
INSERT INTO ddl_index VALUES (5, 6);
ALTER TABLE ddl_index ADD COLUMN c text;
INSERT INTO ddl_index VALUES (7, 8, 'c');
COMMIT;
DROP TABLE ddl_index;
SELECT :record FROM pg_logical_slot_get_changes('ddl', NULL, NULL);

-- a label that is new, and one that gets another name
CREATE TYPE ddl_mood AS ENUM ('sad', 'ok');
CREATE TABLE ddl_enum (id int PRIMARY KEY, mood ddl_mood, moods ddl_mood[]);
INSERT INTO ddl_enum VALUES (1, 'ok', '{sad}');
ALTER TYPE ddl_mood ADD VALUE 'happy' BEFORE 'ok';
INSERT INTO ddl_enum VALUES (2, 'happy', '{happy,ok}');
ALTER TYPE ddl_mood RENAME VALUE 'sad' TO 'blue';
INSERT INTO ddl_enum VALUES (3, 'blue', '{blue}');
SELECT data::json->'value'->'after' AS after FROM pg_logical_slot_get_changes('ddl', NULL, NULL);

-- names of schema and table
CREATE SCHEMA ddl_old;
CREATE TABLE ddl_old.t (id int PRIMARY KEY);
INSERT INTO ddl_old.t VALUES (1);
ALTER SCHEMA ddl_old RENAME TO ddl_new;
INSERT INTO ddl_new.t VALUES (2);
ALTER TABLE ddl_new.t RENAME TO u;
INSERT INTO ddl_new.u VALUES (3);
SELECT data::json->>'topic' AS topic, data::json->'key' AS key FROM pg_logical_slot_get_changes('ddl', NULL, NULL, 'topic.prefix', 's');

-- a rewrite of the table is told, in frames by a notice, and has no records
INSERT INTO ddl_t VALUES (20, 20);
ALTER TABLE ddl_t ALTER renamed TYPE bigint USING renamed * 10;
INSERT INTO ddl_t VALUES (21, 21);
SELECT :record FROM pg_logical_slot_peek_changes('ddl', NULL, NULL);
SELECT count(*) FROM pg_logical_slot_get_binary_changes('ddl', NULL, NULL, 'format', 'frames')
  WHERE encode(data, 'escape') ~ 'n\\000w\\000';

SELECT pg_drop_replication_slot('ddl');
DROP TABLE ddl_t, ddl_poison, ddl_enum;
DROP SCHEMA ddl_new CASCADE;
DROP TYPE ddl_mood;
DROP FUNCTION ddl_default();
