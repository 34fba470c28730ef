#!/bin/sh
# golden.sh   Every regression script has its expected output, and the reverse.
set -eu
cd "$(dirname "$0")/../.."
status=0
for pair in sql:sql specs:spec; do
  folder=${pair%:*}
  for script in "$folder"/*."${pair#*:}"; do
    [ -e "$script" ] || continue
    name=$(basename "$script" ".${pair#*:}")
    [ -e "expected/$name.out" ] || { echo "$script has no expected/$name.out"; status=1; }
  done
done
for expected in expected/*.out; do
  [ -e "$expected" ] || continue
  # name_1.out is another allowed output of name
  name=$(basename "$expected" .out)
  [ -e "sql/$name.sql" ] || [ -e "specs/$name.spec" ] || [ -e "sql/${name%_[0-9]}.sql" ] || [ -e "specs/${name%_[0-9]}.spec" ] ||
    { echo "$expected belongs to no script"; status=1; }
done
exit $status
