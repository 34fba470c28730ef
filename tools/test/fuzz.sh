#!/bin/sh
# fuzz.sh [SECONDS [SEED]]   Every fuzz target for so long, from its corpus: with libFuzzer where clang is, else the smoke
# form. With a SEED: 50,000 inputs of that seed instead of a time, the same ones each run.
set -u
cd "$(dirname "$0")/../.." || exit
. tools/lib/counts.sh
limit="-max_total_time=${1:-5}"
[ $# -lt 2 ] || limit="-seed=$2 -runs=50000"
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
targets=$(sed -n 's/^ *fuzz_target(\([a-z_]*\).*/\1/p' relay/fuzz/CMakeLists.txt | grep -v '^name$')

if command -v clang++ >/dev/null; then
  set -- -DPENSTOCK_FUZZ=ON -DCMAKE_CXX_COMPILER=clang++
  # shellcheck disable=SC2086  # one or two words
  fuzz() { cp -r "relay/fuzz/corpus/$1" "$build/corpus_$1" && "$build/relay/fuzz/$1_fuzz" $limit -max_len=4096 -verbosity=0 -artifact_prefix="$build/" "$build/corpus_$1"; }
else
  set --
  fuzz() { "$build/relay/fuzz/$1_fuzz" "relay/fuzz/corpus/$1" 100000; }
fi
command -v ccache >/dev/null && set -- "$@" -DCMAKE_CXX_COMPILER_LAUNCHER=ccache
# shellcheck disable=SC2046  # a list of words
make_targets() { cmake -S . -B "$build" -G Ninja "$@" && cmake --build "$build" -j 2 --target $(for target in $targets; do echo "${target}_fuzz"; done); }

check "build" make_targets "$@"
for target in $targets; do
  check "$target" fuzz "$target"
done
closing_line
