/* SPDX-License-Identifier: Apache-2.0 */
#include "init/probe.h"

#include "init/address.h"
#include "init/files.h"
#include "init/launch.h"
#include "init/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int parse_place(const char *text, struct probe *p)
{
    struct span rest = span_of(text), place = rest;
    size_t slash = strcspn(text, "/");
    p->path = NULL;
    if (p->kind == PROBE_HTTP) {
        place.length = slash;
        p->path = text[slash] ? text + slash : "/";
    }
    return address_split(place, p->host, sizeof(p->host), &p->port);
}

int probe_parse(const char *word, struct probe *ret_probe)
{
    struct probe p = {.fd = -1, .host = "127.0.0.1"};
    uint64_t number;
    struct span rest = span_of(word), kind = span_cut(&rest, ':');
    const char *value = rest.data ? rest.data : "";
    int r = -EINVAL;
    if (span_is(span_of(word), "notify")) {
        p.kind = PROBE_NOTIFY;
        r = 0;
    } else if (span_is(kind, "fd")) {
        p.kind = PROBE_FD;
        r = span_number(span_of(value), 99, &number) == 0 && number >= 3 ? 0 : -EINVAL;
        p.fd = r == 0 ? (int)number : -1;
    } else if (span_is(kind, "tcp") || span_is(kind, "http")) {
        p.kind = kind.length == 3 ? PROBE_TCP : PROBE_HTTP;
        r = parse_place(value, &p);
    } else if (span_is(kind, "file")) {
        p.kind = PROBE_FILE;
        p.path = value;
        r = value[0] == '/' ? 0 : -EINVAL;
    } else if (span_is(kind, "exec")) {
        p.kind = PROBE_EXEC;
        r = value[0] != '\0' ? 0 : -EINVAL;
    }
    if (r == 0)
        *ret_probe = p;
    return r;
}

static void run_command(const struct probe *p, struct environment *e)
{
    struct failure f = {0};
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    /* Only its status counts; ten lines a minute of a check would hide the service's own. */
    for (int fd = 0; nothing >= 0 && fd <= 2; fd++)
        (void)dup2(nothing, fd);
    signals_reset();
    (void)setpgid(0, 0); /* a child that just started */
    launch_command(p->command, e, &f);
    _exit(f.exit_code);
}

static enum probe_outcome begin_connection(struct probe_run *r)
{
    struct address address;
    if (address_make(r->probe->host, r->probe->port, &address) < 0)
        return PROBE_BAD;
    r->fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (r->fd < 0)
        return PROBE_BAD;
    if (connect(r->fd, &address.any, address.size) < 0 && errno != EINPROGRESS)
        return PROBE_BAD;
    r->events = POLLOUT;
    return PROBE_PENDING;
}

static enum probe_outcome finish(struct probe_run *r, enum probe_outcome outcome)
{
    if (outcome != PROBE_PENDING)
        probe_cancel(r);
    return outcome;
}

enum probe_outcome probe_begin(struct probe_run *r, const struct probe *p, struct environment *e)
{
    struct stat st;
    *r = (struct probe_run){.probe = p, .fd = -1, .running = true};
    if (p->kind == PROBE_FILE)
        return finish(r, stat(p->path, &st) == 0 ? PROBE_GOOD : PROBE_BAD);
    if (p->kind == PROBE_EXEC) {
        r->pid = fork();
        if (r->pid == 0)
            run_command(p, e);
        return finish(r, r->pid > 0 ? PROBE_PENDING : PROBE_BAD);
    }
    return finish(r, begin_connection(r));
}

static enum probe_outcome send_request(struct probe_run *r)
{
    char request[600];
    size_t n = format_text(
        request, sizeof(request),
        "GET %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: unroot-init\r\nConnection: close\r\n\r\n",
        r->probe->path);
    if (send(r->fd, request, n, MSG_NOSIGNAL) != (ssize_t)n)
        return PROBE_BAD;
    r->sent = true;
    r->events = POLLIN;
    return PROBE_PENDING;
}

/* "HTTP/1.1 200": twelve bytes are all that counts. */
static enum probe_outcome read_answer(struct probe_run *r)
{
    ssize_t n = recv(r->fd, r->answer + r->answer_length, 12 - r->answer_length, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return PROBE_PENDING;
    if (n <= 0)
        return PROBE_BAD;
    r->answer_length += (size_t)n;
    if (r->answer_length < 12)
        return PROBE_PENDING;
    uint64_t status;
    struct span digits = {r->answer + 9, 3};
    bool good =
        memcmp(r->answer, "HTTP/1.", 7) == 0 && span_number(digits, 399, &status) == 0 && status >= 200;
    return good ? PROBE_GOOD : PROBE_BAD;
}

enum probe_outcome probe_step(struct probe_run *r)
{
    int error = 0;
    socklen_t size = sizeof(error);
    if (r->sent)
        return finish(r, read_answer(r));
    if (getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error != 0)
        return finish(r, PROBE_BAD);
    return finish(r, r->probe->kind == PROBE_TCP ? PROBE_GOOD : send_request(r));
}

enum probe_outcome probe_reaped(struct probe_run *r, int status)
{
    r->pid = 0;
    return finish(r, WIFEXITED(status) && WEXITSTATUS(status) == 0 ? PROBE_GOOD : PROBE_BAD);
}

void probe_cancel(struct probe_run *r)
{
    if (r->running && r->fd >= 0)
        close(r->fd);
    if (r->running && r->pid > 0) {
        (void)kill(-r->pid, SIGKILL); /* its group may not be there yet */
        (void)kill(r->pid, SIGKILL);
    }
    r->running = false;
    r->fd = -1;
}

bool probe_wait(const struct probe *p, struct environment *e, int64_t timeout_ms)
{
    struct probe_run r;
    int64_t end = clock_ms() + timeout_ms;
    enum probe_outcome outcome = probe_begin(&r, p, e);
    while (outcome == PROBE_PENDING) {
        int64_t left = end - clock_ms();
        struct pollfd fd = {r.fd, r.events, 0};
        int status;
        if (left <= 0)
            break;
        if (r.pid > 0) {
            if (waitpid(r.pid, &status, WNOHANG) == r.pid)
                outcome = probe_reaped(&r, status);
            else
                (void)poll(NULL, 0, left < 10 ? (int)left : 10);
        } else if (poll(&fd, 1, (int)left) > 0) {
            outcome = probe_step(&r);
        }
    }
    probe_cancel(&r);
    return outcome == PROBE_GOOD;
}
