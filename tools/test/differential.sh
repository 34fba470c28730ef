#!/bin/sh
# differential.sh PG_CONFIG [ARGUMENT…]   Random schemas and SQL, decoded, replayed and compared (tests/differential; its --help
# has the arguments). The plugin must be installed.
set -eu
cd "$(dirname "$0")/../.."
pg_config=$1
shift
exec scripts/python -m differential.differential --pg-config "$pg_config" "$@"
