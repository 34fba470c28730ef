#!/bin/sh
# postgres.sh start PG_CONFIG DIR PORT [LINE…]   A private server in DIR on 127.0.0.1:PORT, superuser postgres without a
#                                                password, wal_level=logical; each LINE goes to postgresql.conf. A second
#                                                start in the same DIR finds the same data.
# postgres.sh stop PG_CONFIG DIR [MODE]          Ends it: fast (default), smart, immediate.
# Servers refuse root: for root they run as the user nobody, who must be able to reach DIR.
# Prints nothing but errors.
set -eu

usage() { sed -n '2,7s/^# //p' "$0" >&2; exit 2; }
[ $# -ge 3 ] || usage
action=$1
bin=$("$2" --bindir)
mkdir -p "$3"
dir=$(cd "$3" && pwd)

as_server() {
  if [ "$(id -u)" = 0 ]; then
    setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME="$dir" "$@"
  else
    "$@"
  fi
}

# Minors since November 2025 refuse output plugins that are not named here; on older ones the line stops the server.
# grep -c, not -q: -q closes the pipe early.
plugin_line() {
  known=$(as_server "$bin/postgres" --describe-config | grep -c '^output_plugin_libraries' || true)
  [ "$known" -eq 0 ] || echo "output_plugin_libraries = 'pgoutput, test_decoding, penstock'"
}

create() {
  [ -f "$dir/data/PG_VERSION" ] && return 0
  [ "$(id -u)" != 0 ] || chown nobody "$dir"
  as_server test -x "$dir" || { echo "postgres.sh: the user nobody cannot reach $dir" >&2; exit 1; }
  as_server "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$dir/initdb.out" 2>&1 ||
    { cat "$dir/initdb.out" >&2; exit 1; }
  {
    echo "listen_addresses = '127.0.0.1'"
    echo "unix_socket_directories = '$dir'"
    echo "wal_level = logical"
    echo "max_replication_slots = 20"
    echo "max_wal_senders = 20"
    plugin_line
    while [ $# -gt 0 ]; do echo "$1"; shift; done
  } >> "$dir/data/postgresql.conf"
}

start() {
  port=$1
  shift
  create "$@"
  as_server "$bin/pg_ctl" status -D "$dir/data" >/dev/null 2>&1 && return 0
  as_server "$bin/pg_ctl" ${POSTGRES_PROGRAM:+-p "$POSTGRES_PROGRAM"} -s -D "$dir/data" -l "$dir/server.log" -o "-p $port" -w -t 60 start </dev/null ||
    { tail -5 "$dir/server.log" >&2; exit 1; }
}

cd /
case $action in
  start) [ $# -ge 4 ] || usage; shift 3; start "$@" ;;
  stop) as_server "$bin/pg_ctl" -s -D "$dir/data" -m "${4:-fast}" -w -t 60 stop ;;
  *) usage ;;
esac
