/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/option.h"

#include "base/closest.h"
#include "base/number.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static const struct option help_option = {"help", 0, OPTION_BOOL, 0, NULL, "Print this help"};

/* One parse: where it stands in the arguments. */
struct parse {
    const struct option_set *set;
    struct arguments *arguments;
    char *options;
    int next; /* index of the argument to look at next */
    struct failure *failure;
};

const struct option *option_find(const struct option_set *set, const char *name, size_t length)
{
    for (const struct option *const *table = set->tables; *table; table++)
        for (const struct option *o = *table; o->name; o++)
            if (strncmp(o->name, name, length) == 0 && o->name[length] == '\0')
                return o;
    if (length == strlen(help_option.name) && memcmp(name, help_option.name, length) == 0)
        return &help_option;
    return NULL;
}

static const struct option *option_find_letter(const struct option_set *set, char letter)
{
    for (const struct option *const *table = set->tables; *table; table++)
        for (const struct option *o = *table; o->name; o++)
            if (o->letter == letter)
                return o;
    return letter == 'h' ? &help_option : NULL;
}

int options_names(const struct option_set *set, struct strings *ret_names)
{
    for (const struct option *const *table = set->tables; *table; table++)
        for (const struct option *o = *table; o->name; o++) {
            int r = o->help ? strings_add(ret_names, o->name) : 0;
            if (r < 0)
                return r;
        }
    return strings_add(ret_names, help_option.name);
}

static bool option_is_switch(const struct option *o)
{
    return o->kind == OPTION_BOOL || o->kind == OPTION_TRISTATE;
}

static int parse_bool(const char *value, bool *ret_bool)
{
    static const char *const yes[] = {"1", "t", "T", "true", "TRUE", "True"};
    static const char *const no[] = {"0", "f", "F", "false", "FALSE", "False"};
    for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
        if (streq(value, yes[i]) || streq(value, no[i])) {
            *ret_bool = streq(value, yes[i]);
            return 0;
        }
    }
    return -EINVAL;
}

static int parse_signed(const char *value, int64_t min, int64_t max, int64_t *ret_number)
{
    bool negative = value[0] == '-';
    uint64_t magnitude;
    int r = number_parse(value + negative, INT64_MAX, &magnitude);
    if (r < 0)
        return r;
    int64_t number = negative ? -(int64_t)magnitude : (int64_t)magnitude;
    if (number < min || number > max)
        return -ERANGE;
    *ret_number = number;
    return 0;
}

static int set_string(char **member, const char *value)
{
    char *copy = strdup(value);
    if (!copy)
        return -ENOMEM;
    free(*member);
    *member = copy;
    return 0;
}

static int set_integer(const struct option *o, void *member, const char *value)
{
    uint64_t number = 0;
    int64_t with_sign = 0;
    int r;
    if (o->kind == OPTION_I64 || o->kind == OPTION_INT)
        r = parse_signed(value, o->kind == OPTION_INT ? INT_MIN : INT64_MIN,
                         o->kind == OPTION_INT ? INT_MAX : INT64_MAX, &with_sign);
    else if (o->kind == OPTION_SIZE)
        r = number_parse_size(value, &number);
    else
        r = number_parse(value, o->kind == OPTION_U32 ? UINT32_MAX : UINT64_MAX, &number);
    if (r < 0)
        return r;
    if (o->kind == OPTION_I64)
        *(int64_t *)member = with_sign;
    else if (o->kind == OPTION_INT)
        *(int *)member = (int)with_sign;
    else if (o->kind == OPTION_U32)
        *(uint32_t *)member = (uint32_t)number;
    else
        *(uint64_t *)member = number;
    return 0;
}

static int set_switch(const struct option *o, void *member, const char *value)
{
    bool on;
    int r = parse_bool(value, &on);
    if (r < 0)
        return r;
    if (o->kind == OPTION_BOOL)
        *(bool *)member = on;
    else
        *(int *)member = on;
    return 0;
}

static const char *kind_wants(enum option_kind kind)
{
    switch (kind) {
    case OPTION_BOOL:
    case OPTION_TRISTATE:
        return "true or false";
    case OPTION_U32:
        return "a number from 0 to 4294967295";
    case OPTION_U64:
        return "a number";
    case OPTION_I64:
        return "a number";
    case OPTION_INT:
        return "a number";
    case OPTION_SIZE:
        return "a size like 512m or 1.5g";
    case OPTION_STRING:
    case OPTION_STRINGS:
        break;
    }
    return "a text";
}

