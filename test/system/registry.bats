# SPDX-License-Identifier: Apache-2.0
# pull, push, login, search-tags and manifest against Debian's docker-registry on loopback, and back and forth with
# skopeo and podman.
load helpers

REGISTRY=$BATS_TEST_DIRNAME/../registry

setup_file() {
    require_private_store
    command -v docker-registry >/dev/null || skip "docker-registry is not installed"
    command -v skopeo >/dev/null || skip "skopeo is not installed"
    unroot setup >/dev/null
    export HOME=$SUITE/home PLACE=$SUITE/registry
    unset DOCKER_CONFIG REGISTRY_AUTH_FILE XDG_RUNTIME_DIR XDG_CONFIG_HOME http_proxy https_proxy no_proxy
    mkdir -p "$HOME" "$PLACE" /etc/containers/registries.conf.d
    rm -f /etc/containers/registries.conf /etc/containers/registries.conf.d/*
    OPEN=$(bash "$REGISTRY/registry.sh" start "$PLACE/open")
    CLOSED=$(bash "$REGISTRY/registry.sh" start "$PLACE/closed" --auth 'someone:s3cret:word')
    make_trusted
    TLS=registry.test:$(bash "$REGISTRY/registry.sh" start "$PLACE/tls" --tls | cut -d: -f2)
    ONE=$(python3 "$REGISTRY/layout.py" "$SUITE/one")
    MANY=$(python3 "$REGISTRY/layout.py" "$SUITE/many" --seed 2 --platforms linux/amd64,linux/arm64/v8,linux/s390x)
    DOCKER=$(python3 "$REGISTRY/layout.py" "$SUITE/docker" --seed 3 --docker)
    export OPEN CLOSED TLS ONE MANY DOCKER
    skopeo copy -q --all --dest-tls-verify=false "oci:$SUITE/one" "docker://$OPEN/team/one:1"
    skopeo copy -q --all --dest-tls-verify=false "oci:$SUITE/many" "docker://$OPEN/team/many:1"
    skopeo copy -q --all --dest-tls-verify=false --preserve-digests "oci:$SUITE/docker" "docker://$OPEN/team/docker:1"
    skopeo copy -q --all --dest-tls-verify=false --dest-creds 'someone:s3cret:word' "oci:$SUITE/one" "docker://$CLOSED/team/one:1"
}

# A name that is not loopback, with an authority of its own: loopback needs no trust, as docker has it.
make_trusted() {
    mkdir -p "$PLACE/tls"
    (
        cd "$PLACE/tls" || exit 1
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=test authority" \
            -addext basicConstraints=critical,CA:TRUE -keyout ca.key -out ca.pem &&
            openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=registry.test -keyout key.pem -out cert.csr &&
            openssl x509 -req -in cert.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 \
                -extfile <(echo "subjectAltName=DNS:registry.test") -out cert.pem
    ) 2>/dev/null
    echo "127.0.0.1 registry.test" >>/etc/hosts
}

teardown_file() {
    for registry in open closed tls; do bash "$REGISTRY/registry.sh" stop "$PLACE/$registry"; done
}

teardown() {
    remove_containers
    unroot images -q | xargs -r "$UNROOT" rmi -f >/dev/null
    unroot image prune -af >/dev/null
    rm -rf /etc/unroot/registries.conf /etc/containers/registries.conf.d/* /etc/containers/certs.d "${HOME:?}"/.docker
}

blobs() {
    ls /var/lib/unroot/images/blobs/sha256
}

# Nothing of an image that failed: no entry, no layer, no rubbish.
nothing_stays() {
    [ -z "$(unroot images -q)" ]
    [ -z "$(ls -A /var/lib/unroot/storage/layers)" ]
    [ -z "$(blobs)" ]
}

layer_of() { # LAYOUT NUMBER
    local manifest
    manifest=$(jq -r '.manifests[0].digest' "$SUITE/$1/index.json")
    jq -r ".layers[$2].digest" "$SUITE/$1/blobs/sha256/${manifest#sha256:}" | cut -d: -f2
}

@test "pull: docker's words, the digest as it is there, and the image runs" {
    run -0 unroot pull "$OPEN/team/one:1"
    [ "${lines[0]}" = "1: Pulling from team/one" ]
    [[ $output == *"$(layer_of one 2 | cut -c1-12): Pull complete"* ]]
    [ "${lines[-3]}" = "Digest: $ONE" ]
    [ "${lines[-2]}" = "Status: Downloaded newer image for $OPEN/team/one:1" ]
    [ "${lines[-1]}" = "$OPEN/team/one:1" ]
    [ "$(unroot run --rm "$OPEN/team/one:1")" = "from the registry" ]
    run -0 unroot pull "$OPEN/team/one:1"
    [ "${lines[-2]}" = "Status: Image is up to date for $OPEN/team/one:1" ]
    [ "$(unroot pull -q "$OPEN/team/one:1")" = "$OPEN/team/one:1" ]
    [ -z "$(ls /var/lib/unroot/partial)" ]
}

@test "run pulls what is missing, on standard error; --pull never and always" {
    run -0 --separate-stderr unroot run --rm "$OPEN/team/one:1"
    [ "$output" = "from the registry" ]
    [ "${stderr_lines[0]}" = "Unable to find image '$OPEN/team/one:1' locally" ]
    [[ $stderr == *"Status: Downloaded newer image"* ]]
    run -0 --separate-stderr unroot run --rm --pull always "$OPEN/team/one:1"
    [[ $stderr == *"Status: Image is up to date"* ]]
    unroot rmi "$OPEN/team/one:1" >/dev/null
    run -125 unroot run --rm --pull never "$OPEN/team/one:1"
    [ "$output" = "unroot run: no such image: $OPEN/team/one:1 (--pull never)" ]
    run -0 --separate-stderr unroot create -q "$OPEN/team/one:1"
    [ -z "$stderr" ]
    run -125 unroot run --rm "$OPEN/team/none:1"
    [[ ${lines[-1]} == "unroot run: $OPEN/team/none:1: not found at $OPEN"* ]]
}

@test "an index: this machine's platform, another one, and which there are" {
    unroot pull -q "$OPEN/team/many:1" >/dev/null
    [ "$(unroot image inspect -f '{{.Architecture}}' "$OPEN/team/many:1")" = amd64 ] || [ "$(uname -m)" != x86_64 ]
    unroot pull -q --platform linux/arm64 "$OPEN/team/many:1" >/dev/null
    [ "$(unroot image inspect -f '{{.Architecture}}' "$OPEN/team/many:1")" = arm64 ]
    run -1 unroot pull --platform linux/riscv64 "$OPEN/team/many:1"
    [[ ${lines[-1]} == *"has no image for linux/riscv64; there are: linux/amd64, linux/arm64/v8, linux/s390x" ]]
    run -1 unroot pull --platform linux/s390x "$OPEN/team/one:1"
    [[ ${lines[-1]} == *"has no image for linux/s390x; there is: linux/"* ]]
    [ "$(unroot manifest inspect "$OPEN/team/many:1" | jq -r '.manifests[2].platform.architecture')" = s390x ]
}

@test "pinned digests: of an index and of a manifest, and none that is not there" {
    unroot pull "$OPEN/team/many@$MANY" | grep -q "Digest: $MANY"
    [ "$(unroot run --rm --pull never "$OPEN/team/many@$MANY")" = "from the registry" ]
    [ "$(unroot run --rm "$OPEN/team/one:1@$ONE" 2>/dev/null)" = "from the registry" ]
    run -1 unroot pull "$OPEN/team/one@sha256:$(printf '0%.0s' {1..64})"
    [[ ${lines[-1]} == *": not found at $OPEN"* ]]
}

@test "push and pull again: same digest; what is there is not sent, or taken from another repository" {
    unroot pull -q "$OPEN/team/one:1" >/dev/null
    unroot tag "$OPEN/team/one:1" "$OPEN/fresh/copy:2"
    run -0 unroot push "$OPEN/fresh/copy:2"
    [ "${lines[0]}" = "The push refers to repository [$OPEN/fresh/copy]" ]
    [[ $output == *": Mounted from another repository"* ]]
    [[ ${lines[-1]} == "2: digest: $ONE size: "* ]]
    run -0 unroot push "$OPEN/fresh/copy:2"
    [[ $output == *": Already exists"* && $output != *Pushed* ]]
    unroot tag "$OPEN/team/one:1" "$CLOSED/elsewhere/one:1"
    run -1 unroot push "$CLOSED/elsewhere/one:1"
    [[ ${lines[-1]} == *"wants a login"* ]]
    echo s3cret:word | unroot login -u someone --password-stdin "$CLOSED" 2>/dev/null
    run -0 unroot push --chunk-size 64k "$CLOSED/elsewhere/one:1"
    [[ $output == *": Pushed"* ]]
    unroot rmi -f "$CLOSED/elsewhere/one:1" >/dev/null
    unroot pull "$CLOSED/elsewhere/one:1" | grep -q "Digest: $ONE"
    [ "$(unroot search-tags "$OPEN/fresh/copy")" = 2 ]
    run -1 unroot push "$OPEN/not/here:1"
    [[ $output == *"no image has the reference $OPEN/not/here:1"* ]]
}

@test "docker's own manifests keep their form and digest both ways" {
    unroot pull "$OPEN/team/docker:1" | grep -q "Digest: $DOCKER"
    [ "$(unroot run --rm "$OPEN/team/docker:1")" = "from the registry" ]
    unroot tag "$OPEN/team/docker:1" "$OPEN/fresh/docker:1"
    unroot push "$OPEN/fresh/docker:1" | grep -q "digest: $DOCKER"
    [ "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$OPEN/fresh/docker:1")" = "$DOCKER" ]
}

@test "an image made here: skopeo and podman read what was pushed, and push what is read here" {
    command -v podman >/dev/null || skip "podman is not installed"
    unroot pull -q "$OPEN/team/one:1" >/dev/null
    unroot create --name made "$OPEN/team/one:1" >/dev/null
    unroot cp "$BATS_TEST_FILENAME" made:/tmp/new
    unroot commit made "$OPEN/made/here:1" >/dev/null
    digest=$(unroot push "$OPEN/made/here:1" | sed -n 's/.*digest: \(sha256:[0-9a-f]*\).*/\1/p')
    [ "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$OPEN/made/here:1")" = "$digest" ]
    skopeo copy -q --src-tls-verify=false "docker://$OPEN/made/here:1" "oci:$BATS_TEST_TMPDIR/back:1"
    podman=(podman --root "$BATS_TEST_TMPDIR/podman" --runroot "$BATS_TEST_TMPDIR/podman-run" --storage-driver vfs)
    "${podman[@]}" pull -q --tls-verify=false "$OPEN/made/here:1" >/dev/null
    [ "$("${podman[@]}" image inspect -f '{{.Digest}}' "$OPEN/made/here:1")" = "$digest" ]
    for kind in oci v2s2; do
        "${podman[@]}" push -q --tls-verify=false --format $kind --digestfile "$BATS_TEST_TMPDIR/digest" "$OPEN/made/here:1" "$OPEN/podman/$kind:1"
        unroot pull "$OPEN/podman/$kind:1" | grep -q "Digest: $(cat "$BATS_TEST_TMPDIR/digest")"
        [ "$(unroot run --rm "$OPEN/podman/$kind:1" cat /tmp/new | wc -l)" -gt 50 ]
    done
    skopeo copy -q --src-tls-verify=false --dest-tls-verify=false --dest-compress-format zstd --format oci \
        "docker://$OPEN/team/one:1" "docker://$OPEN/skopeo/zstd:1" || skip "this skopeo writes no zstd"
    unroot pull -q "$OPEN/skopeo/zstd:1" >/dev/null
    [ "$(unroot run --rm "$OPEN/skopeo/zstd:1")" = "from the registry" ]
    "${podman[@]}" rmi -af >/dev/null
}

