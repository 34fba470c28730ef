#!/bin/sh
# unit.sh [PG_CONFIG]   The relay's unit tests, property tests and simulation, on this server. A private broker is there for those that want a real one.
set -u
cd "$(dirname "$0")/../.." || exit
build=${BUILD:-build}
[ $# -eq 0 ] || export PENSTOCK_TEST_PG_CONFIG="$1"
kafka=$(mktemp -d)
trap 'scripts/kafka.sh stop "$kafka"; rm -rf "$kafka"' EXIT
# Below the ports that the kernel gives to clients: one of them would some day be given the port of a broker that is down.
port=$(python3 -c "import sys; sys.path.insert(0, 'tests'); from harness.wait import free_ports; print(free_ports(3))")
if scripts/kafka.sh start "$kafka" "$port"; then
  export PENSTOCK_TEST_KAFKA="127.0.0.1:$port" PENSTOCK_TEST_KAFKA_SASL="127.0.0.1:$((port + 2))"
  export PENSTOCK_TEST_KAFKA_KILL="pid=\$(cat '$kafka/kafka.pid'); kill -9 \$pid; while [ -d /proc/\$pid ] && ! grep -q '^State:.Z' /proc/\$pid/status; do sleep 0.05; done"
  export PENSTOCK_TEST_KAFKA_START="'$PWD/scripts/kafka.sh' start '$kafka' $port"
fi
ctest --test-dir "$build" --output-on-failure -j 2 >"$build/ctest.log" 2>&1
status=$?
summary=$(grep -E 'tests passed, [0-9]+ tests failed out of' "$build/ctest.log")
failed=$(echo "$summary" | sed -E 's/.* ([0-9]+) tests failed.*/\1/')
total=$(echo "$summary" | sed -E 's/.*out of ([0-9]+).*/\1/')
skipped=$(grep -cE '^[[:space:]]+[0-9]+ - .*\(Skipped\)$' "$build/ctest.log")
[ "${failed:-1}" = 0 ] || grep -vE ' Passed +[0-9.]+ sec$|^ *Start +[0-9]+:' "$build/ctest.log"
# What the simulation says about seeds and states that it reached.
grep -hE '^ *(simulation|sim):' "$build/Testing/Temporary/LastTest.log" || true
[ -n "$summary" ] || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }
[ "$skipped" = 0 ] || grep -E '\(Skipped\)$' "$build/ctest.log"
echo "$((total - failed - skipped)) passed, $failed failed, $skipped skipped"
exit $status
