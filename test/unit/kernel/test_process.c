/* SPDX-License-Identifier: Apache-2.0 */
/* process.c and userns.c: children by descriptor, namespaces, maps. */
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

static int proc_fd;

/* A child that ends with `status`, or waits to be ended when it is negative. */
static pid_t child_make(uint64_t flags, int status, int *ret_pidfd)
{
    pid_t pid = process_clone(flags, -EBADF, ret_pidfd);
    if (pid == 0) {
        while (status < 0)
            (void)pause();
        _exit(status);
    }
    return pid;
}

static void exit_statuses_are_the_shells(void **state)
{
    (void)state;
    int pidfd = -EBADF;
    assert_true(child_make(0, 42, &pidfd) > 0);
    assert_int_equal(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(process_wait(pidfd), 42);
    assert_int_equal(process_wait(pidfd), -ECHILD);
    assert_int_equal(process_signal(pidfd, SIGTERM), -ESRCH);
    process_end(pidfd);
    close(pidfd);
    assert_true(child_make(0, -1, &pidfd) > 0);
    assert_int_equal(process_signal(pidfd, SIGTERM), 0);
    assert_int_equal(process_wait(pidfd), 128 + SIGTERM);
    close(pidfd);
}

static void ended_children_are_reaped(void **state)
{
    (void)state;
    int pidfd = -EBADF;
    process_end(-EBADF);
    pid_t pid = child_make(0, -1, &pidfd);
    assert_true(pid > 0);
    process_end(pidfd);
    close(pidfd);
    assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void a_bad_cgroup_makes_no_child(void **state)
{
    (void)state;
    int pidfd = -EBADF, null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    pid_t pid = process_clone(0, null, &pidfd);
    if (pid == 0)
        _exit(1);
    assert_int_equal(pid, -EBADF);
    assert_int_equal(pidfd, -EBADF);
    close(null);
}

static void descriptors_are_closed_from(void **state)
{
    (void)state;
    int pidfd = -EBADF;
    pid_t pid = process_clone(0, -EBADF, &pidfd);
    if (pid == 0) {
        int low = open("/dev/null", O_RDONLY | O_CLOEXEC), high = fcntl(low, F_DUPFD_CLOEXEC, 200);
        int r = high < 200 ? -EIO : process_close_from((unsigned)high);
        _exit(r == 0 && fcntl(low, F_GETFD) >= 0 && fcntl(high, F_GETFD) < 0 ? 0 : 1);
    }
    assert_int_equal(process_wait(pidfd), 0);
    close(pidfd);
}

static void read_below(pid_t pid, const char *name, char *ret_text, size_t size)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "%d/%s", pid, name);
    int fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    ssize_t n = read(fd, ret_text, size - 1);
    assert_true(n >= 0);
    ret_text[n] = '\0';
    close(fd);
}

static void maps_are_written_once(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip(); /* only root maps ids that are not its own */
    char text[128];
    int pidfd = -EBADF;
    pid_t pid = child_make(CLONE_NEWUSER, -1, &pidfd);
    assert_true(pid > 0);
    assert_int_equal(userns_write_maps(proc_fd, pid, "0 5000 10\n20 6000 1\n", "0 7000 3\n"), 0);
    read_below(pid, "uid_map", text, sizeof(text));
    assert_non_null(strstr(text, " 5000         10\n"));
    assert_non_null(strstr(text, " 6000          1\n"));
    read_below(pid, "gid_map", text, sizeof(text));
    assert_non_null(strstr(text, " 7000          3\n"));
    assert_int_equal(userns_write_maps(proc_fd, pid, "0 5000 10\n", "0 7000 3\n"), -EPERM);
    process_end(pidfd);
    close(pidfd);
}

static void a_namespace_outlives_its_maker(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    int fd = userns_make(proc_fd, "0 5000 10\n", "0 7000 10\n"), pidfd = -EBADF;
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* its process is gone and reaped */
    pid_t pid = process_clone(0, -EBADF, &pidfd);
    if (pid == 0) {
        int r = process_enter(fd, CLONE_NEWUSER);
        _exit(r == 0 && setresuid(3, 3, 3) == 0 && setresuid(11, 11, 11) < 0 ? 0 : 1);
    }
    assert_int_equal(process_wait(pidfd), 0);
    close(pidfd);
    close(fd);
    assert_int_equal(userns_make(proc_fd, "0 5000 10\n3 9000 1\n", "0 1 1\n"), -EINVAL);
    assert_int_equal(userns_make(proc_fd, "nonsense", "0 1 1\n"), -EINVAL);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void namespaces_are_opened_and_entered(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    struct stat ours, theirs;
    int pidfd = -EBADF;
    pid_t pid = child_make(CLONE_NEWUTS, -1, &pidfd);
    assert_true(pid > 0);
    int own = process_open_namespace(proc_fd, getpid(), "uts");
    int other = process_open_namespace(proc_fd, pid, "uts");
    assert_true(own >= 0 && other >= 0);
    assert_int_equal(fcntl(other, F_GETFD), FD_CLOEXEC);
    assert_true(fstat(own, &ours) == 0 && fstat(other, &theirs) == 0);
    assert_true(ours.st_ino != theirs.st_ino);
    int enterer = -EBADF;
    pid_t second = process_clone(0, -EBADF, &enterer);
    if (second == 0) {
        int r = process_enter(pidfd, CLONE_NEWUTS);
        struct stat now;
        _exit(r == 0 && stat("/proc/self/ns/uts", &now) == 0 && now.st_ino == theirs.st_ino &&
                      process_unshare(CLONE_NEWUTS) == 0 && stat("/proc/self/ns/uts", &now) == 0 &&
                      now.st_ino != theirs.st_ino
                  ? 0
                  : 1);
    }
    assert_int_equal(process_wait(enterer), 0);
    assert_int_equal(process_open_namespace(proc_fd, pid, "nonsense"), -ENOENT);
    assert_int_equal(process_enter(own, CLONE_NEWNET), -EINVAL);
    process_end(pidfd);
    close(enterer);
    close(pidfd);
    close(own);
    close(other);
}

static int open_proc(void **state)
{
    (void)state;
    proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return proc_fd < 0 ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_statuses_are_the_shells),
        cmocka_unit_test(ended_children_are_reaped),
        cmocka_unit_test(a_bad_cgroup_makes_no_child),
        cmocka_unit_test(descriptors_are_closed_from),
        cmocka_unit_test(maps_are_written_once),
        cmocka_unit_test(a_namespace_outlives_its_maker),
        cmocka_unit_test(namespaces_are_opened_and_entered),
    };
    return cmocka_run_group_tests(tests, open_proc, NULL);
}