media_types() { # REFERENCE
    unroot manifest inspect "$1" | jq -r '.layers[].mediaType' | sed 's/.*tar//' | tr '\n' ' '
}

@test "push compresses what was made here: gzip, zstd or not, the same each time, and once" {
    command -v podman >/dev/null || skip "podman is not installed"
    local cache=/var/lib/unroot/cache/compressed own=$OPEN/own/app
    podman=(podman --root "$BATS_TEST_TMPDIR/podman" --runroot "$BATS_TEST_TMPDIR/podman-run" --storage-driver vfs)
    mkdir -p "$BATS_TEST_TMPDIR/tree"
    seq 200000 >"$BATS_TEST_TMPDIR/tree/numbers"
    unroot import "$BATS_TEST_TMPDIR/tree" "$own:1" >/dev/null
    plain=$(unroot image inspect -f '{{index .RootFS.Layers 0}}' "$own:1" | cut -d: -f2)
    run -0 unroot push "$own:1"
    [[ $output == *"${plain:0:12}: Pushed"* ]]
    digest=$(sed -n 's/.*digest: \(sha256:[0-9a-f]*\).*/\1/p' <<<"${lines[-1]}")
    [ "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$own:1")" = "$digest" ]
    [ "$(media_types "$own:1")" = "+gzip " ]
    layer=$(unroot manifest inspect "$own:1" | jq -r '.layers[0].digest')
    curl -s "http://$OPEN/v2/own/app/blobs/$layer" >"$BATS_TEST_TMPDIR/layer"
    [ "$(gunzip <"$BATS_TEST_TMPDIR/layer" | sha256sum | cut -d' ' -f1)" = "$plain" ]
    [ "$(stat -c %s "$BATS_TEST_TMPDIR/layer")" -lt $(($(stat -c %s "/var/lib/unroot/images/blobs/sha256/$plain") / 2)) ]
    # The tar is not read again for a registry that has the layer, here or in another repository.
    [ "$(ls "$cache")" = "$plain.gzip6" ]
    mv "/var/lib/unroot/images/blobs/sha256/$plain" "$BATS_TEST_TMPDIR/plain"
    unroot push "$own:1" | grep -q "${plain:0:12}: Already exists"
    unroot tag "$own:1" "$OPEN/own/other:1"
    unroot push "$OPEN/own/other:1" | grep -q "${plain:0:12}: Mounted from another repository"
    echo s3cret:word | unroot login -u someone --password-stdin "$CLOSED" 2>/dev/null
    unroot tag "$own:1" "$CLOSED/own/app:1"
    run -1 unroot push "$CLOSED/own/app:1"
    [[ ${lines[-1]} == *"sha256:${plain:0:12} is not in the store"* ]]
    mv "$BATS_TEST_TMPDIR/plain" "/var/lib/unroot/images/blobs/sha256/$plain"
    unroot push "$CLOSED/own/app:1" | grep -q "digest: $digest"
    rm -r "$cache"
    unroot push "$own:1" | grep -q "digest: $digest"
    unroot push --compression-format zstd --compression-level 5 "$own:1" >/dev/null
    [ "$(media_types "$own:1")" = "+zstd " ]
    [ "$(ls "$cache" | wc -l)" = 2 ]
    "${podman[@]}" pull -q --tls-verify=false "$own:1" >/dev/null
    skopeo copy -q --src-tls-verify=false "docker://$own:1" "oci:$BATS_TEST_TMPDIR/zstd:1"
    unroot rmi -f "$own:1" "$OPEN/own/other:1" "$CLOSED/own/app:1" >/dev/null
    [ -z "$(ls "$cache")" ] # forgotten with the layer
    unroot pull -q "$own:1" >/dev/null
    [ "$(unroot image inspect -f '{{index .RootFS.Layers 0}}' "$own:1")" = "sha256:$plain" ]
    unroot push "$own:1" | grep -q "${plain:0:12}\|Already exists"
    [ "$(media_types "$own:1")" = "+zstd " ] # as it came
    "${podman[@]}" rmi -af >/dev/null
    unroot import "$BATS_TEST_TMPDIR/tree" "$own:2" >/dev/null
    unroot push --compression-format none "$own:2" >/dev/null
    [ "$(media_types "$own:2")" = " " ]
    run -1 unroot push --compression-format lz4 "$own:2"
    [[ $output == *"there are gzip, zstd and none"* ]]
    run -1 unroot push --compression-level 12 "$own:2"
    [[ $output == *"gzip has 1 to 9"* ]]
}

