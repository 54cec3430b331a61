/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The name of our work folder, from the path of the upper layer that it stands beside. */
#include "base/ownership.h"

#define ENGINE_ROOTFS_WORK_SUFFIX ".unroot-work"

/* The caller frees it; NULL when memory ran out. */
static inline char *engine_rootfs_work_path(const char *upper)
{
    char *path;
    return asprintf(&path, "%s" ENGINE_ROOTFS_WORK_SUFFIX, upper) < 0 ? NULL : path;
}
