#!/bin/sh
# giant_record.sh BINDIR WORK   A record beyond the 1 GB that PostgreSQL can send ends decoding with an error that says so, and the
# server lives; what does not fit the producer's max.request.size is refused before. Needs 4 GB of memory: only with PENSTOCK_TORTURE.
set -eu
bin=$1
psql() { "$bin/psql" -X -qAt -v ON_ERROR_STOP=1 "$@"; }
fail() { echo "$1"; exit 1; }
[ -n "${PENSTOCK_TORTURE:-}" ] || { echo 'needs 4 GB of memory and PENSTOCK_TORTURE=1'; exit 77; }
psql -c 'CREATE TABLE giant_record (id int PRIMARY KEY, v text)' -c 'ALTER TABLE giant_record ALTER v SET STORAGE EXTERNAL' \
  -c "SELECT FROM pg_create_logical_replication_slot('giant_record', 'penstock')"
trap 'psql -c "SELECT pg_drop_replication_slot('\''giant_record'\'')" -c "DROP TABLE giant_record" >/dev/null' EXIT
# Each control character is six bytes in JSON.
psql -c "INSERT INTO giant_record VALUES (1, repeat(E'\\u0001', 200000000))"
expect() { # TEXT SQL
  if error=$(psql -c "$2" 2>&1); then fail "no error for: $2"; fi
  echo "$error" | grep -q "$1" || fail "$error"
}
expect 'a record of 12000[0-9]* bytes is larger than the server can send' \
  "SELECT count(*) FROM pg_logical_slot_peek_changes('giant_record', NULL, NULL)"
expect 'a record of 12000[0-9]* bytes is larger than the server can send' \
  "SELECT count(*) FROM pg_logical_slot_peek_binary_changes('giant_record', NULL, NULL, 'format', 'frames', 'producer.override.max.request.size', '2000000000')"
expect 'is larger than 1048576 bytes' "SELECT count(*) FROM pg_logical_slot_peek_binary_changes('giant_record', NULL, NULL, 'format', 'frames')"
[ "$(psql -c "SELECT count(*) FROM pg_logical_slot_peek_changes('giant_record', NULL, NULL, 'column.exclude.list', 'public.giant_record.v')")" = 1 ] ||
  fail 'the record does not come without its large column'
