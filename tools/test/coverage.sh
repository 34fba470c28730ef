#!/bin/sh
# coverage.sh   Runs the relay's tests and simulation in build-coverage and writes there coverage.txt: the lines of each file
# that ran. The total is printed.
set -eu
cd "$(dirname "$0")/../.."
cmake --preset coverage >/dev/null
cmake --build --preset coverage >build-coverage/build.log 2>&1 || { cat build-coverage/build.log >&2; exit 1; }
find build-coverage -name '*.gcda' -delete
status=0
BUILD=build-coverage tools/test/unit.sh "$@" || status=$?
scripts/python -m gcovr --root . --object-directory build-coverage --filter '(relay|wire)/' --exclude '.*_test.*' \
  --exclude 'relay/(sim|fuzz)/' --txt build-coverage/coverage.txt
grep -E '^TOTAL' build-coverage/coverage.txt
exit $status
