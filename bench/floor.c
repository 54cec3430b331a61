/* SPDX-License-Identifier: Apache-2.0 */
/* The floor of `unroot run --network none`: the same namespaces, maps and mounts for the same program,
 * written down as one straight line without checks of anything, without engine, record, filter, monitor or
 * clean-up. Single exit: any failure ends. floor STORAGE LAYER UPPER WORK PROGRAM   (names relative to
 * STORAGE, whose files are stored as 2147352576 + id) */
#include "kernel/credentials.h"
#include "kernel/mount.h"
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define BASE 2080374784u
#define NO_EXTRAS (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

static void must(long result, const char *what)
{
    if (result >= 0)
        return;
    fprintf(stderr, "floor: %s: %ld %m\n", what, result);
    _exit(1);
}

static int make(const char *type, const struct mount_parameter *parameters, size_t count, uint64_t attributes)
{
    struct mount_request request = {type, parameters, count, attributes, -EBADF};
    int fd = mount_make(&request, NULL);
    must(fd, type);
    return fd;
}

static void attach(int fd, const char *target)
{
    must(mount_attach_at(fd, AT_FDCWD, target), target);
    close(fd);
}

static void make_rootfs(char **argv)
{
    int proc_fd = open("/proc", O_PATH | O_CLOEXEC);
    int userns = userns_make(proc_fd, "2147352576 2080374784 65536\n", "2147352576 2080374784 65536\n");
    must(userns, "userns");
    must(unshare(CLONE_NEWNS), "unshare");
    must(mount_make_private(), "private");
    must(credentials_keep_capabilities(), "keep");
    must(credentials_set_group(BASE), "gid");
    must(credentials_set_user(BASE), "uid");
    int top = make("tmpfs", NULL, 0, MOUNT_ATTR_NODEV);
    must(mount_attach_at(top, AT_FDCWD, "/run"), "workspace");
    must(fchdir(top), "chdir");
    must(mkdir("storage", 0755) | mkdir("root", 0755) | mkdir("empty.d", 0755), "mkdir");
    must(close(open("empty", O_RDONLY | O_CREAT | O_CLOEXEC, 0444)), "empty");
    int tree = mount_clone(AT_FDCWD, argv[1], false);
    struct mount_change idmap = {.idmap_userns_fd = userns};
    must(mount_change(tree, &idmap, false), "idmap");
    attach(tree, "storage");
    char names[3][512];
    for (int i = 0; i < 3; i++)
        (void)snprintf(names[i], sizeof(names[i]), "storage/%s", argv[2 + i]);
    struct mount_parameter overlay[] = {{"lowerdir+", names[0]}, {"upperdir", names[1]},
                                        {"workdir", names[2]},   {"volatile", NULL},
                                        {"redirect_dir", "on"},  {"metacopy", "on"}};
    attach(make("overlay", overlay, ARRAY_SIZE(overlay), MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID), "root");
}

