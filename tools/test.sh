#!/usr/bin/env bash
# The whole test suite: installs what it needs (npm packages, system parts), then runs everything.
# Ends with the summary line of Node's test runner. Skips nothing in CI.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ ! -e node_modules/typescript ]; then
  echo "Fetching npm packages for development" >&2
  npm install --no-save --no-audit --no-fund --loglevel=error >&2
fi
bash tools/system-parts.sh
exec bash tools/node.sh tools/test.ts "$@"
