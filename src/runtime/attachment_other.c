/* SPDX-License-Identifier: Apache-2.0 */
/* A mount of another container, seen here too: /dev/shm of --ipc container:NAME. */
#include "kernel/mount.h"
#include "kernel/path.h"
#include "kernel/process.h"
#include "runtime/workspace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/statfs.h>

#define STATUS_FAILED 255 /* no descriptor has this number here */

/* In the other container's mount namespace. What its processes put there instead of a tmpfs is not taken. */
static int clone_there(int mount_ns, const char *path)
{
    struct statfs status;
    int r = process_enter(mount_ns, CLONE_NEWNS); /* makes its root ours too */
    if (r < 0)
        return r;
    autoclose int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    autoclose int place = root < 0 ? -errno : path_open_in_root(root, path, O_PATH | O_DIRECTORY);
    if (place < 0)
        return place;
    if (fstatfs(place, &status) < 0)
        return -errno;
    return status.f_type == TMPFS_MAGIC ? mount_clone(place, "", false) : -EMEDIUMTYPE;
}

/* A child goes there, since a process has one mount namespace; it shares our table of descriptors, and its
 * exit status is the number of the mount's. */
int workspace_clone_other(const struct workspace *w, const struct mount_plan *mount, struct failure *failure)
{
    autoclose int mount_ns = process_open_namespace(w->proc_fd, mount->process, "mnt");
    if (mount_ns < 0)
        return fail(failure, mount_ns, "opening the mount namespace of process %d", mount->process);
    int pidfd = -EBADF;
    pid_t pid = process_clone(CLONE_FILES, -EBADF, &pidfd);
    if (pid == 0) {
        int fd = clone_there(mount_ns, mount->source);
        _exit(fd > 0 && fd < STATUS_FAILED ? fd : STATUS_FAILED);
    }
    int status = pid < 0 ? pid : process_wait(pidfd);
    if (pidfd >= 0)
        (void)close(pidfd); /* the child is gone */
    if (status < 0)
        return fail(failure, status, "sharing %s of process %d", mount->source, mount->process);
    if (status == STATUS_FAILED)
        return refuse(failure, -EIO, "%s of the container that is joined (process %d) is no tmpfs any more",
                      mount->source, mount->process);
    return status;
}
