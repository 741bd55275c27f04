#!/usr/bin/env bash
# Installs the system parts that end-to-end tests and clusters run on, from the distribution.
set -euo pipefail

declare -A parts=(
  [containerd]=containerd [runc]=runc [nft]=nftables [ip]=iproute2 [busybox]=busybox-static [conntrack]=conntrack
)
missing=()
for command in "${!parts[@]}"; do
  command -v "$command" >/dev/null || [ -x "/usr/sbin/$command" ] || missing+=("${parts[$command]}")
done
[ -x /usr/lib/cni/bridge ] || [ -x /opt/cni/bin/bridge ] || missing+=(containernetworking-plugins)
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ]; then
  echo "These packages are missing and only root can install them: ${missing[*]}" >&2
  exit 1
fi
echo "Installing ${missing[*]} with apt: containers, their network and test images need them" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
