/* SPDX-License-Identifier: Apache-2.0 */
/* podman's --uidmap and --gidmap (podman-run(1); pkg/util ParseIDMap). */
#include "base/number.h"
#include "formats/id_map.h"

#include <errno.h>
#include <string.h>

/* One entry: [flags]container:[@]from[:amount]. */
struct map_entry {
    bool extends, for_uids, for_gids, from_host;
    uint32_t container, from, amount;
};

struct map_parser {
    const char *option;        /* "--uidmap", "--gidmap": where the words stand */
    const struct id_map *base; /* NULL: host ids */
    bool for_uids;             /* which of the two maps is built */
    bool fill;                 /* began with '+': the rest of base follows */
    struct id_map *map;
    struct failure *failure;
};

static int refuse_word(const struct map_parser *p, const char *word, const char *why)
{
    return refuse(p->failure, -EINVAL, "%s \"%s\": %s", p->option, word, why);
}

static int read_entry(const struct map_parser *p, const char *word, struct map_entry *ret_entry)
{
    struct map_entry e = {.amount = 1};
    autofree char *copy = strdup(word);
    if (!copy)
        return fail(p->failure, -ENOMEM, "%s \"%s\"", p->option, word);
    char *container = copy, *from = strchr(copy, ':'), *amount = from ? strchr(from + 1, ':') : NULL;
    for (; *container != '\0' && strchr("+ug", *container); container++) {
        e.extends |= *container == '+';
        e.for_uids |= *container == 'u';
        e.for_gids |= *container == 'g';
    }
    if (!e.for_uids && !e.for_gids)
        e.for_uids = e.for_gids = true;
    if (!from)
        return refuse_word(p, word, "expected [flags]container_id:from_id[:amount]");
    *from++ = '\0';
    if (amount)
        *amount++ = '\0';
    if (*from == '@') {
        e.from_host = true;
        from++;
    }
    if (number_parse_id(container, &e.container) < 0 || number_parse_id(from, &e.from) < 0 ||
        (amount && number_parse_id(amount, &e.amount) < 0))
        return refuse_word(p, word,
                           "expected [flags]container_id:from_id[:amount], numbers below 4294967295");
    if (e.amount == 0)
        return refuse_word(p, word, "the amount is 0");
    if ((uint64_t)e.container + e.amount > UINT32_MAX || (uint64_t)e.from + e.amount > UINT32_MAX)
        return refuse_word(p, word, "the range goes past the last id, 4294967294");
    *ret_entry = e;
    return 0;
}

/* Appends what is left of `e` without [first, first + count) of one of its sides. */
static int append_without(struct id_map *to, const struct id_extent *e, bool inside,
                          const struct id_extent *hole)
{
    uint64_t begin = inside ? e->inside : e->outside, end = begin + e->count;
    uint64_t first = inside ? hole->inside : hole->outside, past = first + hole->count;
    uint64_t head = first > begin ? (first < end ? first : end) - begin : 0;
    uint64_t tail = past < end ? end - (past > begin ? past : begin) : 0;
    if (first >= end || past <= begin) { /* nothing in common */
        head = e->count;
        tail = 0;
    }
    struct id_extent before = {e->inside, e->outside, (uint32_t)head};
    struct id_extent after = {e->inside + (e->count - (uint32_t)tail),
                              e->outside + (e->count - (uint32_t)tail), (uint32_t)tail};
    int r = head > 0 ? id_map_add(to, before) : 0;
    return r < 0 || tail == 0 ? r : id_map_add(to, after);
}

/* Cuts everything that stands in the way of `hole`, inside and outside. */
static int cut_map(struct id_map *map, const struct id_extent *hole)
{
    for (int side = 0; side < 2; side++) {
        struct id_map kept = {0};
        for (size_t i = 0; i < map->count; i++) {
            int r = append_without(&kept, &map->extents[i], side == 0, hole);
            if (r < 0)
                return r;
        }
        *map = kept;
    }
    return 0;
}

static int add_extent(const struct map_parser *p, const char *word, const struct map_entry *e,
                      struct id_extent extent)
{
    int r = e->extends ? cut_map(p->map, &extent) : 0;
    if (r == 0)
        r = id_map_add(p->map, extent);
    if (r == -EEXIST)
        return refuse_word(p, word, "overlaps an earlier entry (a '+' in front would cut that one)");
    if (r == -E2BIG)
        return refuse_word(p, word, "more than the 340 ranges that the kernel takes");
    return r < 0 ? refuse_word(p, word, "the range goes past the last id, 4294967294") : 0;
}

/* How many ids from `id` on lie in one extent of base, and what the first is on the host. 0: it has no
 * mapping. */
static uint32_t base_run(const struct map_parser *p, const struct map_entry *e, uint32_t id,
                         uint32_t *ret_host)
{
    for (size_t i = 0; i < p->base->count; i++) {
        const struct id_extent *b = &p->base->extents[i];
        uint32_t first = e->from_host ? b->outside : b->inside;
        if (id >= first && id - first < b->count) {
            *ret_host = b->outside + (id - first);
            return b->count - (id - first);
        }
    }
    return 0;
}

