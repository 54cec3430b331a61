/* SPDX-License-Identifier: Apache-2.0 */
#include "init/rewriter.h"

#include <errno.h>
#include <stdlib.h>

bool account_name_is_valid(struct span name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.$";
    if (name.length == 0 || name.length > 63 || name.data[0] == '-')
        return false;
    for (size_t i = 0; i < name.length; i++)
        if (name.data[i] == '\0' || !strchr(allowed, name.data[i]))
            return false;
    return true;
}

/* Name and first id of an account line, the same for both kinds of file. */
static bool parse_line(struct span line, size_t id_count, struct span *ret_name, uint32_t *ret_id)
{
    struct passwd_line passwd;
    struct group_line group;
    if (id_count == 2 && passwd_line_parse(line, &passwd)) {
        *ret_name = passwd.name;
        *ret_id = passwd.uid;
        return true;
    }
    if (id_count == 1 && group_line_parse(line, &group)) {
        *ret_name = group.name;
        *ret_id = group.gid;
        return true;
    }
    return false;
}

struct builder {
    char *data;
    size_t length;
};

static void append(struct builder *b, struct span s)
{
    if (s.length > 0)
        memcpy(b->data + b->length, s.data, s.length);
    b->length += s.length;
}

/* The changed line, with its newline: the old one's other fields, or those of a new one. */
static void append_changed(struct builder *b, struct span old, const struct line_change *c)
{
    char ids[32];
    struct span rest = old;
    append(b, c->name);
    append(b, span_of(":"));
    (void)span_cut(&rest, ':');
    append(b, old.data ? span_cut(&rest, ':') : span_of("x"));
    for (size_t i = 0; i < c->id_count; i++) {
        (void)span_cut(&rest, ':');
        append(b, (struct span){ids, format_text(ids, sizeof(ids), ":%u", c->ids[i])});
    }
    if (!old.data)
        append(b, span_of(c->rest));
    if (rest.data) {
        append(b, span_of(":"));
        append(b, rest);
    }
    append(b, span_of("\n"));
}

/* What the file says now: our line (data NULL: none), and whether somebody before us has the id. */
static struct span look(struct span text, const struct line_change *c, struct rewrite *w)
{
    struct span own = {NULL, 0}, name;
    uint32_t id;
    for (struct span rest = text; rest.data;) {
        struct span line = span_cut(&rest, '\n');
        if (!parse_line(line, c->id_count, &name, &id))
            continue;
        if (!own.data && span_equal(name, c->name)) {
            own = line;
        } else if (id == c->ids[0] && !w->taken && !span_equal(name, c->name)) {
            w->taken = true;
            (void)span_copy(name, w->taken_by, sizeof(w->taken_by)); /* too long for a message: empty */
        }
    }
    return own;
}

int accounts_rewrite(struct span text, const struct line_change *change, struct rewrite *ret_rewrite)
{
    struct rewrite w = {0};
    if (!account_name_is_valid(change->name))
        return -EINVAL;
    struct span own = look(text, change, &w);
    struct builder b = {malloc(text.length + 256 + strlen(change->rest)), 0};
    if (!b.data)
        return -ENOMEM;
    if (w.taken)
        append_changed(&b, own, change);
    for (struct span rest = text; rest.data && text.length > 0;) {
        struct span line = span_cut(&rest, '\n');
        if (own.data && line.data == own.data) {
            if (!w.taken)
                append_changed(&b, own, change);
            continue;
        }
        append(&b, line);
        if (rest.data || line.length > 0)
            append(&b, span_of("\n"));
        if (rest.data && rest.length == 0)
            break; /* what follows the last newline is no line */
    }
    if (!own.data && !w.taken)
        append_changed(&b, own, change);
    w.text = (struct span){b.data, b.length};
    w.changed = !span_equal(w.text, text);
    *ret_rewrite = w;
    return 0;
}
