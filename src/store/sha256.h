/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* SHA-256 by libcrypto's plain functions, linked in: its EVP layer and its shared object cost a start of
 * `unroot` more than a millisecond, these cost nothing until they are called. They cannot fail. */
#include <stddef.h>
#include <stdint.h>

struct sha256 {
    uint64_t state[14]; /* SHA256_CTX */
};

void sha256_begin(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *data, size_t size);
void sha256_end(struct sha256 *hash, unsigned char ret_bytes[32]);
