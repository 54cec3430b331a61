/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/scope_program.h"

#include "base/number.h"
#include "host/programs.h"
#include "kernel/credentials.h"
#include "kernel/file.h"
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#define PROGRAM "unroot-systemd"
#define SECONDS_DEFAULT 25
#define LINE_MAX_BYTES 1024
#define EXIT_NO_EXEC 127
enum { EXIT_EXISTS = 3, EXIT_UNREACHABLE = 4 }; /* src/systemd/main.c */

struct child {
    int in_fd, out_fd, error_fd;
    char *path;
    struct strings arguments, environment;
    uint64_t seconds;
};

static void child_close(struct child *c)
{
    const int fds[] = {c->in_fd, c->out_fd, c->error_fd};
    for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
    free(c->path);
    strings_free(&c->arguments);
    strings_free(&c->environment);
}

static uint64_t time_limit(void)
{
    uint64_t seconds = SECONDS_DEFAULT;
#ifdef UNROOT_TEST_HOOKS
    const char *text = getenv("UNROOT_SYSTEMD_SECONDS");
    if (text && number_parse(text, 3600, &seconds) < 0)
        seconds = SECONDS_DEFAULT;
#endif
    return seconds;
}

static int fill_environment(struct child *c, bool of_user)
{
    static const char *const names[] = {"DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"};
    int r = 0;
    for (size_t i = 0; r == 0 && of_user && i < ARRAY_SIZE(names); i++)
        if (getenv(names[i]))
            r = strings_addf(&c->environment, "%s=%s", names[i], getenv(names[i]));
    return r;
}

static int fill_arguments(struct child *c, const struct scope_program *p)
{
    autofree char *folder = NULL;
    int r = programs_find(PROGRAM, &folder);
    if (r == 0 && asprintf(&c->path, "%s/" PROGRAM, folder) < 0)
        r = -ENOMEM;
    if (r == 0)
        r = strings_add(&c->arguments, PROGRAM);
    if (r == 0)
        r = strings_add(&c->arguments, p->of_user ? "user" : "system");
    if (r == 0)
        r = strings_addf(&c->arguments, "%u", (unsigned)c->seconds);
    if (r == 0)
        r = strings_add(&c->arguments, p->verb);
    if (r == 0)
        r = strings_add(&c->arguments, p->unit);
    for (size_t i = 0; r == 0 && p->properties && i < p->properties->count; i++)
        r = strings_add(&c->arguments, p->properties->items[i]);
    return r == 0 ? fill_environment(c, p->of_user) : r;
}

/* In the child; the uid stays, because systemd obeys it. */
__attribute__((noreturn)) static void child_execute(const struct child *c)
{
    static char *const nothing[] = {NULL};
    const struct capability_sets none = {0};
    bool done = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && dup2(c->in_fd, STDIN_FILENO) >= 0 &&
                dup2(c->out_fd, STDOUT_FILENO) >= 0 && dup2(c->error_fd, STDERR_FILENO) >= 0 &&
                chdir("/") == 0 && process_close_from(3) == 0;
    if (done && geteuid() == 0)
        ignore(credentials_limit_bounding(0)); /* not without CAP_SETPCAP; the next two lines suffice */
    if (!done || credentials_set_capabilities(&none) < 0 || credentials_no_new_privs() < 0)
        _exit(EXIT_NO_EXEC);
    (void)execve(c->path, c->arguments.items, c->environment.items ? c->environment.items : nothing);
    _exit(EXIT_NO_EXEC);
}

static void read_message(int fd, char ret_message[FAILURE_TEXT_SIZE])
{
    ssize_t n = pread(fd, ret_message, FAILURE_TEXT_SIZE - 1, 0);
    ret_message[n > 0 ? n : 0] = '\0';
    ret_message[strcspn(ret_message, "\n")] = '\0';
}

