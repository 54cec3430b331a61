/* SPDX-License-Identifier: Apache-2.0 */
/* Control groups on the kernel that is here, below a parent of their own. Needs root and a cgroup tree; else
 * skipped (77). */
#include "base/strings.h"
#include "kernel/cgroup.h"
#include "kernel/cgroup_tree.h"
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
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>

#include <cmocka.h>

#define PARENT "unroot-test"
#define SKIPPED 77

static enum cgroup_layout layout;

static void make(const char *id, const struct cgroup_limits *limits, struct cgroup *ret_cgroup)
{
    struct cgroup_spec spec = {.parent = PARENT, .id = id};
    struct failure failure = {0};
    if (limits)
        spec.limits = *limits;
    int error = cgroup_create(&spec, ret_cgroup, &failure);
    if (error != 0)
        fail_msg("cgroup_create: %s", failure.text);
}

static void finish(struct cgroup *c)
{
    struct failure failure = {0};
    if (cgroup_remove(c, &failure) != 0)
        fail_msg("cgroup_remove: %s", failure.text);
}

/* A child in the group that waits for a byte, then runs `work` and exits with its answer. */
struct child {
    int pidfd, go_fd;
    pid_t pid;
};

static struct child spawn(const struct cgroup *c, int (*work)(void))
{
    struct child child = {-EBADF, -EBADF, 0};
    int go[2];
    assert_int_equal(pipe2(go, O_CLOEXEC), 0);
    child.pid = process_clone(0, c->v2_fd, &child.pidfd);
    assert_true(child.pid >= 0);
    if (child.pid == 0) {
        char byte;
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)close(go[1]);
        if (read(go[0], &byte, 1) != 1)
            _exit(99);
        _exit(work());
    }
    (void)close(go[0]);
    child.go_fd = go[1];
    struct failure failure = {0};
    if (cgroup_attach(c, child.pid, &failure) != 0)
        fail_msg("cgroup_attach: %s", failure.text);
    return child;
}

static void let_go(struct child *child)
{
    assert_int_equal(write(child->go_fd, "x", 1), 1);
    (void)close(child->go_fd);
}

static int end_of(struct child *child)
{
    int status = process_wait(child->pidfd);
    (void)close(child->pidfd);
    return status;
}

static int sleep_long(void)
{
    while (pause() < 0)
        continue;
    return 0;
}

static int sleep_with_children(void)
{
    for (int i = 0; i < 3; i++)
        if (fork() == 0) {
            setsid();
            sleep_long();
        }
    return sleep_long();
}

static int use_memory(void)
{
    size_t size = 64U << 20;
    char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return 1;
    memset(p, 1, size);
    return 0;
}

static int fork_often(void)
{
    for (int i = 0; i < 20; i++) {
        pid_t pid = fork();
        if (pid == 0)
            sleep_long();
        if (pid < 0)
            return errno == EAGAIN ? i : 99;
    }
    return 98;
}

static void nothing_is_written_without_limits(void **state)
{
    struct cgroup c;
    make("plain", NULL, &c);
    assert_string_equal(c.path, PARENT "/plain");
    if (layout != CGROUP_V1) {
        assert_true(c.v2_fd >= 0);
        assert_false(cgroup_needs_attach(&c));
    }
    finish(&c);
    assert_int_equal(c.v2_fd, -9);
}

static void children_are_born_in_it(void **state)
{
    if (layout == CGROUP_V1)
        skip();
    struct cgroup c;
    make("born", NULL, &c);
    struct child child = spawn(&c, sleep_long);
    pid_t *pids;
    size_t count;
    assert_int_equal(cgroup_read_pids(&c, &pids, &count), 0);
    assert_int_equal(count, 1);
    assert_int_equal(pids[0], child.pid);
    free(pids);
    struct cgroup_stats stats;
    struct failure failure = {0};
    assert_int_equal(cgroup_read_stats(&c, &stats, &failure), 0);
    assert_int_equal(stats.pids, 1);
    assert_true(stats.memory_bytes > 0);
    assert_true(stats.cpu_usec < 60000000);

    /* It cannot be removed or made again while it holds a process. */
    struct cgroup_spec again = {.parent = PARENT, .id = "born"};
    struct cgroup other = CGROUP_EMPTY;
    assert_int_equal(cgroup_create(&again, &other, &failure), -EEXIST);
    assert_non_null(strstr(failure.text, "holds processes"));
    memset(&failure, 0, sizeof(failure));
    assert_int_equal(cgroup_kill(&c, 5000, &failure), 0);
    assert_int_equal(end_of(&child), 128 + SIGKILL);
    finish(&c);
}

