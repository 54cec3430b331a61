#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Debian's docker-registry for a test, on loopback:
#   registry.sh start FOLDER [--port N] [--auth USER:PASSWORD] [--tls] [--client-ca FILE] [--read-only] [--token REALM,SERVICE,ISSUER,CERTIFICATE]
#   registry.sh stop FOLDER
#   registry.sh ca FOLDER        makes FOLDER/{ca,cert,key}.pem alone, for localhost, 127.0.0.1 and ::1
# FOLDER gets `address` (HOST:PORT), `pid`, `log`, `data/` (kept over stop and start) and with --tls the three files above;
# `start` prints the address once the registry answers. Without --port a free one is taken.
set -u
action=${1:-} folder=${2:-}
[ -n "$folder" ] || { echo "usage: registry.sh start|stop|ca FOLDER [OPTION...]" >&2; exit 2; }
shift 2

make_certificates() {
    [ ! -e "$folder/cert.pem" ] || return 0
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=test authority" \
        -addext basicConstraints=critical,CA:TRUE -keyout "$folder/ca.key" -out "$folder/ca.pem" 2>/dev/null &&
        openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=localhost" \
            -keyout "$folder/key.pem" -out "$folder/cert.csr" 2>/dev/null &&
        openssl x509 -req -in "$folder/cert.csr" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -CAcreateserial -days 30 \
            -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1") -out "$folder/cert.pem" 2>/dev/null
}

write_config() {
    cat <<CONFIG
version: 0.1
log: {level: warn}
storage:
  filesystem: {rootdirectory: "$folder/data"}
  delete: {enabled: true}
CONFIG
    [ -z "$read_only" ] || echo "  maintenance: {readonly: {enabled: true}}"
    echo "http:"
    echo "  addr: 127.0.0.1:$port"
    [ -z "$tls" ] || echo "  tls: {certificate: \"$folder/cert.pem\", key: \"$folder/key.pem\"${client_ca:+, clientcas: [\"$client_ca\"]}}"
    [ -z "$auth" ] || printf 'auth:\n  htpasswd: {realm: test, path: "%s/htpasswd"}\n' "$folder"
    if [ -n "$token" ]; then
        IFS=, read -r realm service issuer certificate <<<"$token"
        printf 'auth:\n  token: {realm: "%s", service: "%s", issuer: "%s", rootcertbundle: "%s"}\n' \
            "$realm" "$service" "$issuer" "$certificate"
    fi
}

stop() {
    local pid i
    pid=$(cat "$folder/pid" 2>/dev/null) || return 0
    kill "$pid" 2>/dev/null
    for i in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || break
        [ "$i" != 80 ] || kill -9 "$pid" 2>/dev/null
        sleep 0.05
    done
    rm -f "$folder/pid" "$folder/address"
}

start() {
    local port='' auth='' tls='' client_ca='' token='' read_only='' i
    while [ $# -gt 0 ]; do
        case $1 in
            --port) port=$2; shift 2 ;;
            --auth) auth=$2; shift 2 ;;
            --tls) tls=yes; shift ;;
            --client-ca) client_ca=$2; shift 2 ;;
            --read-only) read_only=yes; shift ;;
            --token) token=$2; shift 2 ;;
            *) echo "registry.sh: unknown option $1" >&2; return 2 ;;
        esac
    done
    command -v docker-registry >/dev/null || { echo "registry.sh: docker-registry is not installed" >&2; return 3; }
    mkdir -p "$folder/data"
    folder=$(cd "$folder" && pwd)
    [ -n "$port" ] ||
        port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    [ -z "$tls" ] || make_certificates || { echo "registry.sh: no certificates" >&2; return 1; }
    [ -z "$auth" ] || # bcrypt, which is all that the registry takes
        echo "${auth%%:*}:$(perl -e 'print crypt($ARGV[0], q($2y$05$abcdefghijklmnopqrstuu))' "${auth#*:}")" >"$folder/htpasswd"
    write_config >"$folder/config.yml"
    # No inherited descriptor (bats waits for its own to be closed), no proxy of the caller's.
    (for i in 3 4 5 6 7 8 9; do eval "exec $i>&-"; done
     exec env -i PATH="$PATH" OTEL_TRACES_EXPORTER=none docker-registry serve "$folder/config.yml") \
        </dev/null >"$folder/log" 2>&1 &
    echo $! >"$folder/pid"
    for i in $(seq 300); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "127.0.0.1:$port" | tee "$folder/address"
            return 0
        fi
        kill -0 "$(cat "$folder/pid")" 2>/dev/null || break
        sleep 0.1
    done
    tail -5 "$folder/log" >&2
    stop
    return 1
}

case $action in
    start) start "$@" ;;
    stop) stop ;;
    ca) mkdir -p "$folder" && make_certificates ;;
    *) echo "registry.sh: unknown action $action" >&2; exit 2 ;;
esac
