#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# demo.sh BUILD: makes an nginx image from distribution packages, runs it twice beside each other and shows who runs.
set -eu
build=$(realpath "${1:-build}")
if [ "$(id -u)" != 0 ]; then
    exec sudo "$0" "$build"
fi
demo=$build/demo
unroot() { "$build/bin/unroot" --root "$demo/root" --runroot "$demo/run" "$@"; }
finish() {
    unroot rm -f one two >/dev/null 2>&1 || true
}
trap finish EXIT
mkdir -p "$demo"
. /etc/os-release

if [ ! -s "$demo/nginx.tar" ]; then
    echo "== nginx from $PRETTY_NAME packages, as a root tree (mmdebstrap)"
    mmdebstrap --quiet --variant=minbase --include=nginx-light "$VERSION_CODENAME" "$demo/nginx.tar.new" 2>"$demo/mmdebstrap.log" || {
        tail -5 "$demo/mmdebstrap.log" >&2
        exit 1
    }
    mv "$demo/nginx.tar.new" "$demo/nginx.tar"
fi

echo "== unroot import nginx.tar nginx"
unroot import --change 'USER www-data' --change 'EXPOSE 80' \
    --change 'CMD ["nginx", "-g", "daemon off;"]' "$demo/nginx.tar" nginx

# Two host folders that belong to an ordinary account, as on any host.
owner=$(id -u "${SUDO_USER:-nobody}")
finish
rm -rf "$demo/web" "$demo/log"
for name in one two; do
    mkdir -p "$demo/web/$name" "$demo/log/$name"
    echo "<h1>$name: served by nobody's root</h1>" >"$demo/web/$name/index.html"
done
chown -R "$owner:$(id -g "${SUDO_USER:-nobody}")" "$demo/web" "$demo/log"
chmod -R a+rX "$demo/web" "$demo/log"

port=8081
for name in one two; do
    echo "== unroot run -d --name $name -p 127.0.0.1:$port:80 -v web/$name:/var/www/html:ro -v log/$name:/var/log/nginx nginx"
    unroot run -d --name $name -p 127.0.0.1:$port:80 --tmpfs /var/lib/nginx:mode=1777 \
        -v "$demo/web/$name:/var/www/html:ro" -v "$demo/log/$name:/var/log/nginx" nginx
    for _ in $(seq 100); do
        page=$(curl -s --max-time 2 "http://127.0.0.1:$port/") && break
        sleep 0.05
    done
    echo "   curl http://127.0.0.1:$port/ -> $page"
    case $page in *"$name"*) ;; *) exit 1 ;; esac
    port=$((port + 1))
done

echo "== every process of both containers (unroot top), and who owns what they wrote on the host"
for name in one two; do
    unroot top $name
done
printf '%-28s %s\n' FILE 'OWNER ON THE HOST'
for file in "$demo"/log/*/access.log; do
    printf '%-28s %s\n' "${file#"$demo"/}" "$(stat -c '%u:%g' "$file")"
done
for name in one two; do
    unroot top $name huser hgroup >"$demo/ids"
    if ! grep -qE '^[0-9]' "$demo/ids" || grep -qwE '0' "$demo/ids"; then
        echo "a process of $name is host id 0, or none was listed" >&2
        exit 1
    fi
done
echo "== nothing above is 0: no process, no file is root's"
