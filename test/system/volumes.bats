# SPDX-License-Identifier: Apache-2.0
# Volumes: named, anonymous, binds, --mount, owners on both sides, and the `volume` verbs.
load helpers

setup_file() {
    make_images
}

setup() {
    work=$BATS_TEST_TMPDIR
    chmod 711 "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" "$BATS_SUITE_TMPDIR" "$BATS_FILE_TMPDIR" 2>/dev/null || true
}

teardown() {
    remove_containers
    unroot volume ls -q | xargs -r "$UNROOT" volume rm >/dev/null
}

@test "volume create, ls, inspect, rm" {
    run -0 unroot volume create --label a=b data
    [ "$output" = data ]
    run -0 unroot volume create data
    [ "$output" = data ]
    run -0 unroot volume ls
    [[ ${lines[0]} =~ ^DRIVER\ +VOLUME\ NAME$ ]]
    [[ ${lines[1]} =~ ^local\ +data$ ]]
    run -0 unroot volume inspect -f '{{.Name}} {{.Labels.a}}' data
    [ "$output" = "data b" ]
    run -0 unroot volume ls -q --filter label=a --filter name=dat
    [ "$output" = data ]
    run -0 unroot volume ls -q --filter label=z
    [ -z "$output" ]
    run -0 unroot volume rm data
    [ "$output" = data ]
    run -1 unroot volume rm data
    [[ $output == *data* ]]
    run -0 unroot volume rm -f data
}

@test "volume create without a name chooses one" {
    run -0 unroot volume create
    [[ $output =~ ^[0-9a-f]{64}$ ]]
}

@test "a named volume takes the image folder's content and owner, and keeps what is written" {
    run -0 unroot run --rm -v data:/var/data busybox sh -c 'cat /var/data/seed; echo more >/var/data/new; stat -c %u /var/data'
    [ "$output" = $'first content\n1000' ]
    run -0 unroot run --rm -v data:/elsewhere busybox cat /elsewhere/new
    [ "$output" = more ]
}

@test "a named volume at a folder that the image has not belongs to the container's user" {
    run -0 unroot run --rm -v fresh:/brand/new busybox sh -c 'touch /brand/new/x && stat -c %u:%g /brand/new /brand/new/x'
    [ "$output" = $'1000:1000\n1000:1000' ]
    run -0 unroot run --rm -u other -v fresh2:/brand/new busybox sh -c 'touch /brand/new/x && stat -c %u:%g /brand/new/x'
    [ "$output" = 1001:1001 ]
}

@test "a volume in use cannot be removed; prune takes what nobody uses" {
    id=$(unroot run -d -v used:/v busybox sleep 100)
    run -1 unroot volume rm used
    [[ $output == "unroot volume rm: "*used* ]]
    unroot volume create idle >/dev/null
    run -0 unroot volume prune -f
    [ "$(unroot volume ls -q | sort | tr '\n' ' ')" = "idle used " ]
    run -0 unroot volume prune -f --all
    [[ $output == *idle*"Total reclaimed space: "* ]]
    [ "$(unroot volume ls -q)" = used ]
}

@test "an anonymous volume goes with --rm and with rm -v, and stays without" {
    unroot run --rm -v /anonymous busybox true
    [ -z "$(unroot volume ls -q)" ]
    id=$(unroot create -v /anonymous busybox true)
    unroot rm "$id" >/dev/null
    [ "$(unroot volume ls -q | wc -l)" = 1 ]
    unroot volume prune -f >/dev/null
    id=$(unroot create -v /anonymous busybox true)
    unroot rm -v "$id" >/dev/null
    [ -z "$(unroot volume ls -q)" ]
}

@test "a bind: an ordinary user's folder is the container's user's" {
    mkdir "$work/site"
    echo page >"$work/site/index"
    chown -R 3000:3000 "$work/site"
    run -0 unroot run --rm -v "$work/site:/site" busybox sh -c 'cat /site/index; echo new >/site/new; stat -c %u:%g /site/index /site/new'
    [ "$output" = $'page\n1000:1000\n1000:1000' ]
    [ "$(stat -c %u:%g "$work/site/new")" = 3000:3000 ]
}

