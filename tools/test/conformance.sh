#!/bin/sh
# conformance.sh PG_CONFIG [REGEX]   Penstock against the records of the real connector, on a private broker. Without REGEX:
# the cases of tests/conformance/passing.txt, all of which must pass. WORK=DIR keeps the output of each case; RENAMED=yes runs
# copies of the cases with other names of topics, schemas, tables and columns (tests/conformance/rename.py).
set -eu
cd "$(dirname "$0")/../.."
pg_config=$1
build=${BUILD:-build}
relay=${PENSTOCK:-$PWD/$build/penstock}
only=${2:-^($(sed -E 's/[[:space:]]*(#.*)?$//; /^$/d' tests/conformance/passing.txt | paste -sd '|'))\$}
[ -x "$relay" ] || { echo "no relay at $relay: run make"; echo "0 passed, 1 failed, 0 skipped"; exit 1; }

work=$(mktemp -d)
port=$(scripts/python -c 'from harness.wait import free_ports; print(free_ports(4))')
# shellcheck disable=SC2317  # called by the trap
finish() { scripts/kafka.sh stop "$work/kafka" || true; rm -rf "$work"; }
trap finish EXIT
trap 'exit 130' INT TERM
scripts/kafka.sh start "$work/kafka" "$port"

bin=$("$pg_config" --bindir)
set --
if [ "$("$bin/postgres" --describe-config | grep -c '^output_plugin_libraries' || true)" -gt 0 ]; then
  set -- --pg-conf "output_plugin_libraries = 'pgoutput, test_decoding, penstock'"
fi
if [ -n "${RENAMED:-}" ]; then
  scripts/python tests/conformance/rename.py "$work/cases" --only "$only"
  set -- "$@" --cases "$work/cases" --base "$work/cases/base.json" --database depot
fi
[ -z "${WORK:-}" ] || set -- "$@" --work "$WORK"
{
  scripts/python tests/conformance/check.py --bootstrap "127.0.0.1:$port" --pg-bindir "$bin" --pg-os-user nobody --only "$only" \
    --variant penstock --db-sql 'CREATE EXTENSION penstock' "$@" \
    --start "$relay run --set bootstrap.servers={bootstrap} --set listeners=http://127.0.0.1:$((port + 3)) {config}" 2>&1 || true
} | tee "$work/out"
tail -n 1 "$work/out" | grep -q ' 0 failed'
