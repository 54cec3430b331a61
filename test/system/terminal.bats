# SPDX-License-Identifier: Apache-2.0
# Terminals: -t, size and resize, raw mode and back, detach keys, attach again, signals, exec -it.
load helpers

setup_file() {
    make_images
}

teardown() {
    remove_containers
}

@test "run -it: a terminal inside, its size, a prompt, the exit code" {
    run -5 terminal "$UNROOT" run --rm -it busybox sh -- 'expect=$ ' 'send=tty; stty size\n' expect=/dev/ 'expect=24 80' \
        'send=exit 5\n'
}

@test "resizing reaches the payload" {
    run -0 terminal "$UNROOT" run --rm -it busybox sh -- 'expect=$ ' resize=40x132 sleep=0.3 'send=stty size\n' \
        'expect=40 132' 'send=exit\n'
}

@test "our terminal is raw meanwhile and cooked afterwards" {
    run -0 terminal sh -c '"$UNROOT" run --rm -it busybox sh; echo back; read line' -- 'expect=$ ' raw 'send=exit\n' \
        expect=back cooked 'send=\n'
}

@test "ctrl-c goes to the payload" {
    run -0 terminal "$UNROOT" run --rm -it busybox sh -c 'trap "echo caught; exit 0" INT; echo up; while :; do sleep 0.1; done' \
        -- expect=up 'send=\x03' expect=caught
}

@test "ctrl-p ctrl-q detaches, attach comes back" {
    n=$(name)
    run -0 terminal "$UNROOT" run -it --name "$n" busybox sh -- 'expect=$ ' 'send=word=kept\n' 'expect=$ ' 'send=\x10\x11'
    [ "$(unroot ps --format '{{.Names}}')" = "$n" ]
    run -4 terminal "$UNROOT" attach "$n" -- 'send=echo $word; exit 4\n' expect=kept
}

@test "what is typed in one go with the detach keys still reaches the payload" {
    n=$(name)
    run -0 terminal "$UNROOT" run -it --name "$n" busybox sh -- 'expect=$ ' raw 'send=word=kept\n\x10\x11'
    run -4 terminal "$UNROOT" attach "$n" -- 'send=echo :$word:; exit 4\n' expect=:kept:
}

@test "--detach-keys" {
    n=$(name)
    run -0 terminal "$UNROOT" run -it --detach-keys 'ctrl-x,x' --name "$n" busybox sh -- 'expect=$ ' 'send=\x18x'
    run -0 terminal "$UNROOT" attach --detach-keys 'ctrl-a' "$n" -- 'send=\n' 'expect=$ ' 'send=\x01'
    [ "$(unroot ps --format '{{.Names}}')" = "$n" ]
}

@test "-t without -i gives a terminal for output" {
    run -0 terminal "$UNROOT" run --rm -t busybox sh -c 'test -t 1 && echo yes' -- expect=yes
}

@test "-t detached: a terminal that attach reaches" {
    n=$(name)
    unroot run -d -it --name "$n" busybox sh >/dev/null
    run -0 terminal "$UNROOT" attach "$n" -- 'send=\n' 'expect=$ ' 'send=tty; exit\n' expect=/dev/
}

@test "exec -it" {
    n=$(name)
    unroot run -d --name "$n" busybox sleep 100 >/dev/null
    run -6 terminal "$UNROOT" exec -it "$n" sh -- 'expect=$ ' 'send=stty size; tty; exit 6\n' 'expect=24 80' expect=/dev/
    run -0 terminal "$UNROOT" exec -it "$n" sh -- 'expect=$ ' resize=30x100 sleep=0.3 'send=stty size; exit\n' 'expect=30 100'
}

@test "closing the terminal does not end the container" {
    n=$(name)
    run terminal "$UNROOT" run -it --name "$n" busybox sh -- 'expect=$ ' kill=SIGKILL
    [ "$(unroot ps --format '{{.Names}}')" = "$n" ]
}

@test "attach shows what is written from now on, and ends with the payload's code" {
    n=$(name)
    unroot run -d --name "$n" busybox sh -c 'sleep 1; echo end; exit 3' >/dev/null
    run -3 unroot attach "$n"
    [ "$output" = end ]
    run -1 unroot attach "$n"
}

@test "start -ai" {
    n=$(name)
    unroot create -it --name "$n" busybox sh >/dev/null
    run -2 terminal "$UNROOT" start -ai "$n" -- 'expect=$ ' 'send=exit 2\n'
    run -0 terminal "$UNROOT" start -ai "$n" -- 'expect=$ ' 'send=exit\n'
}

@test "job control inside" {
    run -0 terminal "$UNROOT" run --rm -it busybox sh -- 'expect=$ ' 'send=sleep 100\n' sleep=0.3 'send=\x1a' expect=Stopped \
        'send=kill %1; exit 0\n' 'send=exit 0\n'
}
