/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/confine.h"

#include "formats/capability.h"
#include "kernel/credentials.h"

#include <linux/capability.h>
#include <unistd.h>

#define UNPRIVILEGED_ID 65534

int audit_confine(const struct confine_needs *needs, struct failure *failure)
{
    uint64_t keep = CAPABILITY_BIT(CAP_DAC_READ_SEARCH);
    struct capability_sets sets = {0};
    int r = credentials_no_new_privs();
    if (r < 0)
        return fail(failure, r, "setting no_new_privs");
    if (geteuid() != 0)
        return 0;
    if (needs->live)
        keep |= CAPABILITY_BIT(CAP_SYS_PTRACE);
    if (needs->write)
        keep |= CAPABILITY_BIT(CAP_DAC_OVERRIDE) | CAPABILITY_BIT(CAP_CHOWN) | CAPABILITY_BIT(CAP_FOWNER);
    r = credentials_get_capabilities(&sets);
    if (r < 0)
        return fail(failure, r, "reading the capabilities");
    keep &= sets.permitted; /* root of a user namespace may lack some */
    r = credentials_keep_capabilities();
    r = r < 0 ? r : credentials_limit_bounding(keep);
    r = r < 0 ? r : credentials_set_groups(NULL, 0);
    r = r < 0 ? r : credentials_set_group(UNPRIVILEGED_ID);
    r = r < 0 ? r : credentials_set_user(UNPRIVILEGED_ID);
    if (r < 0)
        return fail(failure, r, "becoming uid %d", UNPRIVILEGED_ID);
    struct capability_sets kept = {.effective = keep, .permitted = keep};
    r = credentials_set_capabilities(&kept);
    return r < 0 ? fail(failure, r, "dropping capabilities") : 0;
}
