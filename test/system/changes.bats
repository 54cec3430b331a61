# SPDX-License-Identifier: Apache-2.0
# What a container changed and its ways out: diff, commit, export, save, cp, and attempts to lead cp out of the container.
load helpers

setup_file() {
    make_images
}

setup() {
    cd "$BATS_TEST_TMPDIR"
}

teardown() {
    remove_containers
    unroot images --format '{{.Repository}}:{{.Tag}}' | grep '^made' | xargs -r "$UNROOT" rmi -f >/dev/null
}

# A stopped container in which root has run the words.
changed() {
    unroot run -q --name changed -u 0 --root mapped busybox sh -c "$1" >/dev/null 2>&1 ||
        unroot run --name changed -u 0 --root mapped busybox sh -c "$1" >/dev/null
}

@test "diff tells what was added, changed and deleted, and not what a start mounts over" {
    changed 'mkdir /new; echo a >/new/f; rm /bin/vi; echo x >>/etc/passwd'
    run -0 unroot diff changed
    [[ $output == *"A /new"*"A /new/f"* ]]
    [[ $output == *"D /bin/vi"* && $output == *"C /etc/passwd"* && $output == *"C /bin"* ]]
    [[ $output != *"/etc/hosts"* && $output != *"/proc"* ]]
    id=$(unroot create busybox true)
    run -0 unroot diff "$id"
    [ -z "$output" ]
}

@test "diff sees moved folders and folders made anew" {
    changed 'mv /home /moved; rm -rf /var; mkdir /var; echo new >/var/only'
    run -0 unroot diff changed
    [[ $output == *"D /home"* && $output == *"A /moved"* && $output == *"A /moved/app"* ]]
    [[ $output == *"C /var"* && $output == *"A /var/only"* && $output == *"D /var/data"* ]]
}

@test "commit makes a layer with the same files, owners, modes and deletions" {
    changed 'mkdir /new; echo a >/new/f; chown 5:6 /new/f; chmod 4711 /new/f; ln /new/f /new/g; ln -s f /new/l
             rm /bin/vi; mv /home /moved; rm -rf /var; mkdir /var; echo new >/var/only; chmod 700 /etc; mkfifo /new/p'
    run -0 unroot commit -m "a note" -a me --change 'USER 5:6' changed made-commit
    [[ $output =~ ^(sha256:)?[0-9a-f]{64}$ ]]
    run -0 unroot run --rm -u 0 --root mapped made-commit sh -c '
        stat -c "%n %u:%g %a %h" /new/f /new/g /etc; readlink /new/l; ls /var /moved; ls /bin/vi; [ -p /new/p ] && echo fifo' 2>/dev/null || true
    [[ $output == *"/new/f 5:6 4711 2"*"/new/g 5:6 4711 2"*"/etc 0:0 700"* ]]
    [[ $output == *fifo* && $output == *only* && $output != *data* ]]
    run ! unroot run --rm -u 0 --root mapped made-commit ls /bin/vi
    [ "$(unroot image inspect -f '{{.Config.User}} {{.Author}} {{.Comment}}' made-commit)" = "5:6 me a note" ]
    [ "$(unroot history -q made-commit | wc -l)" = 2 ]
}

@test "a new ENTRYPOINT clears the CMD that was inherited, and only that, as docker has it" {
    changed true
    unroot commit --change 'ENTRYPOINT ["/bin/echo"]' changed made-entry >/dev/null
    [ "$(unroot image inspect made-entry | jq -c '.[0].Config | .Entrypoint, .Cmd')" = $'["/bin/echo"]\nnull' ]
    unroot commit --change 'CMD ["a"]' --change 'ENTRYPOINT ["/bin/echo"]' changed made-entry >/dev/null
    [ "$(unroot image inspect -f '{{json .Config.Entrypoint}} {{json .Config.Cmd}}' made-entry)" = '["/bin/echo"] ["a"]' ]
    unroot commit --change 'LABEL a=b' changed made-entry >/dev/null
    [ "$(unroot image inspect -f '{{json .Config.Cmd}}' made-entry)" = '["sh"]' ]
    run ! unroot commit --change 'NONSENSE x' changed made-entry
    [[ $output == *'--change "NONSENSE x"'* ]]
}

