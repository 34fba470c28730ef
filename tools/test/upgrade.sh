#!/bin/sh
# upgrade.sh PG_CONFIG PG_CONFIG   pg_upgrade from the first server to the second, with a relay that streams before and after. The plugin must be
# installed in both.
set -u
cd "$(dirname "$0")/../.." || exit
UPGRADE_FROM=$1
UPGRADE_TO=$2
export UPGRADE_FROM UPGRADE_TO
exec scripts/python tools/lib/pytest_counts.py -p no:cacheprovider -c tests/pytest.ini --rootdir tests tests/upgrade
