/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/policy_config.h"
#include "formats/json_bind.h"

#include <errno.h>
#include <string.h>

static const struct json_word exception_words[] = {
    {"privileged", UINT64_C(1) << POLICY_PRIVILEGED},
    {"host-pid", UINT64_C(1) << POLICY_HOST_PID},
    {"host-sysctl", UINT64_C(1) << POLICY_HOST_SYSCTL},
    {"device-rules", UINT64_C(1) << POLICY_DEVICE_RULES},
    {"block-devices", UINT64_C(1) << POLICY_BLOCK_DEVICES},
    {"host-ids", UINT64_C(1) << POLICY_HOST_IDS},
    {"host-root", UINT64_C(1) << POLICY_HOST_ROOT},
    {0},
};
static const struct json_word mode_words[] = {{"enforce", POLICY_ENFORCE}, {"audit", POLICY_AUDIT}, {0}};
static const struct json_word binds_words[] = {
    {"owner", POLICY_BINDS_OWNER}, {"same", POLICY_BINDS_SAME}, {0}};

const char *policy_exception_name(enum policy_exception exception)
{
    return exception_words[exception].name;
}

/* A rule that says nothing about whom it is for would be for all. */
static void check_rule(struct json_binder *b, void *base)
{
    const struct policy_rule *rule = base;
    if (rule->images.count + rule->namespaces.count + rule->annotations.count == 0)
        json_bind_refuse(b, NULL, "policy/match", "needs images, namespaces or annotations that it is for");
    if (rule->allow == 0)
        json_bind_refuse(b, "allow", "policy/allow", "is empty");
}

#define RULE(member) .offset = offsetof(struct policy_rule, member)
static const struct json_row rule_rows[] = {
    {.name = "images", .type = &json_shape_texts, RULE(images)},
    {.name = "namespaces", .type = &json_shape_texts, RULE(namespaces)},
    {.name = "annotations", .type = &json_shape_map, RULE(annotations)},
    {.name = "allow", .type = &json_shape_flags, RULE(allow), .required = true, .detail = exception_words},
    {.name = "reason", .type = &json_shape_text, RULE(reason), .required = true},
    {0},
};
static const struct json_table rule_table = {
    .rows = rule_rows, .item_size = sizeof(struct policy_rule), .check = check_rule};

static const struct json_row policy_rows[] = {
    {.name = "mode",
     .type = &json_shape_choice,
     .offset = offsetof(struct policy_config, mode),
     .detail = mode_words},
    {.name = "binds",
     .type = &json_shape_choice,
     .offset = offsetof(struct policy_config, binds),
     .detail = binds_words},
    {.name = "rules",
     .type = &json_shape_list,
     .offset = offsetof(struct policy_config, rules),
     .count_offset = offsetof(struct policy_config, rule_count),
     .detail = &rule_table},
    {0},
};
static const struct json_table policy_table = {.rows = policy_rows};

int policy_config_parse(const char *name, const char *data, size_t size, struct report *report,
                        struct policy_config *ret_config)
{
    struct json_binder b = {.document = name, .report = report, .strict = true};
    struct policy_config config = {0};
    int r = json_bind(&b, data, size, &policy_table, &config);
    if (r == 0)
        *ret_config = config;
    return r;
}

void policy_config_free(struct policy_config *c)
{
    json_bind_release(&policy_table, c);
    *c = (struct policy_config){0};
}

bool policy_glob_match(const char *glob, const char *text)
{
    const char *star = NULL, *resume = NULL;
    while (*text != '\0') {
        if (*glob == '*') {
            star = ++glob;
            resume = text;
        } else if (*glob == '?' || *glob == *text) {
            glob++;
            text++;
        } else if (star) { /* the last star takes one more */
            glob = star;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*glob == '*')
        glob++;
    return *glob == '\0';
}