@test "a running container can be committed, and goes on" {
    unroot run -d --name runs busybox sh -c 'i=0; while :; do i=$((i+1)); echo $i >/tmp/n; sleep 0.05; done' >/dev/null
    sleep 0.3
    unroot commit runs made-live >/dev/null
    n=$(unroot exec runs cat /tmp/n)
    sleep 0.3
    [ "$(unroot exec runs cat /tmp/n)" -gt "$n" ]
    [ "$(unroot run --rm made-live cat /tmp/n)" -gt 0 ]
}

@test "export is the whole tree with the container's ids; it can be imported again" {
    changed 'echo a >/home/app/f; chown 1000:1000 /home/app/f; chmod 640 /home/app/f'
    unroot export -o all.tar changed
    run -0 tar --numeric-owner -tvf all.tar home/app/f
    [[ $output == "-rw-r----- 1000/1000 "* ]]
    [ "$(tar tf all.tar | sort | uniq -d | wc -l)" = 0 ]
    unroot import all.tar made-again >/dev/null
    [ "$(unroot run --rm -u 1000 made-again cat /home/app/f)" = a ]
}

@test "save and load bring the same image back, also several in one archive" {
    unroot tag busybox made-saved:2
    id=$(unroot images -q --no-trunc made-saved)
    changed 'echo more >/more'
    unroot commit changed made-top >/dev/null
    unroot save -o two.tar made-saved:2 made-top
    unroot rmi made-saved:2 made-top >/dev/null
    run -0 unroot load -i two.tar
    [[ $output == *made-saved:2* && $output == *made-top:latest* ]]
    [ "$(unroot images -q --no-trunc made-saved)" = "$id" ]
    [ "$(unroot run --rm made-top cat /more)" = more ]
    unroot save -o again.tar made-saved:2 made-top
    cmp two.tar again.tar
    tar xOf two.tar manifest.json | jq -e '.[0].RepoTags == ["made-saved:2"] and (.[1].Layers | length) == 2'
    tar xOf two.tar index.json | jq -e '.manifests[0].annotations["io.containerd.image.name"] == "docker.io/library/made-saved:2"'
}

@test "cp into a container: files, folders, content, new names, owners" {
    mkdir -p src/sub
    echo one >src/f
    echo two >src/sub/g
    ln -s f src/l
    chown 33:44 src/f
    chmod 750 src/sub
    id=$(unroot create --name target busybox true)
    for round in stopped running; do
        [ $round = stopped ] || { unroot rm -f target >/dev/null; unroot run -d --name target busybox sleep 100 >/dev/null; }
        unroot cp src/f target:/tmp
        unroot cp src/f target:/tmp/called
        unroot cp src target:/tmp/
        unroot cp src target:/tmp/fresh
        unroot cp src/. target:/tmp/src/inner 2>/dev/null || unroot cp src target:/tmp/src/inner
        unroot cp -a src target:/tmp/owners
        run -1 unroot cp src/f target:/none/f
        run -1 unroot cp src target:/tmp/f
        run -0 bash -c '"$UNROOT" cp target:/tmp - | tar --numeric-owner -tvf - | awk "{print \$1, \$2, \$6, \$8}"'
        [[ $output == *"-rw-r--r-- 0/0 tmp/f "* && $output == *"-rw-r--r-- 0/0 tmp/called "* ]]
        [[ $output == *"drwxr-x--- 0/0 tmp/src/sub/ "* && $output == *"lrwxrwxrwx 0/0 tmp/src/l f"* ]]
        [[ $output == *"tmp/fresh/sub/g "* && $output == *"tmp/src/inner/f "* ]]
        [[ $output == *"-rw-r--r-- 33/44 tmp/owners/f "* ]]
    done
    [ "$(unroot exec target cat /tmp/fresh/f)" = one ]
}

