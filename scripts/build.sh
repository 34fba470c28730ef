#!/bin/sh
# build.sh PG_CONFIG [TARGET…]   Builds the plugin for this server and installs it there, builds the relay (TARGETs of CMake,
# default penstock; "all" for the tests too). One line a step; what the compilers say is shown only if one fails.
set -eu
cd "$(dirname "$0")/.."
pg_config=$1
shift
build=${BUILD:-build}
mkdir -p "$build"
log=$build/build.log

step() {
  name=$1
  shift
  started=$(date +%s)
  if "$@" >"$log" 2>&1; then
    printf 'build: %-7s ok, %d s\n' "$name" $(($(date +%s) - started))
  else
    cat "$log" >&2
    printf 'build: %s failed\n' "$name" >&2
    exit 1
  fi
}

# Objects of another server version must not be linked.
server=$("$pg_config" --version)
if [ "$(cat "$build/plugin-for" 2>/dev/null)" != "$server" ]; then
  rm -f plugin/*.o plugin/*/*.o penstock.so
  printf '%s\n' "$server" > "$build/plugin-for"
fi
step plugin make -s -j "${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}" RELAY=no PG_CONFIG="$pg_config" install
step relay make -s BUILD="$build" RELAY_TARGETS="${*:-penstock}" relay
