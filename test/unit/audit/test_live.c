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
#include <sys/stat.h>
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

struct live_case {
    const char *name;
    int flags;
    child_step *step;
    enum verdict verdict;
    const char *rules; /* of the process, joined by spaces */
    bool needs_full;   /* the finding is about a full bounding set: some machines start without one */
};

/* Whether the machine itself has setuid files decides these, unless the process has a root of its own. */
static bool own_root;

static bool setuid_of_host(const char *rule)
{
    return !own_root && (strcmp(rule, "NR204") == 0 || strcmp(rule, "NR205") == 0);
}

/* What the audit says of one process: its verdict or -1, and its rules. */
static int judge(pid_t pid, char *rules, size_t size)
{
    struct audit_request request = {.live = true};
    __attribute__((cleanup(result_free))) struct audit_result result = {0};
    char id[32];
    int verdict = -1;
    rules[0] = '\0';
    snprintf(id, sizeof(id), "pid:%d", (int)pid);
    if (audit_run(&request, &result) < 0)
        return -1;
    for (size_t i = 0; i < result.subject_count; i++) {
        const struct subject *s = result.subjects[i];
        if (strcmp(s->id, id) != 0)
            continue;
        verdict = (int)s->verdict;
        for (size_t k = 0; k < s->finding_count; k++) {
            const char *rule = rule_get(s->findings[k].rule)->name;
            if (setuid_of_host(rule))
                continue;
            if (!strstr(rules,
                        rule)) /* each once: how many there are depends on the machine's bounding set */
                snprintf(rules + strlen(rules), size - strlen(rules), "%s%s", rules[0] ? " " : "", rule);
        }
    }
    return verdict;
}

static bool bounding_set_is_full(void)
{
    for (int i = 0; i <= 40; i++)
        if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) != 1)
            return false;
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0;
}

/* Judges, ends the process whatever came out, and compares then. */
static void expect(pid_t pid, const struct live_case *c)
{
    char rules[256];
    int verdict = judge(pid, rules, sizeof(rules));
    end_child(pid);
    if (verdict != (int)c->verdict)
        print_message("%s\n", c->name);
    assert_int_equal(verdict, c->verdict);
    assert_string_equal(rules, c->needs_full && !bounding_set_is_full() ? "" : c->rules);
}

static void need_root(void)
{
    if (geteuid() != 0) {
        print_message("needs root: skipped\n");
        skip();
    }
}

static void run_case(const struct live_case *c)
{
    pid_t pid = start_child(c->flags, c->step);
    if (pid < 0)
        print_message("%s: this machine does not allow the namespaces: skipped\n", c->name);
    else
        expect(pid, c);
}

static int drop_ids(void)
{
    return setresgid(10001, 10001, 10001) < 0 || setresuid(10001, 10001, 10001) < 0;
}

static int drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};
    return syscall(SYS_capset, &header, data) < 0;
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

