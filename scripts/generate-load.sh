#!/bin/sh
# generate-load.sh [--seconds 60] [--rate 200] [--incidents 2] [--trouble 5] [--kills]   Drives the shop of the running pipeline:
# RATE commits a second; every few seconds a case for the business rules and an event that no relay writes. --help says more.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
exec "$here/python" "$here/../pipeline/generate.py" "$@"
