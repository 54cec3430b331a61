/* SPDX-License-Identifier: Apache-2.0 */
#include "store/unpacker.h"

#include "kernel/credentials.h"
#include "kernel/file.h"
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define CHILD_FIRST_FREE 5 /* 0 in, 1 out, 2 errors, 3 report, 4 tree */

struct child {
    const struct unpacker_job *job;
    int program_fd, report_fd, ready_fd, null_fd;
};

static void child_failed(const struct child *c, const char *what)
{
    struct unpack_report report = {.magic = UNPACK_REPORT_MAGIC, .error = -errno};
    size_t length = strlen(what);
    memcpy(report.text, what, length < sizeof(report.text) ? length : sizeof(report.text) - 1);
    ssize_t n = pwrite(c->report_fd, &report, sizeof(report), 0);
    _exit(n == (ssize_t)sizeof(report) ? 1 : 125);
}

static int become_stored_root(void)
{
    int r = credentials_set_groups(NULL, 0);
    if (r == 0)
        r = credentials_set_group(0);
    if (r == 0)
        r = credentials_set_user(0);
    if (r == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
        r = -errno;
    return r;
}

/* First out of the way of each other, then down to their numbers. */
static int place_descriptors(const struct child *c)
{
    const int given[CHILD_FIRST_FREE] = {c->job->input_fd, c->job->output_fd, c->null_fd, c->report_fd,
                                         c->job->tree_fd};
    int high[CHILD_FIRST_FREE];
    for (int i = 0; i < CHILD_FIRST_FREE; i++) {
        high[i] = fcntl(given[i] >= 0 ? given[i] : c->null_fd, F_DUPFD_CLOEXEC, 64);
        if (high[i] < 0)
            return -errno;
    }
    for (int i = 0; i < CHILD_FIRST_FREE; i++)
        if (dup2(high[i], i) < 0)
            return -errno;
    return syscall(SYS_close_range, CHILD_FIRST_FREE, ~0U, CLOSE_RANGE_CLOEXEC) < 0 ? -errno : 0;
}

static void run_child(const struct child *c)
{
    char ready;
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL); /* cannot fail with these arguments */
    if (fd_read_all(c->ready_fd, &ready, 1) != 1)
        _exit(125); /* whoever started this is gone */
    int r = become_stored_root();
    if (r < 0) {
        errno = -r;
        child_failed(c, "taking the stored ids");
    }
    r = place_descriptors(c);
    if (r < 0) {
        errno = -r;
        child_failed(c, "placing descriptors");
    }
    char program[] = "unroot-unpack";
    char *const arguments[] = {program, (char *)c->job->role, (char *)c->job->name, NULL};
    char *const environment[] = {NULL};
    (void)syscall(SYS_execveat, c->program_fd, "", arguments, environment,
                  AT_EMPTY_PATH); /* returns only to fail */
    child_failed(c, "executing unroot-unpack");
}

static int make_report_file(void)
{
    autoclose int fd = memfd_create("unpack-report", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || ftruncate(fd, UNPACK_REPORT_SIZE) < 0 ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
        return -errno;
    return TAKE_FD(fd);
}

static int write_maps(pid_t pid, const char *map)
{
    char stored[64];
    (void)snprintf(stored, sizeof(stored), "0 %u %u\n", STORE_ID_BASE, STORE_ID_COUNT); /* fits */
    autoclose int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return proc < 0 ? -errno : userns_write_maps(proc, pid, map ? map : stored, map ? map : stored);
}

static int start_child(struct child *c, struct unpacker *u, struct failure *failure)
{
    int ready[2];
    if (pipe2(ready, O_CLOEXEC) < 0)
        return fail(failure, -errno, "starting unroot-unpack");
    autoclose int ready_read = ready[0], ready_write = ready[1];
    c->ready_fd = ready_read;
    pid_t pid = process_clone(CLONE_NEWUSER, -EBADF, &u->pidfd);
    if (pid < 0)
        return fail(failure, (int)pid, "starting unroot-unpack");
    if (pid == 0) {
        (void)close(ready_write); /* so that the end of the parent is seen */
        run_child(c);
        _exit(125);
    }
    int r = write_maps(pid, c->job->map);
    if (r == 0)
        r = fd_write_all(ready_write, "", 1);
    if (r < 0) {
        unpacker_end(u);
        return fail(failure, r, "giving unroot-unpack the stored ids");
    }
    return 0;
}

int unpacker_start(const struct store *s, const struct unpacker_job *job, struct unpacker *ret_unpacker,
                   struct failure *failure)
{
    struct unpacker u = UNPACKER_NONE;
    autoclose int program = open(s->program, O_PATH | O_CLOEXEC);
    if (program < 0)
        return fail(failure, -errno, "opening %s", s->program);
    autoclose int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    autoclose int report = make_report_file();
    if (null < 0 || report < 0)
        return fail(failure, null < 0 ? -errno : report, "starting unroot-unpack");
    struct child c = {.job = job, .program_fd = program, .report_fd = report, .null_fd = null};
    int r = start_child(&c, &u, failure);
    if (r < 0)
        return r;
    u.report_fd = TAKE_FD(report);
    *ret_unpacker = u;
    return 0;
}

/* How much of the file is said to be used, for reading no more; unpack_report_read() checks it. */
static size_t report_size(int fd)
{
    struct unpack_report head;
    if (pread(fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
        head.opaque_size > UNPACK_REPORT_SIZE - sizeof(head))
        return sizeof(head);
    return sizeof(head) + head.opaque_size;
}

static int read_report(int fd, struct unpack_report *ret_report, char **ret_paths)
{
    size_t size = report_size(fd);
    autofree char *data = malloc(size);
    if (!data)
        return -ENOMEM;
    ssize_t n = pread(fd, data, size, 0);
    if (n < 0)
        return -errno;
    const char *paths;
    int r = unpack_report_read(data, (size_t)n, ret_report, &paths);
    if (r < 0 || !ret_paths)
        return r;
    *ret_paths = NULL;
    if (!paths)
        return 0;
    memmove(data, paths, ret_report->opaque_size);
    *ret_paths = TAKE_PTR(data);
    return 0;
}

int unpacker_finish(struct unpacker *u, struct unpack_report *ret_report, char **ret_paths,
                    struct failure *failure)
{
    int status = process_wait(u->pidfd);
    (void)close(TAKE_FD(u->pidfd)); /* the process is gone */
    autoclose int report = TAKE_FD(u->report_fd);
    if (status < 0)
        return fail(failure, status, "waiting for unroot-unpack");
    int r = read_report(report, ret_report, ret_paths);
    if (r == -ENOMEM)
        return fail(failure, r, "reading what unroot-unpack says");
    if (r < 0 && status > 128)
        return refuse(failure, -EIO, "unroot-unpack was ended by signal %d (%s)", status - 128,
                      strsignal(status - 128));
    if (r < 0 || (status != 0 && ret_report->error == 0))
        return refuse(failure, -EIO, "unroot-unpack ended with status %d", status);
    return 0;
}

void unpacker_end(struct unpacker *u)
{
    if (u->pidfd >= 0) {
        process_end(u->pidfd);
        (void)close(u->pidfd); /* the process is gone */
    }
    if (u->report_fd >= 0)
        (void)close(u->report_fd); /* nobody reads it any more */
    *u = UNPACKER_NONE;
}
