/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/yaml.h"

#include <string.h>

#define CHUNK_SIZE 16384

struct yaml_chunk {
    struct yaml_chunk *next;
    size_t used, size;
    _Alignas(max_align_t) char bytes[];
};

void *yaml_allocate(struct yaml_arena *arena, size_t size)
{
    size_t aligned = (size + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
    struct yaml_chunk *c = arena->chunks;
    if (aligned < size)
        return NULL;
    if (!c || c->size - c->used < aligned) {
        size_t room = aligned > CHUNK_SIZE ? aligned : CHUNK_SIZE;
        if (room > SIZE_MAX / 2)
            return NULL;
        c = malloc(sizeof(*c) + room);
        if (!c)
            return NULL;
        *c = (struct yaml_chunk){.next = arena->chunks, .size = room};
        arena->chunks = c;
    }
    void *p = c->bytes + c->used;
    c->used += aligned;
    memset(p, 0, size);
    return p;
}

char *yaml_copy_text(struct yaml_arena *arena, const char *text, size_t length)
{
    char *copy = yaml_allocate(arena, length + 1);
    if (copy && length > 0)
        memcpy(copy, text, length);
    return copy;
}

struct yaml_node *yaml_copy_node(struct yaml_arena *arena, const struct yaml_node *like)
{
    struct yaml_node *node = yaml_allocate(arena, sizeof(*node));
    if (node)
        *node = *like;
    arena->nodes++;
    return node;
}

void yaml_arena_free(struct yaml_arena *arena)
{
    for (struct yaml_chunk *c = arena->chunks; c;) {
        struct yaml_chunk *next = c->next;
        free(c);
        c = next;
    }
    *arena = (struct yaml_arena){0};
}
