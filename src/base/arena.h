/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Memory that is freed at once: trees and results whose parts point at each other. Running out of memory is
 * remembered: check arena_error() once where the texts below were used. */
#include "base/ownership.h"

#include <stddef.h>

struct arena {
    struct arena_chunk *chunks;
    int error; /* -ENOMEM once an allocation failed */
};
#define autoarena __attribute__((cleanup(arena_free)))

/* Zeroed, aligned for everything; NULL: no memory. */
void *arena_allocate(struct arena *arena, size_t size) must_check;
/* A copy with a NUL behind it; "" (and the error is remembered) without memory: never NULL. */
char *arena_copy(struct arena *arena, const char *text, size_t length) must_check;
/* As arena_copy() of a whole string; NULL stays NULL. */
char *arena_string(struct arena *arena, const char *text) must_check;
/* Never NULL, as arena_copy(). */
char *arena_printf(struct arena *arena, const char *format, ...) printf_like(2, 3) must_check;
/* `count` items of `item` bytes in `old` and room for more: doubles *capacity when it is used up, else gives
 * `old`. NULL: no memory. */
void *arena_grow(struct arena *arena, void *old, size_t count, size_t *capacity, size_t item) must_check;
/* 0 or -ENOMEM. */
int arena_error(const struct arena *arena) must_check;
void arena_free(struct arena *arena);
