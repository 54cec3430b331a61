/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Digests to be looked up: gathered, sorted once, searched. */
#include "formats/digest.h"

#include <stddef.h>

struct digest_set {
    struct digest *items;
    size_t count, capacity;
};

int digest_set_add(struct digest_set *set, const struct digest *digest) must_check;
void digest_set_sort(struct digest_set *set);
/* `hex` is any string; only after digest_set_sort(). */
bool digest_set_contains(const struct digest_set *set, const char *hex);
void digest_set_free(struct digest_set *set);
