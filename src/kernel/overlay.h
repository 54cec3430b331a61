/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Overlay file systems: fs/overlayfs, Documentation/filesystems/overlayfs.rst. */
#include "base/strings.h"
#include "kernel/mount.h"

#include <stdbool.h>

#define OVERLAY_MAGIC 0x794c7630 /* linux/magic.h */
#define OVERLAY_LAYERS_MAX 500   /* fs/overlayfs/params.h */

/* What an overlay consists of. Names are absolute or relative to the working directory, at most 255 bytes
 * each. */
struct overlay_layers {
    const struct strings *lower;            /* top first */
    const struct strings *data;             /* data-only layers, top first; NULL: none */
    const char *upper, *work;               /* both or none */
    const struct mount_parameter *settings; /* "redirect_dir" .., flags without a value */
    size_t setting_count;
};

/* Mounts it detached with `attributes` (MOUNT_ATTR_NODEV, NOSUID; others need a mount_change). `folder` is an
 * empty one of this private mount namespace, for kernels that can only mount by name (FALLBACK(linux < 6.8));
 * nothing is left there. A descriptor, or negative errno with the kernel's words in ret_message
 * (MOUNT_MESSAGE_SIZE, may be NULL); -EROFS: overlay could not write its work folder, which it answers by
 * mounting read-only. */
int overlay_mount(const struct overlay_layers *layers, uint64_t attributes, const char *folder,
                  char *ret_message) must_check;

/* Whether the descriptor (O_PATH will do) is of an overlay; negative errno. */
int overlay_is(int fd) must_check;
/* Drops every name that is cached of the overlay whose root this is and that nobody holds: what its layers
 * have come to hold meanwhile is seen. Nothing else is changed. 0 or negative errno. */
int overlay_forget_names(int root_fd) must_check;
