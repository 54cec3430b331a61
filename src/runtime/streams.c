/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/streams.h"

#include "kernel/path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

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

static int streams_open_pair(struct streams *s, int root_fd, uid_t uid, int *ret_device,
                             struct failure *failure)
{
    int unlock = 0;
    struct statfs status;
    s->tty_fd = path_open_in_root(root_fd, "/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (s->tty_fd < 0)
        return fail(failure, s->tty_fd, "opening a terminal");
    if (fstatfs(s->tty_fd, &status) < 0 || status.f_type != DEVPTS_SUPER_MAGIC)
        return refuse(failure, -ENOTTY, "opening a terminal: /dev/pts of the container is something else");
    if (ioctl(s->tty_fd, TIOCSPTLCK, &unlock) < 0 || ioctl(s->tty_fd, TIOCGPTN, &s->tty_number) < 0)
        return fail(failure, -errno, "setting up a terminal");
    autoclose int device = ioctl(s->tty_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (device < 0)
        return fail(failure, -errno, "opening the terminal's device");
    /* The group stays devpts's gid= (tty). */
    if (fchown(device, uid, (gid_t)-1) < 0 || fcntl(s->tty_fd, F_SETFL, 0) < 0)
        return fail(failure, -errno, "giving the terminal to uid %u", uid);
    *ret_device = TAKE_FD(device);
    return 0;
}

int streams_open_terminal(struct streams *s, int root_fd, uid_t uid, struct failure *failure)
{
    autoclose int device = -EBADF;
    return streams_open_pair(s, root_fd, uid, &device, failure);
}

int streams_open_exec_terminal(struct streams *s, int root_fd, uid_t uid, struct failure *failure)
{
    int device = -EBADF;
    int r = streams_open_pair(s, root_fd, uid, &device, failure);
    if (r < 0)
        return r;
    s->payload[0] = device;
    for (int i = 1; i < 3; i++) {
        s->payload[i] = fcntl(device, F_DUPFD_CLOEXEC, 3);
        if (s->payload[i] < 0)
            return fail(failure, -errno, "setting up a terminal");
    }
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
