#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs the cgroup and seccomp tests on a kernel of their own, in an emulator, once on a pure v2 tree and once on pure v1:
# a machine has only one layout. Ends with 77 (skipped) where qemu or a kernel is missing.
# other-layouts.sh KERNEL PROGRAM...     KERNEL: a bzImage (/boot/vmlinuz-*), "" = the newest in /boot
set -eu
kernel=${1:-}
shift
[ -n "$kernel" ] || kernel=$(ls -1t /boot/vmlinuz-* 2>/dev/null | head -n 1)
skip() {
    echo "skipped: $1"
    exit 77
}
command -v qemu-system-x86_64 >/dev/null || skip "needs qemu-system-x86_64"
command -v cpio >/dev/null || skip "needs cpio"
busybox=$(command -v busybox) || skip "needs busybox"
[ -r "$kernel" ] || skip "needs a kernel image in /boot, or named"
[ "$(uname -m)" = x86_64 ] || skip "is written for x86_64"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/root"/{bin,dev,mnt,proc,sys,tests,tmp}
cp "$busybox" "$work/root/bin/busybox"
for program; do
    cp "$program" "$work/root/tests/"
    ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
        mkdir -p "$work/root$(dirname "$library")"
        cp -L "$library" "$work/root$library"
    done
done
cat >"$work/root/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin UNROOT_TEST_DISPOSABLE=1
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev 2>/dev/null
mount -t tmpfs tmp /tmp
run() {
    for test in /tests/*; do
        "$test" 2>&1
        echo "RESULT $1 ${test##*/} $?"
    done
}
mount -t cgroup2 cgroup2 /sys/fs/cgroup && run v2
find /sys/fs/cgroup -mindepth 1 -depth -type d -exec rmdir {} \; # a controller in use cannot change its hierarchy
umount /sys/fs/cgroup
sleep 1
mount -t tmpfs cgroups /sys/fs/cgroup
for c in cpu cpuacct cpuset memory pids freezer; do
    mkdir "/sys/fs/cgroup/$c"
    mount -t cgroup -o "$c" "$c" "/sys/fs/cgroup/$c"
done
run v1
echo "RESULT end"
poweroff -f
INIT
chmod 755 "$work/root/init"
(cd "$work/root" && find . | cpio --quiet -o -H newc) >"$work/initrd"
timeout 300 qemu-system-x86_64 -nodefaults -no-reboot -m 512 -smp 2 -display none -serial stdio -kernel "$kernel" \
    -initrd "$work/initrd" -append "console=ttyS0 quiet panic=-1 rdinit=/init" </dev/null | tr -d '\r' >"$work/out" || true
grep -v '^\[  *OK\|RUN  ' "$work/out"
grep -q '^RESULT end' "$work/out" || {
    echo "the emulator did not come to the end"
    exit 1
}
if grep '^RESULT v' "$work/out" | grep -v ' 0$'; then
    exit 1
fi
