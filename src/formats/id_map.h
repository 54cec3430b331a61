/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Maps of user and group ids as user_namespaces(7) has them: /proc/PID/uid_map lines "inside outside count".
 * For an idmapped mount `inside` is the id on disk and `outside` the host id that the kernel sees. */
#include "base/failure.h"
#include "base/strings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ID_MAP_EXTENTS_MAX 340 /* user_namespaces(7), Linux 4.15 */
#define ID_MAP_TEXT_MAX 4095   /* a write of under one page */
#define ID_MAP_ID_MAX 4294967294u

struct id_extent {
    uint32_t inside, outside, count;
};

struct id_map {
    size_t count;
    struct id_extent extents[ID_MAP_EXTENTS_MAX];
};

/* Appends an extent, joined to the last one where it continues it. -EINVAL: count 0 or past ID_MAP_ID_MAX;
 * -EEXIST: overlaps on either side; -E2BIG: 340 are there. */
int id_map_add(struct id_map *map, struct id_extent extent) must_check;
/* As the kernel would judge the whole map, with a sentence: at least one extent, no overlap on either side,
 * under 340 extents and 4,096 bytes. 0, -EINVAL, -E2BIG. `what`: "uid map". */
int id_map_check(const struct id_map *map, const char *what, struct failure *f) must_check;
/* The text to write; room for ID_MAP_TEXT_MAX + 1. -E2BIG when it does not fit. */
int id_map_to_text(const struct id_map *map, char ret_text[ID_MAP_TEXT_MAX + 1]) must_check;
/* Text of /proc/PID/uid_map (blanks between the numbers, a line each). -EINVAL, -E2BIG, as id_map_add(). */
int id_map_from_text(const char *text, size_t size, struct id_map *ret_map) must_check;

bool id_map_to_outside(const struct id_map *map, uint32_t inside, uint32_t *ret_outside);
bool id_map_to_inside(const struct id_map *map, uint32_t outside, uint32_t *ret_inside);
/* From the outside ids of one map to those of another, for the same inside ids; what one of them lacks is
 * left out. -E2BIG, as id_map_add(). */
int id_map_translate(const struct id_map *from, const struct id_map *to, struct id_map *ret_map) must_check;
bool id_map_equal(const struct id_map *a, const struct id_map *b);
/* Whether any id of [first, first + count) is an outside id of the map. */
bool id_map_touches_outside(const struct id_map *map, uint32_t first, uint32_t count);
/* How many ids are mapped. */
uint64_t id_map_size(const struct id_map *map);
/* Sorts by inside id and joins neighbours. */
void id_map_sort(struct id_map *map);

/* --uidmap/--gidmap in podman's syntax: [flags]container:from[:amount]; amount 1 when left out; flags: '+'
 * cuts earlier entries where they overlap (and, as the first, extends `base`), 'u' / 'g' only for that map,
 * '@' from is a host id that is looked up in `base`'s outside ids. When one of the lists is empty it is a
 * copy of the other. */
struct id_map_request {
    const struct strings *uidmap, *gidmap;
    const struct id_map *base_uids,
        *base_gids; /* NULL: `from` are host ids, and a leading '+' extends nothing */
};
int id_map_parse(const struct id_map_request *request, struct id_map *ret_uids, struct id_map *ret_gids,
                 struct failure *f) must_check;

/* The ids that a user may use, from the text of /etc/subuid or /etc/subgid: lines "name|uid:start:count";
 * several add up in the order of the file. Lines that are no such line are left out, as shadow-utils does; so
 * are ranges that overlap an earlier one. `name` may be NULL. ret_map counts inside from 0. -ENOENT: none;
 * -E2BIG. */
struct subordinate_user {
    const char *name;
    uint32_t uid;
    bool has_uid;
};
int id_map_read_subordinate(const char *text, size_t size, const struct subordinate_user *user,
                            struct id_map *ret_map) must_check;

struct id_pair {
    uint32_t host, container;
};

/* The map of a volume (KERNEL.md "Volumes"): on-disk id -> host id, for a container whose ids are `container`
 * (inside: ids in the container, outside: host ids). Files of a listed host id belong to the listed container
 * id; every other container id i is stored as storage_base + i, or, when that id is itself a listed host id,
 * as the id which that one gave up. So the map is injective and every mapped container id has an id on disk.
 */
struct id_volume_request {
    uint32_t storage_base;          /* 2147352576 */
    const struct id_map *container; /* usually one extent: 0 H 65536 */
    const struct id_pair *pairs;
    size_t pair_count;
};
/* -EINVAL with a sentence: a host or container id listed twice, a container id without a mapping; -E2BIG. */
int id_map_volume(const struct id_volume_request *request, struct id_map *ret_map,
                  struct failure *f) must_check;