static int drop_uid(void)
{
    for (int i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
        if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
            return 1;
    return setresuid(10001, 10001, 10001) < 0; /* the group stays 0 */
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

static int enter_as_another(void)
{
    if (setresgid(100000, 100000, 100000) < 0 || setresuid(100000, 100000, 100000) < 0 ||
        unshare(CLONE_NEWUSER) < 0 || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
        return 1;
    write_text("/proc/self/setgroups", "deny");
    write_text("/proc/self/uid_map", "1000 100000 1\n");
    return drop_capabilities();
}

static int go_back_and_forth(void)
{
    return setresuid(0, 10001, 0) < 0;
}

static const struct live_case cases[] = {
    {"host root", CLONE_NEWPID, NULL, VERDICT_ROOT, "NR501 NR503"},
    {"host root that used it", CLONE_NEWPID, use_privilege, VERDICT_ROOT, "NR501"},
    {"pid and mount namespace", CLONE_NEWPID | CLONE_NEWNS, NULL, VERDICT_ROOT, "NR501 NR503"},
    {"root in a user namespace", CLONE_NEWNS, enter_user_namespace, VERDICT_ROOT_USERNS, "NR502"},
    {"the same in a pid namespace", CLONE_NEWPID | CLONE_NEWNS, enter_user_namespace, VERDICT_ROOT_USERNS,
     "NR502"},
    {"another uid of a user namespace", CLONE_NEWPID, enter_as_another, VERDICT_NONROOT, "NR504"},
    {"dropped", CLONE_NEWPID, drop_ids, VERDICT_NONROOT, "NR504", true},
    {"dropped well", CLONE_NEWPID, drop_all, VERDICT_NONROOT, ""},
    {"dropped well, mount namespace", CLONE_NEWPID | CLONE_NEWNS, drop_all, VERDICT_NONROOT, ""},
    {"ambient capability", CLONE_NEWPID, keep_ambient, VERDICT_NONROOT, "NR504"},
    {"group 0", CLONE_NEWPID, drop_uid, VERDICT_NONROOT, "NR107"},
    {"real uid 0", CLONE_NEWPID, go_back_and_forth, VERDICT_NONROOT, "NR504 NR107"},
};

static void test_cases(void **state)
{
    need_root();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        run_case(&cases[i]);
}

/* Every live rule is in the table at least twice, and at least twice not. */
static void test_every_rule(void **state)
{
    for (int rule = NR501; rule < RULE_COUNT; rule++) {
        int fires = 0;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
            fires += strstr(cases[i].rules, rule_get((enum rule_id)rule)->name) != NULL;
        assert_in_range(fires, 2, (int)ARRAY_SIZE(cases) - 2);
    }
}

/* A user namespace whose root is uid 100000 and that has the host's root as uid 5: written from outside. */
static void test_root_by_another_number(void **state)
{
    need_root();
    pid_t pid = start_child(CLONE_NEWUSER | CLONE_NEWPID, map_root_away);
    if (pid < 0)
        skip();
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)pid);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    const char *map = "5 0 1\n0 100000 1\n";
    bool written = fd >= 0 && write(fd, map, strlen(map)) == (ssize_t)strlen(map);
    close(fd);
    if (!written) {
        end_child(pid);
        skip();
    }
    expect(pid, &(struct live_case){.name = "uid 5", .verdict = VERDICT_ROOT, .rules = "NR501"});
}

/* A program with the setuid bit that an ordinary user starts: this one, as a copy. */
static char setuid_copy[] = "/var/tmp/test-live.XXXXXX";

static int run_setuid_copy(void)
{
    char *arguments[] = {setuid_copy, "--pause", NULL};
    if (setresgid(10001, 10001, 10001) < 0 || setresuid(10001, 10001, 10001) < 0)
        return 1;
    execv(setuid_copy, arguments);
    return 1;
}

static bool make_setuid_copy(void)
{
    char buffer[65536];
    ssize_t n;
    int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to = mkostemp(setuid_copy, O_CLOEXEC);
    assert_true(from >= 0 && to >= 0);
    while ((n = read(from, buffer, sizeof(buffer))) > 0)
        assert_int_equal(write(to, buffer, (size_t)n), n);
    bool good = fchmod(to, 04755) == 0;
    close(from);
    close(to);
    return good;
}

static void test_setuid_child(void **state)
{
    need_root();
    int ends[2];
    char byte = 'n', rules[256];
    assert_true(make_setuid_copy());
    assert_int_equal(pipe(ends), 0); /* the write end is the copy's standard output */
    pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, NULL);
    if (pid == 0) {
        dup2(ends[1], 1);
        close(ends[0]);
        _exit(run_setuid_copy());
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    close(ends[0]);
    int verdict = byte == 'r' ? judge(pid, rules, sizeof(rules)) : -1;
    end_child(pid);
    unlink(setuid_copy);
    if (byte != 'r') {
        print_message("setuid bits do nothing in /var/tmp or here: skipped\n");
        skip();
    }
    assert_int_equal(verdict, VERDICT_ROOT);
    assert_non_null(strstr(rules, "NR501"));
}

/* Root that somebody executed into a container whose process 1 is not root. */
static void test_root_exec(void **state)
{
    need_root();
    char path[64], rules[256];
    int ends[2], verdict;
    pid_t inner = -1, first = start_child(CLONE_NEWPID, drop_all);
    assert_true(first > 0);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)first);
    pid_t joiner = fork();
    if (joiner == 0) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || setns(fd, CLONE_NEWPID) < 0)
            _exit(1);
        pid_t child = fork();
        if (child == 0) {
            (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
            for (;;)
                pause();
        }
        if (write(ends[1], &child, sizeof(child)) != sizeof(child))
            _exit(1);
        for (;;)
            pause();
    }
    assert_int_equal(read(ends[0], &inner, sizeof(inner)), sizeof(inner));
    verdict = judge(inner, rules, sizeof(rules));
    end_child(joiner);
    end_child(first);
    assert_int_equal(verdict, VERDICT_ROOT);
    assert_non_null(strstr(rules, "NR504"));
    assert_non_null(strstr(rules, "NR501"));
}

/* A root of its own with one program in it: with the setuid bit, without it, and with no_new_privs. */
static char root_folder[] = "/var/tmp/test-live-root.XXXXXX";

static int enter_root(void)
{
    return chroot(root_folder) < 0 || chdir("/") < 0 || drop_all() != 0;
}

static int enter_root_without_way(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || enter_root() != 0;
}

