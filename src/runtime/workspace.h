/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Where a container's tree is put together: a tmpfs in the supervisor's private mount namespace that nobody
 * else reaches. All functions run with the range's ids and all capabilities of the host (supervisor.c). */
#include "base/failure.h"
#include "plan/start.h"

struct workspace {
    int proc_fd;    /* O_PATH of the host's /proc; lent */
    int top_fd;     /* the tmpfs: storage/ root/ files/ empty empty.d/ */
    int root_fd;    /* the container's root (O_PATH), once mounted */
    unsigned files; /* how many were made below files/ */
    int map_fd;     /* the last user namespace that was made for a map, and the map's text; or -EBADF, NULL */
    char *map_text;
    bool top_only; /* a mount's attributes are not those of the mounts below it (OCI) */
};

/* Makes the tmpfs, attaches it over the folder `anchor` (only this mount namespace sees it) and goes
 * there. */
int workspace_make(struct workspace *w, const char *anchor, struct failure *failure) must_check;
void workspace_close(struct workspace *w);
/* Idmaps storage_fd's tree (on disk STORAGE_BASE + i -> host_base + i) and attaches it at storage/. */
int workspace_map_storage(struct workspace *w, int storage_fd, const struct start_plan *plan,
                          struct failure *failure) must_check;
/* A user namespace with these maps, for idmapped mounts: lent until the next call. The last one is kept,
 * because mounts of one container mostly have the same map. */
int workspace_open_map(struct workspace *w, const struct id_map *uids, const struct id_map *gids,
                       struct failure *failure) must_check;
/* Has it kept: userns_fd, which is the workspace's from now on, has these maps. */
void workspace_keep_map(struct workspace *w, int userns_fd, const struct id_map *uids,
                        const struct id_map *gids);
/* Mounts the overlay at root/; needs workspace_map_storage. Overlay remembers the caller's credentials. */
int workspace_mount_rootfs(struct workspace *w, const struct rootfs_plan *rootfs,
                           struct failure *failure) must_check;
/* After everything: the root becomes read-only. */
int workspace_seal_rootfs(struct workspace *w, struct failure *failure) must_check;

/* /dev: a tmpfs with exactly these nodes, the customary links and mount points. */
int workspace_attach_devices(struct workspace *w, const struct start_plan *plan,
                             struct failure *failure) must_check;
/* Makes a detached mount of this type with the plan's options. `pidns_fd`: for proc, or -EBADF; then -EINVAL
 * comes without a sentence. The descriptor is the caller's. */
int workspace_make_type(const char *type, const struct mount_plan *mount, int pidns_fd,
                        struct failure *failure) must_check;
/* MOUNT_OF_PROCESS: a clone of the mount, detached: a descriptor, the caller's. */
int workspace_clone_other(const struct workspace *w, const struct mount_plan *mount,
                          struct failure *failure) must_check;
/* A tmpfs, and a devpts whose gid= counts inside; detached: a descriptor, the caller's. */
int workspace_make_tmpfs(const struct mount_plan *mount, struct failure *failure) must_check;
int workspace_make_devpts(const struct mount_plan *mount, const struct id_map *gids,
                          struct failure *failure) must_check;
/* Makes the tmpfs of /dev with the plan's devices, detached: a descriptor, the caller's. When it is attached,
 * workspace_bind_devices() completes it: where nodes cannot be made, Linux before 6.15 cannot bind them
 * earlier. */
int workspace_make_dev(const struct start_plan *plan, const struct mount_plan *mount,
                       struct failure *failure) must_check;
int workspace_bind_devices(const struct start_plan *plan, int dev_fd, struct failure *failure) must_check;
/* A mount of the plan, detached and adjusted: a descriptor, the caller's. */
int workspace_make_mount(struct workspace *w, const struct mount_plan *mount, int pidns_fd,
                         struct failure *failure) must_check;
/* One mount; its target is made when it is missing. `pidns_fd` only for proc. */
int workspace_attach(struct workspace *w, const struct mount_plan *mount, int pidns_fd,
                     struct failure *failure) must_check;
/* Hides a file behind an empty one, a folder behind an empty one; what does not exist needs nothing. */
int workspace_mask(struct workspace *w, const char *path, struct failure *failure) must_check;
int workspace_make_read_only(struct workspace *w, const char *path, struct failure *failure) must_check;
/* Attaches the terminal's device on /dev/console. */
int workspace_attach_console(struct workspace *w, unsigned number, struct failure *failure) must_check;

/* Makes the working directory that the person asked for, owned by the user inside, when it is missing. */
int workspace_make_workdir(struct workspace *w, const struct start_plan *plan,
                           struct failure *failure) must_check;

/* Attaches a detached mount in the container; a missing target is made as a folder or an empty file. */
int workspace_attach_fd(struct workspace *w, int mount_fd, const char *target,
                        struct failure *failure) must_check;
