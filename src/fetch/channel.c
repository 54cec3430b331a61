/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define DESCRIPTORS_ROOM 4 /* more than one is a mistake, and they have to be closed */

static int take_descriptors(struct msghdr *message, int *ret_fd)
{
    int found = -EBADF;
    unsigned count = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
            if (count++ == 0)
                found = fd;
            else
                (void)close(fd); /* not wanted */
        }
    }
    *ret_fd = found;
    return count > 1 ? -EBADMSG : 0;
}

int channel_receive(struct channel *c, struct fetch_request *ret_request, int *ret_fd)
{
    static char data[FETCH_MESSAGE_MAX + 1];
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(DESCRIPTORS_ROOM * sizeof(int))];
    } control;
    struct iovec part = {data, sizeof(data)};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    ssize_t n;
    do
        n = recvmsg(c->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN ? 0 : -ENOTCONN;
    autoclose int fd = -EBADF;
    int r = take_descriptors(&message, &fd);
    if (n == 0)
        return -ENOTCONN;
    if (r == 0 && (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
        r = -EBADMSG;
    if (r == 0)
        r = fetch_request_decode(data, (size_t)n, ret_request);
    explicit_bzero(data, (size_t)n); /* it may have held a password */
    if (r == 0 && fetch_request_descriptors(ret_request) != (fd >= 0)) {
        fetch_request_free(ret_request);
        r = -EBADMSG;
    }
    if (r < 0)
        return r;
    *ret_fd = TAKE_FD(fd);
    return 1;
}

int channel_send(struct channel *c, const struct fetch_reply *reply)
{
    autofree char *text = NULL;
    size_t size;
    int r = fetch_reply_encode(reply, &text, &size);
    if (r < 0)
        return r;
    ssize_t n;
    do
        n = send(c->fd, text, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : 0;
}
