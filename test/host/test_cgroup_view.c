/* SPDX-License-Identifier: Apache-2.0 */
/* What a payload that is root of its own user namespace, with every capability there, can do with control
 * groups (CVE-2022-0492: release_agent runs a program as the host's root). Nothing. */
#include "base/strings.h"
#include "kernel/cgroup.h"
#include "kernel/cgroup_tree.h"
#include "kernel/cgroup_view.h"
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cmocka.h>

#define PARENT "unroot-test-view"
#define SKIPPED 77
#define ANSWER_SIZE 300

static char answer[ANSWER_SIZE];

/* In the child: the first thing that went wrong is the answer. */
#define CHILD_EXPECT(condition, ...)                                                                         \
    do {                                                                                                     \
        if (!(condition) && answer[0] == '\0')                                                               \
            snprintf(answer, sizeof(answer), __VA_ARGS__);                                                   \
    } while (0)

static int write_error(const char *folder, const char *file, const char *value)
{
    char path[400];
    snprintf(path, sizeof(path), "%s/%s", folder, file);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    ssize_t n = write(fd, value, strlen(value));
    int error = n < 0 ? errno : 0;
    close(fd);
    return error;
}

static bool is_read_only(const char *folder)
{
    struct statvfs fs;
    return statvfs(folder, &fs) == 0 && (fs.f_flag & ST_RDONLY);
}

static void try_folder(const char *folder)
{
    static const char *const files[] = {
        "release_agent",          "notify_on_release", "cgroup.procs",   "tasks",
        "cgroup.subtree_control", "cgroup.kill",       "cgroup.freeze",  "memory.max",
        "memory.limit_in_bytes",  "pids.max",          "cgroup.threads", "freezer.state"};
    char path[400];
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        int error = write_error(folder, files[i], streq(files[i], "release_agent") ? "/evil" : "1");
        CHILD_EXPECT(error != 0, "%s/%s was written", folder, files[i]);
    }
    snprintf(path, sizeof(path), "%s/new", folder);
    CHILD_EXPECT(mkdir(path, 0755) != 0, "%s was made", path);
}