static void make_dev(void)
{
    static const char *const names[] = {"null", "zero", "full", "random", "urandom", "tty"};
    static const unsigned minors[] = {3, 5, 7, 8, 9, 0};
    int dev = make("tmpfs", NULL, 0, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        must(mknodat(dev, names[i], S_IFCHR | 0666, makedev(i == 5 ? 5 : 1, minors[i])), names[i]);
    must(mkdirat(dev, "pts", 0755) | mkdirat(dev, "shm", 0755) | mkdirat(dev, "mqueue", 0755), "dev");
    (void)mkdir("root/dev", 0755);
    (void)mkdir("root/proc", 0755);
    (void)mkdir("root/sys", 0755);
    attach(dev, "root/dev");
    attach(make("devpts", NULL, 0, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC), "root/dev/pts");
    attach(make("tmpfs", NULL, 0, NO_EXTRAS), "root/dev/shm");
}

static int open_in_root(const char *path)
{
    return open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
}

/* The mount at `source` again on `target`, read-only. Neither need exist. */
static void cover(const char *source, const char *target)
{
    int target_fd = open_in_root(target);
    if (target_fd < 0)
        return;
    int fd = mount_clone(AT_FDCWD, source, false);
    struct mount_change read_only = {.set = NO_EXTRAS | MOUNT_ATTR_RDONLY, .idmap_userns_fd = -EBADF};
    must(fd, source);
    must(mount_change(fd, &read_only, false), source);
    must(mount_attach(fd, target_fd), target);
    close(fd);
    close(target_fd);
}

/* What the default container has over /etc, /proc and /sys. */
static void cover_files(void)
{
    static const char *const files[] = {"root/etc/hostname", "root/etc/resolv.conf", "root/etc/hosts"};
    static const char *const folders[] = {"root/proc/acpi", "root/proc/asound", "root/proc/scsi",
                                          "root/sys/firmware", "root/sys/dev/block"};
    static const char *const masked[] = {"root/proc/interrupts", "root/proc/kcore", "root/proc/keys",
                                         "root/proc/timer_list"};
    static const char *const fixed[] = {"root/proc/bus", "root/proc/fs", "root/proc/irq", "root/proc/sys"};
    for (size_t i = 0; i < ARRAY_SIZE(files); i++)
        cover("empty", files[i]);
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
        cover("empty.d", folders[i]);
    for (size_t i = 0; i < ARRAY_SIZE(masked); i++)
        cover("empty", masked[i]);
    for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
        cover(fixed[i], fixed[i]);
}

static void run_child(int channel, char *program)
{
    char c;
    char *argv[] = {program, NULL}, *environment[] = {NULL};
    must(unshare(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP), "namespaces");
    must(send(channel, "n", 1, 0), "send");
    must(recv(channel, &c, 1, 0), "recv");
    must(unshare(CLONE_NEWNS), "mounts");
    must(chdir("/"), "chdir");
    must(credentials_limit_bounding(0), "bounding");
    must(credentials_set_group(1000), "gid");
    must(credentials_set_user(1000), "uid");
    must(credentials_no_new_privs(), "no_new_privs");
    (void)execve(program, argv, environment);
    must(-1, program);
}

/* What shows the namespaces of the process that mounts it. */
static void mount_in_namespaces(int proc_fd, pid_t pid)
{
    static const struct {
        const char *namespace, *type, *target;
        int flag;
    } rows[] = {{"net", "sysfs", "root/sys", CLONE_NEWNET},
                {"ipc", "mqueue", "root/dev/mqueue", CLONE_NEWIPC},
                {"cgroup", "cgroup2", "root/sys/fs/cgroup", CLONE_NEWCGROUP}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        int own = process_open_namespace(proc_fd, getpid(), rows[i].namespace);
        int theirs = process_open_namespace(proc_fd, pid, rows[i].namespace);
        must(own, "own namespace");
        must(theirs, "namespace");
        must(setns(theirs, rows[i].flag), "setns");
        attach(make(rows[i].type, NULL, 0, NO_EXTRAS | MOUNT_ATTR_RDONLY), rows[i].target);
        must(setns(own, rows[i].flag), "setns back");
        close(own);
        close(theirs);
    }
}

int main(int argc, char **argv)
{
    int pair[2], pidfd;
    char c;
    if (argc != 6)
        return 2;
    int proc_fd = open("/proc", O_PATH | O_CLOEXEC);
    make_rootfs(argv);
    must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), "socketpair");
    pid_t pid = process_clone(CLONE_NEWUSER | CLONE_NEWPID, -EBADF, &pidfd);
    must(pid, "clone");
    if (pid == 0)
        run_child(pair[1], argv[5]);
    must(userns_write_maps(proc_fd, pid, "1 2080374785 65535\n", "1 2080374785 65535\n"), "maps");
    make_dev();
    must(recv(pair[0], &c, 1, 0), "recv");
    int pidns = process_open_namespace(proc_fd, pid, "pid");
    struct mount_request proc = {"proc", NULL, 0, NO_EXTRAS, pidns};
    int fd = mount_make(&proc, NULL);
    must(fd, "proc");
    attach(fd, "root/proc");
    mount_in_namespaces(proc_fd, pid);
    cover_files();
    int root = open("root", O_PATH | O_CLOEXEC);
    must(mount_pivot(root), "pivot");
    must(send(pair[0], "g", 1, 0), "send");
    return process_wait(pidfd);
}
