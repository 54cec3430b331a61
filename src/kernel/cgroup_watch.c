/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/cgroup_watch.h"

#include "kernel/file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <time.h>

#define V1_TRIES 50 /* of 10 ms: a v1 group tells that it is out of memory before somebody is killed */

static int watch_v1(const struct cgroup *c, struct cgroup_watch *w)
{
    char line[32];
    autoclose int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    autoclose int control =
        openat(c->v1_fd[CGROUP_MEMORY], "memory.oom_control", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    autoclose int registry =
        openat(c->v1_fd[CGROUP_MEMORY], "cgroup.event_control", O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (event < 0 || control < 0 || registry < 0)
        return -errno;
    (void)snprintf(line, sizeof(line), "%d %d", event, control); /* fits */
    if (write(registry, line, strlen(line)) < 0)
        return -errno;
    w->is_v1 = true;
    w->fd = TAKE_FD(event);
    w->control_fd = TAKE_FD(control);
    return 0;
}

static int watch_v2(const struct cgroup *c, struct cgroup_watch *w)
{
    char path[64];
    autoclose int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d/memory.events", c->v2_fd); /* fits */
    if (fd < 0 || inotify_add_watch(fd, path, IN_MODIFY) < 0)
        return -errno;
    w->fd = TAKE_FD(fd);
    return 0;
}

int cgroup_watch_oom(const struct cgroup *c, struct cgroup_watch *ret_watch)
{
    struct cgroup_watch w = {.cgroup = c, .fd = -EBADF, .control_fd = -EBADF};
    int r = c->v1_fd[CGROUP_MEMORY] >= 0 ? watch_v1(c, &w) : c->v2_fd >= 0 ? watch_v2(c, &w) : -ENOENT;
    if (r < 0)
        return r;
    if (cgroup_read_oom_kills(c, &w.kills) < 0)
        w.kills = 0; /* FALLBACK(linux < 4.13): v1 does not count them */
    *ret_watch = w;
    return 0;
}

static bool has_more(struct cgroup_watch *w)
{
    uint64_t now;
    if (cgroup_read_oom_kills(w->cgroup, &now) < 0 || now <= w->kills)
        return false;
    w->kills = now;
    return true;
}

int cgroup_watch_look(struct cgroup_watch *w)
{
    const struct timespec pause = {0, 10000000};
    char bytes[4096];
    ssize_t n = read(w->fd, bytes, sizeof(bytes)); /* that there was something is all it says */
    if (has_more(w))
        return 1;
    if (!w->is_v1 || n <= 0)
        return 0;
    for (int i = 0; i < V1_TRIES; i++) {
        (void)nanosleep(&pause, NULL);
        if (has_more(w))
            return 1;
    }
    /* The end of the group is an event too. */
    return faccessat(w->cgroup->v1_fd[CGROUP_MEMORY], "memory.oom_control", F_OK, 0) == 0;
}

void cgroup_watch_close(struct cgroup_watch *w)
{
    if (w->fd >= 0)
        (void)close(w->fd);
    if (w->control_fd >= 0)
        (void)close(w->control_fd);
    w->fd = w->control_fd = -EBADF;
}
