/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/relay_terminal.h"

#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>

int relay_terminal_init(struct relay_terminal *t, int fd)
{
    *t = (struct relay_terminal){.fd = -EBADF};
    if (fd < 0 || !isatty(fd))
        return 0;
    if (tcgetattr(fd, &t->saved) < 0)
        return -errno;
    t->fd = fd;
    return 0;
}

int relay_terminal_make_raw(struct relay_terminal *t)
{
    if (t->fd < 0)
        return 0;
    struct termios raw = t->saved;
    cfmakeraw(&raw);
    while (tcsetattr(t->fd, TCSANOW, &raw) < 0)
        if (errno != EINTR)
            return -errno;
    t->is_raw = true;
    return 0;
}

void relay_terminal_restore(struct relay_terminal *t)
{
    if (!t->is_raw || tcgetpgrp(t->fd) != getpgrp())
        return;
    (void)tcsetattr(t->fd, TCSANOW, &t->saved); /* a terminal that hung up has no mode to restore */
    t->is_raw = false;
}

bool relay_terminal_size(int fd, int other_fd, uint16_t *ret_rows, uint16_t *ret_columns)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) < 0 && ioctl(other_fd, TIOCGWINSZ, &size) < 0)
        return false;
    *ret_rows = size.ws_row;
    *ret_columns = size.ws_col;
    return true;
}