static void kill_reaches_all(void **state)
{
    struct cgroup c;
    make("kill", &(struct cgroup_limits){.pids_max = 50}, &c);
    struct child child = spawn(&c, sleep_with_children);
    let_go(&child);
    pid_t *pids = NULL;
    size_t count = 0;
    for (int i = 0; i < 500 && count < 4; i++) {
        free(pids);
        assert_int_equal(cgroup_read_pids(&c, &pids, &count), 0);
        (void)usleep(10000);
    }
    free(pids);
    assert_int_equal(count, 4);
    struct failure failure = {0};
    assert_int_equal(cgroup_kill(&c, 5000, &failure), 0);
    assert_int_equal(end_of(&child), 128 + SIGKILL);
    assert_int_equal(cgroup_kill(&c, 5000, &failure), 0); /* nobody left is fine */
    finish(&c);
}

static void v1_kills_by_signal(void **state)
{
    struct cgroup c;
    make("v1kill", &(struct cgroup_limits){.pids_max = 50}, &c);
    if (c.v1_fd[CGROUP_PIDS] < 0) {
        finish(&c);
        skip();
    }
    struct child child = spawn(&c, sleep_with_children);
    let_go(&child);
    struct cgroup only_v1 = c;
    only_v1.v2_fd = -EBADF;
    (void)usleep(100000);
    struct failure failure = {0};
    assert_int_equal(cgroup_kill(&only_v1, 5000, &failure), 0);
    assert_int_equal(end_of(&child), 128 + SIGKILL);
    finish(&c);
}

static void memory_limit_holds(void **state)
{
    struct cgroup c;
    make("memory", &(struct cgroup_limits){.memory_bytes = 16U << 20, .memory_swap_bytes = 16U << 20}, &c);
    struct child child = spawn(&c, use_memory);
    let_go(&child);
    assert_int_equal(end_of(&child), 128 + SIGKILL);
    struct failure failure = {0};
    assert_int_equal(
        cgroup_update(&c, 0, &(struct cgroup_limits){.memory_bytes = 256U << 20}, NULL, &failure), 0);
    struct cgroup_stats stats;
    assert_int_equal(cgroup_read_stats(&c, &stats, &failure), 0);
    assert_int_equal(stats.memory_limit_bytes, 256U << 20);
    assert_false(stats.memory_is_estimate);
    child = spawn(&c, use_memory);
    let_go(&child);
    assert_int_equal(end_of(&child), 0);
    finish(&c);
}

static void process_limit_holds(void **state)
{
    struct cgroup c;
    make("pids", &(struct cgroup_limits){.pids_max = 5}, &c);
    struct child child = spawn(&c, fork_often);
    let_go(&child);
    assert_int_equal(end_of(&child), 4); /* itself and four more */
    struct failure failure = {0};
    assert_int_equal(cgroup_kill(&c, 5000, &failure), 0);
    finish(&c);
}

static void processors_are_set(void **state)
{
    struct cgroup c;
    make("cpu",
         &(struct cgroup_limits){
             .cpu_quota_us = 50000, .cpu_shares = 512, .cpuset_cpus = "0", .cpuset_mems = "0"},
         &c);
    struct child child = spawn(&c, sleep_long);
    cpu_set_t set;
    assert_int_equal(sched_getaffinity(child.pid, sizeof(set), &set), 0);
    assert_int_equal(CPU_COUNT(&set), 1);
    char value[CGROUP_VALUE_SIZE];
    if (c.v1_fd[CGROUP_CPU] >= 0) {
        assert_int_equal(cgroup_read_file(c.v1_fd[CGROUP_CPU], "cpu.cfs_quota_us", value), 0);
        assert_string_equal(value, "50000");
    } else {
        assert_int_equal(cgroup_read_file(c.v2_fd, "cpu.max", value), 0);
        assert_string_equal(value, "50000 100000");
    }
    struct failure failure = {0};
    assert_int_equal(cgroup_kill(&c, 5000, &failure), 0);
    assert_int_equal(end_of(&child), 128 + SIGKILL);
    finish(&c);
}

