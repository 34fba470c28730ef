#!/bin/sh
# publication_missing.sh BINDIR WORK   A publication that is not there as of a change never publishes more than it did: decoding stops,
# with SQLSTATE PS032, at the change or at the DROP itself, unless penstock.publication.missing says what becomes of these changes.
set -eu
bin=$1
errors=$2/missing.err
psql() { "$bin/psql" -X -qAt -v ON_ERROR_STOP=1 -v VERBOSITY=verbose "$@"; }
fail() { echo "$1"; exit 1; }
is() { [ "$2" = "$3" ] || fail "$1: $2 $(cat "$errors")"; }
trap 'psql -c "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots" -c "DROP SCHEMA missing CASCADE" -c "DROP PUBLICATION IF EXISTS missing, whole, renamed" >/dev/null 2>&1' EXIT
psql -c 'CREATE SCHEMA missing' -c 'CREATE TABLE missing.a (id int PRIMARY KEY)' -c 'CREATE TABLE missing.b (id int PRIMARY KEY)' \
  -c "SELECT pg_create_logical_replication_slot('missing', 'penstock')" >/dev/null

mode() { echo ", 'publication.autocreate.mode', '$1'"; }
missing() { echo ", 'penstock.publication.missing', '$1'"; }
nothing=$(missing nothing) everything=$(missing everything) disabled=$(mode disabled)
ids() { # NAME [MORE OPTIONS]: table and id of each record, or the SQLSTATE
  psql -c "SELECT data::json->>'topic', data::json->'key'->>'id' FROM pg_logical_slot_peek_changes('missing', NULL, NULL, 'topic.prefix', 'p',
    'publication.name', '$1', 'schema.include.list', 'missing'${2:-})" >"$errors.out" 2>"$errors" || true
  sed -n 's/^ERROR:  \(PS032\): .*/\1 /p' "$errors" | tr -d '\n'
  sed 's/p.missing.//' "$errors.out" | tr '|\n' '  '
}
advance() { psql -c "SELECT FROM pg_replication_slot_advance('missing', pg_current_wal_lsn())"; }

# It never was there: as the connector, which would make one for all tables, but not where it must be there.
psql -c 'INSERT INTO missing.a VALUES (1)' -c 'INSERT INTO missing.b VALUES (1)'
is 'never there' "$(ids missing)" 'a 1 b 1 '
grep -q 'WARNING:  42704: publication "missing" does not exist: every table is published' "$errors" || fail "not told: $(cat "$errors")"
is 'never there, made for all tables' "$(ids missing "$(mode all_tables)")" 'a 1 b 1 '
is 'never there, disabled' "$(ids missing "$disabled")" 'PS032 '
grep -q 'publication "missing" did not exist when table "missing.a" was changed' "$errors" || fail "not told: $(cat "$errors")"
is 'never there, an empty one' "$(ids missing "$(mode no_tables)")" 'PS032 '
is 'of tables that are not captured' "$(ids missing "$disabled, 'table.exclude.list', 'missing[.].*'")" ''
is 'nothing' "$(ids missing "$disabled$nothing")" ''
grep -q 'WARNING:  PS033: publication "missing" does not exist: no table is published' "$errors" || fail "not told: $(cat "$errors")"
is 'everything' "$(ids missing "$disabled$everything")" 'a 1 b 1 '

# Dropped: not one change more, whatever comes first.
psql -c 'CREATE PUBLICATION missing FOR TABLE missing.a'
advance
psql -c 'INSERT INTO missing.a VALUES (2)' -c 'INSERT INTO missing.b VALUES (2)'
is 'there' "$(ids missing)" 'a 2 '
psql -c 'DROP PUBLICATION missing'
is 'at the DROP itself' "$(ids missing)" 'PS032 '
grep -q 'publication "missing" was dropped or renamed' "$errors" || fail "not told: $(cat "$errors")"
is 'before the first change' "$(ids missing "$disabled")" 'a 2 '
psql -c 'INSERT INTO missing.b VALUES (3)' -c 'CREATE PUBLICATION missing FOR TABLE missing.a' -c 'INSERT INTO missing.a VALUES (4)' \
  -c 'INSERT INTO missing.b VALUES (4)'
is 'created again' "$(ids missing)" 'PS032 '
is 'created again, disabled' "$(ids missing "$disabled")" 'PS032 '
is 'nothing of the time between' "$(ids missing "$nothing")" 'a 2 a 4 '
is 'nothing of the time between' "$(ids missing "$disabled$nothing")" 'a 2 a 4 '
is 'everything of the time between' "$(ids missing "$everything")" 'a 2 b 3 a 4 '
advance