static int explain(const struct child *c, int status, struct failure *f)
{
    static const char hint[] = "is systemd running? Otherwise let the engine use " SCOPE_OTHER_DRIVER;
    char message[FAILURE_TEXT_SIZE];
    read_message(c->error_fd, message);
    if (status == EXIT_UNREACHABLE)
        return refuse(f, -EHOSTDOWN, "cannot use systemd cgroups manager: %s: %s", message, hint);
    if (status == 128 + SIGALRM)
        return refuse(f, -ETIMEDOUT, "cannot use systemd cgroups manager: no answer within %u seconds: %s",
                      (unsigned)c->seconds, hint);
    if (status == EXIT_NO_EXEC)
        return refuse(f, -ENOENT, "cannot use systemd cgroups manager: %s cannot be executed", c->path);
    if (status > 128)
        return refuse(f, -EIO, PROGRAM " was ended by signal %d", status - 128);
    return refuse(f, status == EXIT_EXISTS ? -EEXIST : -EIO, "systemd: %s", message);
}

/* The other ends of its input and output. */
struct peer_ends {
    int release_fd, answer_fd;
};

static int child_start(struct child *c, const struct scope_program *p, struct peer_ends *ret_ends,
                       struct failure *f)
{
    int in[2], out[2], pidfd = -EBADF;
    c->seconds = time_limit();
    int r = fill_arguments(c, p);
    if (r < 0)
        return fail(f, r, "starting " PROGRAM);
    c->error_fd = memfd_create("messages", MFD_CLOEXEC);
    if (c->error_fd < 0 || pipe2(in, O_CLOEXEC) < 0)
        return fail(f, -errno, "starting " PROGRAM);
    c->in_fd = in[0];
    autoclose int release = in[1];
    if (pipe2(out, O_CLOEXEC) < 0)
        return fail(f, -errno, "starting " PROGRAM);
    c->out_fd = out[1];
    autoclose int answer = out[0];
    pid_t pid = process_clone(0, -EBADF, &pidfd);
    if (pid == 0)
        child_execute(c);
    if (pid < 0)
        return fail(f, pid, "starting " PROGRAM);
    (void)close(TAKE_FD(c->out_fd));
    *ret_ends = (struct peer_ends){TAKE_FD(release), TAKE_FD(answer)};
    return pidfd;
}

static int child_finish(const struct child *c, int pidfd, struct failure *f)
{
    int status = process_wait(pidfd);
    if (status < 0)
        return fail(f, status, "waiting for " PROGRAM);
    return status == 0 ? 0 : explain(c, status, f);
}

int scope_program_run(const struct scope_program *p, struct failure *failure)
{
    struct child c = {.in_fd = -EBADF, .out_fd = -EBADF, .error_fd = -EBADF};
    struct peer_ends ends = {-EBADF, -EBADF};
    autoclose int pidfd = child_start(&c, p, &ends, failure);
    int r = pidfd < 0 ? pidfd : child_finish(&c, pidfd, failure);
    if (pidfd >= 0) {
        (void)close(ends.release_fd);
        (void)close(ends.answer_fd);
    }
    child_close(&c);
    return r;
}

/* One line, or what the program said when it ended instead. */
static int read_group(const struct child *c, int answer_fd, int pidfd, char **ret_group, struct failure *f)
{
    char line[LINE_MAX_BYTES];
    size_t length = 0;
    while (length < sizeof(line)) {
        ssize_t n = read(answer_fd, line + length, sizeof(line) - length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        length += (size_t)n;
        if (line[length - 1] != '\n')
            continue;
        line[length - 1] = '\0';
        *ret_group = strdup(line);
        return *ret_group ? 0 : fail(f, -ENOMEM, "the unit's control group");
    }
    int r = child_finish(c, pidfd, f);
    return r < 0 ? r : refuse(f, -EIO, PROGRAM " did not say what systemd made");
}

int scope_program_hold(const struct scope_program *p, char **ret_group, int ret_fds[2],
                       struct failure *failure)
{
    struct child c = {.in_fd = -EBADF, .out_fd = -EBADF, .error_fd = -EBADF};
    struct peer_ends ends = {-EBADF, -EBADF};
    autoclose int pidfd = child_start(&c, p, &ends, failure);
    int r = pidfd;
    if (pidfd >= 0) {
        autoclose int answer = ends.answer_fd, release = ends.release_fd;
        r = read_group(&c, answer, pidfd, ret_group, failure);
        if (r == 0) {
            ret_fds[0] = TAKE_FD(pidfd);
            ret_fds[1] = TAKE_FD(release);
        }
    }
    child_close(&c);
    return r;
}
