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
    # With the files that podman's RUN leaves behind, and a PATH, which podman's images always have.
    cp -a "$SUITE/rootfs" "$SUITE/peers/base"
    touch "$SUITE/peers/base/etc/"{hostname,hosts,resolv.conf}
    tar -C "$SUITE/peers/base" -cf "$SUITE/peers/base.tar" .
    unroot import --change "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
        "$SUITE/peers/base.tar" build-base >/dev/null
    run python3 "$BATS_TEST_DIRNAME/build_peers.py" "$UNROOT" "$BATS_TEST_DIRNAME/../data/build" "$SUITE/peers"
    echo "$output"
    [ "$status" = 0 ]
    [[ ${lines[-1]} =~ ^(3[0-9]|[4-9][0-9])\ Dockerfiles,\ 0\ differ$ ]]
}