static void a_bad_limit_leaves_nothing(void **state)
{
    struct cgroup_spec spec = {
        .parent = PARENT, .id = "bad", .limits = {.cpuset_cpus = "4000", .memory_bytes = 1 << 20}};
    struct cgroup c = CGROUP_EMPTY;
    struct failure failure = {0};
    assert_true(cgroup_create(&spec, &c, &failure) < 0);
    assert_non_null(strstr(failure.text, "processor set"));
    assert_non_null(strstr(failure.text, "cpuset.cpus"));
    autostrings struct strings ids = {0};
    assert_int_equal(cgroup_list(PARENT, &ids), 0);
    assert_false(strings_contain(&ids, "bad"));
}

static char process_state(pid_t pid)
{
    char path[64], line[512] = "";
    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0 && read(fd, line, sizeof(line) - 1) > 0);
    close(fd);
    return strrchr(line, ')')[2];
}

static int spin(void)
{
    for (volatile unsigned i = 1; i > 0; i |= 1)
        continue;
    return 0;
}

static void freeze_and_thaw(struct cgroup *c, pid_t pid)
{
    struct failure failure = {0};
    assert_int_equal(cgroup_is_frozen(c), 0);
    if (cgroup_freeze(c, pid, true, &failure) != 0)
        fail_msg("%s", failure.text);
    assert_int_equal(cgroup_is_frozen(c), 1);
    assert_true(strchr("SDT", process_state(pid)) != NULL);
    if (cgroup_freeze(c, pid, false, &failure) != 0)
        fail_msg("%s", failure.text);
    assert_int_equal(cgroup_is_frozen(c), 0);
    (void)usleep(20000);
    assert_int_equal(process_state(pid), 'R');
}

static void freezing(void **state)
{
    struct cgroup c;
    make("freeze", NULL, &c);
    if (c.v2_fd < 0) {
        finish(&c);
        skip();
    }
    struct child child = spawn(&c, spin);
    let_go(&child);
    freeze_and_thaw(&c, child.pid);
    /* A frozen group can be ended. */
    struct failure failure = {0};
    assert_int_equal(cgroup_freeze(&c, child.pid, true, &failure), 0);
    assert_int_equal(cgroup_kill(&c, 5000, &failure), 0);
    assert_int_equal(end_of(&child), 128 + SIGKILL);
    finish(&c);
}

static void v1_freezer_is_made_late(void **state)
{
    struct cgroup c;
    make("late", &(struct cgroup_limits){.pids_max = 50}, &c);
    struct cgroup only_v1 = c;
    only_v1.v2_fd = -EBADF;
    if (c.v1_fd[CGROUP_PIDS] < 0) {
        finish(&c);
        skip();
    }
    struct child child = spawn(&c, spin);
    let_go(&child);
    freeze_and_thaw(&only_v1, child.pid);
    assert_true(only_v1.v1_fd[CGROUP_FREEZER] >= 0);
    struct failure failure = {0};
    assert_int_equal(cgroup_kill(&c, 5000, &failure), 0);
    assert_int_equal(end_of(&child), 128 + SIGKILL);
    only_v1.v2_fd = c.v2_fd;
    finish(&only_v1);
}

static void limits_are_made_late(void **state)
{
    struct cgroup c;
    make("update", NULL, &c);
    if (c.v2_fd < 0) {
        finish(&c);
        skip();
    }
    struct child child = spawn(&c, fork_often);
    struct failure failure = {0};
    if (cgroup_update(&c, child.pid, &(struct cgroup_limits){.pids_max = 3}, NULL, &failure) != 0)
        fail_msg("%s", failure.text);
    let_go(&child);
    assert_int_equal(end_of(&child), 2);
    assert_int_equal(cgroup_kill(&c, 5000, &failure), 0);
    finish(&c);
}

