#!/bin/sh
# check-build.sh PG_CONFIG   Plugin and relay build, the plugin is installed, and it needs nothing but libc.
set -u
cd "$(dirname "$0")/.." || exit
# shellcheck source=scripts/counts.sh
. scripts/counts.sh
check "plugin and relay build" scripts/build.sh "$1" all
check "the plugin's symbols" scripts/check-symbols.sh penstock.so
closing_line
