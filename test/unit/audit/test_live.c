/* SPDX-License-Identifier: Apache-2.0 */
/* --live on real processes: each is started here in a namespace of its own, judged, and ended by its pid. */
#include "audit/audit.h"
#include "audit/live_process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* What a child does to itself before it waits; it is in its own pid namespace already. */
typedef int child_step(void);

static void write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        _exit(10);
    close(fd);
}

/* clone(2) with namespaces, run the step, say so through a pipe, wait for the end. */
static pid_t start_child(int flags, child_step *step)
{
    int ends[2];
    char byte;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = (pid_t)syscall(SYS_clone, (unsigned long)flags | SIGCHLD, NULL, NULL, NULL, NULL);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        if (step && step() != 0)
            _exit(11);
        if (write(ends[1], "x", 1) != 1)
            _exit(12);
        for (;;)
            pause();
    }
    close(ends[1]);
    if (pid > 0 && read(ends[0], &byte, 1) != 1) {
        (void)waitpid(pid, NULL, 0);
        pid = -1;
    }
    close(ends[0]);
    return pid;
}

static void end_child(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

struct wanted {
    enum verdict verdict;
    const char *rules; /* of the process, joined by spaces */
};

/* Judges, ends the process whatever came out, and compares then. */
static void expect(pid_t pid, const struct wanted *w)
{
    struct audit_request request = {.live = true};
    __attribute__((cleanup(result_free))) struct audit_result result = {0};
    char id[32], rules[256] = "";
    int verdict = -1;
    snprintf(id, sizeof(id), "pid:%d", (int)pid);
    int r = audit_run(&request, &result);
    end_child(pid);
    assert_int_equal(r, 0);
    for (size_t i = 0; i < result.subject_count; i++) {
        const struct subject *s = result.subjects[i];
        if (strcmp(s->id, id) != 0)
            continue;
        verdict = (int)s->verdict;
        for (size_t k = 0; k < s->finding_count; k++)
            snprintf(rules + strlen(rules), sizeof(rules) - strlen(rules), "%s%s", k ? " " : "",
                     rule_get(s->findings[k].rule)->name);
    }
    assert_int_equal(verdict, w->verdict);
    assert_string_equal(rules, w->rules);
}

static void run_case(int flags, child_step *step, const struct wanted *w)
{
    if (geteuid() != 0) {
        print_message("needs root: skipped\n");
        skip();
    }
    pid_t pid = start_child(flags, step);
    if (pid < 0) {
        print_message("this machine does not allow the namespaces: skipped\n");
        skip();
    }
    expect(pid, w);
}

static int drop_ids(void)
{
    return setresgid(10001, 10001, 10001) < 0 || setresuid(10001, 10001, 10001) < 0;
}

static int drop_all(void)
{
    for (int i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
        if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
            return 1;
    return drop_ids();
}

static int keep_ambient(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};
    for (int i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
        if (i != CAP_NET_RAW && i != CAP_SETPCAP && i != CAP_SETUID && i != CAP_SETGID &&
            prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
            return 1;
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 || drop_ids() != 0)
        return 1;
    data[0].effective = data[0].permitted = data[0].inheritable = 1u << CAP_NET_RAW;
    if (syscall(SYS_capset, &header, data) < 0)
        return 1;
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0) < 0;
}

static int map_root_away(void)
{
    write_text("/proc/self/setgroups", "deny");
    return 0;
}

static int use_privilege(void)
{
    return setpriority(PRIO_PROCESS, 0, -1) < 0; /* needs CAP_SYS_NICE: the kernel notes that it was used */
}

static void test_host_root(void **state)
{
    run_case(CLONE_NEWPID, NULL, &(struct wanted){VERDICT_ROOT, "NR501 NR503"});
}

static void test_host_root_that_used_it(void **state)
{
    run_case(CLONE_NEWPID, use_privilege, &(struct wanted){VERDICT_ROOT, "NR501"});
}

static void test_mount_and_pid_namespace(void **state)
{
    run_case(CLONE_NEWPID | CLONE_NEWNS, NULL, &(struct wanted){VERDICT_ROOT, "NR501 NR503"});
}

/* A full bounding set is what makes a dropped process worth a finding; some machines start without one. */
static void test_dropped(void **state)
{
    bool full = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0;
    for (int i = 0; i <= 40; i++)
        full = full && prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1;
    run_case(CLONE_NEWPID, drop_ids, &(struct wanted){VERDICT_NONROOT, full ? "NR504" : ""});
}

static void test_dropped_well(void **state)
{
    run_case(CLONE_NEWPID, drop_all, &(struct wanted){VERDICT_NONROOT, ""});
}

static void test_ambient(void **state)
{
    run_case(CLONE_NEWPID, keep_ambient, &(struct wanted){VERDICT_NONROOT, "NR504"});
}

/* A user namespace whose root is uid 100000: the map is written from outside. */
static void test_root_in_user_namespace(void **state)
{
    if (geteuid() != 0)
        skip();
    pid_t pid = start_child(CLONE_NEWUSER | CLONE_NEWPID, map_root_away);
    if (pid < 0)
        skip();
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)pid);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    /* The process itself stays uid 0 outside until it becomes a mapped one: so the map has host uid 0 as
     * uid 5. */
    const char *map = "5 0 1\n0 100000 1\n";
    bool written = fd >= 0 && write(fd, map, strlen(map)) == (ssize_t)strlen(map);
    close(fd);
    if (!written) {
        end_child(pid);
        skip();
    }
    expect(pid, &(struct wanted){VERDICT_ROOT, "NR501"}); /* uid 5 inside, still the host's root */
}

static int enter_user_namespace(void)
{
    if (setresgid(100000, 100000, 100000) < 0 || setresuid(100000, 100000, 100000) < 0 ||
        unshare(CLONE_NEWUSER) < 0 || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
        return 1;
    write_text("/proc/self/setgroups", "deny");
    write_text("/proc/self/uid_map", "0 100000 1\n");
    return 0;
}

static void test_mapped_root(void **state)
{
    run_case(CLONE_NEWNS, enter_user_namespace, &(struct wanted){VERDICT_ROOT_USERNS, "NR502"});
}

static void test_status(void **state)
{
    struct live_process p = {0};
    const char *good =
        "Name:\tx\nUid:\t0\t1000\t0\t0\nGid:\t0\t5\t0\t0\nNSpid:\t99\t1\nCapPrm:\t0000000000000000\n"
        "CapEff:\t0000000000000400\nCapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\n";
    assert_int_equal(live_status_parse(good, &p), 0);
    assert_int_equal(p.uid, 1000);
    assert_int_equal(p.gid, 5);
    assert_int_equal(p.effective, 0x400);
    assert_int_equal(p.pid_levels, 2);
    assert_int_equal(p.pid_inside, 1);
    assert_true(p.no_new_privs);
    assert_int_equal(live_status_parse("Uid:\tx\n", &p), -EINVAL);
    assert_int_equal(live_status_parse("Uid:\t0\t4294967296\t0\t0\n", &p), -EINVAL);
    assert_int_equal(live_status_parse("", &p), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_host_root),
        cmocka_unit_test(test_host_root_that_used_it),
        cmocka_unit_test(test_mount_and_pid_namespace),
        cmocka_unit_test(test_dropped),
        cmocka_unit_test(test_dropped_well),
        cmocka_unit_test(test_ambient),
        cmocka_unit_test(test_root_in_user_namespace),
        cmocka_unit_test(test_mapped_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
