#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the packages of scripts/packages.txt that are missing (Debian 12, Ubuntu 24.04; as root or with sudo).
set -eu
cd "$(dirname "$0")/.."
missing=
while read -r package; do
    case $package in '' | '#'*) continue ;; esac
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -q '^installed$' || missing="$missing $package"
done <scripts/packages.txt
[ -n "$missing" ] || exit 0
command -v apt-get >/dev/null || {
    echo "setup: these packages are missing and there is no apt-get here:$missing" >&2
    exit 1
}
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
echo "setup: installing$missing"
$sudo apt-get update -q >/dev/null
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >/dev/null
