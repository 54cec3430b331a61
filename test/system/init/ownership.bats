#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# PUID, PGID, passwd and group, and the ownership walker against somebody hostile.

bats_require_minimum_version 1.5.0
load common
setup() { prepare; }
teardown() { stop_leftovers; }

owner() { stat -c %u:%g "$ROOT/$1"; }

make_tree() {
    mkdir -p "$ROOT/data/a/b/c" "$ROOT/data/d"
    touch "$ROOT/data/f" "$ROOT/data/a/f" "$ROOT/data/a/b/f" "$ROOT/data/a/b/c/f" "$ROOT/data/d/f"
}

@test "own: a whole tree, and links themselves" {
    make_tree
    ln -s /etc/passwd "$ROOT/data/link"; mkfifo "$ROOT/data/fifo"
    run jail unroot-init own app:video /data
    expect status "$status" 0
    expect "owned by somebody else" "$(find "$ROOT/data" -not \( -uid 1000 -gid 44 \) | wc -l)" 0
    expect passwd "$(owner etc/passwd)" 0:0
    [[ "$output" == *"changed 12 of 12"* ]]
}

@test "own -n: says it, changes nothing" {
    make_tree
    run jail unroot-init own -n app /data
    expect status "$status" 0
    [[ "$output" == *"would change 10 of 10"* ]]
    expect "owned by app" "$(find "$ROOT/data" -uid 1000 | wc -l)" 0
}

@test "own: a top that is right is the end of it, unless always" {
    make_tree
    chown 1000:1000 "$ROOT/data"
    run jail unroot-init own app /data
    expect "after mismatch" "$(owner data/f)" 0:0
    run jail unroot-init own --always app /data
    expect "after always" "$(owner data/f)" 1000:1000
}

@test "own: planted symlinks lead nowhere" {
    make_tree
    mkdir "$ROOT/data/evil"
    ln -s /etc "$ROOT/data/evil/etc"; ln -s ../../etc/passwd "$ROOT/data/evil/passwd"
    ln -s / "$ROOT/data/root"; ln -s /proc/1/root/etc "$ROOT/data/proc"; ln -s . "$ROOT/data/a/loop"
    before=$(find "$ROOT/etc" "$ROOT/bin" "$ROOT/root" -printf '%p %U:%G\n' | sort)
    run jail unroot-init own app /data
    expect status "$status" 0
    expect elsewhere "$(find "$ROOT/etc" "$ROOT/bin" "$ROOT/root" -printf '%p %U:%G\n' | sort)" "$before"
    # the top itself, or a folder on the way to it, being a link
    ln -s /etc "$ROOT/toplink"
    run jail unroot-init own app /toplink
    expect status "$status" 100
    run jail unroot-init own app /toplink/..
    expect status "$status" 100
    expect etc "$(owner etc)" 0:0
}

@test "own: hard links with a wrong owner are left alone and said" {
    make_tree
    ln "$ROOT/etc/passwd" "$ROOT/data/hard"
    run jail unroot-init own app /data
    expect status "$status" 0
    expect passwd "$(owner etc/passwd)" 0:0
    [[ "$output" == *"1 files with more than one name"*"first: hard"* ]]
    expect others "$(owner data/f)" 1000:1000
}

@test "own: device nodes, other mounts and mounted files are left alone" {
    make_tree
    mknod "$ROOT/data/null" c 1 3; mknod "$ROOT/data/disk" b 7 99
    mkdir "$ROOT/data/mnt" "$ROOT/data/bound"; touch "$ROOT/data/file"
    cat > "$ROOT/go.sh" <<'S'
busybox mount -t tmpfs tmpfs /data/mnt; busybox touch /data/mnt/inside
busybox mkdir /srv; busybox touch /srv/x
busybox mount -o bind /srv /data/bound; busybox mount -o bind /etc/group /data/file
unroot-init own app /data
echo $(busybox stat -c %u /data/mnt /data/mnt/inside /srv /srv/x /etc/group /data/null /data/disk /data/f)
S
    run jail sh /go.sh
    expect owners "${lines[-1]}" "0 0 0 0 0 0 0 1000"
    [[ "$output" == *"2 device nodes"* ]]
    [[ "$output" == *"3 other mounts"* ]]
}

