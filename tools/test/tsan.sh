#!/bin/sh
# tsan.sh   The relay's tests and simulation under the thread sanitizer, in build-tsan. librdkafka is not compiled for it: what
# it does by itself is not reported (relay/tsan/suppressions.txt).
set -eu
cd "$(dirname "$0")/../.."
cmake --preset tsan >/dev/null
cmake --build --preset tsan >build-tsan/build.log 2>&1 || { cat build-tsan/build.log >&2; exit 1; }
# Its shadow memory does not fit every layout of addresses that the kernel gives at random.
TSAN_OPTIONS="suppressions=$PWD/relay/tsan/suppressions.txt halt_on_error=1 second_deadlock_stack=1" BUILD=build-tsan exec setarch "$(uname -m)" -R tools/test/unit.sh
