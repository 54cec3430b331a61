#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# unroot-fetch against registries that misbehave (test/registry/hostile.py): every request ends, in bounded time and memory,
# with the right kind of error and a sentence; nothing goes where it must not.
load helpers
load ../registry/registry

setup_file() {
    require_private_store
    registry_names
    make_layout "$BATS_FILE_TMPDIR/layout"
    (cd "$BATS_FILE_TMPDIR" && "$BATS_TEST_DIRNAME/../registry/registry.sh" ca tls)
    start_hostile other
    start_hostile main --other "http://other.test:$(hostile_port other)"
    start_hostile tls --other "http://other.test:$(hostile_port other)" --tls "$BATS_FILE_TMPDIR/tls/cert.pem" \
        "$BATS_FILE_TMPDIR/tls/key.pem"
}

teardown_file() {
    stop_hostile
}

setup() {
    PORT=$(hostile_port main)
    HOST=registry.test:$PORT
    OUT=$BATS_TEST_TMPDIR/out
    read -r BLOB SIZE <"$BATS_FILE_TMPDIR/layout/blob"
    BYTES=$BATS_FILE_TMPDIR/layout/blobs/sha256/$BLOB
    : >"$(hostile_log main)" 2>/dev/null
    : >"$(hostile_log other)"
}

# ask TRICK [OPTION..] VERB KEY=VALUE..: the answer is in $ANSWER; it took less than 30 s and 64 MiB, which holds for every test.
ask() {
    local trick=$1
    shift
    ANSWER=$(fetch_client --host "$HOST" --plain-http --attempts 3 --stall-seconds 2 --repository "$trick/x" "$@")
    echo "$trick: $ANSWER"
    [ -n "$ANSWER" ] && jq -e '.kilobytes < 65536 and .seconds < 30' <<<"$ANSWER" >/dev/null
}

get_blob() {
    local trick=$1
    shift
    rm -f "$OUT"
    ask "$trick" "$@" get-blob digest=sha256:"$BLOB" size="$SIZE" out="$OUT"
}

get_manifest() {
    ask "$@" get-manifest target=latest out="$OUT"
}

# answer_is ERROR [WORDS-IN-THE-SENTENCE]
answer_is() {
    [ "$(jq -r .error <<<"$ANSWER")" = "$1" ]
    [ -z "${2:-}" ] || grep -qF -- "$2" <<<"$ANSWER"
}

@test "a good registry's manifest, blob and tags arrive" {
    get_manifest plain
    answer_is ok
    jq -e '.["media-type"] == "application/vnd.oci.image.manifest.v1+json" and .status == 200' <<<"$ANSWER"
    [ "$(jq -r .digest <<<"$ANSWER")" = "sha256:$(head -c "$(jq .size <<<"$ANSWER")" "$OUT" | sha256sum | cut -d' ' -f1)" ]
    get_blob plain
    answer_is ok
    cmp "$OUT" "$BYTES"
    ask plain head-blob digest=sha256:"$BLOB"
    jq -e ".size == $SIZE" <<<"$ANSWER"
    ask plain head-manifest target=latest
    answer_is ok
    ask plain get-manifest target=sha256:"${BLOB//[0-9a-f]/0}" out="$OUT"
    answer_is not-found "MANIFEST_UNKNOWN"
}

@test "a blob goes through a pipe that is read late, without being held" {
    truncate -s 50M "$BATS_TEST_TMPDIR/large"
    local digest
    digest=$(sha256sum "$BATS_TEST_TMPDIR/large" | cut -d' ' -f1)
    ln -f "$BATS_TEST_TMPDIR/large" "$BATS_FILE_TMPDIR/layout/blobs/sha256/$digest"
    ask plain get-blob digest=sha256:"$digest" size=$((50 << 20)) out="$OUT" pipe=1 hold=4
    answer_is ok
    cmp "$OUT" "$BATS_TEST_TMPDIR/large"
    jq -e '.kilobytes < 32768 and .seconds >= 4' <<<"$ANSWER"
    # The registry was not blamed for the reader's slowness: nothing was asked for twice.
    [ "$(wc -l <"$(hostile_log main)")" = 1 ]
}

