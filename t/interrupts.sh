#!/bin/sh
# interrupts.sh BINDIR WORK   A session that decodes a value of many megabytes ends when it is told to, whatever is done with the value.
set -eu
bin=$1
psql() { "$bin/psql" -X -qAt -v ON_ERROR_STOP=1 "$@"; }
fail() { echo "$1"; exit 1; }
psql -c 'CREATE TABLE interrupts (id int PRIMARY KEY, v text)' -c "SELECT FROM pg_create_logical_replication_slot('interrupts', 'penstock')"
trap 'psql -c "SELECT pg_drop_replication_slot('\''interrupts'\'')" -c "DROP TABLE interrupts" >/dev/null' EXIT
psql -c "INSERT INTO interrupts VALUES (1, repeat('x', 200000000))"  # little log, for it is compressed

running="FROM pg_stat_activity WHERE application_name = 'interrupts'"
until_true() { # SQL SECONDS
  deadline=$(($(date +%s) + $2))
  until [ "$(psql -c "$1")" = t ]; do
    [ "$(date +%s)" -lt "$deadline" ] || return 1
  done
}
ends() { # NAME OPTION…
  name=$1
  shift
  PGAPPNAME=interrupts "$bin/psql" -X -qAt -c "SELECT count(*) FROM pg_logical_slot_peek_binary_changes('interrupts', NULL, NULL, 'format', 'frames',
    'table.include.list', 'public.interrupts', $1)" >/dev/null 2>&1 &
  until_true "SELECT count(*) = 1 $running AND state = 'active' AND clock_timestamp() - query_start > '0.7 s'" 60 || fail "$name: does not begin, or is over"
  psql -c "SELECT pg_terminate_backend(pid) $running" >/dev/null
  until_true "SELECT count(*) = 0 $running" 3 || fail "$name: goes on"
  wait
}
for digest in SHA3-512 SHA-1; do
  ends "a hash with $digest" "'column.mask.hash.$digest.with.salt.s', 'public.interrupts.v'"
done
