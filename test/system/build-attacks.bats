# SPDX-License-Identifier: Apache-2.0
# Contexts, archives, base images and Dockerfiles that mean harm: nothing of the host comes into an image or is changed,
# no build hangs, and a refused one is a sentence that leaves nothing behind.
load helpers

setup_file() {
    make_images
    echo "secret of the host" >"$SUITE/secret"
    mkdir "$SUITE/outside"
    echo "secret of the host" >"$SUITE/outside/key"
}

setup() {
    CONTEXT=$BATS_TEST_TMPDIR/context
    mkdir -p "$CONTEXT"
    cd "$CONTEXT"
}

teardown() {
    [ "$(cat "$SUITE/secret" "$SUITE/outside/key")" = "$(printf 'secret of the host\nsecret of the host')" ]
    [ "$(ls "$SUITE/outside")" = key ]
    unroot rmi -f attacked >/dev/null 2>&1 || true
    run ls -A /var/lib/unroot/storage/layers
    [[ $output != *.new-* ]]
}

# Lines of the Dockerfile follow FROM busybox-root: build LINE...
build() {
    printf '%s\n' 'FROM busybox-root' "$@" >Dockerfile
    timeout 60 "$UNROOT" build -q -t attacked .
}

inside() {
    unroot run --rm attacked sh -c "$1" 2>/dev/null
}

@test "links of a context lead nowhere but into the context" {
    ln -s "$SUITE/secret" file
    ln -s "$SUITE/outside" folder
    ln -s ../../../../../../../../../.. up
    mkdir all
    cp -P file folder up all/
    run -1 build 'COPY file /x'
    [[ $output == *'"/file": not found'* ]]
    run -1 build 'COPY folder/key /x'
    [[ $output == *'not found'* ]]
    run -1 build "COPY up$SUITE/secret /x"
    run -1 build "COPY ../../../../../../../..$SUITE/secret /x"
    [[ $output == *'not found'* ]]
    run -1 build "COPY --parents up/./$SUITE/s* /x/" 'RUN cat /x/*/*'
    run -0 build 'COPY all /all' 'COPY --from=0 all /again' 2>&1 || true
    build 'COPY all /all'
    run -0 inside 'readlink /all/file; cat /all/file /all/folder/key 2>&1; true'
    [[ $output == *"$SUITE/secret"* && $output != *"secret of the host"* ]]
}

@test "links of an image lead nowhere but into the image" {
    echo inside >a
    build "RUN ln -s /../../../../$SUITE /up && ln -s $SUITE/outside /out && ln -s $SUITE/secret /file" \
        'COPY a /out/new' 'COPY a /up/secret' 'COPY a /file' 'WORKDIR /out/sub/folder' 'COPY a .' 'COPY --chown=5 a /out/x/'
    run -0 inside "cat $SUITE/outside/new $SUITE/secret; ls $SUITE/outside"
    [ "$output" = "$(printf 'inside\ninside\nnew\nsub\nx')" ]
}

@test "a context that is exchanged while it is copied brings in nothing of the host" {
    mkdir -p tree/a/b
    for i in $(seq 40); do echo "mine $i" >"tree/a/b/key$i"; cp "tree/a/b/key$i" "$BATS_TEST_TMPDIR/"; done
    echo mine >tree/a/b/key
    ln -s "$SUITE/outside" "$BATS_TEST_TMPDIR/swap"
    cat >"$BATS_TEST_TMPDIR/exchange.py" <<'PYTHON'
import ctypes, os, sys
libc = ctypes.CDLL(None)
a, b = sys.argv[1].encode(), sys.argv[2].encode()
parent = os.getppid()
while os.getppid() == parent and not os.path.exists(sys.argv[3]):
    for _ in range(1000):
        libc.syscall(316, -100, a, -100, b, 2)  # renameat2, RENAME_EXCHANGE
PYTHON
    python3 "$BATS_TEST_TMPDIR/exchange.py" "$CONTEXT/tree/a/b" "$BATS_TEST_TMPDIR/swap" "$BATS_TEST_TMPDIR/stop" 3>&- &
    local exchanger=$! i built=0
    for i in $(seq 12); do
        if run build "RUN echo $i" 'COPY tree /tree' 'COPY tree/a/b/key* /keys/' && [ "$status" = 0 ]; then
            built=$((built + 1))
            run -0 inside 'cat /tree/a/b/* /keys/* 2>/dev/null; true'
        fi
        [[ $output != *"secret of the host"* ]] || break
    done
    touch "$BATS_TEST_TMPDIR/stop"
    wait "$exchanger"
    [[ $output != *"secret of the host"* ]]
    echo "$built of 12 were built"
}

@test "fifos, sockets and devices of a context are not opened" {
    mkdir odd
    mkfifo odd/fifo
    mknod odd/device c 1 5
    python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("odd/socket")'
    echo x >odd/file
    printf 'FROM busybox-root\nCOPY odd /odd\n' >Dockerfile
    run -0 timeout 60 "$UNROOT" build -t attacked .
    [[ $output == *"2 sockets or devices are not copied, the first is /odd/device"* ]]
    run -0 inside 'ls /odd'
    [ "$output" = "$(printf 'fifo\nfile')" ]
    rm -r odd Dockerfile
    mkfifo Dockerfile
    run -1 timeout 60 "$UNROOT" build -q .
    rm Dockerfile
    mkfifo .dockerignore
    run -1 build 'COPY . /x'
    [[ $output == *".dockerignore"* ]]
}

