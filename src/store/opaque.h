/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Opaque folders of a layer, for overlay(5). */
#include "base/ownership.h"

#include <stdint.h>

/* Sets trusted.overlay.opaque on `count` folders below the layer's folder; `paths` are NUL-terminated, one
 * after the other, as unroot-unpack told them: they are resolved within the layer only, and one that is gone
 * or no folder any more is left out. unroot-unpack cannot do this itself: trusted.* needs a capability on the
 * host. */
int opaque_mark(int layer_fd, const char *paths, uint32_t count) must_check;
