#!/bin/sh
# renamed.sh PG_CONFIG [REGEX]   The cases of conformance.sh as copies with other names of topics, database, schemas, tables and
# columns: none may pass because it is known.
set -eu
cd "$(dirname "$0")/../.."
RENAMED=yes exec tools/test/conformance.sh "$@"
