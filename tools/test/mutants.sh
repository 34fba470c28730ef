#!/bin/sh
# Applies every seeded bug of relay/sim/mutants to a copy of the core, one at a time, and expects the simulation to catch it.
# usage: mutants.sh [name...]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
seeds=${SEEDS:-10000}
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
mkdir -p "$copy/tree/relay"
cp "$root/CMakeLists.txt" "$root/penstock.control" "$copy/tree/"
cp -r "$root/wire" "$copy/tree/"
cp -r "$root/relay/core" "$root/relay/sim" "$copy/tree/relay/"
launcher=
command -v ccache >/dev/null && launcher=-DCMAKE_CXX_COMPILER_LAUNCHER=ccache
cmake -S "$copy/tree" -B "$copy/build" -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_FLAGS=-O1 $launcher >/dev/null
build() { cmake --build "$copy/build" --target penstock_sim >"$copy/log" 2>&1 || { cat "$copy/log"; exit 1; }; }
simulate() { timeout 300 "$copy/build/relay/sim/penstock_sim" --no-rare --count "$seeds" >"$copy/out" 2>&1; }

build
simulate || { echo "the simulation fails without a mutant:"; cat "$copy/out"; exit 1; }

[ $# -gt 0 ] || set -- "$root"/relay/sim/mutants/*.patch
caught=0
survived=0
for patch; do
  case $patch in *.patch) ;; *) patch=$root/relay/sim/mutants/$patch.patch ;; esac
  name=$(basename "$patch" .patch)
  patch -s -p1 -d "$copy/tree" <"$patch"
  build
  if simulate; then
    echo "SURVIVED  $name"
    survived=$((survived + 1))
  else
    echo "caught    $name: $(grep -m1 '^seed' "$copy/out" || tail -n 1 "$copy/out")"
    caught=$((caught + 1))
  fi
  patch -s -R -p1 -d "$copy/tree" <"$patch"
done
echo "$caught passed, $survived failed, 0 skipped"
[ "$survived" -eq 0 ]
