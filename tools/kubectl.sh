#!/usr/bin/env bash
# Fetches kubectl for tests, from Debian's packages, into the user's cache, and prints its path.
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
  bash "$(dirname "$0")/debian-package.sh" "$suite" "$package" "$folder/root"
fi
echo "$kubectl"