psql -c 'BEGIN' -c 'INSERT INTO missing.a VALUES (5)' -c 'DROP PUBLICATION missing' -c 'INSERT INTO missing.b VALUES (5)' -c 'COMMIT'
is 'in one transaction' "$(ids missing)" 'PS032 '
is 'in one transaction, nothing' "$(ids missing "$nothing")" 'a 5 '
psql -c 'CREATE PUBLICATION missing FOR TABLE missing.a'
advance
psql -c 'BEGIN' -c 'DROP PUBLICATION missing' -c 'CREATE PUBLICATION missing FOR TABLE missing.b' -c 'COMMIT' -c 'INSERT INTO missing.b VALUES (6)'
is 'exchanged' "$(ids missing)" 'b 6 '
psql -c 'ALTER PUBLICATION missing RENAME TO renamed'
is 'renamed' "$(ids missing)" 'PS032 '
is 'in a subtransaction' "$(psql -c 'ALTER PUBLICATION renamed RENAME TO missing'; advance; psql -c 'BEGIN' -c 'SAVEPOINT s' -c 'DROP PUBLICATION missing' \
  -c 'RELEASE s' -c 'COMMIT'; ids missing)" 'PS032 '

# One that holds nothing back opens nothing when it goes.
psql -c 'CREATE PUBLICATION whole FOR ALL TABLES'
advance
psql -c 'INSERT INTO missing.a VALUES (7)' -c 'DROP PUBLICATION whole' -c 'INSERT INTO missing.b VALUES (7)'
is 'of all tables' "$(ids whole)" 'a 7 b 7 '
is 'of all tables, disabled' "$(ids whole "$disabled")" 'PS032 '

# Created while a transaction is open: what came before it is as if there was none, what comes after is held back, also by the next session.
late() { # SHELL COMMAND   in the middle of a transaction
  "$bin/psql" -X -q -v ON_ERROR_STOP=1 >/dev/null <<SQL
BEGIN;
INSERT INTO missing.a VALUES ($n), ($n + 1);
\\! "$bin/psql" -X -qAt -c 'CREATE PUBLICATION late FOR TABLE missing.b' $1 >/dev/null
INSERT INTO missing.a VALUES ($n + 2);
INSERT INTO missing.b VALUES ($n + 2);
COMMIT;
SQL
}
advance
n=20
late ''
is 'created meanwhile' "$(ids late)" 'a 20 a 21 b 22 '
psql -c 'INSERT INTO missing.a VALUES (23)' -c 'INSERT INTO missing.b VALUES (23)'
is 'and then' "$(ids late)" 'a 20 a 21 b 22 b 23 '
psql -c 'BEGIN' -c 'INSERT INTO missing.a VALUES (24)' -c 'DROP PUBLICATION late' -c 'INSERT INTO missing.a VALUES (25)' -c 'COMMIT'
is 'dropped' "$(ids late)" 'PS032 '
advance
n=30
late "-c \"SELECT FROM pg_replication_slot_advance('missing', pg_current_wal_lsn())\""
psql -c 'INSERT INTO missing.a VALUES (33)' -c 'INSERT INTO missing.b VALUES (33)'
is 'confirmed meanwhile' "$(ids late)" 'a 30 a 31 b 32 b 33 '
psql -c 'DROP PUBLICATION late' -c 'INSERT INTO missing.a VALUES (34)'
is 'and dropped' "$(ids late)" 'PS032 '

# One for all tables that publishes partitions otherwise than the options say, which would go on after it.
psql -c 'CREATE PUBLICATION whole FOR ALL TABLES WITH (publish_via_partition_root = true)'
advance
psql -c 'INSERT INTO missing.a VALUES (40)' -c 'DROP PUBLICATION whole'
is 'partitions as their root' "$(ids whole)" 'PS032 '
is 'as the options say' "$(ids whole ", 'publish.via.partition.root', 'true'")" 'a 40 '

# A transaction that is older than the publication as it is does not say what is held back from then on.
psql -c 'CREATE PUBLICATION late FOR TABLE missing.b'
advance
"$bin/psql" -X -q -v ON_ERROR_STOP=1 >/dev/null <<SQL
BEGIN;
INSERT INTO missing.a VALUES (50);
\! "$bin/psql" -X -qAt -c 'BEGIN' -c 'DROP PUBLICATION late' -c 'CREATE PUBLICATION late FOR ALL TABLES' -c 'COMMIT' >/dev/null
COMMIT;
SQL
psql -c 'INSERT INTO missing.a VALUES (51)' -c 'DROP PUBLICATION late' -c 'INSERT INTO missing.a VALUES (52)'
is 'made for all tables meanwhile' "$(ids late)" 'a 51 a 52 '
