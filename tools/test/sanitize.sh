#!/bin/sh
# sanitize.sh   The relay's tests and simulation under address and undefined behaviour sanitizers, in build-sanitize.
set -eu
cd "$(dirname "$0")/../.."
cmake -S . -B build-sanitize -G Ninja -DCMAKE_BUILD_TYPE=Debug -DPENSTOCK_SANITIZE=address,undefined >/dev/null
cmake --build build-sanitize >build-sanitize/build.log 2>&1 || { cat build-sanitize/build.log >&2; exit 1; }
BUILD=build-sanitize exec tools/test/unit.sh
