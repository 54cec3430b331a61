# SPDX-License-Identifier: Apache-2.0
# docker with our runtime as the default one: containers that share with others, and options that people
# have beside the common ones.
load engines
load docker

setup_file() {
    [ -n "${ENGINES:-}" ] && [ -x "$UNROOT_RUNTIME" ] || return 0
    command -v dockerd >/dev/null || return 0
    docker_start --add-runtime "unroot=$UNROOT_RUNTIME" --default-runtime "${ENGINES_RUNTIME:-unroot}"
    docker_image
}

teardown_file() {
    [ ! -e "$ENGINES/docker/pid" ] || docker_stop
}

setup() {
    require_private_host
    require_program dockerd docker.io
    require_runtime
}

teardown() {
    [ ! -e "$ENGINES/docker/pid" ] || docker ps -aq | xargs -r "$DOCKER" --host "unix://$ENGINES/docker.sock" rm -f -v >/dev/null 2>&1
}

no_root_outside() {
    [ "${ENGINES_RUNTIME:-}" = runc ] || no_host_root
}

@test "docker run --network, --ipc and --pid container:NAME, --volumes-from" {
    docker run -d --name main --ipc shareable -v /opt/app busybox sh -c \
        'echo shared >/dev/shm/file; echo hello >/tmp/index.html; exec httpd -f -p 80 -h /tmp'
    wait_until docker exec main wget -qO- http://127.0.0.1/
    run -0 docker run --rm --network container:main --user 1000:1000 busybox wget -qO- http://127.0.0.1/
    [ "$output" = hello ]
    run -0 docker run --rm --ipc container:main busybox sh -c 'cat /dev/shm/file; echo more >/dev/shm/more'
    [ "$output" = shared ]
    run -0 docker run --rm --ipc container:main --user 1000:1000 busybox sh -c 'cat /dev/shm/file; echo >/dev/shm/own'
    [ "$output" = shared ]
    [ "$(docker exec main stat -c %u /dev/shm/more /dev/shm/own)" = $'0\n1000' ]
    run -0 docker run --rm --pid container:main busybox ps
    [[ $output = *"httpd -f -p 80"* ]]
    run -0 docker run --rm --volumes-from main busybox sh -c 'cat /opt/app/file; echo side >/opt/app/side; stat -c %u /opt/app/side'
    [ "$output" = $'from the image\n0' ]
    [ "$(docker exec main cat /opt/app/side)" = side ]
    docker run -d --name sidecar --network container:main --pid container:main --volumes-from main busybox sleep 1000
    no_root_outside
}

@test "docker run --init, --device" {
    run -0 docker run --rm --init busybox sh -c 'tr "\0" " " </proc/1/cmdline; id -u'
    [[ $output = /sbin/docker-init*0 ]]
    run -7 docker run --rm --init --user 1000 busybox sh -c 'exit 7'
    run -0 docker run --rm --device /dev/null:/dev/mine busybox sh -c 'echo x >/dev/mine; stat -c "%t:%T %a" /dev/mine'
    [ "$output" = "1:3 666" ]
    [ ! -e /dev/fuse ] || docker run --rm --device /dev/fuse busybox sh -c ': <>/dev/fuse'
    local disk
    disk=$(find /dev -type b | head -1)
    [ -n "$disk" ] && [ "${ENGINES_RUNTIME:-}" != runc ] || return 0
    run -125 docker run --rm --device "$disk" busybox true
    [[ $output = *"refused by policy"*"block-devices"* ]]
}

@test "docker run --hostname, --domainname, --ulimit, --sysctl, --oom-score-adj, --group-add, --security-opt, -w" {
    run -0 docker run --rm -h box --domainname example.org --ulimit nofile=100:200 --sysctl net.ipv4.ip_forward=1 --oom-score-adj 500 busybox \
        sh -c 'hostname; cat /proc/sys/kernel/domainname; ulimit -n; cat /proc/sys/net/ipv4/ip_forward /proc/self/oom_score_adj'
    [ "$output" = $'box\nexample.org\n100\n1\n500' ]
    run -0 docker run --rm --group-add 44 --security-opt no-new-privileges --security-opt seccomp=unconfined -w /new/folder busybox \
        sh -c 'awk "/NoNewPrivs|Seccomp:/ {print \$2}" /proc/self/status; id -G; pwd'
    [ "$output" = $'1\n0\n0 44\n/new/folder' ]
    run -0 docker run --rm --user 1000 --tmpfs /y:uid=1000,mode=700 --shm-size 8m busybox sh -c 'stat -c "%u %a" /y; touch /y/y /dev/shm/y; df -k /dev/shm'
    [[ $output = "1000 700"*" 8192 "* ]]
}

@test "docker commit: the owners and modes are the same under runc and under us" {
    docker run --name box busybox sh -c 'mkdir -p /w/a; echo 1 >/w/a/f; chown -R 1000:44 /w; chmod 4755 /w/a/f; chmod 2775 /w/a; ln -s f /w/a/l; chown -h 7:8 /w/a/l; mkfifo /w/p'
    docker commit box committed
    show='cd /w && find . | sort | xargs stat -c "%n %u:%g %a %F"'
    ours=$(docker run --rm --runtime unroot committed sh -c "$show")
    [ "$ours" = $'. 1000:44 755 directory\n./a 1000:44 2775 directory\n./a/f 1000:44 4755 regular file\n./a/l 7:8 777 symbolic link\n./p 0:0 644 fifo' ]
    if command -v runc >/dev/null; then
        [ "$(docker run --rm --runtime runc committed sh -c "$show")" = "$ours" ]
        docker run --name again --runtime runc committed chown 9:9 /w/a/f # what runc writes is ours to read
        docker commit again committed
        [ "$(docker run --rm --runtime unroot committed stat -c %u:%g /w/a/f)" = 9:9 ]
    fi
}
