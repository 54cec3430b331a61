/* SPDX-License-Identifier: Apache-2.0 */
/* Parts, each ended by an empty line: our own uid_map, that of a process, the text of its /proc/PID/status.
 * Properties, by a reader of its own: what is uid 0 outside or inside is never called not root; nor is what
 * has no map; uid 0 of a map that is the whole of ours is the host's root. */
#include "audit/live_process.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The id inside, by going over the lines of the text; -1: none. */
static int64_t look_up(const struct id_map *map, uint32_t outside)
{
    for (size_t i = 0; i < map->count; i++)
        for (uint64_t k = 0, n = map->extents[i].count; k < n; k = n) {
            uint64_t first = map->extents[i].outside;
            if (outside >= first && outside < first + n)
                return (int64_t)(map->extents[i].inside + (outside - first));
        }
    return -1;
}

static void check(const struct live_process *p, const struct id_map *own)
{
    uint32_t inside = 77;
    enum verdict verdict = live_verdict(p, own, &inside);
    bool fine = verdict == VERDICT_NONROOT || verdict == VERDICT_ENFORCED;
    bool root_inside = p->uid_map.count > 0 && look_up(&p->uid_map, p->uid) == 0;
    bool same = p->uid_map.count == own->count &&
                memcmp(p->uid_map.extents, own->extents, own->count * sizeof(own->extents[0])) == 0;
    if (fine && (p->uid == 0 || p->uid_map.count == 0 || (root_inside && !same)))
        abort();
    if (p->uid == 0 && verdict != VERDICT_ROOT && verdict != VERDICT_ROOT_USERNS)
        abort();
    if (p->uid == 0 && own->count == 1 && own->extents[0].outside == 0 && own->extents[0].inside == 0 &&
        own->extents[0].count == UINT32_MAX && verdict != VERDICT_ROOT)
        abort();
    if (verdict == VERDICT_ROOT_USERNS && inside != 0 && p->uid != 0)
        abort();
}

static char *next_part(char **rest)
{
    char *part = *rest, *end = part ? strstr(part, "\n\n") : NULL;
    if (end) {
        end[1] = '\0';
        *rest = end + 2;
    } else {
        *rest = NULL;
    }
    return part ? part : "";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autofree char *text = strndup((const char *)data, size);
    struct live_process p = {0};
    struct id_map own = {0};
    char *rest = text;
    if (!text)
        return 0;
    const char *ours = next_part(&rest), *theirs = next_part(&rest), *status = next_part(&rest);
    if (id_map_from_text(ours, strlen(ours), &own) < 0)
        own.count = 0;
    if (id_map_from_text(theirs, strlen(theirs), &p.uid_map) < 0)
        p.uid_map.count = 0;
    if (live_status_parse(status, &p) == 0)
        check(&p, &own);
    static const uint32_t ids[] = {0, 1, 999, 1000, 65533, 65534, 65535, 100000, UINT32_MAX - 1};
    for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
        p.uid = ids[i];
        check(&p, &own);
    }
    for (size_t i = 0; i < p.uid_map.count; i++) {
        p.uid = p.uid_map.extents[i].outside;
        check(&p, &own);
    }
    return 0;
}
