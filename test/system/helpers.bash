# SPDX-License-Identifier: Apache-2.0
# For every bats file of this folder: `load helpers`. test/system/run starts them where the store is private.
bats_require_minimum_version 1.5.0

# The program under test; test/system/run exports it.
UNROOT=${UNROOT:-$(realpath "$BATS_TEST_DIRNAME/../../build/bin/unroot")}
export UNROOT

unroot() {
    "$UNROOT" "$@"
}

# Containers are only made where test/system/run has put private files over the store.
require_private_store() {
    [ -n "${SUITE:-}" ] || skip "run by test/system/run: the store is not private"
}

# A root tree of busybox with a few accounts: make_rootfs FOLDER
make_rootfs() {
    local root=$1 applet
    mkdir -p "$root"/{bin,dev,etc,home/app,proc,root,sys,tmp,var/data}
    cp "$(command -v busybox)" "$root/bin/busybox"
    for applet in $("$root/bin/busybox" --list); do
        [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
    done
    cat >"$root/etc/passwd" <<'PASSWD'
root:x:0:0:root:/root:/bin/sh
app:x:1000:1000:app:/home/app:/bin/sh
other:x:1001:1001:other:/:/bin/sh
PASSWD
    cat >"$root/etc/group" <<'GROUP'
root:x:0:
video:x:44:app
render:x:109:app
app:x:1000:
other:x:1001:
GROUP
    chmod 1777 "$root/tmp"
    chown -R 1000:1000 "$root/home/app" "$root/var/data"
    echo "first content" >"$root/var/data/seed"
    chown 1000:1000 "$root/var/data/seed"
}

# The image `busybox` (USER app) and `busybox-root` (USER 0), once for the suite.
make_images() {
    require_private_store
    (
        flock 9
        if [ ! -e "$SUITE/images-made" ]; then
            unroot setup >/dev/null
            make_rootfs "$SUITE/rootfs"
            unroot import --change 'USER app' --change 'CMD ["sh"]' --change 'ENV IMAGE_SAYS=hello' \
                --change 'LABEL made.by=suite' --change 'WORKDIR /home/app' "$SUITE/rootfs" busybox >/dev/null &&
                unroot import --change 'USER 0' --change 'CMD ["sh"]' "$SUITE/rootfs" busybox-root >/dev/null &&
                touch "$SUITE/images-made"
        fi
    ) 9>"$SUITE/images-lock"
    [ -e "$SUITE/images-made" ]
}

# A name of this test alone.
name() {
    echo "t$BATS_SUITE_TEST_NUMBER-${1:-c}"
}

# Waits up to ten seconds until the command succeeds.
eventually() {
    local i
    for i in $(seq 100); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.1
    done
    echo "never true: $*"
    return 1
}

# Removes what the tests of a file made by `name`.
remove_containers() {
    [ -n "${SUITE:-}" ] || return 0
    unroot ps -aq | xargs -r "$UNROOT" rm -f -v >/dev/null
}

# Runs a command on a terminal of its own: terminal COMMAND.. -- STEP.. (see terminal.py)
terminal() {
    python3 "$BATS_TEST_DIRNAME/terminal.py" "$@"
}
