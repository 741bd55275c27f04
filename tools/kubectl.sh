#!/usr/bin/env bash
# Fetches kubectl for tests, from Debian's packages, into the user's cache, and prints its path.
# The packages are unpacked aside: the system and its package lists stay as they are.
#
#   tools/kubectl.sh new    the newest, of the suite forky (1.36)
#   tools/kubectl.sh old    the oldest that is tried, of the suite bookworm (1.20)
set -euo pipefail

case ${1:-new} in
  new) suite=forky package=kubectl ;;
  old) suite=bookworm package=kubernetes-client ;;
  *) echo "usage: $0 new|old" >&2 && exit 2 ;;
esac
folder=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/tutti/kubectl-$suite
kubectl=$folder/root/usr/bin/kubectl
if [ ! -x "$kubectl" ]; then
  echo "Fetching kubectl from Debian $suite for the tests" >&2
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$folder"
  # The mirror that this machine uses for Debian, in either form of the list.
  mirror=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{sources,list} 2>/dev/null || true; } |
    sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\?\(\S*\) .*/\2/p' | grep -m1 '/debian/\?$')
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$work/sources.list"
  options=(
    -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache" -o Dir::State::status=/dev/null
    -o APT::Sandbox::User=root
  )
  apt-get "${options[@]}" update -qq >&2
  (cd "$work" && apt-get "${options[@]}" download "$package" >&2)
  dpkg-deb -x "$work/$package"_*.deb "$folder/root"
fi
echo "$kubectl"
