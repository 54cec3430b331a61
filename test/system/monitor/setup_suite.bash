# SPDX-License-Identifier: Apache-2.0
# The monitor and the relay on ordinary processes: no container, no image.

setup_suite() {
    top=$(cd "$BATS_TEST_DIRNAME/../../.." && pwd)
    build=${UNROOT_BUILD:-$top/build}
    export UNROOT_MONITOR=${UNROOT_MONITOR:-$build/src/monitor/unroot-monitor}
    export RELAY_TOOL=${RELAY_TOOL:-$build/test/system/monitor/relay_tool}
    export PYTHONDONTWRITEBYTECODE=1
    SUITE_MISSING=
    [ "$(id -u)" = 0 ] || SUITE_MISSING="needs root (clients must be the monitor's user, and it drops capabilities)"
    for tool in python3 unshare setpriv openssl stty; do
        command -v $tool >/dev/null || SUITE_MISSING="needs $tool"
    done
    for program in "$UNROOT_MONITOR" "$RELAY_TOOL"; do
        [ -x "$program" ] || SUITE_MISSING="needs $program: ninja -C build"
    done
    export SUITE_MISSING
}
