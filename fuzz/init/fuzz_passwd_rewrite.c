/* SPDX-License-Identifier: Apache-2.0 */
/* Input: 'p' or 'g', NAME \n uid-byte gid-byte file. Property: afterwards the name is found with the new ids
 * and the first id is found as that name; every other line is there, unchanged and in order; twice is as
 * once. */
#include "init/rewriter.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static bool is_account_line(struct span line, const struct line_change *c, struct span *ret_name)
{
    struct passwd_line passwd;
    struct group_line group;
    bool found = c->id_count == 2 ? passwd_line_parse(line, &passwd) : group_line_parse(line, &group);
    if (found)
        *ret_name = c->id_count == 2 ? passwd.name : group.name;
    return found;
}

/* The next line that is not the first one of the name; false at the end. */
static bool next_other(struct span *rest, const struct line_change *c, bool *seen, struct span *ret_line)
{
    while (rest->data) {
        struct span name;
        *ret_line = span_cut(rest, '\n');
        if (!rest->data && ret_line->length == 0)
            return false;
        if (!*seen && is_account_line(*ret_line, c, &name) && span_equal(name, c->name)) {
            *seen = true;
            continue;
        }
        return true;
    }
    return false;
}

static void check_found(struct span text, const struct line_change *c)
{
    struct accounts a = {c->id_count == 2 ? text : (struct span){0},
                         c->id_count == 1 ? text : (struct span){0}};
    struct passwd_line passwd;
    struct group_line group;
    if (c->id_count == 2) {
        demand(passwd_find_name(&a, c->name, &passwd) && passwd.uid == c->ids[0] && passwd.gid == c->ids[1]);
        demand(passwd_find_uid(&a, c->ids[0], &passwd) && span_equal(passwd.name, c->name));
    } else {
        demand(group_find_name(&a, c->name, &group) && group.gid == c->ids[0]);
        demand(group_find_gid(&a, c->ids[0], &group) && span_equal(group.name, c->name));
    }
}

static void check_others(struct span before, struct span after, const struct line_change *c)
{
    bool seen_before = false, seen_after = false;
    struct span a, b;
    for (;;) {
        bool more = next_other(&before, c, &seen_before, &a);
        demand(next_other(&after, c, &seen_after, &b) == more);
        if (!more)
            return;
        demand(span_equal(a, b));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 4)
        return 0;
    struct span rest = {(const char *)data + 1, size - 1};
    struct line_change c = {
        span_cut(&rest, '\n'), {0, 0}, data[0] == 'g' ? 1 : 2, data[0] == 'g' ? ":" : "::/:"};
    if (rest.length < 2)
        return 0;
    c.ids[0] = (uint8_t)rest.data[0];
    c.ids[1] = (uint8_t)rest.data[1];
    struct span text = {rest.data + 2, rest.length - 2};
    struct rewrite w, again;
    if (accounts_rewrite(text, &c, &w) < 0)
        return 0;
    check_found(w.text, &c);
    check_others(text, w.text, &c);
    demand(accounts_rewrite(w.text, &c, &again) == 0 && !again.changed);
    free((void *)again.text.data);
    free((void *)w.text.data);
    return 0;
}
