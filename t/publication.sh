#!/bin/sh
# publication.sh BINDIR WORK   What publications can do from 15 on: column lists, FOR TABLES IN SCHEMA, and row filters, which make
# of updates what pgoutput makes of them.
set -eu
bin=$1
psql() { "$bin/psql" -X -qAt -v ON_ERROR_STOP=1 "$@"; }
fail() { echo "$1"; exit 1; }
[ "$(psql -c 'SHOW server_version_num')" -ge 150000 ] || { echo 'column lists and row filters came with 15'; exit 77; }
psql -c 'CREATE SCHEMA publication_s' -c 'CREATE TABLE publication_s.t (id int PRIMARY KEY, shown text, hidden text)' \
  -c 'CREATE TABLE publication_s.u (id int PRIMARY KEY)' -c 'CREATE TABLE publication_s.f (id int PRIMARY KEY)' \
  -c 'CREATE PUBLICATION publication_columns FOR TABLE publication_s.t (id, shown)' \
  -c 'CREATE PUBLICATION publication_schema FOR TABLES IN SCHEMA publication_s' \
  -c 'CREATE PUBLICATION publication_rows FOR TABLE publication_s.f WHERE (id > 1)' \
  -c "SELECT FROM pg_create_logical_replication_slot('publication', 'penstock')"
trap 'psql -c "SELECT pg_drop_replication_slot('\''publication'\'')" -c "DROP SCHEMA publication_s CASCADE" >/dev/null 2>&1' EXIT
psql -c "INSERT INTO publication_s.t VALUES (1, 'a', 'b')" -c 'INSERT INTO publication_s.u VALUES (2)'
after() { psql -c "SELECT data::json->'value'->'after' FROM
  pg_logical_slot_peek_changes('publication', NULL, NULL, 'publication.name', '$1')" | tr '\n' ' '; }
[ "$(after publication_columns)" = '{"id":1,"shown":"a"} ' ] || fail "column list: $(after publication_columns)"
[ "$(after publication_schema)" = '{"id":1,"shown":"a","hidden":"b"} {"id":2} ' ] || fail "schema: $(after publication_schema)"

psql -c "SELECT FROM pg_replication_slot_advance('publication', pg_current_wal_lsn())" -c 'DROP TABLE publication_s.f' \
  -c 'CREATE TABLE publication_s.f (id int PRIMARY KEY, n bigint, v text, b bool, hidden text)' -c 'ALTER TABLE publication_s.f REPLICA IDENTITY FULL' \
  -c 'CREATE TABLE publication_s.root (id int, region text, PRIMARY KEY (id)) PARTITION BY RANGE (id)' \
  -c 'CREATE TABLE publication_s.leaf (region text, id int NOT NULL)' \
  -c 'ALTER TABLE publication_s.root ATTACH PARTITION publication_s.leaf FOR VALUES FROM (0) TO (100)' \
  -c "CREATE PUBLICATION rows FOR TABLE publication_s.f WHERE (n > 10 AND (v LIKE 'a%' OR v IN ('x', 'y') OR b IS NOT TRUE AND v <> 'no'))" \
  -c "CREATE PUBLICATION rows_insert FOR TABLE publication_s.f WHERE (hidden IS NOT NULL AND coalesce(b, true)) WITH (publish = 'insert')" \
  -c "CREATE PUBLICATION rows_root FOR TABLE publication_s.root WHERE (id > 5) WITH (publish_via_partition_root = true)" \
  -c "CREATE PUBLICATION rows_all FOR TABLE publication_s.f WHERE (id > 100), TABLES IN SCHEMA publication_s"
psql -c "INSERT INTO publication_s.f VALUES (1, 11, 'abc', true, 'h'), (2, 10, 'abc', true, NULL), (3, 11, 'y', NULL, 'h'), (4, 11, 'no', false, NULL),
    (5, NULL, 'a', true, 'h'), (6, 12, NULL, true, 'h'), (7, 12, 'other', false, NULL)" \
  -c "UPDATE publication_s.f SET n = 11 WHERE id = 2" -c "UPDATE publication_s.f SET n = 1 WHERE id = 1" -c "UPDATE publication_s.f SET hidden = 'z' WHERE id = 3" \
  -c "UPDATE publication_s.f SET v = 'b' WHERE id = 5" -c "UPDATE publication_s.f SET id = 70, n = 20 WHERE id = 7" \
  -c 'DELETE FROM publication_s.f WHERE id IN (3, 4)' -c "INSERT INTO publication_s.root VALUES (1, 'a'), (9, 'b')"
ops() { psql -c "SELECT data::json->'value'->>'op', data::json->>'key' FROM pg_logical_slot_peek_changes('publication', NULL, NULL, 'topic.prefix', 'p',
  'tombstones.on.delete', 'false', 'publication.name', $1)" | tr '|\n' '= '; }
is() { [ "$2" = "$3" ] || fail "$1: $2"; }
is 'row filter' "$(ops "'rows'")" 'c={"id":1} c={"id":3} c={"id":7} c={"id":2} d={"id":1} u={"id":3} d={"id":7} c={"id":70} d={"id":3} '
is 'operations that are skipped, also those that updates become' "$(ops "'rows', 'skipped.operations', 'c'")" 'd={"id":1} u={"id":3} d={"id":7} d={"id":3} '
is 'row filter of inserts' "$(ops "'rows_insert'")" 'c={"id":1} c={"id":3} c={"id":5} c={"id":6} '
is 'row filter of the root' "$(ops "'rows_root'")" 'c={"id":9} '
is 'a schema that is published whole' "$(ops "'rows_all', 'table.include.list', 'publication_s.f'" | wc -w)" 15
psql -c "CREATE PUBLICATION rows_update FOR TABLE publication_s.f WHERE (n > 10) WITH (publish = 'update')" \
  -c "SELECT FROM pg_replication_slot_advance('publication', pg_current_wal_lsn())" -c 'UPDATE publication_s.f SET n = 100 - n WHERE id IN (1, 70)' \
  -c 'UPDATE publication_s.f SET n = 5 WHERE id = 70' -c 'DELETE FROM publication_s.f WHERE id = 1' -c "INSERT INTO publication_s.f VALUES (1, 1, 'abc', true, 'h')"
is 'updates alone, and what they become' "$(ops "'rows_update'")" 'c={"id":1} u={"id":70} d={"id":70} '
is 'without updates' "$(ops "'rows_update', 'skipped.operations', 'u'")" 'c={"id":1} d={"id":70} '
is 'without what they become' "$(ops "'rows_update', 'skipped.operations', 'c,d'")" 'u={"id":70} '
rows() { psql -c "SELECT m[1] FROM (SELECT penstock.snapshot('publication_s.f', 'SELECT * FROM publication_s.f ORDER BY id', 'publication.name', '$1',
  'column.include.list', '.*\.id') AS frame) AS f, regexp_matches(encode(frame, 'escape'), '\"after\":\{\"id\":(\d+)\}.{0,250}\"snapshot\":\"(?:first|true|last)\"', 'g') AS m" | sort -nu | tr '\n' ' '; }
