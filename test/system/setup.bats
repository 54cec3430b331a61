# SPDX-License-Identifier: Apache-2.0
# `unroot setup ENGINE`: shows, writes, takes back. The texts themselves are test/unit/host/test_peer.c's.
load helpers

setup() {
    require_private_store
    file=$BATS_TEST_TMPDIR/daemon.json
}

@test "setup docker shows the change and writes nothing" {
    printf '{\n  "log-driver": "local"\n}\n' >"$file"
    run -0 unroot setup docker --runtime /bin/true --file "$file"
    [[ $output = *'+  "runtimes": {'* && $output = *'Nothing is written yet'* ]]
    [ "$(cat "$file")" = $'{\n  "log-driver": "local"\n}' ]
    [ "$(ls "$BATS_TEST_TMPDIR")" = daemon.json ]
}

@test "setup docker --apply keeps mode, owner, link and a copy; --undo gives the old file back" {
    printf '{"a": 1}' >"$BATS_TEST_TMPDIR/real"
    chmod 640 "$BATS_TEST_TMPDIR/real"
    chown 5:6 "$BATS_TEST_TMPDIR/real"
    ln -s real "$file"
    unroot setup docker --runtime /bin/true --file "$file" --apply --default
    [ -L "$file" ]
    [ "$(stat -c '%a %u %g' "$BATS_TEST_TMPDIR/real")" = "640 5 6" ]
    [ "$(jq -c . "$file")" = '{"a":1,"runtimes":{"unroot":{"path":"'"$(realpath /bin/true)"'"}},"default-runtime":"unroot"}' ]
    [ "$(cat "$file.unroot-saved")" = '{"a": 1}' ]
    run -0 unroot setup docker --runtime /bin/true --file "$file" --apply
    [[ $output = *"says so already"* ]]
    unroot setup docker --file "$file" --undo
    [ "$(cat "$file")" = '{"a": 1}' ]
    [ ! -e "$file.unroot-saved" ]
    run -1 unroot setup docker --file "$file" --undo
    [[ $output = *"nothing to undo"* ]]
}

@test "setup makes the folders and the file that are missing, and takes the file away again" {
    for engine in docker podman containerd; do
        file=$BATS_TEST_TMPDIR/etc/$engine/file
        unroot setup $engine --runtime /bin/true --file "$file" --apply
        grep -q unroot "$file"
        [ "$(stat -c %a "$file")" = 644 ]
        unroot setup $engine --file "$file" --undo
        [ -z "$(ls -A "$BATS_TEST_TMPDIR/etc/$engine")" ]
    done
}

@test "setup refuses a broken file with its place, an unknown engine and options without one" {
    printf '{\n  "a": 1,\n}\n' >"$file"
    run -1 unroot setup docker --runtime /bin/true --file "$file" --apply
    [[ $output = *"$file:3:1"* ]]
    [ "$(ls "$BATS_TEST_TMPDIR")" = daemon.json ]
    run -125 unroot setup rkt
    [[ $output = *"docker, podman and containerd"* ]]
    run -125 unroot setup --apply
    run -125 unroot setup docker --undo --default
    run -1 unroot setup docker --runtime /nowhere --file "$file"
    [[ $output = *"looking for /nowhere"* ]]
}

@test "setup podman as an ordinary user is that user's own file" {
    run -0 env HOME=/nowhere/home setpriv --reuid 1000 --regid 1000 --clear-groups "$UNROOT" setup podman --runtime /bin/true
    [[ $output = *"+++ /nowhere/home/.config/containers/containers.conf.d/50-unroot.conf"* ]]
}