@test "wrong bytes are handed on, for the engine to refuse" {
    get_blob wrong-bytes
    answer_is ok
    ! cmp -s "$OUT" "$BYTES"
}

@test "an endless body ends at the size that was announced" {
    get_blob endless
    answer_is too-large "more than the $SIZE bytes"
    [ "$(stat -c %s "$OUT")" -le "$SIZE" ]
    get_manifest endless
    answer_is too-large
    [ "$(stat -c %s "$OUT")" -le $((4 << 20)) ]
    ask endless list-tags out="$OUT"
    answer_is too-large
}

@test "a blob of another length is refused before its first byte" {
    get_blob long
    answer_is too-large "another size"
    get_blob short
    answer_is protocol "another size"
    [ ! -s "$OUT" ]
    get_blob empty --attempts 2
    answer_is network "after 0 of $SIZE bytes"
}

@test "a body without a length is read to its end" {
    get_blob no-length
    answer_is ok
    cmp "$OUT" "$BYTES"
}

@test "a huge manifest is refused by its length alone" {
    get_manifest huge
    answer_is too-large
    [ ! -s "$OUT" ]
}

@test "what drips is ended and said to be slow" {
    ask drip --attempts 1 get-blob digest=sha256:"$BLOB" size="$SIZE" out="$OUT"
    answer_is network "too slow"
    get_manifest drip-head --attempts 1
    answer_is network "too slow"
    ask silent --attempts 1 get-blob digest=sha256:"$BLOB" size="$SIZE" out="$OUT"
    answer_is network "too slow"
}

@test "a head without an end, interim answers without an end and what is not HTTP are refused" {
    local trick
    for trick in endless-head endless-interim two-lengths; do
        get_blob $trick
        answer_is protocol "head"
    done
    get_blob endless-error
    answer_is not-found
    get_blob no-http
    answer_is protocol "not HTTP"
}

@test "a registry cannot steer a terminal" {
    get_blob terminal
    answer_is not-found "?[2JCODE"
    ! grep -qP '\\u00(1b|07|9b)|[\x00-\x08\x1b]' <<<"$ANSWER"
}

@test "documents that are no documents are refused" {
    ask bad-json list-tags out="$OUT"
    answer_is protocol "no list of tags"
    get_blob token-bad
    answer_is protocol "no token"
    get_blob token-endless
    answer_is too-large
}

@test "a broken transfer goes on where it broke" {
    get_blob broken
    answer_is ok
    cmp "$OUT" "$BYTES"
    grep -q "\"range\": \"bytes=[1-9][0-9]*-$((SIZE - 1))\"" "$(hostile_log main)"
    get_blob ignores-range
    answer_is ok
    cmp "$OUT" "$BYTES"
}

@test "bytes that are there already are not asked for" {
    head -c 1000 "$BYTES" >"$OUT"
    ask plain get-blob digest=sha256:"$BLOB" size="$SIZE" offset=1000 out="$OUT"
    answer_is ok
    jq -e ".size == $SIZE - 1000" <<<"$ANSWER"
    cmp "$OUT" "$BYTES"
    grep -q "bytes=1000-" "$(hostile_log main)"
    ask plain get-blob digest=sha256:"$BLOB" size="$SIZE" offset="$SIZE" out="$OUT"
    answer_is ok
}

@test "another range than the one that was asked for is refused" {
    get_blob wrong-range
    answer_is protocol "another range"
}

@test "a transfer that always breaks is given up" {
    get_blob always-broken
    answer_is network "broke"
    [ "$(wc -l <"$(hostile_log main)")" = 3 ]
    jq -e '.size <= 40' <<<"$ANSWER"
}

@test "503 is tried again, 500 is given up, and what it waits for is told" {
    ask flaky --progress "$OUT.progress" get-manifest target=latest out="$OUT"
    answer_is ok
    jq -se 'any(.state == "waiting" and (.text | contains("503")) and .["wait-seconds"] > 0)' "$OUT.progress"
    get_manifest down
    answer_is network "no space left"
    jq -e '.status == 500' <<<"$ANSWER"
}

