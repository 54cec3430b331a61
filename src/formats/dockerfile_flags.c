/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/dockerfile_flags.h"

#include "base/closest.h"
#include "base/number.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum flag_type {
    FLAG_STRING,
    FLAG_BOOL,
    FLAG_TRISTATE,
    FLAG_MANY,
    FLAG_DURATION,
    FLAG_COUNT,
};

struct flag_rule {
    enum dockerfile_kind kind;
    const char *name;
    enum flag_type type;
    size_t offset;
};

#define FIELD(member) offsetof(struct dockerfile_instruction, member)

static const struct flag_rule flag_rules[] = {
    {DOCKERFILE_ADD, "chown", FLAG_STRING, FIELD(copy.chown)},
    {DOCKERFILE_ADD, "chmod", FLAG_STRING, FIELD(copy.chmod)},
    {DOCKERFILE_ADD, "link", FLAG_BOOL, FIELD(copy.link)},
    {DOCKERFILE_ADD, "keep-git-dir", FLAG_BOOL, FIELD(copy.keep_git_dir)},
    {DOCKERFILE_ADD, "checksum", FLAG_STRING, FIELD(copy.checksum)},
    {DOCKERFILE_ADD, "exclude", FLAG_MANY, FIELD(copy.excludes)},
    {DOCKERFILE_ADD, "unpack", FLAG_TRISTATE, FIELD(copy.unpack)},
    {DOCKERFILE_COPY, "chown", FLAG_STRING, FIELD(copy.chown)},
    {DOCKERFILE_COPY, "chmod", FLAG_STRING, FIELD(copy.chmod)},
    {DOCKERFILE_COPY, "link", FLAG_BOOL, FIELD(copy.link)},
    {DOCKERFILE_COPY, "from", FLAG_STRING, FIELD(copy.from)},
    {DOCKERFILE_COPY, "parents", FLAG_BOOL, FIELD(copy.parents)},
    {DOCKERFILE_COPY, "exclude", FLAG_MANY, FIELD(copy.excludes)},
    {DOCKERFILE_FROM, "platform", FLAG_STRING, FIELD(platform)},
    {DOCKERFILE_RUN, "mount", FLAG_MANY, FIELD(mounts)},
    {DOCKERFILE_RUN, "device", FLAG_MANY, FIELD(devices)},
    {DOCKERFILE_RUN, "network", FLAG_STRING, FIELD(network)},
    {DOCKERFILE_RUN, "security", FLAG_STRING, FIELD(security)},
    {DOCKERFILE_HEALTHCHECK, "interval", FLAG_DURATION, FIELD(health.interval_ns)},
    {DOCKERFILE_HEALTHCHECK, "timeout", FLAG_DURATION, FIELD(health.timeout_ns)},
    {DOCKERFILE_HEALTHCHECK, "start-period", FLAG_DURATION, FIELD(health.start_period_ns)},
    {DOCKERFILE_HEALTHCHECK, "start-interval", FLAG_DURATION, FIELD(health.start_interval_ns)},
    {DOCKERFILE_HEALTHCHECK, "retries", FLAG_COUNT, FIELD(health.retries)},
};

static int64_t duration_unit(const char *p, size_t *ret_length)
{
    static const struct {
        const char *name;
        int64_t ns;
    } units[] = {
        {"ns", 1},       {"us", 1000},      {"\xC2\xB5s", 1000},         {"\xCE\xBCs", 1000},
        {"ms", 1000000}, {"s", 1000000000}, {"m", INT64_C(60000000000)}, {"h", INT64_C(3600000000000)},
    };
    for (size_t i = 0; i < ARRAY_SIZE(units); i++)
        if (string_after(p, units[i].name)) {
            *ret_length = strlen(units[i].name);
            return units[i].ns;
        }
    return 0;
}

/* One "1.5h"; adds it to *total. */
static int duration_part(const char **p, int64_t *total)
{
    size_t whole = strspn(*p, "0123456789"), unit_length;
    size_t fraction = (*p)[whole] == '.' ? strspn(*p + whole + 1, "0123456789") : 0;
    const char *unit_at = *p + whole + ((*p)[whole] == '.' ? 1 + fraction : 0);
    int64_t unit = duration_unit(unit_at, &unit_length), value = 0, part = 0;
    if (whole + fraction == 0 || unit == 0)
        return -EINVAL;
    for (size_t i = 0; i < whole; i++)
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, (*p)[i] - '0', &value))
            return -ERANGE;
    if (__builtin_mul_overflow(value, unit, &value))
        return -ERANGE;
    for (size_t i = 0, scale = 1; i < fraction && i < 9; i++) {
        scale *= 10;
        part += unit / (int64_t)scale * ((*p)[whole + 1 + i] - '0');
    }
    if (__builtin_add_overflow(value, part, &value) || __builtin_add_overflow(*total, value, total))
        return -ERANGE;
    *p = unit_at + unit_length;
    return 0;
}

