#!/bin/sh
# valgrind.sh PG_CONFIG [TEST…]   The plugin's regression tests on a server under valgrind: reads and writes outside of what was
# allocated. Undefined values are not looked for: a server built without valgrind support is full of them. Slow: minutes.
set -u
cd "$(dirname "$0")/../.." || exit
pg_config=$1
shift
work=$(mktemp -d)
chmod 777 "$work"
trap 'rm -rf "$work"' EXIT
cat >"$work/postgres" <<EOF_WRAPPER
#!/bin/sh
exec valgrind --quiet --leak-check=no --undef-value-errors=no --trace-children=yes --log-file=$work/valgrind.%p "$("$pg_config" --bindir)/postgres" "\$@"
EOF_WRAPPER
chmod 755 "$work/postgres"
if [ $# -eq 0 ]; then
  for file in sql/*.sql; do set -- "$@" "$(basename "$file" .sql)"; done
fi
POSTGRES_PROGRAM=$work/postgres tools/test/regress.sh "$pg_config" "$@" >"$work/out"
sed '$d' "$work/out"
# The server has findings of its own (overlapping copies in its regular expression cache); ours have the plugin in their stack.
found=$(cat "$work"/valgrind.* | grep -c 'penstock\.so' || true)
[ "$found" -eq 0 ] || grep -h -B 12 -A 4 'penstock\.so' "$work"/valgrind.* | head -60
counts=$(tail -1 "$work/out")
[ "$found" -eq 0 ] || counts="$(echo "$counts" | sed 's/, .*//'), $found failed, 0 skipped"
echo "$counts"
[ "$found" -eq 0 ]
