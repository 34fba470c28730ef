#!/bin/sh
# regress.sh PG_CONFIG [TEST…]   The plugin's own tests on a private server: sql/ against expected/ by pg_regress, then t/*.sh,
# which need a real walsender. The plugin must be installed (make install); TEST names a file of sql/ or t/ without its ending.
set -u
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tools/lib/counts.sh
. tools/lib/counts.sh
pg_config=$1
shift
bin=$("$pg_config" --bindir)
pg_regress=$(dirname "$("$pg_config" --pgxs)")/../test/regress/pg_regress
# Below the ports that the kernel gives to clients, another for each run.
port=${REGRESS_PORT:-$((15000 + $$ % 17000))}
work=$(mktemp -d)
chmod 755 "$work"
stop() {
  scripts/postgres.sh stop "$pg_config" "$work/server" immediate >/dev/null 2>&1
  rm -rf "$work"
}
trap stop EXIT
trap 'exit 1' INT TERM

scripts/postgres.sh start "$pg_config" "$work/server" "$port" 'fsync = off' 'autovacuum = off' 'max_prepared_transactions = 4' || exit 1
export PGHOST=127.0.0.1 PGPORT="$port" PGUSER=postgres PGDATABASE=regression

wanted() { # PATTERN of files: names of those that were asked for, or all
  for file in $1; do
    name=$(basename "${file%.*}")
    case " $only " in *" $name "* | '  ') echo "$name" ;; esac
  done
}
only=$*

tests=$(wanted 'sql/*.sql')
if [ -n "$tests" ]; then
  mkdir -p "$work/results"
  # shellcheck disable=SC2086
  "$pg_regress" --bindir="$bin" --inputdir=. --outputdir="$work" --host=127.0.0.1 --port="$port" --user=postgres \
    --dbname=regression --load-extension=penstock $tests >"$work/pg_regress.out" 2>&1
  # Up to 15 "test NAME … ok 12 ms", from 16 on TAP: "ok 1 - NAME 12 ms".
  for test in $tests; do
    if grep -qE "^(test $test +\.\.\. ok|ok [0-9]+ +- $test )" "$work/pg_regress.out"; then
      reason=$(sed -n 's/^skipped: //p' "$work/results/$test.out")
      if [ -n "$reason" ]; then
        skip "$test" "$reason"
        continue
      fi
      passed=$((passed + 1))
    else
      failed=$((failed + 1))
      echo "FAIL  $test"
    fi
  done
  [ "$failed" -eq 0 ] || { tail -20 "$work/pg_regress.out"; head -n "${REGRESS_LINES:-150}" "$work/regression.diffs" 2>/dev/null; }
  [ -z "${REGRESS_RESULTS:-}" ] || cp -r "$work/results/." "$REGRESS_RESULTS/"
else
  "$bin/createdb" regression
  "$bin/psql" -qc 'CREATE EXTENSION penstock'
fi

for test in $(wanted 't/*.sh'); do
  "t/$test.sh" "$bin" "$work" >"$work/$test.out" 2>&1
  status=$?
  if [ "$status" -eq 77 ]; then  # the server is too old for it
    skip "$test" "$(tail -1 "$work/$test.out")"
  else
    check "$test" sh -c "cat '$work/$test.out'; exit $status"
  fi
done
closing_line
