#!/bin/sh
# symbols.sh PLUGIN.so   The plugin needs libc only, no C++ runtime, and shows the server nothing but its entry points.
set -eu
library=$1
needed=$(objdump -p "$library" | awk '/NEEDED/ { print $2 }' | grep -v '^libc\.so' || true)
[ -z "$needed" ] || { echo "needs more than libc: $needed"; exit 1; }
# Mangled names that nobody defines would come from libstdc++; __cxa_atexit and the guards are libc's or ours to avoid.
runtime=$(nm -D --undefined-only "$library" | awk '{ print $2 }' | grep -E '^(_Z|__cxa_|__gxx_|_Unwind)' | grep -v '^__cxa_finalize' || true)
[ -z "$runtime" ] || { echo "symbols of the C++ runtime:"; echo "$runtime"; exit 1; }
foreign=$(nm -D --defined-only "$library" | awk '{ print $3 }' | grep -vE '^(_PG_(output_plugin_)?init|Pg_magic_func|pg_finfo_penstock_[a-z_]+|penstock_[a-z_]+|_init|_fini)$' || true)
[ -z "$foreign" ] || { echo "exported, but no entry point:"; echo "$foreign"; exit 1; }
