#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what the benchmarks compare with (Debian 12; as root). Not needed by the build or by `make check`.
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get update -q >/dev/null
exec apt-get install -y -q --no-install-recommends conmon containerd crun docker-registry hyperfine iptables jq musl-tools netavark podman \
    python3 runc skopeo umoci
