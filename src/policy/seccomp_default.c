/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/seccomp_default.h"

#include "formats/capability.h"
#include "policy/seccomp_default_rows.h"

#include <errno.h>
#include <string.h>

uint64_t seccomp_default_capabilities(void)
{
    uint64_t all = 0;
    for (size_t i = 0; i < seccomp_default_row_count; i++)
        all |= seccomp_default_rows[i].with;
    return all;
}

static bool row_counts(const struct seccomp_default_row *row, const struct seccomp_facts *facts)
{
    bool has = (row->with & facts->capabilities) != 0 || (row->userns && facts->allow_userns);
    switch (row->when) {
    case SECCOMP_ROW_ALWAYS:
        return true;
    case SECCOMP_ROW_WITH:
        return has;
    case SECCOMP_ROW_WITHOUT:
        return !has;
    }
    return false;
}

static int add_names(struct strings *names, const char *words)
{
    while (*words) {
        size_t n = strcspn(words, " ");
        int error = n > 0 ? strings_addf(names, "%.*s", (int)n, words) : 0;
        if (error != 0)
            return error;
        words += n + (words[n] == ' ');
    }
    return 0;
}

static int add_row(struct seccomp_profile *p, const struct seccomp_default_row *row)
{
    struct seccomp_rule *rule = seccomp_profile_add_rule(p);
    if (!rule)
        return -ENOMEM;
    rule->action = row->error == 0 ? SECCOMP_ALLOW : SECCOMP_ERRNO;
    rule->data = row->error == 0 ? EPERM : (uint16_t)row->error;
    if (row->mask != 0) {
        rule->argument_count = 1;
        rule->arguments[0] = (struct seccomp_argument){
            .index = row->index, .compare = SECCOMP_MASKED_EQ, .value = row->mask, .value_two = row->equals};
    }
    return add_names(&rule->names, row->names);
}

static int add_architecture(struct seccomp_profile *p, const char *native, const char *compatible)
{
    struct seccomp_architecture *all =
        reallocarray(p->architectures, p->architecture_count + 1, sizeof(*all));
    if (!all)
        return -ENOMEM;
    p->architectures = all;
    struct seccomp_architecture *a = &all[p->architecture_count++];
    *a = (struct seccomp_architecture){.name = strdup(native)};
    if (!a->name)
        return -ENOMEM;
    return compatible ? strings_add(&a->compatible, compatible) : 0;
}

/* x32 is left out: a second numbering of every call that hardly any kernel has switched on; its numbers are
 * ENOSYS. */
static int add_architectures(struct seccomp_profile *p)
{
    p->architectures_mapped = true;
    int error = add_architecture(p, "SCMP_ARCH_X86_64", "SCMP_ARCH_X86");
    if (error == 0)
        error = add_architecture(p, "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM");
    if (error == 0)
        error = add_architecture(p, "SCMP_ARCH_RISCV64", NULL);
    return error;
}

int seccomp_default_make(const struct seccomp_facts *facts, struct seccomp_profile *ret_profile)
{
    autoseccomp struct seccomp_profile p = {.default_action = SECCOMP_ERRNO, .default_data = EPERM};
    int error = add_architectures(&p);
    for (size_t i = 0; i < seccomp_default_row_count && error == 0; i++)
        if (row_counts(&seccomp_default_rows[i], facts))
            error = add_row(&p, &seccomp_default_rows[i]);
    if (error != 0)
        return error;
    *ret_profile = p;
    p = (struct seccomp_profile){0};
    return 0;
}
