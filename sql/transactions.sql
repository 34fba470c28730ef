-- provide.transaction.metadata: blocks, BEGIN and END, order of collections, empty transactions.
SET synchronous_commit = on;
CREATE TABLE transactions_ta (id int PRIMARY KEY, v text);
CREATE TABLE transactions_tb (id int PRIMARY KEY, v text);
CREATE TABLE transactions_hidden (id int PRIMARY KEY);
SELECT 'slot' FROM pg_create_logical_replication_slot('transactions', 'penstock');
BEGIN;
INSERT INTO transactions_ta VALUES (2, 'a');
INSERT INTO transactions_tb VALUES (1, 'b'), (2, 'b');
UPDATE transactions_ta SET v = 'x' WHERE id = 2;
COMMIT;
INSERT INTO transactions_hidden VALUES (1);
UPDATE transactions_ta SET id = 20 WHERE id = 2;
BEGIN;
INSERT INTO transactions_hidden VALUES (2);
INSERT INTO transactions_ta VALUES (3, 'with hidden');
COMMIT;
CREATE TABLE transactions_later (id int);
TRUNCATE transactions_ta, transactions_tb;
SELECT data::json->>'topic' AS topic, data::json->'key' AS key,
       CASE WHEN data::json->>'topic' LIKE '%.transaction' THEN data::json->'value' ELSE data::json->'value'->'transaction' END AS value
  FROM pg_logical_slot_get_changes('transactions', NULL, NULL, 'topic.prefix', 'shop', 'stable', 'true',
    'provide.transaction.metadata', 'true', 'table.exclude.list', 'public.transactions_hidden', 'skipped.operations', 'none');

-- the order is that of a Java HashMap with the names as keys
DO $$ BEGIN FOR i IN 1..14 LOOP EXECUTE format('CREATE TABLE transactions_n%s (id int)', i); END LOOP; END $$;
DO $$ BEGIN FOR i IN 1..14 LOOP EXECUTE format('INSERT INTO transactions_n%s VALUES (1)', i); END LOOP; END $$;
-- of 32 buckets now, which do not become 16 again: there n1 would be the first of these two
BEGIN;
INSERT INTO transactions_n1 VALUES (2);
INSERT INTO transactions_later VALUES (2);
COMMIT;
SELECT data::json->'value'->>'event_count' AS events, (SELECT string_agg(c->>'data_collection', ' ') FROM json_array_elements(data::json->'value'->'data_collections') c)
  FROM pg_logical_slot_get_changes('transactions', NULL, NULL, 'provide.transaction.metadata', 'true')
  WHERE data::json->'value'->>'status' = 'END' AND json_typeof(data::json->'value'->'data_collections') = 'array';

-- each message is a collection of its own; END tells them as one. With a replication origin BEGIN has no position
SELECT pg_switch_wal() IS NOT NULL AS switched;  -- a row's position is that of the message before it, unless a page of the log ends between them
BEGIN;
SELECT 'message' FROM pg_logical_emit_message(true, 'p', 'a');
INSERT INTO transactions_ta VALUES (90, 'between');
SELECT 'message' FROM pg_logical_emit_message(true, 'p', 'b');
COMMIT;
SELECT pg_replication_origin_create('transactions_far') > 0 AS created;
SELECT 'origin' FROM pg_replication_origin_session_setup('transactions_far');
INSERT INTO transactions_ta VALUES (91, 'far');
SELECT 'none' FROM pg_replication_origin_session_reset();
SELECT 'dropped' FROM pg_replication_origin_drop('transactions_far');
SELECT data::json->>'topic' AS topic, coalesce(data::json->'value'->>'id', data::json->'value'->>'transaction') AS transaction, data::json->'value'->>'data_collections' AS collections
  FROM pg_logical_slot_get_changes('transactions', NULL, NULL, 'topic.prefix', 'shop', 'stable', 'true', 'provide.transaction.metadata', 'true');
SELECT pg_drop_replication_slot('transactions');
DO $$ BEGIN FOR i IN 1..14 LOOP EXECUTE format('DROP TABLE transactions_n%s', i); END LOOP; END $$;
DROP TABLE transactions_ta, transactions_tb, transactions_hidden, transactions_later;
