/* SPDX-License-Identifier: Apache-2.0 */
#define OPENSSL_SUPPRESS_DEPRECATED 1
#include "store/sha256.h"

#include <openssl/sha.h>

_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct sha256), "struct sha256 is too small");

static SHA256_CTX *sha256_context(struct sha256 *hash)
{
    return (SHA256_CTX *)(void *)hash;
}

void sha256_begin(struct sha256 *hash)
{
    (void)SHA256_Init(sha256_context(hash)); /* always 1, as all three */
}

void sha256_add(struct sha256 *hash, const void *data, size_t size)
{
    (void)SHA256_Update(sha256_context(hash), data, size);
}

void sha256_end(struct sha256 *hash, unsigned char ret_bytes[32])
{
    (void)SHA256_Final(ret_bytes, sha256_context(hash));
}
