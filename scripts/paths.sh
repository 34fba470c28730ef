# shellcheck shell=sh disable=SC2034  # sourced
# Where fetched things live: outside the tree, shared by all clones, kept between runs.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/penstock
kafka_version=4.3.1
kafka_lib=$cache/kafka-$kafka_version
python_home=$cache/python
