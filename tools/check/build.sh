#!/bin/sh
# build.sh PG_CONFIG   Plugin and relay build without a warning, the plugin is installed, and it needs nothing but libc.
set -u
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tools/lib/counts.sh
. tools/lib/counts.sh
check "plugin and relay build without a warning" env WERROR=1 scripts/build.sh "$1" all
check "the plugin's symbols" tools/check/symbols.sh penstock.so
closing_line
