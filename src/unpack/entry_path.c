/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/entry_path.h"

#include "base/strings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int add_component(struct entry_path *p, const char *component, size_t length)
{
    if (length == 2 && memcmp(component, "..", 2) == 0)
        return -EINVAL;
    if (length > NAME_MAX)
        return -ENAMETOOLONG;
    p->parent_length = p->length;
    if (p->length > 0)
        p->text[p->length++] = '/';
    p->name_start = p->length;
    memcpy(p->text + p->length, component, length);
    p->length += length;
    return 0;
}

int entry_path_clean(const char *raw, struct entry_path *ret_path)
{
    if (!raw || raw[0] == '\0')
        return -EINVAL;
    if (strlen(raw) >= sizeof(ret_path->text))
        return -ENAMETOOLONG;
    struct entry_path *p = ret_path;
    p->length = p->parent_length = p->name_start = 0;
    for (const char *next = raw; *next;) {
        size_t length = strcspn(next, "/");
        if (length > 0 && !(length == 1 && next[0] == '.')) {
            int r = add_component(p, next, length);
            if (r < 0)
                return r;
        }
        next += length + (next[length] == '/');
    }
    p->text[p->length] = '\0';
    return 0;
}

int entry_path_rename(struct entry_path *p, const char *name)
{
    char renamed[PATH_MAX];
    if (p->length == 0)
        return 0;
    int n = snprintf(renamed, sizeof(renamed), "%s%s", name, p->text + strcspn(p->text, "/"));
    if (n < 0 || (size_t)n >= sizeof(renamed))
        return -ENAMETOOLONG;
    return entry_path_clean(renamed, p);
}

int entry_path_whiteout(const struct entry_path *p, enum whiteout *ret_kind, const char **ret_name)
{
    const char *name = entry_path_name(p);
    const char *hidden = string_after(name, WHITEOUT_PREFIX);
    if (!hidden) {
        *ret_kind = WHITEOUT_NONE;
    } else if (streq(name, WHITEOUT_OPAQUE)) {
        *ret_kind = WHITEOUT_FOLDER;
    } else if (string_after(hidden, WHITEOUT_PREFIX)) {
        *ret_kind = WHITEOUT_METADATA;
    } else {
        if (hidden[0] == '\0' || streq(hidden, ".") || streq(hidden, ".."))
            return -EINVAL;
        *ret_kind = WHITEOUT_FILE;
        *ret_name = hidden;
    }
    return 0;
}
