#!/bin/sh
# row_filters.sh BINDIR WORK   Row filters (15 and later): whatever the server accepts is evaluated, with pgoutput's answers; a row on which
# that fails does not pass and is told, by a notice for each; a filter of a table that is not captured matters to nobody.
set -eu
bin=$1
warnings=$2/filters.warnings
psql() { "$bin/psql" -X -qAt -v ON_ERROR_STOP=1 "$@"; }
fail() { echo "$1"; exit 1; }
is() { [ "$2" = "$3" ] || fail "$1: $2"; }
[ "$(psql -c 'SHOW server_version_num')" -ge 150000 ] || { echo 'row filters came with 15'; exit 77; }
trap 'psql -c "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots" -c "DROP SCHEMA filters CASCADE" >/dev/null 2>&1' EXIT

# 9,000 terms: taken by a session with much stack, and not to be read again with the stack that sessions have by default.
terms() { awk "BEGIN { printf \"a\"; for (i = 0; i < $1; i++) printf \"+1\" }"; }
long=$(awk 'BEGIN { for (i = 0; i < 1100000; i++) printf "x" }')
psql >/dev/null <<SQL
CREATE SCHEMA filters;
CREATE TABLE filters.t (id int PRIMARY KEY, a int, v text);
ALTER TABLE filters.t REPLICA IDENTITY FULL;
CREATE TABLE filters.other (id int PRIMARY KEY);
CREATE PUBLICATION even FOR TABLE filters.t WHERE (a % 2 = 0);
CREATE PUBLICATION lower FOR TABLE filters.t WHERE (lower(v) = 'yes' OR length(v) > 10);
CREATE PUBLICATION divides FOR TABLE filters.t WHERE (100 / a > 1), filters.other WHERE (1 / 0 > id);
CREATE PUBLICATION regex FOR TABLE filters.t WHERE ('yes8' ~ lower(v));
CREATE PUBLICATION in_sql FOR TABLE filters.t WHERE (rpad(lpad(v || v || v || v || v || v || v || v || v || v || v || v, 40), 44) LIKE '%7%');
SET max_stack_depth = '7MB';
CREATE PUBLICATION deep FOR TABLE filters.t WHERE ($(terms 9000) > 0);
CREATE PUBLICATION beyond FOR TABLE filters.t WHERE ($(terms 1001) > 0);
CREATE PUBLICATION within FOR TABLE filters.t WHERE ($(terms 900) > 902);
CREATE PUBLICATION long FOR TABLE filters.t WHERE (v <> '$long');
RESET max_stack_depth;
SELECT pg_create_logical_replication_slot('filters', 'penstock');
SELECT pg_create_logical_replication_slot('filters_pgoutput', 'pgoutput');
INSERT INTO filters.t VALUES (1, 2, 'Yes'), (2, 3, 'no'), (3, 0, '7'), (4, NULL, '(');
INSERT INTO filters.other VALUES (1);
UPDATE filters.t SET a = 5, v = '8' WHERE id = 3;
UPDATE filters.t SET a = 0, v = NULL WHERE id = 1;
DELETE FROM filters.t WHERE id IN (1, 2);
SQL
ops() { # PUBLICATION [MORE OPTIONS]: op and key of each record
  psql -c "SELECT data::json->'value'->>'op', data::json->>'key' FROM pg_logical_slot_peek_changes('filters', NULL, NULL, 'topic.prefix', 'p',
    'tombstones.on.delete', 'false', 'publication.name', '$1', 'table.include.list', 'filters.t'${2:-})" 2>"$warnings" | tr '|\n' '= '
}
told() { sed -n 's/^WARNING:  \(.*\): the row filter of publication "\(.*\)" fails on rows with SQLSTATE \(.*\), and these do not pass/\1 \2 \3/p' "$warnings"; }
# The letters of pgoutput, as ours.
pgoutput() { psql -c "SELECT translate(chr(get_byte(data, 0)), 'IUD', 'cud') FROM pg_logical_slot_peek_binary_changes('filters_pgoutput', NULL, NULL,
  'proto_version', '1', 'publication_names', '$1') WHERE get_byte(data, 0) IN (ascii('I'), ascii('U'), ascii('D'))" | tr -d '\n'; }
letters() { ops "$1" | sed 's/=[^ ]* //g'; }

for name in even lower in_sql within; do
  [ -n "$(letters $name)" ] || fail "$name: no record: $(cat "$warnings")"
  is "$name, and pgoutput: $(pgoutput $name)" "$(letters $name)" "$(pgoutput $name)"
  [ ! -s "$warnings" ] || fail "$name: $(cat "$warnings")"
done
is 'arithmetic' "$(ops even)" 'c={"id":1} c={"id":3} d={"id":3} u={"id":1} d={"id":1} '
is 'a division by zero' "$(ops divides)" 'c={"id":1} c={"id":2} c={"id":3} d={"id":1} d={"id":2} '
is 'told' "$(told)" 'filters.t divides 22012'
is 'a pattern that is none' "$(ops regex)" 'c={"id":1} c={"id":3} d={"id":1} '
is 'told' "$(told)" 'filters.t regex 2201B'
for name in deep beyond long; do
  is 'an expression that is not read' "$(ops $name)" ''
  is 'told' "$(told)" "filters.t $name 54001"
