/* SPDX-License-Identifier: Apache-2.0 */
#include "init/message.h"

#include <errno.h>
#include <sys/socket.h>

int message_send(int fd, enum message_kind kind, int value)
{
    struct message m = {(uint32_t)kind, value};
    return send(fd, &m, sizeof(m), MSG_NOSIGNAL) == (ssize_t)sizeof(m) ? 0 : -ECONNRESET;
}

int message_receive(int fd, struct message *ret_message)
{
    ssize_t n = recv(fd, ret_message, sizeof(*ret_message), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return -EAGAIN;
    return n == (ssize_t)sizeof(*ret_message) ? 0 : -ECONNRESET;
}