/* The view: seen, not written; not even after a remount. */
static void try_view(const struct cgroup *c)
{
    int target = open("/mnt/view", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int error = cgroup_view_mount(c, target);
    CHILD_EXPECT(error == 0, "cgroup_view_mount: %s", strerror(-error));
    const char *v2 = cgroup_needs_attach(c) ? "/mnt/view/unified" : "/mnt/view";
    char value[CGROUP_VALUE_SIZE];
    int fd = open(v2, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (c->v2_fd >= 0) {
        CHILD_EXPECT(cgroup_read_file(fd, "cgroup.procs", value) == 0 && strchr(value, '\n') == NULL &&
                         value[0] != '\0',
                     "%s/cgroup.procs does not hold exactly this process", v2);
        CHILD_EXPECT(is_read_only(v2) && write_error(v2, "cgroup.procs", "0") != 0, "%s is not read-only",
                     v2);
    }
    if (c->v1_fd[CGROUP_PIDS] >= 0) {
        int pids = open("/mnt/view/pids", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHILD_EXPECT(cgroup_read_file(pids, "pids.max", value) == 0 && streq(value, "20"),
                     "the limit is not seen");
        CHILD_EXPECT(is_read_only("/mnt/view/pids"), "pids is not read-only");
        close(pids);
    }
    CHILD_EXPECT(mkdir("/mnt/view/new", 0755) != 0, "a folder was made in the view");
    close(fd);
    close(target);
    CHILD_EXPECT(is_read_only("/mnt/view"), "the view is not read-only");
    if (c->v2_fd < 0) /* pure v1: at most a tmpfs of its own */
        return;
    /* It is the payload's own mount here, so it can be made writable; the files still belong to nobody it
     * knows. */
    CHILD_EXPECT(mount(NULL, v2, NULL, MS_REMOUNT | MS_BIND, NULL) == 0, "remounting %s: %s", v2,
                 strerror(errno));
    try_folder(v2);
}

/* Hierarchies mounted by the payload itself. */
static void try_own_mounts(void)
{
    int mounted = 0;
    static const char *const options[] = {"cpu", "memory", "pids", "freezer", "cpuset", "devices", "blkio"};
    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        if (mount("none", "/mnt/own", "cgroup", 0, options[i]) != 0)
            continue;
        mounted++;
        try_folder("/mnt/own");
        CHILD_EXPECT(umount("/mnt/own") == 0, "umount");
    }
    if (mount("none", "/mnt/own", "cgroup2", 0, NULL) == 0) {
        mounted++;
        try_folder("/mnt/own");
        CHILD_EXPECT(umount("/mnt/own") == 0, "umount");
    }
    CHILD_EXPECT(mounted > 0, "nothing could be mounted, so nothing was tried");
    CHILD_EXPECT(mount("none", "/mnt/own", "cgroup", 0, "none,name=evil") != 0,
                 "a new hierarchy was mounted");
    CHILD_EXPECT(mount("none", "/mnt/own", "cgroup", 0, "pids,release_agent=/evil") != 0,
                 "release_agent was given");
}

static void child_work(int go_fd, int answer_fd, const struct cgroup *c)
{
    char byte;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    CHILD_EXPECT(read(go_fd, &byte, 1) == 1, "the maps");
    /* Without any right outside of its user namespace: by what host root opened. */
    struct failure failure = {0};
    CHILD_EXPECT(cgroup_enter(c, &failure) == 0, "entering the groups: %s", failure.text);
    CHILD_EXPECT(setresgid(0, 0, 0) == 0 && setresuid(0, 0, 0) == 0, "becoming mapped root");
    CHILD_EXPECT(unshare(CLONE_NEWNS) == 0 && cgroup_view_enter() == 0, "namespaces");
    CHILD_EXPECT(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "private mounts");
    CHILD_EXPECT(mount("tmpfs", "/mnt", "tmpfs", 0, NULL) == 0, "a tmpfs");
    CHILD_EXPECT(mkdir("/mnt/view", 0755) == 0 && mkdir("/mnt/own", 0755) == 0, "folders");
    if (answer[0] == '\0')
        try_view(c);
    try_own_mounts();
    (void)!write(answer_fd, answer, sizeof(answer));
    _exit(0);
}

static void play(const char *id, const struct cgroup_limits *limits)
{
    struct cgroup c = CGROUP_EMPTY;
    struct cgroup_spec spec = {.parent = PARENT, .id = id, .limits = *limits};
    struct failure failure = {0};
    if (cgroup_create(&spec, &c, &failure) != 0)
        fail_msg("%s", failure.text);
    int go[2], back[2], pidfd = -EBADF;
    answer[0] = '\0';
    assert_int_equal(pipe2(go, O_CLOEXEC), 0);
    assert_int_equal(pipe2(back, O_CLOEXEC), 0);
    pid_t pid = process_clone(CLONE_NEWUSER, c.v2_fd, &pidfd);
    assert_true(pid >= 0);
    if (pid == 0)
        child_work(go[0], back[1], &c);
    autoclose int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(userns_write_maps(proc, pid, "0 1900000000 65536\n", "0 1900000000 65536\n"), 0);
    assert_int_equal(write(go[1], "x", 1), 1);
    close(back[1]);
    assert_int_equal(read(back[0], answer, sizeof(answer)), sizeof(answer));
    assert_int_equal(process_wait(pidfd), 0);
    assert_string_equal(answer, "");
    close(go[0]);
    close(go[1]);
    close(back[0]);
    close(pidfd);
    assert_int_equal(cgroup_remove(&c, &failure), 0);
}

static void without_limits(void **state)
{
    play("plain", &(struct cgroup_limits){0});
}

static void with_limits(void **state)
{
    play("limits", &(struct cgroup_limits){.pids_max = 20, .memory_bytes = 64U << 20});
}

static int remove_parent(void **state)
{
    for (int i = -1; i < CGROUP_CONTROLLERS; i++) {
        int fd = i < 0 ? cgroup_open_v2_root() : cgroup_open_v1_root((enum cgroup_controller)i);
        if (fd >= 0) {
            (void)unlinkat(fd, PARENT, AT_REMOVEDIR);
            close(fd);
        }
    }
    return 0;
}

int main(void)
{
    if (geteuid() != 0 || cgroup_detect() == CGROUP_NONE) {
        puts("skipped: needs root and /sys/fs/cgroup");
        return SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_limits),
        cmocka_unit_test(with_limits),
    };
    return cmocka_run_group_tests(tests, NULL, remove_parent);
}
