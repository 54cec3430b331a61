/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/dockerfile_mount.h"

#include "base/closest.h"
#include "base/number.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define OF(type) (1u << (type))
#define ANY 31u
#define BIND OF(DOCKERFILE_MOUNT_BIND)
#define CACHE OF(DOCKERFILE_MOUNT_CACHE)
#define TMPFS OF(DOCKERFILE_MOUNT_TMPFS)
#define SECRET OF(DOCKERFILE_MOUNT_SECRET)
#define SSH OF(DOCKERFILE_MOUNT_SSH)

static const char *const type_names[] = {"bind", "cache", "tmpfs", "secret", "ssh"};
static const char *const sharing_names[] = {"shared", "private", "locked"};

typedef int option_reader(struct dockerfile_mount *m, const char *value);

static int read_string(char **place, const char *value)
{
    char *copy = strdup(value);
    if (!copy)
        return -ENOMEM;
    free(*place);
    *place = copy;
    return 0;
}

static int read_bool(const char *value, bool *ret_bool)
{
    static const char *const yes[] = {"", "true", "1", "t"}, *const no[] = {"false", "0", "f"};
    for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
        if (strcasecmp(value, yes[i]) == 0) {
            *ret_bool = true;
            return 0;
        }
    for (size_t i = 0; i < ARRAY_SIZE(no); i++)
        if (strcasecmp(value, no[i]) == 0) {
            *ret_bool = false;
            return 0;
        }
    return -EINVAL;
}

static int read_target(struct dockerfile_mount *m, const char *value)
{
    return read_string(&m->target, value);
}

static int read_source(struct dockerfile_mount *m, const char *value)
{
    return read_string(&m->source, value);
}

static int read_from(struct dockerfile_mount *m, const char *value)
{
    return value[0] == '\0' ? -EINVAL : read_string(&m->from, value);
}

static int read_id(struct dockerfile_mount *m, const char *value)
{
    return read_string(&m->id, value);
}

static int read_environment(struct dockerfile_mount *m, const char *value)
{
    return read_string(&m->environment, value);
}

static int read_ro(struct dockerfile_mount *m, const char *value)
{
    return read_bool(value, &m->read_only);
}

static int read_rw(struct dockerfile_mount *m, const char *value)
{
    bool writable = true;
    int r = read_bool(value, &writable);
    m->read_only = !writable;
    return r;
}

static int read_required(struct dockerfile_mount *m, const char *value)
{
    return read_bool(value, &m->required);
}

static int read_uid(struct dockerfile_mount *m, const char *value)
{
    return number_parse_id(value, &m->uid);
}

static int read_gid(struct dockerfile_mount *m, const char *value)
{
    return number_parse_id(value, &m->gid);
}

static int read_mode(struct dockerfile_mount *m, const char *value)
{
    uint32_t mode = 0;
    if (value[0] == '\0' || strlen(value) > 5 || value[strspn(value, "01234567")] != '\0')
        return -EINVAL;
    for (const char *p = value; *p != '\0'; p++)
        mode = mode * 8 + (uint32_t)(*p - '0');
    if (mode > 07777)
        return -EINVAL;
    m->mode = mode;
    return 0;
}

static int read_sharing(struct dockerfile_mount *m, const char *value)
{
    for (size_t i = 0; i < ARRAY_SIZE(sharing_names); i++)
        if (strcasecmp(value, sharing_names[i]) == 0) {
            m->sharing = (enum dockerfile_sharing)i;
            return 0;
        }
    return -EINVAL;
}

static int read_size(struct dockerfile_mount *m, const char *value)
{
    return number_parse_size(value, &m->size_bytes);
}

static int read_type(struct dockerfile_mount *m, const char *value)
{
    return 0; /* was read first, before every other option */
}

static const struct mount_option {
    const char *name;
    option_reader *read;
    unsigned types;
    bool needs_value;
} mount_options[] = {
    {"type", read_type, ANY, true},
    {"target", read_target, ANY, true},
    {"dst", read_target, ANY, true},
    {"destination", read_target, ANY, true},
    {"source", read_source, BIND | CACHE, true},
    {"src", read_source, BIND | CACHE, true},
    {"from", read_from, BIND | CACHE, true},
    {"id", read_id, CACHE | SECRET | SSH, true},
    {"env", read_environment, SECRET, true},
    {"readonly", read_ro, BIND | CACHE, false},
    {"ro", read_ro, BIND | CACHE, false},
    {"readwrite", read_rw, BIND | CACHE, false},
    {"rw", read_rw, BIND | CACHE, false},
    {"required", read_required, SECRET | SSH, false},
    {"sharing", read_sharing, CACHE, true},
    {"size", read_size, TMPFS, true},
    {"uid", read_uid, CACHE | SECRET | SSH, true},
    {"gid", read_gid, CACHE | SECRET | SSH, true},
    {"mode", read_mode, CACHE | SECRET | SSH, true},
};

