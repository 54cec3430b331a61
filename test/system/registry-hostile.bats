# SPDX-License-Identifier: Apache-2.0
# `unroot pull` from registries that misbehave and of images that lie: one clear line, bounded time and memory, nothing in
# the store. What unroot-fetch alone makes of them is in fetch.bats.
load helpers
load ../registry/registry

setup_file() {
    require_private_store
    unroot setup >/dev/null
    export HOME=$SUITE/home
    unset DOCKER_CONFIG REGISTRY_AUTH_FILE XDG_RUNTIME_DIR XDG_CONFIG_HOME http_proxy https_proxy no_proxy
    mkdir -p "$HOME"
    registry_names
    make_layout "$BATS_FILE_TMPDIR/layout"
    start_hostile other
    start_hostile main --other "http://other.test:$(hostile_port other)"
    python "$REGISTRY_TOOLS/lies.py" "$BATS_FILE_TMPDIR/layout" >"$BATS_FILE_TMPDIR/lies"
    for trick in drip drip-head silent; do
        slow_pull "$trick" 3>&- 4>&- &
    done
}

# slow_pull TRICK: in a store of its own, beside the other tests; status and seconds go to a file when it has ended.
slow_pull() {
    local start=$SECONDS status=0 slow=$BATS_FILE_TMPDIR/slow
    timeout 100 "$UNROOT" --root "$slow/lib" --runroot "$slow/run" pull --retry 0 "localhost:$(hostile_port main)/$1/x:1" \
        >"$BATS_FILE_TMPDIR/$1.said" 2>&1 || status=$?
    echo "$status $((SECONDS - start))" >"$BATS_FILE_TMPDIR/$1.new"
    mv "$BATS_FILE_TMPDIR/$1.new" "$BATS_FILE_TMPDIR/$1.ended"
}

teardown_file() {
    stop_hostile
}

teardown() {
    unroot images -q | xargs -r "$UNROOT" rmi -f >/dev/null
    unroot image prune -af >/dev/null
    rm -f /var/lib/unroot/partial/*
}

nothing_stays() {
    [ -z "$(unroot images -q)" ]
    [ -z "$(ls -A /var/lib/unroot/storage/layers)" ]
    [ -z "$(ls /var/lib/unroot/images/blobs/sha256)" ]
    ! grep -a $'[\x01-\x08\x0b-\x1f\x7f]' <<<"$output"
}

# refused TRICK PATTERN: the pull fails with one sentence of that form.
refused() {
    run -1 timeout 60 "$UNROOT" pull --retry "${RETRY:-1}" "localhost:$(hostile_port main)/$1/x${TARGET:-:1}"
    echo "$output"
    # shellcheck disable=SC2053 # a pattern
    [[ ${lines[-1]} == "unroot pull: "*$2* ]]
    nothing_stays
}

@test "a good one, so that the rest means something" {
    for trick in plain broken flaky no-length; do
        unroot pull -q "localhost:$(hostile_port main)/$trick/x:1" >/dev/null
    done
    [ "$(ls -A /var/lib/unroot/storage/layers | wc -l)" = 1 ]
}

@test "content that is not what was promised" {
    refused wrong-bytes "*"
    refused long "*"
    refused short "*"
    refused empty "*"
    refused huge "*"
    refused bad-json "*"
    [ -z "$(ls /var/lib/unroot/partial)" ]
}

@test "connections that break, errors, floods, other protocols" {
    refused always-broken "not reached"
    refused down "*"
    refused endless-head "*"
    refused endless-interim "*"
    refused endless-error "not found"
    refused no-http "*"
    refused two-lengths "*"
    refused terminal "not found"
    refused denied "denies access"
}

@test "redirects to where nobody should go" {
    for trick in to-file to-ftp to-nowhere to-nonsense to-itself to-metadata; do
        refused $trick "*"
    done
    ! grep -q passwd "$(hostile_log other)"
}

@test "a rate limit is said with its end; logins that lead nowhere" {
    RETRY=0 refused limited-long "limits how often it is asked*You have reached your pull rate limit*3600 s*unroot login"
    refused loop-token "wants a login"
    refused basic "wants a login*unroot login localhost:"
    refused token-file "*"
    refused token-endless "*"
    refused bad-challenge "*"
}

# lie NAME PATTERN
lie() {
    TARGET=@$(sed -n "s/^$1 //p" "$BATS_FILE_TMPDIR/lies") refused plain "$2"
}

@test "documents that lie about the content" {
    lie diffid "layer *its tar is sha256:*the image's config says sha256:0000*"
    lie size "*"
    lie smaller "*"
    lie enormous "MB to download, * MB are free"
    lie nothing "*"
    lie no-gzip "layer *"
    lie config "the manifest has 2 layers, the config 0"
    lie config-json "*"
    lie artifact "application/vnd.example.chart*is no image's configuration"
    lie schema1 "manifest schema 1"
    lie manifest-json "*"
    lie both "*"
    lie escape "*"
    [ ! -e /tmp/out ]
    # What was promised truly may stay for the next pull, for a day.
    [ "$(du -sk /var/lib/unroot/partial | cut -f1)" -lt 100 ]
}

@test "a decompression bomb leaves nothing" {
    lie bomb "bomb"
    [ "$(du -sk /var/lib/unroot | cut -f1)" -lt 10000 ]
}

@test "slow ones end in bounded time" { # they began with the suite
    local trick i seconds slow=$BATS_FILE_TMPDIR/slow/lib
    for trick in drip drip-head silent; do
        for ((i = 0; i < 1000; i++)); do
            [ ! -e "$BATS_FILE_TMPDIR/$trick.ended" ] || break
            sleep 0.1
        done
        cat "$BATS_FILE_TMPDIR/$trick.said"
        read -r status seconds <"$BATS_FILE_TMPDIR/$trick.ended"
        [ "$status" = 1 ]
        [ "$seconds" -lt 90 ]
        grep -q "^unroot pull: " "$BATS_FILE_TMPDIR/$trick.said"
        ! grep -a $'[\x01-\x08\x0b-\x1f\x7f]' "$BATS_FILE_TMPDIR/$trick.said"
    done
    [ -z "$(unroot --root "$slow" --runroot "$BATS_FILE_TMPDIR/slow/run" images -q)" ]
    [ -z "$(ls -A "$slow/storage/layers")" ]
    [ -z "$(ls "$slow/images/blobs/sha256")" ]
}
