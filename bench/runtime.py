#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""unroot-runtime against Debian's crun and runc, in pairs: each round runs every peer once, in turn.

bench/runtime.py [ROUNDS] [RUNTIME]: as root, from the repository, with a release build (default: build-rel/bin/unroot-runtime).
Everything runs in a private mount namespace without /sys/fs/cgroup/unified, because crun 1.8 refuses a hybrid host, and with a
/run of memory, as hosts have it. All make the same control groups in every hierarchy, as engines ask for them.
Ratios are medians of the rounds' own ratios, of the time by the clock and (in parentheses) of the processor's: on a loaded
machine the figures of one peer alone mean little. The seccomp profile is docker's own where it is installed. The floor
(floor_oci.c) is what the same container takes of the kernel, beside the rows in which we make its user namespace.
"""
import glob
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 20
RUNTIME = os.path.realpath(sys.argv[2] if len(sys.argv) > 2 else "build-rel/bin/unroot-runtime")
FLOOR = os.path.realpath("build-rel/bench/floor_oci")
FILTERS = "/var/lib/unroot/cache"  # private and empty here: what is found there afterwards is of the one profile
GAP = 0.06  # the kernel's grace period for a move between control groups shows when starts are apart
NULL = tempfile.TemporaryFile()  # not the host's /dev/null: crun gives what it finds as standard streams to the container's root
ALLOWED = """accept accept4 access arch_prctl bind brk capget capset chdir chmod chown clock_gettime clone clone3 close close_range
connect dup dup2 dup3 epoll_create1 epoll_ctl epoll_pwait epoll_wait execve execveat exit exit_group faccessat faccessat2 fchdir fchmod
fchown fcntl fstat fstatfs fsync ftruncate futex getcwd getdents64 getegid geteuid getgid getgroups getpid getppid getrandom
getrlimit getsockname getsockopt gettid getuid ioctl kill lseek lstat madvise mkdir mkdirat mmap mount mprotect mremap munmap nanosleep
newfstatat open openat openat2 pipe pipe2 poll ppoll prctl pread64 prlimit64 pselect6 pwrite64 read readlink readlinkat recvfrom recvmsg
rename rseq rt_sigaction rt_sigprocmask rt_sigreturn sched_getaffinity sched_yield select sendmsg sendto set_robust_list set_tid_address
setgid setgroups setresgid setresuid setsid setsockopt setuid sigaltstack socket socketpair stat statfs statx symlink sysinfo tgkill
umask uname unlink unlinkat wait4 waitid write writev""".split()


def profile():
    """Of the size of docker's: an allow list with conditions on arguments."""
    rules = [{"names": ALLOWED, "action": "SCMP_ACT_ALLOW"}]
    rules += [{"names": ["personality"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": v, "op": "SCMP_CMP_EQ"}]}
              for v in (0, 8, 0x20000, 0x20008, 0xffffffff)]
    return {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1,
            "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"], "syscalls": rules}


CAPTURE = r"""
mount -t tmpfs -o mode=755 run /run && ip link set lo up && cd {top} || exit 1
printf '#!/bin/bash\nwhile [ $# -gt 0 ]; do [ "$1" = --bundle ] && cp "$2/config.json" {top}/docker.json; shift; done\nexit 1\n' >capture
chmod 755 capture
dockerd --data-root {top}/docker --exec-root {top}/exec --pidfile {top}/pid --host unix://{top}/socket --iptables=false \
    --bridge=none --exec-opt native.cgroupdriver=cgroupfs --add-runtime capture={top}/capture >/dev/null 2>&1 &
for i in $(seq 300); do docker --host unix://{top}/socket version >/dev/null 2>&1 && break; sleep 0.1; done
tar -c true | docker --host unix://{top}/socket import - true >/dev/null
docker --host unix://{top}/socket run --network none --runtime capture true /true 2>/dev/null
[ -e docker.json ]
"""


def docker_profile(top):
    """What a daemon of its own writes into config.json, or None; all of it ends with its process namespace."""
    if not shutil.which("dockerd") or not shutil.which("docker"):
        return None
    result = subprocess.run(["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation",
                             "private", "bash", "-c", CAPTURE.format(top=top)], stdin=NULL, stdout=NULL, stderr=NULL)
    return json.load(open(f"{top}/docker.json"))["linux"]["seccomp"] if result.returncode == 0 else None


def make_bundle(folder, args, seccomp, userns):
    """`seccomp`: a profile or None."""
    os.makedirs(f"{folder}/rootfs", exist_ok=True)
    for name in ("proc", "dev", "sys"):
        os.makedirs(f"{folder}/rootfs/{name}", exist_ok=True)
    shutil.copy(f"{folder}/../true", f"{folder}/rootfs/true")
    subprocess.run(["runc", "spec"], cwd=folder, check=True)
    config = json.load(open(f"{folder}/config.json"))
    config["process"].update(terminal=False, args=args)
    config["linux"]["namespaces"] += [{"type": "cgroup"}]
    config["linux"]["cgroupsPath"] = f"/unroot-bench/{os.path.basename(folder)}"
    config["linux"].pop("seccomp", None)
    if seccomp:
        config["linux"]["seccomp"] = seccomp
    if userns:
        config["linux"]["namespaces"] += [{"type": "user"}]
        mapping = [{"containerID": 0, "hostID": 1500000000, "size": 65536}]
        config["linux"].update(uidMappings=mapping, gidMappings=mapping)
        for path, _, _ in os.walk(f"{folder}/rootfs"):
            os.chown(path, 1500000000, 1500000000)
    json.dump(config, open(f"{folder}/config.json", "w"))


def processor():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (usage.ru_utime + usage.ru_stime) * 1000


def spent(argv, **options):
    """Milliseconds by the clock and of the processor."""
    with tempfile.TemporaryFile() as errors:  # no pipe: a container that goes on would keep it open
        before = processor()
        start = time.perf_counter()
        result = subprocess.run(argv, stdin=NULL, stdout=NULL, stderr=errors, **options)
        took = (time.perf_counter() - start) * 1000
        if result.returncode:
            errors.seek(0)
            sys.exit(f"{' '.join(argv)}: {errors.read().decode()}")
    return took, processor() - before


def paired(name, peers, gap=0.0):
    rows = {peer: [] for peer in peers}
    for i in range(ROUNDS + 2):
        for peer, work in peers.items():
            time.sleep(gap)
            value = work(i)
            if i >= 2:  # the first two warm up
                rows[peer].append(value)
    ours = rows["unroot-runtime"]
    line = f"{name:<49}" + "".join(f"{peer} {statistics.median(v[0] for v in values):7.2f} ms  " for peer, values in rows.items())
    for peer in [peer for peer in ("floor", "crun", "runc") if peer in rows]:
        clock, cpu = (statistics.median(a[i] / max(b[i], 0.1) for a, b in zip(ours, rows[peer])) for i in (0, 1))
        line += f"{clock:5.2f}x {peer} ({cpu:.2f})  "
    print(line, flush=True)


def programs():
    return {"unroot-runtime": RUNTIME, "crun": "crun", "runc": "runc"}


def floor(top, folder, seccomp):
    """Its command; the filter is there when unroot-runtime has run."""
    filters = glob.glob(FILTERS + "/seccomp/[0-9a-f]*") if seccomp else ["-"]
    return [FLOOR, f"{folder}/rootfs", f"{top}/workspace", filters[0], "/true"]


def bench_run(top):
    docker = docker_profile(top)
    print(f"seccomp profile: {'docker' if docker else 'a stand-in: no docker here'}", flush=True)
    for seccomp in (None, docker or profile()):
        for userns in (False, True):
            folder = f"{top}/run-{int(seccomp is not None)}{int(userns)}"
            make_bundle(folder, ["/true"], seccomp, userns)
            peers = {peer: (lambda i, program=program: spent([program, "run", f"bench-{i}"], cwd=folder))
                     for peer, program in programs().items()}
            if os.path.exists(FLOOR) and not userns:
                peers["floor"] = lambda i, folder=folder, seccomp=seccomp: spent(floor(top, folder, seccomp))
            what = f"run{', seccomp' if seccomp else ''}{', own user namespace' if userns else ''}"
            paired(what, peers)
            paired(what + ", 60 ms apart", peers, GAP)


def bench_exec(top):
    folder = f"{top}/exec"
    make_bundle(folder, ["/pause"], None, False)
    shutil.copy(f"{top}/pause", f"{folder}/rootfs/pause")
    for peer, program in programs().items():
        config = json.load(open(f"{folder}/config.json"))
        config["linux"]["cgroupsPath"] = f"/unroot-bench/exec-{peer}"
        json.dump(config, open(f"{folder}/config.json", "w"))
        spent([program, "run", "--detach", "bench-exec"], cwd=folder)
    paired("exec", {peer: (lambda i, program=program: spent([program, "exec", "bench-exec", "/true"]))
                    for peer, program in programs().items()})
    for program in programs().values():
        spent([program, "delete", "--force", "bench-exec"])


def bench_memory(top):
    for peer, program in programs().items():
        result = subprocess.run(["/usr/bin/env", "time", "-f", "%M", program, "run", "bench-memory"], cwd=f"{top}/run-00",
                                stdin=NULL, stdout=NULL, stderr=subprocess.PIPE)
        print(f"peak memory of run: {peer} {result.stderr.decode().split()[-1]} KiB")


def bench_many(top, count=1000):
    folder = f"{top}/exec"
    begin = time.perf_counter()
    tenth = thousandth = 0.0
    for i in range(count):
        value = spent([RUNTIME, "create", f"many-{i}"], cwd=folder)[0]
        spent([RUNTIME, "start", f"many-{i}"])
        spent([RUNTIME, "kill", f"many-{i}", "KILL"])
        spent([RUNTIME, "delete", "--force", f"many-{i}"])
        tenth += value if i < 20 else 0
        thousandth += value if i >= count - 20 else 0
    left = subprocess.run([RUNTIME, "list", "-q"], stdout=subprocess.PIPE, check=True).stdout.decode()
    print(f"{count} containers created, started, killed, deleted: {time.perf_counter() - begin:.1f} s; create takes "
          f"{tenth / 20:.2f} ms in the first twenty, {thousandth / 20:.2f} ms in the last; left: {left or 'none'}")


def main():
    if os.environ.get("BENCH_INSIDE") != "1":
        os.execvpe("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, os.path.realpath(__file__),
                               *sys.argv[1:]], {**os.environ, "BENCH_INSIDE": "1"})
    subprocess.run(["umount", "/sys/fs/cgroup/unified"], stderr=NULL)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "run", "/run"], check=True)
    os.makedirs(FILTERS, mode=0o700, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=700", "filters", FILTERS], check=True)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as top:
        os.chmod(top, 0o755)
        os.mkdir(f"{top}/workspace")
        for name, body in (("true", "return 0;"), ("pause", "for (;;) pause();")):
            source = f"#include <unistd.h>\nint main(void) {{ {body} }}\n"
            # musl, as in place.bash: half of what a static program of glibc takes is asking the processor what it can.
            subprocess.run(["musl-gcc", "-O2", "-s", "-static", "-x", "c", "-o", f"{top}/{name}", "-"], input=source.encode(),
                           check=True)
        bench_run(top)
        bench_exec(top)
        bench_memory(top)
        bench_many(top)
    for hierarchy in os.listdir("/sys/fs/cgroup"):
        subprocess.run(["rmdir", f"/sys/fs/cgroup/{hierarchy}/unroot-bench"], stderr=NULL)


main()
