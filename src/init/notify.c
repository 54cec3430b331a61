/* SPDX-License-Identifier: Apache-2.0 */
#include "init/notify.h"

#include "init/address.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

int notify_open(const char *service, struct environment *e)
{
    struct address address;
    char name[100], variable[104];
    int on = 1;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* The pid makes it differ between containers that share a network namespace, mostly; EADDRINUSE is said.
     */
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    format_text(name, sizeof(name), "unroot-init/notify/%s/%d-%lx", service, getpid(),
                (unsigned long)now.tv_nsec ^ (unsigned long)now.tv_sec << 30);
    format_text(variable, sizeof(variable), "@%s", name);
    if (fd < 0 || address_make_local(name, &address) < 0 || bind(fd, &address.any, address.size) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ||
        environment_set(e, "NOTIFY_SOCKET", variable) < 0) {
        say("%s: no socket for notify: %s", service, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

static bool sender_counts(struct msghdr *header)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_CREDENTIALS)
            continue;
        struct ucred credentials;
        memcpy(&credentials, CMSG_DATA(c), sizeof(credentials));
        return credentials.pid > 0 && credentials.uid == getuid();
    }
    return false;
}

bool notify_is_ready(int fd)
{
    char text[2048];
    union {
        char bytes[CMSG_SPACE(sizeof(struct ucred)) + 256];
        struct cmsghdr align;
    } control;
    bool ready = false;
    for (;;) {
        struct iovec part = {text, sizeof(text)};
        struct msghdr header = {
            .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
        ssize_t n = recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (n < 0)
            return ready;
        if (!sender_counts(&header))
            continue;
        for (struct span rest = {text, (size_t)n}; rest.data;)
            ready = span_is(span_cut(&rest, '\n'), "READY=1") || ready;
    }
}