/* `flag` is how it was written, for the message. */
static int option_set_value(const struct parse *p, const struct option *o, const char *flag,
                            const char *value)
{
    void *member = p->options + o->offset;
    int r;
    if (o->kind == OPTION_STRING)
        r = set_string(member, value);
    else if (o->kind == OPTION_STRINGS)
        r = strings_add(member, value);
    else if (option_is_switch(o))
        r = set_switch(o, member, value);
    else
        r = set_integer(o, member, value);
    if (r == -ENOMEM)
        return fail(p->failure, r, "reading the options");
    if (r < 0)
        return refuse(p->failure, -EINVAL, "%s takes %s, not \"%s\"", flag, kind_wants(o->kind), value);
    return 0;
}

static int refuse_unknown(const struct parse *p, const char *name, size_t length)
{
    autostrings struct strings names = {0};
    autofree char *word = strndup(name, length);
    if (!word || options_names(p->set, &names) < 0)
        return fail(p->failure, -ENOMEM, "reading the options");
    for (const char *const *const *list = p->set->absent; list && *list; list++)
        for (const char *const *absent = *list; *absent; absent++)
            if (streq(*absent, word))
                return refuse(p->failure, -ENOTSUP, "--%s is not there yet", word);
    const char *near = closest_word(word, (const char *const *)names.items, names.count);
    if (near)
        return refuse(p->failure, -EINVAL, "unknown flag --%s: did you mean --%s?", word, near);
    return refuse(p->failure, -EINVAL, "unknown flag --%s", word);
}

/* The argument behind the flag. */
static int take_value(struct parse *p, const char *flag, const char **ret_value)
{
    if (p->next >= p->arguments->count)
        return refuse(p->failure, -EINVAL, "%s needs a value", flag);
    *ret_value = p->arguments->items[p->next++];
    return 0;
}

/* -no-subreaper: one dash before a long name. */
static bool is_name(const struct option_set *set, const char *argument)
{
    const char *name = argument + 1;
    size_t length = strcspn(name, "=");
    return set->single_dash_names && length > 1 && option_find(set, name, length);
}

static int parse_long(struct parse *p, const char *argument)
{
    const char *name = argument + (argument[1] == '-' ? 2 : 1);
    size_t length = strcspn(name, "=");
    const struct option *o = option_find(p->set, name, length);
    if (!o)
        return refuse_unknown(p, name, length);
    if (o == &help_option)
        return 1;
    autofree char *flag = strndup(argument, length + (size_t)(name - argument));
    if (!flag)
        return fail(p->failure, -ENOMEM, "reading the options");
    const char *value = "true";
    if (name[length] == '=')
        value = name + length + 1;
    else if (!option_is_switch(o)) {
        int r = take_value(p, flag, &value);
        if (r < 0)
            return r;
    }
    return option_set_value(p, o, flag, value);
}

/* -it, -t=false, -eNAME=V, -e=NAME=V, -e NAME=V */
static int parse_letters(struct parse *p, const char *argument)
{
    for (const char *letter = argument + 1; *letter != '\0'; letter++) {
        const struct option *o = option_find_letter(p->set, *letter);
        const char flag[] = {'-', *letter, '\0'};
        if (!o && letter > argument + 1)
            return refuse(p->failure, -EINVAL, "unknown flag %s in %s", flag, argument);
        if (!o)
            return refuse(p->failure, -EINVAL, "unknown flag %s", flag);
        if (o == &help_option)
            return 1;
        const char *value = "true";
        if (letter[1] == '=')
            value = letter + 2;
        else if (option_is_switch(o)) {
            int r = option_set_value(p, o, flag, value);
            if (r < 0)
                return r;
            continue;
        } else if (letter[1] != '\0')
            value = letter + 1;
        else {
            int r = take_value(p, flag, &value);
            if (r < 0)
                return r;
        }
        return option_set_value(p, o, flag, value);
    }
    return 0;
}

int options_parse(const struct option_set *set, struct arguments *arguments, void *options,
                  struct failure *failure)
{
    struct parse p = {.set = set, .arguments = arguments, .options = options, .failure = failure};
    int kept = 0;
    bool flags_ended = false;
    while (p.next < arguments->count) {
        char *argument = arguments->items[p.next++];
        if (flags_ended || argument[0] != '-' || argument[1] == '\0') {
            arguments->items[kept++] = argument;
            flags_ended |= set->stop_at_positional;
            continue;
        }
        if (streq(argument, "--")) {
            flags_ended = true;
            continue;
        }
        bool is_long = argument[1] == '-' || is_name(set, argument);
        int r = is_long ? parse_long(&p, argument) : parse_letters(&p, argument);
        if (r != 0)
            return r;
    }
    arguments->count = kept;
    return 0;
}

void options_free(const struct option_set *set, void *options)
{
    for (const struct option *const *table = set->tables; *table; table++)
        for (const struct option *o = *table; o->name; o++) {
            void *member = (char *)options + o->offset;
            if (o->kind == OPTION_STRING) {
                free(*(char **)member);
                *(char **)member = NULL;
            } else if (o->kind == OPTION_STRINGS)
                strings_free(member);
        }
}
