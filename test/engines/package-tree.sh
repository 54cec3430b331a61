#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# package-tree.sh FILE: makes FILE, a root tree as a tar, of the distribution's packages that the images of test/images/ need.
# They are fetched and unpacked, not installed: no maintainer script runs, and what is only large stays out (perl, LLVM,
# translations). Nothing of the machine is changed. Where nothing can be fetched it says why in one line and ends with 1.
set -eu
packages="bash coreutils dash diffutils dpkg findutils gosu grep hostname libc-bin nginx passwd postgresql redis-server s6 sed tar"
large='^(adduser|debconf|libllvm.*|libpython.*|libz3.*|libc-l10n|locales|.*perl.*|python3.*|systemd.*|ucf|usrmerge)$'
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || {
    echo "no apt-get and dpkg-deb here"
    exit 1
}
work=$(mktemp -d /var/tmp/unroot-packages.XXXXXX)
trap 'rm -rf "$work" "$1.new"' EXIT
root=$work/root
mkdir -p "$root" "$work/lists/partial" "$work/files"
: >"$work/status" # as if nothing were installed

# apt COMMAND...: apt-get with the machine's sources and a state of its own.
apt() {
    timeout 120 apt-get -q -o Dir::State::Status="$work/status" -o Dir::Cache="$work/cache" -o Debug::NoLocking=1 \
        -o APT::Sandbox::User=root ${lists:+-o Dir::State::Lists="$lists"} "$@" 2>>"$work/log"
}

fetch() {
    # shellcheck disable=SC2086
    apt install --simulate --no-install-recommends $packages | sed -n 's/^Inst \([^ ]*\) .*/\1/p' | grep -vE "$large" >"$work/names"
    [ -s "$work/names" ] || return 1
    # shellcheck disable=SC2046
    (cd "$work/files" && apt download $(cat "$work/names")) >/dev/null
}

lists=
fetch || { # the machine's lists are missing or old
    lists=$work/lists
    apt update >/dev/null && fetch
} || {
    echo "the packages cannot be fetched: $(grep '^E:' "$work/log" | tail -1)"
    exit 1
}

for folder in bin lib lib64 sbin; do
    mkdir -p "$root/usr/$folder"
    ln -s "usr/$folder" "$root/$folder"
done
find "$work/files" -name '*.deb' -print0 | xargs -0 -n 1 -P 2 sh -c '
    dpkg-deb --fsys-tarfile "$1" | tar -C "$0" -x --keep-directory-symlink --exclude "./usr/share/doc/*" \
        --exclude "./usr/share/man/*" --exclude "./usr/share/locale/*" --exclude "*/bitcode/*" --exclude "./var/lib/postgresql/*"
' "$root"
cp "$root/usr/share/libc-bin/nsswitch.conf" "$root/etc/"
printf '%s\n' 'root:x:0:0:root:/root:/bin/bash' 'www-data:x:33:33::/var/www:/usr/sbin/nologin' \
    'nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin' >"$root/etc/passwd"
printf '%s\n' root:x:0: www-data:x:33: shadow:x:42: nogroup:x:65534: >"$root/etc/group"
printf '%s\n' 'root:*::::::' 'www-data:*::::::' 'nobody:*::::::' >"$root/etc/shadow"
chmod 640 "$root/etc/shadow"
mkdir -p "$root/usr/local/bin" "$root/usr/local/sbin"
: >"$root/etc/gshadow"
: >"$root/var/lib/dpkg/status"
tar -C "$root" -c --sort=name --numeric-owner . >"$1.new"
mv "$1.new" "$1"
