#!/bin/sh
# unit.sh   The relay's unit tests, property tests and simulation.
set -u
cd "$(dirname "$0")/.." || exit
build=${BUILD:-build}
ctest --test-dir "$build" --output-on-failure -j 2 >"$build/ctest.log" 2>&1
status=$?
summary=$(grep -E 'tests passed, [0-9]+ tests failed out of' "$build/ctest.log")
failed=$(echo "$summary" | sed -E 's/.* ([0-9]+) tests failed.*/\1/')
total=$(echo "$summary" | sed -E 's/.*out of ([0-9]+).*/\1/')
[ "${failed:-1}" = 0 ] || grep -vE ' Passed +[0-9.]+ sec$|^ *Start +[0-9]+:' "$build/ctest.log"
# What the simulation says about seeds and states that it reached.
grep -hE '^ *(simulation|sim):' "$build/Testing/Temporary/LastTest.log" || true
[ -n "$summary" ] || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }
echo "$((total - failed)) passed, $failed failed, 0 skipped"
exit $status
