/* SPDX-License-Identifier: Apache-2.0 */
/* The parser role.
 * runs in:  a child that gave up everything: nobody's ids, no capability, no descriptor but one pipe
 * power:    reading its own memory and writing to that pipe: a seccomp filter allows memory, write and the
 * end must not: do anything else */
#include "build/parse.h"

#include "base/text.h"

#include "build/parse_fields.h"
#include "kernel/credentials.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "kernel/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define NOBODY 65534
#define ANSWER_MAX (256u << 20)
#define CPU_SECONDS 20
#define MEMORY_MAX (1ull << 30)

#if defined(__x86_64__)
#define OWN_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCH AUDIT_ARCH_AARCH64
#endif

#ifndef UNROOT_SANITIZED
#define ALLOW(call)                                                                                          \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static int install_filter(void)
{
    static const struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCH, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW(SYS_write),
        ALLOW(SYS_brk),
        ALLOW(SYS_mmap),
        ALLOW(SYS_munmap),
        ALLOW(SYS_mremap),
        ALLOW(SYS_madvise),
        ALLOW(SYS_exit_group),
        ALLOW(SYS_rt_sigreturn),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    return seccomp_install(filter, ARRAY_SIZE(filter), 0);
}
#else
static int install_filter(void)
{
    return 0; /* the sanitizer needs more calls than anyone can list */
}
#endif

static int limit(int what, rlim_t value)
{
    const struct rlimit both = {value, value};
    return setrlimit((__rlimit_resource_t)what, &both) < 0 ? -errno : 0;
}

static int give_up_power(int pipe_fd)
{
    const struct capability_sets none = {0};
    int r = dup3(pipe_fd, 3, O_CLOEXEC) < 0 && pipe_fd != 3 ? -errno : 0;
    if (r == 0)
        r = process_close_from(4);
    for (int fd = 0; r == 0 && fd < 3; fd++)
        (void)close(fd); /* those that are open */
    if (r == 0)
        r = limit(RLIMIT_CPU, CPU_SECONDS);
#ifndef UNROOT_SANITIZED
    if (r == 0)
        r = limit(RLIMIT_AS, MEMORY_MAX);
#endif
    if (r == 0)
        r = limit(RLIMIT_CORE, 0);
    if (r == 0 && geteuid() == 0) {
        r = credentials_set_groups(NULL, 0);
        r = r < 0 ? r : credentials_set_group(NOBODY);
        r = r < 0 ? r : credentials_set_user(NOBODY);
    }
    r = r < 0 ? r : credentials_set_capabilities(&none);
    r = r < 0 ? r : credentials_no_new_privs();
    if (r == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0))
        r = -errno;
    return r < 0 ? r : install_filter();
}

#define MISTAKES_TOLD 5

/* The first few mistakes, and how many more. */
static int tell_report(const struct report *report, int error, struct failure *failure)
{
    autotext struct text text = {0};
    size_t mistakes = report->dropped, told = 0;
    for (size_t i = 0; i < report->count; i++) {
        const struct finding *f = &report->items[i];
        if (string_after(f->rule, "dockerfile/warning-"))
            continue;
        mistakes++;
        if (told < MISTAKES_TOLD &&
            text.length + strlen(f->place) + strlen(f->text) < FAILURE_TEXT_SIZE - 64) {
            text_printf(&text, "%s%s: %s", told > 0 ? "; " : "", f->place, f->text);
            told++;
        }
    }
    if (told == 0)
        return fail(failure, error, "parsing it");
    if (mistakes > told)
        text_printf(&text, "; and %zu more", mistakes - told);
    return refuse(failure, error, "%s", text_peek(&text));
}

static void answer(struct fields *f, struct failure *failure, struct dockerfile *d)
{
    char *text = failure->text;
    uint64_t error = (uint64_t)(int64_t)failure->error;
    fields_number(f, &error);
    fields_string(f, &text);
    if (failure->error == 0)
        fields_dockerfile(f, d);
}

_Noreturn static void parser_run(const char *name, const char *data, size_t size, int pipe_fd)
{
    autodockerfile struct dockerfile d = {0};
    autoreport struct report report = {0};
    struct failure failure = {0};
    struct fields f = {.writing = true};
    if (give_up_power(pipe_fd) < 0)
        _exit(125);
    int r = dockerfile_parse(name, data, size, &report, &d);
    if (r < 0)
        (void)tell_report(&report, r, &failure); /* is sent */
    answer(&f, &failure, &d);
    _exit(text_error(&f.out) < 0 || fd_write_all(3, f.out.data, f.out.length) < 0 ? 125 : 0);
}

static int read_answer(const char *data, size_t size, struct dockerfile *ret_dockerfile,
                       struct failure *failure)
{
    autodockerfile struct dockerfile d = {0};
    struct fields f = {.data = data, .size = size};
    uint64_t error = 0;
    autofree char *text = NULL;
    fields_number(&f, &error);
    fields_string(&f, &text);
    if (f.error == 0 && error != 0)
        return refuse(failure, -EINVAL, "%s", text ? text : "it cannot be parsed");
    fields_dockerfile(&f, &d);
    if (f.error < 0)
        return fail(failure, f.error, "reading what the parser understood");
    *ret_dockerfile = d;
    d = (struct dockerfile){0};
    return 0;
}

int build_parse(const char *name, const char *data, size_t size, struct dockerfile *ret_dockerfile,
                struct failure *failure)
{
    autofree char *bytes = NULL;
    size_t count = 0;
    int ends[2], pidfd_given = -EBADF;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail(failure, -errno, "starting the parser");
    autoclose int ours = ends[0], theirs = ends[1];
    pid_t pid = process_clone(0, -EBADF, &pidfd_given);
    if (pid == 0)
        parser_run(name, data, size, theirs);
    if (pid < 0)
        return fail(failure, (int)pid, "starting the parser");
    autoclose int pidfd = pidfd_given;
    (void)close(TAKE_FD(theirs)); /* so that its end is seen */
    int r = fd_read_whole(ours, ANSWER_MAX, &bytes, &count);
    int status = process_wait(pidfd);
    if (r < 0)
        return fail(failure, r, "listening to the parser");
    if (status != 0)
        return refuse(failure, -EIO, "the parser of %s ended with status %d", name, status);
    return read_answer(bytes, count, ret_dockerfile, failure);
}
