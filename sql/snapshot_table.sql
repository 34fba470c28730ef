-- The table itself in a snapshot (no query): its rows as SELECT * gives them, and no expression of its owner's is run by the role that reads.
SET synchronous_commit = on;
SET client_min_messages = warning;
\set VERBOSITY terse
CREATE SCHEMA snap;
CREATE FUNCTION snap.rows(relation regclass, query text) RETURNS TABLE (row_after text) LANGUAGE sql AS $$
  SELECT DISTINCT m[1] FROM (SELECT encode(penstock.snapshot(relation, query, 'topic.prefix', 'shop'), 'escape') AS frame OFFSET 0) AS f,
    regexp_matches(frame, '"after":(\{[^{}]*\}),"source"', 'g') AS m
$$;
-- same RELATION: whether the table itself gives what the query gives, and how many rows
CREATE FUNCTION snap.same(relation regclass) RETURNS TABLE (same boolean, rows bigint) LANGUAGE plpgsql AS $$
DECLARE scanned text[]; asked text[]; name text := relation::text;
BEGIN
  SELECT array_agg(row_after ORDER BY row_after) INTO scanned FROM snap.rows(relation, NULL);
  SELECT array_agg(row_after ORDER BY row_after) INTO asked FROM snap.rows(relation, 'SELECT * FROM ' ||
    CASE (SELECT relkind FROM pg_class WHERE oid = relation) WHEN 'p' THEN '' ELSE 'ONLY ' END || name || ' AS t');
  RETURN QUERY SELECT scanned IS NOT DISTINCT FROM asked, cardinality(scanned)::bigint;
END $$;
CREATE TABLE snap.t (id int PRIMARY KEY, gone int, v text, big text);
ALTER TABLE snap.t ALTER COLUMN big SET STORAGE EXTERNAL;
INSERT INTO snap.t VALUES (1, 7, 'a', repeat('b', 5000)), (2, 7, NULL, NULL);
ALTER TABLE snap.t DROP COLUMN gone, ADD COLUMN later int DEFAULT 42, ADD COLUMN text_later text DEFAULT 'fast' NOT NULL;
INSERT INTO snap.t (id, v) VALUES (3, 'c');
DELETE FROM snap.t WHERE id = 2;
CREATE TABLE snap.child () INHERITS (snap.t);
INSERT INTO snap.child (id) VALUES (4);
SELECT replace(row_after, repeat('b', 5000), '5000b') FROM snap.rows('snap.t', NULL) ORDER BY 1;
SELECT replace(row_after, repeat('b', 5000), '5000b') FROM snap.rows('snap.t', '') ORDER BY 1;
SELECT * FROM snap.same('snap.t');
INSERT INTO snap.t SELECT i, NULL, repeat('x', i % 200) FROM generate_series(10, 6000) AS i;
SELECT * FROM snap.same('snap.t');
CREATE TABLE snap.empty (id int PRIMARY KEY);
SELECT * FROM snap.rows('snap.empty', NULL);
-- Partitions, of other layouts.
CREATE TABLE snap.root (id int NOT NULL, v text, n int DEFAULT 3) PARTITION BY RANGE (id);
CREATE TABLE snap.leaf (n int, gone int, v text, id int NOT NULL);
ALTER TABLE snap.leaf DROP COLUMN gone;
INSERT INTO snap.leaf VALUES (1, 'leaf', 1);
ALTER TABLE snap.root ATTACH PARTITION snap.leaf FOR VALUES FROM (0) TO (10);
CREATE TABLE snap.sub PARTITION OF snap.root FOR VALUES FROM (10) TO (30) PARTITION BY RANGE (id);
CREATE TABLE snap.sub1 PARTITION OF snap.sub FOR VALUES FROM (10) TO (20);
INSERT INTO snap.root VALUES (11, 'sub');
ALTER TABLE snap.root ADD COLUMN later text DEFAULT 'fast';
INSERT INTO snap.root VALUES (2, 'two', NULL, NULL);
CREATE PUBLICATION snap_root FOR TABLE snap.root WITH (publish_via_partition_root = true);
CREATE FUNCTION snap.root_rows(query text) RETURNS TABLE (row_after text) LANGUAGE sql AS $$
  SELECT DISTINCT m[1] FROM (SELECT encode(penstock.snapshot('snap.root', query, 'topic.prefix', 'shop', 'publication.name', 'snap_root', 'publish.via.partition.root', 'true'), 'escape') AS frame OFFSET 0) AS f,
    regexp_matches(frame, '"after":(\{[^{}]*\}),"source"', 'g') AS m
$$;
SELECT * FROM snap.root_rows(NULL) ORDER BY 1;
SELECT * FROM snap.root_rows('SELECT * FROM snap.root AS t') ORDER BY 1;
-- A partition that is not here is not read, so neither is the table.
CREATE FOREIGN DATA WRAPPER snap_nowhere;
CREATE SERVER snap_nowhere FOREIGN DATA WRAPPER snap_nowhere;
CREATE FOREIGN TABLE snap.far PARTITION OF snap.root FOR VALUES FROM (30) TO (40) SERVER snap_nowhere;
SELECT * FROM snap.root_rows(NULL);
DROP FOREIGN DATA WRAPPER snap_nowhere CASCADE;
-- A statement that is left before its end, a cursor, a snapshot in a subtransaction that fails.
SELECT count(*) FROM (SELECT penstock.snapshot('snap.t', NULL) LIMIT 1) AS f;
BEGIN;
DECLARE c CURSOR FOR SELECT penstock.snapshot('snap.t', NULL);
MOVE 1 IN c;
SAVEPOINT s;
MOVE 1 IN c;
ROLLBACK TO s;
CLOSE c;
SAVEPOINT s;
DECLARE c CURSOR FOR SELECT penstock.snapshot('snap.t', NULL);
MOVE 1 IN c;
ROLLBACK TO s;
DECLARE c CURSOR FOR SELECT penstock.snapshot('snap.t', NULL);
MOVE 1 IN c;
DROP TABLE snap.t;
ROLLBACK;
SELECT count(*) FROM (SELECT penstock.snapshot('snap.t', NULL) OFFSET 0) AS f;

