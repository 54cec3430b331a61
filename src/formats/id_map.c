/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/id_map.h"
#include "base/number.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

static bool ranges_meet(uint32_t a, uint32_t a_count, uint32_t b, uint32_t b_count)
{
    return (uint64_t)a < (uint64_t)b + b_count && (uint64_t)b < (uint64_t)a + a_count;
}

static bool extents_meet(const struct id_extent *a, const struct id_extent *b)
{
    return ranges_meet(a->inside, a->count, b->inside, b->count) ||
           ranges_meet(a->outside, a->count, b->outside, b->count);
}

/* (uid_t)-1 is no id, so a range ends at ID_MAP_ID_MAX. */
static bool extent_is_valid(const struct id_extent *e)
{
    return e->count > 0 && (uint64_t)e->inside + e->count - 1 <= ID_MAP_ID_MAX &&
           (uint64_t)e->outside + e->count - 1 <= ID_MAP_ID_MAX;
}

/* Whether b goes on where a ends, on both sides. */
static bool extent_continues(const struct id_extent *a, const struct id_extent *b)
{
    return a->inside + a->count == b->inside && a->outside + a->count == b->outside;
}

int id_map_add(struct id_map *map, struct id_extent extent)
{
    if (!extent_is_valid(&extent))
        return -EINVAL;
    for (size_t i = 0; i < map->count; i++)
        if (extents_meet(&map->extents[i], &extent))
            return -EEXIST;
    struct id_extent *last = map->count > 0 ? &map->extents[map->count - 1] : NULL;
    if (last && extent_continues(last, &extent)) {
        last->count += extent.count;
        return 0;
    }
    if (map->count == ID_MAP_EXTENTS_MAX)
        return -E2BIG;
    map->extents[map->count++] = extent;
    return 0;
}

int id_map_check(const struct id_map *map, const char *what, struct failure *f)
{
    if (map->count == 0)
        return refuse(f, -EINVAL, "the %s is empty", what);
    if (map->count > ID_MAP_EXTENTS_MAX)
        return refuse(f, -E2BIG, "the %s has more than the %d lines that the kernel takes", what,
                      ID_MAP_EXTENTS_MAX);
    for (size_t i = 0; i < map->count; i++) {
        const struct id_extent *e = &map->extents[i];
        if (!extent_is_valid(e))
            return refuse(f, -EINVAL, "the %s has a bad line %u:%u:%u", what, e->inside, e->outside,
                          e->count);
        for (size_t k = 0; k < i; k++) {
            const struct id_extent *o = &map->extents[k];
            if (extents_meet(o, e))
                return refuse(f, -EINVAL, "the %s's lines %u:%u:%u and %u:%u:%u overlap", what, o->inside,
                              o->outside, o->count, e->inside, e->outside, e->count);
        }
    }
    char text[ID_MAP_TEXT_MAX + 1];
    if (id_map_to_text(map, text) < 0)
        return refuse(f, -E2BIG, "the %s is longer than the %d bytes that the kernel takes", what,
                      ID_MAP_TEXT_MAX);
    return 0;
}

int id_map_to_text(const struct id_map *map, char ret_text[ID_MAP_TEXT_MAX + 1])
{
    char text[ID_MAP_TEXT_MAX + 1] = "";
    size_t length = 0;
    for (size_t i = 0; i < map->count; i++) {
        const struct id_extent *e = &map->extents[i];
        int n = snprintf(text + length, sizeof(text) - length, "%u %u %u\n", e->inside, e->outside, e->count);
        if (n < 0 || (size_t)n >= sizeof(text) - length)
            return -E2BIG;
        length += (size_t)n;
    }
    memcpy(ret_text, text, length + 1);
    return 0;
}

/* Three numbers and blanks up to the line break. */
static int read_extent(const char *line, size_t size, struct id_extent *ret_extent)
{
    uint32_t numbers[3];
    size_t at = 0;
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        char digits[12];
        size_t n = 0;
        while (at < size && (line[at] == ' ' || line[at] == '\t'))
            at++;
        while (at < size && n < sizeof(digits) - 1 && line[at] >= '0' && line[at] <= '9')
            digits[n++] = line[at++];
        digits[n] = '\0';
        uint64_t value;
        if (number_parse(digits, UINT32_MAX, &value) < 0) /* a count may be 4294967295 */
            return -EINVAL;
        numbers[i] = (uint32_t)value;
    }
    while (at < size && (line[at] == ' ' || line[at] == '\t'))
        at++;
    if (at != size)
        return -EINVAL;
    *ret_extent = (struct id_extent){numbers[0], numbers[1], numbers[2]};
    return 0;
}

