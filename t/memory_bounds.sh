#!/bin/sh
# memory_bounds.sh BINDIR WORK   What whoever may create a table, or write a row, has no hand in: a document is measured before a tree is
# made of it, a composite type before its schema is made, and of a plan that penstock.tables() looks at nothing is kept. In each
# case a session decodes without the matter first, and then its peak of resident memory grows by less than a stated bound.
set -eu
bin=$1
psql() { "$bin/psql" -X -qAt -v ON_ERROR_STOP=1 "$@"; }
trap 'psql -c "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots" -c "DROP SCHEMA bounds CASCADE" >/dev/null 2>&1' EXIT
failed=0

psql >/dev/null <<'SQL'
SET client_min_messages = warning;
CREATE SCHEMA bounds;
CREATE FUNCTION bounds.peak() RETURNS int LANGUAGE sql AS
  $$ SELECT (regexp_match(pg_read_file('/proc/self/status', 0, 8192), 'VmHWM:\s+(\d+)'))[1]::int $$;
SQL

# grows NAME BOUND_KB BEFORE THEN   The peak grows by less than the bound from the statement BEFORE to the statement THEN.
grows() {
  grew=$(psql -c "SELECT bounds.peak() FROM ($3) AS s" -c "SELECT bounds.peak() FROM ($4) AS s" 2>/dev/null | tr '\n' ' ' | awk '{ print $2 - $1 }')
  echo "$1: $grew kB"
  [ "$grew" -lt "$2" ] || { echo "$1: the peak grew by $grew kB, allowed are $2 kB"; failed=1; }
}

# A document of 300,000 numbers: less than 10 kB in the log.
psql >/dev/null <<'SQL'
CREATE TABLE bounds.outbox (id int PRIMARY KEY, aggregatetype text DEFAULT 'a', aggregateid text DEFAULT '1', payload jsonb);
SELECT pg_create_logical_replication_slot('bounds', 'penstock');
INSERT INTO bounds.outbox (id, payload) VALUES (1, ('{"a":[' || repeat('1,', 300000) || '1]}')::jsonb);
SQL
outbox() {
  echo "SELECT count(*) FROM pg_logical_slot_peek_changes('bounds', NULL, NULL, 'table.include.list', 'bounds.outbox', 'transforms', 'o',
    'transforms.o.type', 'EventRouter', 'transforms.o.table.expand.json.payload', '$1')"
}
grows 'a document of 300,000 values' 16384 "$(outbox false)" "$(outbox true)"
psql -c "SELECT FROM pg_replication_slot_advance('bounds', pg_current_wal_lsn())" -c 'TRUNCATE bounds.outbox'
# Names of structs repeat those above them: here 180 of them, of a kilobyte each, below each other, again and again.
psql >/dev/null <<'SQL'
INSERT INTO bounds.outbox (id, payload) SELECT 1, (repeat('{"' || repeat('n', 1000) || '":', 180) || '{' || string_agg(format('"k%s":{}', i), ',') || '}' ||
  repeat('}', 180))::jsonb FROM generate_series(1, 2000) i;
SQL
grows 'names of nested structs' 16384 "$(outbox false)" "$(outbox true)"
psql -c "SELECT FROM pg_replication_slot_advance('bounds', pg_current_wal_lsn())" -c 'TRUNCATE bounds.outbox'

# A type of 16 levels, each with two of the level below.
{
  echo 'CREATE TYPE bounds.level0 AS (a int, b int);'
  for i in $(seq 16); do echo "CREATE TYPE bounds.level$i AS (a bounds.level$((i - 1)), b bounds.level$((i - 1)));"; done
  echo 'CREATE TABLE bounds.deep (id int PRIMARY KEY, c bounds.level16);'
  echo 'INSERT INTO bounds.deep VALUES (1, NULL);'
} | psql >/dev/null
deep() {
  echo "SELECT count(*) FROM pg_logical_slot_peek_changes('bounds', NULL, NULL, 'table.include.list', 'bounds.deep', 'penstock.composite.handling.mode', '$1')"
}
grows 'a composite of 16 levels' 16384 "$(deep unknown)" "$(deep struct)"

# What is escaped twice: one writer for all of it.
psql >/dev/null <<'SQL'
SET client_min_messages = warning;
CREATE EXTENSION hstore SCHEMA bounds;
CREATE TABLE bounds.stores (id int PRIMARY KEY, h bounds.hstore);
INSERT INTO bounds.stores VALUES (1, bounds.hstore('k', repeat('"', 2000000)));
SQL
stores() {
  echo "SELECT count(*) FROM pg_logical_slot_peek_changes('bounds', NULL, NULL, 'table.include.list', 'bounds.stores', 'column.exclude.list', '$1')"
}
grows 'two million quotes in an hstore' 65536 "$(stores 'bounds.stores.h')" "$(stores 'none')"

# 500 tables of 20 columns.
psql -c "SELECT format('CREATE TABLE bounds.many_%s (id int PRIMARY KEY, %s)', t,
  (SELECT string_agg(format('column_%s text DEFAULT ''x''', c), ', ') FROM generate_series(1, 19) c)) FROM generate_series(1, 500) t" |
  sed 's/$/;/' | psql >/dev/null
many() { echo "SELECT count(*) FROM penstock.tables('table.include.list', 'bounds.$1')"; }
grows '500 tables' 12288 "SELECT sum(pg_table_size(oid)) FROM pg_class WHERE relkind = 'r'" "$(many 'many_.*')"
exit $failed