/* Splits at commas; a field in double quotes may have commas in it ("" is one quote). */
static int split_fields(const char *spec, struct strings *fields)
{
    while (true) {
        char field[4096];
        size_t n = 0;
        bool quoted = *spec == '"';
        spec += quoted;
        while (*spec != '\0' && (quoted || *spec != ',')) {
            if (quoted && *spec == '"' && *++spec != '"')
                break;
            if (n + 1 >= sizeof(field))
                return -EINVAL;
            field[n++] = *spec++;
        }
        field[n] = '\0';
        int r = strings_add(fields, field);
        if (r < 0 || *spec == '\0')
            return r;
        if (*spec++ != ',')
            return -EINVAL;
    }
}

static int read_field(const struct dockerfile_scope *scope, struct dockerfile_mount *m, const char *field,
                      struct failure *f)
{
    const char *names[ARRAY_SIZE(mount_options)];
    size_t length = strcspn(field, "=");
    const char *value = field[length] == '=' ? field + length + 1 : NULL;
    for (size_t i = 0; i < ARRAY_SIZE(mount_options); i++) {
        const struct mount_option *o = &mount_options[i];
        names[i] = o->name;
        if (strlen(o->name) != length || strncasecmp(o->name, field, length) != 0)
            continue;
        if (!(o->types & OF(m->type)))
            return refuse(f, -EINVAL, "%s is no option of a %s mount", o->name, type_names[m->type]);
        if (o->needs_value && !value)
            return refuse(f, -EINVAL, "%s needs a value", o->name);
        autofree char *expanded = NULL;
        int r = dockerfile_scope_expand_text(scope, value ? value : "", &expanded, f);
        if (r < 0)
            return r;
        r = o->read(m, expanded);
        return r == -EINVAL || r == -ERANGE ? refuse(f, -EINVAL, "%s=%s is not valid", o->name, expanded) : r;
    }
    autofree char *name = strndup(field, length);
    const char *near = name ? closest_word(name, names, ARRAY_SIZE(mount_options)) : NULL;
    return refuse(f, -EINVAL, "unexpected key '%s'%s%s", name ? name : "", near ? "; did you mean " : "",
                  near ? near : "");
}

static int find_type(const struct strings *fields, struct dockerfile_mount *m, struct failure *f)
{
    for (size_t i = 0; i < fields->count; i++) {
        const char *type = strncasecmp(fields->items[i], "type=", 5) == 0 ? fields->items[i] + 5 : NULL;
        if (!type)
            continue;
        for (size_t k = 0; k < ARRAY_SIZE(type_names); k++)
            if (strcasecmp(type, type_names[k]) == 0) {
                m->type = (enum dockerfile_mount_type)k;
                return 0;
            }
        return refuse(f, -EINVAL, "unsupported mount type \"%s\"", type);
    }
    return 0; /* bind */
}

static int check_whole(const struct dockerfile_mount *m, struct failure *f)
{
    bool file = m->type == DOCKERFILE_MOUNT_SECRET || m->type == DOCKERFILE_MOUNT_SSH;
    if (!file && !m->target)
        return refuse(f, -EINVAL, "target is required for a %s mount", type_names[m->type]);
    if (m->type == DOCKERFILE_MOUNT_SECRET && !m->id && !m->target && !m->environment)
        return refuse(f, -EINVAL, "a secret mount needs id, target or env");
    return 0;
}

int dockerfile_mount_parse(const struct dockerfile_scope *scope, const char *spec,
                           struct dockerfile_mount *ret_mount, struct failure *failure)
{
    autostrings struct strings fields = {0};
    __attribute__((cleanup(dockerfile_mount_free))) struct dockerfile_mount m = {
        .uid = DOCKERFILE_ID_UNSET, .gid = DOCKERFILE_ID_UNSET, .mode = DOCKERFILE_ID_UNSET};
    int r = split_fields(spec, &fields);
    if (r == -EINVAL)
        return refuse(failure, r, "--mount=%s: quotes that do not match", spec);
    r = r < 0 ? r : find_type(&fields, &m, failure);
    m.read_only = m.type == DOCKERFILE_MOUNT_BIND;
    for (size_t i = 0; r == 0 && i < fields.count; i++)
        r = read_field(scope, &m, fields.items[i], failure);
    r = r < 0 ? r : check_whole(&m, failure);
    if (r < 0)
        return failure->error ? fail_within(failure, "--mount=%s", spec) : r;
    *ret_mount = m;
    m = (struct dockerfile_mount){0};
    return 0;
}

void dockerfile_mount_free(struct dockerfile_mount *m)
{
    free(m->target);
    free(m->source);
    free(m->from);
    free(m->id);
    free(m->environment);
    *m = (struct dockerfile_mount){0};
}