@test "login: tried first, kept for the owner alone, other members stay; logout; a helper" {
    run -1 unroot pull "$CLOSED/team/one:1"
    [[ ${lines[-1]} == *"wants a login"*"unroot login $CLOSED"* ]]
    run -1 unroot login -u someone --password-stdin "$CLOSED" <<<wrong
    [ ! -e "$HOME/.docker/config.json" ]
    run -125 unroot login -u someone "$CLOSED" </dev/null
    mkdir -p "$HOME/.docker"
    echo '{"detachKeys":"ctrl-e,e","auths":{"other.test":{"auth":"YTpi"}}}' >"$HOME/.docker/config.json"
    run -0 unroot login -u someone --password-stdin "http://$CLOSED" <<<s3cret:word
    [[ $output == *"not encrypted"*"Login Succeeded" ]]
    [ "$(stat -c %a "$HOME/.docker/config.json")" = 600 ]
    [ "$(jq -r '.detachKeys, .auths["other.test"].auth' "$HOME/.docker/config.json" | tr '\n' ' ')" = "ctrl-e,e YTpi " ]
    unroot pull -q "$CLOSED/team/one:1" >/dev/null
    [ "$(unroot search-tags "$CLOSED/team/one")" = 1 ]
    skopeo inspect --tls-verify=false --authfile "$HOME/.docker/config.json" "docker://$CLOSED/team/one:1" >/dev/null
    run -0 unroot logout "$CLOSED"
    run -1 unroot logout "$CLOSED"
    [[ $output == *"not logged in to $CLOSED"* ]]
    run -1 unroot search-tags "$CLOSED/team/one"
    # $REGISTRY_AUTH_FILE, podman's key of a repository, and a helper.
    echo "{\"auths\":{\"$CLOSED/team\":{\"auth\":\"$(printf someone:s3cret:word | base64)\"}}}" >"$BATS_TEST_TMPDIR/auth.json"
    REGISTRY_AUTH_FILE=$BATS_TEST_TMPDIR/auth.json unroot search-tags "$CLOSED/team/one"
    cat >"$BATS_TEST_TMPDIR/docker-credential-suite" <<HELPER
#!/bin/sh
read -r line
echo "\$1 \$line" >>"$BATS_TEST_TMPDIR/asked"
[ "\$1" != get ] || echo '{"ServerURL":"x","Username":"someone","Secret":"s3cret:word"}'
HELPER
    chmod +x "$BATS_TEST_TMPDIR/docker-credential-suite"
    echo '{"credsStore":"suite"}' >"$HOME/.docker/config.json"
    PATH=$BATS_TEST_TMPDIR:$PATH unroot search-tags "$CLOSED/team/one"
    [ "$(cat "$BATS_TEST_TMPDIR/asked")" = "get $CLOSED" ]
    PATH=$BATS_TEST_TMPDIR:$PATH unroot login -u someone --password-stdin "$CLOSED" <<<s3cret:word
    grep -q '^store {.*"Secret":"s3cret:word"' "$BATS_TEST_TMPDIR/asked"
    ! grep -q s3cret "$HOME/.docker/config.json"
    PATH=$BATS_TEST_TMPDIR:$PATH unroot logout "$CLOSED"
    grep -q "^erase $CLOSED" "$BATS_TEST_TMPDIR/asked"
    run -1 unroot search-tags "$CLOSED/team/one"
    [[ $output == *"docker-credential-suite is not installed"* ]]
}

