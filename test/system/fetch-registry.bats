#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# unroot-fetch and a real registry: Debian's docker-registry on loopback, open, with accounts, with tokens, with TLS.
load helpers
load ../registry/registry

setup_file() {
    require_private_store
    command -v docker-registry >/dev/null || skip "docker-registry is not installed"
    make_layout "$BATS_FILE_TMPDIR/layout"
    mkdir -p "$BATS_FILE_TMPDIR/tokens"
    python -c '' # finds the interpreter, which is started without a shell of its own: it is what $! names
    "$REGISTRY_PYTHON" "$REGISTRY_TOOLS/token_server.py" "$BATS_FILE_TMPDIR/tokens" me:secret refresh-me \
        </dev/null >/dev/null 2>&1 3>&- 4>&- &
    echo $! >"$BATS_FILE_TMPDIR/tokens.hostile"
    "$REGISTRY_TOOLS/registry.sh" start "$BATS_FILE_TMPDIR/open"
    "$REGISTRY_TOOLS/registry.sh" start "$BATS_FILE_TMPDIR/closed" --tls --auth me:secret
    eventually test -s "$BATS_FILE_TMPDIR/tokens/port"
    "$REGISTRY_TOOLS/registry.sh" start "$BATS_FILE_TMPDIR/tokened" --token \
        "http://127.0.0.1:$(cat "$BATS_FILE_TMPDIR/tokens/port")/token,test registry,test issuer,$BATS_FILE_TMPDIR/tokens/cert.pem"
}

teardown_file() {
    local folder
    for folder in open closed tokened; do
        "$REGISTRY_TOOLS/registry.sh" stop "$BATS_FILE_TMPDIR/$folder"
    done
    stop_hostile
}

setup() {
    LAYOUT=$BATS_FILE_TMPDIR/layout
    read -r BLOB SIZE <"$LAYOUT/blob"
    MANIFEST=$(jq -r '.manifests[0].digest' "$LAYOUT/index.json")
    OUT=$BATS_TEST_TMPDIR/out
}

# ask REGISTRY [OPTION..] VERB KEY=VALUE.. [-- ..]: the answers are in $ANSWER.
ask() {
    local name=$1 address options=(--plain-http)
    shift
    address=$(cat "$BATS_FILE_TMPDIR/$name/address")
    [ "$name" != closed ] || options=(--ca "$BATS_FILE_TMPDIR/closed/ca.pem")
    ANSWER=$(fetch_client --host "$address" "${options[@]}" "$@")
    echo "$ANSWER"
}

answer_is() {
    [ "$(jq -r .error <<<"$ANSWER" | sort -u)" = "$1" ]
    [ -z "${2:-}" ] || grep -qF -- "$2" <<<"$ANSWER"
}

# push REGISTRY REPOSITORY [OPTION..]: the layout's image as REPOSITORY:v1.
push() {
    local name=$1 repository=$2 digest
    shift 2
    for digest in $(jq -r '.config.digest, .layers[].digest' "$LAYOUT/blobs/sha256/${MANIFEST#sha256:}"); do
        ask "$name" --push --repository "$repository" "$@" put-blob digest="$digest" in="$LAYOUT/blobs/sha256/${digest#sha256:}"
        answer_is ok
    done
    ask "$name" --push --repository "$repository" "$@" put-manifest target=v1 \
        media-type=application/vnd.oci.image.manifest.v1+json in="$LAYOUT/blobs/sha256/${MANIFEST#sha256:}"
    answer_is ok "$MANIFEST"
}

# pull REGISTRY REPOSITORY [OPTION..]: and compare.
pull() {
    local name=$1 repository=$2
    shift 2
    ask "$name" --repository "$repository" "$@" get-manifest target=v1 out="$OUT.manifest" -- \
        get-manifest target="$MANIFEST" out="$OUT.same" -- get-blob digest=sha256:"$BLOB" size="$SIZE" out="$OUT.blob"
    answer_is ok "$MANIFEST"
    cmp "$OUT.manifest" "$LAYOUT/blobs/sha256/${MANIFEST#sha256:}"
    cmp "$OUT.same" "$OUT.manifest"
    cmp "$OUT.blob" "$LAYOUT/blobs/sha256/$BLOB"
}

@test "open: what is pushed comes back, tags are listed, blobs are mounted" {
    push open a/b
    pull open a/b
    ask open --repository a/b list-tags out="$OUT"
    answer_is ok
    [ "$(head -c "$(jq .size <<<"$ANSWER")" "$OUT")" = v1 ]
    ask open --repository a/b head-blob digest=sha256:"$BLOB"
    jq -e ".size == $SIZE" <<<"$ANSWER"
    ask open --push --repository other mount-blob digest=sha256:"$BLOB" from=a/b
    jq -e '.error == "ok" and .mounted and .status == 201' <<<"$ANSWER"
    ask open --push --repository third mount-blob digest=sha256:"${BLOB//[0-9a-f]/1}" from=a/b
    jq -e '.error == "ok" and (.mounted | not) and .status == 202' <<<"$ANSWER"
    ask open --repository a/b head-manifest target=v2
    answer_is not-found
}

