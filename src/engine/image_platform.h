/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Which of several images of one name. */
#include "formats/image_manifest.h"

/* `wanted` as --platform has it; NULL: this machine's. The caller frees it (platform_free()). */
int image_platform_choose(const char *wanted, struct platform *ret_platform,
                          struct failure *failure) must_check;
