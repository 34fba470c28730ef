#!/bin/sh
# memory.sh BINDIR WORK   Nothing is kept per row: between row 180,000 and row 450,000 of one transaction (before, PostgreSQL 13 itself still grows) the walsender's
# resident memory grows by less than 1 MB.
set -eu
bin=$1
psql() { "$bin/psql" -X -qAt -v ON_ERROR_STOP=1 "$@"; }
psql -c 'CREATE TABLE memory_t (id int PRIMARY KEY, v text, n numeric(10,2), t timestamptz)' \
  -c 'ALTER TABLE memory_t REPLICA IDENTITY FULL' -c "SELECT FROM pg_create_logical_replication_slot('memory', 'penstock')"
trap 'psql -c "SELECT pg_drop_replication_slot('\''memory'\'')" >/dev/null' EXIT
psql -c "INSERT INTO memory_t SELECT i, 'row ' || i, i / 7.0, now() FROM generate_series(1, 500000) i"
end=$(psql -c 'SELECT pg_current_wal_lsn()')
psql -c "SELECT FROM pg_logical_emit_message(false, 'x', 'x')"

# The reader is a pipe that we read from slowly: at a given byte the server stands still, and its memory can be read.
fifo=$2/memory.fifo
mkfifo "$fifo"
PGOPTIONS='-c logical_decoding_work_mem=64kB' "$bin/pg_recvlogical" -d regression --slot memory --start --no-loop -F 0 -f - --endpos "$end" -o format=frames >"$fifo" 2>"$2/memory.log" &
receiver=$!
exec 3<"$fifo"
resident() {
  pid=$(psql -c "SELECT active_pid FROM pg_replication_slots WHERE slot_name = 'memory'")
  awk '/^RssAnon/ { print $2 }' "/proc/$pid/status"
}
head -c 110000000 <&3 >/dev/null
early=$(resident)
head -c 170000000 <&3 >/dev/null
late=$(resident)
cat <&3 >/dev/null
wait "$receiver"
grew=$((late - early))
[ "$grew" -lt 1024 ] || { echo "grew by $grew kB, from $early kB to $late kB"; exit 1; }
