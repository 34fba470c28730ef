#!/bin/sh
# matrix.sh MAJOR…   The plugin on each of these PostgreSQL: built in a copy of the tree, symbols checked, regression tests run; on the
# majors of $CONFORMANCE the records of the real connector too; with 17 and 18 among them, pg_upgrade from one to the other. The
# closing line adds up all counts.
set -u
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tools/lib/counts.sh
. tools/lib/counts.sh
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

# add NAME COMMAND…: shows what it prints and adds the counts of its closing line.
add() {
  name=$1
  shift
  printf '\n== %s\n' "$name"
  "$@" >"$work/out" 2>&1 </dev/null
  sed 's/^/   /' "$work/out"
  counts=$(tail -n 1 "$work/out" | sed -nE 's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/p')
  # shellcheck disable=SC2086  # three words
  set -- ${counts:-0 1 0}
  passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

build_copy() {
  rm -rf "$work/tree"
  mkdir "$work/tree"
  git ls-files -z | xargs -0 cp --parents -t "$work/tree"
  make -s -j "${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}" -C "$work/tree" RELAY=no PG_CONFIG="$1" install >"$work/build" 2>&1 && return
  head -n 20 "$work/build"
  return 1
}

make -s relay >"$work/out" 2>&1 || { cat "$work/out"; echo '0 passed, 1 failed, 0 skipped'; exit 1; }
for major in "$@"; do
  pg_config=$(scripts/pg.sh "$major") || { skip "PostgreSQL $major" "could not be fetched"; continue; }
  check "plugin for $major" build_copy "$pg_config"
  check "symbols for $major" tools/check/symbols.sh "$work/tree/penstock.so"
  add "regress on $major" "$work/tree/tools/test/regress.sh" "$pg_config"
  case " ${CONFORMANCE:-} " in
    *" $major "*) add "conformance on $major" tools/test/conformance.sh "$pg_config" ;;
  esac
done
case " $* " in
  *" 17 "*" 18 "*) add "pg_upgrade from 17 to 18" tools/test/upgrade.sh "$(scripts/pg.sh 17)" "$(scripts/pg.sh 18)" ;;
esac
echo
closing_line
