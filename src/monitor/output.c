/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/output.h"

#include <errno.h>

ssize_t output_read(struct output *out, void *ret_bytes, size_t room, bool ended, int64_t now_ms)
{
    ssize_t n = read(out->fd, ret_bytes, room);
    if (n > 0)
        return n;
    int error = n < 0 ? errno : 0;
    if (error == EAGAIN || error == EINTR)
        return -EAGAIN;
    if (error == EIO && out->is_tty && !ended) {
        /* The payload closed its terminal; getty and the like open /dev/console again (pty(7): no event
         * tells). */
        out->retry_at_ms = now_ms + OUTPUT_RETRY_MS;
        return -EAGAIN;
    }
    (void)close(out->fd); /* a read end: nothing is lost by closing it */
    out->fd = -EBADF;
    return 0;
}
