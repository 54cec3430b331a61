/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/registries_config.h"

#include "formats/toml_lines.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#define RULES_MAX 4096
#define MIRRORS_MAX 32

struct reader {
    struct registries_config *config;
    struct report *report;
    const char *file;
    int error;
    struct registry_rule *rule; /* of the table that is being read */
    size_t mirror_capacity;
    unsigned table_line;
};

static void refuse_entry(struct reader *r, unsigned line, const char *rule, const char *format, ...)
    printf_like(4, 5);

static void refuse_entry(struct reader *r, unsigned line, const char *rule, const char *format, ...)
{
    char place[512], sentence[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, arguments); /* cut is enough */
    va_end(arguments);
    (void)snprintf(place, sizeof(place), "%s:%u:1", r->file, line);
    if (r->report)
        (void)report_add(r->report, place, rule, "%s", sentence);
    r->error = -EINVAL;
}

static bool read_flag(struct reader *r, const struct toml_entry *e, bool *ret)
{
    bool is_true = e->count == 1 && !e->is_string && !e->is_array && streq(e->values[0], "true");
    bool is_false = e->count == 1 && !e->is_string && !e->is_array && streq(e->values[0], "false");
    if (is_true || is_false)
        *ret = is_true;
    else
        refuse_entry(r, e->line, "registries/type", "%s is true or false", e->key);
    return is_true || is_false;
}

static const char *read_text(struct reader *r, const struct toml_entry *e)
{
    if (e->count == 1 && e->is_string && !e->is_array)
        return arena_string(&r->config->arena, e->values[0]);
    refuse_entry(r, e->line, "registries/type", "%s is a string", e->key);
    return NULL;
}

/* A scheme is the mistake that is made most: it would be taken for a host. */
static const char *read_place(struct reader *r, const struct toml_entry *e)
{
    const char *text = read_text(r, e);
    if (!text)
        return NULL;
    size_t length = strlen(text);
    if (strstr(text, "://"))
        refuse_entry(r, e->line, "registries/location", "%s = \"%s\": a host without https:// is needed",
                     e->key, text);
    else if (length == 0 || length > REFERENCE_NAME_MAX || text[0] == '/' || text[length - 1] == '/' ||
             strpbrk(text, " \t\n@\\"))
        refuse_entry(r, e->line, "registries/location", "%s = \"%s\": HOST[:PORT][/PATH] is needed", e->key,
                     text);
    else
        return text;
    return NULL;
}

static void begin_rule(struct reader *r, unsigned line)
{
    struct registries_config *c = r->config;
    struct registry_rule *grown = arena_grow(&c->arena, c->rules, c->count, &c->capacity, sizeof(*grown));
    r->rule = NULL;
    if (!grown || c->count >= RULES_MAX) {
        r->error = -ENOMEM;
        return;
    }
    c->rules = grown;
    r->rule = &grown[c->count++];
    *r->rule = (struct registry_rule){.file = r->file, .line = line};
    r->mirror_capacity = 0;
}

static struct registry_mirror *begin_mirror(struct reader *r, unsigned line)
{
    struct registry_rule *rule = r->rule;
    if (!rule) {
        refuse_entry(r, line, "registries/order", "a mirror needs a [[registry]] before it");
        return NULL;
    }
    struct registry_mirror *grown = rule->mirror_count >= MIRRORS_MAX
                                        ? NULL
                                        : arena_grow(&r->config->arena, rule->mirrors, rule->mirror_count,
                                                     &r->mirror_capacity, sizeof(*grown));
    if (!grown) {
        refuse_entry(r, line, "registries/mirrors", "more than %d mirrors", MIRRORS_MAX);
        return NULL;
    }
    rule->mirrors = grown;
    struct registry_mirror *mirror = &grown[rule->mirror_count++];
    *mirror = (struct registry_mirror){.location = NULL};
    return mirror;
}

static void read_registry(struct reader *r, const struct toml_entry *e)
{
    if (e->table_line != r->table_line)
        begin_rule(r, e->table_line);
    r->table_line = e->table_line;
    struct registry_rule *rule = r->rule;
    if (!rule)
        return;
    if (streq(e->key, "prefix"))
        rule->prefix = read_place(r, e);
    else if (streq(e->key, "location"))
        rule->location = read_place(r, e);
    else if (streq(e->key, "insecure"))
        (void)read_flag(r, e, &rule->insecure);
    else if (streq(e->key, "blocked"))
        (void)read_flag(r, e, &rule->blocked);
    else if (streq(e->key, "mirror-by-digest-only"))
        (void)read_flag(r, e, &rule->digests_only);
    else
        refuse_entry(r, e->line, "registries/unknown-key", "[[registry]] has no key %s", e->key);
}

static void read_use(struct reader *r, const struct toml_entry *e, struct registry_mirror *mirror)
{
    const char *text = read_text(r, e);
    if (!text)
        return;
    if (streq(text, "all"))
        mirror->use = MIRROR_FOR_ALL;
    else if (streq(text, "digest-only"))
        mirror->use = MIRROR_FOR_DIGESTS;
    else if (streq(text, "tag-only"))
        mirror->use = MIRROR_FOR_TAGS;
    else
        refuse_entry(r, e->line, "registries/type",
                     "pull-from-mirror is all, digest-only or tag-only, not \"%s\"", text);
}

