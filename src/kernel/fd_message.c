/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/fd_message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define RECEIVE_MAX 8 /* a peer may send more than it should: they are closed */

int fd_message_send(int socket_fd, const void *data, size_t size, int fd)
{
    struct iovec part = {(void *)data, size};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0) {
        header.msg_control = control;
        header.msg_controllen = sizeof(control);
        struct cmsghdr *c = CMSG_FIRSTHDR(&header);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &fd, sizeof(fd));
    }
    while (sendmsg(socket_fd, &header, MSG_NOSIGNAL) < 0)
        if (errno != EINTR)
            return -errno;
    return 0;
}

/* The first one is kept. */
static int take_descriptor(struct msghdr *header)
{
    int kept = -EBADF;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < (c->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
            if (kept < 0)
                kept = fd;
            else
                (void)close(fd); /* not asked for */
        }
    }
    return kept;
}

ssize_t fd_message_receive(int socket_fd, void *data, size_t size, int *ret_fd)
{
    struct iovec part = {data, size};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(RECEIVE_MAX * sizeof(int))];
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
    ssize_t n;
    do
        n = recvmsg(socket_fd, &header, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    autoclose int fd = take_descriptor(&header);
    if (header.msg_flags & MSG_TRUNC)
        return -EMSGSIZE;
    *ret_fd = TAKE_FD(fd);
    return n;
}
