#!/bin/bash
# Run once by the image's entrypoint, on the server of the first start, before the shop's tables come (20-shop.sql): what
# Penstock and the exporter need. The entrypoint starts the server anew afterwards, so that wal_level takes effect.
set -euo pipefail

run() { psql -v ON_ERROR_STOP=1 --no-psqlrc -q --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" "$@"; }

# psql quotes the passwords itself (:'name'); they stand in no command line, environment or log.
run <<'SQL'
\set relay_database_password `cat "${PENSTOCK_SECRETS:-/run/secrets}/relay_database_password"`
\set monitor_database_password `cat "${PENSTOCK_SECRETS:-/run/secrets}/monitor_database_password"`
SET log_statement = 'none';
ALTER SYSTEM SET wal_level = 'logical';
ALTER SYSTEM SET max_replication_slots = '10';
ALTER SYSTEM SET max_wal_senders = '10';
-- What a slot may hold back: beyond it the server lives and the slot does not (docs/operating.md).
ALTER SYSTEM SET max_slot_wal_keep_size = '4GB';
CREATE EXTENSION penstock;
CREATE ROLE penstock LOGIN REPLICATION PASSWORD :'relay_database_password';
CREATE ROLE monitor LOGIN PASSWORD :'monitor_database_password';
GRANT pg_monitor TO monitor;
SQL

# Minors since November 2025 refuse output plugins that are not named; older ones do not know the setting and would not
# start with it. A list without quotes around it: in quotes it would be one name.
known=$(run -At -c "SELECT count(*) FROM pg_settings WHERE name = 'output_plugin_libraries'")
if [ "$known" = 1 ]; then
  run -c "ALTER SYSTEM SET output_plugin_libraries = pgoutput, test_decoding, penstock"
fi
