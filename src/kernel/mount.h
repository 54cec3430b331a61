/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Mounts by descriptor: made detached, adjusted while nobody can reach them, then attached. mount_setattr(2),
 * fsopen(2) family (Linux 5.12). Every function: 0 or a descriptor (close-on-exec, the caller's), or negative
 * errno. */
#include "base/ownership.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mount.h>

/* A detached clone of the mount at `path` (below dirfd; "" = dirfd itself); `recursive` takes the mounts
 * below it too. */
int mount_clone(int dirfd, const char *path, bool recursive) must_check;

struct mount_change {
    uint64_t set, clear;  /* MOUNT_ATTR_* */
    uint64_t propagation; /* MS_PRIVATE, MS_SLAVE, MS_SHARED or 0 */
    int idmap_userns_fd;  /* -EBADF: none. The map is read as: id on disk -> id seen */
};
/* Changes a mount that is not attached yet (idmapping needs that). -EINVAL for an idmap: the file system has
 * no support. */
int mount_change(int mount_fd, const struct mount_change *change, bool recursive) must_check;

/* Attaches a detached mount on the file or folder that target_fd (O_PATH) is. */
int mount_attach(int mount_fd, int target_fd) must_check;
/* Attaches by a name of ours (never one that a container can influence). */
int mount_attach_at(int mount_fd, int dirfd, const char *name) must_check;

/* One parameter of a new file system; `fd` only when value is NULL and fd >= 0; a flag when both are missing.
 */
struct mount_parameter {
    const char *key;
    const char *value;
};

#define MOUNT_MESSAGE_SIZE 256
/* Makes a file system of `type` with `count` parameters and mounts it detached with `attributes`
 * (MOUNT_ATTR_*). On failure ret_message (MOUNT_MESSAGE_SIZE bytes, may be NULL) holds the kernel's own words
 * or "". */
struct mount_request {
    const char *type;
    const struct mount_parameter *parameters;
    size_t count;
    uint64_t attributes;
    int pidns_fd; /* -EBADF, or for "proc": the pid namespace that it shows (Linux 6.17; -EINVAL before) */
};
int mount_make(const struct mount_request *request, char *ret_message) must_check;

/* umount2(2) with MNT_DETACH. */
int mount_detach(const char *path) must_check;
/* Every mount of this namespace becomes private: nothing propagates out or in. */
int mount_make_private(void) must_check;
/* What the first namespace of these mounts gets shows here too, nothing of here shows there. */
int mount_make_slave(void) must_check;
/* Changes how mount events spread from and to the mount at `path` (of ours): MS_SHARED.., with MS_REC. */
int mount_propagate(const char *path, unsigned long propagation) must_check;
/* root_fd becomes the root and working directory of this mount namespace; everything above it is detached. */
int mount_pivot(int root_fd) must_check;
/* Whether the running kernel's release is lower than major.minor; uname(2). Only to spare a call whose
 * failure is loud. */
bool kernel_is_before(unsigned major, unsigned minor);
