/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The root file system that an engine (docker, podman, containerd) made for a bundle, as a mount in which the
 * files belong to the container's ids. Either a folder (an unpacked bundle, vfs, btrfs, zfs): a clone of it
 * is idmapped. Or a merged overlay, which cannot be idmapped before Linux 7.3: it is mounted once more from
 * the same layers, idmapped, with the same upper folder and a work folder of ours beside it
 * (docs/decisions/0012-an-engines-overlay-mounted-twice.md). On disk nothing looks different to the engine.
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

/* Looks at the bundle's root, in the mount namespace where the engine mounted it and as host root. root_fd
 * (O_PATH) becomes ret_rootfs's, also on failure; proc_fd is an O_PATH of this namespace's /proc. Changes
 * nothing. -EINVAL with the reason: a folder inside an overlay, an overlay that cannot be shared (index=on,
 * nfs_export=on), layers that are not found or are not the ones that are mounted. */
int engine_rootfs_find(int root_fd, int proc_fd, struct engine_rootfs *ret_rootfs,
                       struct failure *failure) must_check;
void engine_rootfs_close(struct engine_rootfs *rootfs);

struct engine_rootfs_place {
    int folder_fd;  /* an empty folder that only this process reaches (its own private mount namespace); the
                       layers are attached below it and must stay while the result is mounted */
    int userns_fd;  /* maps id on disk -> host id, usually 0 H 65536 */
    bool read_only; /* config.json root.readonly: nothing is written, not even a work folder */
    bool nosuid;
};
/* The root as a detached mount: the caller attaches and closes it. The caller's mount namespace is private,
 * its effective and file system ids are the ones that disk id 0 is mapped to, and it holds all capabilities
 * (credentials_keep_capabilities): overlay remembers them. Its working directory is changed and restored. */
int engine_rootfs_mount(const struct engine_rootfs *rootfs, const struct engine_rootfs_place *place,
                        int *ret_mount_fd, struct failure *failure) must_check;

/* Before something is mounted at `path` in the container (or a process gets it as its working directory):
 * copies the folders on the way to the upper layer, unchanged. Two overlays share that layer; what one of
 * them has pinned as a folder of a lower layer must not come to be in the upper one behind its back. Nothing
 * happens for what does not exist, for a folder root and for a read-only one. `root_fd`: the container's
 * mounted root. */
int engine_rootfs_hold(const struct engine_rootfs *rootfs, int root_fd, const char *path,
                       struct failure *failure) must_check;

/* Makes an overlay forget what it knows about names, so that it sees what was changed through the other one:
 * call it for the engine's mount (the bundle's root) and for the container's (/proc/PID/root) whenever the
 * engine calls for this container. fd: O_PATH of the mount's root. Other file systems are left alone.
 * 0 or negative errno; the caller may ignore it. */
int engine_rootfs_refresh(int root_fd) must_check;
