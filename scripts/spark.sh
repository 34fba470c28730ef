#!/bin/sh
# spark.sh run CONFIG.json            The streaming job, until it is asked to stop (SIGTERM).
# spark.sh query CONFIG.json SQL…     One row of JSON a line; the lake's tables are views: orders, gold_low_stock, bronze, …
# spark.sh replay CONFIG.json …       Sends dead letters again; --help says which.
# spark.sh generate …                 Writes spark/schemas from records with schemas; --help says how.
# spark.sh test [PYTEST ARGUMENT…]    The job's tests.
# SPARK_ARGS: more arguments of spark-submit (--master and so on on a cluster).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/lib/paths.sh
. "$here/../tools/lib/paths.sh"
root=$(cd "$here/.." && pwd)

usage() { sed -n '2,7s/^# //p' "$0" >&2; exit 2; }
[ $# -ge 1 ] || usage
action=$1
shift
python=$spark_home/bin/python
if ! [ -x "$python" ] || ! [ -d "$spark_jars" ]; then
  echo "spark.sh: no Spark yet: scripts/setup.sh spark" >&2
  [ "$action" = test ] && { echo "skip  the Spark job: scripts/setup.sh spark was not run"; echo "0 passed, 0 failed, 1 skipped"; exit 0; }
  exit 1
fi
jars=$(find "$spark_jars" -name '*.jar' | sort | paste -sd, -)
export PYSPARK_SUBMIT_ARGS="${SPARK_ARGS:-} --jars $jars pyspark-shell" PYSPARK_PYTHON="$python"
export PYTHONPATH="$root/spark${PYTHONPATH:+:$PYTHONPATH}" PYTHONDONTWRITEBYTECODE=1

case $action in
  run) [ $# -eq 1 ] || usage; exec "$python" -m shopcdc.main "$1" ;;
  query) [ $# -ge 2 ] || usage; exec "$python" -m shopcdc.query "$@" ;;
  replay) exec "$python" -m shopcdc.replay "$@" ;;
  generate) exec "$python" -m shopcdc.generate "$@" ;;
  test) cd "$root"; exec "$python" "$here/../tools/lib/pytest_counts.py" -p no:cacheprovider -c tests/pytest.ini -o python_files='test_*.py' --rootdir spark "$@" spark/tests ;;
  *) usage ;;
esac
