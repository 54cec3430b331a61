#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A build that copies a context of many files, with nothing known of it and with nothing changed:
# context.sh [FILES [ROUNDS]]   (default: 100,000 files, 3 rounds)
. "$(dirname "$0")/place.bash"
files=${1:-100000} rounds=${2:-3}

make_rootfs "$fs/rootfs"
tar -C "$fs/rootfs" -cf "$fs/small.tar" .
unroot import "$fs/small.tar" small >/dev/null
podman import "$fs/small.tar" localhost/small >/dev/null 2>&1
mkdir "$fs/context"
python3 - "$fs/context" "$files" <<'PYTHON'
import os, sys
root, count = sys.argv[1], int(sys.argv[2])
for i in range(count):
    folder = "%s/%03d" % (root, i // 100)
    if i % 100 == 0:
        os.makedirs(folder)
    with open("%s/%02d.txt" % (folder, i % 100), "w") as f:
        f.write("file %d of a context\n" % i * (1 + i % 50))
PYTHON
printf 'FROM small\nCOPY . /all/\n' >"$fs/context/Dockerfile"
sleep 2 # what was changed in the last two seconds is not remembered

# Cold: no cache of steps, none of files; an image that nobody has, no page dropped (in memory for both).
cat >"$fs/forget" <<FORGET
#!/bin/sh
"$build/bin/unroot" rmi -f built >/dev/null 2>&1
"$build/bin/unroot" image prune -f >/dev/null 2>&1
rm -rf /var/lib/unroot/cache/build-files /var/lib/unroot/cache/build
FORGET
chmod +x "$fs/forget"
for _ in $(seq "$rounds"); do
    WARMUP=0 measure cold 1 --prepare "$fs/forget" -- "$build/bin/unroot" build -q -t built "$fs/context"
    WARMUP=0 measure peer-cold 1 -- podman "${podman_options[@]}" build -q --layers --no-cache --isolation chroot --network host -t built "$fs/context"
    measure warm 3 -- "$build/bin/unroot" build -q -t built "$fs/context"
    WARMUP=0 measure peer-warm 1 -- podman "${podman_options[@]}" build -q --layers --isolation chroot --network host -t built "$fs/context"
done

table_head
compare "context of $files files, cold : podman build" cold peer-cold 0.5
compare "context of $files files, unchanged : podman build" warm peer-warm 0.1
[ "$missed" = 0 ]