@test "own: a folder that is swapped for a link while we walk" {
    mkdir -p "$ROOT/data/x/deep/deeper" "$ROOT/secret/deep/deeper"
    for i in $(seq 300); do : > "$ROOT/data/x/deep/deeper/f$i"; : > "$ROOT/secret/deep/deeper/f$i"; done
    ln -s /secret "$ROOT/data/y"
    # the other way round, too: a folder of root's that is only a name away
    cat > "$ROOT/go.sh" <<'S'
probe swap /data/x /data/y 6 > /tmp/swaps &
i=0
while busybox kill -0 $! 2>/dev/null; do
    unroot-init own --always $((2000 + i % 2)) /data 2>/dev/null
    i=$((i + 1))
done
echo walks $i swaps $(cat /tmp/swaps)
S
    run jail sh /go.sh
    [[ "$output" =~ walks\ ([0-9]+)\ swaps\ ([0-9]+) ]]
    [ "${BASH_REMATCH[1]}" -ge 20 ] && [ "${BASH_REMATCH[2]}" -ge 1000 ]
    expect "root's files that changed" "$(find "$ROOT/secret" -not -uid 0 | wc -l)" 0
    # it did walk: what is below the folder belongs to one of the two by now
    expect "own files" "$(find "$ROOT/data/" -path '*deeper/*' -uid 0 | wc -l)" 0
}

@test "own: from= keeps away from other owners" {
    make_tree
    chown 33 "$ROOT/data/a/f"; chown 1337 "$ROOT/data/d/f"
    run jail unroot-init own --from root,1337 app /data
    expect status "$status" 0
    expect "www's" "$(owner data/a/f)" 33:0
    expect "1337's" "$(owner data/d/f)" 1000:1000
    [[ "$output" == *"1 entries of owners outside from="* ]]
    run jail unroot-init own --from nobody-here app /data
    expect status "$status" 100
}

@test "own: read-only and idmapped mounts are recognised" {
    make_tree
    run "$JAIL" -r "$ROOT" unroot-init own app /data
    expect status "$status" 0
    [[ "$output" == *"/data: a read-only mount"* ]]
    run jail sh -c 'probe idmap /data || exit 77; unroot-init own app /data'
    [ "$status" != 77 ] || skip "this filesystem cannot be idmapped: $output"
    expect status "$status" 0
    [[ "$output" == *"/data: an idmapped mount"* ]]
    expect owner "$(owner data/f)" 0:0
}

@test "own: an interrupted walk is taken up again" {
    mkdir -p "$ROOT/data/one" "$ROOT/data/two"
    for i in $(seq 2000); do : > "$ROOT/data/one/f$i"; : > "$ROOT/data/two/f$i"; done
    for try in 1 2 3 4 5 6 7 8 9 10; do
        run jail sh -c "unroot-init own $((3000 + try)) /data 2>/dev/null & sleep 0.00$try; busybox kill -9 \$! 2>/dev/null; wait"
        left=$(find "$ROOT/data" -not -uid $((3000 + try)) | wc -l)
        # whenever something is left, the top is among it
        [ "$left" = 0 ] || expect "top after $left left" "$(stat -c %u "$ROOT/data" | grep -c "^$((3000 + try))\$")" 0
    done
    run jail unroot-init own app /data
    expect left "$(find "$ROOT/data" -not -uid 1000 | wc -l)" 0
}

@test "own: names that would steer a terminal are printed harmlessly" {
    mkdir -p "$ROOT/data"
    ln "$ROOT/etc/passwd" "$ROOT/data/$(printf 'x\033[2J\nunroot-init: all fine')"
    run jail unroot-init own app /data
    [[ "$output" == *"first: x?[2J?unroot-init: all fine"* ]]
}

@test "own: what cannot be read or changed is said, and the top stays wrong" {
    make_tree
    run jail probe bound ,6,7, unroot-init own app /data
    expect status "$status" 111
    [[ "$output" == *"could not be changed"* ]]
    expect top "$(owner data)" 0:0
}

@test "own: very deep trees" {
    mkdir -p "$ROOT/data"
    python3 - "$ROOT/data" <<'P'
import os, sys
os.chdir(sys.argv[1])
for _ in range(300):
    os.mkdir("d" * 60); os.chdir("d" * 60)
open("bottom", "w").close()
P
    run jail unroot-init own app /data
    expect status "$status" 0
    [[ "$output" == *"changed 302 of 302"* ]]
}

