/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The end of a build: its layers get their names with one sync, the cache is told, the image is written.
 * Internal to build/. */
#include "build/stage.h"

/* All that the stages made, also of a build that failed. */
int build_publish(struct build_work *work, struct failure *failure) must_check;
/* The target's image with all tags. */
int build_write_image(struct build_work *work, struct digest *ret_id, struct failure *failure) must_check;
