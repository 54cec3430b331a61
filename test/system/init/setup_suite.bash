# SPDX-License-Identifier: Apache-2.0
# Builds the minimal root that every test copies: busybox-static, our binary under its names, and the probe.

setup_suite() {
    here=$BATS_TEST_DIRNAME
    top=$(cd "$here/../../.." && pwd)
    export UNROOT_INIT=${UNROOT_INIT:-${UNROOT_BUILD:-$top/build}/src/init/unroot-init}
    export JAIL=$here/jail SAMPLER=$here/sampler.py TOP=$top
    export SUITE_TMP=${BATS_SUITE_TMPDIR:-$BATS_RUN_TMPDIR}
    export TEMPLATE=$SUITE_TMP/template
    SUITE_MISSING=
    [ "$(id -u)" = 0 ] || SUITE_MISSING="needs root (private namespaces and other users' ids)"
    for tool in busybox unshare musl-gcc python3; do
        command -v $tool >/dev/null || SUITE_MISSING="needs $tool"
    done
    [ -x "$UNROOT_INIT" ] || SUITE_MISSING="needs $UNROOT_INIT: ninja -C build"
    export SUITE_MISSING
    [ -z "$SUITE_MISSING" ] || return 0
    make_template
}

make_template() {
    mkdir -p "$TEMPLATE"/{bin,etc,proc,dev,run,tmp,root,home/app,data,sbin,var/log}
    chmod 1777 "$TEMPLATE/tmp"
    chmod 755 "$TEMPLATE" "$SUITE_TMP" "$BATS_RUN_TMPDIR"
    cp "$(command -v busybox)" "$TEMPLATE/bin/busybox"
    for applet in sh cat sleep id ls echo grep kill true false touch stat nc env printf mkdir chmod mknod httpd ps rm ln wc head dd sed readlink stty; do
        ln -s busybox "$TEMPLATE/bin/$applet"
    done
    cp "$UNROOT_INIT" "$TEMPLATE/sbin/unroot-init"
    for name in gosu su-exec tini dumb-init catatonit setpriv s6-setuidgid chpst; do
        ln -s unroot-init "$TEMPLATE/sbin/$name"
    done
    musl-gcc -static -O1 -D_GNU_SOURCE -idirafter /usr/include -idirafter "/usr/include/$(gcc -print-multiarch)" \
        -o "$TEMPLATE/bin/probe" "$here/probe.c"
    cat > "$TEMPLATE/etc/passwd" <<'P'
root:x:0:0:root:/root:/bin/sh
toor:x:0:0::/root2:/bin/sh
app:x:1000:1000::/home/app:/bin/sh
1337:x:2000:2000::/home/leet:/bin/sh
zero:x:00:00::/zero:/bin/sh
big:x:4294967296:4294967296::/big:/bin/sh
huge:x:4294967294:4294967294::/huge:/bin/sh
minus:x:-1:-1::/minus:/bin/sh
space:x: 0:0::/space:/bin/sh
hex:x:0x0:0::/hex:/bin/sh
empty:x::0::/empty:/bin/sh
rootgroup:x:1010:0::/home/rg:/bin/sh
nohome:x:1011:1011:::/bin/sh
short:x:1012:1012
www:x:33:33:www:/var/www:/bin/sh
first:x:1020:1020::/home/first:/bin/sh
first:x:0:0::/home/second:/bin/sh
late:x:1021:1021::/home/late:/bin/sh
late2:x:1021:1022::/home/late2:/bin/sh
P
    cat > "$TEMPLATE/etc/group" <<'G'
root:x:0:app,toor
wheel:x:10:root
video:x:44:app
render:x:109:app,1337
app:x:1000:
leet:x:2000:
wide:x:4294967296:app
neg:x:-1:app
www:x:33:
two:x:45:first,late
two2:x:45:first
G
}
