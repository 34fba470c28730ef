#!/bin/sh
# e2e.sh PG_CONFIG [PYTEST ARGUMENT…]   The tests of the checker, then everything in tests/e2e on a real server and broker.
# PENSTOCK_TORTURE=1 takes the long forms.
set -u
cd "$(dirname "$0")/../.." || exit
PG_CONFIG=$1
export PG_CONFIG
shift
exec scripts/python tools/lib/pytest_counts.py -p no:cacheprovider -c tests/pytest.ini --rootdir tests "$@" tests/harness tests/e2e
