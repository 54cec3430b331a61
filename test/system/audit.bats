# SPDX-License-Identifier: Apache-2.0
# unroot audit as somebody meets it: exit codes, formats, acceptances, fixes, compose projects, privileges, hooks.
load helpers

setup() {
    here=$BATS_TEST_TMPDIR/here
    mkdir -p "$here"
    cd "$here"
    # Neither this host's accounts nor the caller's variables decide anything here.
    unset TAG UID_OF
}

write() {
    mkdir -p "$(dirname "$1")"
    cat >"$1"
}

root_dockerfile() {
    printf 'FROM scratch\nCOPY a /a\nCMD ["/a"]\n' >"${1:-Dockerfile}"
}

@test "exit codes: 0 fine, 1 findings, 2 not understood or asked for wrongly" {
    printf 'FROM scratch\nUSER 10001:10001\n' >Dockerfile
    run -0 unroot audit
    root_dockerfile
    run -1 unroot audit
    printf 'FROM scratch\nUSER 10001:10001\nCOPY\n' >Dockerfile
    run -2 unroot audit
    [[ $output == *"Dockerfile:3:"* ]]
    run -2 unroot audit --no-such-option
    run -2 unroot audit --format xml
    run -2 unroot audit --fail-on sometimes
    run -2 unroot audit no-such-file
    [[ $output == *"no-such-file"* ]]
    run -2 unroot audit --explain NR999
}

@test "--fail-on says from which level on findings count" {
    write note/Dockerfile <<<$'FROM scratch\nUSER 10001'
    write warning/compose.yaml <<<$'services:\n  a: {image: redis:7}'
    write unknown/Dockerfile <<<$'FROM registry.example.org/x'
    root_dockerfile Dockerfile.error
    while read -r what level code; do
        run -"$code" unroot audit --fail-on "$level" "$what"
    done <<'ROWS'
note note 1
note warning 0
note error 0
warning note 1
warning warning 1
warning error 0
warning unknown 0
unknown unknown 1
unknown error 0
unknown never 0
Dockerfile.error error 1
Dockerfile.error unknown 1
Dockerfile.error never 0
ROWS
    run -0 unroot audit unknown/Dockerfile
    [[ $output == UNKNOWN* ]]
    printf 'FROM\n' >Dockerfile.bad
    run -2 unroot audit --fail-on never Dockerfile.bad
}

@test "what cannot be read is said with file, line and column, and the rest is judged" {
    printf 'services:\n  a:\n   - [\n' >compose.yaml
    root_dockerfile
    printf '{"a": 1,}' >daemon.json
    run -2 unroot audit
    [[ $output == *"compose.yaml:"[0-9]*":"[0-9]* ]]
    [[ $output == *"daemon.json:1:"[0-9]* ]]
    [[ $output == *"ROOT "*"Dockerfile:1"*NR102* ]]
}

@test "quiet when all is well: one summary line" {
    printf 'FROM scratch\nUSER 10001:10001\n' >Dockerfile
    run -0 unroot audit --quiet
    [ "$output" = "1 subject: 1 not root" ]
}

@test "no colour in a pipe, colour on a terminal, none with NO_COLOR" {
    root_dockerfile
    run -1 unroot audit
    [[ $output != *$'\e['* ]]
    run script -qec "$UNROOT audit" /dev/null
    [[ $output == *$'\e['* ]]
    NO_COLOR=1 run script -qec "$UNROOT audit" /dev/null
    [[ $output != *$'\e['* ]]
}

@test "--explain: every rule has a page with its condition and a line that fixes it" {
    count=0
    for id in NR{101..113} NR{201..209} NR{301..303} NR{401..403} NR{501..504}; do
        run -0 unroot audit --explain "$id"
        [[ ${lines[0]} =~ ^$id\ \((note|warning|error)\):\ .{10,}$ ]]
        [ "$(grep -c '^fix: .\{5,\}$' <<<"$output")" = 1 ]
        [ "${#output}" -gt 120 ]
        count=$((count + 1))
    done
    [ $count = 32 ]
    run -0 unroot audit --explain nr102
    # Every rule of the output is one that can be explained, and the other way round.
    root_dockerfile
    "$UNROOT" audit --format sarif | jq -r '.runs[0].tool.driver.rules[].id' | sort >rules
    [ "$(wc -l <rules)" = 32 ]
}

