# SPDX-License-Identifier: Apache-2.0
# `unroot build` and `podman build` of the same Dockerfiles make the same images; where not, the case says so.
load helpers

setup_file() {
    require_private_store
    command -v podman >/dev/null || skip "podman is not installed"
    make_images
}

teardown_file() {
    rm -rf --one-file-system "$SUITE/peers"
}

@test "thirty Dockerfiles give the same files and configuration as podman build" {
    mkdir "$SUITE/peers"
    tar -C "$SUITE/rootfs" -cf "$SUITE/peers/base.tar" .
    unroot import "$SUITE/peers/base.tar" build-base >/dev/null
    run -0 python3 "$BATS_TEST_DIRNAME/build_peers.py" "$UNROOT" "$BATS_TEST_DIRNAME/../data/build" "$SUITE/peers"
    [[ ${lines[-1]} =~ ^(3[0-9]|[4-9][0-9])\ Dockerfiles,\ 0\ differ$ ]]
}