@test "names with line breaks and escapes are copied, and do not reach the terminal" {
    mkdir 'new
line'
    echo x >'new
line/'$'\033]0;title\007'
    build 'COPY . /all/'
    run -0 inside 'ls /all | wc -l; cat /all/*/*'
    [ "${lines[-1]}" = x ]
    run -1 build $'COPY "\033[31mred" /x'
    [[ $output != *$'\033'* ]]
    : >".wh.x"
    run -1 build 'COPY . /x'
    [[ $output == *"would mean a deletion"* ]]
}

@test "a folder 10,000 deep is a sentence" {
    python3 - <<'PYTHON'
import os
for _ in range(10000):
    os.mkdir("d")
    os.chdir("d")
PYTHON
    run -1 build 'COPY . /x'
    [[ $output == *"path of more than 4,095 bytes"* ]]
    run -1 build 'COPY --parents **/nothing /x/'
    [[ $output == *"longer than"* || $output == *"4,095"* || $output == *"too long"* ]]
    rm -r d
}

@test "files of a gigabyte where text is expected are refused" {
    echo a >a
    printf 'FROM scratch\n' >Dockerfile
    truncate -s 1G Dockerfile
    run -1 timeout 60 "$UNROOT" build -q .
    truncate -s 1G .dockerignore
    run -1 build 'COPY a /a'
    [[ $output == *".dockerignore"* ]]
    rm .dockerignore
    run -1 build 'RUN truncate -s 200000000 /etc/passwd' 'COPY --chown=app a /a'
    [[ $output == *"passwd"* ]]
}

@test "accounts of an image that are no files do not hold a build" {
    echo a >a
    run -1 build 'RUN rm /etc/passwd && mkfifo /etc/passwd' 'COPY --chown=app a /a'
    [[ $output == *"unable to find user app"* ]]
    run -1 build "RUN rm /etc/passwd && ln -s $SUITE/secret /etc/passwd" 'COPY --chown=secret a /a'
    [[ $output == *"unable to find user secret"* ]]
    run -1 build 'RUN rm /etc/passwd && mkdir /etc/passwd' 'COPY --chown=app a /a'
    [[ $output == *"unable to find user app"* ]]
}

@test "archives of ADD stay where they are unpacked, or are refused" {
    python3 - "$SUITE" <<'PYTHON'
import io, sys, tarfile
suite = sys.argv[1]
def make(name, *entries):
    with tarfile.open(name, "w") as t:
        for path, kind, value in entries:
            i = tarfile.TarInfo(path)
            i.type = {"f": tarfile.REGTYPE, "l": tarfile.SYMTYPE, "h": tarfile.LNKTYPE, "c": tarfile.CHRTYPE, "d": tarfile.DIRTYPE}[kind]
            i.mode = 0o755
            if kind == "f":
                i.size = len(value)
                t.addfile(i, io.BytesIO(value.encode()))
                continue
            if kind == "c":
                i.devmajor, i.devminor = 1, 8
            else:
                i.linkname = value
            t.addfile(i)
make("up.tar", ("../../" + suite + "/outside/new", "f", "x"))
make("absolute.tar", (suite + "/outside/new", "f", "x"))
make("through.tar", ("l", "l", suite + "/outside"), ("l/new", "f", "x"))
make("relative.tar", ("l", "l", "../../../../../../../.." + suite + "/outside"), ("l/new", "f", "x"))
make("hard.tar", ("h", "h", suite + "/outside/key"))
make("device.tar", ("c", "c", ""), ("f", "f", "x"))
make("whiteout.tar", ("etc/.wh.passwd", "f", ""))
with tarfile.open("owner.tar", "w") as t:
    i = tarfile.TarInfo("f")
    i.uid = 4294967295
    t.addfile(i)
PYTHON
    run -1 build 'ADD up.tar /x/'
    [[ $output == *'hold ".."'* ]]
    build 'ADD absolute.tar through.tar relative.tar /x/' || true
    run -1 build 'ADD hard.tar /x/'
    run -1 build 'ADD whiteout.tar /x/'
    [[ $output == *"means a deletion"* ]]
    run -1 build 'ADD owner.tar /x/'
    [[ $output == *"ids 0 to 65535"* ]]
    printf 'FROM busybox-root\nADD device.tar /x/\n' >Dockerfile
    run -0 timeout 60 "$UNROOT" build -t attacked .
    [[ $output == *"1 devices were left out"* ]]
    run -0 inside 'ls /x'
    [ "$output" = f ]
}

@test "a decompression bomb is refused before it fills the disk" {
    truncate -s 1200M zeros
    tar -c zeros | zstd -q >bomb.tar.zst
    rm zeros
    run -1 build 'ADD bomb.tar.zst /x/'
    [[ $output == *"a decompression bomb"* ]]
    run -1 bash -c 'timeout 60 "$UNROOT" build -q - <bomb.tar.zst'
    [[ $output == *"a decompression bomb"* ]]
}

@test "Dockerfiles that grow, refer to themselves or have ten thousand stages end with a sentence" {
    {
        echo 'FROM busybox-root'
        echo 'ENV A=aaaaaaaaaaaaaaaa'
        for i in $(seq 40); do echo 'ENV A=$A$A'; done
    } >Dockerfile
    run -1 timeout 60 "$UNROOT" build -q .
    [[ ${#output} -lt 4000 ]]
    for i in $(seq 10000); do echo "FROM busybox-root AS s$i"; done >Dockerfile
    run timeout 60 "$UNROOT" build -q .
    [[ $status = 0 || $status = 1 ]]
    printf 'FROM busybox-root AS a\nCOPY --from=a / /x\n' >Dockerfile
    run -1 timeout 60 "$UNROOT" build -q .
    printf 'FROM busybox-root\nCOPY --from=99 / /x\n' >Dockerfile
    run -1 timeout 60 "$UNROOT" build -q .
    head -c 100000 /dev/urandom >Dockerfile
    run -1 timeout 60 "$UNROOT" build -q .
}
