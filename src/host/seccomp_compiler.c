/* SPDX-License-Identifier: Apache-2.0 */
#include "host/seccomp_compiler.h"

#include "formats/seccomp_image.h"
#include "kernel/credentials.h"
#include "kernel/file.h"
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define NOBODY 65534 /* the kernel's overflow id: owns nothing */
#define MESSAGE_BYTES 600
#define ARGUMENTS_MAX 12
#define EXIT_NO_EXEC 127
#ifdef UNROOT_SANITIZED /* the address sanitizer's shadow alone is terabytes */
#define ADDRESS_SPACE_BYTES RLIM_INFINITY
#else
#define ADDRESS_SPACE_BYTES (512U << 20)
#endif

struct compiler {
    int program_fd, in_fd, out_fd, error_fd;
    bool privileged;
    const char *arguments[ARGUMENTS_MAX];
    char capabilities[17];
};

static void limit(int resource, rlim_t value)
{
    const struct rlimit l = {value, value};
    if (setrlimit((__rlimit_resource_t)resource, &l) != 0)
        _exit(EXIT_NO_EXEC);
}

/* In the child; only calls that are safe there. */
static void become_nobody(const struct compiler *c)
{
    int r = c->privileged ? credentials_set_groups(NULL, 0) : 0;
    if (r == 0 && c->privileged)
        r = credentials_set_group(NOBODY);
    if (r == 0 && c->privileged)
        r = credentials_set_user(NOBODY);
    const struct capability_sets none = {0}; /* a caller may have set securebits that keep them */
    if (r == 0)
        r = credentials_set_capabilities(&none);
    if (r == 0)
        r = credentials_no_new_privs();
    if (r != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        _exit(EXIT_NO_EXEC);
}

__attribute__((noreturn)) static void compiler_execute(const struct compiler *c)
{
    static const char *const environment[] = {NULL};
    if (dup2(c->in_fd, STDIN_FILENO) < 0 || dup2(c->out_fd, STDOUT_FILENO) < 0 ||
        dup2(c->error_fd, STDERR_FILENO) < 0 || chdir("/") != 0)
        _exit(EXIT_NO_EXEC);
    limit(RLIMIT_CPU, 10);
    limit(RLIMIT_AS, ADDRESS_SPACE_BYTES);
    limit(RLIMIT_FSIZE, SECCOMP_IMAGE_MAX + 65536);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NOFILE, 16);
    become_nobody(c);
    (void)syscall(SYS_execveat, c->program_fd, "", c->arguments, environment, AT_EMPTY_PATH);
    _exit(EXIT_NO_EXEC);
}

static int make_memory(const char *name, const void *data, size_t size)
{
    autoclose int fd = memfd_create(name, MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    int error = size > 0 ? fd_write_all(fd, data, size) : 0;
    if (error == 0 && lseek(fd, 0, SEEK_SET) < 0)
        error = -errno;
    return error == 0 ? TAKE_FD(fd) : error;
}

static void fill_arguments(struct compiler *c, const struct seccomp_compilation *what)
{
    size_t n = 0;
    (void)snprintf(c->capabilities, sizeof(c->capabilities), "%016llx",
                   (unsigned long long)what->capabilities);
    const char *const fixed[] = {"unroot-seccomp", "--machine",      what->machine,  "--kernel",
                                 what->kernel,     "--capabilities", c->capabilities};
    for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
        c->arguments[n++] = fixed[i];
    if (what->allow_userns)
        c->arguments[n++] = "--userns";
    if (what->listener)
        c->arguments[n++] = "--notify";
    if (what->name) {
        c->arguments[n++] = "--profile";
        c->arguments[n++] = what->name;
    }
    c->arguments[n] = NULL;
}

/* Its first lines, as one: what it says comes from a stranger's bytes, so only printable characters. */
static void read_message(int fd, char ret_message[MESSAGE_BYTES])
{
    ssize_t n = pread(fd, ret_message, MESSAGE_BYTES - 1, 0);
    ret_message[n > 0 ? n : 0] = '\0';
    for (char *p = ret_message; *p; p++)
        if (*p == '\n')
            *p = p[1] ? ';' : '\0';
        else if ((unsigned char)*p < ' ' || *p == 127)
            *p = '?';
}

static int explain(const struct compiler *c, int status, struct failure *f)
{
    char message[MESSAGE_BYTES];
    read_message(c->error_fd, message);
    if (status == 1)
        return refuse(f, -EINVAL, "seccomp profile %s", message);
    if (status == 4)
        return refuse(f, -EOPNOTSUPP, "seccomp profile: %s", message);
    if (status > 128)
        return refuse(f, -EIO, "unroot-seccomp was ended by signal %d while it compiled the profile",
                      status - 128);
    return refuse(f, -EIO, "unroot-seccomp failed with status %d%s%s", status, message[0] ? ": " : "",
                  message);
}

static int compiler_start(struct compiler *c, struct failure *f)
{
    int pidfd = -EBADF;
    uint64_t apart = c->privileged ? CLONE_NEWNET | CLONE_NEWIPC : 0;
    pid_t pid = process_clone(apart, -EBADF, &pidfd);
    if (pid == 0)
        compiler_execute(c);
    if (pid < 0)
        return fail(f, pid, "starting unroot-seccomp");
    int status = process_wait(pidfd);
    (void)close(pidfd);
    if (status < 0)
        return fail(f, status, "waiting for unroot-seccomp");
    return status == 0 ? 0 : explain(c, status, f);
}

int seccomp_compiler_run(const struct seccomp_compilation *c, char **ret_image, size_t *ret_size,
                         struct failure *failure)
{
    autofree char *path = NULL;
    if (asprintf(&path, "%s/unroot-seccomp", c->program_dir) < 0)
        return fail(failure, -ENOMEM, "compiling a seccomp profile");
    autoclose int program = open(path, O_RDONLY | O_CLOEXEC);
    if (program < 0)
        return fail(failure, -errno, "opening %s", path);
    autoclose int in = make_memory("profile", c->profile, c->profile_size);
    autoclose int out = make_memory("filter", NULL, 0);
    autoclose int errors = make_memory("findings", NULL, 0);
    if (in < 0 || out < 0 || errors < 0)
        return fail(failure, in < 0 ? in : out < 0 ? out : errors, "making room for a seccomp profile");
    struct compiler compiler = {program, in, out, errors, .privileged = geteuid() == 0};
    fill_arguments(&compiler, c);
    int error = compiler_start(&compiler, failure);
    if (error != 0)
        return error;
    if (lseek(out, 0, SEEK_SET) < 0)
        return fail(failure, -errno, "reading a compiled seccomp profile");
    error = fd_read_whole(out, SECCOMP_IMAGE_MAX, ret_image, ret_size);
    return error == 0 ? 0 : fail(failure, error, "reading a compiled seccomp profile");
}
