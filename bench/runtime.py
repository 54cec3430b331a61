#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""unroot-runtime against Debian's crun and runc, in pairs: each round runs every peer once, in turn.

bench/runtime.py [ROUNDS] [RUNTIME]: as root, from the repository, with a release build (default: build-rel/src/oci/unroot-runtime).
Everything runs in a private mount namespace without /sys/fs/cgroup/unified, because crun 1.8 refuses a hybrid host.
Ratios are medians of the rounds' own ratios: on a loaded machine the figures of one peer alone mean little.
"""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 20
RUNTIME = os.path.realpath(sys.argv[2] if len(sys.argv) > 2 else "build-rel/src/oci/unroot-runtime")
GAP = 0.06  # the kernel's grace period for a move between control groups shows when starts are apart
NULL = subprocess.DEVNULL
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


def make_bundle(folder, args, seccomp, userns):
    os.makedirs(f"{folder}/rootfs", exist_ok=True)
    for name in ("proc", "dev", "sys"):
        os.makedirs(f"{folder}/rootfs/{name}", exist_ok=True)
    shutil.copy(f"{folder}/../true", f"{folder}/rootfs/true")
    subprocess.run(["runc", "spec"], cwd=folder, check=True)
    config = json.load(open(f"{folder}/config.json"))
    config["process"].update(terminal=False, args=args)
    config["linux"]["namespaces"] += [{"type": "cgroup"}]
    config["linux"].pop("seccomp", None)
    if seccomp:
        config["linux"]["seccomp"] = profile()
    if userns:
        config["linux"]["namespaces"] += [{"type": "user"}]
        mapping = [{"containerID": 0, "hostID": 1500000000, "size": 65536}]
        config["linux"].update(uidMappings=mapping, gidMappings=mapping)
        for path, _, _ in os.walk(f"{folder}/rootfs"):
            os.chown(path, 1500000000, 1500000000)
    json.dump(config, open(f"{folder}/config.json", "w"))


def spent(argv, **options):
    with tempfile.TemporaryFile() as errors:  # no pipe: a container that goes on would keep it open
        start = time.perf_counter()
        result = subprocess.run(argv, stdin=NULL, stdout=NULL, stderr=errors, **options)
        took = (time.perf_counter() - start) * 1000
        if result.returncode:
            errors.seek(0)
            sys.exit(f"{' '.join(argv)}: {errors.read().decode()}")
    return took


def paired(name, peers, gap=0.0):
    rows = {peer: [] for peer in peers}
    for i in range(ROUNDS + 2):
        for peer, work in peers.items():
            time.sleep(gap)
            value = work(i)
            if i >= 2:  # the first two warm up
                rows[peer].append(value)
    ours = rows["unroot-runtime"]
    line = f"{name:<44}" + "".join(f"{peer} {statistics.median(v):7.2f} ms  " for peer, v in rows.items())
    for peer in ("crun", "runc"):
        line += f"{statistics.median(a / b for a, b in zip(ours, rows[peer])):5.2f}x {peer}  "
    print(line, flush=True)


def programs():
    return {"unroot-runtime": RUNTIME, "crun": "crun", "runc": "runc"}


def bench_run(top):
    for seccomp in (False, True):
        for userns in (False, True):
            folder = f"{top}/run-{int(seccomp)}{int(userns)}"
            make_bundle(folder, ["/true"], seccomp, userns)
            peers = {peer: (lambda i, program=program: spent([program, "run", f"bench-{i}"], cwd=folder))
                     for peer, program in programs().items()}
            what = f"run{', seccomp' if seccomp else ''}{', own user namespace' if userns else ''}"
            paired(what, peers)
            paired(what + ", 60 ms apart", peers, GAP)


def bench_exec(top):
    folder = f"{top}/exec"
    make_bundle(folder, ["/pause"], False, False)
    shutil.copy(f"{top}/pause", f"{folder}/rootfs/pause")
    for program in programs().values():
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
        value = spent([RUNTIME, "create", f"many-{i}"], cwd=folder)
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
    with tempfile.TemporaryDirectory(dir="/var/tmp") as top:
        os.chmod(top, 0o755)
        for name, body in (("true", "return 0;"), ("pause", "for (;;) pause();")):
            source = f"#include <unistd.h>\nint main(void) {{ {body} }}\n"
            subprocess.run(["cc", "-O2", "-static", "-x", "c", "-o", f"{top}/{name}", "-"], input=source.encode(), check=True)
        bench_run(top)
        bench_exec(top)
        bench_memory(top)
        bench_many(top)


main()
