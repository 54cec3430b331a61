/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/decision.h"

#include "seccomp/number.h"

#include <errno.h>
#include <linux/seccomp.h>

uint32_t decision_value(enum seccomp_action action, uint16_t data)
{
    switch (action) {
    case SECCOMP_KILL_PROCESS:
        return SECCOMP_RET_KILL_PROCESS;
    case SECCOMP_KILL_THREAD:
        return SECCOMP_RET_KILL_THREAD;
    case SECCOMP_TRAP:
        return SECCOMP_RET_TRAP;
    case SECCOMP_ERRNO:
        return SECCOMP_RET_ERRNO | data;
    case SECCOMP_NOTIFY:
        return SECCOMP_RET_USER_NOTIF;
    case SECCOMP_TRACE:
        return SECCOMP_RET_TRACE | data;
    case SECCOMP_LOG:
        return SECCOMP_RET_LOG;
    case SECCOMP_ALLOW:
        return SECCOMP_RET_ALLOW;
    }
    return SECCOMP_RET_KILL_PROCESS;
}

static struct decision *decision_at(struct decisions *d, uint32_t number)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->items[i].number == number)
            return &d->items[i];
    struct decision *items = reallocarray(d->items, d->count + 1, sizeof(*items));
    if (!items)
        return NULL;
    d->items = items;
    items[d->count] = (struct decision){.number = number, .value = d->default_value};
    return &items[d->count++];
}

static int add_rule(struct decision *at, const struct seccomp_rule *rule, const struct call_number *call)
{
    struct decision_rule *rules = reallocarray(at->rules, at->rule_count + 1, sizeof(*rules));
    if (!rules)
        return -ENOMEM;
    at->rules = rules;
    rules[at->rule_count++] = (struct decision_rule){
        .rule = rule,
        .multiplexed = call->multiplexed,
        .selector = call->selector,
        .selector_mask = call->selector_mask,
        .general = call->multiplexed && rule->argument_count == 0,
    };
    return 0;
}

/* The arguments of a multiplexed call are behind a pointer: a comparison of them cannot be made. What loosens
 * is then left out, what restricts takes the call whole. */
static bool comparison_is_lost(const struct decisions *d, const struct seccomp_rule *rule,
                               const struct call_number *call)
{
    if (!call->multiplexed || rule->argument_count == 0)
        return false;
    int32_t value = (int32_t)decision_value(rule->action, rule->data);
    /* The kernel orders actions as signed numbers, the smaller one is the stricter (seccomp_run_filters). */
    return (value & (int32_t)SECCOMP_RET_ACTION_FULL) >=
           (int32_t)(d->default_value & SECCOMP_RET_ACTION_FULL);
}

int decisions_add(struct decisions *d, const struct machine_set *set, const struct seccomp_rule *rule)
{
    uint32_t value = decision_value(rule->action, rule->data);
    for (size_t n = 0; n < rule->names.count; n++) {
        struct call_number calls[CALL_NUMBERS_MAX];
        size_t count = call_find_numbers(set, rule->names.items[n], calls);
        for (size_t i = 0; i < count; i++) {
            if (comparison_is_lost(d, rule, &calls[i]))
                continue;
            struct decision *at = decision_at(d, calls[i].number);
            if (!at)
                return -ENOMEM;
            if (rule->argument_count > 0 || calls[i].multiplexed) {
                if (add_rule(at, rule, &calls[i]) != 0)
                    return -ENOMEM;
            } else if (!at->decided) { /* libseccomp too keeps the first; podman's profile has such pairs */
                at->value = value;
                at->decided = true;
            }
        }
    }
    return 0;
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = ((const struct decision *)a)->number, y = ((const struct decision *)b)->number;
    return (x > y) - (x < y);
}

static int order_rules(struct decision *at)
{
    struct decision_rule *ordered = calloc(at->rule_count, sizeof(*ordered));
    if (!ordered)
        return -ENOMEM;
    size_t count = 0;
    for (int general = 0; general <= 1; general++)
        for (size_t i = 0; i < at->rule_count; i++)
            if (at->rules[i].general == (general == 1))
                ordered[count++] = at->rules[i];
    while (count > 0 &&
           decision_value(ordered[count - 1].rule->action, ordered[count - 1].rule->data) == at->value)
        count--;
    free(at->rules);
    at->rules = ordered;
    at->rule_count = count;
    return 0;
}

int decisions_sort(struct decisions *d)
{
    if (d->count > 0)
        qsort(d->items, d->count, sizeof(d->items[0]), compare_numbers);
    for (size_t i = 0; i < d->count; i++) {
        int error = d->items[i].rule_count > 0 ? order_rules(&d->items[i]) : 0;
        if (error != 0)
            return error;
    }
    return 0;
}

void decisions_free(struct decisions *d)
{
    for (size_t i = 0; i < d->count; i++)
        free(d->items[i].rules);
    free(d->items);
    *d = (struct decisions){0};
}
