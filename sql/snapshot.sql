-- penstock.snapshot(): r records of a range, markers of first and last, refusals.
SET synchronous_commit = on;
\set SHOW_CONTEXT never
CREATE TABLE snapshot_t (id int PRIMARY KEY, v text, generated text GENERATED ALWAYS AS ('#' || v) STORED);
CREATE TABLE snapshot_empty (id int PRIMARY KEY);
INSERT INTO snapshot_t SELECT i, repeat('v', i) FROM generate_series(1, 3) i;
-- all values of source.snapshot in a range's frames, in order; the last row has three
CREATE FUNCTION snapshot_markers(query text, first text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(m[1], ' ') FROM (SELECT penstock.snapshot('snapshot_t', query, 'topic.prefix', 'shop',
    'start.snapshot.lsn', '0/10', 'start.snapshot.first', first) AS frame) f, regexp_matches(encode(frame, 'escape'), '"snapshot":"([^"]*)"', 'g') m
$$;
SELECT snapshot_markers('SELECT * FROM snapshot_t', 'all');
SELECT snapshot_markers('SELECT * FROM snapshot_t', 'table');
SELECT snapshot_markers('SELECT * FROM snapshot_t', 'none');
SELECT snapshot_markers('SELECT * FROM snapshot_t LIMIT 1', 'all');
SELECT snapshot_markers('SELECT * FROM snapshot_t LIMIT 1', 'table');
SELECT snapshot_markers('SELECT * FROM snapshot_t LIMIT 1', 'none');
SELECT snapshot_markers('SELECT * FROM snapshot_t WHERE false', 'all');
-- the record, but for its times and its transaction
SELECT regexp_replace(m[1], '("(?:ts_[a-z]*|txId)":)\d+', '\1#', 'g') AS record
  FROM (SELECT penstock.snapshot('snapshot_t', 'SELECT * FROM snapshot_t LIMIT 1', 'topic.prefix', 'shop', 'start.snapshot.lsn', '0/10') AS frame) f,
       regexp_matches(encode(frame, 'escape'), '({"id":1}{"before".*?"ts_ns":\d+})') m;
-- with an id that is given the transaction needs none
BEGIN;
SELECT m[1] AS xid, pg_current_xact_id_if_assigned() IS NULL AS none
  FROM (SELECT penstock.snapshot('snapshot_t', 'SELECT * FROM snapshot_t LIMIT 1', 'topic.prefix', 'shop', 'start.snapshot.xid', '4294967299') AS frame) f,
       regexp_matches(encode(frame, 'escape'), '"txId":(\d+)') m;
COMMIT;
-- frames are cut at 64 KiB, and every row is in one: 5000 rows, the last of them three times
INSERT INTO snapshot_t SELECT i, repeat('x', i % 300) FROM generate_series(4, 5000) i;
CREATE TEMP TABLE snapshot_frames AS
  SELECT penstock.snapshot('snapshot_t', 'SELECT * FROM snapshot_t', 'topic.prefix', 'shop', 'start.snapshot.lsn', '0/10', 'start.snapshot.range', '7') AS frame;
SELECT count(*) > 20 AS many, min(length(frame)) FILTER (WHERE get_byte(frame, 2) & 2 = 0) > 65535 AS full, max(length(frame)) < 70000 AS bounded,
       count(*) FILTER (WHERE get_byte(frame, 2) & 1 = 1) AS first, count(*) FILTER (WHERE get_byte(frame, 2) & 2 = 2) AS last,
       count(*) FILTER (WHERE get_byte(frame, 3) = 2 AND get_byte(frame, 64) = 7) AS ranges, count(*) FILTER (WHERE get_byte(frame, 72) = 1) AS done
  FROM snapshot_frames;
SELECT count(*), count(DISTINCT m[1]) FROM snapshot_frames, regexp_matches(encode(frame, 'escape'), '"after":{"id":(\d+),', 'g') m;
-- values that are out of line, and a table without a row
INSERT INTO snapshot_t SELECT 0, string_agg(md5(i::text), '') FROM generate_series(1, 1000) i;
SELECT sum(length(m[1])) FROM (SELECT penstock.snapshot('snapshot_t', 'SELECT * FROM snapshot_t WHERE id = 0') AS frame) f,
  regexp_matches(encode(frame, 'escape'), '"v":"([0-9a-f]*)"', 'g') m;
SELECT count(*), min(get_byte(frame, 2)) AS flags, min(get_byte(frame, 4)) AS records
  FROM (SELECT penstock.snapshot('snapshot_empty', 'SELECT * FROM snapshot_empty') AS frame) f;
-- refusals
SELECT count(*) FROM penstock.snapshot('snapshot_t', 'SELECT * FROM snapshot_t');
SELECT penstock.snapshot('snapshot_t', 'SELECT id FROM snapshot_t');
SELECT penstock.snapshot('snapshot_t', 'SELECT id::bigint, v, generated FROM snapshot_t');
SELECT penstock.snapshot('snapshot_t', 'SELECT * FROM snapshot_t', 'table.exclude.list', '.*snapshot_t');
SELECT penstock.snapshot('snapshot_t', 'DELETE FROM snapshot_t');
SELECT penstock.snapshot(NULL, 'SELECT 1');
SELECT penstock.snapshot('snapshot_t', 'SELECT * FROM snapshot_t WHERE id = 0', 'producer.override.max.request.size', '1000');
-- rights are the caller's, and rows are never hidden without a word
CREATE ROLE snapshot_reader;
SET ROLE snapshot_reader;
SELECT length(penstock.snapshot('public.snapshot_empty', 'SELECT * FROM public.snapshot_empty')) > 0;
RESET ROLE;
GRANT SELECT ON snapshot_empty TO snapshot_reader;
ALTER TABLE snapshot_empty ENABLE ROW LEVEL SECURITY;
SET ROLE snapshot_reader;
SELECT length(penstock.snapshot('public.snapshot_empty', 'SELECT * FROM public.snapshot_empty')) > 0;
RESET ROLE;
-- abandoned half way
SELECT count(*) FROM (SELECT penstock.snapshot('snapshot_t', 'SELECT * FROM snapshot_t') LIMIT 2) f;
DROP TABLE snapshot_t, snapshot_empty;
DROP FUNCTION snapshot_markers;
DROP ROLE snapshot_reader;
