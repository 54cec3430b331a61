/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Figures of an image that list, inspect and history share. */
#include "store/image.h"

/* What the files of the layers add up to; a layer that is not unpacked counts as nothing. */
uint64_t image_unpacked_size(const struct store *s, const struct image_config *config);
/* Seconds since the epoch of an RFC 3339 timestamp; 0 when it is NULL or none. */
int64_t image_moment(const char *timestamp);