static void leftovers_are_found_and_removed(void **state)
{
    struct cgroup c, again = CGROUP_EMPTY;
    make("stale", &(struct cgroup_limits){.memory_bytes = 32U << 20}, &c);
    if (c.v2_fd >= 0)
        assert_int_equal(mkdirat(c.v2_fd, "inner", 0755), 0);
    if (c.v1_fd[CGROUP_MEMORY] >= 0)
        assert_int_equal(mkdirat(c.v1_fd[CGROUP_MEMORY], "inner", 0755), 0);
    cgroup_close(&c);
    autostrings struct strings ids = {0};
    assert_int_equal(cgroup_list(PARENT, &ids), 0);
    assert_true(strings_contain(&ids, "stale"));
    struct failure failure = {0};
    assert_int_equal(cgroup_open(PARENT "/stale", &again, &failure), 0);
    assert_true(again.v2_fd >= 0 || again.v1_fd[CGROUP_MEMORY] >= 0);
    cgroup_close(&again);
    /* Made anew: the old limit is gone. */
    make("stale", &(struct cgroup_limits){.pids_max = 9}, &c);
    cgroup_close(&c);
    assert_int_equal(cgroup_open(PARENT "/stale", &again, &failure), 0);
    finish(&again);
    assert_int_equal(cgroup_open(PARENT "/stale", &again, &failure), -ENOENT);
    assert_int_equal(cgroup_open("../x", &again, &failure), -EINVAL);
}

static void paths_stay_below(void **state)
{
    static const char *const parents[] = {"..", "a/../b", "", "a//b"};
    for (size_t i = 0; i < ARRAY_SIZE(parents); i++) {
        struct cgroup_spec spec = {.parent = parents[i], .id = "x"};
        struct cgroup c = CGROUP_EMPTY;
        struct failure failure = {0};
        assert_int_equal(cgroup_create(&spec, &c, &failure), -EINVAL);
    }
    struct cgroup_spec spec = {.parent = PARENT, .id = "a/b"};
    struct cgroup c = CGROUP_EMPTY;
    struct failure failure = {0};
    assert_int_equal(cgroup_create(&spec, &c, &failure), -EINVAL);
}

static int remove_parent(void **state)
{
    int root = cgroup_open_v2_root();
    for (int i = -1; i < CGROUP_CONTROLLERS; i++) {
        int fd = i < 0 ? root : cgroup_open_v1_root((enum cgroup_controller)i);
        if (fd >= 0) {
            (void)unlinkat(fd, PARENT, AT_REMOVEDIR);
            close(fd);
        }
    }
    return 0;
}

