/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* References of images that are in the store. */
#include "store/image.h"

/* The image's own reference that `who` names, lent by the image; NULL when `who` is an id. */
const char *image_named_reference(const struct image *image, const char *who);
/* A whole reference as docker shows it ("nginx:latest"), or as it is when it is another program's. NULL: no
 * memory. */
char *image_familiar_reference(const char *whole) must_check;
