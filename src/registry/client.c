/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/client.h"

#include "kernel/fd_message.h"
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

struct child {
    int program_fd, socket_fd, null_fd;
};

__attribute__((noreturn)) static void execute(const struct child *c)
{
    char program[] = "unroot-fetch";
    char *const arguments[] = {program, NULL};
    char *const environment[] = {NULL};
    int program_fd = fcntl(c->program_fd, F_DUPFD_CLOEXEC, 64); /* out of the way of 0 to 3 */
    int socket_fd = fcntl(c->socket_fd, F_DUPFD_CLOEXEC, 64);
    if (program_fd < 0 || socket_fd < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
        _exit(125);
    for (int i = 0; i < FETCH_FD; i++)
        if (dup2(c->null_fd, i) < 0)
            _exit(125);
    if (dup2(socket_fd, FETCH_FD) < 0 || syscall(SYS_close_range, FETCH_FD + 1, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
        _exit(125);
    (void)syscall(SYS_execveat, program_fd, "", arguments, environment,
                  AT_EMPTY_PATH); /* returns only to fail */
    _exit(125);
}

static int start_child(struct registry_client *client, const char *path, struct failure *failure)
{
    int ends[2];
    autoclose int program = open(path, O_PATH | O_CLOEXEC);
    if (program < 0)
        return fail(failure, -errno, "opening %s", path);
    autoclose int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return fail(failure, -errno, "starting unroot-fetch");
    client->socket_fd = ends[0];
    autoclose int theirs = ends[1];
    const struct child c = {program, theirs, null};
    pid_t pid = process_clone(0, -EBADF, &client->pidfd);
    if (pid == 0)
        execute(&c);
    return pid < 0 ? fail(failure, (int)pid, "starting unroot-fetch") : 0;
}

static int start(struct registry_client *client, const char *program_dir, struct failure *failure)
{
    struct fetch_reply reply;
    autofree char *path = NULL;
    client->buffer = malloc(FETCH_MESSAGE_MAX);
    if (!client->buffer || asprintf(&path, "%s/unroot-fetch", program_dir) < 0) {
        path = NULL;
        return fail(failure, -ENOMEM, "starting unroot-fetch");
    }
    int r = start_child(client, path, failure);
    if (r == 0)
        r = registry_client_receive(client, &reply, failure);
    if (r < 0)
        return r;
    if (reply.kind != FETCH_READY)
        return refuse(failure, -EIO, "unroot-fetch could not start: %s", reply.text);
    return 0;
}

int registry_client_start(struct registry_client *client, const char *program_dir, struct failure *failure)
{
    *client = REGISTRY_CLIENT_NONE;
    int r = start(client, program_dir, failure);
    if (r < 0)
        registry_client_end(client);
    return r;
}

void registry_client_end(struct registry_client *client)
{
    if (client->pidfd >= 0) {
        process_end(client->pidfd);
        (void)close(client->pidfd); /* the process is gone */
    }
    if (client->socket_fd >= 0)
        (void)close(client->socket_fd); /* nobody listens any more */
    if (client->buffer)
        explicit_bzero(client->buffer, FETCH_MESSAGE_MAX);
    free(client->buffer);
    *client = REGISTRY_CLIENT_NONE;
}

int registry_client_send(struct registry_client *client, struct fetch_request *request, int fd,
                         struct failure *failure)
{
    autofree char *text = NULL;
    size_t size;
    if (request->verb == FETCH_SESSION)
        request->session = ++client->last_session;
    else if (request->verb != FETCH_END_SESSION && request->verb != FETCH_CANCEL)
        request->id = ++client->last_id;
    int r = fetch_request_encode(request, &text, &size);
    if (r < 0)
        return fail(failure, r, "asking unroot-fetch (%s)", fetch_verb_name(request->verb));
    r = fd_message_send(client->socket_fd, text, size, fd);
    explicit_bzero(text, size);
    return r < 0 ? fail(failure, r, "asking unroot-fetch (%s)", fetch_verb_name(request->verb)) : 0;
}

static int client_gone(struct registry_client *client, struct failure *failure)
{
    int status = process_wait(client->pidfd);
    (void)close(TAKE_FD(client->pidfd)); /* the process is gone */
    if (status > 128)
        return refuse(failure, -EIO, "unroot-fetch was ended by signal %d (%s)", status - 128,
                      strsignal(status - 128));
    return refuse(failure, -EIO, "unroot-fetch ended with status %d", status);
}

int registry_client_receive(struct registry_client *client, struct fetch_reply *ret_reply,
                            struct failure *failure)
{
    autoclose int fd = -EBADF; /* none is expected; a given one is closed */
    ssize_t n = fd_message_receive(client->socket_fd, client->buffer, FETCH_MESSAGE_MAX, &fd);
    if (n == 0 || n == -ECONNRESET)
        return client_gone(client, failure);
    if (n < 0)
        return fail(failure, (int)n, "listening to unroot-fetch");
    int r = fetch_reply_decode(client->buffer, (size_t)n, ret_reply);
    if (r < 0)
        return refuse(failure, -EBADMSG, "unroot-fetch says what cannot be understood");
    if (ret_reply->kind == FETCH_FAILED)
        return refuse(failure, -EIO, "unroot-fetch: %s", ret_reply->text);
    return 0;
}

int registry_client_ask(struct registry_client *client, struct fetch_request *request, int fd,
                        struct fetch_reply *ret_answer, struct failure *failure)
{
    int r = registry_client_send(client, request, fd, failure);
    while (r == 0) {
        r = registry_client_receive(client, ret_answer, failure);
        if (r == 0 && ret_answer->kind == FETCH_ANSWER && ret_answer->id == request->id)
            break;
    }
    return r;
}
