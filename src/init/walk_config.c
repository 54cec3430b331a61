/* SPDX-License-Identifier: Apache-2.0 */
#include "init/walk_config.h"

static int resolve_owner(struct span word, const struct accounts *accounts, uint32_t *ret_uid,
                         struct failure *f)
{
    struct passwd_line line;
    uint64_t number;
    if (span_is_digits(word)) {
        if (span_number(word, ID_MAX, &number) < 0)
            return fail_usage(f, "owner %.*s is out of range", (int)word.length, word.data);
        *ret_uid = (uint32_t)number;
        return 0;
    }
    if (!passwd_find_name(accounts, word, &line))
        return fail_usage(f, "owner \"%.*s\" is not in /etc/passwd", (int)word.length, word.data);
    *ret_uid = line.uid;
    return 0;
}

int walk_add_owners(struct walk *w, struct span list, const struct accounts *accounts, struct failure *f)
{
    for (struct span rest = list; rest.data;) {
        if (w->from_count == WALK_FROM_MAX)
            return fail_usage(f, "more than %d owners in from=", WALK_FROM_MAX);
        int r = resolve_owner(span_cut(&rest, ','), accounts, &w->from[w->from_count], f);
        if (r < 0)
            return r;
        w->from_count++;
    }
    return 0;
}
