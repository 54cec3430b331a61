# SPDX-License-Identifier: Apache-2.0
# The same bundles with runc, crun and our runtime: compare.py says where an outcome is not the expected one.
load engines

setup() {
    require_private_host
    require_program python3 python3-minimal
    require_program busybox busybox-static
}

# compare RUNTIME: every row of bundles/*.json
compare() {
    run python3 "$BATS_TEST_DIRNAME/compare.py" --runtime "$1"
    [ "$status" = 0 ] || { echo "$output"; return 1; }
    [[ ${lines[-1]} = *" 0 differences" ]]
    [ "${lines[-1]%% *}" -ge 120 ]
}

@test "bundles: unroot-runtime gives what is expected" {
    require_runtime
    compare unroot
}

@test "bundles: runc gives what is expected" {
    require_program runc runc
    compare runc
}

@test "bundles: crun gives what is expected" {
    require_program crun crun
    compare crun
}
