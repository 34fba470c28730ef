#!/bin/sh
# monitoring.sh check                 Judges monitoring/ and docs/runbooks without a server: promtool, amtool, boards, names, pages.
# monitoring.sh live PROMETHEUS       Asks a running Prometheus (http://…) for every panel and every alert: an empty answer fails.
# monitoring.sh names PROMETHEUS      Writes monitoring/metric-names/ from what it has scraped.
# monitoring.sh draw PROMETHEUS DIR   Draws each board into DIR/*.png (MINUTES=30 back from now, or from END in seconds since
#                                     1970; needs 'setup.sh pictures').
# check and live end in a line of counts.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/lib/paths.sh
. "$here/../tools/lib/paths.sh"
usage() { sed -n '2,7s/^# //p' "$0" >&2; exit 2; }

[ $# -ge 1 ] || usage
action=$1
shift
case $action in
  check)
    [ $# -eq 0 ] || usage
    for need in "$monitoring_home/usr/bin/promtool" "$monitoring_home/usr/bin/amtool"; do
      [ -x "$need" ] || { printf 'skip  monitoring: no %s (setup.sh monitoring)\n0 passed, 0 failed, 1 skipped\n' "$need"; exit 0; }
    done
    program=check_files ;;
  live) [ $# -eq 1 ] || usage; program=check_against_prometheus ;;
  names) [ $# -eq 1 ] || usage; program=record_metric_names ;;
  draw) [ $# -eq 2 ] || usage; program=render_boards ;;
  *) usage ;;
esac
export PYTHONDONTWRITEBYTECODE=1 PATH="$monitoring_home/usr/bin:$PATH"
cd "$here/.."
exec /usr/bin/python3 "monitoring/checks/$program.py" "$@"