static int parse_duration(const char *string, int64_t *ret_ns)
{
    const char *p = string + (string[0] == '+' || string[0] == '-');
    int64_t total = 0;
    if (streq(p, "0")) {
        *ret_ns = 0;
        return 0;
    }
    if (*p == '\0')
        return -EINVAL;
    while (*p != '\0') {
        int r = duration_part(&p, &total);
        if (r < 0)
            return r;
    }
    if (total != 0 && (string[0] == '-' || total < 1000000))
        return -ERANGE;
    *ret_ns = total;
    return 0;
}

static int flag_error(struct dockerfile_source *s, const struct dockerfile_instruction *i, const char *what,
                      const char *flag)
{
    return source_error(s, (struct dockerfile_position){i->line, i->column}, "dockerfile/flag", "%s: %s %s",
                        dockerfile_kind_name(i->kind), what, flag);
}

static int unknown_flag(struct dockerfile_source *s, const struct dockerfile_instruction *i, const char *flag)
{
    const char *names[ARRAY_SIZE(flag_rules)];
    size_t n = 0;
    for (size_t k = 0; k < ARRAY_SIZE(flag_rules); k++)
        if (flag_rules[k].kind == i->kind)
            names[n++] = flag_rules[k].name;
    autofree char *name = strndup(flag + 2, strcspn(flag + 2, "="));
    const char *near = name ? closest_word(name, names, n) : NULL;
    return source_error(s, (struct dockerfile_position){i->line, i->column}, "dockerfile/flag",
                        "%s: unknown flag --%s%s%s", dockerfile_kind_name(i->kind), name ? name : "",
                        near ? "; did you mean --" : "", near ? near : "");
}

static int apply_bool(const char *value, bool *ret_bool)
{
    if (!value || strcasecmp(value, "true") == 0)
        *ret_bool = true;
    else if (strcasecmp(value, "false") == 0)
        *ret_bool = false;
    else
        return -EINVAL;
    return 0;
}

static int set_string(char **place, const char *value)
{
    char *copy = strdup(value);
    if (!copy)
        return -ENOMEM;
    free(*place);
    *place = copy;
    return 0;
}

static int apply_value(const struct flag_rule *rule, struct dockerfile_instruction *i, const char *value)
{
    void *field = (char *)i + rule->offset;
    uint64_t count;
    bool yes = false;
    int r = 0;
    switch (rule->type) {
    case FLAG_STRING:
        return set_string(field, value);
    case FLAG_MANY:
        return strings_add(field, value);
    case FLAG_DURATION:
        return parse_duration(value, field);
    case FLAG_COUNT:
        r = number_parse(value, INT32_MAX, &count);
        if (r == 0)
            *(uint32_t *)field = (uint32_t)count;
        return r;
    case FLAG_BOOL:
        return apply_bool(value, field);
    case FLAG_TRISTATE:
        r = apply_bool(value, &yes);
        *(int *)field = yes;
        return r;
    }
    return -EINVAL;
}

static int apply_flag(struct dockerfile_source *s, struct dockerfile_instruction *i, const char *flag,
                      uint64_t *seen)
{
    size_t length = strcspn(flag, "=");
    const char *value = flag[length] == '=' ? flag + length + 1 : NULL;
    for (size_t k = 0; k < ARRAY_SIZE(flag_rules); k++) {
        const struct flag_rule *rule = &flag_rules[k];
        if (rule->kind != i->kind || strlen(rule->name) != length - 2 ||
            strncmp(rule->name, flag + 2, length - 2) != 0)
            continue;
        if (rule->type != FLAG_MANY && (*seen & (UINT64_C(1) << k)))
            return flag_error(s, i, "this flag is there twice:", flag);
        *seen |= UINT64_C(1) << k;
        if (!value && rule->type != FLAG_BOOL && rule->type != FLAG_TRISTATE)
            return flag_error(s, i, "this flag needs a value:", flag);
        int r = apply_value(rule, i, value);
        return r == -EINVAL || r == -ERANGE ? flag_error(s, i, "this flag's value is not valid:", flag) : r;
    }
    return unknown_flag(s, i, flag);
}

int dockerfile_apply_flags(struct dockerfile_source *s, struct dockerfile_instruction *i)
{
    uint64_t seen = 0;
    int result = 0;
    i->copy.unpack = -1;
    for (size_t k = 0; k < i->flags.count; k++) {
        int r = apply_flag(s, i, i->flags.items[k], &seen);
        if (r == -ENOMEM)
            return r;
        result = r < 0 ? r : result;
    }
    static const char *const networks[] = {"default", "none", "host"}, *const securities[] = {"sandbox",
                                                                                              "insecure"};
    if (i->network && !streq(i->network, networks[0]) && !streq(i->network, networks[1]) &&
        !streq(i->network, networks[2]))
        result = flag_error(s, i, "--network is default, none or host, not", i->network);
    if (i->security && !streq(i->security, securities[0]) && !streq(i->security, securities[1]))
        result = flag_error(s, i, "--security is sandbox or insecure, not", i->security);
    return result;
}
