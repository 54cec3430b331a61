/* SPDX-License-Identifier: Apache-2.0 */
/* The floor of `unroot-runtime run`: what `runc spec` asks for with a user namespace, a group in every
 * version 1 hierarchy and a compiled filter, as one straight line: no configuration is read, nothing is
 * checked, recorded or locked, and whoever ends it half way leaves it lying about. Any failure ends it.
 *     floor_oci ROOTFS WORKSPACE FILTER|- PROGRAM   (WORKSPACE: an empty folder; FILTER: a file of
 * cache/seccomp) */
#include "formats/seccomp_image.h"
#include "kernel/credentials.h"
#include "kernel/file.h"
#include "kernel/mount.h"
#include "kernel/process.h"
#include "kernel/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define BASE 2080374784u
#define MAP "0 2080374784 65536\n"
#define NO_EXTRAS (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)
#define READ_ONLY (NO_EXTRAS | MOUNT_ATTR_RDONLY)
#define GROUP "unroot-bench/floor"

static const char *const hierarchies[] = {"cpu", "cpuacct", "cpuset", "memory", "pids", "freezer", "blkio"};
static int groups[ARRAY_SIZE(hierarchies)], tasks[ARRAY_SIZE(hierarchies)];
static struct sock_filter *filter;
static struct seccomp_image_header header;

static long must(long result, const char *what)
{
    if (result >= 0)
        return result;
    fprintf(stderr, "floor_oci: %s: %ld %m\n", what, result);
    _exit(1);
}

static void copy_file(int from, int to, const char *name)
{
    char value[4096];
    int in = (int)must(openat(from, name, O_RDONLY | O_CLOEXEC), name);
    ssize_t n = must(read(in, value, sizeof(value)), name);
    int out = (int)must(openat(to, name, O_WRONLY | O_CLOEXEC), name);
    must(write(out, value, (size_t)n), name);
    close(in);
    close(out);
}

static void make_groups(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(hierarchies); i++) {
        char path[64];
        (void)snprintf(path, sizeof(path), "/sys/fs/cgroup/%s/unroot-bench", hierarchies[i]);
        groups[i] = (int)must(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), path);
        must(mkdirat(groups[i], "floor", 0755), path);
        if (i == 2) {
            int own = (int)must(openat(groups[i], "floor", O_RDONLY | O_DIRECTORY | O_CLOEXEC), path);
            copy_file(groups[i], own, "cpuset.cpus");
            copy_file(groups[i], own, "cpuset.mems");
            close(own);
        }
        tasks[i] = (int)must(openat(groups[i], "floor/tasks", O_WRONLY | O_CLOEXEC), path);
    }
}

static void remove_groups(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(hierarchies); i++)
        must(unlinkat(groups[i], "floor", AT_REMOVEDIR), hierarchies[i]);
}

static int make_with(const char *type, const char *key, const char *value, uint64_t attributes)
{
    const struct mount_parameter one = {key, value};
    struct mount_request request = {type, &one, key ? 1 : 0, attributes, -EBADF};
    return (int)must(mount_make(&request, NULL), type);
}

static int make(const char *type, uint64_t attributes)
{
    return make_with(type, NULL, NULL, attributes);
}

static void attach(int fd, const char *target)
{
    must(mount_attach_at(fd, AT_FDCWD, target), target);
    close(fd);
}

static void run_child(int channel, char *program)
{
    char c;
    char *argv[] = {program, NULL}, *environment[] = {NULL};
    const struct capability_sets sets = {0};
    for (size_t i = 0; i < ARRAY_SIZE(tasks); i++)
        must(write(tasks[i], "0", 1), "entering a group");
    must(recv(channel, &c, 1, 0), "recv");
    must(unshare(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP), "namespaces");
    must(sethostname("floor", 5), "hostname");
    must(send(channel, "n", 1, 0), "send");
    must(recv(channel, &c, 1, 0), "recv");
    must(unshare(CLONE_NEWNS), "mounts");
    must(chdir("/"), "chdir");
    must(process_close_from(3), "close");
    must(credentials_limit_bounding(0), "bounding");
    must(credentials_set_groups(NULL, 0), "groups");
    must(credentials_set_group(0), "gid");
    must(credentials_set_user(0), "uid");
    must(credentials_set_capabilities(&sets), "capabilities");
    must(credentials_no_new_privs(), "no_new_privs");
    if (filter)
        must(seccomp_install(filter, (uint16_t)header.count, header.flags), "filter");
    (void)execve(program, argv, environment);
    must(-1, program);
}

