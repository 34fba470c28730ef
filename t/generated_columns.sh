#!/bin/sh
# generated_columns.sh BINDIR WORK   Stored generated columns that a publication publishes (18 and later) are in the stream, by
# publish_generated_columns or by a list of columns; others, and virtual ones, are not, as with pgoutput.
set -eu
bin=$1
psql() { "$bin/psql" -X -qAt -v ON_ERROR_STOP=1 "$@"; }
fail() { echo "$1"; exit 1; }
[ "$(psql -c 'SHOW server_version_num')" -ge 180000 ] || { echo 'they are published from 18 on'; exit 77; }
trap 'psql -c "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots" -c "DROP SCHEMA generated CASCADE" \
  -c "DROP PUBLICATION stored_all" >/dev/null 2>&1' EXIT
psql >/dev/null <<'SQL'
CREATE SCHEMA generated;
CREATE TABLE generated.g (id int PRIMARY KEY, a int, st int GENERATED ALWAYS AS (a * 2) STORED, b int, vi int GENERATED ALWAYS AS (a * 3) VIRTUAL);
CREATE TABLE generated.f (id int PRIMARY KEY, a int, st int GENERATED ALWAYS AS (a * 2) STORED);
ALTER TABLE generated.f REPLICA IDENTITY FULL;
CREATE TABLE generated.root (id int PRIMARY KEY, a int, st int GENERATED ALWAYS AS (a * 2) STORED) PARTITION BY RANGE (id);
CREATE TABLE generated.leaf (st int GENERATED ALWAYS AS (a * 2) STORED, a int, id int NOT NULL);
ALTER TABLE generated.root ATTACH PARTITION generated.leaf FOR VALUES FROM (0) TO (100);
CREATE PUBLICATION stored_none FOR TABLE generated.g;
CREATE PUBLICATION stored FOR TABLE generated.g, generated.f WITH (publish_generated_columns = stored);
CREATE PUBLICATION stored_list FOR TABLE generated.g (id, st);
CREATE PUBLICATION stored_root FOR TABLE generated.root WITH (publish_generated_columns = stored, publish_via_partition_root = true);
CREATE PUBLICATION stored_all FOR ALL TABLES WITH (publish_generated_columns = stored);
SELECT pg_create_logical_replication_slot('generated', 'penstock');
SELECT pg_create_logical_replication_slot('generated_pgoutput', 'pgoutput');
INSERT INTO generated.g (id, a, b) VALUES (2, 6, 0);
UPDATE generated.g SET a = 7 WHERE id = 2;
INSERT INTO generated.f (id, a) VALUES (1, 1);
UPDATE generated.f SET a = 5;
INSERT INTO generated.root (id, a) VALUES (3, 4);
SQL
rows() { psql -c "SELECT concat_ws('>', nullif(data::json->'value'->>'before', ''), data::json->'value'->>'after') FROM
  pg_logical_slot_peek_changes('generated', NULL, NULL, 'schema.include.list', 'generated', 'publication.name', '$1'$2)" | tr '\n' ' '; }
is() { # NAME ROWS [MORE OPTIONS]: also, that a relation message of pgoutput names the column st if and only if a row has it
  [ "$(rows "$1" "${3:-}")" = "$2" ] || fail "$1: $(rows "$1" "${3:-}")"
  named=$(psql -c "SELECT bool_or(position('\x737400'::bytea IN data) > 0) FROM pg_logical_slot_peek_binary_changes('generated_pgoutput', NULL, NULL,
    'proto_version', '1', 'publication_names', '$1') WHERE get_byte(data, 0) = ascii('R')")
  case $2 in *'"st"'*) ours=t ;; *) ours=f ;; esac
  [ "$named" = "$ours" ] || fail "$1: pgoutput has st: $named"
}
is stored_none '{"id":2,"a":6,"b":0} {"id":2,"a":7,"b":0} '
is stored '{"id":2,"a":6,"st":12,"b":0} {"id":2,"a":7,"st":14,"b":0} {"id":1,"a":1,"st":2} {"id":1,"a":1,"st":2}>{"id":1,"a":5,"st":10} '
is stored_list '{"id":2,"st":12} {"id":2,"st":14} '
is stored_root '{"id":3,"a":4,"st":8} '
is stored_all '{"id":2,"a":6,"st":12,"b":0} {"id":2,"a":7,"st":14,"b":0} ' ", 'table.include.list', 'generated.g'"

# In snapshots they are all there, virtual ones computed; of a partition as its root computes them.
read_table() { # RELATION QUERY [MORE OPTIONS]
  psql -c "SELECT DISTINCT m[1] FROM (SELECT encode(penstock.snapshot('$1', $2${3:-}), 'escape') AS frame OFFSET 0) AS f,
    regexp_matches(frame, '\"after\":(\{[^{}]*\}),\"source\"', 'g') AS m" | tr '\n' ' '
}
snapshot_is() { # RELATION ROWS [MORE OPTIONS]
  for query in NULL "'SELECT * FROM $1 AS t'"; do
    [ "$(read_table "$1" "$query" "${3:-}")" = "$2" ] || fail "$1, $query: $(read_table "$1" "$query" "${3:-}")"
  done
}
snapshot_is generated.g '{"id":2,"a":7,"st":14,"b":0,"vi":21} '
psql -c "CREATE TABLE generated.failing (id int PRIMARY KEY, a int, ratio int GENERATED ALWAYS AS (100 / a) VIRTUAL, never int GENERATED ALWAYS AS (a / 0) VIRTUAL,
  b int GENERATED ALWAYS AS (a + 1) VIRTUAL)" -c "INSERT INTO generated.failing SELECT n, n % 2 FROM generate_series(1, 200) n"
[ "$(read_table generated.failing NULL | tr ' ' '\n' | grep -c '"a":0,"ratio":null,"never":null,"b":1}')" = 100 ] || fail "failing: $(read_table generated.failing NULL)"
[ "$(read_table generated.failing NULL | tr ' ' '\n' | grep -c '"a":1,"ratio":100,"never":null,"b":2}')" = 100 ] || fail "not failing"
told=$(psql -c "SELECT string_agg(frame, '') FROM (SELECT encode(penstock.snapshot('generated.failing', NULL), 'escape') AS frame OFFSET 0) AS f")
case $told in *generated.failing.ratio*"virtual generated column fails"*) ;; *) fail "nothing told: $told" ;; esac
psql -c "ALTER TABLE generated.root ADD COLUMN vi text GENERATED ALWAYS AS (upper('a' || repeat('x', a))) VIRTUAL"
snapshot_is generated.root '{"id":3,"a":4,"st":8,"vi":"AXXXX"} ' ", 'publication.name', 'stored_root', 'publish.via.partition.root', 'true'"
