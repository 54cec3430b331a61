/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/mount_spec.h"
#include "base/text.h"
#include "formats/csv.h"
#include "formats/mount_option.h"
#include "formats/path_text.h"
#include "formats/reference.h"

#include <errno.h>
#include <string.h>

const char *mount_kind_name(enum mount_kind kind)
{
    static const char *const names[] = {
        [MOUNT_KIND_BIND] = "bind",
        [MOUNT_KIND_VOLUME] = "volume",
        [MOUNT_KIND_TMPFS] = "tmpfs",
        [MOUNT_KIND_IMAGE] = "image",
    };
    return names[kind];
}

const char *mount_propagation_name(enum mount_propagation propagation)
{
    static const char *const names[] = {
        [MOUNT_PROPAGATION_UNSET] = "",
        [MOUNT_PROPAGATION_PRIVATE] = "private",
        [MOUNT_PROPAGATION_RPRIVATE] = "rprivate",
        [MOUNT_PROPAGATION_SHARED] = "shared",
        [MOUNT_PROPAGATION_RSHARED] = "rshared",
        [MOUNT_PROPAGATION_SLAVE] = "slave",
        [MOUNT_PROPAGATION_RSLAVE] = "rslave",
    };
    return names[propagation];
}

static int clean_target(const struct mount_parser *p)
{
    struct mount_spec *m = p->mount;
    if (!m->target || m->target[0] == '\0')
        return mount_refuse(p, "the path inside the container is missing%s",
                            p->form == MOUNT_FORM_MOUNT ? " (target=..)" : "");
    char *clean;
    int r = path_text_clean(m->target, &clean);
    if (r == -EINVAL)
        return mount_refuse(p, "invalid mount path: '%s' mount path must be absolute", m->target);
    if (r < 0)
        return r == -ENOMEM ? r : mount_refuse(p, "the path inside the container is too long");
    free(m->target);
    m->target = clean;
    return streq(clean, "/") ? mount_refuse(p, "invalid specification: destination can't be '/'") : 0;
}

static int check_bind_source(const struct mount_parser *p)
{
    char **source = &p->mount->source;
    if (!*source)
        return mount_refuse(p, "a bind needs a source (source=..)");
    char *clean;
    int r = path_text_clean(*source, &clean);
    if (r == -EINVAL)
        return mount_refuse(p, "\"%s\" is not an absolute path; a folder of the host begins with '/'",
                            *source);
    if (r < 0)
        return r == -ENOMEM ? r : mount_refuse(p, "the source's path is too long");
    free(*source);
    *source = clean;
    return 0;
}

static int check_source(const struct mount_parser *p)
{
    const struct mount_spec *m = p->mount;
    switch (m->kind) {
    case MOUNT_KIND_BIND:
        return check_bind_source(p);
    case MOUNT_KIND_VOLUME:
        if (m->source && !object_name_is_valid(m->source))
            return mount_refuse(p,
                                "\"%s\" includes invalid characters for a local volume name, only "
                                "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host "
                                "directory, use absolute path",
                                m->source);
        return 0;
    case MOUNT_KIND_TMPFS:
        return m->source ? mount_refuse(p, "a tmpfs has no source") : 0;
    case MOUNT_KIND_IMAGE:
    default:
        return m->source ? 0 : mount_refuse(p, "an image mount needs the image's name (source=..)");
    }
}

static void set_if_unset(enum mount_switch *option, enum mount_switch value)
{
    if (*option == MOUNT_SWITCH_UNSET)
        *option = value;
}

/* What holds for all three forms once every option was read. */
static int finish(struct mount_parser *p)
{
    struct mount_spec *m = p->mount;
    int r = clean_target(p);
    if (r < 0 || (r = check_source(p)) < 0)
        return r;
    if (m->chown && m->idmap != MOUNT_IDMAP_DEFAULT)
        return mount_refuse(
            p, "U changes who owns the files and an idmap shows them differently: take one of the two");
    if (m->recursion == MOUNT_RECURSION_READONLY && !m->read_only)
        return mount_refuse(p, "bind-recursive=readonly needs readonly");
    if (m->recursion == MOUNT_RECURSION_WRITABLE && !m->read_only)
        return mount_refuse(p, "bind-recursive=writable needs readonly");
    if (m->kind == MOUNT_KIND_IMAGE && !p->read_write)
        m->read_only = true;
    if (m->kind == MOUNT_KIND_TMPFS) {
        set_if_unset(&m->exec, MOUNT_SWITCH_OFF);
        set_if_unset(&m->dev, MOUNT_SWITCH_OFF);
        set_if_unset(&m->suid, MOUNT_SWITCH_OFF);
    }
    return 0;
}

static int apply_options(struct mount_parser *p, char *options)
{
    for (char *option = strsep(&options, ","); option; option = strsep(&options, ",")) {
        int r = mount_option_apply(p, option);
        if (r < 0)
            return r;
    }
    return 0;
}

static int read_volume(struct mount_parser *p, char *copy)
{
    struct mount_spec *m = p->mount;
    char *rest = copy, *first = strsep(&rest, ":"), *second = strsep(&rest, ":");
    m->kind = second && first[0] == '/' ? MOUNT_KIND_BIND : MOUNT_KIND_VOLUME;
    if (second && first[0] == '\0')
        return mount_refuse(p, "nothing stands before the first ':'");
    if (second && (first[0] == '.' || first[0] == '~'))
        return mount_refuse(p, "\"%s\" is not an absolute path; a folder of the host begins with '/'", first);
    m->create_source = true;
    if (second && !(m->source = strdup(first)))
        return -ENOMEM;
    m->target = strdup(second ? second : first);
    if (!m->target)
        return -ENOMEM;
    return rest ? apply_options(p, rest) : 0;
}

