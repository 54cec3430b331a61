/* SPDX-License-Identifier: Apache-2.0 */
#include "build/key.h"

#include <string.h>

#define KEY_VERSION                                                                                          \
    "unroot build 1" /* another one when what a step leaves behind changes with our program                  \
                      */

static void add_bytes(struct build_key *key, const void *bytes, uint64_t size)
{
    sha256_add(&key->hash, &size, sizeof(size));
    sha256_add(&key->hash, bytes, size);
}

void build_key_begin(struct build_key *key, const char *kind)
{
    sha256_begin(&key->hash);
    build_key_add(key, KEY_VERSION);
    build_key_add(key, kind);
}

void build_key_add(struct build_key *key, const char *field)
{
    static const uint64_t none = UINT64_MAX;
    if (field)
        add_bytes(key, field, strlen(field));
    else
        sha256_add(&key->hash, &none, sizeof(none));
}

void build_key_add_number(struct build_key *key, uint64_t number)
{
    sha256_add(&key->hash, &number, sizeof(number));
}

void build_key_add_strings(struct build_key *key, const struct strings *fields)
{
    build_key_add_number(key, fields->count);
    for (size_t i = 0; i < fields->count; i++)
        build_key_add(key, fields->items[i]);
}

void build_key_add_digest(struct build_key *key, const struct digest *digest)
{
    build_key_add(key, digest->hex);
}

void build_key_end(struct build_key *key, struct digest *ret_digest)
{
    unsigned char bytes[DIGEST_BYTES];
    sha256_end(&key->hash, bytes);
    digest_from_bytes(bytes, ret_digest);
}
