-- Values that are stored out of line and did not change.
SET synchronous_commit = on;
CREATE TABLE toast_default (id int PRIMARY KEY, n int, big text);
CREATE TABLE toast_full (id int PRIMARY KEY, n int, big text);
CREATE TABLE toast_key (id int, big text, n int, PRIMARY KEY (id, big));
ALTER TABLE toast_default ALTER big SET STORAGE EXTERNAL;
ALTER TABLE toast_full ALTER big SET STORAGE EXTERNAL;
ALTER TABLE toast_full REPLICA IDENTITY FULL;
SELECT 'slot' FROM pg_create_logical_replication_slot('toast', 'penstock');
\set record 'data::json->''value''->>''op'' AS op, length(data::json->''value''->''before''->>''big'') AS before, length(data::json->''value''->''after''->>''big'') AS after, left(data::json->''value''->''after''->>''big'', 30) AS start'

INSERT INTO toast_default VALUES (1, 1, repeat('x', 10000));
UPDATE toast_default SET n = 2;
UPDATE toast_default SET big = repeat('y', 20000);
UPDATE toast_default SET id = 2;
SELECT :record FROM pg_logical_slot_peek_changes('toast', NULL, NULL);
SELECT :record FROM pg_logical_slot_get_changes('toast', NULL, NULL, 'unavailable.value.placeholder', 'hex:6e6f20');

INSERT INTO toast_full VALUES (1, 1, repeat('x', 10000));
UPDATE toast_full SET n = 2;
DELETE FROM toast_full;
SELECT :record FROM pg_logical_slot_get_changes('toast', NULL, NULL);

SELECT pg_drop_replication_slot('toast');
DROP TABLE toast_default, toast_full, toast_key;
