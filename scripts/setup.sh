#!/bin/sh
# setup.sh [GROUP…]   Installs what is missing for Penstock on Debian 12: packages of the groups build, run, test (default
# all; scripts/packages.txt says what and why), Kafka's jars by Maven, a Python environment with a Kafka consumer.
# Group monitoring (in the default): Prometheus and its companions, unpacked beside. Group pictures: a browser to draw boards.
# Group spark (in the default): the job's Python environment (about 900 MB) and jars.
# Group compose (in the default): what checks docker/. Groups plugin (with PG_MAJOR, default 15), relay,
# service, python: parts of these that the images of docker/ take.
# Nothing is done twice; with everything there it takes a fraction of a second.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/lib/paths.sh
. "$here/../tools/lib/paths.sh"
groups=${*:-build run test monitoring spark compose}

say() { printf 'setup: %s\n' "$*"; }

wanted_packages() {
  for group in $groups; do
    awk -v group="$group" 'index("," $1 ",", "," group ",") { print $2 }' "$here/packages.txt"
  done | sed "s/@PG_MAJOR@/${PG_MAJOR:-15}/"
}

missing_packages() {
  for package in $(wanted_packages); do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || echo "$package"
  done
}

install_packages() {
  missing=$(missing_packages | tr '\n' ' ')
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" != 0 ]; then
    say "as root, once:  apt-get install -y --no-install-recommends $missing"
    exit 1
  fi
  say "installing $missing"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update
  # Debian starts a cluster with every server package; we run private ones only, so none is made.
  case $missing in *postgresql-*)
    if ! [ -e /etc/postgresql-common/createcluster.conf ]; then
      apt-get -qq install -y --no-install-recommends postgresql-common >/dev/null
      mkdir -p /etc/postgresql-common/createcluster.d
      printf 'create_main_cluster = false\n' > /etc/postgresql-common/createcluster.d/penstock.conf
    fi ;;
  esac
  # shellcheck disable=SC2086  # a list of words
  apt-get -qq install -y --no-install-recommends $missing >/dev/null
}

# Jars and Python packages are made in a folder beside their place and moved there whole: a broken-off run leaves nothing.
fetch_kafka() {
  [ -d "$kafka_lib" ] && return 0
  say "fetching Kafka $kafka_version by Maven (about 55 MB)"
  mkdir -p "$cache"
  fresh=$(mktemp -d "$cache/kafka.XXXXXX")
  mvn -q -B -ntp -f "$here/kafka/pom.xml" "-Dkafka.version=$kafka_version" \
    org.apache.maven.plugins:maven-dependency-plugin:3.7.1:copy-dependencies "-DoutputDirectory=$fresh"
  chmod 755 "$fresh"
  mv "$fresh" "$kafka_lib"
}

make_python() {
  wanted=$(cksum < "$here/requirements.txt")
  [ "$(cat "$python_home/made-from" 2>/dev/null)" = "$wanted" ] && return 0
  say "making a Python environment"
  mkdir -p "$cache"
  rm -rf "$python_home"
  python3 -m venv "$python_home"
  "$python_home/bin/pip" install -q --disable-pip-version-check -r "$here/requirements.txt"
  printf '%s\n' "$wanted" > "$python_home/made-from"
}

# make_spark: the job's own Python environment and jars (spark/requirements.txt, spark/pom.xml).
make_spark() {
  spark=$here/../spark
  wanted=$(cat "$spark/requirements.txt" "$spark/pom.xml" | cksum)
  [ "$(cat "$spark_home/made-from" 2>/dev/null)" = "$wanted" ] && return 0
  say "making Spark's environment (about 900 MB)"
  mkdir -p "$cache"
  rm -rf "$spark_home" "$spark_jars"
  python3 -m venv "$spark_home"
  "$spark_home/bin/pip" install -q --disable-pip-version-check -r "$spark/requirements.txt"
  fresh=$(mktemp -d "$cache/spark.XXXXXX")
  mvn -q -B -ntp -f "$spark/pom.xml" \
    org.apache.maven.plugins:maven-dependency-plugin:3.7.1:copy-dependencies -DincludeScope=runtime "-DoutputDirectory=$fresh"
  chmod 755 "$fresh"
  mv "$fresh" "$spark_jars"
  printf '%s\n' "$wanted" > "$spark_home/made-from"
}

install_packages
case " $groups " in *" spark "*) make_spark ;; esac
case " $groups " in *" run "*) fetch_kafka ;; esac
case " $groups " in *" run "* | *" python "*) make_python ;; esac
case " $groups " in *" monitoring "*) "$here/../tools/fetch/monitoring.sh" ;; esac
case " $groups " in *" compose "*) "$here/../tools/fetch/compose.sh" ;; esac