static int add_entry(struct map_parser *p, const char *word, const struct map_entry *e)
{
    if (!p->base)
        return add_extent(p, word, e, (struct id_extent){e->container, e->from, e->amount});
    for (uint32_t done = 0; done < e->amount;) {
        uint32_t host = 0, run = base_run(p, e, e->from + done, &host);
        if (run == 0)
            return refuse(p->failure, -EINVAL, "%s \"%s\": id %u is not one of those that may be used",
                          p->option, word, e->from + done);
        uint32_t count = run < e->amount - done ? run : e->amount - done;
        int r = add_extent(p, word, e, (struct id_extent){e->container + done, host, count});
        if (r < 0)
            return r;
        done += count;
    }
    return 0;
}

static int parse_word(struct map_parser *p, const char *word)
{
    struct map_entry e = {0};
    int r = read_entry(p, word, &e);
    if (r < 0 || !(p->for_uids ? e.for_uids : e.for_gids))
        return r;
    if (e.extends && p->map->count == 0 && p->base)
        p->fill = true;
    return add_entry(p, word, &e);
}

/* First id >= `from` that no extent holds on the given side, and how many follow it that none holds. */
static uint32_t free_run(const struct id_map *map, bool inside, uint32_t from, uint64_t *ret_count)
{
    bool moved = true;
    uint64_t next = UINT32_MAX;
    while (moved) {
        moved = false;
        for (size_t i = 0; i < map->count; i++) {
            const struct id_extent *e = &map->extents[i];
            uint32_t first = inside ? e->inside : e->outside;
            if (from >= first && from - first < e->count) {
                from = first + e->count;
                moved = true;
            }
        }
    }
    for (size_t i = 0; i < map->count; i++) {
        uint32_t first = inside ? map->extents[i].inside : map->extents[i].outside;
        if (first >= from && first < next)
            next = first;
    }
    *ret_count = next - from;
    return from;
}

/* The ids of base that are left go to the lowest container ids that are left. */
static int fill_map(const struct map_parser *p)
{
    const struct id_map given = *p->map;
    uint32_t inside = 0;
    for (size_t i = 0; i < p->base->count; i++) {
        const struct id_extent *b = &p->base->extents[i];
        uint64_t end = (uint64_t)b->outside + b->count, room_outside, room_inside;
        for (uint32_t host = b->outside;;) {
            host = free_run(&given, false, host, &room_outside);
            inside = free_run(&given, true, inside, &room_inside);
            if (host >= end || room_inside == 0)
                break;
            uint64_t count = end - host < room_outside ? end - host : room_outside;
            count = count < room_inside ? count : room_inside;
            int r = id_map_add(p->map, (struct id_extent){inside, host, (uint32_t)count});
            if (r < 0)
                return refuse(p->failure, r, "%s: more than the 340 ranges that the kernel takes", p->option);
            host += (uint32_t)count;
            inside += (uint32_t)count;
        }
    }
    return 0;
}

static int parse_list(struct map_parser *p, const struct strings *words)
{
    for (size_t i = 0; words && i < words->count; i++) {
        autofree char *copy = strdup(words->items[i]);
        if (!copy)
            return fail(p->failure, -ENOMEM, "%s", p->option);
        char *rest = copy;
        for (char *word = strsep(&rest, ","); word; word = strsep(&rest, ",")) {
            int r = parse_word(p, word);
            if (r < 0)
                return r;
        }
    }
    return p->fill ? fill_map(p) : 0;
}

static size_t list_count(const struct strings *list)
{
    return list ? list->count : 0;
}

static int parse_side(const struct id_map_request *request, bool for_uids, struct id_map *map,
                      struct failure *f)
{
    bool from_uidmap = for_uids ? list_count(request->uidmap) > 0 : list_count(request->gidmap) == 0;
    struct map_parser p = {
        .option = from_uidmap ? "--uidmap" : "--gidmap",
        .base = for_uids ? request->base_uids : request->base_gids,
        .for_uids = for_uids,
        .map = map,
        .failure = f,
    };
    int r = parse_list(&p, from_uidmap ? request->uidmap : request->gidmap);
    if (r < 0)
        return r;
    id_map_sort(map);
    return id_map_check(map, for_uids ? "uid map" : "gid map", f);
}

int id_map_parse(const struct id_map_request *request, struct id_map *ret_uids, struct id_map *ret_gids,
                 struct failure *f)
{
    struct id_map uids = {0}, gids = {0};
    int r = parse_side(request, true, &uids, f);
    if (r < 0 || (r = parse_side(request, false, &gids, f)) < 0)
        return r;
    *ret_uids = uids;
    *ret_gids = gids;
    return 0;
}