@test "--output writes the report there and nothing to standard output" {
    root_dockerfile
    run -1 --separate-stderr unroot audit --format json --output report.json
    [ -z "$output" ]
    [ "$(jq -r .version report.json)" = 1 ]
    run -2 unroot audit --output no/such/folder
}

@test "--format json has the members that are promised" {
    root_dockerfile
    unroot audit --format json >out.json || [ $? = 1 ]
    jq -e '.version == 1 and (.summary | type) == "object" and (.subjects | length) == 1' out.json
    jq -e '.subjects[0] | has("id") and has("kind") and has("verdict") and has("uid") and has("gid")' out.json
    jq -e '.subjects[0].chain[0] | has("what")' out.json
    jq -e '.subjects[0].findings[0] | has("rule") and has("level") and has("object") and has("message") and has("fix")' out.json
    jq -e '.subjects[0] | .verdict == "root" and .uid == 0 and .gid == 0 and .kind == "stage"' out.json
}

@test "--format github and issue" {
    root_dockerfile
    run -1 unroot audit --format github
    [[ $output == "::error file=Dockerfile,line=1,title=NR102::"* ]]
    run -1 unroot audit --format issue
    [[ $output == "# "* ]]
    [[ $output == *"Verdict: **root**"*"Fix: "* ]]
    [[ $output != *"<"[a-z]*">"* ]]
}

@test "an acceptance needs a reason, ends on its day, and is told when it is not needed" {
    printf '# unroot:ignore NR102 the entrypoint needs it\nFROM scratch\n' >Dockerfile
    run -0 unroot audit
    [[ $output == *"1 accepted"* ]]
    printf '# unroot:ignore NR102\nFROM scratch\n' >Dockerfile
    run -2 unroot audit
    [[ $output == *"Dockerfile:1:1: "*"needs a reason"* ]]
    printf '# unroot:ignore the entrypoint needs it\nFROM scratch\n' >Dockerfile
    run -2 unroot audit
    printf '# unroot:ignore NR102 until summer until=2031-02-03\nFROM scratch\n' >Dockerfile
    run -0 unroot audit
    printf '# unroot:ignore NR102 until summer until=2021-02-03\nFROM scratch\n' >Dockerfile
    run -1 unroot audit
    [[ $output == *"Dockerfile:1: "*"2021-02-03"* ]]
    printf '# unroot:ignore NR102 x until=soon\nFROM scratch\n' >Dockerfile
    run -2 unroot audit
    printf '# unroot:ignore NR206 a socket\nFROM scratch\nUSER 10001:10001\n' >Dockerfile
    run -0 unroot audit
    [[ $output == *"Dockerfile:1: "*"not needed"* ]]
    printf 'FROM scratch\n# unroot:ignore-file NR102 all of it\n' >Dockerfile
    run -0 unroot audit
    printf '# unroot:ignore NR104 another rule\nFROM scratch\n' >Dockerfile
    run -1 unroot audit
    printf 'services:\n  a:\n    image: debian:12\n    user: "0" # unroot:ignore NR101 needs it\n' >compose.yaml
    rm Dockerfile
    run -0 unroot audit
    unroot audit --format sarif | jq -e '[.runs[0].results[] | select(.ruleId == "NR101")][0].suppressions[0].justification == "needs it"'
}

@test "an acceptance in a Dockerfile holds for the service that is built from it" {
    write compose.yaml <<<$'services:\n  a:\n    build: ./x'
    write x/Dockerfile <<<$'FROM scratch\n# unroot:ignore NR101 it must\nUSER 0'
    run -0 unroot audit compose.yaml
    run -0 unroot audit
}