@test "open: chunks, pipes, parts, and a push whose content is wrong" {
    local name
    ask open --push --repository chunks put-blob digest=sha256:"$BLOB" chunk-size=65537 in="$LAYOUT/blobs/sha256/$BLOB"
    answer_is ok
    ask open --push --repository pipes put-blob digest=sha256:"$BLOB" chunk-size=100000 pipe=1 in="$LAYOUT/blobs/sha256/$BLOB"
    answer_is ok
    ask open --push --repository pipes2 put-blob digest=sha256:"$BLOB" pipe=1 in="$LAYOUT/blobs/sha256/$BLOB"
    answer_is ok
    for name in chunks pipes pipes2; do
        head -c 5000 "$LAYOUT/blobs/sha256/$BLOB" >"$OUT"
        ask open --repository $name get-blob digest=sha256:"$BLOB" size="$SIZE" offset=5000 out="$OUT"
        answer_is ok
        cmp "$OUT" "$LAYOUT/blobs/sha256/$BLOB"
    done
    ask open --push --repository wrong put-blob digest=sha256:"${BLOB//[0-9a-f]/1}" in="$LAYOUT/blobs/sha256/$BLOB"
    answer_is protocol "DIGEST_INVALID"
    printf '{"schemaVersion": 2}' >"$OUT"
    ask open --push --repository wrong put-manifest target=v1 media-type=application/vnd.oci.image.manifest.v1+json in="$OUT"
    answer_is protocol "MANIFEST_BLOB_UNKNOWN"
}

@test "accounts and TLS: with the password everything, without it nothing" {
    push closed a/b --user me --secret secret
    pull closed a/b --user me --secret secret
    ask closed --user me --secret secret ping
    answer_is ok
    ask closed --repository a/b get-manifest target=v1 out="$OUT"
    answer_is unauthorized "wants a login"
    ask closed --user me --secret other ping
    answer_is unauthorized "does not accept the login"
    ask closed --repository a/b --user me --secret secret get-manifest target=v1 out="$OUT.1" -- \
        get-blob digest=sha256:"$BLOB" size="$SIZE" out="$OUT.2" -- head-manifest target=v1 -- list-tags out="$OUT.3"
    answer_is ok
}

@test "tokens: pulled without a login, pushed with one, by password and by identity token" {
    local log=$BATS_FILE_TMPDIR/tokens/log
    push tokened a/b --user me --secret secret
    grep -q "^GET me repository:a/b:pull,push$" "$log"
    pull tokened a/b
    grep -q "^GET - repository:a/b:pull$" "$log"
    push tokened c/d --identity-token refresh-me
    grep -q "^POST me repository:c/d:pull,push$" "$log"
    ask tokened --push --repository e/f --user me --secret secret mount-blob digest=sha256:"$BLOB" from=a/b
    jq -e '.mounted' <<<"$ANSWER"
    grep -q "^GET me repository:e/f:pull,push repository:a/b:pull$" "$log"
    ask tokened --user me --secret secret ping
    answer_is ok
    ask tokened --user me --secret wrong ping
    answer_is unauthorized "incorrect username or password"
    ask tokened --identity-token wrong ping
    answer_is unauthorized "the refresh token is not valid"
    ask tokened --push --repository a/b put-blob digest=sha256:"$BLOB" in="$LAYOUT/blobs/sha256/$BLOB"
    answer_is unauthorized "wants a login"
}

@test "a registry that is stopped in the middle and comes back is waited for" {
    local address blob=$BATS_TEST_TMPDIR/large digest
    head -c 20000000 /dev/urandom >"$blob"
    digest=$(sha256sum "$blob" | cut -d' ' -f1)
    ask open --push --repository large put-blob digest=sha256:"$digest" in="$blob"
    answer_is ok
    address=$(cat "$BATS_FILE_TMPDIR/open/address")
    # Read slowly, so that it is in the middle when the registry goes.
    fetch_client --host "$address" --plain-http --repository large --attempts 20 get-blob digest=sha256:"$digest" size=20000000 \
        out="$OUT" pipe=1 hold=3 >"$OUT.answer" 3>&- &
    sleep 1
    "$REGISTRY_TOOLS/registry.sh" stop "$BATS_FILE_TMPDIR/open"
    sleep 3
    "$REGISTRY_TOOLS/registry.sh" start "$BATS_FILE_TMPDIR/open" --port "${address##*:}"
    wait $!
    cat "$OUT.answer"
    jq -e '.error == "ok"' "$OUT.answer"
    cmp "$OUT" "$blob"
}
