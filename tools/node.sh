#!/usr/bin/env bash
# Runs Node >= 24 with the given arguments: the machine's own when it is new enough, otherwise one
# fetched from npm into the user's cache. Says what it fetches and why, on standard error.
set -euo pipefail

readonly WANTED_MAJOR=24
readonly FETCHED_VERSION=26.10.0

is_new_enough() {
  local version
  version=$("$1" --version 2>/dev/null) && [[ $version =~ ^v([0-9]+) ]] && ((BASH_REMATCH[1] >= WANTED_MAJOR))
}

fail() {
  echo "tutti: $1" >&2
  exit 1
}

fetch() {
  local folder=$1 arch
  case $(uname -m) in
    x86_64) arch=x64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) fail "no Node $FETCHED_VERSION for $(uname -m) on npm; install Node >= $WANTED_MAJOR yourself" ;;
  esac
  command -v npm >/dev/null || fail "Node >= $WANTED_MAJOR is needed, and npm to fetch it; install either"
  echo "tutti: fetching Node $FETCHED_VERSION from npm (this machine has $(node --version 2>/dev/null || echo none), $WANTED_MAJOR or newer is needed)" >&2
  mkdir -p "$folder"
  npm install --prefix "$folder" --no-save --no-audit --no-fund --no-update-notifier \
    --loglevel=error "node-linux-$arch@$FETCHED_VERSION" >/dev/null || fail "npm could not fetch node-linux-$arch@$FETCHED_VERSION; is the npm registry reachable?"
  ln -sfn "node_modules/node-linux-$arch/bin/node" "$folder/node"
}

if is_new_enough node; then
  node=node
else
  folder=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/tutti/node-$FETCHED_VERSION
  [ -x "$folder/node" ] || fetch "$folder"
  node=$folder/node
  export PATH="$folder:$PATH" # So that what we start finds the same one.
fi
exec "$node" "$@"
