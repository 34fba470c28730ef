#!/bin/sh
# check-headers.sh PG_CONFIG   Every header of ours compiles alone, with the flags of its side.
set -eu
cd "$(dirname "$0")/.."
server=$("$1" --includedir-server)
libraries=$(pkg-config --cflags libpq rdkafka)
alone() {
  case $1 in
    plugin/*) flags="-fno-exceptions -fno-rtti -Wno-register -isystem $server" ;;
    *) flags=$libraries ;;
  esac
  # shellcheck disable=SC2086  # a list of flags
  printf '#include "%s"\n' "$1" | ${CXX:-g++} -std=c++20 -fsyntax-only -Wall -Wextra -I. $flags -x c++ - 2>&1
}
status=0
for header in $(git ls-files 'wire/*.h' 'plugin/*.h' 'relay/*.h'); do
  output=$(alone "$header") || { status=1; printf '%s:\n%s\n' "$header" "$output" | head -5; }
done
exit $status
