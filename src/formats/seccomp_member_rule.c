/* SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"
#include "formats/capability.h"
#include "formats/json.h"
#include "formats/seccomp_member.h"

#include <errno.h>
#include <string.h>

#define NAMES_MAX 1000

static const char *const compare_names[] = {
    [SECCOMP_NE] = "SCMP_CMP_NE",
    [SECCOMP_LT] = "SCMP_CMP_LT",
    [SECCOMP_LE] = "SCMP_CMP_LE",
    [SECCOMP_EQ] = "SCMP_CMP_EQ",
    [SECCOMP_GE] = "SCMP_CMP_GE",
    [SECCOMP_GT] = "SCMP_CMP_GT",
    [SECCOMP_MASKED_EQ] = "SCMP_CMP_MASKED_EQ",
    NULL,
};
static const char *const argument_members[] = {"index", "op", "value", "valueTwo", NULL};
static const char *const condition_members[] = {"arches", "caps", "minKernel", NULL};
static const char *const rule_members[] = {"action",   "args",     "comment", "errno", "errnoRet",
                                           "excludes", "includes", "name",    "names", NULL};

const char *const *seccomp_compare_names(void)
{
    return compare_names;
}

struct seccomp_number {
    uint64_t max, value;
    bool needed, given;
};

static void read_number(struct seccomp_member_reader *r, const char *place, struct json_object *object,
                        const char *key, struct seccomp_number *number)
{
    char inner[SECCOMP_PLACE_SIZE];
    seccomp_place_member(inner, place, key);
    number->given = json_get(object, key) != NULL;
    if (!number->given && !number->needed)
        return;
    uint64_t value;
    if (json_get_u64(object, key, &value) != 0 || value > number->max) {
        seccomp_member_refuse(r, inner, "seccomp/number", "a whole number from 0 to %llu is expected",
                              (unsigned long long)number->max);
        return;
    }
    number->value = value;
}

static int read_errno_name(struct seccomp_member_reader *r, const char *place, const char *name,
                           struct seccomp_rule *rule)
{
    for (int n = 1; n <= 133; n++) { /* EHWPOISON is the last one, errno(3) */
        const char *known = strerrorname_np(n);
        if (known && streq(known, name)) {
            rule->data = (uint16_t)n;
            return 0;
        }
    }
    return seccomp_member_refuse(r, place, "seccomp/errno", "\"%s\" is no error's name", name);
}

int seccomp_member_action(struct seccomp_member_reader *r, const char *place, struct json_object *object,
                          const struct seccomp_action_members *members, struct seccomp_rule *rule)
{
    char inner[SECCOMP_PLACE_SIZE];
    seccomp_place_member(inner, place, members->action);
    const char *word = json_get_string(object, members->action);
    if (!word)
        return seccomp_member_refuse(r, inner, "seccomp/action",
                                     "an action is needed, as \"SCMP_ACT_ERRNO\"");
    if (seccomp_action_from_name(word, &rule->action) != 0)
        return seccomp_member_refuse(r, inner, "seccomp/action", "\"%s\" is no action", word);
    struct seccomp_number number = {.max = rule->action == SECCOMP_TRACE ? UINT16_MAX : SECCOMP_ERRNO_MAX};
    read_number(r, place, object, members->number, &number);
    seccomp_place_member(inner, place, members->name);
    autofree char *name = NULL;
    int error = seccomp_member_text(r, inner, json_get(object, members->name), &name);
    if (error != 0)
        return error;
    bool named = name && name[0] != '\0';
    if ((number.given || named) && rule->action != SECCOMP_ERRNO && rule->action != SECCOMP_TRACE)
        return seccomp_member_refuse(r, place, "seccomp/errno", "%s takes no error number",
                                     seccomp_action_name(rule->action));
    if (number.given) /* both: the number is the exact one */
        rule->data = (uint16_t)number.value;
    else if (named)
        return read_errno_name(r, inner, name, rule);
    return 0;
}

static void read_argument(struct seccomp_member_reader *r, const char *place, struct json_object *value,
                          struct seccomp_argument *ret_argument)
{
    if (!seccomp_member_object(r, place, value, argument_members))
        return;
    struct seccomp_number index = {.max = SECCOMP_ARGUMENTS_MAX - 1, .needed = true};
    struct seccomp_number first = {.max = UINT64_MAX, .needed = true}, second = {.max = UINT64_MAX};
    read_number(r, place, value, "index", &index);
    read_number(r, place, value, "value", &first);
    read_number(r, place, value, "valueTwo", &second);
    struct seccomp_argument a = {
        .index = (uint8_t)index.value, .value = first.value, .value_two = second.value};
    char inner[SECCOMP_PLACE_SIZE];
    seccomp_place_member(inner, place, "op");
    const char *word = json_get_string(value, "op");
    size_t op = 0;
    while (compare_names[op] && !streq(compare_names[op], word))
        op++;
    if (!compare_names[op]) {
        seccomp_member_refuse(r, inner, "seccomp/compare", "\"%s\" is no comparison", word ? word : "");
        return;
    }
    a.compare = (enum seccomp_compare)op;
    *ret_argument = a;
}

