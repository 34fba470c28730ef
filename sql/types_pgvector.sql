-- pgvector: vector and halfvec as arrays of numbers, sparsevec as pairs of index and number.
SET synchronous_commit = on;
SET client_min_messages = warning;
\pset format unaligned
\set SHOW_CONTEXT never
\set after 'split_part(split_part(data, ''"after":'', 2), '',"source":'', 1) AS after'
\set before 'split_part(split_part(data, ''"before":'', 2), '',"after":'', 1) AS before'
SELECT count(*) = 0 AS skipped FROM pg_available_extensions WHERE name = 'vector' AND default_version >= '0.7' \gset
\if :skipped
  \echo skipped: the server has no pgvector of 0.7 or later
  \quit
\endif

CREATE EXTENSION vector;
CREATE TABLE types_vectors (id integer PRIMARY KEY, v vector, v3 vector(3), h halfvec(3), s sparsevec, av vector[], ah halfvec[],
  asp sparsevec[]);
SELECT 'slot' FROM pg_create_logical_replication_slot('types', 'penstock');
INSERT INTO types_vectors VALUES (1, '[1,2,3]', '[0.1,-1e10,1e-5]', '[0.1,1,65504]', '{1:10,11:20,5:30}/25', ARRAY['[1,2]'::vector, NULL],
  ARRAY['[1.5]'::halfvec], ARRAY['{1:1}/1'::sparsevec]);
INSERT INTO types_vectors (id, v, s) VALUES (2, '[3.4028235e38,1.1754944e-38,-0]', '{}/3'), (3, NULL, NULL);
-- buckets of a HashMap that was made for so many: 4 for 3; 8 for 7, which is more than three quarters, so 16
INSERT INTO types_vectors (id, s) VALUES (4, '{1:1,2:2,4:4}/32767'), (5, '{1:1,2:2,3:3,8:8,9:9,16:16,17:17}/20'), (6, '{100:1,40:2}/100'),
  (7, '{5:5}/5');
-- more dimensions than 16 bits count
INSERT INTO types_vectors (id, s) VALUES (8, '{1:1}/32768');
SELECT :after FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop');

CREATE TABLE types_required (id integer PRIMARY KEY, v vector NOT NULL, h halfvec NOT NULL, s sparsevec NOT NULL);
INSERT INTO types_required VALUES (1, '[1]', '[1]', '{1:1}/1');
DELETE FROM types_required;
SELECT :before FROM pg_logical_slot_get_changes('types', NULL, NULL, 'topic.prefix', 'shop', 'tombstones.on.delete', 'false');

SELECT pg_drop_replication_slot('types');
DROP TABLE types_vectors, types_required;
DROP EXTENSION vector;