@test "a rate limit is waited for when that is short, and explained when it is long" {
    ask limited --progress "$OUT.progress" get-manifest target=latest out="$OUT"
    answer_is ok
    jq -e '.seconds >= 2' <<<"$ANSWER"
    jq -se 'any(.state == "waiting" and (.text | contains("rate limit")))' "$OUT.progress"
    get_manifest limited-long
    answer_is rate-limited "log in"
    grep -qF "100 in 360 minutes" <<<"$ANSWER"
    jq -e '.["wait-seconds"] == 3600 and .status == 429 and .seconds < 2' <<<"$ANSWER"
}

@test "redirects lead to web servers only, not round in circles, not to this machine" {
    local trick
    for trick in to-file to-ftp to-nonsense to-user; do
        get_blob $trick
        answer_is protocol "sends on to"
    done
    get_blob to-nowhere
    answer_is protocol "without saying where"
    get_blob to-itself
    answer_is protocol "more than 10 times"
    for trick in to-loopback to-trap to-metadata; do
        get_blob $trick
        answer_is protocol "of this machine"
    done
    [ ! -s "$OUT" ]
    for trick in to-near to-other; do
        get_blob $trick
        answer_is ok
        cmp "$OUT" "$BYTES"
    done
}

@test "a registry on this machine may send to this machine" {
    HOST=127.0.0.1:$PORT
    get_blob to-loopback
    answer_is ok
}

@test "name and password go to the registry and its realm, nowhere else" {
    local login
    login="Basic $(printf me:secret | base64)"
    get_blob basic --user me --secret secret
    answer_is ok
    get_blob to-other --user me --secret secret
    answer_is ok
    ask plain --user me --secret secret get-blob digest=sha256:"$BLOB" size="$SIZE" out="$OUT"
    answer_is ok
    get_blob token-near --user me --secret secret
    answer_is ok
    # The registry asked for Basic once; it got it only in answer to that. Of the other server, only the realm did.
    [ "$(grep -cF "$login" "$(hostile_log main)")" = 1 ]
    grep -F "$login" "$(hostile_log other)" | grep -q '"path": "/token?'
    ! grep -F "$login" "$(hostile_log other)" | grep -vq '"path": "/token?'
    get_blob token-away --user me --secret secret
    grep '/token?' "$(hostile_log other)" | tail -1 | grep -vqF authorization
}

@test "a bearer token stays with the registry" {
    get_blob token --user me --secret secret
    answer_is ok
    grep -q 'Bearer good-user' "$(hostile_log main)"
    ask to-other --user me --secret secret get-blob digest=sha256:"$BLOB" size="$SIZE" out="$OUT"
    ! grep -q Bearer "$(hostile_log other)"
}