static void read_arguments(struct seccomp_member_reader *r, const char *place, struct json_object *value,
                           struct seccomp_rule *rule)
{
    size_t count = seccomp_member_array(r, place, value);
    if (count > SECCOMP_ARGUMENTS_MAX) {
        seccomp_member_refuse(r, place, "seccomp/arguments", "at most %d comparisons", SECCOMP_ARGUMENTS_MAX);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        char inner[SECCOMP_PLACE_SIZE];
        seccomp_place_item(inner, place, i);
        read_argument(r, inner, json_object_array_get_idx(value, i), &rule->arguments[i]);
    }
    rule->argument_count = count;
}

static void read_kernel(struct seccomp_member_reader *r, const char *place, const char *version,
                        struct seccomp_condition *c)
{
    char major[12] = "", minor[12] = "";
    const char *dot = strchr(version, '.');
    uint64_t numbers[2];
    if (dot) {
        (void)snprintf(major, sizeof(major), "%.*s", (int)(dot - version), version); /* too long: no number */
        (void)snprintf(minor, sizeof(minor), "%s", dot + 1);
    }
    if (number_parse(major, 9999, &numbers[0]) != 0 || number_parse(minor, 9999, &numbers[1]) != 0) {
        seccomp_member_refuse(r, place, "seccomp/kernel", "\"%s\" is no kernel version as \"4.8\"", version);
        return;
    }
    c->kernel_major = (uint32_t)numbers[0];
    c->kernel_minor = (uint32_t)numbers[1];
}

static int read_condition(struct seccomp_member_reader *r, const char *place, struct json_object *value,
                          struct seccomp_condition *c)
{
    if (!value || !seccomp_member_object(r, place, value, condition_members))
        return 0;
    char inner[SECCOMP_PLACE_SIZE];
    autostrings struct strings names = {0};
    autofree char *version = NULL;
    seccomp_place_member(inner, place, "minKernel");
    int error = seccomp_member_text(r, inner, json_get(value, "minKernel"), &version);
    if (error == 0 && version && version[0] != '\0')
        read_kernel(r, inner, version, c);
    seccomp_place_member(inner, place, "arches");
    if (error == 0)
        error = seccomp_member_words(r, inner, json_get(value, "arches"), NULL, &c->architectures);
    seccomp_place_member(inner, place, "caps");
    if (error == 0)
        error = seccomp_member_words(r, inner, json_get(value, "caps"), NULL, &names);
    for (size_t i = 0; i < names.count && error == 0; i++) {
        int number = capability_number(names.items[i]);
        if (number < 0)
            seccomp_member_refuse(r, inner, "seccomp/capability", "\"%s\" is no capability", names.items[i]);
        else
            c->capabilities |= CAPABILITY_BIT(number);
    }
    return error;
}

static bool is_call_name(const char *name)
{
    const char *p = name;
    while ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || *p == '_')
        p++;
    return p > name && *p == '\0';
}

static int read_names(struct seccomp_member_reader *r, const char *place, struct json_object *value,
                      struct seccomp_rule *rule)
{
    char inner[SECCOMP_PLACE_SIZE];
    autofree char *single = NULL;
    seccomp_place_member(inner, place, "name");
    int error = seccomp_member_text(r, inner, json_get(value, "name"), &single);
    bool named = single && single[0] != '\0';
    if (error == 0 && named)
        error = strings_add(&rule->names, single);
    seccomp_place_member(inner, place, "names");
    if (error == 0)
        error = seccomp_member_words(r, inner, json_get(value, "names"), NULL, &rule->names);
    if (error != 0)
        return error;
    if (named && rule->names.count > 1)
        seccomp_member_refuse(r, inner, "seccomp/two-forms",
                              "both \"name\" and \"names\" are given: use one of them");
    else if (rule->names.count == 0 || rule->names.count > NAMES_MAX)
        seccomp_member_refuse(r, inner, "seccomp/names", "1 to %d names of calls are needed", NAMES_MAX);
    for (size_t i = 0; i < rule->names.count; i++) {
        const char *name = rule->names.items[i];
        if (!is_call_name(name))
            seccomp_member_refuse(r, inner, "seccomp/names", "\"%s\" is no name of a call", name);
    }
    return 0;
}

int seccomp_member_rule(struct seccomp_member_reader *r, const char *place, struct json_object *value,
                        struct seccomp_rule *rule)
{
    if (!seccomp_member_object(r, place, value, rule_members))
        return 0;
    static const struct seccomp_action_members members = {"action", "errnoRet", "errno"};
    char inner[SECCOMP_PLACE_SIZE];
    autofree char *comment = NULL; /* for people: read so that its type is checked */
    int error = read_names(r, place, value, rule);
    if (error == 0)
        error = seccomp_member_action(r, place, value, &members, rule);
    seccomp_place_member(inner, place, "args");
    if (error == 0)
        read_arguments(r, inner, json_get(value, "args"), rule);
    seccomp_place_member(inner, place, "includes");
    if (error == 0)
        error = read_condition(r, inner, json_get(value, "includes"), &rule->includes);
    seccomp_place_member(inner, place, "excludes");
    if (error == 0)
        error = read_condition(r, inner, json_get(value, "excludes"), &rule->excludes);
    seccomp_place_member(inner, place, "comment");
    if (error == 0)
        error = seccomp_member_text(r, inner, json_get(value, "comment"), &comment);
    return error;
}
