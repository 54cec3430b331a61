/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/overlay_options.h"

#include "formats/mount_info.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define OVERLAY_LAYER_LIMIT 500 /* fs/overlayfs/params.h OVL_MAX_STACK */

void overlay_options_free(struct overlay_options *options)
{
    strings_free(&options->lower);
    strings_free(&options->data);
    free(options->upper);
    free(options->work);
    free(options->redirect_dir);
    free(options->verity);
    *options = (struct overlay_options){0};
}

/* Overlay's own quoting inside a value: a backslash makes the next byte an ordinary one. */
static void overlay_unquote(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        if (*from == '\\' && from[1] != '\0')
            from++;
        *to++ = *from;
    }
    *to = '\0';
}

static int lower_add(struct strings *list, const char *start, size_t length, struct failure *failure)
{
    char *item = strndup(start, length);
    if (!item)
        return fail(failure, -ENOMEM, "reading overlay options");
    overlay_unquote(item);
    int r = strings_add_taken(list, item);
    if (r < 0)
        return fail(failure, r, "reading overlay options");
    if (list->count > OVERLAY_LAYER_LIMIT)
        return refuse(failure, -E2BIG, "an overlay of more than %d layers", OVERLAY_LAYER_LIMIT);
    return 0;
}

/* The length of the name that begins here: up to a ':' that is not quoted. */
static size_t lower_length(const char *text)
{
    size_t n = 0;
    while (text[n] && text[n] != ':')
        n += text[n] == '\\' && text[n + 1] != '\0' ? 2 : 1;
    return n;
}

/* "a:b::c": two layers and, behind the double colon, one that holds data only. */
static int lower_split(struct overlay_options *o, const char *text, struct failure *failure)
{
    struct strings *list = &o->lower;
    for (const char *p = text;;) {
        size_t length = lower_length(p);
        if (length == 0)
            return refuse(failure, -EINVAL, "overlay option lowerdir: an empty name");
        int r = lower_add(list, p, length, failure);
        if (r < 0)
            return r;
        p += length;
        if (*p == '\0')
            return 0;
        p++;
        if (*p == ':') {
            list = &o->data;
            p++;
        } else if (list == &o->data) {
            return refuse(failure, -EINVAL, "overlay option lowerdir: an ordinary layer below a data layer");
        }
    }
}

enum option_kind {
    OPTION_LOWER,
    OPTION_LOWER_ONE, /* lowerdir+: no quoting */
    OPTION_DATA_ONE,
    OPTION_PATH, /* quoted */
    OPTION_WORD,
    OPTION_SWITCH,
    OPTION_FLAG,
    OPTION_FSYNC,
    OPTION_IGNORED,
    OPTION_REFUSED,
};

struct option_row {
    const char *name;
    enum option_kind kind;
    size_t offset;
};

#define AT(member) offsetof(struct overlay_options, member)

static const struct option_row option_rows[] = {
    {"context", OPTION_REFUSED, 0},
    {"datadir+", OPTION_DATA_ONE, 0},
    {"default_permissions", OPTION_IGNORED, 0},
    {"defcontext", OPTION_REFUSED, 0},
    {"fscontext", OPTION_REFUSED, 0},
    {"fsync", OPTION_FSYNC, AT(is_volatile)},
    {"index", OPTION_SWITCH, AT(index)},
    {"lowerdir", OPTION_LOWER, 0},
    {"lowerdir+", OPTION_LOWER_ONE, 0},
    {"metacopy", OPTION_SWITCH, AT(metacopy)},
    {"nfs_export", OPTION_SWITCH, AT(nfs_export)},
    {"nooverride_creds", OPTION_REFUSED, 0},
    {"redirect_dir", OPTION_WORD, AT(redirect_dir)},
    {"ro", OPTION_FLAG, AT(read_only)},
    {"rootcontext", OPTION_REFUSED, 0},
    {"rw", OPTION_IGNORED, 0},
    {"seclabel", OPTION_IGNORED, 0},
    {"upperdir", OPTION_PATH, AT(upper)},
    {"userxattr", OPTION_FLAG, AT(userxattr)},
    {"uuid", OPTION_IGNORED, 0},
    {"verity", OPTION_WORD, AT(verity)},
    {"volatile", OPTION_FLAG, AT(is_volatile)},
    {"workdir", OPTION_PATH, AT(work)},
    {"xino", OPTION_IGNORED, 0},
};