-- Who owns a table decides what its indexes, statistics, constraints and partitions are computed by.
CREATE ROLE snap_owner;
CREATE ROLE snap_reader;
GRANT ALL ON SCHEMA snap TO snap_owner;
GRANT USAGE ON SCHEMA snap TO snap_reader;
CREATE SEQUENCE snap.calls;
GRANT ALL ON SEQUENCE snap.calls TO PUBLIC;
SET ROLE snap_owner;
CREATE FUNCTION snap.evil(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
  IF current_user = 'snap_reader' THEN PERFORM nextval('snap.calls'); END IF;
  RETURN 1;
END $$;
CREATE TABLE snap.owned (id int PRIMARY KEY, v int);
INSERT INTO snap.owned VALUES (1, 1), (2, 2);
CREATE INDEX ON snap.owned ((snap.evil(1) + id));
CREATE INDEX ON snap.owned (v) WHERE snap.evil(2) > 0 AND v > 0;
ALTER TABLE snap.owned ADD CHECK (snap.evil(3) > 0 AND v > 0);
GRANT SELECT ON snap.owned TO snap_reader;
CREATE TABLE snap.owned_root (id int, v int) PARTITION BY RANGE ((snap.evil(4) + id));
CREATE TABLE snap.owned_leaf PARTITION OF snap.owned_root FOR VALUES FROM (0) TO (100);
CREATE INDEX ON snap.owned_leaf ((snap.evil(5) + id));
INSERT INTO snap.owned_root VALUES (3, 3);
GRANT SELECT ON snap.owned_root TO snap_reader;
CREATE TABLE snap.hidden (id int PRIMARY KEY);
CREATE TABLE snap.part (id int PRIMARY KEY, v int);
GRANT SELECT (id) ON snap.part TO snap_reader;
CREATE TABLE snap.secured (id int PRIMARY KEY);
ALTER TABLE snap.secured ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON snap.secured TO snap_reader;
RESET ROLE;
CREATE PUBLICATION snap_owned FOR TABLE snap.owned_root WITH (publish_via_partition_root = true);
\connect -
SET client_min_messages = warning;
\set VERBOSITY terse
SET SESSION AUTHORIZATION snap_reader;
SET constraint_exclusion = on;
SELECT count(*) FROM (SELECT penstock.snapshot('snap.owned', NULL) OFFSET 0) AS f;
SELECT count(*) FROM (SELECT penstock.snapshot('snap.owned', 'SELECT * FROM ONLY snap.owned') OFFSET 0) AS f;
SELECT count(*) FROM (SELECT penstock.snapshot('snap.owned_root', NULL, 'publication.name', 'snap_owned', 'publish.via.partition.root', 'true') OFFSET 0) AS f;
SELECT "table" FROM penstock.tables('table.include.list', 'snap\.owned.*', 'publication.name', 'snap_owned') WHERE kind = 'table';
SELECT * FROM penstock.capture_findings('table.include.list', 'snap\.owned', 'publication.name', 'snap_owned') WHERE finding <> 'not published';
SELECT cardinality(penstock.selected_tables('table.include.list', 'snap\.owned.*'));
SELECT penstock.snapshot('snap.hidden', NULL);
SELECT penstock.snapshot('snap.part', NULL);
SELECT penstock.snapshot('snap.secured', NULL);
RESET SESSION AUTHORIZATION;
SELECT is_called AS evil_was_called FROM snap.calls;

-- A query runs as the caller, who may take no other role in it; its cursor is not another one by the next frame.
CREATE FUNCTION snap.another() RETURNS int LANGUAGE plpgsql AS $$
BEGIN SET LOCAL ROLE snap_reader; RETURN 1; END $$;
SELECT penstock.snapshot('snap.t', 'SELECT * FROM snap.t AS t WHERE snap.another() = 1');
CREATE FUNCTION snap.swap(frame bytea) RETURNS int LANGUAGE plpgsql AS $$
DECLARE name text;
BEGIN
  FOR name IN SELECT c.name FROM pg_cursors AS c WHERE c.statement LIKE '%snap.t AS swapped' LOOP
    EXECUTE format('CLOSE %I', name);
    EXECUTE format('DECLARE %I NO SCROLL CURSOR FOR SELECT g, g, g, g, g, g, g, g, g FROM generate_series(1, 1000) AS g', name);
  END LOOP;
  RETURN 1;
END $$;
SELECT snap.swap(frame) FROM (SELECT penstock.snapshot('snap.t', 'SELECT * FROM snap.t AS swapped') AS frame OFFSET 0) AS f;
DROP PUBLICATION snap_root, snap_owned;
DROP SCHEMA snap CASCADE;
DROP OWNED BY snap_owner, snap_reader;
DROP ROLE snap_owner, snap_reader;
