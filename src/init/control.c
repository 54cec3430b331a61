/* SPDX-License-Identifier: Apache-2.0 */
#include "init/control.h"

#include "init/address.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define ANSWER_TIMEOUT_MS 5000

struct question {
    char text[128];
    struct ucred from;
    struct address back;
};

struct answer {
    char text[CONTROL_ANSWER_MAX];
    size_t length;
};

static int make_name(struct address *ret_address)
{
    char name[80], namespace[40];
    ssize_t n = readlink("/proc/self/ns/pid", namespace, sizeof(namespace) - 1);
    namespace[n > 0 ? n : 0] = '\0'; /* without /proc: one name for all */
    format_text(name, sizeof(name), "unroot-init/%s", namespace);
    return address_make_local(name, ret_address);
}

static int open_socket(void)
{
    int on = 1;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

int control_open(void)
{
    struct address address;
    int fd = open_socket();
    if (fd < 0 || make_name(&address) < 0 || bind(fd, &address.any, address.size) < 0) {
        say("no ctl and no check: %s", strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

/* False when nothing (more) is there. A question whose sender is not in our pid namespace has pid 0. */
static bool receive(int fd, struct question *q)
{
    union {
        char bytes[CMSG_SPACE(sizeof(struct ucred)) + 64];
        struct cmsghdr align;
    } control;
    struct iovec part = {q->text, sizeof(q->text) - 1};
    struct msghdr header = {.msg_name = &q->back.any,
                            .msg_namelen = sizeof(q->back.local),
                            .msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = &control,
                            .msg_controllen = sizeof(control)};
    ssize_t n = recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n < 0)
        return false;
    q->text[n] = '\0';
    q->back.size = header.msg_namelen;
    q->from = (struct ucred){0};
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS)
            memcpy(&q->from, CMSG_DATA(c), sizeof(q->from));
    return true;
}

static void add(struct answer *a, const char *format, ...) printf_like(2, 3);

static void add(struct answer *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    a->length += format_text_v(a->text + a->length, sizeof(a->text) - a->length, format, args);
    va_end(args);
}

static struct entry *find(struct supervisor *s, struct span name)
{
    for (size_t i = 0; i < s->count; i++)
        if (span_is(name, s->entries[i].service->name))
            return &s->entries[i];
    return NULL;
}

static bool is_well(const struct entry *e)
{
    return e->service->once ? e->state == ENTRY_ENDED && (e->status == 0 || e->service->once == ONCE_MAY_FAIL)
                            : e->state == ENTRY_READY && !e->unhealthy;
}

static void describe(const struct entry *e, struct answer *a)
{
    add(a, "%s %s pid %d starts %u", e->service->name, entry_state_name(e), e->pid, e->starts);
    add(a, e->state == ENTRY_ENDED ? " status %d\n" : "\n", e->status);
}

/* status and check of all (`only` NULL) or one: 0 when all are well, for status always. */
static int list(struct supervisor *s, const struct entry *only, bool check, struct answer *a)
{
    int code = 0;
    for (size_t i = 0; i < s->count; i++) {
        const struct entry *e = &s->entries[i];
        if ((only && e != only) || (check && is_well(e)))
            continue;
        code = check ? 1 : 0;
        describe(e, a);
    }
    return code;
}

static int answer(struct supervisor *s, const struct question *q, struct answer *a)
{
    struct span rest = span_of(q->text), verb = span_cut(&rest, ' ');
    struct entry *e = rest.data ? find(s, rest) : NULL;
    if (rest.data && !e) {
        add(a, "no service %.*s\n", (int)rest.length, rest.data);
        return 1;
    }
    if (span_is(verb, "status") || span_is(verb, "check"))
        return list(s, e, span_is(verb, "check"), a);
    if (!e || (!span_is(verb, "stop") && !span_is(verb, "restart"))) {
        add(a, "status, check, stop SERVICE or restart SERVICE\n");
        return 1;
    }
    if (q->from.uid != 0 && q->from.uid != e->uid) {
        add(a, "%s belongs to uid %u, not to %u\n", e->service->name, e->uid, q->from.uid);
        return 1;
    }
    if (e->fd < 0) {
        add(a, "%s has no supervisor any more\n", e->service->name);
        return 1;
    }
    if (span_is(verb, "stop"))
        supervisor_stop_service(s, e);
    else
        supervisor_restart_service(s, e);
    return 0;
}

void control_serve(struct supervisor *s)
{
    struct question q;
    struct answer a;
    while (receive(s->control, &q)) {
        if (q.from.pid <= 0 || q.back.size <= sizeof(sa_family_t))
            continue; /* another container, or nowhere to answer to */
        a.length = 2;
        int code = answer(s, &q, &a);
        a.text[0] = (char)('0' + code);
        a.text[1] = '\n';
        /* A caller that does not read its answer goes without. */
        (void)!sendto(s->control, a.text, a.length, MSG_DONTWAIT | MSG_NOSIGNAL, &q.back.any, q.back.size);
    }
}

int control_ask(const char *question, char *ret_text, size_t size, struct failure *f)
{
    struct address to, own = {.local = {.sun_family = AF_UNIX}, .size = sizeof(sa_family_t)};
    int fd = open_socket();
    if (fd < 0 || make_name(&to) < 0 || bind(fd, &own.any, own.size) < 0)
        return fail_system(f, -errno, "opening a socket");
    if (sendto(fd, question, strlen(question), 0, &to.any, to.size) < 0) {
        int error = -errno;
        close(fd);
        return fail_system(f, error, "no `unroot-init up` to ask here");
    }
    struct pollfd slot = {fd, POLLIN, 0};
    ssize_t n = -1;
    if (poll(&slot, 1, ANSWER_TIMEOUT_MS) > 0)
        n = recv(fd, ret_text, size - 1, MSG_DONTWAIT);
    close(fd);
    if (n < 2)
        return fail_system(f, -ETIMEDOUT, "asking process 1");
    bool bad = ret_text[0] != '0';
    memmove(ret_text, ret_text + 2, (size_t)n - 2);
    ret_text[n - 2] = '\0';
    return bad;
}
