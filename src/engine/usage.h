/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the containers' records use: images and named volumes. */
#include "engine/engine.h"

struct container_use {
    char *id, *name;
    char *image_id; /* 64 hex digits */
    struct strings volumes;
};

struct container_uses {
    struct container_use *items;
    size_t count;
};

#define autouses __attribute__((cleanup(container_uses_free)))

/* Reads every record; one that vanishes meanwhile is left out, one that cannot be read is a failure: what it
 * uses must not be deleted. */
int container_uses_read(const struct engine *e, struct container_uses *ret_uses,
                        struct failure *failure) must_check;
void container_uses_free(struct container_uses *uses);
/* Number of containers made of the image. `ret_names` (may be NULL): their names, for a message. */
int container_uses_of_image(const struct container_uses *uses, const char *image_id,
                            struct strings *ret_names) must_check;
int container_uses_of_volume(const struct container_uses *uses, const char *volume,
                             struct strings *ret_names) must_check;