done
# As many notices as rows: the frame has the count (wire/notice.h), and the WARNING is one.
is 'counted' "$(psql -c "SELECT (regexp_match(encode(data, 'hex'), '6e006600[0-9a-f]{8}([0-9a-f]{16})'))[1] FROM pg_logical_slot_peek_binary_changes('filters', NULL, NULL,
  'format', 'frames', 'publication.name', 'deep', 'table.include.list', 'filters.t') LIMIT 1")" 0400000000000000
if psql -c "SELECT count(*) FROM pg_logical_slot_peek_binary_changes('filters_pgoutput', NULL, NULL, 'proto_version', '1', 'publication_names', 'divides')" \
  >/dev/null 2>&1; then fail 'pgoutput does not fail on it'; fi

# Many in one transaction, also where decoding itself is in a subtransaction, as in this function; nothing is left behind.
psql -c "SELECT FROM pg_replication_slot_advance('filters', pg_current_wal_lsn())" \
  -c 'INSERT INTO filters.t SELECT i, i % 2, i FROM generate_series(1000, 1999) AS i' >/dev/null
is 'half of a thousand rows' "$(ops divides | wc -w)" 500
is 'told once' "$(told)" 'filters.t divides 22012'
psql -c "BEGIN" -c "SAVEPOINT s" -c "SELECT count(*) FROM pg_logical_slot_peek_changes('filters', NULL, NULL, 'publication.name', 'divides', 'table.include.list',
  'filters.t')" -c 'RELEASE s' -c 'SELECT count(*) FROM filters.t' -c 'COMMIT' 2>/dev/null | tr '\n' ' ' >"$warnings"
is 'the session goes on' "$(cat "$warnings")" '500 1002 '

# Comparisons fail too: of columns without a collation in common, of arrays by their elements; and what needs too much memory.
psql >/dev/null <<SQL
SELECT FROM pg_replication_slot_advance('filters', pg_current_wal_lsn());
CREATE TABLE filters.c (id int PRIMARY KEY, points point[], c int[], d int[], t text COLLATE "C", u text COLLATE "POSIX", n int);
CREATE PUBLICATION compares;
SQL
n=0
compare() { # WHERE
  n=$((n + 1))
  psql -c "ALTER PUBLICATION compares SET TABLE filters.c WHERE ($1)" -c "INSERT INTO filters.c VALUES ($n, ARRAY['(1,1)'::point], '{1}', '{1,2}', 'a', 'b', 540000000)"
}
compare "points IS DISTINCT FROM '{\"(1,1)\"}'::point[]"
compare "ARRAY[c, d] <> '{{1}}'::int[]"
compare 't < u'
compare 't IS DISTINCT FROM u'
compare 't = ANY (ARRAY[u])'
compare "t IN (u, 'x')"
compare "coalesce(t, u) = 'x'"
compare '(t, 1) = (u, 1)'
compare "t = 'a' AND (c = d) IS NOT TRUE AND t < 'b' COLLATE \"POSIX\" AND n IN (1, 540000000)"
[ "$(psql -c "SELECT count(*) FROM pg_collation WHERE collname = 'C.utf8'")" = 0 ] || compare "upper(repeat(t, n) COLLATE \"C.utf8\") = 'X'"
ids() { psql -c "SELECT data::json->'key'->>'id' FROM pg_logical_slot_peek_changes('filters', NULL, NULL, 'publication.name', 'compares', 'table.include.list',
  'filters.c')" 2>"$warnings" | tr '\n' ' '; }
is 'comparisons that fail' "$(ids) $(cat "$warnings")" "9  $(cat "$warnings")"
is 'told' "$(told)" 'filters.c compares 42883'

# What is not about the row is no answer to whether it passes: the statement is cancelled, or there is no memory for anybody.
psql >/dev/null <<SQL
SELECT FROM pg_replication_slot_advance('filters', pg_current_wal_lsn());
CREATE TABLE filters.slow (id int PRIMARY KEY, v text);
CREATE PUBLICATION slow FOR TABLE filters.slow WHERE (factorial(id) > 0);
CREATE PUBLICATION room FOR TABLE filters.slow WHERE (length(repeat(v, id * 1000)) > 0);
INSERT INTO filters.slow SELECT i, 'v' FROM generate_series(10001, 10100) AS i;
SQL
peek="SELECT count(*) FROM pg_logical_slot_peek_changes('filters', NULL, NULL, 'table.include.list', 'filters.slow', 'publication.name'"
if error=$(psql -c "SET statement_timeout = '500ms'" -c "$peek, 'slow')" 2>&1); then fail "goes on beyond a time-out: $error"; fi
echo "$error" | grep -q 'canceling statement due to statement timeout' || fail "no time-out: $error"
psql -c "SELECT FROM pg_replication_slot_advance('filters', pg_current_wal_lsn())" -c "INSERT INTO filters.slow VALUES (700000, 'v')"
with_memory() { # MEGABYTES   beside what the session has
  psql -v ON_ERROR_STOP=0 2>&1 <<SQL
$peek, 'lower');
COPY (SELECT 1) TO PROGRAM 'size=\$(awk "/VmSize/ { print \\\$2 }" /proc/\$PPID/status); prlimit --pid \$PPID --as=\$(((size + $1 * 1024) * 1024))';
$peek, 'room');
SQL
}
if command -v prlimit >/dev/null; then
  with_memory 150 | grep -q '^ERROR:  out of memory' || fail "a row is left out for want of memory: $(with_memory 150)"
  with_memory 500 | grep -q 'fails on rows with SQLSTATE 53200' || fail "a row that asks for more than there is: $(with_memory 500)"
fi
