/* SPDX-License-Identifier: Apache-2.0 */
#include "init/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

struct terminal terminal_find(void)
{
    static const int streams[] = {0, 2, 1};
    for (int i = 0; i < 3; i++)
        if (tcgetpgrp(streams[i]) == getpgrp())
            return (struct terminal){streams[i]};
    return (struct terminal){-1};
}

bool terminal_give(const struct terminal *t, pid_t group)
{
    return t->fd >= 0 && tcsetpgrp(t->fd, group) == 0;
}

bool terminal_release(void)
{
    return getsid(0) == getpid() && isatty(0) && ioctl(0, TIOCNOTTY) == 0;
}
