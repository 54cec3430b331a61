/* SPDX-License-Identifier: Apache-2.0 */
/* Input: SPEC \n passwd \0 group. Property: whatever the three say, a spec that is taken without allow_root
 * never gives uid 0, gid 0 or a supplementary group 0, gives no id above 2147483647, and digits give that
 * very number. */
#include "init/identity.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static void check(const char *spec, const struct accounts *accounts)
{
    static struct identity identity;
    struct failure f = {0};
    uint64_t number;
    int r = identity_resolve(spec, accounts, false, &identity, &f);
    if (r < 0) {
        demand(f.exit_code == EXIT_WOULD_BE_ROOT || f.exit_code == EXIT_BAD_USAGE);
        demand(f.text[0] != '\0');
        return;
    }
    demand(identity.uid != 0 && identity.uid <= ID_MAX && identity.gid != 0 && identity.gid <= ID_MAX);
    demand(identity.group_count <= IDENTITY_GROUPS_MAX);
    for (size_t i = 0; i < identity.group_count; i++)
        demand(identity.groups[i] != 0 && identity.groups[i] <= ID_MAX);
    struct span rest = span_of(spec), user = span_cut(&rest, ':'), group = span_cut(&rest, ':');
    if (span_is_digits(user))
        demand(span_number(user, ID_MAX, &number) == 0 && number == identity.uid);
    if (span_is_digits(group))
        demand(span_number(group, ID_MAX, &number) == 0 && number == identity.gid);
    demand(user.length > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char spec[128];
    struct span rest = {(const char *)data, size}, head = span_cut(&rest, '\n');
    if (size == 0 || span_contains(head, '\0') || !span_copy(head, spec, sizeof(spec)))
        return 0;
    struct accounts accounts = {.passwd = span_cut(&rest, '\0'), .group = rest};
    check(spec, &accounts);
    return 0;
}
