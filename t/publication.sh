#!/bin/sh
# publication.sh BINDIR WORK   What publications can do from 15 on: a column list is honoured, FOR TABLES IN SCHEMA too, and a row
# filter is refused by name, for it would have to hold rows back.
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
psql -c 'INSERT INTO publication_s.f VALUES (3)'
if error=$(after publication_rows 2>&1); then :; fi
echo "$error" | grep -q 'publication "publication_rows" has a row filter on table "publication_s.f"' || fail "row filter: $error"
