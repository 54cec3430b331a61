/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/streams.h"

#include "kernel/path.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

static void stream_close(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -EBADF;
}

int streams_make_pipes(struct streams *s, bool interactive, uid_t uid, gid_t gid, struct failure *failure)
{
    for (int i = interactive ? 0 : 1; i < 3; i++) {
        int pair[2];
        if (pipe2(pair, O_CLOEXEC) < 0)
            return fail(failure, -errno, "making a pipe");
        s->payload[i] = pair[i == 0 ? 0 : 1];
        s->ours[i] = pair[i == 0 ? 1 : 0];
        if (fchown(s->payload[i], uid, gid) < 0 || fchmod(s->payload[i], 0666) < 0)
            return fail(failure, -errno, "giving a pipe to uid %u", uid);
    }
    return 0;
}

int streams_open_terminal(struct streams *s, int root_fd, uid_t uid, struct failure *failure)
{
    int unlock = 0;
    s->tty_fd = path_open_in_root(root_fd, "/dev/pts/ptmx", O_RDWR | O_NOCTTY);
    if (s->tty_fd < 0)
        return fail(failure, s->tty_fd, "opening a terminal");
    if (ioctl(s->tty_fd, TIOCSPTLCK, &unlock) < 0 || ioctl(s->tty_fd, TIOCGPTN, &s->tty_number) < 0)
        return fail(failure, -errno, "setting up a terminal");
    autoclose int device = ioctl(s->tty_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (device < 0)
        return fail(failure, -errno, "opening the terminal's device");
    if (fchown(device, uid, (gid_t)-1) < 0)
        return fail(failure, -errno, "giving the terminal to uid %u", uid);
    return 0;
}

void streams_close_payload(struct streams *s)
{
    for (int i = 0; i < 3; i++)
        stream_close(&s->payload[i]);
}

void streams_close(struct streams *s)
{
    streams_close_payload(s);
    for (int i = 0; i < 3; i++)
        stream_close(&s->ours[i]);
    stream_close(&s->tty_fd);
}