is 'rows of a snapshot, which the publication does not bind' "$(rows rows)" '1 2 5 6 70 '
is 'rows of a snapshot, of a table that is not published' "$(rows publication_columns)" '1 2 5 6 70 '

# A key column that the list leaves out stays in the server, as with pgoutput; a snapshot is not bound.
psql -c 'CREATE TABLE publication_s.k (a int, b int, c int NOT NULL UNIQUE, v text, PRIMARY KEY (a, b))' \
  -c 'ALTER TABLE publication_s.k REPLICA IDENTITY USING INDEX k_c_key' \
  -c 'CREATE PUBLICATION keys_some FOR TABLE publication_s.k (b, c)' -c 'CREATE PUBLICATION keys_none FOR TABLE publication_s.k (c)' \
  -c "SELECT FROM pg_replication_slot_advance('publication', pg_current_wal_lsn())" \
  -c "INSERT INTO publication_s.k VALUES (1, 2, 3, 'v')" -c 'UPDATE publication_s.k SET a = 4' -c 'DELETE FROM publication_s.k'
is 'a key with the columns that are in the list' "$(ops "'keys_some'")" 'c={"b":2} u={"b":2} d={"b":0} '
is 'a key without columns' "$(ops "'keys_none'")" 'c= u= d= '
is 'a key of its own' "$(ops "'keys_some', 'message.key.columns', 'publication_s.k:a,c'")" 'c={"c":3} u={"c":3} d={"c":3} '
keys=$(psql -c "SELECT key FROM penstock.tables('publication.name', 'keys_some', 'table.include.list', 'publication_s.k') WHERE kind = 'table'")
is 'the key of a snapshot' "$keys" '{a,b}'

psql -c 'CREATE UNLOGGED TABLE publication_s.unlogged (id int)' \
  -c "CREATE PUBLICATION findings FOR TABLE publication_s.k (b, c), publication_s.root WITH (publish_via_partition_root = true)"
findings() { psql -c "SELECT finding, relation::regclass, \"column\" FROM penstock.capture_findings('publication.name', 'findings'$1) ORDER BY 1, 2" | tr '\n' ' '; }
is 'what is captured and not streamed' "$(findings ", 'table.include.list', 'publication_s.(leaf|k|t|unlogged)'")" \
  'key not in identity|publication_s.k|a key not in identity|publication_s.k|b key not published|publication_s.k|a not published|publication_s.t| published as root|publication_s.leaf| unlogged|publication_s.unlogged| '
is 'what keys show' "$(findings ", 'table.include.list', 'publication_s.(root|k)', 'column.exclude.list', '.*k\.b', 'column.mask.with.3.chars', '.*root\.id'")" \
  'key excluded|publication_s.k|b key masked|publication_s.root|id key not in identity|publication_s.k|a key not in identity|publication_s.k|b key not published|publication_s.k|a '
is 'nothing of publishing without a publication' "$(psql -c "SELECT DISTINCT finding FROM penstock.capture_findings('table.include.list', 'publication_s.[kt]')")" 'key not in identity'
