/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Images that a Dockerfile names. */
#include "build/stage.h"
#include "store/image.h"

struct base_request {
    const struct build_work *work;
    const char *name;     /* a reference or an id */
    const char *platform; /* FROM --platform; NULL: as the build's */
};

/* As image_find(), except that less than 12 hex digits ("a", "cafe") are a name and never the beginning of an
 * id: what a Dockerfile means must not hang on how some image's id begins. */
int base_find_image(const struct store *s, const char *name, struct image *ret_image,
                    struct failure *failure) must_check;
/* The image of the store as a snapshot. -ENOENT: it is not there, with what to do. */
int base_open(const struct base_request *request, struct build_snapshot *ret_snapshot,
              struct failure *failure) must_check;
