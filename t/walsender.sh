#!/bin/sh
# walsender.sh BINDIR WORK   What only a real walsender shows: slots are created and copied without options, names of options are
# cut at 63 bytes so everything must fit into `config`, mistakes end the command with 22023 and leave the session and the slot.
set -eu
bin=$1
export PGOPTIONS='-c synchronous_commit=on'
psql() { "$bin/psql" -X -qAt -v ON_ERROR_STOP=1 "$@"; }
replication() { psql "dbname=regression replication=database" -c "$1"; }
fail() { echo "$1"; exit 1; }

psql -c 'CREATE TABLE walsender_t (id int PRIMARY KEY, v text)'
replication 'CREATE_REPLICATION_SLOT walsender LOGICAL penstock NOEXPORT_SNAPSHOT' >/dev/null
trap 'psql -c "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name LIKE '\''walsender%'\''" >/dev/null' EXIT
psql -c "INSERT INTO walsender_t VALUES (1, 'one')" -c "INSERT INTO walsender_t VALUES (2, 'two')"

# A copy takes the plugin along, without any option.
psql -c "SELECT FROM pg_copy_logical_replication_slot('walsender', 'walsender_copy')" >/dev/null
[ "$(psql -c "SELECT plugin FROM pg_replication_slots WHERE slot_name = 'walsender_copy'")" = penstock ] || fail 'the copy has another plugin'

end=$(psql -c 'SELECT pg_current_wal_lsn()')
psql -c "SELECT pg_logical_emit_message(false, 'x', 'x')" >/dev/null
receive() { # OPTION…: what the stream holds up to $end
  "$bin/pg_recvlogical" -d regression --slot walsender_copy --start --no-loop -f - --endpos "$end" "$@"
}

# More than 63 bytes: as a name of its own it is cut, and told; inside config it is whole.
long='message.prefix.include.list.that.is.much.longer.than.any.identifier.of.postgresql.may.be'
if error=$(receive -o "$long=x" 2>&1); then fail 'a name that does not exist was accepted'; fi
echo "$error" | grep -q 'unrecognized option "message.prefix.include.list.that.is.much.longer.than.any.identi"' || fail "no word of the name: $error"
# shellcheck disable=SC2016  # $1 is the pattern's group
config='{"topic.prefix": "shop", "transforms": "a_transform_whose_name_is_as_long_as_people_like_it_to_be_in_connect",
"transforms.a_transform_whose_name_is_as_long_as_people_like_it_to_be_in_connect.type": "org.apache.kafka.connect.transforms.RegexRouter",
"transforms.a_transform_whose_name_is_as_long_as_people_like_it_to_be_in_connect.regex": "shop\\.public\\.(.*)",
"transforms.a_transform_whose_name_is_as_long_as_people_like_it_to_be_in_connect.replacement": "routed-$1"}'
output=$(receive -o format=json -o "config=$config")
[ "$(echo "$output" | grep -c '^{"topic":"routed-walsender_t","key":{"id":[12]},')" -eq 2 ] || fail "records: $output"

# A salt comes with the connection and is not in the command.
psql -c "SELECT FROM pg_copy_logical_replication_slot('walsender', 'walsender_salt')" >/dev/null
hash='{"column.mask.hash.v2.SHA-256.with.salt.@0": "public.walsender_t.v"}'
output=$(PGOPTIONS='-c penstock.salts=706570706572' "$bin/pg_recvlogical" -d regression --slot walsender_salt --start --no-loop -f - \
  --endpos "$end" -o "config=$hash")
expected=$(psql -c "SELECT encode(sha256('pepperone'), 'hex')")
echo "$output" | grep -q "\"after\":{\"id\":1,\"v\":\"$expected\"}" || fail "a hash with a salt of the connection: $output"
if error=$(receive -o "config=$hash" 2>&1); then fail 'a salt that is not there was accepted'; fi
echo "$error" | grep -q 'salt @0 is not in the setting penstock.salts' || fail "no word of the salt: $error"

# Frames by the same connection string; the first byte is the version, the second the kind.
psql -c "SELECT FROM pg_copy_logical_replication_slot('walsender', 'walsender_frames')" >/dev/null
kinds=$("$bin/pg_recvlogical" -d regression --slot walsender_frames --start --no-loop -f - --endpos "$end" -F 0 -o format=frames -o wire=1-1 |
  od -An -c -N 2 | tr -d ' ')
[ "$kinds" = '001t' ] || fail "a frame begins with $kinds"

# A mistake ends the command, not the session, and the slot is free again.
psql "dbname=regression replication=database" -v ON_ERROR_STOP=0 -c '\set VERBOSITY sqlstate' \
  -c "START_REPLICATION SLOT walsender LOGICAL 0/0 (\"topic.prefix\" 'a b')" -c 'IDENTIFY_SYSTEM' >/dev/null 2>&1 || true
[ "$(psql -c "SELECT active FROM pg_replication_slots WHERE slot_name = 'walsender'")" = f ] || fail 'the slot is still held'

# The option cork belongs to walsenders: elsewhere it has no effect, and a value that is none is refused.
"$bin/pg_recvlogical" -d regression --slot walsender_frames --start --no-loop -f /dev/null --endpos "$end" -o format=frames -o cork=true
psql -c "SELECT count(*) FROM pg_logical_slot_peek_binary_changes('walsender', NULL, NULL, 'format', 'frames', 'cork', 'true')" >/dev/null
if error=$(psql -c "SELECT FROM pg_logical_slot_peek_changes('walsender', NULL, NULL, 'cork', 'maybe')" 2>&1); then fail 'cork=maybe was accepted'; fi
echo "$error" | grep -q 'It must be true or false' || fail "no word of what cork may be: $error"
