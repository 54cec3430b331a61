# SPDX-License-Identifier: Apache-2.0
# diff, commit, cp, export and save as the command line gives them; changes.bats looks at what they do to files.
load helpers

setup_file() {
    make_images
    unroot run --name changed --network none busybox \
        sh -c 'echo x >/home/app/new; rm /var/data/seed; mkdir /tmp/folder; echo "odd name" >"/tmp/a
b"'
}

teardown_file() {
    remove_containers
    unroot images --format '{{.Repository}}:{{.Tag}}' | grep '^made' | xargs -r "$UNROOT" rmi -f >/dev/null
}

@test "diff: added, changed, deleted, and no control character reaches the terminal" {
    run -0 unroot diff changed
    [[ $output == *"A /home/app/new"* && $output == *"C /home/app"* && $output == *"D /var/data/seed"* ]]
    [[ $output == *"A /tmp/folder"* && $output == *'A /tmp/a\nb'* ]]
    run -1 unroot diff no-such
    [ "$output" = "unroot diff: no such container: no-such" ]
}

@test "commit makes an image that runs, with changes, author and message" {
    run -0 unroot commit -m "a note" -a someone -c 'CMD ["cat", "/home/app/new"]' changed made:1
    [[ $output =~ ^sha256:[0-9a-f]{64}$ ]]
    run -0 unroot run --rm --network none made:1
    [ "$output" = x ]
    run -0 unroot run --rm --network none made:1 ls /var/data
    [ -z "$output" ]
    [ "$(unroot image inspect -f '{{.Config.User}} {{.Author}}' made:1)" = "app someone" ]
    [[ $(unroot history made:1) == *"a note"* ]]
    run -1 unroot commit -c 'NONSENSE x' changed made:2
    [[ $output == *NONSENSE* ]]
}

@test "export: ids as inside, to a file and to a pipe; a failed one leaves no file" {
    unroot export -o "$BATS_TEST_TMPDIR/tree.tar" changed
    tar --numeric-owner -tvf "$BATS_TEST_TMPDIR/tree.tar" | grep -E ' 1000/1000 .* home/app/new$'
    ! tar -tf "$BATS_TEST_TMPDIR/tree.tar" | grep -q var/data/seed
    [ "$(unroot export changed | tar -xO home/app/new)" = x ]
    run -1 unroot export -o "$BATS_TEST_TMPDIR/none.tar" no-such
    [ -z "$(ls "$BATS_TEST_TMPDIR" | grep none)" ]
    run -125 terminal "$UNROOT" export changed -- 'expect=standard output is a terminal'
}

@test "save and load bring images back, several at once, from a file and a pipe" {
    unroot tag busybox made/copy:7
    unroot save -o "$BATS_TEST_TMPDIR/two.tar" made/copy:7 busybox-root
    unroot rmi made/copy:7 >/dev/null
    run -0 unroot load -i "$BATS_TEST_TMPDIR/two.tar"
    [[ $output == *"Loaded image: made/copy:7"* && $output == *"Loaded image: busybox-root:latest"* ]]
    run -0 bash -c '"$UNROOT" save made/copy:7 | "$UNROOT" load'
    [ "$output" = "Loaded image: made/copy:7" ]
    run -1 unroot save -o "$BATS_TEST_TMPDIR/none.tar" no-such
    [ -z "$(ls "$BATS_TEST_TMPDIR" | grep none)" ]
}

@test "save --format writes one of the two archives, and each comes back as the same image" {
    run -0 unroot image inspect -f '{{.Id}}' busybox
    id=$output
    unroot tag busybox made/format:1
    for format in docker-archive oci-archive; do
        unroot save --format "$format" -o "$BATS_TEST_TMPDIR/$format.tar" made/format:1
        unroot rmi made/format:1 >/dev/null
        run -0 unroot load -i "$BATS_TEST_TMPDIR/$format.tar"
        [[ $output == *made/format:1* ]]
        run -0 unroot image inspect -f '{{.Id}}' made/format:1
        [ "$output" = "$id" ]
    done
    run -0 tar -tf "$BATS_TEST_TMPDIR/docker-archive.tar"
    [[ $output == *manifest.json* && $output != *index.json* && $output != *oci-layout* ]]
    run -0 tar -tf "$BATS_TEST_TMPDIR/oci-archive.tar"
    [[ $output != *manifest.json* && $output == *index.json* && $output == *oci-layout* ]]
    run -125 unroot save --format squashfs made/format:1
    [[ $output == *"docker-archive or oci-archive"* ]]
}

@test "docker's save archive is one that docker loads: manifest.json, config and layers by digest" {
    unroot save -o "$BATS_TEST_TMPDIR/one.tar" busybox
    run -0 bash -c "tar -xOf $BATS_TEST_TMPDIR/one.tar manifest.json ./manifest.json 2>/dev/null | jq -r '.[0].RepoTags[0]'"
    [ "$output" = busybox:latest ]
}

@test "cp: files and folders in and out, a tar stream, what does not work" {
    n=$(name)
    unroot create --name "$n" busybox sh -c 'cat /home/app/in; stat -c %u /home/app/in' >/dev/null
    echo inside >"$BATS_TEST_TMPDIR/in"
    run -0 unroot cp "$BATS_TEST_TMPDIR/in" "$n:/home/app/in"
    run -0 unroot start -a "$n"
    [ "${lines[0]}" = inside ]
    run -0 unroot cp "$n:/etc/passwd" "$BATS_TEST_TMPDIR/passwd"
    grep -q ^app: "$BATS_TEST_TMPDIR/passwd"
    mkdir "$BATS_TEST_TMPDIR/out"
    run -0 unroot cp "$n:/var/data" "$BATS_TEST_TMPDIR/out"
    [ "$(cat "$BATS_TEST_TMPDIR/out/data/seed")" = "first content" ]
    [ "$(unroot cp "$n:/home/app/in" - | tar -xO in)" = inside ]
    run -0 bash -c "tar -C $BATS_TEST_TMPDIR -c in | '$UNROOT' cp - $n:/tmp"
    run -0 unroot cp "$n:/tmp/in" "$BATS_TEST_TMPDIR/back"
    cmp "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/back"
    run -1 unroot cp "$n:/no/such" "$BATS_TEST_TMPDIR/x"
    [[ $output == *"/no/such"* ]]
    run -1 unroot cp no-such:/x "$BATS_TEST_TMPDIR/x"
    [ "$output" = "unroot cp: no such container: no-such" ]
    run -125 unroot cp a b
    [[ ${lines[0]} == "unroot cp: one of the two must be CONTAINER:PATH" ]]
    run -125 unroot cp a:/x b:/y
    [[ ${lines[0]} == *"not there yet"* ]]
}