static void make_dev(void)
{
    static const char *const names[] = {"null", "zero", "full", "random", "urandom", "tty"};
    static const unsigned minors[] = {3, 5, 7, 8, 9, 0};
    static const char *const links[][2] = {{"/proc/self/fd", "fd"},       {"/proc/self/fd/0", "stdin"},
                                           {"/proc/self/fd/1", "stdout"}, {"/proc/self/fd/2", "stderr"},
                                           {"pts/ptmx", "ptmx"},          {"/proc/kcore", "core"}};
    int dev = make("tmpfs", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        must(mknodat(dev, names[i], S_IFCHR | 0666, makedev(i == 5 ? 5 : 1, minors[i])), names[i]);
        must(symlinkat(links[i][0], dev, links[i][1]), links[i][1]);
    }
    must(mkdirat(dev, "pts", 0755) | mkdirat(dev, "shm", 0755) | mkdirat(dev, "mqueue", 0755), "dev");
    attach(dev, "dev");
    attach(make("devpts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC), "dev/pts");
    attach(make("tmpfs", NO_EXTRAS), "dev/shm");
}

/* Neither need exist. */
static void cover(int source_dir, const char *source, const char *target, uint64_t attributes)
{
    int fd = open(target, O_PATH | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return;
    int mount = (int)must(mount_clone(source_dir, source, false), source);
    struct mount_change change = {.set = attributes, .idmap_userns_fd = -EBADF};
    must(mount_change(mount, &change, false), source);
    must(mount_attach(mount, fd), target);
    close(mount);
    close(fd);
}

static void cover_files(int workspace)
{
    static const char *const folders[] = {"proc/acpi", "proc/asound", "proc/scsi", "sys/firmware"};
    static const char *const files[] = {"proc/kcore",      "proc/keys",        "proc/latency_stats",
                                        "proc/timer_list", "proc/timer_stats", "proc/sched_debug"};
    static const char *const fixed[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"};
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
        cover(workspace, "empty.d", folders[i], READ_ONLY);
    for (size_t i = 0; i < ARRAY_SIZE(files); i++)
        cover(workspace, "empty", files[i], READ_ONLY);
    for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
        cover(AT_FDCWD, fixed[i], fixed[i], MOUNT_ATTR_RDONLY);
}

static void mount_groups(void)
{
    attach(make("tmpfs", NO_EXTRAS), "sys/fs/cgroup");
    for (size_t i = 0; i < ARRAY_SIZE(hierarchies); i++) {
        char target[64];
        (void)snprintf(target, sizeof(target), "sys/fs/cgroup/%s", hierarchies[i]);
        must(mkdir(target, 0755), target);
        attach(make_with("cgroup", hierarchies[i], NULL, READ_ONLY), target);
    }
}

/* Where the namespaces of the process that mounts show. */
static void mount_inside(int proc_fd, int pidfd)
{
    static const char *const names[] = {"net", "ipc", "cgroup"};
    int own[ARRAY_SIZE(names)];
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        own[i] = (int)must(process_open_namespace(proc_fd, getpid(), names[i]), names[i]);
    must(setns(pidfd, CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWCGROUP), "setns");
    attach(make("mqueue", NO_EXTRAS), "dev/mqueue");
    attach(make("sysfs", READ_ONLY), "sys");
    mount_groups();
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        must(setns(own[i], 0), "setns back");
}

static int make_tree(const char *rootfs, const char *workspace, int userns)
{
    int top = make("tmpfs", MOUNT_ATTR_NODEV);
    must(mount_attach_at(top, AT_FDCWD, workspace), workspace);
    must(mkdirat(top, "empty.d", 0755), "mkdir");
    must(close(openat(top, "empty", O_RDONLY | O_CREAT | O_CLOEXEC, 0444)), "empty");
    int tree = (int)must(mount_clone(AT_FDCWD, rootfs, false), rootfs);
    struct mount_change idmap = {.propagation = MS_PRIVATE, .idmap_userns_fd = userns};
    must(mount_change(tree, &idmap, false), "idmap");
    must(mount_attach_at(tree, AT_FDCWD, rootfs), rootfs);
    must(fchdir(tree), rootfs);
    return top;
}

int main(int argc, char **argv)
{
    int pair[2], pidfd;
    char c;
    if (argc != 5)
        return 2;
    if (argv[3][0] != '-') {
        char *image;
        size_t size;
        must(file_read_all(AT_FDCWD, argv[3], SECCOMP_IMAGE_MAX, &image, &size), argv[3]);
        must(seccomp_image_read(image, size, &header, &filter), argv[3]);
    }
    int proc_fd = open("/proc", O_PATH | O_CLOEXEC);
    make_groups();
    must(unshare(CLONE_NEWNS), "unshare");
    must(mount_make_slave(), "slave");
    must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), "socketpair");
    must(credentials_keep_capabilities(), "keep");
    must(credentials_set_group(BASE), "gid");
    must(credentials_set_user(BASE), "uid");
    pid_t pid = (pid_t)must(process_clone(CLONE_NEWUSER | CLONE_NEWPID, -EBADF, &pidfd), "clone");
    if (pid == 0)
        run_child(pair[1], argv[4]);
    must(userns_write_maps(proc_fd, pid, MAP, MAP), "maps");
    must(send(pair[0], "m", 1, 0), "send");
    int workspace =
        make_tree(argv[1], argv[2], (int)must(process_open_namespace(proc_fd, pid, "user"), "user"));
    struct mount_request proc = {"proc", NULL, 0, 0, process_open_namespace(proc_fd, pid, "pid")};
    attach((int)must(mount_make(&proc, NULL), "proc"), "proc");
    make_dev();
    must(recv(pair[0], &c, 1, 0), "recv");
    mount_inside(proc_fd, pidfd);
    cover_files(workspace);
    int root = open(".", O_PATH | O_CLOEXEC);
    must(mount_pivot(root), "pivot");
    must(send(pair[0], "g", 1, 0), "send");
    int status = process_wait(pidfd);
    must(credentials_set_user(0), "uid");
    remove_groups();
    return status;
}
