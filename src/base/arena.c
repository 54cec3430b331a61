/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#define CHUNK_SIZE 8192

struct arena_chunk {
    struct arena_chunk *next;
    size_t used, size;
    _Alignas(max_align_t) char bytes[];
};

static void *arena_take(struct arena *arena, size_t size, size_t align)
{
    struct arena_chunk *c = arena->chunks;
    size_t start = c ? (c->used + align - 1) & ~(align - 1) : 0;
    if (!c || start > c->size || c->size - start < size) {
        size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;
        c = room > SIZE_MAX / 2 ? NULL : malloc(sizeof(*c) + room);
        if (!c) {
            arena->error = -ENOMEM;
            return NULL;
        }
        *c = (struct arena_chunk){.next = arena->chunks, .size = room};
        arena->chunks = c;
        start = 0;
    }
    c->used = start + size;
    return c->bytes + start;
}

void *arena_allocate(struct arena *arena, size_t size)
{
    void *p = arena_take(arena, size, _Alignof(max_align_t));
    if (p)
        memset(p, 0, size);
    return p;
}

char *arena_copy(struct arena *arena, const char *text, size_t length)
{
    static char nothing[1];
    char *copy = length < SIZE_MAX ? arena_take(arena, length + 1, 1) : NULL;
    if (!copy)
        return nothing;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *arena_string(struct arena *arena, const char *text)
{
    return text ? arena_copy(arena, text, strlen(text)) : NULL;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    autofree char *text = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0) {
        text = NULL;
        arena->error = -ENOMEM;
    }
    return arena_copy(arena, text ? text : "", text ? (size_t)n : 0);
}

void *arena_grow(struct arena *arena, void *old, size_t count, size_t *capacity, size_t item)
{
    if (count < *capacity)
        return old;
    size_t wanted = *capacity ? *capacity * 2 : 4, bytes;
    void *fresh = __builtin_mul_overflow(wanted, item, &bytes) ? NULL : arena_allocate(arena, bytes);
    if (!fresh)
        return NULL;
    if (count > 0)
        memcpy(fresh, old, count * item);
    *capacity = wanted;
    return fresh;
}

int arena_error(const struct arena *arena)
{
    return arena->error;
}

void arena_free(struct arena *arena)
{
    for (struct arena_chunk *c = arena->chunks; c;) {
        struct arena_chunk *next = c->next;
        free(c);
        c = next;
    }
    *arena = (struct arena){0};
}
