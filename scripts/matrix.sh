#!/bin/sh
# matrix.sh FOLDER…   The plugin on each PostgreSQL whose FOLDER holds bin/pg_config: built in a copy of the tree, symbols
# checked, regression tests run.
set -u
cd "$(dirname "$0")/.." || exit
# shellcheck source=scripts/counts.sh
. scripts/counts.sh
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT

one_version() {
  copy=$work/tree
  rm -rf "$copy"
  mkdir "$copy"
  git ls-files -z | xargs -0 cp --parents -t "$copy"
  make -s -C "$copy" RELAY=no PG_CONFIG="$1" install &&
    "$copy/scripts/check-symbols.sh" "$copy/penstock.so" &&
    "$copy/scripts/regress.sh" "$1"
}

for folder in "$@"; do
  pg_config=$folder/bin/pg_config
  if [ -x "$pg_config" ]; then
    check "$("$pg_config" --version)" one_version "$pg_config"
  else
    skip "$folder" "no bin/pg_config there"
  fi
done
closing_line