static int option_refuse(struct failure *f, const char *name, const char *why)
{
    return refuse(f, -EINVAL, "overlay option %.40s: %s", name, why);
}

static int option_set_text(char **place, const char *name, const char *value, struct failure *f)
{
    if (*place)
        return option_refuse(f, name, "said twice");
    *place = strdup(value);
    return *place ? 0 : fail(f, -ENOMEM, "reading overlay options");
}

static int option_set_switch(enum overlay_switch *place, const char *name, const char *value,
                             struct failure *f)
{
    if (*place != OVERLAY_DEFAULT)
        return option_refuse(f, name, "said twice");
    if (!streq(value, "on") && !streq(value, "off"))
        return option_refuse(f, name, "neither on nor off");
    *place = streq(value, "on") ? OVERLAY_ON : OVERLAY_OFF;
    return 0;
}

static int option_add_layer(struct overlay_options *o, const struct option_row *row, const char *value,
                            struct failure *f)
{
    if (row->kind == OPTION_LOWER) {
        if (o->lower.count > 0)
            return option_refuse(f, row->name, "said twice");
        return lower_split(o, value, f);
    }
    struct strings *list = row->kind == OPTION_DATA_ONE ? &o->data : &o->lower;
    if (list == &o->lower && o->data.count > 0)
        return option_refuse(f, row->name, "an ordinary layer below a data layer");
    int r = strings_add(list, value);
    if (r < 0)
        return fail(f, r, "reading overlay options");
    if (list->count > OVERLAY_LAYER_LIMIT)
        return refuse(f, -E2BIG, "an overlay of more than %d layers", OVERLAY_LAYER_LIMIT);
    return 0;
}

/* "auto" and "strict" are how an overlay is without the option. */
static int option_set_fsync(bool *place, const char *name, const char *value, struct failure *f)
{
    if (!streq(value, "volatile") && !streq(value, "auto") && !streq(value, "strict"))
        return option_refuse(f, name, "not known");
    *place = *place || streq(value, "volatile");
    return 0;
}

static int option_set_value(struct overlay_options *o, const struct option_row *row, char *value,
                            struct failure *f)
{
    void *place = (char *)o + row->offset;
    if (!value || value[0] == '\0')
        return option_refuse(f, row->name, "empty");
    if (row->kind == OPTION_SWITCH)
        return option_set_switch(place, row->name, value, f);
    if (row->kind == OPTION_FSYNC)
        return option_set_fsync(place, row->name, value, f);
    if (row->kind == OPTION_PATH)
        overlay_unquote(value);
    if (row->kind == OPTION_PATH || row->kind == OPTION_WORD)
        return option_set_text(place, row->name, value, f);
    return option_add_layer(o, row, value, f);
}

static int option_apply(struct overlay_options *o, const struct option_row *row, char *value,
                        struct failure *f)
{
    if (row->kind == OPTION_IGNORED)
        return 0;
    if (row->kind == OPTION_REFUSED)
        return option_refuse(f, row->name, "such a mount cannot be made a second time here");
    if (row->kind != OPTION_FLAG)
        return option_set_value(o, row, value, f);
    if (value)
        return option_refuse(f, row->name, "takes no value");
    *(bool *)((char *)o + row->offset) = true;
    return 0;
}

static int options_read(char *text, struct overlay_options *o, struct failure *f)
{
    for (char *name; (name = strsep(&text, ",")) != NULL;) {
        char *value = strchr(name, '=');
        if (value)
            *value++ = '\0';
        size_t i = 0;
        while (i < ARRAY_SIZE(option_rows) && !streq(option_rows[i].name, name))
            i++;
        if (i == ARRAY_SIZE(option_rows))
            return option_refuse(f, name, "not known");
        if (value)
            mount_info_unescape(value);
        int r = option_apply(o, &option_rows[i], value, f);
        if (r < 0)
            return r;
    }
    if (o->lower.count == 0)
        return refuse(f, -EINVAL, "overlay options without a lower layer");
    if ((o->upper == NULL) != (o->work == NULL))
        return refuse(f, -EINVAL, "overlay options with only one of upperdir and workdir");
    return 0;
}

int overlay_options_parse(const char *text, struct overlay_options *ret_options, struct failure *failure)
{
    autofree char *copy = strdup(text);
    if (!copy)
        return fail(failure, -ENOMEM, "reading overlay options");
    struct overlay_options options = {0};
    int r = options_read(copy, &options, failure);
    if (r < 0)
        overlay_options_free(&options);
    else
        *ret_options = options;
    return r;
}
