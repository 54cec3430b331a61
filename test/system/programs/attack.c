/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that a shell cannot make, from inside a container. `attack NAME`: exit 0 and "HELD: why" when the
 * kernel refused, exit 1 and "BROKEN: .." when it did not. Static, so that it runs in any image. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_open_tree
#define SYS_open_tree 428
#define SYS_move_mount 429
#endif
#define TREE_CLONE 1
#define TREE_RECURSIVE 0x8000
#define EMPTY_PATH 0x1000

static int verdict(long result, const char *what)
{
    if (result < 0) {
        printf("HELD: %s: %s\n", what, strerror(errno));
        return 0;
    }
    printf("BROKEN: %s worked\n", what);
    return 1;
}

/* A clone of a locked tree, without what covers parts of it, attached somewhere else. */
static int uncover(void)
{
    int tree = (int)syscall(SYS_open_tree, AT_FDCWD, "/proc", TREE_CLONE | EMPTY_PATH);
    if (tree < 0)
        return verdict(-1, "cloning /proc without its masks");
    mkdir("/tmp/clone", 0700);
    return verdict(syscall(SYS_move_mount, tree, "", AT_FDCWD, "/tmp/clone", 4),
                   "attaching /proc without its masks");
}

static int umount_masks(void)
{
    static const char *const masks[] = {"/proc/keys", "/proc/timer_list", "/sys/firmware", "/proc/sys",
                                        "/dev",       "/etc/hosts"};
    int broken = 0;
    for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++)
        if (access(masks[i], F_OK) == 0)
            broken |= verdict(umount2(masks[i], MNT_DETACH), masks[i]);
    return broken;
}

static int remount(const char *path, unsigned long flags)
{
    return verdict(mount("none", path, NULL, MS_REMOUNT | MS_BIND | flags, NULL), path);
}

/* A user and mount namespace of its own, and from there everything again. */
static int nested(void)
{
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
        return verdict(-1, "a nested user namespace");
    int broken = 0;
    broken |= umount_masks();
    broken |= remount("/", 0);
    broken |= verdict(mknod("/tmp/sda", S_IFBLK | 0600, makedev(8, 0)), "a block device node");
    return broken;
}

static int handle(void)
{
    struct {
        unsigned size;
        int type;
        unsigned inode[2];
    } root = {8, 1, {2, 0}};
    int fd = open("/", O_RDONLY | O_DIRECTORY);
    return verdict(syscall(SYS_open_by_handle_at, fd, &root, O_RDONLY), "opening a host inode by its number");
}

static int descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int broken = 0;
    if (!folder)
        return 1;
    for (struct dirent *e = readdir(folder); e; e = readdir(folder)) {
        char target[512] = "";
        if (e->d_name[0] == '.' || atoi(e->d_name) == dirfd(folder) || atoi(e->d_name) < 3)
            continue;
        if (readlinkat(dirfd(folder), e->d_name, target, sizeof(target) - 1) < 0)
            continue;
        printf("BROKEN: descriptor %s is %s\n", e->d_name, target);
        broken = 1;
    }
    if (!broken)
        printf("HELD: only 0, 1 and 2 are open\n");
    return broken;
}

/* CVE-2016-9962, CVE-2019-5736: the process that exec adds is watched from inside until it has executed. */
static int watch_exec(void)
{
    for (int round = 0; round < 4000; round++) {
        for (int pid = 2; pid < 64; pid++) {
            char path[64], target[512] = "";
            snprintf(path, sizeof(path), "/proc/%d/exe", pid);
            int fd = open(path, O_WRONLY);
            if (fd >= 0) {
                printf("BROKEN: %s can be written\n", path);
                return 1;
            }
            snprintf(path, sizeof(path), "/proc/%d/root", pid);
            ssize_t n = readlink(path, target, sizeof(target) - 1);
            if (n > 0 && strcmp(target, "/") != 0) {
                printf("BROKEN: %s leads to %s\n", path, target);
                return 1;
            }
            for (int d = 3; d < 12; d++) {
                snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, d);
                n = readlink(path, target, sizeof(target) - 1);
                if (n > 0 && target[0] == '/') {
                    target[n] = '\0';
                    printf("BROKEN: %s is %s\n", path, target);
                    return 1;
                }
            }
        }
        usleep(500);
    }
    printf("HELD: nothing of the engine was reachable\n");
    return 0;
}

static int becoming_root(void)
{
    int broken = verdict(setresuid(0, 0, 0), "setresuid(0)") | verdict(setresgid(0, 0, 0), "setresgid(0)");
    if (getuid() != 0)
        broken |= verdict(setgroups(0, NULL), "setgroups()");
    return broken;
}

static int own_device(void)
{
    int broken = verdict(mknod("/tmp/mem", S_IFCHR | 0600, makedev(1, 1)), "a node of /dev/mem");
    broken |= verdict(mount("/dev/vda", "/mnt", "ext4", 0, NULL), "mounting the host's disk");
    return broken;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(void);
    } attacks[] = {
        {"uncover", uncover},       {"umount-masks", umount_masks}, {"nested", nested},
        {"handle", handle},         {"descriptors", descriptors},   {"becoming-root", becoming_root},
        {"own-device", own_device}, {"watch-exec", watch_exec},
    };
    if (argc == 3 && strcmp(argv[1], "remount-rw") == 0)
        return remount(argv[2], 0);
    if (argc == 3 && strcmp(argv[1], "remount-suid") == 0)
        return remount(argv[2], MS_NODEV);
    for (size_t i = 0; argc == 2 && i < sizeof(attacks) / sizeof(attacks[0]); i++)
        if (strcmp(argv[1], attacks[i].name) == 0)
            return attacks[i].run();
    fprintf(stderr, "attack NAME\n");
    return 2;
}
