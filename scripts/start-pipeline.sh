#!/bin/sh
# start-pipeline.sh [PART…]   Starts the pipeline, or these parts of it, and prints where each answers. What runs is left alone.
# PG_CONFIG names the server (default Debian's 15, with the plugin installed by `make`), TLS=1 takes the secure form,
# PIPELINE_PORT_OFFSET=N moves every port, PIPELINE_DIR names the folder of data, logs and secrets.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ -z "${PG_CONFIG:-}" ]; then
  PG_CONFIG=/usr/lib/postgresql/15/bin/pg_config
  [ -x "$PG_CONFIG" ] || PG_CONFIG=pg_config
fi
exec "$here/python" "$here/../pipeline/stack.py" start --pg-config "$PG_CONFIG" "$@"
