-- before and key under each replica identity.
SET synchronous_commit = on;
\set record 'data::json->''key'' AS key, data::json->''value''->>''op'' AS op, data::json->''value''->''before'' AS before, data::json->''value''->''after'' AS after'
CREATE TABLE identity_default (id int PRIMARY KEY, required text NOT NULL, optional text);
CREATE TABLE identity_full (LIKE identity_default INCLUDING ALL);
CREATE TABLE identity_index (LIKE identity_default INCLUDING ALL);
CREATE TABLE identity_none (LIKE identity_default INCLUDING ALL);
CREATE TABLE identity_keyless (id int, v text);
CREATE UNIQUE INDEX identity_required ON identity_index (required);
ALTER TABLE identity_full REPLICA IDENTITY FULL;
ALTER TABLE identity_index REPLICA IDENTITY USING INDEX identity_required;
ALTER TABLE identity_none REPLICA IDENTITY NOTHING;
SELECT 'slot' FROM pg_create_logical_replication_slot('identity', 'penstock');

INSERT INTO identity_default VALUES (1, 'a', 'b');
UPDATE identity_default SET required = 'c';
UPDATE identity_default SET id = 2;
DELETE FROM identity_default;
SELECT :record FROM pg_logical_slot_get_changes('identity', NULL, NULL);

INSERT INTO identity_full VALUES (1, 'a', 'b');
UPDATE identity_full SET optional = NULL;
UPDATE identity_full SET id = 2;
DELETE FROM identity_full;
SELECT :record FROM pg_logical_slot_get_changes('identity', NULL, NULL);

-- the index says what the old row holds, the primary key says what the key is
INSERT INTO identity_index VALUES (1, 'a', 'b');
UPDATE identity_index SET optional = 'c';
UPDATE identity_index SET required = 'd';
UPDATE identity_index SET id = 2;
DELETE FROM identity_index;
SELECT :record FROM pg_logical_slot_get_changes('identity', NULL, NULL);

-- a delete of which nothing is known is told, once
INSERT INTO identity_none VALUES (1, 'a', 'b'), (2, 'a', 'b');
UPDATE identity_none SET required = 'c' WHERE id = 1;
DELETE FROM identity_none;
SELECT :record FROM pg_logical_slot_get_changes('identity', NULL, NULL);

-- no key at all: null keys, and tombstones all the same
INSERT INTO identity_keyless VALUES (1, 'a');
ALTER TABLE identity_keyless REPLICA IDENTITY FULL;
UPDATE identity_keyless SET v = 'b';
DELETE FROM identity_keyless;
SELECT :record FROM pg_logical_slot_get_changes('identity', NULL, NULL);

SELECT pg_drop_replication_slot('identity');
DROP TABLE identity_default, identity_full, identity_index, identity_none, identity_keyless;
