/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/relay_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define POLLED_PIECE 256 /* less than a terminal takes when it says POLLOUT (n_tty WAKEUP_CHARS) */

void relay_sink_init(struct relay_sink *s, int fd)
{
    *s = (struct relay_sink){.kind = SINK_NONE, .fd = fd};
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return;
    if (S_ISREG(st.st_mode)) {
        s->kind = SINK_PLAIN;
        return;
    }
    if (S_ISSOCK(st.st_mode)) {
        s->kind = SINK_SOCKET;
        return;
    }
    char path[32];
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd); /* always fits */
    int own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    s->kind = own < 0 ? SINK_POLLED : SINK_REOPENED;
    s->owns_fd = own >= 0;
    if (own >= 0)
        s->fd = own;
}

static ssize_t write_polled(const struct relay_sink *s)
{
    struct pollfd writable = {.fd = s->fd, .events = POLLOUT};
    int n = poll(&writable, 1, 0);
    if (n < 0)
        return -1;
    if (n == 0 || !(writable.revents & (POLLOUT | POLLERR | POLLHUP))) {
        errno = EAGAIN;
        return -1;
    }
    return write(s->fd, s->bytes, s->size < POLLED_PIECE ? s->size : POLLED_PIECE);
}

static ssize_t write_some(const struct relay_sink *s)
{
    switch (s->kind) {
    case SINK_SOCKET:
        return send(s->fd, s->bytes, s->size, MSG_DONTWAIT | MSG_NOSIGNAL);
    case SINK_PLAIN:
    case SINK_REOPENED:
        return write(s->fd, s->bytes, s->size);
    case SINK_POLLED:
        return write_polled(s);
    case SINK_NONE:
        break;
    }
    return (ssize_t)s->size;
}

int relay_sink_flush(struct relay_sink *s)
{
    while (s->size > 0) {
        ssize_t n = write_some(s);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        s->bytes += n;
        s->size -= (size_t)n;
    }
    return 0;
}

void relay_sink_close(struct relay_sink *s)
{
    if (s->owns_fd)
        (void)close(s->fd); /* a second descriptor of what the user still has open */
    s->owns_fd = false;
}