@test "--diff shows, --fix applies; all other bytes stay; what was fixed is found no more" {
    printf '# syntax=docker/dockerfile:1\r\nFROM scratch\r\n\r\n# why\r\nCMD ["/a"]   \r\n' >Dockerfile.crlf
    printf 'FROM debian:12\n  user   root \t\n# the end' >Dockerfile.word
    write compose.yaml <<'YAML'
# the shop
services:
  a: &a           # anchor
    # its image
    image: "debian:12"
    user: 1500    # a number only

  b:
    <<: *a
    user: '1501'
volumes: {}
YAML
    cp -r . ../before
    run unroot audit --diff
    printf '%s\n' "$output" >../changes.patch
    diff -r . ../before # nothing was changed
    run unroot audit --fix
    [[ $output == *"Dockerfile.word: 1 change"* ]]
    [ "$(cat Dockerfile.crlf)" = "$(printf '# syntax=docker/dockerfile:1\r\nFROM scratch\r\n\r\nUSER 10001:10001\r\n# why\r\nCMD ["/a"]   \r\n')" ]
    [ "$(cat Dockerfile.word)" = "$(printf 'FROM debian:12\n  user   10001:10001 \t\n# the end')" ]
    [ "$(sed '/cap_drop/d' compose.yaml | diff ../before/compose.yaml - | grep -c '^>')" = 2 ]
    grep -q '^    user: "1500:1500"    # a number only$' compose.yaml
    grep -q '^    user: "1501:1501"$' compose.yaml
    grep -q '^    cap_drop: \["ALL"\]$' compose.yaml
    run -0 unroot audit
    # The diff is one that patch(1) takes, with the same result.
    cp -r . ../after
    cd ../before
    command -v patch >/dev/null || skip "patch(1) is not installed"
    patch -p0 -s <../changes.patch
    diff -r . ../after
}

@test "--fix leaves what it cannot be sure of: variables, several lines, links" {
    printf 'FROM scratch\nARG U=0\nUSER ${U}\n' >Dockerfile
    printf 'FROM debian:12\nUSER \\\n  root\n' >Dockerfile.lines
    printf 'FROM scratch\nCMD ["/a"]\n' >real
    ln -s real Dockerfile.link
    cp -a . ../before
    run unroot audit --fix
    diff -r --no-dereference . ../before
    [[ $output == *"Dockerfile.link"*"not a regular file"* ]]
}

@test "several compose files of one command line are one project, later ones over earlier ones; --separate" {
    write compose.yaml <<<$'services:\n  a:\n    image: debian:12\n    user: "0"\n    cap_drop: [ALL]'
    write prod.yaml <<<$'services:\n  a:\n    user: "10001:10001"'
    run -0 unroot audit compose.yaml prod.yaml
    [[ $output == *"judged as one project"* && $output == *"1 subject: 1 not root"* ]]
    unroot audit --format json compose.yaml prod.yaml | jq -e '.subjects[0].chain[-1] | .file == "prod.yaml" and .line == 3'
    run -1 unroot audit prod.yaml compose.yaml
    run -1 unroot audit --separate compose.yaml prod.yaml
    [[ $output == *"2 subjects"* ]]
    write more.yaml <<<$'services:\n  a:\n    user: !reset null\n    image: nginx:1'
    run -1 unroot audit compose.yaml prod.yaml more.yaml
    [[ $output == *"nginx:1 (well-known: no USER)"* ]]
}

@test "compose.prod.yaml in a folder is judged with compose.yaml beside it" {
    write compose.yaml <<<$'services:\n  a:\n    image: debian:12\n    user: "10001:10001"\n  b: {image: debian:12, user: "10001:10001"}'
    write compose.prod.yaml <<<$'services:\n  a:\n    privileged: true'
    run -1 unroot audit
    [[ $output == *"NR201"*"compose.prod.yaml:3"* ]]
    [[ $output == *"3 subjects: 3 not root"* ]]
}

