/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/userns_mode.h"
#include "base/closest.h"
#include "base/number.h"
#include "formats/id_map.h"
#include "formats/path_text.h"
#include "formats/reference.h"

#include <errno.h>
#include <string.h>

struct userns_parser {
    const char *text;
    struct userns_mode *mode;
    struct failure *failure;
};

static int refuse_text(const struct userns_parser *p, const char *why)
{
    return refuse(p->failure, -EINVAL, "--userns %s: %s", p->text, why);
}

static int take_target(const struct userns_parser *p, const char *target)
{
    p->mode->target = strdup(target);
    return p->mode->target ? 0 : fail(p->failure, -ENOMEM, "--userns %s", p->text);
}

/* One C:H[:N] of auto; the whole list is checked as a map when all are there. */
static int add_mapping(const struct userns_parser *p, struct strings *list, const char *value)
{
    int r = strings_add(list, value);
    if (r < 0)
        return fail(p->failure, r, "--userns %s", p->text);
    struct id_map_request request = {.uidmap = list};
    struct id_map uids, gids;
    if (value[strspn(value, "0123456789:@")] != '\0') /* no flags here */
        return refuse_text(p, "expected uidmapping=CONTAINER:HOST[:AMOUNT]");
    r = id_map_parse(&request, &uids, &gids, p->failure);
    return r < 0 ? fail_within(p->failure, "--userns %s", p->text) : 0;
}

static int apply_auto(const struct userns_parser *p, const char *option)
{
    struct userns_mode *m = p->mode;
    const char *value;
    if ((value = string_after(option, "size=")))
        return number_parse_id(value, &m->size) < 0 || m->size == 0
                   ? refuse_text(p, "size= expects a number of ids")
                   : 0;
    if ((value = string_after(option, "uidmapping=")))
        return add_mapping(p, &m->uid_mappings, value);
    if ((value = string_after(option, "gidmapping=")))
        return add_mapping(p, &m->gid_mappings, value);
    return refuse_text(p, "the options of auto are size=, uidmapping= and gidmapping=");
}

static int apply_keep_id(const struct userns_parser *p, const char *option)
{
    struct userns_mode *m = p->mode;
    const char *value;
    if ((value = string_after(option, "uid="))) {
        m->has_uid = true;
        return number_parse_id(value, &m->uid) < 0 ? refuse_text(p, "uid= expects a uid") : 0;
    }
    if ((value = string_after(option, "gid="))) {
        m->has_gid = true;
        return number_parse_id(value, &m->gid) < 0 ? refuse_text(p, "gid= expects a gid") : 0;
    }
    if ((value = string_after(option, "size=")))
        return number_parse_id(value, &m->size) < 0 || m->size == 0
                   ? refuse_text(p, "size= expects a number of ids")
                   : 0;
    return refuse_text(p, "the options of keep-id are uid=, gid= and size=");
}

static int each_option(const struct userns_parser *p, const char *options,
                       int (*apply)(const struct userns_parser *, const char *))
{
    autofree char *copy = strdup(options);
    if (!copy)
        return fail(p->failure, -ENOMEM, "--userns %s", p->text);
    char *rest = copy;
    for (char *option = strsep(&rest, ","); option; option = strsep(&rest, ",")) {
        int r = apply(p, option);
        if (r < 0)
            return r;
    }
    return 0;
}

static int read_auto(const struct userns_parser *p, const char *rest)
{
    return rest ? each_option(p, rest, apply_auto) : 0;
}

static int read_keep_id(const struct userns_parser *p, const char *rest)
{
    return rest ? each_option(p, rest, apply_keep_id) : 0;
}

/* remap's USER: a name or uid of /etc/subuid, and docker's "user:group". */
static int read_remap(const struct userns_parser *p, const char *rest)
{
    if (!rest)
        return 0;
    if (rest[0] == '\0' || strpbrk(rest, "/ \t\n"))
        return refuse_text(p, "remap:USER expects a user of /etc/subuid");
    return take_target(p, rest);
}

static int read_container(const struct userns_parser *p, const char *rest)
{
    if (!rest || (!object_name_is_valid(rest) && strlen(rest) != 1))
        return refuse_text(p, "container: expects a container's name or id");
    return take_target(p, rest);
}

static int read_path(const struct userns_parser *p, const char *rest)
{
    autofree char *clean = NULL;
    if (!rest || path_text_clean(rest, &clean) < 0)
        return refuse_text(p, "ns: expects an absolute path");
    return take_target(p, rest);
}

static int read_alone(const struct userns_parser *p, const char *rest)
{
    return rest ? refuse_text(p, "this mode has no options") : 0;
}

static const struct {
    const char *word;
    enum userns_kind kind;
    int (*read)(const struct userns_parser *p, const char *rest); /* rest: what follows ':', or NULL */
} modes[] = {
    {"", USERNS_AUTO, read_alone},
    {"auto", USERNS_AUTO, read_auto},
    {"container", USERNS_CONTAINER, read_container},
    {"host", USERNS_HOST, read_alone},
    {"keep-id", USERNS_KEEP_ID, read_keep_id},
    {"nomap", USERNS_NOMAP, read_alone},
    {"ns", USERNS_PATH, read_path},
    {"private", USERNS_AUTO, read_alone},
    {"remap", USERNS_REMAP, read_remap},
};

int userns_mode_parse(const char *text, struct userns_mode *ret_mode, struct failure *f)
{
    autouserns struct userns_mode mode = {0};
    struct userns_parser p = {.text = text ? text : "", .mode = &mode, .failure = f};
    const char *colon = strchr(p.text, ':');
    autofree char *word = strndup(p.text, colon ? (size_t)(colon - p.text) : strlen(p.text));
    if (!word)
        return fail(f, -ENOMEM, "--userns %s", p.text);
    const char *words[ARRAY_SIZE(modes)];
    for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
        words[i] = modes[i].word;
        if (!streq(word, modes[i].word))
            continue;
        mode.kind = modes[i].kind;
        int r = modes[i].read(&p, colon ? colon + 1 : NULL);
        if (r < 0)
            return r;
        *ret_mode = mode;
        mode = (struct userns_mode){0};
        return 0;
    }
    const char *near = closest_word(word, words + 1, ARRAY_SIZE(words) - 1);
    return refuse(
        f, -EINVAL,
        "--userns %s: expected auto, remap, host, keep-id, nomap, container:ID, ns:PATH or private%s%s",
        p.text, near ? "; did you mean " : "", near ? near : "");
}

void userns_mode_free(struct userns_mode *m)
{
    free(m->target);
    strings_free(&m->uid_mappings);
    strings_free(&m->gid_mappings);
    *m = (struct userns_mode){0};
}
