# shellcheck shell=sh disable=SC2034  # sourced
# Where fetched things live: outside the tree, shared by all clones, kept between runs.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/penstock
kafka_version=4.3.1
kafka_lib=$cache/kafka-$kafka_version
python_home=$cache/python
# Prometheus, Alertmanager, exporters, JMX agent: a tree as Debian lays it out (tools/fetch/monitoring.sh).
monitoring_home=$cache/monitoring
spark_home=$cache/spark-python
spark_jars=$cache/spark-jars
# docker-compose and hadolint (tools/fetch/compose.sh).
compose_version=2.26.1
hadolint_version=2.15.1
compose_home=$cache/compose-$compose_version-$hadolint_version
# Servers of other versions: they refuse root and run as nobody, who cannot look into root's home.
if [ "$(id -u)" = 0 ]; then pg_home=/var/cache/penstock/postgresql; else pg_home=$cache/postgresql; fi
pg_home=${PENSTOCK_PG_HOME:-$pg_home}