static int read_mount(struct mount_parser *p, char *copy)
{
    autostrings struct strings fields = {0};
    p->mount->kind = MOUNT_KIND_VOLUME;
    int r = csv_split(copy, &fields);
    if (r < 0)
        return r == -ENOMEM ? r : mount_refuse(p, "the quotes do not match");
    for (size_t i = 0; i < fields.count && r == 0; i++)
        r = mount_option_apply_type(p, fields.items[i]);
    p->mount->create_source = p->mount->kind == MOUNT_KIND_VOLUME;
    for (size_t i = 0; i < fields.count && r == 0; i++)
        r = mount_option_apply(p, fields.items[i]);
    return r;
}

static int read_tmpfs(struct mount_parser *p, char *copy)
{
    char *rest = copy, *target = strsep(&rest, ":");
    p->mount->kind = MOUNT_KIND_TMPFS;
    p->mount->target = strdup(target);
    if (!p->mount->target)
        return -ENOMEM;
    return rest && rest[0] != '\0' ? apply_options(p, rest) : 0;
}

static int parse(enum mount_form form, int (*read)(struct mount_parser *, char *), const char *text,
                 struct mount_spec *ret_mount, struct failure *f)
{
    automount struct mount_spec mount = {0};
    struct mount_parser p = {.form = form, .text = text, .mount = &mount, .failure = f};
    autofree char *copy = strdup(text);
    int r = copy ? read(&p, copy) : -ENOMEM;
    if (r == 0)
        r = finish(&p);
    if (r == -ENOMEM)
        return fail(f, r, "%s %s", mount_form_name(form), text);
    if (r < 0)
        return r;
    *ret_mount = mount;
    mount = (struct mount_spec){0};
    return 0;
}

int mount_spec_parse_volume(const char *text, struct mount_spec *ret_mount, struct failure *f)
{
    return parse(MOUNT_FORM_VOLUME, read_volume, text, ret_mount, f);
}

int mount_spec_parse_mount(const char *text, struct mount_spec *ret_mount, struct failure *f)
{
    return parse(MOUNT_FORM_MOUNT, read_mount, text, ret_mount, f);
}

int mount_spec_parse_tmpfs(const char *text, struct mount_spec *ret_mount, struct failure *f)
{
    return parse(MOUNT_FORM_TMPFS, read_tmpfs, text, ret_mount, f);
}

void mount_spec_free(struct mount_spec *m)
{
    for (size_t i = 0; i < m->owner_count; i++) {
        free(m->owners[i].user);
        free(m->owners[i].group);
    }
    free(m->source);
    free(m->target);
    free(m->subpath);
    free(m->owners);
    free(m->match_user);
    free(m->uid_extents);
    free(m->gid_extents);
    strings_free(&m->labels);
    *m = (struct mount_spec){0};
}

/* Whether a -v source is a path below the caller's folder: docker resolves what begins with '.'. */
static bool is_relative(const char *source)
{
    return source[0] == '.';
}

int mount_spec_anchor_volume(const char *text, const char *folder, char **ret_text)
{
    size_t length = strcspn(text, ":");
    autotext struct text anchored = {0};
    if (text[length] == ':' && is_relative(text)) {
        autofree char *source = strndup(text, length);
        autofree char *joined = NULL;
        int r = source ? path_text_join(folder, source, &joined) : -ENOMEM;
        if (r < 0)
            return r;
        text_append(&anchored, joined);
        text += length;
    }
    text_append(&anchored, text);
    char *taken = text_take(&anchored);
    if (!taken)
        return -ENOMEM;
    *ret_text = taken;
    return 0;
}

static int anchor_field(const char *field, const char *folder, struct text *anchored)
{
    const char *value = string_after(field, "source=");
    value = value ? value : string_after(field, "src=");
    autofree char *joined = NULL;
    autotext struct text whole = {0};
    if (folder && value && is_relative(value)) {
        int r = path_text_join(folder, value, &joined);
        if (r < 0)
            return r;
        text_append(&whole, "source=");
    }
    text_append(&whole, joined ? joined : field);
    autofree char *quoted = text_error(&whole) < 0 ? NULL : csv_quote(text_peek(&whole));
    if (!quoted)
        return -ENOMEM;
    text_append(anchored, quoted);
    return text_error(anchored);
}

int mount_spec_anchor_mount(const char *text, const char *folder, char **ret_text)
{
    autostrings struct strings fields = {0};
    autotext struct text anchored = {0};
    int r = csv_split(text, &fields);
    bool bind = strings_contain(&fields, "type=bind");
    for (size_t i = 0; i < fields.count && r == 0; i++) {
        if (i > 0)
            text_append_char(&anchored, ',');
        r = anchor_field(fields.items[i], bind ? folder : NULL, &anchored);
    }
    char *taken = r < 0 ? NULL : text_take(&anchored);
    if (!taken)
        return r < 0 ? r : -ENOMEM;
    *ret_text = taken;
    return 0;
}
