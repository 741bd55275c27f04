#!/usr/bin/env bash
# Fetches a package of another Debian suite and unpacks it into a folder, by a package list of its
# own: the system, its packages and its lists stay as they are.
#
#   tools/debian-package.sh SUITE PACKAGE FOLDER
set -euo pipefail

suite=$1 package=$2 folder=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
# The mirror that this machine uses for Debian, in either form of the list.
mirror=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{sources,list} 2>/dev/null || true; } |
  sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\?\(\S*\) .*/\2/p' | grep -m1 '/debian/\?$')
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [signed-by=$keyring] $mirror $suite main" >"$work/sources.list"
options=(
  -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null
  -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache" -o Dir::State::status=/dev/null
  -o APT::Sandbox::User=root
)
apt-get "${options[@]}" update -qq >&2
(cd "$work" && apt-get "${options[@]}" download -qq "$package" >&2)
mkdir -p "$folder"
dpkg-deb -x "$work/$package"_*.deb "$folder"
