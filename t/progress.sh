#!/bin/sh
# progress.sh BINDIR WORK   Filtered work moves the position: after 16 MB without a record a progress frame comes, and a large
# transaction comes in frames of 64 KiB whose `after` says where to go on inside it.
set -eu
bin=$1
psql() { "$bin/psql" -X -qAt -v ON_ERROR_STOP=1 "$@"; }
fail() { echo "$1"; exit 1; }
psql -c 'CREATE TABLE progress_hidden (id int, v text)' \
  -c 'CREATE TABLE progress_t (id int PRIMARY KEY, v text)' \
  -c "SELECT FROM pg_create_logical_replication_slot('progress', 'penstock')"
trap 'psql -c "SELECT pg_drop_replication_slot('\''progress'\'')" >/dev/null' EXIT
frames() { psql -c "SELECT chr(get_byte(data, 1)) || get_byte(data, 2) AS frame, count(*) FROM
  pg_logical_slot_peek_binary_changes('progress', NULL, NULL, 'format', 'frames', 'table.exclude.list', 'public.progress_hidden') GROUP BY 1 ORDER BY 1" |
  tr '\n' ' '; }

psql -c "INSERT INTO progress_hidden SELECT i, repeat('x', 1000) FROM generate_series(1, 18000) i"
[ "$(frames)" = 'p3|1 ' ] || fail "after 18 MB of filtered work: $(frames)"

# 2000 rows of about 1.1 KB: more than 30 frames of one unit, one of them first, one last.
psql -c "SELECT FROM pg_replication_slot_advance('progress', pg_current_wal_lsn())"
psql -c "INSERT INTO progress_t SELECT i, repeat('x', 600) FROM generate_series(1, 2000) i"
got=$(frames)
echo "$got" | grep -qE '^t0\|[0-9]{2} t1\|1 t2\|1 $' || fail "frames of a large transaction: $got"
inside=$(psql -c "SELECT bool_and(get_byte(data, 3) = 1 AND (get_byte(data, 2) & 2 = 2) = (substr(data, 65, 16) = decode(repeat('00', 16), 'hex')))
  FROM pg_logical_slot_peek_binary_changes('progress', NULL, NULL, 'format', 'frames')")
[ "$inside" = t ] || fail 'after of a frame that is not the last names no place inside the transaction, or that of the last does'
