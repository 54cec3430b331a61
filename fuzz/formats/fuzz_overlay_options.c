/* SPDX-License-Identifier: Apache-2.0 */
/* Property: options that are accepted, written out again with the kernel's quoting, are read as the same;
 * what is refused says why and gives nothing. */
#include "formats/overlay_options.h"

#include "base/text.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_name(struct text *t, const char *name, const char *quoted)
{
    for (const char *p = name; *p; p++) {
        if (strchr(quoted, *p))
            text_append(t, "\\134");
        if (strchr(",= \t\n\\", *p))
            text_printf(t, "\\%03o", (unsigned char)*p);
        else
            text_append_char(t, *p);
    }
}

static void write_options(struct text *t, const struct overlay_options *o)
{
    static const char *const switches[] = {NULL, "off", "on"};
    for (size_t i = 0; i < o->lower.count; i++) {
        text_append(t, i ? ":" : "rw,lowerdir=");
        write_name(t, o->lower.items[i], ":\\");
    }
    for (size_t i = 0; i < o->data.count; i++) {
        text_append(t, "::");
        write_name(t, o->data.items[i], ":\\");
    }
    if (o->upper) {
        text_append(t, ",upperdir=");
        write_name(t, o->upper, "\\");
        text_append(t, ",workdir=");
        write_name(t, o->work, "\\");
    }
    if (o->redirect_dir) {
        text_append(t, ",redirect_dir=");
        write_name(t, o->redirect_dir, "");
    }
    if (o->index)
        text_printf(t, ",index=%s", switches[o->index]);
    if (o->metacopy)
        text_printf(t, ",metacopy=%s", switches[o->metacopy]);
    text_append(t, o->is_volatile ? ",volatile" : "");
    text_append(t, o->userxattr ? ",userxattr" : "");
    text_append(t, o->read_only ? ",ro" : "");
}

static bool same_list(const struct strings *a, const struct strings *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!streq(a->items[i], b->items[i]))
            return false;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autofree char *text = strndup((const char *)data, size);
    autooverlay struct overlay_options o = {0}, again = {0};
    autotext struct text written = {0};
    struct failure f = {0}, g = {0};
    if (!text)
        return 0;
    if (overlay_options_parse(text, &o, &f) < 0) {
        if (f.text[0] == '\0' || o.lower.count != 0 || o.upper)
            abort();
        return 0;
    }
    for (size_t i = 0; i < o.lower.count; i++)
        if (o.lower.items[i][0] == '\0')
            return 0; /* a name of one lone backslash cannot be said this way */
    write_options(&written, &o);
    if (text_error(&written) < 0)
        return 0;
    if (overlay_options_parse(text_peek(&written), &again, &g) < 0)
        abort();
    if (!same_list(&o.lower, &again.lower) || !same_list(&o.data, &again.data) ||
        !streq(o.upper, again.upper) || !streq(o.work, again.work) ||
        !streq(o.redirect_dir, again.redirect_dir) || o.index != again.index ||
        o.metacopy != again.metacopy || o.is_volatile != again.is_volatile ||
        o.userxattr != again.userxattr || o.read_only != again.read_only)
        abort();
    return 0;
}