static void test_setuid_files(void **state)
{
    static const struct {
        mode_t mode;
        child_step *step;
        const char *rules;
    } rows[] = {
        {04755, enter_root, "NR204 NR205"},
        {04711, enter_root, "NR204 NR205"},
        {0755, enter_root, ""},
        {04644, enter_root, ""},
        {04755, enter_root_without_way, ""},
    };
    char path[128], rules[256];
    need_root();
    assert_non_null(mkdtemp(root_folder));
    assert_int_equal(chmod(root_folder, 0755), 0);
    snprintf(path, sizeof(path), "%s/bin", root_folder);
    assert_int_equal(mkdir(path, 0755), 0);
    snprintf(path, sizeof(path), "%s/bin/way", root_folder);
    close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    own_root = true;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        assert_int_equal(chmod(path, rows[i].mode), 0);
        pid_t pid = start_child(CLONE_NEWPID, rows[i].step);
        int verdict = judge(pid, rules, sizeof(rules));
        end_child(pid);
        if (verdict != VERDICT_NONROOT || strcmp(rules, rows[i].rules) != 0)
            fail_msg("row %zu: verdict %d, %s", i, verdict, rules);
    }
    own_root = false;
    unlink(path);
    snprintf(path, sizeof(path), "%s/bin", root_folder);
    rmdir(path);
    rmdir(root_folder);
}

/* As an ordinary user: the namespaces of others cannot be looked at, what they are is seen all the same. */
static void test_as_another_user(void **state)
{
    need_root();
    int status = 0;
    pid_t root = start_child(CLONE_NEWPID, NULL), fine = start_child(CLONE_NEWPID, drop_all);
    assert_true(root > 0 && fine > 0);
    pid_t pid = fork();
    if (pid == 0) {
        char rules[256];
        if (setresgid(12345, 12345, 12345) < 0 || setresuid(12345, 12345, 12345) < 0)
            _exit(1);
        if (judge(root, rules, sizeof(rules)) != VERDICT_ROOT || !strstr(rules, "NR501"))
            _exit(2);
        _exit(judge(fine, rules, sizeof(rules)) == VERDICT_NONROOT ? 0 : 3);
    }
    waitpid(pid, &status, 0);
    end_child(root);
    end_child(fine);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* Uid 0 outside or inside is never called not root, nor is what cannot be told. */
static void test_verdict(void **state)
{
    static const struct {
        const char *own, *map;
        uint32_t uid;
        enum verdict verdict;
    } rows[] = {
        {"0 0 4294967295\n", "0 0 4294967295\n", 0, VERDICT_ROOT},
        {"0 0 4294967295\n", "0 0 4294967295\n", 1000, VERDICT_NONROOT},
        {"0 0 4294967295\n", "0 100000 65536\n", 100000, VERDICT_ROOT_USERNS},
        {"0 0 4294967295\n", "0 100000 65536\n", 100001, VERDICT_NONROOT},
        {"0 0 4294967295\n", "1 100000 65536\n", 100000, VERDICT_NONROOT},
        {"0 0 4294967295\n", "5 0 1\n0 100000 1\n", 0, VERDICT_ROOT},
        {"0 0 4294967295\n", "", 1000, VERDICT_UNKNOWN},
        {"0 0 4294967295\n", "", 0, VERDICT_ROOT},
        {"", "", 0, VERDICT_ROOT},
        {"0 100000 65536\n", "0 100000 65536\n", 0, VERDICT_ROOT_USERNS},
        {"0 100000 65536\n", "0 100000 65536\n", 65534, VERDICT_UNKNOWN},
        {"0 100000 65536\n", "0 100000 65536\n", 33, VERDICT_NONROOT},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct live_process p = {.uid = rows[i].uid};
        struct id_map own = {0};
        uint32_t inside;
        int r = id_map_from_text(rows[i].own, strlen(rows[i].own), &own);
        r |= id_map_from_text(rows[i].map, strlen(rows[i].map), &p.uid_map);
        assert_int_equal(r, 0); /* "": no map */
        assert_int_equal(live_verdict(&p, &own, &inside), rows[i].verdict);
    }
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

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status),          cmocka_unit_test(test_verdict),
        cmocka_unit_test(test_every_rule),      cmocka_unit_test(test_cases),
        cmocka_unit_test(test_setuid_child),    cmocka_unit_test(test_root_by_another_number),
        cmocka_unit_test(test_setuid_files),    cmocka_unit_test(test_root_exec),
        cmocka_unit_test(test_as_another_user),
    };
    if (argc == 2 && strcmp(argv[1], "--pause") == 0) {
        (void)!write(1, geteuid() == 0 && getuid() != 0 ? "r" : "n", 1);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        for (;;)
            pause();
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
