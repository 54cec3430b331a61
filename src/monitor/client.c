/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/client.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

/* Below and at the usual net.core.wmem_max of 212,992: the difference is kept for the last words. */
#define BUFFER_SERVING 163840
#define BUFFER_PARTING 212992

static void set_buffer(int fd, int size)
{
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)); /* another size serves as well */
}

int client_init(struct client *c, int fd)
{
    *c = (struct client){.fd = fd};
    struct ucred peer;
    socklen_t size = sizeof(peer);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
        return -errno;
    if (peer.uid != geteuid())
        return -EPERM;
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return -errno;
    set_buffer(fd, BUFFER_SERVING);
    return 0;
}

void client_drop(struct client *c)
{
    if (c->fd >= 0)
        (void)close(c->fd); /* a socket: nothing is written at its close */
    c->fd = -EBADF;
    c->owes = 0;
    c->greeted = c->deaf = c->cleanup_is_its = false;
}

int client_receive(const struct client *c, void *buffer, struct monitor_message *ret_message)
{
    ssize_t n = recv(c->fd, buffer, MONITOR_HEADER_SIZE + MONITOR_STDIN_MAX + 1, MSG_DONTWAIT);
    if (n < 0)
        /* ECONNRESET comes once when the peer died with something unread; what it sent can still be read. */
        return errno == EINTR || errno == ECONNRESET ? -EAGAIN : -errno;
    return n == 0 ? -ENOTCONN : monitor_message_decode(buffer, (size_t)n, ret_message);
}

static int send_message(const struct client *c, const struct monitor_message *m)
{
    uint8_t header[2 * MONITOR_HEADER_SIZE];
    int n = monitor_message_encode(m, header);
    if (n < 0)
        return n;
    struct iovec pieces[] = {
        {.iov_base = header, .iov_len = (size_t)n},
        {.iov_base = (void *)(uintptr_t)m->data, .iov_len = m->size},
    };
    struct msghdr packet = {.msg_iov = pieces, .msg_iovlen = m->size > 0 ? 2 : 1};
    for (;;) {
        if (sendmsg(c->fd, &packet, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
            return 0;
        if (errno != EINTR)
            return errno == ENOBUFS || errno == ENOMEM ? -EAGAIN : -errno;
    }
}

static struct monitor_message debt_message(const struct client *c, const struct client_news *news,
                                           enum client_debt debt)
{
    switch (debt) {
    case OWES_ACCEPTED:
        return (struct monitor_message){
            .type = MONITOR_ACCEPTED, .flags = news->facts, .version = MONITOR_PROTOCOL_VERSION};
    case OWES_CHUNK:
        return (struct monitor_message){.type = MONITOR_OUTPUT,
                                        .stream = news->chunk->stream,
                                        .data = news->chunk->bytes,
                                        .size = (uint32_t)news->chunk->size};
    case OWES_LOST:
        return (struct monitor_message){.type = MONITOR_LOST, .lost = c->lost};
    case OWES_READY:
        return (struct monitor_message){.type = MONITOR_STDIN_READY};
    case OWES_CLOSED:
        return (struct monitor_message){.type = MONITOR_STDIN_CLOSED};
    case OWES_EXITED:
        break;
    }
    return (struct monitor_message){.type = MONITOR_EXITED,
                                    .cleanup_is_yours = c->cleanup_is_its,
                                    .signal = (uint16_t)news->signal,
                                    .exit_code = (uint32_t)news->exit_code};
}

void client_settle(struct client *c, const struct client_news *news)
{
    while (c->owes != 0) {
        enum client_debt debt = (enum client_debt)(c->owes & -c->owes); /* the lowest bit */
        struct monitor_message m = debt_message(c, news, debt);
        int r = send_message(c, &m);
        if (r == -EAGAIN)
            return;
        if (r < 0) {
            c->deaf = true;
            c->owes = 0;
            return;
        }
        c->owes &= ~(unsigned)debt;
        if (debt == OWES_LOST)
            c->lost = 0;
    }
}

void client_offer(struct client *c, const struct client_news *news)
{
    if (c->fd < 0 || c->deaf || !c->greeted || !(c->wants & MONITOR_WANTS_OUTPUT))
        return;
    client_settle(c, news); /* a gap is told before what follows it */
    bool behind = (c->owes & OWES_LOST) != 0;
    if (!behind && !c->deaf) {
        c->owes |= OWES_CHUNK;
        client_settle(c, news);
        behind = (c->owes & OWES_CHUNK) && !(c->wants & MONITOR_WANTS_ALL);
    }
    if (!behind)
        return;
    c->owes = (c->owes & ~(unsigned)OWES_CHUNK) | OWES_LOST;
    c->lost += news->chunk->size;
}

void client_make_room(const struct client *c)
{
    set_buffer(c->fd, BUFFER_PARTING);
}
