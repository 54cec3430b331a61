/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The mounts of a container as its request spells them. */
#include "base/failure.h"
#include "engine/request.h"
#include "formats/mount_spec.h"

struct mount_list {
    struct mount_spec *items;
    size_t count;
};

#define automounts __attribute__((cleanup(mount_list_free)))

/* Parses -v, --mount and --tmpfs; two on one target are refused, and so are targets below /proc, /sys, /dev
 * but for devices' own folders. -EINVAL with a sentence. */
int mount_list_read(const struct container_request *request, struct mount_list *ret_list,
                    struct failure *failure) must_check;
void mount_list_free(struct mount_list *list);
