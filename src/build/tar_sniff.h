/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the first bytes of a file say about archives; nothing is parsed further here. */
#include <stdbool.h>
#include <stddef.h>

#define TAR_BLOCK 512u

/* A tar header with the right checksum stands at the beginning. */
bool tar_sniff_header(const void *data, size_t size);
