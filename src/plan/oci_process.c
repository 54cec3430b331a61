/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/oci.h"

#include <errno.h>
#include <string.h>

static int copy_words(const struct oci_process *from, struct process_plan *to)
{
    int r = strings_copy(&to->argv, &from->args);
    if (r == 0)
        r = strings_copy(&to->environment, &from->environment);
    if (r == 0 && !(to->workdir = strdup(from->cwd)))
        r = -ENOMEM;
    return r;
}

static int copy_lists(const struct oci_process *from, struct process_plan *to)
{
    if (from->user.group_count > 0) {
        to->groups = calloc(from->user.group_count, sizeof(*to->groups));
        if (!to->groups)
            return -ENOMEM;
        memcpy(to->groups, from->user.groups, from->user.group_count * sizeof(*to->groups));
        to->group_count = from->user.group_count;
    }
    if (from->rlimit_count == 0)
        return 0;
    to->rlimits = calloc(from->rlimit_count, sizeof(*to->rlimits));
    if (!to->rlimits)
        return -ENOMEM;
    for (size_t i = 0; i < from->rlimit_count; i++)
        to->rlimits[i] = (struct rlimit_plan){.resource = from->rlimits[i].resource,
                                              .soft = from->rlimits[i].soft,
                                              .hard = from->rlimits[i].hard};
    to->rlimit_count = from->rlimit_count;
    return 0;
}

/* What is not bounding or not available cannot be in another set: execve(2) would fail with EPERM, or the set
 * with EINVAL. Ambient needs permitted and inheritable (CVE-2022-29162: nothing is inheritable unasked). */
static void set_capabilities(const struct oci_capabilities *from, uint64_t available, struct process_plan *to)
{
    to->sets_given = true;
    to->bounding = from->bounding & available;
    to->permitted = from->permitted & available & to->bounding;
    to->effective = from->effective & to->permitted;
    to->inheritable = from->inheritable & to->bounding;
    to->ambient = from->ambient & to->permitted & to->inheritable;
}

int oci_plan_process(const struct oci_process *process, const struct oci_plan_input *input,
                     struct process_plan *ret_process, struct failure *failure)
{
    struct process_plan plan = {0};
    int r = oci_policy_allow_exec(input->decision->without_root, process->user.uid, failure);
    if (r < 0)
        return r;
    r = copy_words(process, &plan);
    if (r == 0)
        r = copy_lists(process, &plan);
    if (r < 0) {
        process_plan_free(&plan);
        return fail(failure, r, "planning the process");
    }
    plan.create_workdir = true; /* as runc does */
    plan.uid = process->user.uid;
    plan.gid = process->user.gid;
    set_capabilities(&process->capabilities, input->available_capabilities, &plan);
    plan.no_new_privs = process->no_new_privileges;
    plan.tty = process->terminal;
    plan.console_height = process->console_height;
    plan.console_width = process->console_width;
    plan.has_umask = process->user.umask.given;
    plan.umask = process->user.umask.value;
    plan.has_oom_score_adj = process->oom_score_adj.given;
    plan.oom_score_adj = (int)process->oom_score_adj.value;
    *ret_process = plan;
    return 0;
}
