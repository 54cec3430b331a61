/* SPDX-License-Identifier: Apache-2.0 */
/* The root file system that the engine keeps using while the container runs: decision 9. */
#include "oci/container.h"
#include "runtime/engine_rootfs.h"

#include <fcntl.h>

static void refresh(const char *path)
{
    autoclose int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        ignore(engine_rootfs_refresh(fd)); /* an ordinary user may not; then nothing was mounted twice */
}

void container_refresh(const struct container *c)
{
    char root[64];
    if (!c->record.has_range || !c->record.rootfs)
        return;
    refresh(c->record.rootfs);
    autoclose int process = container_open_process(c);
    (void)snprintf(root, sizeof(root), "/proc/%d/root", (int)c->record.pid);
    if (process >= 0)
        refresh(root);
}

void container_forget_rootfs(const struct container *c)
{
    struct engine_rootfs rootfs = ENGINE_ROOTFS_EMPTY;
    struct failure ignored = {0};
    if (!c->record.has_range || !c->record.rootfs)
        return;
    autoclose int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = open(c->record.rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
    /* The engine may have taken its mount away, and then the layer too. */
    if (proc >= 0 && fd >= 0 && engine_rootfs_find(fd, proc, &rootfs, &ignored) == 0)
        ignore(engine_rootfs_forget(&rootfs, &ignored));
    if (rootfs.root_fd >= 0)
        engine_rootfs_close(&rootfs);
    else if (fd >= 0)
        (void)close(fd);
}
