-- Going on inside a transaction: start.commit_lsn and start.ordinal, with counts that go on too.
SET synchronous_commit = on;
CREATE TABLE resume_t (id int PRIMARY KEY, v text);
CREATE TABLE resume_hidden (id int);
SELECT 'slot' FROM pg_create_logical_replication_slot('resume', 'penstock');
INSERT INTO resume_t VALUES (1);
BEGIN;
INSERT INTO resume_hidden VALUES (1);                                             -- ordinal 0
INSERT INTO resume_t VALUES (2);                                                  -- 1
SELECT 'sent' FROM pg_logical_emit_message(true, 'm', 'x');                       -- 2
UPDATE resume_t SET id = 3 WHERE id = 2;                                          -- 3: d, tombstone, c
DELETE FROM resume_t WHERE id = 3;                                                -- 4
COMMIT;
INSERT INTO resume_t VALUES (9);
-- header of a frame: kind, flags, xid, commit_lsn, end_lsn, first_ordinal, sequence_lsn, after
CREATE FUNCTION resume_number(frame bytea, at int) RETURNS bigint LANGUAGE sql AS
  $$SELECT sum(get_byte(frame, at + i)::bigint << (8 * i))::bigint FROM generate_series(0, 7) i$$;
CREATE FUNCTION resume_lsn(n bigint) RETURNS text LANGUAGE sql AS $$SELECT to_hex(n >> 32) || '/' || to_hex(n & 4294967295)$$;
CREATE TEMP TABLE resume_frames AS
  SELECT row_number() OVER () AS n, chr(get_byte(data, 1)) AS kind, get_byte(data, 2) AS flags,
         resume_number(data, 16) AS commit_lsn, resume_number(data, 24) AS end_lsn, resume_number(data, 40) AS first_ordinal,
         resume_number(data, 48) AS sequence_lsn, resume_number(data, 56) AS after_end, resume_number(data, 64) AS after_commit,
         resume_number(data, 72) AS after_ordinal
    FROM pg_logical_slot_peek_binary_changes('resume', NULL, NULL, 'format', 'frames', 'wire', '1-1', 'table.exclude.list', 'public.resume_hidden');
SELECT n, kind, flags, first_ordinal, after_end = end_lsn AS whole, after_commit, after_ordinal,
       sequence_lsn = lag(end_lsn, 1, 0::bigint) OVER (ORDER BY n) AS follows FROM resume_frames ORDER BY n;
-- what is left of the transaction from each ordinal on; BEGIN came with ordinal 0, END comes with 5
SELECT ordinal, string_agg(coalesce(data::json->'value'->>'op', data::json->'value'->>'status', 'tombstone')
         || coalesce(' ' || (data::json->'value'->'transaction'->>'total_order'), ' of ' || (data::json->'value'->>'event_count'), ''), ', ' ORDER BY place) AS records
  FROM resume_frames f, generate_series(0, 6) ordinal,
       pg_logical_slot_peek_changes('resume', NULL, NULL, 'topic.prefix', 's', 'table.exclude.list', 'public.resume_hidden', 'stable', 'true',
         'provide.transaction.metadata', 'true', 'start.end', (SELECT resume_lsn(end_lsn) FROM resume_frames WHERE n = 1),
         'start.commit_lsn', resume_lsn(f.commit_lsn), 'start.ordinal', ordinal::text) WITH ORDINALITY c (lsn, xid, data, place)
  WHERE f.n = 2 AND data !~ '"id":"3:|"id":9'
  GROUP BY ordinal ORDER BY ordinal;
-- without metadata a frame still ends the unit when nothing of it is left
SELECT chr(get_byte(data, 1)) AS kind, get_byte(data, 2) AS flags, get_byte(data, 4) AS records, resume_number(data, 40) AS first_ordinal
  FROM resume_frames f, pg_logical_slot_peek_binary_changes('resume', NULL, NULL, 'format', 'frames',
    'start.end', (SELECT resume_lsn(end_lsn) FROM resume_frames WHERE n = 1), 'start.commit_lsn', resume_lsn(f.commit_lsn), 'start.ordinal', '5')
  WHERE f.n = 2;
-- start.sequence is the first member of sequence until something was published
SELECT data::json->'value'->'source'->>'sequence' LIKE '["255",%' AS sequence
  FROM pg_logical_slot_peek_changes('resume', NULL, 1, 'start.sequence', '0/FF');
SELECT pg_drop_replication_slot('resume');
DROP TABLE resume_t, resume_hidden;
DROP FUNCTION resume_number, resume_lsn;