int id_map_from_text(const char *text, size_t size, struct id_map *ret_map)
{
    struct id_map map = {0};
    for (size_t at = 0; at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t length = end ? (size_t)(end - text) - at : size - at;
        struct id_extent extent;
        int r = read_extent(text + at, length, &extent);
        if (r < 0 || (r = id_map_add(&map, extent)) < 0)
            return r;
        at += length + 1;
    }
    *ret_map = map;
    return 0;
}

bool id_map_to_outside(const struct id_map *map, uint32_t inside, uint32_t *ret_outside)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct id_extent *e = &map->extents[i];
        if (inside >= e->inside && inside - e->inside < e->count) {
            *ret_outside = e->outside + (inside - e->inside);
            return true;
        }
    }
    return false;
}

bool id_map_to_inside(const struct id_map *map, uint32_t outside, uint32_t *ret_inside)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct id_extent *e = &map->extents[i];
        if (outside >= e->outside && outside - e->outside < e->count) {
            *ret_inside = e->inside + (outside - e->outside);
            return true;
        }
    }
    return false;
}

int id_map_translate(const struct id_map *from, const struct id_map *to, struct id_map *ret_map)
{
    struct id_map map = {.count = 0};
    for (size_t i = 0; i < from->count; i++)
        for (size_t k = 0; k < to->count; k++) {
            const struct id_extent *a = &from->extents[i], *b = &to->extents[k];
            uint64_t a_end = (uint64_t)a->inside + a->count, b_end = (uint64_t)b->inside + b->count;
            uint64_t end = a_end < b_end ? a_end : b_end;
            uint32_t first = a->inside > b->inside ? a->inside : b->inside;
            if (first >= end)
                continue;
            const struct id_extent both = {.inside = a->outside + (first - a->inside),
                                           .outside = b->outside + (first - b->inside),
                                           .count = (uint32_t)(end - first)};
            int r = id_map_add(&map, both);
            if (r < 0)
                return r;
        }
    *ret_map = map;
    return 0;
}

bool id_map_equal(const struct id_map *a, const struct id_map *b)
{
    return a->count == b->count && memcmp(a->extents, b->extents, a->count * sizeof(a->extents[0])) == 0;
}

bool id_map_touches_outside(const struct id_map *map, uint32_t first, uint32_t count)
{
    for (size_t i = 0; i < map->count; i++)
        if (ranges_meet(map->extents[i].outside, map->extents[i].count, first, count))
            return true;
    return false;
}

uint64_t id_map_size(const struct id_map *map)
{
    uint64_t size = 0;
    for (size_t i = 0; i < map->count; i++)
        size += map->extents[i].count;
    return size;
}

static int compare_extents(const void *a, const void *b)
{
    const struct id_extent *x = a, *y = b;
    return (x->inside > y->inside) - (x->inside < y->inside);
}

void id_map_sort(struct id_map *map)
{
    if (map->count == 0)
        return;
    qsort(map->extents, map->count, sizeof(map->extents[0]), compare_extents);
    size_t last = 0;
    for (size_t i = 1; i < map->count; i++) {
        if (extent_continues(&map->extents[last], &map->extents[i]))
            map->extents[last].count += map->extents[i].count;
        else
            map->extents[++last] = map->extents[i];
    }
    map->count = last + 1;
}

/* name|uid:start:count; whether the line is the user's. */
static bool read_subordinate_line(char *line, const struct subordinate_user *user, uint32_t *ret_start,
                                  uint32_t *ret_count)
{
    char *start = strchr(line, ':'), *count = start ? strchr(start + 1, ':') : NULL;
    if (!count)
        return false;
    *start++ = '\0';
    *count++ = '\0';
    uint32_t uid;
    bool named = user->name && strcmp(line, user->name) == 0;
    bool numbered = user->has_uid && number_parse_id(line, &uid) == 0 && uid == user->uid;
    return (named || numbered) && number_parse_id(start, ret_start) == 0 &&
           number_parse_id(count, ret_count) == 0;
}

int id_map_read_subordinate(const char *text, size_t size, const struct subordinate_user *user,
                            struct id_map *ret_map)
{
    struct id_map map = {0};
    uint32_t inside = 0;
    for (size_t at = 0; at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t length = end ? (size_t)(end - text) - at : size - at;
        autofree char *line = strndup(text + at, length);
        if (!line)
            return -ENOMEM;
        at += length + 1;
        struct id_extent extent = {.inside = inside};
        if (!read_subordinate_line(line, user, &extent.outside, &extent.count))
            continue;
        int r = id_map_add(&map, extent);
        if (r == -E2BIG)
            return r;
        inside += r == 0 ? extent.count : 0;
    }
    if (map.count == 0)
        return -ENOENT;
    *ret_map = map;
    return 0;
}
