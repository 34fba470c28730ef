#!/bin/sh
# lint.sh [PG_CONFIG]   What a script can see: who includes whom, headers, formats, sizes, shell, symbols, generated documents.
set -u
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tools/lib/counts.sh
. tools/lib/counts.sh
pg_config=${1:-pg_config}
penstock=${PENSTOCK:-${BUILD:-build}/penstock}

shell_scripts() { git ls-files '*.sh' .ci/run scripts/python | xargs shellcheck -x; }
python_compiles() { git ls-files '*.py' | xargs python3 -c 'import ast, sys; [ast.parse(open(p).read(), p) for p in sys.argv[1:]]'; }

# penstock.control has the version; the build takes it from there, these cannot.
one_version() {
  version=$(sed -n "s/^default_version = '\(.*\)'/\1/p" penstock.control)
  grep -q "^PENSTOCK_VERSION=$version\$" docker/.env && grep -q "^## $version\( \|\$\)" CHANGELOG.md && return
  echo "penstock.control says $version; docker/.env or the first heading of CHANGELOG.md says something else"
  return 1
}

# fresh FILE COMMAND…   FILE holds what COMMAND prints.
fresh() {
  file=$1
  shift
  "$@" | diff -u "$file" - | head -20
  "$@" | cmp -s "$file" -
}

check "includes follow the rooms" tools/check/includes.py
check "headers compile alone" tools/check/headers.sh "$pg_config"
check "every sql has its expected" tools/check/golden.sh
check "files and functions are short" tools/check/sizes.py
check "clang-format" tools/check/format.sh
check "shellcheck" shell_scripts
check "python" python_compiles
check "one version" one_version
if [ -x "$penstock" ]; then
  check "docs/configuration.md is fresh" fresh docs/configuration.md "$penstock" config-docs
  check "docs/metrics.md is fresh" fresh docs/metrics.md "$penstock" metrics-docs
  check "docs/runbooks/problems.md is fresh" fresh docs/runbooks/problems.md "$penstock" problem-docs
else
  skip "generated documents" "no relay at $penstock"
fi
if [ -f penstock.so ]; then
  check "the plugin's symbols" tools/check/symbols.sh penstock.so
else
  skip "the plugin's symbols" "no penstock.so here"
fi
closing_line