@test "cp out of a container: files, folders, content, owners, no set-user-id bits" {
    changed 'mkdir -p /d/sub; echo a >/d/f; echo b >/d/sub/g; cp /bin/busybox /d/s; chown 0:0 /d/s; chmod 6755 /d/s
             chown 5:6 /d/f; ln -s /etc/passwd /d/l'
    mkdir out
    unroot cp changed:/d/f out
    unroot cp changed:/d/f out/called
    unroot cp changed:/d out
    unroot cp changed:/d out/fresh
    unroot cp changed:/d/. out/content
    unroot cp -a changed:/d out/owners
    [ "$(cat out/f out/called out/d/sub/g out/fresh/f out/content/f | tr -d '\n')" = aabaa ]
    [ "$(stat -c %u:%g out/d/f)" = 0:0 ]
    [ "$(stat -c %u:%g out/owners/f)" = 5:6 ]
    [ -z "$(find out -perm /6000)" ]
    [ "$(readlink out/d/l)" = /etc/passwd ]
    unroot cp -L changed:/d/l out/passwd
    cmp out/passwd "$SUITE/rootfs/etc/passwd"
    run -1 unroot cp changed:/none out
    [ "${#lines[@]}" = 1 ]
}

@test "cp keeps the owner of a folder that was here before" {
    changed 'mkdir /d; echo a >/d/f; chmod 700 /d'
    mkdir -p mine/d
    chown 1000:1000 mine mine/d
    chmod 751 mine/d
    unroot cp changed:/d mine
    [ "$(stat -c '%u %a' mine/d)" = "1000 751" ]
    [ "$(stat -c %u mine)" = 1000 ]
    [ "$(cat mine/d/f)" = a ]
}

@test "links of the container do not lead cp to the host's files" {
    echo precious >victim
    chmod 666 victim
    changed "ln -s $PWD /up; ln -s ../../../../../../..$PWD/victim /file; mkdir -p /x; ln -s /proc/1/root/etc /magic"
    echo new >f
    run -1 unroot cp f changed:/up/victim
    run unroot cp f changed:/file
    [ "$(cat victim)" = precious ]
    [ "$(ls -A | sort | tr '\n' ' ')" = "f victim " ]
    run -1 unroot cp changed:/up/victim out
    run -1 unroot cp -L changed:/file out
    unroot rm changed >/dev/null
    unroot run -d --name live -u 0 --root mapped busybox sh -c 'ln -s /proc/1/root/etc /magic; sleep 100' 2>/dev/null >/dev/null
    sleep 0.2
    run -1 unroot cp f live:/magic/new
    run -1 unroot cp live:/proc/1/root/etc/passwd out
}

@test "a container that swaps folders and links under a running cp writes nothing on the host" {
    mkdir victim tree
    for i in $(seq 50); do echo "$i" >tree/$i; done
    unroot run -d --name racer -u 0 --root mapped busybox sh -c \
        "mkdir -p /r/real /r/old; ln -s ../../../../../../..$PWD/victim /r/link
         while :; do mv /r/real /r/old/; mv /r/link /r/real; mv /r/real /r/link; mv /r/old/real /r/real; done" >/dev/null 2>&1
    copied=0
    for i in $(seq 15); do
        unroot cp tree/. racer:/r/real >/dev/null 2>&1 && copied=$((copied + 1))
        unroot cp tree racer:/r/real/ >/dev/null 2>&1 || true
        unroot cp racer:/r/real - 2>/dev/null | tar tf - >/dev/null 2>&1 || true
    done
    [ "$copied" -gt 0 ]
    [ -z "$(ls -A victim)" ]
    [ "$(unroot inspect -f '{{.State.Running}}' racer)" = true ]
}

@test "nothing is left in the store after copies, commits and saves" {
    changed 'echo a >/f'
    before=$(cat /proc/self/mountinfo)
    unroot cp changed:/f f
    unroot cp f changed:/g
    unroot save -o s.tar busybox
    unroot export changed >/dev/null
    [ -z "$(ls -A /var/lib/unroot/storage/layers | grep '^\.')" ]
    [ "$(cat /proc/self/mountinfo)" = "$before" ]
}
