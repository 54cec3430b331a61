/* SPDX-License-Identifier: Apache-2.0 */
#include "build/wire.h"

#include "kernel/file.h"

#include <errno.h>
#include <string.h>

#define READ_SIZE (64u << 10)

int build_message_send(int fd, const struct build_message *message, const void *data)
{
    int r = fd_write_all(fd, message, sizeof(*message));
    return r < 0 || message->size == 0 ? r : fd_write_all(fd, data, message->size);
}

/* What was taken leaves its place to what comes. */
static void make_room(struct build_inbox *inbox)
{
    if (inbox->taken == 0)
        return;
    size_t rest = inbox->bytes.length - inbox->taken;
    memmove(inbox->bytes.data, inbox->bytes.data + inbox->taken, rest);
    inbox->bytes.length = rest;
    inbox->taken = 0;
}

int build_inbox_read(struct build_inbox *inbox)
{
    char buffer[READ_SIZE];
    make_room(inbox);
    ssize_t n = read(inbox->fd, buffer, sizeof(buffer));
    if (n < 0)
        return errno == EINTR || errno == EAGAIN ? 1 : -errno;
    text_append_n(&inbox->bytes, buffer, (size_t)n);
    int r = text_error(&inbox->bytes);
    return r < 0 ? r : n > 0;
}

int build_inbox_next(struct build_inbox *inbox, struct build_message *ret_message, const char **ret_data)
{
    struct build_message message;
    size_t there = inbox->bytes.length - inbox->taken;
    if (there < sizeof(message))
        return 0;
    memcpy(&message, inbox->bytes.data + inbox->taken, sizeof(message));
    if (message.size > BUILD_MESSAGE_MAX)
        return -EBADMSG;
    if (there < sizeof(message) + message.size)
        return 0;
    *ret_data = inbox->bytes.data + inbox->taken + sizeof(message);
    *ret_message = message;
    inbox->taken += sizeof(message) + message.size;
    return 1;
}

void build_inbox_close(struct build_inbox *inbox)
{
    if (inbox->fd >= 0)
        (void)close(TAKE_FD(inbox->fd)); /* only read from */
    text_free(&inbox->bytes);
}