@test "PUID and PGID: the account is renumbered in place" {
    run jail env PUID=1234 PGID=5678 unroot-init app sh -c 'probe identity; grep -E "^app" /etc/passwd /etc/group; id'
    expect status "$status" 0
    expect identity "${lines[0]}" "1234 5678 44,109 /home/app"
    expect passwd "$(sed -n 3p "$ROOT/etc/passwd")" "app:x:1234:5678::/home/app:/bin/sh"
    expect group "$(grep ^app "$ROOT/etc/group")" "app:x:5678:"
    expect lines "$(wc -l < "$ROOT/etc/passwd")" "$(wc -l < "$TEMPLATE/etc/passwd")"
    expect mode "$(stat -c %a:%u:%g "$ROOT/etc/passwd")" "$(stat -c %a:%u:%g "$TEMPLATE/etc/passwd")"
    expect leftovers "$(ls -A "$ROOT/etc" | tr '\n' ' ')" "group passwd "
}

@test "PUID: a taken id is allowed, our name comes first, with one warning" {
    run jail env PUID=33 PGID=33 unroot-init app sh -c 'id -un; id -gn'
    expect status "$status" 0
    expect warnings "$(grep -c warning <<<"$output")" 2    # one for each file
    expect names "$(tail -2 <<<"$output" | tr '\n' ' ')" "app app "
    # again: nothing to say any more
    run jail env PUID=33 PGID=33 unroot-init app true
    expect output "$output" ""
}

@test "PUID: alone, for an account that is not there" {
    run jail env PUID=4711 unroot-init -- sh -c 'probe identity; id -un'
    expect status "$status" 0
    expect identity "${lines[0]}" "4711 4711 - /"
    expect name "${lines[-1]}" u4711
}

@test "PUID: 0 and what is no number are refused with 99" {
    for value in 0 00 -1 +5 abc 4294967296 2147483648 '5 ' 0x5 root; do
        run jail env "PUID=$value" unroot-init app true
        expect "PUID=$value" "$status" 99
        run jail env "PGID=$value" unroot-init app true
        expect "PGID=$value" "$status" 99
    done
    run jail env UNROOT_GROUPS=44,root unroot-init app true
    expect status "$status" 99
    run jail env UNROOT_GROUPS=video,777 unroot-init app:app probe identity
    expect identity "$output" "1000 1000 44,777 /home/app"
    run jail env UMASK=027 unroot-init app probe state
    expect Umask "$(field Umask)" 0027
    run jail env UMASK=99 unroot-init app true
    expect status "$status" 100
}

@test "PUID: a read-only root and a mounted passwd are noted, and it goes on" {
    run "$JAIL" -r "$ROOT" env PUID=1234 unroot-init app probe identity
    expect status "$status" 0
    [[ "$output" == *"/etc/passwd is left as it is"* ]]
    [[ "$output" == *"1234 1000 44,109 /home/app"* ]]
    cp "$ROOT/etc/passwd" "$ROOT/mine"
    run jail sh -c 'busybox mount -o bind /mine /etc/passwd; PUID=1234 exec unroot-init app probe identity'
    expect status "$status" 0
    [[ "$output" == *"read-only or a mount"* ]]
    rm "$ROOT/etc/passwd"; ln -s /mine "$ROOT/etc/passwd"
    run jail env PUID=1234 unroot-init app probe identity
    expect status "$status" 0
    [ -L "$ROOT/etc/passwd" ]
    expect "the file behind the link" "$(grep -c 1234 "$ROOT/mine")" 0
}

@test "PUID: not used by somebody who is not root" {
    run jail probe as 4711 4712 env PUID=1234 unroot-init app probe identity
    expect status "$status" 0
    [[ "$output" == *"PUID=1234 is not used"* ]]
    [[ "$output" == *"4711 4712"* ]]
}

@test "secrets: by FILE__X and X_FILE, read before the drop" {
    mkdir -p "$ROOT/srv"; printf 'hush\n' > "$ROOT/srv/secret"; chmod 400 "$ROOT/srv/secret"
    run jail env FILE__DB_PASSWORD=/srv/secret SSL_CERT_FILE=/srv/secret unroot-init app sh -c 'echo "[$DB_PASSWORD] [$FILE__DB_PASSWORD] [$SSL_CERT_FILE]"'
    expect output "$output" "[hush] [] [/srv/secret]"
    run jail sh -c 'busybox mkdir -p /run/secrets; busybox cp -p /srv/secret /run/secrets/pw; PW_FILE=/run/secrets/pw exec unroot-init app sh -c "echo [\$PW] [\$PW_FILE]"'
    expect output "$output" "[hush] []"
    run jail env FILE__X=/srv/nothing unroot-init app true
    expect status "$status" 100
    run jail env FILE__X=/srv/secret X=1 unroot-init app true
    expect status "$status" 100
}
