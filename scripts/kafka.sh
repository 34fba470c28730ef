#!/bin/sh
# kafka.sh start DIR PORT   A private single-node Kafka with everything under DIR: PORT plain, PORT+1 controller, PORT+2 with
#                           SASL/PLAIN (user limited). A second start in the same DIR finds the same topics.
# kafka.sh stop DIR         Ends it in an orderly way.
# kafka.sh consumer-groups|topics|acls|configs|log-dirs|metadata-quorum|leader-election ARGUMENT…
#                           Kafka's own tool of that name, on localhost:9092 unless told otherwise:
#                           kafka.sh consumer-groups --describe --group spark-streaming
# Prints nothing but errors. HEAP (default -Xmx512m) is Java's; KAFKA_OPTS are further words for the broker's Java, for
# example the agent that monitoring/kafka/jmx.yml is for.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/lib/paths.sh
. "$here/../tools/lib/paths.sh"

usage() { sed -n '2,10s/^# //p' "$0" >&2; exit 2; }

# tool CLASS ARGUMENT…
tool() {
  class=$1
  shift
  case " $* " in *" --bootstrap-server "*) ;; *) set -- --bootstrap-server "localhost:$((9092 + ${PIPELINE_PORT_OFFSET:-0}))" "$@" ;; esac
  exec java -Xmx128m -Dkafka.log=/dev/null "-Dlog4j2.configurationFile=$here/kafka/log4j2.properties" -cp "$kafka_lib/*" "$class" "$@"
}

[ $# -ge 2 ] || usage
action=$1
case $action in
  consumer-groups) shift; tool org.apache.kafka.tools.consumer.group.ConsumerGroupCommand "$@" ;;
  topics) shift; tool org.apache.kafka.tools.TopicCommand "$@" ;;
  acls) shift; tool org.apache.kafka.tools.AclCommand "$@" ;;
  configs) shift; tool kafka.admin.ConfigCommand "$@" ;;
  log-dirs) shift; tool org.apache.kafka.tools.LogDirsCommand "$@" ;;
  metadata-quorum) shift; tool org.apache.kafka.tools.MetadataQuorumCommand "$@" ;;
  leader-election) shift; tool org.apache.kafka.tools.LeaderElectionCommand "$@" ;;
esac
mkdir -p "$2"
dir=$(cd "$2" && pwd)
pid_file=$dir/kafka.pid

# A killed broker may stay a zombie for a while where nobody collects it.
alive() { [ -d "/proc/$1" ] && ! grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; }
running() { [ -f "$pid_file" ] && alive "$(cat "$pid_file")"; }

# kafka_java LOG OPTION… CLASS ARGUMENT…
kafka_java() {
  log=$1
  shift
  java "-Dkafka.log=$dir/$log" "-Dlog4j2.configurationFile=$here/kafka/log4j2.properties" -cp "$kafka_lib/*" "$@"
}

write_properties() {
  cat "$here/kafka/server.properties"
  echo "controller.quorum.voters=1@127.0.0.1:$((port + 1))"
  echo "listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1)),SASL_PLAINTEXT://127.0.0.1:$((port + 2))"
  echo "advertised.listeners=PLAINTEXT://127.0.0.1:$port,SASL_PLAINTEXT://127.0.0.1:$((port + 2))"
  echo "log.dirs=$dir/data"
}

format() {
  [ -f "$dir/data/meta.properties" ] && return 0
  # Any 22 characters of base64 that decode to 16 bytes are a cluster id; one that begins with - would be taken for an option.
  id=$(head -c 16 /dev/urandom | base64 | tr '+/' '__' | cut -c1-22)
  kafka_java format.log -Xmx128m kafka.tools.StorageTool format -t "$id" -c "$dir/server.properties" >"$dir/format.out" 2>&1 ||
    { cat "$dir/format.out" >&2; exit 1; }
}

start() {
  running && return 0
  write_properties > "$dir/server.properties"
  format
  # -XX flags as in Kafka's own start script, less the heap of a production broker
  # shellcheck disable=SC2086  # KAFKA_OPTS is a list of words
  nohup setsid java "${HEAP:--Xmx512m}" ${KAFKA_OPTS:-} -XX:+UseG1GC -XX:MaxGCPauseMillis=20 "-Dkafka.log=$dir/server.log" \
    "-Dlog4j2.configurationFile=$here/kafka/log4j2.properties" -cp "$kafka_lib/*" kafka.Kafka "$dir/server.properties" \
    >"$dir/server.out" 2>&1 </dev/null &
  echo $! > "$pid_file"
  tries=600
  while [ $tries -gt 0 ]; do
    kcat -b "127.0.0.1:$port" -L -m 1 >/dev/null 2>&1 && return 0
    running || { echo "kafka.sh: the broker ended; see $dir/server.out and $dir/server.log" >&2; tail -3 "$dir/server.out" >&2; exit 1; }
    sleep 0.1
    tries=$((tries - 1))
  done
  echo "kafka.sh: no answer on port $port in a minute; see $dir/server.log" >&2
  exit 1
}

stop() {
  running || return 0
  pid=$(cat "$pid_file")
  kill "$pid" 2>/dev/null || true
  tries=200
  while alive "$pid" && [ $tries -gt 0 ]; do sleep 0.1; tries=$((tries - 1)); done
  kill -9 "$pid" 2>/dev/null || true
  rm -f "$pid_file"
}

case $action in
  start) [ $# -eq 3 ] || usage; port=$3; start ;;
  stop) stop ;;
  *) usage ;;
esac