static void read_mirror(struct reader *r, const struct toml_entry *e)
{
    struct registry_mirror *mirror = NULL;
    if (e->table_line != r->table_line)
        mirror = begin_mirror(r, e->table_line);
    else if (r->rule && r->rule->mirror_count > 0)
        mirror = &r->rule->mirrors[r->rule->mirror_count - 1];
    r->table_line = e->table_line;
    if (!mirror)
        return;
    if (streq(e->key, "location"))
        mirror->location = read_place(r, e);
    else if (streq(e->key, "insecure"))
        (void)read_flag(r, e, &mirror->insecure);
    else if (streq(e->key, "pull-from-mirror"))
        read_use(r, e, mirror);
    else
        refuse_entry(r, e->line, "registries/unknown-key", "[[registry.mirror]] has no key %s", e->key);
}

static void read_proxy(struct reader *r, const struct toml_entry *e)
{
    const char **to = streq(e->key, "http")    ? &r->config->http_proxy
                      : streq(e->key, "https") ? &r->config->https_proxy
                      : streq(e->key, "no")    ? &r->config->no_proxy
                                               : NULL;
    if (!to)
        refuse_entry(r, e->line, "registries/unknown-key",
                     "[proxy] has no key %s: http, https and no are known", e->key);
    else
        *to = read_text(r, e);
}

static void read_top(struct reader *r, const struct toml_entry *e)
{
    static const char *const passed[] = {"unqualified-search-registries", "short-name-mode",
                                         "additional-layer-store-auth-helper"};
    for (size_t i = 0; i < ARRAY_SIZE(passed); i++)
        if (streq(e->key, passed[i]))
            return;
    if (streq(e->key, "credential-helpers")) {
        for (size_t i = 0; i < e->count; i++)
            if (!streq(e->values[i], "containers-auth.json"))
                refuse_entry(r, e->line, "registries/credential-helpers",
                             "credential-helpers is not there yet: name \"%s\" as credsStore in config.json",
                             e->values[i]);
        return;
    }
    refuse_entry(r, e->line, "registries/unknown-key", "no key %s is known here", e->key);
}

static void read_entry(struct reader *r, const struct toml_entry *e)
{
    if (streq(e->table, "registry"))
        read_registry(r, e);
    else if (streq(e->table, "registry.mirror"))
        read_mirror(r, e);
    else if (streq(e->table, "proxy"))
        read_proxy(r, e);
    else if (streq(e->table, ""))
        read_top(r, e);
    else if (string_after(e->table, "registries."))
        refuse_entry(r, e->line, "registries/version",
                     "this is version 1 of the format: write [[registry]] tables");
    else if (!streq(e->table, "aliases"))
        refuse_entry(r, e->line, "registries/unknown-table", "no table [%s] is known", e->table);
}

/* What only the whole rule shows. */
static void finish_rule(struct reader *r, struct registry_rule *rule)
{
    if (!rule->prefix)
        rule->prefix = rule->location;
    if (!rule->prefix)
        refuse_entry(r, rule->line, "registries/location", "a [[registry]] needs a prefix or a location");
    else if (strchr(rule->prefix, '*') &&
             (!string_after(rule->prefix, "*.") || strpbrk(rule->prefix + 1, "*/")))
        refuse_entry(
            r, rule->line, "registries/location",
            "prefix = \"%s\": a star stands for what is before the first dot of a host: *.example.com",
            rule->prefix);
    if (rule->location && strchr(rule->location, '*'))
        refuse_entry(r, rule->line, "registries/location", "location = \"%s\": no star here", rule->location);
    for (size_t i = 0; i < rule->mirror_count; i++)
        if (!rule->mirrors[i].location || strchr(rule->mirrors[i].location, '*'))
            refuse_entry(r, rule->line, "registries/location", "a [[registry.mirror]] needs a location");
}

/* Of rules with one prefix the last file's stays; twice in one file is a mistake. */
static void drop_replaced(struct reader *r, size_t before)
{
    struct registries_config *c = r->config;
    size_t kept = 0;
    for (size_t i = 0; i < c->count; i++) {
        bool replaced = false;
        for (size_t k = i + 1; k < c->count && !replaced; k++)
            replaced = k >= before && c->rules[i].prefix && streq(c->rules[i].prefix, c->rules[k].prefix);
        if (replaced && i >= before)
            refuse_entry(r, c->rules[i].line, "registries/twice", "the prefix \"%s\" comes again below",
                         c->rules[i].prefix);
        if (!replaced)
            c->rules[kept++] = c->rules[i];
    }
    c->count = kept;
}

int registries_config_read(const char *file, const char *data, struct report *report,
                           struct registries_config *config)
{
    autoarena struct arena scratch = {0};
    struct toml_file toml;
    size_t before = config->count;
    int r = toml_parse(&scratch, &(struct toml_source){.file = file, .data = data}, report, &toml);
    if (r < 0)
        return r;
    struct reader reader = {.config = config, .report = report, .file = arena_string(&config->arena, file)};
    for (size_t i = 0; i < toml.count && reader.error != -ENOMEM; i++)
        read_entry(&reader, &toml.entries[i]);
    for (size_t i = before; i < config->count; i++)
        finish_rule(&reader, &config->rules[i]);
    drop_replaced(&reader, before);
    return arena_error(&config->arena) < 0 ? -ENOMEM : reader.error;
}

void registries_config_free(struct registries_config *config)
{
    arena_free(&config->arena);
    *config = (struct registries_config){0};
}
