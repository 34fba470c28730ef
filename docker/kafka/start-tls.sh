#!/bin/bash
# The first start of the secure broker: the folder is formatted with its users in it, because who could make the first user
# by way of the broker would have to be one. Then the image's own start script, which finds the folder formatted.
set -euo pipefail
libraries=${KAFKA_LIBRARIES:-/opt/kafka/libs}
secrets=${PENSTOCK_SECRETS:-/run/secrets}

format() {
  umask 077
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  {
    grep -E '^(process\.roles|node\.id|controller\.listener\.names)=' "$1"
    printf '%s\n' "log.dirs=$KAFKA_LOG_DIRS" "controller.quorum.voters=$KAFKA_CONTROLLER_QUORUM_VOTERS" \
      'listeners=FORMAT://localhost:1,CONTROLLER://localhost:2' 'inter.broker.listener.name=FORMAT' \
      'listener.security.protocol.map=FORMAT:PLAINTEXT,CONTROLLER:PLAINTEXT'
  } > "$work/format.properties"
  # A file of arguments, which Java reads: command lines are readable to everybody.
  {
    printf '"%s"\n' -Xmx128m -cp "$libraries/*" kafka.tools.StorageTool format -t "$CLUSTER_ID" -c "$work/format.properties"
    for user in broker admin relay spark; do
      printf '"--add-scram"\n"SCRAM-SHA-512=[name=%s,password=%s]"\n' "$user" "$(cat "$secrets/kafka_$user")"
    done
  } > "$work/arguments"
  java "@$work/arguments"
}

[ -f "$KAFKA_LOG_DIRS/meta.properties" ] || (format "${1:-/mnt/shared/config/server.properties}")
[ -z "${KAFKA_LIBRARIES:-}" ] || exit 0
exec /etc/kafka/docker/run "KAFKA_OPTS=-javaagent:/opt/jmx/agent.jar=0.0.0.0:7071:/etc/jmx/kafka.yml"
