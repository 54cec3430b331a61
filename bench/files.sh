#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An image of many files starts as fast as one of ten: files.sh [FILES [ROUNDS [RUNS]]]   (default: a million)
. "$(dirname "$0")/place.bash"
files=${1:-1000000} rounds=${2:-8} runs=${3:-20}

compile_programs "$fs/programs"
# An image of that many files: bin/true and N files of a few bytes, a thousand to a folder: make_tar N FILE
make_tar() {
    python3 - "$fs/programs/true" "$1" "$2" <<'PYTHON'
import io, sys, tarfile
program, count, target = sys.argv[1], int(sys.argv[2]), sys.argv[3]
def add(tar, name, data=None, mode=0o644):
    entry = tarfile.TarInfo(name)
    entry.mode = mode
    entry.type = tarfile.DIRTYPE if data is None else tarfile.REGTYPE
    entry.size = len(data or b"")
    tar.addfile(entry, io.BytesIO(data or b""))
with tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as tar:
    for folder in ("bin", "dev", "etc", "proc", "sys", "tmp", "data"):
        add(tar, folder, mode=0o755)
    add(tar, "bin/true", open(program, "rb").read(), 0o755)
    for i in range(count):
        if i % 1000 == 0:
            add(tar, f"data/{i // 1000:04}", mode=0o755)
        add(tar, f"data/{i // 1000:04}/{i % 1000:03}", b"%d\n" % i)
PYTHON
}
for count in 10 "$files"; do
    make_tar "$count" "$fs/$count.tar"
    started=$(date +%s%N)
    unroot import --change 'USER 1000' "$fs/$count.tar" "files-$count" >/dev/null
    printf 'import of %s files: %s s\n' "$count" "$(awk "BEGIN { print ($(date +%s%N) - $started) / 1e9 }")"
    rm "$fs/$count.tar"
done
sync -f "$fs"

for _ in $(seq "$rounds"); do
    for count in 10 "$files"; do
        measure "files-$count" "$runs" -- "$build/bin/unroot" run --rm --network none "files-$count" /bin/true
    done
done
table_head
compare "run, image of $files files : of ten" "files-$files" files-10 1.05
[ "$missed" = 0 ]
