/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What unroot-unpack answers with: a fixed head, then the paths of opaque folders, each ended by a NUL, in a
 * file of memory that the engine made and that cannot grow. The engine reads it when the program has ended,
 * as the words of a stranger: an archive may have taken the program over. */
#include "base/failure.h"
#include "formats/digest.h"

#include <stdint.h>

#define UNPACK_REPORT_MAGIC 0x756e7031u
#define UNPACK_REPORT_SIZE (8u << 20) /* head and paths */

struct unpack_report {
    uint32_t magic;
    int32_t error; /* negative errno with `text`; 0: all is well */
    uint64_t entries, bytes, skipped_devices, skipped_xattrs;
    uint32_t opaque_count, opaque_size; /* paths after the head */
    uint8_t sha256[DIGEST_BYTES];       /* of what decompress wrote */
    char text[FAILURE_TEXT_SIZE];
};

/* Takes a report out of the bytes: -EBADMSG when it is none (the program died before it wrote one), else 0.
 * The text is made printable. *ret_paths (lent, NULL when none): opaque_count paths, each NUL-terminated
 * within the bytes. */
int unpack_report_read(const void *data, size_t size, struct unpack_report *ret_report,
                       const char **ret_paths) must_check;
