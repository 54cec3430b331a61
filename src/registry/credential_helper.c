/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/credentials.h"

#include "base/strings.h"
#include "base/text.h"
#include "kernel/file.h"
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#define ANSWER_SIZE_MAX 65536
#define TIME_LIMIT_MS 60000 /* it may ask a person for a pass phrase */
#define EXIT_NO_EXEC 127

struct helper {
    char program[160];
    const char *verb;
    int pidfd, answer_fd;
};

static int64_t clock_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

__attribute__((noreturn)) static void execute(const struct helper *h, int question_fd, int answer_fd)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || dup2(question_fd, STDIN_FILENO) < 0 ||
        dup2(answer_fd, STDOUT_FILENO) < 0)
        _exit(EXIT_NO_EXEC);
    (void)signal(SIGPIPE, SIG_DFL); /* cannot fail for this signal */
    (void)execlp(h->program, h->program, h->verb, (char *)NULL);
    _exit(EXIT_NO_EXEC);
}

/* Written before the helper starts, so that one that does not read cannot hold us up. */
static int make_question(const char *text)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    autoclose int output = ends[1], input = ends[0];
    (void)fcntl(output, F_SETFL, O_NONBLOCK); /* what does not fit is an error below */
    int r = fd_write_all(output, text, strlen(text));
    return r < 0 ? r : TAKE_FD(input);
}

static int start_helper(struct helper *h, const char *question, struct failure *failure)
{
    int ends[2];
    autoclose int input = make_question(question);
    if (input < 0 || pipe2(ends, O_CLOEXEC) < 0)
        return fail(failure, input < 0 ? input : -errno, "starting %s", h->program);
    autoclose int output = ends[1];
    h->answer_fd = ends[0];
    pid_t pid = process_clone(0, -EBADF, &h->pidfd);
    if (pid == 0)
        execute(h, input, output);
    return pid < 0 ? fail(failure, (int)pid, "starting %s", h->program) : 0;
}

static int read_answer(const struct helper *h, char *answer, size_t *ret_size)
{
    int64_t end = clock_ms() + TIME_LIMIT_MS;
    *ret_size = 0;
    for (;;) {
        struct pollfd p = {.fd = h->answer_fd, .events = POLLIN};
        int64_t left = end - clock_ms();
        int r = left > 0 ? poll(&p, 1, (int)left) : 0;
        if (r == 0)
            return -ETIMEDOUT;
        if (r < 0 && errno == EINTR)
            continue;
        ssize_t n = r < 0 ? -1 : read(h->answer_fd, answer + *ret_size, ANSWER_SIZE_MAX - *ret_size);
        if (n < 0)
            return -errno;
        if (n == 0)
            return 0;
        *ret_size += (size_t)n;
        if (*ret_size == ANSWER_SIZE_MAX)
            return -EFBIG;
    }
}

static int judge(const struct helper *h, int status, char *answer, size_t size, struct failure *failure)
{
    if (status == 0)
        return 1;
    if (status == EXIT_NO_EXEC && size == 0)
        return refuse(failure, -ENOENT, "the credential helper %s is not installed (no such program in PATH)",
                      h->program);
    answer[strcspn(answer, "\n")] = '\0';
    if (streq(h->verb, "get") && strstr(answer, "credentials not found"))
        return 0;
    return refuse(failure, -EIO, "%s %s: status %d%s%.300s", h->program, h->verb, status, size ? ": " : "",
                  answer);
}

static int run_helper(struct helper *h, const char *question, char *answer, size_t *ret_size,
                      struct failure *failure)
{
    int r = start_helper(h, question, failure);
    if (r < 0)
        return r;
    r = read_answer(h, answer, ret_size);
    if (r < 0) {
        process_end(h->pidfd);
        return r == -ETIMEDOUT ? refuse(failure, r, "%s did not answer within %d seconds", h->program,
                                        TIME_LIMIT_MS / 1000)
                               : fail(failure, r, "reading the answer of %s", h->program);
    }
    answer[*ret_size] = '\0';
    int status = process_wait(h->pidfd);
    return status < 0 ? fail(failure, status, "waiting for %s", h->program)
                      : judge(h, status, answer, *ret_size, failure);
}

static int write_question(enum helper_verb verb, const char *domain, const struct registry_credentials *c,
                          char **ret_text)
{
    const char *key = docker_config_key(domain);
    if (verb != HELPER_STORE)
        return asprintf(ret_text, "%s\n", key) < 0 ? -ENOMEM : 0;
    autojson struct json_object *o = json_object_new_object();
    int r = json_put_string(o, "ServerURL", key);
    if (r == 0)
        r = json_put_string(o, "Username", c->identity_token ? "<token>" : c->username);
    if (r == 0)
        r = json_put_string(o, "Secret", c->identity_token ? c->identity_token : c->password);
    if (r < 0)
        return r;
    *ret_text = json_write(o, false);
    return *ret_text ? 0 : -ENOMEM;
}

int credential_helper_run(const char *name, enum helper_verb verb, const char *domain,
                          struct registry_credentials *credentials, struct failure *failure)
{
    static const char *const verbs[] = {
        [HELPER_GET] = "get", [HELPER_STORE] = "store", [HELPER_ERASE] = "erase"};
    struct helper h = {.verb = verbs[verb], .pidfd = -EBADF, .answer_fd = -EBADF};
    autofree char *question = NULL, *answer = malloc(ANSWER_SIZE_MAX + 1);
    size_t size = 0;
    (void)snprintf(h.program, sizeof(h.program), "docker-credential-%.120s", name); /* fits */
    int r = answer ? write_question(verb, domain, credentials, &question) : -ENOMEM;
    if (r < 0)
        return fail(failure, r, "asking %s", h.program);
    r = run_helper(&h, question, answer, &size, failure);
    if (r == 1 && verb == HELPER_GET) {
        r = credential_answer_read(answer, size, credentials);
        r = r < 0 ? refuse(failure, r, "%s: its answer is not what a credential helper says", h.program) : 1;
    }
    explicit_bzero(answer, ANSWER_SIZE_MAX);
    explicit_bzero(question, strlen(question));
    if (h.pidfd >= 0)
        (void)close(h.pidfd); /* the process is gone */
    if (h.answer_fd >= 0)
        (void)close(h.answer_fd); /* only read from */
    return r;
}
