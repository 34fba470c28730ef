#!/bin/sh
# compose.sh check [PG_CONFIG]   Judges docker/ without a container engine: docker-compose and hadolint on every file, what files
#                                say of each other, the database's init scripts on this server, the relay as its image runs it.
# compose.sh secrets             Makes what is missing in docker/secrets: random passwords, web hooks of the Slack stand-in. Put
#                                a web hook of your own into docker/secrets/slack_ops (alerts) and slack_shop (the shop's news).
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=tools/lib/paths.sh
. tools/lib/paths.sh

usage() { sed -n '2,6s/^# //p' "$0" >&2; exit 2; }

# Readable for every user: containers have users of their own. The folder keeps others out.
secret() {
  file=docker/secrets/$1
  [ -s "$file" ] || printf '%s' "$2" > "$file"
  chmod 644 "$file"
}

random_password() { head -c 24 /dev/urandom | base64 | tr '+/' '-_'; }

jaas() {
  printf 'org.apache.kafka.common.security.scram.ScramLoginModule required username="%s" password="%s";' "$1" "$(cat "docker/secrets/kafka_$1")"
}

make_secrets() {
  mkdir -p docker/secrets
  chmod 700 docker/secrets
  for name in postgres_superuser_password relay_database_password monitor_database_password grafana_password \
    kafka_broker kafka_admin kafka_relay kafka_spark; do
    secret "$name" "$(random_password)"
  done
  secret kafka_relay_jaas "$(jaas relay)"
  secret kafka_spark_jaas "$(jaas spark)"
  secret slack_ops http://slack:8065/services/T/B/ops
  secret slack_shop http://slack:8065/services/T/B/shop
}

case ${1:-} in
  check)
    shift
    [ $# -eq 0 ] || export PG_CONFIG="$1"
    export COMPOSE_HOME="$compose_home" KAFKA_LIB="$kafka_lib" MONITORING_HOME="$monitoring_home" PENSTOCK="${PENSTOCK:-${BUILD:-build}/penstock}"
    exec scripts/python tools/lib/pytest_counts.py -p no:cacheprovider -c tests/pytest.ini --rootdir tests tests/compose ;;
  secrets) make_secrets ;;
  *) usage ;;
esac
