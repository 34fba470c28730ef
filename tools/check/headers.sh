#!/bin/sh
# headers.sh PG_CONFIG   Every header of ours compiles alone. Where x.cpp or x_test.cpp includes x.h before anything else,
# building it has shown that already; the others are compiled here, with the flags of their side.
set -eu
cd "$(dirname "$0")/../.."
server=$("$1" --includedir-server)
libraries=$(pkg-config --cflags libpq rdkafka)
export server libraries

shown_by_build() {
  for source in "${1%.h}.cpp" "${1%.h}_test.cpp"; do
    [ "$(sed -n '/^#include/{s/^#include "\(.*\)".*/\1/p;q}' "$source" 2>/dev/null)" != "$1" ] || return 0
  done
  return 1
}

# shellcheck disable=SC2016  # the inner shell expands
git ls-files 'wire/*.h' 'plugin/*.h' 'relay/*.h' | while read -r header; do
  shown_by_build "$header" || echo "$header"
done | xargs -P 2 -n 1 sh -c '
  case $1 in
    plugin/*) flags="-fno-exceptions -fno-rtti -Wno-register -isystem $server" ;;
    *) flags=$libraries ;;
  esac
  output=$(printf "#include \"%s\"\n" "$1" | ${CXX:-g++} -std=c++20 -fsyntax-only -Wall -Wextra -I. $flags -x c++ - 2>&1) ||
    { printf "%s:\n%s\n" "$1" "$output" | head -5; exit 1; }' header
