#!/bin/sh
# message_encodings.sh BINDIR WORK   What decoding tells reaches a client in UTF-8 from servers of other encodings: names that have no form
# in the client's are escaped, and never an ERROR in place of the warning, or of the error, that they stand in.
set -eu
bin=$1
told=$2/encodings.told
export PGCLIENTENCODING=UTF8
databases='enc_win1251 enc_win1252 enc_ascii'
psql() { "$bin/psql" -X -qAt -v ON_ERROR_STOP=1 "$@"; }
fail() { echo "$1"; cat "$told" 2>/dev/null || true; exit 1; }
clean() {
  psql -c "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name LIKE 'enc\\_%'" >/dev/null 2>&1 || true
  for database in $databases; do psql -c "DROP DATABASE IF EXISTS $database" >/dev/null 2>&1 || true; done
}
trap clean EXIT

# prepare DATABASE ENCODING NAME [CLIENT ENCODING]: a table of that name without a key, a value that has no form in columns of that name,
# and a long message.
prepare() {
  database=$1 name=$3
  psql -c "CREATE DATABASE $1 ENCODING '$2' LOCALE 'C' TEMPLATE template0"
  PGCLIENTENCODING=${4:-UTF8} psql -d "$1" >/dev/null <<SQL
CREATE EXTENSION penstock;
SELECT pg_create_logical_replication_slot('$1', 'penstock');
CREATE TABLE "$name" ("c$name" numeric);
INSERT INTO "$name" VALUES ('NaN');
DELETE FROM "$name";
CREATE TABLE plain ("c$name" numeric, "e$name" text);
INSERT INTO plain VALUES ('NaN', 'x');
SELECT pg_logical_emit_message(true, repeat('$name', 5000), 'x');
CREATE TABLE keyed (id int PRIMARY KEY);
INSERT INTO keyed VALUES (1);
SQL
}
# decode [MORE OPTIONS]: records of the last table; what is told stands in $told.
decode() {
  psql -d "$database" -c "SELECT data LIKE '%\"table\":\"keyed\"%' FROM pg_logical_slot_peek_changes('$database', NULL, NULL,
    'topic.prefix', 'p'${1:-})" 2>"$told" | grep -cx t || true
}
# warns WORDS [MORE OPTIONS]: decoding gets to the last record, and says these.
warns() {
  [ "$(decode "${2:-}")" = 1 ] || fail "$database, $1: decoding does not end"
  grep -qF "$1" "$told" || fail "$database: nothing is told of: $1"
}
# fails SQLSTATE MORE OPTIONS
fails() {
  psql -d "$database" -v VERBOSITY=sqlstate -c "SELECT count(*) FROM pg_logical_slot_peek_changes('$database', NULL, NULL, 'topic.prefix', 'p'$2)" \
    >/dev/null 2>"$told" && fail "$database, $1: no error"
  grep -qx "ERROR:  $1" "$told" || fail "$database: another error than $1"
}

hashed=", 'column.propagate.source.type', '.*plain\.e.*', 'column.mask.hash.SHA-256.with.salt.a', '.*plain\.e.*'"

prepare enc_win1251 WIN1251 'Изделия'
goods='Изделия' all='Всё'
if [ "$(psql -c 'SHOW server_version_num')" -lt 140000 ]; then  # what would have to be converted is escaped
  goods='\xC8\xE7\xE4\xE5\xEB\xE8\xFF' all='\xC2\xF1\xB8'
fi
u='\u0418\u0437\u0434\u0435\u043B\u0438\u044F'
warns "deletes of table \"public.$goods\" are not captured"
warns "public.$u.c$u: a value of type numeric has no form"
warns '\u0418\u0437: its prefix is longer'
warns "publication \"$all\" does not exist" ", 'publication.name', 'Всё', 'publication.autocreate.mode', 'all_tables'"
warns "column \"public.plain.e$goods\" is not hashed" "$hashed"
fails 0A000 ", 'event.converting.failure.handling.mode', 'fail'"
fails PS032 ", 'publication.name', 'Всё', 'publication.autocreate.mode', 'disabled'"
psql -d enc_win1251 -c 'CREATE PUBLICATION "Ничего"; INSERT INTO keyed VALUES (2)' >/dev/null
decode ", 'publication.name', 'Ничего', 'publication.autocreate.mode', 'disabled', 'table.include.list', '.*'" >/dev/null
grep -qF 'PS032' "$told" && fail 'another publication is there'

prepare enc_win1252 WIN1252 "$(printf 't\201')" WIN1252
warns 'deletes of table "public.t'
warns 'public.plain.ct\uFFFD: a value of type numeric has no form'
warns 'column "public.plain.et\x81" is not hashed' "$hashed"
fails 0A000 ", 'event.converting.failure.handling.mode', 'fail'"

prepare enc_ascii SQL_ASCII "$(printf 'n\377\201t')" SQL_ASCII
warns 'deletes of table "public.n'
warns 'has no form in records, and null is written for it'
warns 'column "public.plain.en\xFF\x81t" is not hashed' "$hashed"
fails 0A000 ", 'event.converting.failure.handling.mode', 'fail'"

# What the relay asks for at its start is answered.
for database in enc_win1252 enc_ascii; do
  tables=$(psql -d $database -c "SELECT string_agg(\"table\", ' ' ORDER BY relation) FROM penstock.tables() WHERE kind = 'table'")
  left_out=$(psql -d $database -c "SELECT penstock.shown(relation::regclass::text) FROM penstock.capture_findings() WHERE finding = 'name not UTF-8'")
  case "$tables $left_out" in 't\x81 plain keyed "t\x81"' | 'n\xFF\x81t plain keyed "n\xFF\x81t"') ;; *) fail "$database: $tables, $left_out" ;; esac
  psql -d $database -c "SELECT * FROM penstock.tables('message.key.columns', 'public.plain:*'), penstock.capture_findings()" >/dev/null
done
