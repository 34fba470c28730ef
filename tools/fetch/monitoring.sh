#!/bin/sh
# monitoring.sh   Prometheus, Alertmanager, node exporter, PostgreSQL exporter and the JMX agent, unpacked into
#                 $monitoring_home (tools/lib/paths.sh) as Debian lays them out: usr/bin, usr/share/prometheus/web; the agent on top.
#                 Unpacked, not installed: Debian's packages would start services on this host.
#                 The PostgreSQL exporter is Debian 13's (0.17.1, a static program) where that suite can be reached,
#                 else Debian 12's (0.11.1); monitoring/README.md tells them apart.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/lib/paths.sh
. "$here/../lib/paths.sh"
jmx_version=1.0.1
packages="prometheus prometheus-alertmanager prometheus-node-exporter"
# what Prometheus' pages are made of
pages="fonts-glyphicons-halflings libjs-bootstrap4 libjs-d3 libjs-eonasdan-bootstrap-datetimepicker libjs-jquery libjs-jquery-hotkeys
  libjs-moment libjs-moment-timezone libjs-mustache libjs-popper.js libjs-rickshaw"

say() { printf 'setup: %s\n' "$*"; }

# unpack PACKAGE…   fetched with the apt that $APT_CONFIG describes
unpack() {
  # shellcheck disable=SC2086  # lists of words
  (cd "$fresh/debs" && rm -f ./*.deb && apt-get -qq -o APT::Sandbox::User=root download "$@" >/dev/null) || return 1
  for package in "$fresh"/debs/*.deb; do dpkg-deb -x "$package" "$fresh/root"; done
}

# The mirror that this host uses; another suite of it without touching the host's own lists.
debian_mirror() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    awk 'match($0, /https?:\/\/[^ ]+\/debian\/?( |$)/) { print substr($0, RSTART, RLENGTH); exit }'
}

other_suite() {
  mkdir -p "$fresh/apt/lists/partial" "$fresh/apt/cache/archives/partial"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$(debian_mirror)" "$1" > "$fresh/apt/sources.list"
  cat > "$fresh/apt/apt.conf" <<CONF
Dir::Etc::sourcelist "$fresh/apt/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::lists "$fresh/apt/lists";
Dir::State::status "/dev/null";
Dir::Cache "$fresh/apt/cache";
Acquire::Languages "none";
CONF
  APT_CONFIG=$fresh/apt/apt.conf
  export APT_CONFIG
  apt-get -qq -o APT::Sandbox::User=root update
}

postgres_exporter() {
  (other_suite trixie && unpack prometheus-postgres-exporter) >"$fresh/trixie.log" 2>&1 && return 0
  say "Debian 13's PostgreSQL exporter cannot be had; taking Debian 12's"
  unpack prometheus-postgres-exporter
}

# Debian's Alertmanager reads its own templates from this one place and has no option for it.
alertmanager_templates() {
  place=/usr/share/prometheus/alertmanager
  [ -e "$place/default.tmpl" ] && return 0
  if [ "$(id -u)" = 0 ]; then
    mkdir -p "$place"
    cp "$monitoring_home$place/default.tmpl" "$monitoring_home$place/email.tmpl" "$place/"
  else
    say "as root, once, or Alertmanager does not start:  mkdir -p $place && cp $monitoring_home$place/*.tmpl $place/"
  fi
}

if [ -d "$monitoring_home" ]; then
  alertmanager_templates
  exit 0
fi
say "fetching Prometheus, Alertmanager, exporters and the JMX agent (about 60 MB)"
mkdir -p "$cache"
fresh=$(mktemp -d "$cache/monitoring.XXXXXX")
trap 'rm -rf "$fresh"' EXIT
mkdir -p "$fresh/debs" "$fresh/root"
# shellcheck disable=SC2086
unpack $packages $pages || { [ "$(id -u)" != 0 ] || apt-get -qq update; unpack $packages $pages; }
postgres_exporter
mvn -q -B -ntp org.apache.maven.plugins:maven-dependency-plugin:3.7.1:copy \
  "-Dartifact=io.prometheus.jmx:jmx_prometheus_javaagent:$jmx_version" "-DoutputDirectory=$fresh/root" -Dmdep.stripVersion=true >/dev/null
chmod -R go+rX "$fresh/root"
mv "$fresh/root" "$monitoring_home"
alertmanager_templates