@test "compose: override, extends, profiles, anchors, .env, interpolation" {
    write compose.yaml <<<$'services:\n  a:\n    image: debian:${TAG}\n    user: "${UID_OF:-0}"'
    run -1 unroot audit
    write .env <<<$'TAG=12\nUID_OF=10001:10001'
    run -0 unroot audit
    unroot audit --format json | jq -e '.subjects[0] | .image == "debian:12" and .uid == 10001'
    UID_OF=0 run -1 unroot audit
    write other.env <<<'UID_OF=root'
    run -1 unroot audit --env-file other.env
    write compose.override.yaml <<<$'services:\n  a:\n    user: root'
    run -1 unroot audit
    [[ $output == *"compose.override.yaml:3"* && $output == *"1 subject:"* ]]
    rm compose.override.yaml
    write compose.yaml <<'YAML'
x-safe: &safe
  user: "10001:10001"
services:
  base: {image: debian:12, <<: *safe}
  a: {extends: base}
  b: {extends: {file: common.yaml, service: c}}
  d: {image: debian:12, user: root, profiles: [debug]}
YAML
    write common.yaml <<<$'services:\n  c: {image: debian:12, user: "10002:10002"}'
    run -1 unroot audit compose.yaml
    [[ $output == *"4 subjects: 1 root, 3 not root"* ]]
    run -0 unroot audit --profile web compose.yaml
    [[ $output == *"3 subjects: 3 not root"* ]]
    run -1 unroot audit --profile debug compose.yaml
    write compose.yaml <<<$'services:\n  a: {image: debian:12, user: "${UID_OF:?say who}"}'
    rm .env
    run -2 unroot audit compose.yaml
    [[ $output == *"compose.yaml:2:"*"say who"* && $output == *UNKNOWN* ]]
}

@test "--target, --build-arg and --base decide a Dockerfile" {
    printf 'ARG B=registry.example.org/base\nFROM scratch AS dev\nUSER 0\nFROM ${B} AS prod\nARG U=10001\nUSER $U:$U\nFROM prod\n' >Dockerfile
    run -0 unroot audit
    run -1 unroot audit --target dev
    run -1 unroot audit --build-arg U=0
    run -2 unroot audit --target no-such
    printf 'FROM registry.example.org/base:1\n' >Dockerfile
    run -0 unroot audit
    [[ $output == UNKNOWN* ]]
    run -0 unroot audit --base registry.example.org/base=1000:1000
    [[ $output == "1 subject: 1 not root"* ]]
    run -1 unroot audit --base registry.example.org/base=
}

@test "standard input is any of the kinds" {
    run -1 unroot audit - <<<'FROM scratch'
    run -1 unroot audit - <<<$'services:\n  a: {image: debian:12}'
    run -1 unroot audit - <<<$'apiVersion: v1\nkind: Pod\nspec:\n  containers: [{name: a, image: debian:12}]'
    run -2 unroot audit - <<<'nothing that is known'
    run -2 unroot audit - </dev/null
}

@test "archives in a folder are found, others are passed over" {
    data=$BATS_TEST_DIRNAME/../data/audit
    mkdir sub
    cp "$data/root-no-user.docker.tar" sub/image.tar
    cp "$data/nonroot-plain.oci.tar" sub/oci.tar
    gzip <sub/image.tar >sub/packed.tar.gz
    tar cf sub/other.tar -C "$data" EXPECT
    head -c 3000 </dev/urandom >sub/noise.tar
    cp -r "$data/images/nonroot-plain" sub/layout
    run -1 unroot audit
    [[ $output == *"4 subjects: 2 root, 2 not root"* ]]
    run -2 unroot audit sub/other.tar
}

