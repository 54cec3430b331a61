# SPDX-License-Identifier: Apache-2.0
# That the harness itself is right: docker with the runtime it knows, from start to nothing.
load engines
load docker

@test "docker with runc: a daemon of our own starts, runs a container and leaves nothing" {
    require_private_host
    require_program dockerd docker.io
    require_program runc runc
    docker_start --exec-opt native.cgroupdriver=cgroupfs
    docker_image
    run -0 docker run --rm busybox id -u
    [ "$output" = 0 ]
    docker run -d --name sleeper busybox sleep 1000
    run -1 no_host_root # the check must see what it is for
    [[ $output = *"is in the host's user namespace: sleep 1000"* ]]
    docker rm -f sleeper
    docker_stop
    ! grep "$ENGINES/docker" /proc/self/mountinfo
    run -1 no_host_root
    [ "$output" = "no process of a container is there" ]
    rm -rf --one-file-system "$ENGINES/docker"
    [ ! -e "$ENGINES/docker" ]
}
