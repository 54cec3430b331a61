# SPDX-License-Identifier: Apache-2.0
# The verbs of images as the command line gives them: import, images, tag, rmi, history, inspect, load, prune.
load helpers

setup_file() {
    make_images
}

teardown() {
    remove_containers
    unroot images --format '{{.Repository}}:{{.Tag}}' | grep '^made' | xargs -r "$UNROOT" rmi -f >/dev/null
    unroot image prune -f >/dev/null
}

@test "import of a folder and of a tar, plain, gzip, zstd, xz, bzip2, and from standard input" {
    mkdir -p "$BATS_TEST_TMPDIR/root/bin"
    cp "$SUITE/rootfs/bin/busybox" "$BATS_TEST_TMPDIR/root/bin/sh"
    run -0 unroot import "$BATS_TEST_TMPDIR/root" made-folder
    [[ $output =~ ^sha256:[0-9a-f]{64}$ ]]
    tar -C "$BATS_TEST_TMPDIR/root" -cf "$BATS_TEST_TMPDIR/root.tar" .
    gzip -k "$BATS_TEST_TMPDIR/root.tar"
    zstd -q "$BATS_TEST_TMPDIR/root.tar"
    xz -0k "$BATS_TEST_TMPDIR/root.tar"
    python3 -c 'import bz2, sys; open(sys.argv[1] + ".bz2", "wb").write(bz2.compress(open(sys.argv[1], "rb").read()))' \
        "$BATS_TEST_TMPDIR/root.tar"
    for file in root.tar root.tar.gz root.tar.zst root.tar.xz root.tar.bz2; do
        run -0 unroot import --change 'USER 5' "$BATS_TEST_TMPDIR/$file" made-tar
        run -0 unroot run --rm made-tar sh -c 'echo works'
        [ "$output" = works ]
    done
    run -0 bash -c '"$UNROOT" import - made-pipe <"$BATS_TEST_TMPDIR/root.tar"'
    run -0 unroot run --rm -u 5 made-pipe sh -c 'echo works'
    plain=$(unroot image inspect -f '{{.RootFS.Layers}}' made-pipe)
    unroot rmi -f made-pipe >/dev/null
    cat "$BATS_TEST_TMPDIR/root.tar.xz" | unroot import - made-pipe >/dev/null
    [ "$(unroot image inspect -f '{{.RootFS.Layers}}' made-pipe)" = "$plain" ]
    head -c 300000 "$BATS_TEST_TMPDIR/root.tar.xz" >"$BATS_TEST_TMPDIR/cut.xz"
    run -1 unroot import "$BATS_TEST_TMPDIR/cut.xz" made-cut
    [[ ${#lines[@]} = 1 && $output == *"the xz stream is cut off" ]]
}

@test "import --change and --message are seen by inspect and history" {
    unroot import --change 'USER 7:8' --change 'EXPOSE 80' --change 'ENV A=b' --change 'VOLUME /v' -m "a note" \
        "$SUITE/rootfs" made-changed >/dev/null
    run -0 unroot image inspect -f '{{.Config.User}} {{json .Config.ExposedPorts}} {{json .Config.Env}} {{json .Config.Volumes}}' made-changed
    [[ $output == '7:8 {"80/tcp":{}} '*'A=b'*' {"/v":{}}' ]]
    run -0 unroot history made-changed
    [[ ${lines[0]} =~ ^IMAGE\ +CREATED\ +CREATED\ BY\ +SIZE\ +COMMENT$ ]]
    [[ $output == *"a note"* ]]
    run -1 unroot import --change 'NONSENSE x' "$SUITE/rootfs" made-bad
    [[ $output == *NONSENSE* ]]
}

@test "a bad source is one line and leaves no image" {
    run -1 unroot import /no/such.tar made-bad
    [ "${#lines[@]}" = 1 ]
    [[ $output == *"/no/such.tar"* ]]
    head -c 100000 /dev/urandom >"$BATS_TEST_TMPDIR/noise"
    run -1 unroot import "$BATS_TEST_TMPDIR/noise" made-bad
    [ "${#lines[@]}" = 1 ]
    [ -z "$(unroot images -q made-bad)" ]
}

@test "images: docker's table, names, -q, --digests, --format, filters" {
    unroot tag busybox made/nested:v1
    run -0 unroot images
    [[ ${lines[0]} =~ ^REPOSITORY\ +TAG\ +IMAGE\ ID\ +CREATED\ +SIZE$ ]]
    [[ $output =~ busybox\ +latest\ +[0-9a-f]{12}\ +[A-Z0-9].*ago\ +[0-9.]+[kM]B ]]
    [[ $output =~ made/nested\ +v1\  ]]
    run -0 unroot images --digests made/nested
    [[ ${lines[0]} == *DIGEST* && $output == *sha256:* ]]
    run -0 unroot images --format '{{.Repository}}:{{.Tag}} {{.User}}' made/nested:v1
    [ "$output" = "made/nested:v1 app" ]
    [ "$(unroot images -q made/nested)" = "$(unroot images -q busybox)" ]
    [ "$(unroot images -q --no-trunc busybox)" = "$(unroot inspect -f '{{.Id}}' --type image busybox)" ]
    [ "$(unroot images --filter label=made.by=suite --format '{{.Repository}}' | sort | tr '\n' ' ')" = "busybox made/nested " ]
    [ "$(unroot images --filter 'reference=made/*' --format '{{.Tag}}')" = v1 ]
    run -0 bash -c '"$UNROOT" images --format json | jq -r .Repository | sort | head -1'
    [ "$output" = busybox ]
}

@test "tag and rmi: untagging, deleting, what is in use" {
    unroot import "$SUITE/rootfs" made-one >/dev/null
    unroot tag made-one made-two:x
    run -0 unroot rmi made-one
    [ "$output" = "Untagged: made-one:latest" ]
    id=$(unroot create -u 1 made-two:x true)
    run -1 unroot rmi made-two:x
    [[ $output == *"${id:0:12}"* || $output == *use* ]]
    unroot rm "$id" >/dev/null
    run -0 unroot rmi made-two:x
    [[ ${lines[0]} == "Untagged: made-two:x" && ${lines[1]} == "Deleted: sha256:"* ]]
    run -1 unroot rmi made-two:x
    [[ $output == "unroot rmi: no such image: made-two:x"* ]]
    run -1 unroot tag no-such x
}

@test "image prune takes what has no name, with -a what no container uses" {
    unroot import --change 'LABEL n=1' "$SUITE/rootfs" made-prune >/dev/null
    unroot import --change 'LABEL n=2' "$SUITE/rootfs" made-prune >/dev/null
    [ "$(unroot images -q --filter dangling=true | wc -l)" = 1 ]
    run -0 unroot image prune -f
    [[ $output == *"Deleted Images:"*"deleted: sha256:"*"Total reclaimed space: "* ]]
    [ -z "$(unroot images -q --filter dangling=true)" ]
    run -0 bash -c 'echo n | "$UNROOT" image prune -a'
    [ -n "$(unroot images -q made-prune)" ]
}

@test "load of an OCI layout folder, an OCI archive and a docker archive, from a file and from standard input" {
    lib=/var/lib/unroot/images
    run -0 unroot load -i "$lib"
    [[ $output == *"Loaded image: busybox:latest"* ]]
    tar -C "$lib" -cf "$BATS_TEST_TMPDIR/oci.tar" oci-layout index.json blobs
    run -0 unroot load -i "$BATS_TEST_TMPDIR/oci.tar"
    [[ $output == *"Loaded image: busybox:latest"* ]]
    run -0 bash -c '"$UNROOT" load -q <"$BATS_TEST_TMPDIR/oci.tar"'
    xz -0 "$BATS_TEST_TMPDIR/oci.tar"
    run -0 unroot load -i "$BATS_TEST_TMPDIR/oci.tar.xz"
    [[ $output == *"Loaded image: busybox:latest"* ]]
    run -1 unroot load -i /no/such
    [[ $output == *"/no/such"* ]]
}

@test "inspect finds what a name is, --type says what it must be" {
    run -0 unroot inspect -f '{{.Id}}' busybox
    [[ $output == sha256:* ]]
    id=$(unroot create --name made-container busybox true)
    run -0 unroot inspect -f '{{.Id}}' made-container
    [ "$output" = "$id" ]
    run -1 unroot inspect --type image made-container
    run -1 unroot image inspect made-container
    run -1 unroot container inspect busybox
    run -1 --separate-stderr unroot inspect busybox no-such-thing
    [ "$(jq length <<<"$output")" = 1 ]
    [ "$stderr" = "unroot inspect: no such object: no-such-thing: neither a container nor an image nor a volume" ]
    run -0 bash -c '"$UNROOT" inspect busybox made-container | jq -r ".[].Id"'
    [ "${#lines[@]}" = 2 ]
}

@test "system prune and info" {
    unroot create busybox true >/dev/null
    run -0 unroot info
    [[ $output == *"Containers: 1"* && $output == *" Created: 1"* ]]
    run -0 unroot info -f '{{.Images}}'
    [ "$output" -ge 2 ]
    run -0 unroot system prune -f
    [[ $output == *"Deleted Containers:"* ]]
    [ -z "$(unroot ps -aq)" ]
    run -0 unroot info --format json
    [ "$(jq .Containers <<<"$output")" = 0 ]
}

@test "image tree shows what each layer added and removed" {
    unroot run --name made-tree -u 0 busybox-root sh -c \
        'mkdir -p /opt/big/in && head -c 3000000 /dev/zero >/opt/big/in/file && echo x >/opt/small && rm -r /var/data/seed'
    unroot commit -m step made-tree made-tree >/dev/null
    unroot rm made-tree >/dev/null
    run -0 unroot image tree made-tree
    [[ ${lines[0]} =~ ^made-tree\ +[0-9a-f]{12}\ .*\ in\ 2\ layers$ ]]
    [[ ${lines[1]} == "├─ "* ]]
    [[ $output == *"└─ "* ]]
    [[ $output =~ 3MB\ +/opt/big/in/file ]]
    [[ $output =~ 2B\ +/opt/small ]]
    [[ $output =~ removed\ +/var/data/seed ]]
    run -0 unroot image tree --format json --top 1 made-tree
    run -0 python3 -c 'import json,sys; d=json.load(sys.stdin)["Layers"]; print(len(d), d[1]["Size"], d[1]["Added"][0]["Path"], len(d[1]["Added"]), d[1]["Removed"], d[1]["Files"])' <<<"$output"
    [ "$output" = "2 3000002 /opt/big/in/file 1 ['/var/data/seed'] 2" ]
    run -125 unroot image tree --format yaml made-tree
    run -1 unroot image tree no-such
}