/* Only on a machine of its own: it changes the root of the tree. */
static void systemd_is_the_single_writer(void **state)
{
    if (layout != CGROUP_V2 || !getenv("UNROOT_TEST_DISPOSABLE"))
        skip();
    autoclose int root = cgroup_open_v2_root();
    struct cgroup_spec spec = {.id = "x", .limits = {.pids_max = 9}};
    struct cgroup c = CGROUP_EMPTY;
    struct failure failure = {0};
    assert_int_equal(remove_parent(state), 0); /* what it has switched on keeps the root's controllers */
    assert_int_equal(mkdir("/run", 0755) == 0 || errno == EEXIST, 1);
    assert_int_equal(mkdir("/run/systemd", 0755), 0);
    assert_int_equal(mkdir("/run/systemd/system", 0755), 0);
    assert_int_equal(cgroup_write_file(root, "cgroup.subtree_control", "-pids"), 0);
    assert_int_equal(cgroup_create(&spec, &c, &failure), -EPERM);
    assert_non_null(
        strstr(failure.text, "the pids controller is not enabled in /sys/fs/cgroup/cgroup.subtree_control"));
    assert_non_null(strstr(failure.text, "Delegate=yes"));
    assert_int_equal(access("/sys/fs/cgroup/unroot/x", F_OK), -1);

    /* A unit with Delegate=yes, we in a group below it: ours go there. */
    assert_int_equal(cgroup_write_file(root, "cgroup.subtree_control", "+pids"), 0);
    assert_int_equal(mkdir("/sys/fs/cgroup/unit.service", 0755), 0);
    assert_int_equal(mkdir("/sys/fs/cgroup/unit.service/main", 0755), 0);
    assert_int_equal(setxattr("/sys/fs/cgroup/unit.service", "trusted.delegate", "1", 1, 0), 0);
    autoclose int main_fd = cgroup_open_folder(root, "unit.service/main");
    assert_int_equal(cgroup_write_file(main_fd, "cgroup.procs", "0"), 0);
    memset(&failure, 0, sizeof(failure));
    if (cgroup_create(&spec, &c, &failure) != 0)
        fail_msg("%s", failure.text);
    assert_string_equal(c.path, "unit.service/unroot/x");
    char value[CGROUP_VALUE_SIZE];
    assert_int_equal(cgroup_read_file(c.v2_fd, "pids.max", value), 0);
    assert_string_equal(value, "9");
    finish(&c);

    /* We in the unit itself: we are moved aside, because what holds processes takes no controllers. */
    assert_int_equal(rmdir("/sys/fs/cgroup/unit.service/unroot"), 0);
    autoclose int unit = cgroup_open_folder(root, "unit.service");
    assert_int_equal(cgroup_write_file(unit, "cgroup.subtree_control", "-pids"), 0);
    assert_int_equal(cgroup_write_file(unit, "cgroup.procs", "0"), 0);
    assert_int_equal(cgroup_create(&spec, &c, &failure), 0);
    assert_string_equal(c.path, "unit.service/unroot/x");
    finish(&c);
    assert_int_equal(cgroup_read_file(unit, "cgroup.procs", value), 0);
    assert_string_equal(value, "");

    /* What is not delegated is left alone. */
    assert_int_equal(rmdir("/sys/fs/cgroup/unit.service/unroot"), 0);
    assert_int_equal(cgroup_write_file(unit, "cgroup.subtree_control", "-pids"), 0);
    assert_int_equal(removexattr("/sys/fs/cgroup/unit.service", "trusted.delegate"), 0);
    assert_int_equal(cgroup_write_file(unit, "cgroup.procs", "0"), 0);
    spec.parent = "unit.service";
    assert_int_equal(cgroup_create(&spec, &c, &failure), -EBUSY);
    assert_non_null(strstr(failure.text, "processes are in that group"));
    assert_int_equal(cgroup_write_file(root, "cgroup.procs", "0"), 0);
    assert_int_equal(rmdir("/run/systemd/system") | rmdir("/sys/fs/cgroup/unit.service/main"), 0);
    assert_int_equal(rmdir("/sys/fs/cgroup/unit.service/unroot-self"), 0);
    assert_int_equal(rmdir("/sys/fs/cgroup/unit.service"), 0);
}

int main(void)
{
    layout = cgroup_detect();
    if (geteuid() != 0 || layout == CGROUP_NONE) {
        puts("skipped: needs root and /sys/fs/cgroup");
        return SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_written_without_limits),
        cmocka_unit_test(children_are_born_in_it),
        cmocka_unit_test(kill_reaches_all),
        cmocka_unit_test(v1_kills_by_signal),
        cmocka_unit_test(memory_limit_holds),
        cmocka_unit_test(process_limit_holds),
        cmocka_unit_test(processors_are_set),
        cmocka_unit_test(a_bad_limit_leaves_nothing),
        cmocka_unit_test(freezing),
        cmocka_unit_test(v1_freezer_is_made_late),
        cmocka_unit_test(limits_are_made_late),
        cmocka_unit_test(leftovers_are_found_and_removed),
        cmocka_unit_test(paths_stay_below),
        cmocka_unit_test(systemd_is_the_single_writer),
    };
    return cmocka_run_group_tests(tests, NULL, remove_parent);
}
