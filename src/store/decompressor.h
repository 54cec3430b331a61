/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Compressed streams: what they are, and unroot-unpack as a filter that makes plain ones of them. */
#include "formats/image_manifest.h"
#include "store/unpacker.h"

/* What the first bytes of a stream say (512 are enough). */
enum layer_compression layer_sniff(const void *data, size_t size);
/* The same of a file or a pipe whose bytes stay to be read; LAYER_TAR where that cannot be. Waits until there
 * are some. */
enum layer_compression decompressor_peek(int fd);
/* "gzip", "xz" .., for sentences; "none" for LAYER_TAR. */
const char *decompressor_name(enum layer_compression compression);
/* unroot-unpack's role for it; NULL for LAYER_TAR. */
const char *decompressor_role(enum layer_compression compression);
/* Starts it; the stream of what it makes of `input_fd`, the caller's, or negative errno. unpacker_finish()
 * says whether all was well. */
int decompressor_start(const struct store *s, enum layer_compression compression, int input_fd,
                       struct unpacker *ret_unpacker, struct failure *failure) must_check;
