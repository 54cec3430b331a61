/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp/table.h"

#include "base/text.h"
#include "formats/capability.h"
#include "kernel/file.h"
#include "policy/seccomp_default.h"
#include "seccomp/compile.h"

#include <linux/capability.h>

static int compile_builtin(const struct machine *machine, uint64_t capabilities, struct report *report,
                           struct compiled *ret_compiled)
{
    const struct seccomp_facts facts = {.capabilities = capabilities};
    const struct seccomp_place place = {.architecture = machine->go_name, .capabilities = capabilities};
    autoseccomp struct seccomp_profile profile = {0};
    int error = seccomp_default_make(&facts, &profile);
    if (error != 0)
        return error;
    return seccomp_compile(&profile, machine, &place, report, ret_compiled);
}

static void write_one(struct text *t, size_t index, const struct compiled *c)
{
    text_printf(t, "static const struct sock_filter filter_%zu[] = {\n", index);
    for (uint32_t i = 0; i < c->count; i++)
        text_printf(t, "    {0x%02x, %u, %u, 0x%08x},\n", c->filter[i].code, c->filter[i].jt, c->filter[i].jf,
                    c->filter[i].k);
    text_append(t, "};\n");
}

int table_write(const struct machine *machine, struct report *report)
{
    /* None at all (an ordinary user) and the default of uid 0 inside, as far as the profile can tell them
     * apart. */
    const uint64_t sets[] = {0, capability_default_root & seccomp_default_capabilities()};
    autotext struct text t = {0}, rows = {0};
    text_append(&t, "/* SPDX-License-Identifier: Apache-2.0 */\n#include \"engine/seccomp_builtin.h\"\n\n");
    for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
        struct compiled c = {0};
        int error = compile_builtin(machine, sets[i], report, &c);
        if (error != 0)
            return error;
        write_one(&t, i, &c);
        text_printf(&rows, "    {UINT64_C(0x%llx), filter_%zu, %u, %u},\n", (unsigned long long)sets[i], i,
                    c.count, c.flags);
        free(c.filter);
    }
    text_printf(&t,
                "const struct seccomp_builtin seccomp_builtins[] = {\n%s};\nconst size_t "
                "seccomp_builtin_count = %zu;\n",
                text_peek(&rows), ARRAY_SIZE(sets));
    int error = text_error(&rows);
    if (error == 0)
        error = text_error(&t);
    return error == 0 ? fd_write_all(STDOUT_FILENO, t.data, t.length) : error;
}