@test "an image of the store by its name" {
    make_images
    run -0 unroot audit --notes busybox
    [[ $output == *"1000:1000"* ]]
    run -1 unroot audit busybox-root
    [[ $output == ROOT* ]]
    run -2 unroot audit no-such-image
    write Dockerfile <<<$'FROM busybox-root\nUSER app'
    run -0 unroot audit
}

@test "members of the group that may use docker's socket are root by it" {
    printf '{"userns-remap": "default"}\n' >daemon.json
    run -0 unroot audit
    [[ $output != *NR402* ]]
    sed -i /^docker:/d /etc/group
    echo 'docker:x:998:alice,bob' >>/etc/group
    run -0 unroot audit
    sed -i /^docker:/d /etc/group
    [[ $output == *NR402*"alice is a member of the group docker"* && $output == *"bob is a member"* ]]
}

# What the process that reads is: uid, capabilities, no_new_privs.
@test "started as root, what reads and parses has no privileges but reading" {
    mkfifo in
    "$UNROOT" audit --format json - <in >out 3>&- &
    pid=$!
    exec 5>in
    for _ in $(seq 100); do
        grep -q '^Uid:.*65534' "/proc/$pid/status" && break
        sleep 0.1
    done
    status=$(cat "/proc/$pid/status")
    echo 'FROM scratch' >&5
    exec 5>&-
    wait $pid || [ $? = 1 ]
    [[ $status == *$'Uid:\t65534\t65534\t65534\t65534'* ]]
    [[ $status == *$'Gid:\t65534\t65534\t65534\t65534'* ]]
    [[ $status == *$'Groups:\t \n'* || $status == *$'Groups:\t\n'* ]]
    [[ $status == *$'NoNewPrivs:\t1'* ]]
    [[ $status == *$'CapEff:\t0000000000000004'* ]] # CAP_DAC_READ_SEARCH
    [[ $status == *$'CapPrm:\t0000000000000004'* ]]
    [[ $status == *$'CapBnd:\t0000000000000004'* ]]
    [ "$(jq -r '.subjects[0].verdict' out)" = root ]
}

@test "the helper that reads layers has no capability at all" {
    mkdir bin
    cp "$UNROOT" bin/unroot
    write bin/unroot-listing <<<$'#!/bin/sh\ncat /proc/self/status >&2\nexit 1'
    chmod 755 bin/unroot-listing "$BATS_TEST_TMPDIR" "$here" "$BATS_RUN_TMPDIR" bin
    run -2 bin/unroot audit "$BATS_TEST_DIRNAME/../data/audit/root-no-user.docker.tar"
    [[ $output == *$'Uid:\t65534\t65534\t65534\t65534'* ]]
    [[ $output == *$'CapPrm:\t0000000000000000'* && $output == *$'CapEff:\t0000000000000000'* ]]
    [[ $output == *$'NoNewPrivs:\t1'* ]]
}

@test "an ordinary user gets the same answers" {
    cp -r "$BATS_TEST_DIRNAME/../../examples/audit/." .
    chmod -R a+rX . "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR"
    run -1 unroot audit
    as_root=$output
    mkdir -p bin && cp "$UNROOT" bin/
    run -1 setpriv --reuid 12345 --regid 12345 --clear-groups bin/unroot audit
    [ "$output" = "$as_root" ]
}

@test "--live: a container that unshare makes, and nothing but containers" {
    unshare --fork --pid --mount --mount-proc sleep 1000 3>&- &
    outer=$!
    for _ in $(seq 100); do
        pid=$(pgrep -P $outer) && [ "$(cat /proc/"$pid"/comm)" = sleep ] && break
        sleep 0.1
    done
    run -1 unroot audit --live --format json
    kill -KILL "$pid" # it is a process 1: nothing else ends it
    jq -e --arg id "pid:$pid" '.subjects[] | select(.id == $id) | .verdict == "root" and .findings[0].rule == "NR501"' <<<"$output"
    jq -e --arg id "pid:$$" '[.subjects[] | select(.id == $id)] == []' <<<"$output"
}