@test "TLS: an authority that is not known is said with what to do, and works once it is there" {
    run -1 unroot pull "$TLS/team/one:1"
    [[ ${lines[-1]} == *"no trusted TLS with $TLS"*"/etc/containers/certs.d/$TLS/ca.crt"*insecure* ]]
    mkdir -p "/etc/containers/certs.d/$TLS"
    cp "$PLACE/tls/ca.pem" "/etc/containers/certs.d/$TLS/ca.crt"
    unroot pull -q "$OPEN/team/one:1" >/dev/null
    unroot tag "$OPEN/team/one:1" "$TLS/team/one:1"
    unroot push -q "$TLS/team/one:1"
    unroot rmi "$TLS/team/one:1" >/dev/null
    unroot pull "$TLS/team/one:1" | grep -q "Digest: $ONE"
    rm -r /etc/containers/certs.d
    mkdir -p /etc/unroot
    printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' "$TLS" >/etc/unroot/registries.conf
    unroot pull "$TLS/team/one:1" | grep -q "Digest: $ONE"
}

@test "a client's certificate from certs.d goes to the registry that asks for one, and nowhere without its key" {
    local folder=/etc/containers/certs.d place=$PLACE/tls server=$PLACE/mutual
    mkdir -p "$server" "$folder"
    cp "$place"/{ca.pem,cert.pem,key.pem} "$server"
    (cd "$server" && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=somebody" \
        -keyout client.key -out client.cert 2>/dev/null)
    address=registry.test:$(bash "$REGISTRY/registry.sh" start "$server" --tls --client-ca "$server/client.cert" | cut -d: -f2)
    mkdir "$folder/$address"
    cp "$place/ca.pem" "$folder/$address/ca.crt"
    unroot pull -q "$OPEN/team/one:1" >/dev/null
    unroot tag "$OPEN/team/one:1" "$address/team/one:1"
    run -1 unroot push "$address/team/one:1"
    cp "$server/client.cert" "$folder/$address/"
    run -1 unroot push "$address/team/one:1"
    [[ ${lines[-1]} == *"$folder/$address/client.cert is a client's certificate, its key client.key is not there"* ]]
    cp "$server/client.key" "$folder/$address/"
    unroot push -q "$address/team/one:1"
    unroot rmi "$address/team/one:1" >/dev/null
    unroot pull "$address/team/one:1" | grep -q "Digest: $ONE"
    skopeo inspect --format '{{.Digest}}' "docker://$address/team/one:1" | grep -qx "$ONE" # as others read the folder
    cp "$server/client.key" "$folder/$address/other.key"
    cp "$server/client.cert" "$folder/$address/other.cert"
    run -1 unroot search-tags "$address/team/one"
    [[ ${lines[-1]} == *"both client.cert and other.cert"* ]]
    bash "$REGISTRY/registry.sh" stop "$server"
}

@test "--tls-verify, --creds and --all-tags" {
    run -1 unroot pull --tls-verify=true "$OPEN/team/one:1" # loopback would do without
    [[ ${lines[-1]} == *"no trusted TLS with $OPEN"* ]]
    run -1 unroot search-tags "$TLS/team/one"
    unroot pull -q "$OPEN/team/one:1" >/dev/null
    unroot tag "$OPEN/team/one:1" "$TLS/team/one:1"
    unroot push -q --tls-verify=false "$TLS/team/one:1"
    [ "$(unroot search-tags --tls-verify=false "$TLS/team/one")" = 1 ]
    unroot manifest inspect --tls-verify=false "$TLS/team/one:1" >/dev/null
    run -1 unroot manifest inspect --tls-verify "$TLS/team/one:1"
    [ "$(unroot run --rm --pull always -q --tls-verify=false "$TLS/team/one:1")" = "from the registry" ]
    run -1 unroot pull --creds someone:wrong "$CLOSED/team/one:1"
    run -1 unroot pull --creds someone "$CLOSED/team/one:1"
    [[ $output == *"USER:PASSWORD"* ]]
    unroot pull -q --creds someone:s3cret:word "$CLOSED/team/one:1" >/dev/null
    [ ! -e "$HOME/.docker/config.json" ]
    for tag in a b c; do unroot tag "$OPEN/team/one:1" "$CLOSED/all/tags:$tag"; done
    run -0 unroot push -a --creds someone:s3cret:word --digestfile "$BATS_TEST_TMPDIR/digest" "$CLOSED/all/tags"
    [ "$(grep -c "digest: $ONE" <<<"$output")" = 3 ]
    [ "$(cat "$BATS_TEST_TMPDIR/digest")" = "$ONE" ]
    unroot rmi -f "$CLOSED/all/tags:a" "$CLOSED/all/tags:b" "$CLOSED/all/tags:c" >/dev/null
    run -0 unroot pull -a --creds someone:s3cret:word "$CLOSED/all/tags"
    [ "$(unroot images --format '{{.Tag}}' "$CLOSED/all/tags" | sort | tr '\n' ' ')" = "a b c " ]
    run -125 unroot pull -a "$CLOSED/all/tags:a"
    [[ $output == *"names one tag"* ]]
    run -1 unroot push -a "$OPEN/no/tags"
}

@test "short names as docker has them, by a mirror; a blocked registry; mistakes in the file" {
    mkdir -p /etc/unroot
    unroot pull -q "$OPEN/team/one:1" >/dev/null
    unroot tag "$OPEN/team/one:1" "$OPEN/hub/library/shorty:latest"
    unroot push -q "$OPEN/hub/library/shorty:latest" >/dev/null
    cat >/etc/unroot/registries.conf <<CONF
unqualified-search-registries = ["$CLOSED"]
[[registry]]
prefix = "docker.io"
[[registry.mirror]]
location = "127.0.0.1:1"
[[registry.mirror]]
location = "$OPEN/hub"
[[registry]]
location = "closed.test"
blocked = true
CONF
    run -0 --separate-stderr unroot run --rm shorty
    [ "$output" = "from the registry" ]
    unroot images --format '{{.Repository}}' | grep -qx shorty
    run -1 unroot pull closed.test/x
    [[ ${lines[-1]} == *"registry closed.test is blocked by /etc/unroot/registries.conf:8" ]]
    printf '[[registry]]\nlocation = "x.test"\ninsecure = "maybe"\n' >/etc/unroot/registries.conf
    run -1 unroot pull shorty
    [[ ${lines[-1]} == *"/etc/unroot/registries.conf:3:1: insecure is true or false" ]]
}

@test "a download that was broken off goes on; what does not fit is fetched anew" {
    layer=$(layer_of one 1)
    head -c 50000 "$SUITE/one/blobs/sha256/$layer" >"/var/lib/unroot/partial/$layer"
    unroot pull "$OPEN/team/one:1" | grep -q "Digest: $ONE"
    [ -z "$(ls /var/lib/unroot/partial)" ]
    unroot rmi -f "$OPEN/team/one:1" >/dev/null
    nothing_stays
    head -c 50000 /dev/urandom >"/var/lib/unroot/partial/$layer"
    head -c 9000000 /dev/zero >"/var/lib/unroot/partial/$(layer_of one 2)"
    unroot pull "$OPEN/team/one:1" | grep -q "Digest: $ONE"
    [ "$(sha256sum <"/var/lib/unroot/images/blobs/sha256/$layer" | cut -d' ' -f1)" = "$layer" ]
    [ -z "$(ls /var/lib/unroot/partial)" ]
    unroot rmi -f "$OPEN/team/one:1" >/dev/null
    cp "$SUITE/one/blobs/sha256/$layer" /var/lib/unroot/partial/ # all of it, not yet stored
    unroot pull "$OPEN/team/one:1" | grep -q "Digest: $ONE"
    # Old ones are deleted by the next pull.
    head -c 10 /dev/zero >"/var/lib/unroot/partial/$(printf 'a%.0s' {1..64})"
    touch -d '2 days ago' "/var/lib/unroot/partial/$(printf 'a%.0s' {1..64})"
    unroot pull -q "$OPEN/team/one:1"
    [ -z "$(ls /var/lib/unroot/partial)" ]
}

@test "many pulls at once share the work" {
    for i in 1 2 3 4 5 6; do
        unroot pull "$OPEN/team/$([ $((i % 2)) = 0 ] && echo one || echo docker):1" >"$BATS_TEST_TMPDIR/$i" 2>&1 3>&- &
    done
    wait
    for i in 1 2 3 4 5 6; do grep -q "^Digest: " "$BATS_TEST_TMPDIR/$i"; done
    [ "$(cat "$BATS_TEST_TMPDIR"/[246] | grep -c "$(layer_of one 1 | cut -c1-12): Pull complete")" = 1 ]
    [ "$(ls -A /var/lib/unroot/storage/layers | wc -l)" = 6 ]
    [ -z "$(ls /var/lib/unroot/partial)" ]
}

@test "no registry there, and a store without room" {
    run -1 unroot pull 127.0.0.1:1/x/y
    [[ ${lines[-1]} == *"127.0.0.1:1 is not reached"* ]]
    nothing_stays
}
