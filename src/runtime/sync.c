/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/sync.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

int sync_make(int ret_pair[2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_pair) < 0 ? -errno : 0;
}

static int sync_write(int fd, const struct sync_message *message)
{
    /* Points without a failure are short: the text is a kilobyte that nobody reads. */
    size_t size = message->point == SYNC_FAILED ? sizeof(*message) : offsetof(struct sync_message, failure);
    for (;;) {
        ssize_t n = send(fd, message, size, MSG_NOSIGNAL);
        if (n >= 0)
            return (size_t)n == size ? 0 : -EIO;
        if (errno != EINTR)
            return -errno;
    }
}

void sync_send_failure(int fd, const struct failure *failure, int32_t value)
{
    struct sync_message message = {.point = SYNC_FAILED, .value = value, .failure = *failure};
    ignore(sync_write(fd, &message)); /* a peer that is gone has no use for it */
}

static ssize_t sync_read(int fd, struct sync_message *ret_message, int flags)
{
    /* One ECONNRESET may come before data that is still queued (the peer ended with unread input). */
    for (int resets = 0;;) {
        ssize_t n = recv(fd, ret_message, sizeof(*ret_message), flags);
        if (n >= 0)
            return n;
        if (errno == EINTR || (errno == ECONNRESET && resets++ == 0))
            continue;
        return errno == ECONNRESET ? 0 : -errno;
    }
}

/* Takes over a failure that came as a whole message; 0 when it is something else. */
static int sync_take_failure(struct sync_message *message, ssize_t size, struct failure *failure)
{
    if (message->point != SYNC_FAILED || (size_t)size != sizeof(*message) || message->failure.error >= 0)
        return 0;
    message->failure.text[sizeof(message->failure.text) - 1] = '\0';
    message->failure.step[sizeof(message->failure.step) - 1] = '\0';
    *failure = message->failure;
    return failure->error;
}

int sync_wait(int fd, enum sync_point point, int32_t *ret_value, struct failure *failure)
{
    struct sync_message message;
    memset(&message, 0, sizeof(message));
    ssize_t n = sync_read(fd, &message, 0);
    if (n < 0)
        return fail(failure, (int)n, "waiting for the peer");
    if (n == 0)
        return refuse(failure, -EPIPE, "the process ended before it was ready");
    if ((size_t)n < offsetof(struct sync_message, failure))
        return refuse(failure, -EPROTO, "a message of %zd bytes", n);
    if (ret_value)
        *ret_value = message.value;
    int r = sync_take_failure(&message, n, failure);
    if (r < 0)
        return r;
    if (message.point != (uint32_t)point)
        return refuse(failure, -EPROTO, "synchronisation point %u instead of %u", message.point,
                      (unsigned)point);
    return 0;
}

int sync_wait_end(int fd, int32_t *ret_value, struct failure *failure)
{
    struct sync_message message;
    memset(&message, 0, sizeof(message));
    ssize_t n = sync_read(fd, &message, 0);
    if (n <= 0)
        return n < 0 ? fail(failure, (int)n, "waiting for the peer") : 0;
    if (ret_value)
        *ret_value = message.value;
    int r = sync_take_failure(&message, n, failure);
    return r < 0 ? r : refuse(failure, -EPROTO, "a message of %zd bytes where the end was due", n);
}

int sync_send(int fd, enum sync_point point, int32_t value, struct failure *failure)
{
    struct sync_message message = {.point = point, .value = value};
    int r = sync_write(fd, &message);
    if (r != -EPIPE && r != -ECONNRESET)
        return r < 0 ? fail(failure, r, "talking to the peer") : 0;
    int32_t ignored = 0;
    struct failure said = {0};
    sync_prefer_failure(fd, &said, &ignored);
    if (said.error == 0)
        return refuse(failure, -EPIPE, "the process ended before it was ready");
    *failure = said;
    return said.error;
}

void sync_prefer_failure(int fd, struct failure *failure, int32_t *ret_value)
{
    struct sync_message message;
    memset(&message, 0, sizeof(message));
    for (;;) {
        ssize_t n = sync_read(fd, &message, MSG_DONTWAIT);
        if (n <= 0)
            return;
        if (sync_take_failure(&message, n, failure) < 0) {
            *ret_value = message.value;
            return;
        }
    }
}
