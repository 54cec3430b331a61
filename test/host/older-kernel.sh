#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs the engine on another kernel in an emulator: overlay without "lowerdir+" (before 6.8) and proc without "pidns"
# (before 6.17). By hand, not part of `make check`: a kernel package of the distribution and about a minute are needed.
#   apt-get download linux-image-6.1.0-NN-amd64 && dpkg-deb -x linux-image-*.deb KERNEL
#   test/host/older-kernel.sh KERNEL BUILD      ends with "0 failed" when all went well
set -eu
kernel=$(realpath "$1") build=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root"/{bin,etc,lib/modules,var/lib,usr/unroot,image/bin,image/etc}
cp "$(command -v busybox)" "$root/bin/busybox"
cp "$(command -v busybox)" "$root/image/bin/busybox"
for applet in sh id cat echo ls sleep touch mount grep; do ln -s busybox "$root/image/bin/$applet"; done
tar -C "$root/image" -cf "$root/image.tar" .
cp "$build"/bin/unroot* "$root/usr/unroot/"
for program in unroot unroot-unpack unroot-seccomp; do
    { ldd "$build/bin/$program" || true; } | grep -o '/[^ ]*' | while read -r library; do
        mkdir -p "$root$(dirname "$library")"
        cp -L "$library" "$root$library"
    done
done
modules='crc16 crc32c_generic mbcache jbd2 ext4 overlay virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk'
for module in $modules; do find "$kernel/lib/modules" -name "$module.ko" -exec cp {} "$root/lib/modules/" \;; done
echo root:x:0:0::/:/bin/sh >"$root/etc/passwd"
touch "$root"/etc/{group,subuid,subgid}
cat >"$root/first" <<'FIRST'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t tmpfs -o size=600m t /mnt 2>/dev/null || { mkdir -p /mnt; mount -t tmpfs -o size=600m t /mnt; }
for f in bin etc lib lib64 usr var image.tar init; do [ ! -e /$f ] || cp -a /$f /mnt/; done
mkdir -p /mnt/dev /mnt/proc /mnt/sys /mnt/tmp /mnt/run
exec switch_root /mnt /init
FIRST
cat >"$root/init" <<INIT
#!/bin/busybox sh
export PATH=/bin:/usr/unroot
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev; mount -t tmpfs t /tmp; mount -t tmpfs t /run
cd /lib/modules; for m in $modules; do insmod \$m.ko 2>/dev/null; done; cd /
mount -t cgroup2 cgroup2 /sys/fs/cgroup; sleep 1; mount -t ext4 /dev/vda /var/lib
uname -r
failed=0
try() { wanted=\$1; shift; got=\$("\$@" 2>/tmp/error | tail -1); [ "\$got" = "\$wanted" ] || { failed=\$((failed + 1)); echo "FAILED \$*: \$got"; cat /tmp/error; }; }
unroot import /image.tar bb >/dev/null 2>&1
try 'uid=950(user950) gid=950(group950) groups=950(group950)' unroot run --rm --network none --user 950 bb id
try 0 unroot run --rm --network none bb id -u
try in unroot run --rm --network none -v vol:/data --user 5 bb sh -c 'echo in >/data/f; cat /data/f'
mkdir -p /var/lib/h; chown 1000:1000 /var/lib/h
unroot run --rm --network none -v /var/lib/h:/h --user 5 bb touch /h/f
try 1000 stat -c %u /var/lib/h/f
try 1 unroot run --rm --network none --user 5 bb grep -c ' /proc proc ' /proc/self/mounts
unroot run -d --name q --network none --user 7 bb sleep 100 >/dev/null
try 7 unroot exec q id -u
try q unroot rm -f q
echo "\$failed failed"
poweroff -f
INIT
chmod 755 "$root/first" "$root/init"
(cd "$root" && find . | cpio --quiet -o -H newc) >"$work/initrd"
truncate -s 200M "$work/disk"
mkfs.ext4 -q -F "$work/disk"
timeout 300 qemu-system-x86_64 -nodefaults -no-reboot -m 1024 -smp 2 -display none -serial stdio -kernel "$kernel"/boot/vmlinuz-* \
    -initrd "$work/initrd" -drive "file=$work/disk,if=virtio,format=raw" \
    -append "console=ttyS0 quiet panic=-1 rdinit=/first" </dev/null | tr -d '\r' | tee "$work/out"
grep -q '^0 failed' "$work/out"
