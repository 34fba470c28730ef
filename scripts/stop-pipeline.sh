#!/bin/sh
# stop-pipeline.sh [--clean] [PART…]   Ends every process of the pipeline (or these parts) and keeps the data; --clean removes it.
# stop-pipeline.sh --status            Shows what runs.
# Both mean the plain and the secure form, whichever there is; TLS=1 or TLS=no means that one only.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ "${1:-}" = --status ]; then exec "$here/python" "$here/../pipeline/stack.py" status; fi
exec "$here/python" "$here/../pipeline/stack.py" stop "$@"
