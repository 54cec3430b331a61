/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Content digests, "sha256:" and 64 lower-case hex digits (image-spec descriptor.md). Other algorithms are
 * refused. */
#include "base/ownership.h"

#include <stdbool.h>

#define DIGEST_HEX_LENGTH 64
#define DIGEST_TEXT_LENGTH 71
#define DIGEST_BYTES 32

struct digest {
    char hex[DIGEST_HEX_LENGTH + 1]; /* "" = none */
};

/* -EINVAL: no such form; -EOPNOTSUPP: a well-formed digest of another algorithm. */
int digest_parse(const char *text, struct digest *ret_digest) must_check;
/* Only the 64 digits. */
int digest_parse_hex(const char *text, struct digest *ret_digest) must_check;
void digest_from_bytes(const unsigned char bytes[DIGEST_BYTES], struct digest *ret_digest);
/* "sha256:HEX"; returns ret_text. */
const char *digest_write(const struct digest *digest, char ret_text[DIGEST_TEXT_LENGTH + 1]);
bool digest_equal(const struct digest *a, const struct digest *b);