@test "two containers with other users write as the same host user" {
    mkdir "$work/shared"
    chown 3000:3000 "$work/shared"
    unroot run --rm -u app -v "$work/shared:/s" busybox touch /s/one
    unroot run --rm -u 4321 -v "$work/shared:/s" busybox touch /s/two
    [ "$(stat -c %u:%g "$work/shared/one" "$work/shared/two" | sort -u)" = 3000:3000 ]
}

@test "ro binds cannot be written" {
    mkdir "$work/ro"
    chown 3000:3000 "$work/ro"
    run -0 unroot run --rm -v "$work/ro:/ro:ro" busybox sh -c 'touch /ro/x 2>/dev/null || echo read-only'
    [ "$output" = read-only ]
    [ -z "$(ls -A "$work/ro")" ]
}

@test "owner= maps as it is told" {
    mkdir "$work/owned"
    chown 3000:3000 "$work/owned"
    unroot run --rm -u other -v "$work/owned:/o:owner=3000:3000>other" busybox touch /o/x
    [ "$(stat -c %u "$work/owned/x")" = 3000 ]
}

@test "owner= without a group takes the source's own group along" {
    mkdir "$work/ungrouped"
    chown 3000:3001 "$work/ungrouped"
    unroot run --rm -u other -v "$work/ungrouped:/o:owner=3000>other" busybox touch /o/x
    [ "$(stat -c %u:%g "$work/ungrouped/x")" = 3000:3001 ]
}

@test "a folder of an ordinary user and root's group can be written, and gives nobody root's group" {
    mkdir "$work/rootgroup"
    chown 3000:0 "$work/rootgroup"
    chmod 755 "$work/rootgroup"
    run -0 unroot run --rm -v "$work/rootgroup:/o" busybox \
        sh -c 'stat -c %u:%g /o; touch /o/x; chgrp 0 /o/x 2>/dev/null || echo refused'
    [ "$output" = $'1000:65534\nrefused' ]
    [ "$(stat -c %u "$work/rootgroup/x")" = 3000 ]
    [ "$(stat -c %g "$work/rootgroup/x")" != 0 ]
}

@test "a single file as a bind" {
    echo setting=1 >"$work/config"
    chown 3000 "$work/config"
    run -0 unroot run --rm -v "$work/config:/etc/app.conf:ro" busybox cat /etc/app.conf
    [ "$output" = setting=1 ]
}

@test "--mount: bind, volume, tmpfs" {
    mkdir "$work/m"
    chown 3000:3000 "$work/m"
    run -0 unroot run --rm --mount "type=bind,src=$work/m,dst=/m,readonly" --mount type=volume,src=data,target=/d \
        --mount type=tmpfs,destination=/t,tmpfs-size=1m busybox \
        sh -c 'touch /m/x 2>/dev/null || echo ro; touch /d/x && echo d; touch /t/x && df -k /t | tail -1 | grep -o 1024 | head -1'
    [ "$output" = $'ro\nd\n1024' ]
}

@test "a bind source that is not there is made for the container's user by -v, and an error with --mount" {
    run -0 unroot run --rm -v "$work/none:/x" busybox touch /x/y
    [ -e "$work/none/y" ]
    run -125 unroot run --rm --mount "type=bind,src=$work/other,dst=/x" busybox true
    [[ $output == *"$work/other"* ]]
    [ ! -e "$work/other" ]
}

@test "the volume filter of ps" {
    id=$(unroot create -v data:/v busybox true)
    [ "$(unroot ps -aq --no-trunc -f volume=data)" = "$id" ]
}

@test "inspect tells the mounts" {
    mkdir "$work/b"
    chown 3000 "$work/b"
    id=$(unroot run -d -v data:/v -v "$work/b:/b:ro" busybox sleep 100)
    run -0 unroot inspect -f '{{range .Mounts}}{{.Type}} {{.Destination}} {{.RW}};{{end}}' "$id"
    [[ $output == *"volume /v true;"* && $output == *"bind /b false;"* ]]
}

@test "an image of several layers fills its volumes" {
    unroot run --name "$(name)" -u 0 busybox-root sh -c 'mkdir /filled && echo seed >/filled/seed'
    unroot commit --change 'VOLUME /filled /empty' "$(name)" made-layers >/dev/null
    run -0 unroot run --rm made-layers sh -c 'cat /filled/seed && ls /empty'
    [[ $output == *seed* ]]
    unroot rm "$(name)" >/dev/null
    unroot rmi made-layers >/dev/null
}
