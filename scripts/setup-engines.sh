#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what only the check needs, for `make check` as root (Debian 12, Ubuntu 24.04): the engines that test/engines/ runs
# beside us. Nothing is removed for them and no service is started. A machine with systemd is somebody's: there they are
# installed only with ENGINES_INSTALL=1, and what is missing is skipped by the tests.
set -eu
[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || exit 0
# The library of clang's sanitizers is named after clang's version; without it the check takes gcc's beside clang.
library=libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev
if ! dpkg-query -W -f '${db:Status-Status}\n' "$library" 2>/dev/null | grep -q '^installed$'; then
    echo "setup: installing $library"
    { apt-get update -q && env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$library"; } >/dev/null ||
        echo "setup: it cannot be installed"
fi
[ ! -d /run/systemd/system ] || [ -n "${ENGINES_INSTALL:-}" ] || exit 0
missing=
# PROGRAM PACKAGE: another package may have the same program; what is no program, by its path.
while read -r program package; do
    command -v "$program" >/dev/null || [ -e "$program" ] || missing="$missing $package"
done <<'ENGINES'
/usr/lib/cni/bridge containernetworking-plugins
/usr/lib/python3/dist-packages/google/protobuf python3-protobuf
/usr/lib/python3/dist-packages/grpc python3-grpcio
containerd containerd
crun crun
dockerd docker.io
newuidmap uidmap
podman podman
runc runc
ENGINES
[ -n "$missing" ] || exit 0
if [ ! -e /usr/sbin/policy-rc.d ]; then # invoke-rc.d(8): 101 forbids starting
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
fi
echo "setup: installing$missing"
# shellcheck disable=SC2086
{ apt-get update -q && env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends --no-remove $missing; } >/dev/null ||
    echo "setup: not all of them can be installed; their tests will be skipped"