@test "a token is asked for once for several requests, and anew when it is refused" {
    fetch_client --host "$HOST" --plain-http --repository token/x get-manifest target=latest out="$OUT" -- \
        get-blob digest=sha256:"$BLOB" size="$SIZE" out="$OUT.2" -- head-manifest target=latest >"$OUT.answers"
    [ "$(jq -r .error "$OUT.answers" | sort -u)" = ok ]
    [ "$(grep -c '"/token?' "$(hostile_log main)")" = 1 ]
    get_blob token-once
    answer_is ok
}

@test "an identity token is exchanged by POST" {
    get_blob token --identity-token refresh-me
    answer_is ok
    grep -q '"method": "POST", "path": "/token"' "$(hostile_log main)"
    grep -q 'Bearer good-user' "$(hostile_log main)"
    get_blob token --identity-token something-else
    answer_is unauthorized "incorrect"
    get_blob token-away --identity-token refresh-me
    [ ! -s "$(hostile_log other)" ] || ! grep -q POST "$(hostile_log other)"
}

@test "wrong logins end, and loops of 401 too" {
    get_blob basic --user me --secret wrong
    answer_is unauthorized "does not accept the login"
    get_blob basic
    answer_is unauthorized "wants a login"
    get_blob loop-basic --user me --secret secret
    answer_is unauthorized
    get_blob loop-token --user me --secret secret
    answer_is unauthorized
    [ "$(wc -l <"$(hostile_log main)")" -le 20 ]
    get_blob token --user me --secret wrong
    answer_is unauthorized "incorrect username or password"
    get_blob denied
    answer_is denied "log in"
    get_blob no-challenge
    answer_is unauthorized "go away"
    get_blob odd-login
    answer_is protocol "not known here"
    get_blob bad-challenge
    answer_is protocol "cannot be understood"
}

@test "a realm is a web server that is not this machine's" {
    get_blob token-file
    answer_is protocol "token server"
    get_blob token-metadata
    answer_is protocol "of this machine"
}

@test "TLS is not left, and not trusted without reason" {
    HOST=localhost:$(hostile_port tls)
    local ca=$BATS_FILE_TMPDIR/tls/ca.pem
    tls() { ANSWER=$(fetch_client --host "$HOST" --attempts 1 "$@" get-blob digest=sha256:"$BLOB" size="$SIZE" out="$OUT") && echo "$ANSWER"; }
    tls --repository plain/x --ca "$ca"
    answer_is ok
    tls --repository plain/x
    answer_is tls "not trusted"
    tls --repository plain/x --insecure
    answer_is ok
    for trick in to-http token-http; do
        tls --repository $trick/x --ca "$ca"
        answer_is protocol "leave TLS"
    done
    HOST=registry.test:$(hostile_port tls) # not a name of the certificate's
    tls --repository plain/x --ca "$ca"
    answer_is tls "registry.test"
    HOST=localhost:$PORT
    tls --repository plain/x --ca "$ca"
    answer_is tls "does not speak TLS"
}

@test "lists of tags come in pages, of the registry's own and not without end" {
    ask pages list-tags out="$OUT"
    answer_is ok
    [ "$(head -c "$(jq .size <<<"$ANSWER")" "$OUT" | tr '\n' ' ')" = "t0a t0b t1a t1b t2a t2b t3a t3b " ]
    ask endless-pages list-tags out="$OUT"
    answer_is too-large
    ask page-away list-tags out="$OUT"
    answer_is protocol "not its own"
}

@test "blobs are pushed whole, in chunks, from files and pipes" {
    local way
    for way in "chunk-size=0" "chunk-size=70001" "pipe=1" "pipe=1 chunk-size=70001"; do
        # shellcheck disable=SC2086
        ask plain --push put-blob digest=sha256:"$BLOB" in="$BYTES" $way
        answer_is ok
        jq -e '.status == 201' <<<"$ANSWER"
    done
    ask plain --push mount-blob digest=sha256:"$BLOB" from=a/b
    jq -e '.mounted' <<<"$ANSWER"
    ask plain --push put-manifest target=v1 media-type=application/json in="$BYTES"
    answer_is ok
    ask plain --push put-blob digest=sha256:"$BLOB" in=/dev/null size=5
    answer_is local "ended after 0 of 5 bytes"
    ask plain --push put-blob digest=sha256:"${BLOB//[0-9a-f]/0}" in="$BYTES"
    answer_is protocol "DIGEST_INVALID"
}

@test "a broken push begins anew or goes on, and stays where it may" {
    ask upload-breaks --push put-blob digest=sha256:"$BLOB" in="$BYTES"
    answer_is ok
    ask upload-lost --push put-blob digest=sha256:"$BLOB" in="$BYTES" chunk-size=100000
    answer_is ok
    ask upload-416 --push put-blob digest=sha256:"$BLOB" in="$BYTES" chunk-size=100000
    answer_is protocol "416"
    ask upload-back-and-forth --push put-blob digest=sha256:"$BLOB" in="$BYTES" chunk-size=100000
    answer_is protocol "416"
    ask upload-to-file --push put-blob digest=sha256:"$BLOB" in="$BYTES"
    answer_is protocol "file:///tmp/x"
    ask upload-nowhere --push put-blob digest=sha256:"$BLOB" in="$BYTES"
    answer_is protocol "where the upload goes on"
    ask upload-away --push --user me --secret secret put-blob digest=sha256:"$BLOB" in="$BYTES"
    answer_is not-found
    ! grep -q authorization "$(hostile_log other)"
}

@test "a request is cancelled at once, a reader that goes away ends it too" {
    ask silent --attempts 1 --stall-seconds 20 get-blob digest=sha256:"$BLOB" size="$SIZE" out="$OUT" cancel=0.5
    answer_is cancelled
    jq -e '.seconds < 3' <<<"$ANSWER"
}

@test "nobody there, nobody known" {
    HOST=registry.test:1
    get_blob plain
    answer_is network "cannot be reached"
    HOST=nobody.invalid:5000
    get_blob plain
    answer_is network "is not known"
}

@test "a name server and a TLS server that never answer hold nobody up" {
    local mute
    cp /etc/resolv.conf "$BATS_TEST_TMPDIR/resolv.conf"
    rm -f /etc/resolv.conf
    echo "nameserver 10.99.0.1" >/etc/resolv.conf
    "$REGISTRY_PYTHON" -c '
import socket, sys, time
names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
names.bind(("10.99.0.1", 53))
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(5)
print(server.getsockname()[1], flush=True)
time.sleep(60)' >"$BATS_TEST_TMPDIR/port" 3>&- &
    mute=$!
    eventually test -s "$BATS_TEST_TMPDIR/port"
    HOST=slow.test:5000
    get_blob plain --attempts 1 --connect-seconds 2
    answer_is network "Resolving timed out"
    jq -e '.seconds < 5' <<<"$ANSWER"
    ask plain --attempts 1 ping cancel=0.5
    answer_is cancelled
    jq -e '.seconds < 3' <<<"$ANSWER"
    ANSWER=$(fetch_client --host "127.0.0.1:$(cat "$BATS_TEST_TMPDIR/port")" --attempts 1 --connect-seconds 2 ping)
    kill $mute
    rm -f /etc/resolv.conf
    cp "$BATS_TEST_TMPDIR/resolv.conf" /etc/resolv.conf
    answer_is network "too slow"
}

@test "proxies are used as they are given, and get no login of the registry's" {
    local port login log=$BATS_FILE_TMPDIR/proxy.log
    "$REGISTRY_PYTHON" "$REGISTRY_TOOLS/proxy.py" "$BATS_FILE_TMPDIR/proxy.port" "$log" </dev/null >/dev/null 2>&1 3>&- &
    echo $! >"$BATS_FILE_TMPDIR/proxy.hostile"
    eventually test -s "$BATS_FILE_TMPDIR/proxy.port"
    port=$(cat "$BATS_FILE_TMPDIR/proxy.port")
    login="Basic $(printf me:secret | base64)"
    get_blob plain --http-proxy "http://a:b@127.0.0.1:$port"
    answer_is ok
    cmp "$OUT" "$BYTES"
    grep -F "http://registry.test:$PORT/v2/plain/x/blobs/" "$log" | grep -q "\"proxy-login\": \"Basic $(printf a:b | base64)\""
    : >"$log"
    get_blob plain --http-proxy "http://127.0.0.1:$port" --no-proxy "other.test, registry.test"
    answer_is ok
    get_blob plain --https-proxy "http://127.0.0.1:$port"
    answer_is ok
    [ ! -s "$log" ]
    get_blob to-loopback --http-proxy "http://127.0.0.1:$port"
    answer_is protocol "of this machine"
    # Through the tunnel the proxy sees where, not what; its address says nothing about where the registry is.
    : >"$log"
    ANSWER=$(fetch_client --host "localhost:$(hostile_port tls)" --ca "$BATS_FILE_TMPDIR/tls/ca.pem" --https-proxy \
        "http://127.0.0.1:$port" --repository basic/x --user me --secret secret get-blob digest=sha256:"$BLOB" size="$SIZE" out="$OUT")
    answer_is ok
    grep -q "\"CONNECT\", \"target\": \"localhost:$(hostile_port tls)\"" "$log"
    ! grep -qF "$login" "$log"
    get_blob plain --http-proxy "http://127.0.0.1:1"
    answer_is network "reached"
    kill "$(cat "$BATS_FILE_TMPDIR/proxy.hostile")"
}

@test "many requests at once" {
    local i words=()
    for i in $(seq 40); do
        words+=(get-blob digest=sha256:"$BLOB" size="$SIZE" out="$OUT.$i" --)
    done
    fetch_client --host "$HOST" --plain-http --repository plain/x "${words[@]}" >"$OUT.answers"
    [ "$(jq -r .error "$OUT.answers" | grep -c '^ok$')" = 40 ]
    jq -se 'all(.kilobytes < 65536)' "$OUT.answers"
    for i in $(seq 40); do
        cmp "$OUT.$i" "$BYTES"
    done
}
