/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/secret_spec.h"
#include "base/closest.h"
#include "base/number.h"
#include "base/strings.h"
#include "formats/csv.h"
#include "formats/file_mode.h"
#include "formats/path_text.h"

#include <errno.h>
#include <string.h>

#define SECRETS_FOLDER "/run/secrets"
#define DEFAULT_MODE 0400

struct secret_parser {
    const char *text;
    struct secret_spec *secret;
    struct failure *failure;
};

static int refuse_text(const struct secret_parser *p, const char *why)
{
    return refuse(p->failure, -EINVAL, "--secret %s: %s", p->text, why);
}

static int set_string(const struct secret_parser *p, char **string, const char *value)
{
    free(*string);
    *string = strdup(value);
    return *string ? 0 : fail(p->failure, -ENOMEM, "--secret %s", p->text);
}

static int read_source(const struct secret_parser *p, const char *value)
{
    return set_string(p, &p->secret->source, value);
}

static int read_target(const struct secret_parser *p, const char *value)
{
    return set_string(p, &p->secret->target, value);
}

static int read_uid(const struct secret_parser *p, const char *value)
{
    p->secret->has_uid = true;
    return number_parse_id(value, &p->secret->uid) < 0 ? refuse_text(p, "uid= expects a number, a uid inside")
                                                       : 0;
}

static int read_gid(const struct secret_parser *p, const char *value)
{
    p->secret->has_gid = true;
    return number_parse_id(value, &p->secret->gid) < 0 ? refuse_text(p, "gid= expects a number, a gid inside")
                                                       : 0;
}

static int read_mode(const struct secret_parser *p, const char *value)
{
    int r = file_mode_parse(value, 0777, &p->secret->mode);
    return r < 0 ? refuse_text(p, "mode= expects an octal mode like 0440") : 0;
}

static int read_type(const struct secret_parser *p, const char *value)
{
    return streq(value, "file") || streq(value, "mount")
               ? 0
               : refuse_text(p, "only secrets of type=file are there");
}

static const struct {
    const char *name;
    int (*read)(const struct secret_parser *p, const char *value);
} options[] = {
    {"destination", read_target}, {"dst", read_target},    {"gid", read_gid},
    {"mode", read_mode},          {"source", read_source}, {"src", read_source},
    {"target", read_target},      {"type", read_type},     {"uid", read_uid},
};

static int read_field(const struct secret_parser *p, const char *field, bool first)
{
    size_t length = strcspn(field, "=");
    if (field[length] == '\0' && first)
        return read_source(p, field);
    const char *names[ARRAY_SIZE(options)];
    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        names[i] = options[i].name;
        if (strlen(names[i]) != length || memcmp(names[i], field, length) != 0)
            continue;
        if (field[length] == '\0' || field[length + 1] == '\0')
            return refuse(p->failure, -EINVAL, "--secret %s: %s needs a value: %s=..", p->text, names[i],
                          names[i]);
        return options[i].read(p, field + length + 1);
    }
    autofree char *word = strndup(field, length);
    const char *near = word ? closest_word(word, names, ARRAY_SIZE(names)) : NULL;
    return refuse(p->failure, -EINVAL, "--secret %s: unknown option \"%s\"%s%s", p->text, word ? word : "",
                  near ? "; did you mean " : "", near ? near : "");
}

/* A name goes below /run/secrets; without a target it is the file's own. */
static int settle_target(const struct secret_parser *p)
{
    struct secret_spec *s = p->secret;
    const char *slash = strrchr(s->source, '/');
    const char *target = s->target ? s->target : slash ? slash + 1 : s->source;
    autofree char *clean = NULL;
    if (target[0] != '/' && !path_text_stays_below(target))
        return refuse_text(p, "the secret has no usable name inside; target= gives it one");
    int r = path_text_join(SECRETS_FOLDER, target, &clean);
    if (r == -ENOMEM)
        return fail(p->failure, r, "--secret %s", p->text);
    if (r < 0 || streq(clean, "/") || streq(clean, SECRETS_FOLDER))
        return refuse_text(p, "the secret has no usable name inside; target= gives it one");
    free(s->target);
    s->target = TAKE_PTR(clean);
    return 0;
}

static int parse(const struct secret_parser *p)
{
    autostrings struct strings fields = {0};
    int r = csv_split(p->text, &fields);
    if (r < 0)
        return r == -ENOMEM ? fail(p->failure, r, "--secret %s", p->text)
                            : refuse_text(p, "the quotes do not match");
    for (size_t i = 0; i < fields.count; i++) {
        r = read_field(p, fields.items[i], i == 0);
        if (r < 0)
            return r;
    }
    if (!p->secret->source || p->secret->source[0] == '\0')
        return refuse_text(p, "src=FILE is missing");
    return settle_target(p);
}

int secret_spec_parse(const char *text, struct secret_spec *ret_secret, struct failure *f)
{
    struct secret_spec secret = {.mode = DEFAULT_MODE};
    struct secret_parser p = {.text = text, .secret = &secret, .failure = f};
    int r = parse(&p);
    if (r < 0)
        secret_spec_free(&secret);
    else
        *ret_secret = secret;
    return r;
}

void secret_spec_free(struct secret_spec *s)
{
    free(s->source);
    free(s->target);
    *s = (struct secret_spec){0};
}
