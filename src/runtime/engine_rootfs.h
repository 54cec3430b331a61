/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The root file system that an engine (docker, podman, containerd) made for a bundle, as a mount in which the
 * files belong to the container's ids. Either a folder (an unpacked bundle, vfs, btrfs, zfs): a clone of it
 * is idmapped. Or a merged overlay, which cannot be idmapped before Linux 7.3: it is mounted once more from
 * the same layers, idmapped, with the same upper folder and a work folder of ours beside it
 * (docs/decisions/0009-an-engines-overlay-mounted-twice.md). On disk nothing looks different to the engine.
 */
#include "base/failure.h"
#include "formats/overlay_options.h"

#include <errno.h>
#include <stdbool.h>

struct engine_rootfs {
    int root_fd;                    /* O_PATH, as the engine mounted it */
    bool is_overlay;                /* the rest is only for an overlay */
    struct overlay_options options; /* its lower, upper and work are absolute and real after the search */
};

#define ENGINE_ROOTFS_EMPTY                                                                                  \
    (struct engine_rootfs)                                                                                   \
    {                                                                                                        \
        .root_fd = -EBADF                                                                                    \
    }

/* Looks at the bundle's root, as host root. root_fd (O_PATH, becomes ret_rootfs's, also on failure) was
 * opened in the present mount namespace, where engine_rootfs_mount() will be called too: the engine's own or
 * a copy of it. proc_fd is an O_PATH of this namespace's /proc. Changes nothing. -EINVAL with the reason: a
 * folder inside an overlay, an overlay that cannot be shared (index=on, nfs_export=on), layers that are not
 * the ones that are mounted; -ENOENT: layers that are not found. */
int engine_rootfs_find(int root_fd, int proc_fd, struct engine_rootfs *ret_rootfs,
                       struct failure *failure) must_check;
void engine_rootfs_close(struct engine_rootfs *rootfs);

struct engine_rootfs_place {
    int folder_fd; /* an empty folder that only this process reaches (its own private mount namespace); layers
                      are attached below it and must stay there while the result is mounted */
    int userns_fd; /* maps id on disk -> host id, usually 0 H 65536 */
    bool nosuid;
};
/* The root as a detached mount, writable unless the engine's is not (config.json root.readonly is the
 * caller's): the caller attaches and closes it. The mount namespace is private, the effective and file system
 * ids are the ones that disk id 0 is mapped to, with all capabilities (credentials_keep_capabilities):
 * overlay remembers them. The working directory is changed and restored. */
int engine_rootfs_mount(const struct engine_rootfs *rootfs, const struct engine_rootfs_place *place,
                        int *ret_mount_fd, struct failure *failure) must_check;

/* Before something is mounted at `path` in the container, and for a process's working directory: copies the
 * folders on the way to the upper layer, unchanged. Two overlays share that layer; a folder that one of them
 * has pinned as one of a lower layer must not come to be in the upper one behind its back (ENOTEMPTY for
 * whatever is made in it). Nothing happens for what does not exist and for a root that is no overlay or
 * cannot be written. root_fd: the container's mounted root. */
int engine_rootfs_hold(const struct engine_rootfs *rootfs, int root_fd, const char *path,
                       struct failure *failure) must_check;

/* Lets an overlay see what was changed through the other one: for the engine's mount (the bundle's root) and
 * for the container's (/proc/PID/root) whenever the engine calls for this container. root_fd: O_PATH of the
 * mount's root. Other file systems are left alone. 0 or negative errno, which the caller may ignore. */
int engine_rootfs_refresh(int root_fd) must_check;

/* At the end of the container: takes away the work folder, which the engine does not know of. */
int engine_rootfs_forget(const struct engine_rootfs *rootfs, struct failure *failure) must_check;
