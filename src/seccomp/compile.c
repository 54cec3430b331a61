/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/compile.h"

#include "seccomp/code.h"
#include "seccomp/decision.h"
#include "seccomp/number.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

#define WAIT_KILLABLE_RECV (UINT32_C(1) << 5) /* Linux 5.19; headers here may be older */

/* Numbers first..(next range's first - 1) share a decision. */
struct range {
    uint32_t first;
    uint32_t value;
    const struct decision *with_rules; /* NULL: value alone */
};

struct ranges {
    struct range *items;
    size_t count;
};

static void ranges_add(struct ranges *r, uint32_t first, uint32_t value, const struct decision *with_rules)
{
    struct range *last = r->count > 0 ? &r->items[r->count - 1] : NULL;
    if (last && last->first == first)
        *last = (struct range){first, value, with_rules};
    else if (!last || last->with_rules || with_rules || last->value != value)
        r->items[r->count++] = (struct range){first, value, with_rules};
}

/* Above the largest number that a numbering names. */
static uint32_t value_beyond(const struct decisions *d)
{
    bool refuses = (d->default_value & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO;
    return refuses ? (SECCOMP_RET_ERRNO | ENOSYS) : d->default_value;
}

/* Each decision is at most two ranges and a numbering's end one more. */
static int ranges_make(const struct decisions *d, struct ranges *ret_ranges)
{
    struct ranges r = {.items = calloc(2 * d->count + 2 * MACHINE_SETS_MAX + 2, sizeof(struct range))};
    if (!r.items)
        return -ENOMEM;
    ranges_add(&r, 0, d->default_value, NULL);
    for (size_t i = 0; i < d->count; i++) {
        const struct decision *at = &d->items[i];
        bool last = i + 1 == d->count;
        uint32_t next = at->number + 1;
        ranges_add(&r, at->number, at->value, at->rule_count > 0 ? at : NULL);
        /* x32's numbers begin anew at bit 30 */
        bool ends = last || (d->items[i + 1].number ^ at->number) >> 30 != 0;
        if (ends)
            ranges_add(&r, next, value_beyond(d), NULL);
        else if (d->items[i + 1].number != next)
            ranges_add(&r, next, d->default_value, NULL);
        if (ends && !last)
            ranges_add(&r, d->items[i + 1].number & ~UINT32_C(0x3fffffff), d->default_value, NULL);
    }
    *ret_ranges = r;
    return 0;
}

static size_t put_rule(struct code *code, const struct decision_rule *dr, size_t no)
{
    const struct seccomp_rule *rule = dr->rule;
    size_t label = code_return(code, decision_value(rule->action, rule->data));
    for (size_t i = rule->argument_count; i > 0 && !dr->multiplexed; i--)
        label = code_compare(code, &rule->arguments[i - 1], label, no);
    if (dr->multiplexed) {
        const struct seccomp_argument selector = {
            .compare = SECCOMP_MASKED_EQ, .value = dr->selector_mask, .value_two = dr->selector};
        label = code_compare(code, &selector, label, no);
    }
    return label;
}

static size_t put_leaf(struct code *code, const struct range *r)
{
    size_t label = code_return(code, r->value);
    if (r->with_rules)
        for (size_t i = r->with_rules->rule_count; i > 0; i--)
            label = put_rule(code, &r->with_rules->rules[i - 1], label);
    return label;
}

/* Where to split: each side with half of the numbers. The kernel runs every number through the filter once
 * when it is loaded (seccomp_cache_prepare), so what counts is the mean depth over numbers. */
static size_t middle_of(const struct range *items, size_t count)
{
    uint32_t first = items[0].first, last = items[count - 1].first;
    size_t middle = 1;
    while (middle + 1 < count && items[middle].first - first < last - items[middle].first)
        middle++;
    return middle;
}

static size_t put_tree(struct code *code, const struct range *items, size_t count)
{
    if (count == 1)
        return put_leaf(code, items);
    size_t middle = middle_of(items, count);
    size_t right = put_tree(code, items + middle, count - middle);
    size_t left = put_tree(code, items, middle);
    return code_branch(code, BPF_JGE, items[middle].first, right, left);
}

struct compilation {
    const struct seccomp_profile *profile;
    const struct machine *machine;
    const struct seccomp_place *where;
    struct report *report;
    struct code code;
};

static bool profile_names_set(const struct compilation *c, const struct machine_set *set)
{
    const struct seccomp_profile *p = c->profile;
    if (set == &c->machine->sets[0]) /* its own, always */
        return true;
    for (size_t i = 0; i < p->architecture_count; i++) {
        const struct seccomp_architecture *a = &p->architectures[i];
        if (!p->architectures_mapped && streq(a->name, set->name))
            return true;
        if (p->architectures_mapped && streq(a->name, c->machine->sets[0].name) &&
            strings_contain(&a->compatible, set->name))
            return true;
    }
    return false;
}

static int decide_set(struct compilation *c, const struct machine_set *set, struct decisions *d)
{
    for (size_t i = 0; i < c->profile->rule_count; i++) {
        const struct seccomp_rule *rule = &c->profile->rules[i];
        if (!seccomp_rule_counts(rule, c->where))
            continue;
        int error = decisions_add(d, set, rule);
        if (error != 0)
            return error;
    }
    return 0;
}

/* The tree of one AUDIT_ARCH; *ret_label is where it begins. */
static int compile_architecture(struct compilation *c, uint32_t audit, size_t *ret_label)
{
    autodecisions struct decisions d = {
        .default_value = decision_value(c->profile->default_action, c->profile->default_data)};
    for (size_t s = 0; s < MACHINE_SETS_MAX && c->machine->sets[s].name; s++) {
        const struct machine_set *set = &c->machine->sets[s];
        int error = set->audit == audit && profile_names_set(c, set) ? decide_set(c, set, &d) : 0;
        if (error != 0)
            return error;
    }
    int error = decisions_sort(&d);
    struct ranges ranges = {0};
    if (error == 0)
        error = ranges_make(&d, &ranges);
    if (error != 0)
        return error;
    size_t tree = put_tree(&c->code, ranges.items, ranges.count);
    free(ranges.items);
    *ret_label = code_load(&c->code, offsetof(struct seccomp_data, nr), tree);
    return c->code.error;
}

static int compile_architectures(struct compilation *c)
{
    size_t otherwise = code_return(&c->code, SECCOMP_RET_KILL_PROCESS);
    size_t labels[MACHINE_SETS_MAX];
    size_t count = 0;
    const struct machine_set *first[MACHINE_SETS_MAX];
    for (size_t s = 0; s < MACHINE_SETS_MAX && c->machine->sets[s].name; s++) {
        bool seen = s > 0 && c->machine->sets[s].audit == c->machine->sets[0].audit;
        if (!seen && profile_names_set(c, &c->machine->sets[s]))
            first[count++] = &c->machine->sets[s];
    }
    for (size_t i = count; i > 0;
         i--) { /* its own one is written last, so it stands nearest to the beginning */
        int error = compile_architecture(c, first[i - 1]->audit, &labels[i - 1]);
        if (error != 0)
            return error;
    }
    size_t label = otherwise;
    for (size_t i = count; i > 0; i--)
        label = code_branch(&c->code, BPF_JEQ, first[i - 1]->audit, labels[i - 1], label);
    (void)code_load(&c->code, offsetof(struct seccomp_data, arch), label);
    return c->code.error;
}

/* Left out, a name that nobody knows would allow what its rule refuses. */
static int check_names(const struct compilation *c)
{
    uint32_t otherwise = decision_value(c->profile->default_action, c->profile->default_data);
    int error = 0;
    for (size_t i = 0; i < c->profile->rule_count; i++) {
        const struct seccomp_rule *rule = &c->profile->rules[i];
        int32_t value = (int32_t)(decision_value(rule->action, rule->data) & SECCOMP_RET_ACTION_FULL);
        if (value >= (int32_t)(otherwise & SECCOMP_RET_ACTION_FULL))
            continue;
        char place[64];
        (void)snprintf(place, sizeof(place), "syscalls[%zu].names", i); /* always fits */
        for (size_t n = 0; n < rule->names.count; n++)
            if (!call_is_known(rule->names.items[n]))
                error = report_add(c->report, place, "seccomp/unknown-call",
                                   "\"%s\" is to be refused, but no system call of this name is known",
                                   rule->names.items[n]);
    }
    return error;
}

static uint32_t flag_bits(const struct seccomp_profile *p, bool notifies)
{
    static const struct {
        const char *name;
        uint32_t bit;
    } flags[] = {
        {"SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC},
        {"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
        {"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
        {"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", WAIT_KILLABLE_RECV},
    };
    uint32_t bits = 0;
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
        if (strings_contain(&p->flags, flags[i].name))
            bits |= flags[i].bit;
    if (notifies)
        bits |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
    else /* nobody who could receive: the kernel refuses the flag alone */
        bits &= ~WAIT_KILLABLE_RECV;
    /* Both have a number to return: seccomp(2). */
    return notifies && (bits & SECCOMP_FILTER_FLAG_TSYNC) ? bits | SECCOMP_FILTER_FLAG_TSYNC_ESRCH : bits;
}

static bool profile_notifies(const struct compilation *c)
{
    for (size_t i = 0; i < c->profile->rule_count; i++)
        if (c->profile->rules[i].action == SECCOMP_NOTIFY &&
            seccomp_rule_counts(&c->profile->rules[i], c->where))
            return true;
    return false;
}

int seccomp_compile(const struct seccomp_profile *profile, const struct machine *machine,
                    const struct seccomp_place *where, struct report *report, struct compiled *ret_compiled)
{
    autofree struct compilation *c = calloc(1, sizeof(*c)); /* 32 KiB of instructions */
    if (!c)
        return -ENOMEM;
    *c = (struct compilation){.profile = profile, .machine = machine, .where = where, .report = report};
    int error = check_names(c);
    if (error == 0)
        error = compile_architectures(c);
    if (error == -E2BIG)
        (void)report_add(report, "syscalls", "seccomp/too-long",
                         "more than the %d instructions that the kernel takes", BPF_MAXINSNS);
    if (error != 0)
        return error;
    struct compiled done = {.count = (uint32_t)c->code.count, .notifies = profile_notifies(c)};
    done.flags = flag_bits(profile, done.notifies);
    done.filter = calloc(done.count, sizeof(*done.filter));
    if (!done.filter)
        return -ENOMEM;
    code_write(&c->code, done.filter);
    *ret_compiled = done;
    return 0;
}
