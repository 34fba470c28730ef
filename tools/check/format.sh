#!/bin/sh
# format.sh   clang-format has nothing to say. `format.sh --fix` does what it says.
set -eu
cd "$(dirname "$0")/../.."
mode='--dry-run -Werror'
[ "${1:-}" != --fix ] || mode=-i
# shellcheck disable=SC2086  # options
git ls-files '*.h' '*.cpp' | xargs clang-format $mode 2>&1 | grep -E '(error|warning):' | cut -d: -f1 | sort | uniq -c |
  awk '{ print $2 ": " $1 " places"; found = 1 } END { exit found }'