@test "the pre-commit hooks run as they are written" {
    hooks=$BATS_TEST_DIRNAME/../../.pre-commit-hooks.yaml
    mkdir -p x/k8s y
    root_dockerfile x/Dockerfile
    write y/compose.yaml <<<$'services:\n  a: {image: debian:12, user: "10001:10001", cap_drop: [ALL]}'
    write x/compose.yaml <<<$'services:\n  a: {image: debian:12, user: "0"}'
    write x/k8s/pod.yaml <<<$'apiVersion: v1\nkind: Pod\nspec:\n  containers: [{name: a, image: debian:12}]'
    write y/Dockerfile <<<$'FROM scratch\nUSER 10001:10001'
    run -0 python3 - "$hooks" "$UNROOT" <<'PYTHON'
import os, re, subprocess, sys
text = open(sys.argv[1], encoding="utf-8").read()
files = [os.path.join(f, n)[2:] for f, _, names in os.walk(".") for n in names]
bin = os.path.dirname(sys.argv[2])
for hook in text.split("- id: ")[1:]:
    entry = re.search(r"entry: (.*)", hook).group(1)
    pattern = re.search(r"files: '(.*)'", hook).group(1)
    given = sorted(f for f in files if re.search(pattern, f))
    run = subprocess.run(entry.split() + given, env=dict(os.environ, PATH=bin + ":" + os.environ["PATH"]),
                         capture_output=True, text=True)
    print(hook.split()[0], given, run.returncode, run.stdout, run.stderr)
    assert given and run.returncode == 1, hook
    fine = [f for f in given if f.startswith("y/")]
    if fine:
        run = subprocess.run(entry.split() + fine, env=dict(os.environ, PATH=bin + ":" + os.environ["PATH"]),
                             capture_output=True, text=True)
        assert run.returncode == 0, run.stdout + run.stderr
PYTHON
    [[ $output == *"unroot-audit ['x/Dockerfile', 'x/compose.yaml', 'y/Dockerfile', 'y/compose.yaml'] 1"* ]]
    [[ $output == *"unroot-audit-kubernetes ['x/k8s/pod.yaml'] 1"* ]]
}

@test "the GitHub workflow's commands do what it says" {
    root_dockerfile
    mkdir ../bin
    ln -s "$UNROOT" ../bin/unroot
    grep -o 'run: unroot.*' "$BATS_TEST_DIRNAME/../../examples/github-audit.yaml" | sed 's/^run: //' >../commands
    [ "$(wc -l <../commands)" = 2 ]
    PATH=$PWD/../bin:$PATH run -0 sh -c "$(sed -n 1p ../commands)"
    [ "$(jq -r '.version' unroot.sarif)" = 2.1.0 ]
    PATH=$PWD/../bin:$PATH run -1 sh -c "$(sed -n 2p ../commands)"
    [[ $output == ::error* ]]
}

@test "the output in README.md and docs/audit.md is what comes out" {
    cp -r "$BATS_TEST_DIRNAME/../../examples/audit/." .
    unroot audit >../out || [ $? = 1 ]
    for page in README.md docs/audit.md; do
        awk '/^    \$ unroot audit$/ {on = 1; next} on && !/^    / {exit} on {print substr($0, 5)}' \
            "$BATS_TEST_DIRNAME/../../$page" >../shown
        diff ../out ../shown
        run ! grep -nE '</?(a|b|br|code|details|div|em|i|img|p|pre|summary|table)[ />]' "$BATS_TEST_DIRNAME/../../$page"
    done
}

@test "the manual page and --help name the same options" {
    page=$BATS_TEST_DIRNAME/../../man/unroot-audit.1.scd
    unroot audit --help | grep -o -- '--[a-z-]*' | grep -v -x -e --help -e --root | sort -u >../help
    while read -r option; do
        grep -q -- "\*.*$option" "$page" || { echo "$option is not in the manual"; false; }
    done <../help
}
