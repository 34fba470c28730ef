#!/bin/bash
# After the shop's tables: the relay's role may read them for the snapshot. The publication says what is streamed.
set -euo pipefail
psql -v ON_ERROR_STOP=1 --no-psqlrc -q --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
GRANT USAGE ON SCHEMA shop TO penstock;
GRANT SELECT ON ALL TABLES IN SCHEMA shop TO penstock;
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO penstock;
CREATE PUBLICATION penstock_shop FOR ALL TABLES;
SQL
