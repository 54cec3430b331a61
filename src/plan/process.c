/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/settle.h"

#include "formats/file_mode.h"
#include "formats/rlimit_spec.h"

#include <errno.h>
#include <string.h>

/* docker's rule: --entrypoint replaces ENTRYPOINT and silences the image's CMD; words replace CMD. */
static int process_set_argv(const struct settle_input *in, struct process_plan *p, struct failure *failure)
{
    const struct container_request *request = in->request;
    int r = 0;
    if (in->init_program) {
        r = strings_add(&p->argv, SETTLE_INIT_PATH);
        if (r == 0)
            r = strings_add(&p->argv, "--");
    }
    size_t before = p->argv.count;
    if (r == 0)
        r = strings_copy(&p->argv, request->entrypoint_set ? &request->entrypoint : &in->image->entrypoint);
    if (r == 0 && request->command.count > 0)
        r = strings_copy(&p->argv, &request->command);
    else if (r == 0 && !request->entrypoint_set)
        r = strings_copy(&p->argv, &in->image->command);
    if (r < 0)
        return fail(failure, r, "the command");
    if (p->argv.count == before)
        return refuse(failure, -EINVAL,
                      "no command specified: neither the image nor the command line names a program");
    return 0;
}

static int environment_default(struct strings *environment, const char *name, const char *value)
{
    if (!value || strings_get_variable(environment, name))
        return 0;
    return strings_addf(environment, "%s=%s", name, value);
}

static int process_set_environment(const struct settle_input *in, const struct start_plan *plan,
                                   struct process_plan *p, struct failure *failure)
{
    static const char path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    struct strings *environment = &p->environment;
    int r = strings_copy(environment, &in->image->environment);
    for (size_t i = 0; r == 0 && i < in->request->environment.count; i++)
        r = strings_set_variable(environment, in->request->environment.items[i]);
    const struct {
        const char *name, *value;
    } defaults[] = {
        {"PATH", path},           {"HOSTNAME", plan->hostname}, {"TERM", in->request->tty ? "xterm" : NULL},
        {"HOME", in->user->home}, {"USER", in->user->name},     {"LOGNAME", in->user->name},
    };
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(defaults); i++)
        r = environment_default(environment, defaults[i].name, defaults[i].value);
    return r < 0 ? fail(failure, r, "the environment") : 0;
}

static int process_set_user(const struct settle_input *in, struct process_plan *p, struct failure *failure)
{
    const struct identity *user = in->user;
    p->uid = user->uid;
    p->gid = user->gid;
    p->groups = calloc(user->group_count + 1, sizeof(*p->groups));
    if (!p->groups)
        return fail(failure, -ENOMEM, "the groups");
    /* setgroups(2) takes the group itself too: a user's files may be given to it by group alone. */
    p->groups[0] = user->gid;
    p->group_count = 1;
    for (size_t i = 0; i < user->group_count; i++)
        if (user->groups[i] != user->gid)
            p->groups[p->group_count++] = user->groups[i];
    return 0;
}

static int process_set_capabilities(const struct settle_input *in, struct process_plan *p,
                                    struct failure *failure)
{
    struct capability_request request = {
        .add = &in->request->cap_add,
        .drop = &in->request->cap_drop,
        .root = in->user->uid == 0,
        .privileged = in->request->privileged,
        .available = in->available_capabilities,
    };
    uint64_t set;
    int r = capability_resolve(&request, &set, failure);
    if (r < 0)
        return r;
    p->no_new_privs = security_no_new_privileges(in->security, in->request->privileged);
    p->bounding = p->permitted = set;
    p->ambient = in->user->uid == 0 ? 0 : set;
    /* Someone who turned no_new_privs off wants sudo to work where a uid 0 exists. */
    if (in->root_mode == ROOT_MODE_MAPPED && in->user->uid != 0 && !p->no_new_privs) {
        request.root = true;
        r = capability_resolve(&request, &p->bounding, failure);
    }
    return r;
}

static int process_set_limits(const struct settle_input *in, struct process_plan *p, struct failure *failure)
{
    const struct strings *ulimits = &in->request->ulimits;
    p->rlimits = calloc(ulimits->count + 1, sizeof(*p->rlimits));
    if (!p->rlimits)
        return fail(failure, -ENOMEM, "the resource limits");
    for (size_t i = 0; i < ulimits->count; i++) {
        struct rlimit_spec limit;
        int r = rlimit_spec_parse(ulimits->items[i], &limit, failure);
        if (r < 0)
            return r;
        p->rlimits[p->rlimit_count++] = (struct rlimit_plan){limit.resource, limit.soft, limit.hard};
    }
    p->oom_score_adj = in->request->oom_score_adj;
    p->has_oom_score_adj = in->request->oom_score_adj != 0;
    if (!in->request->umask)
        return 0;
    int r = file_mode_parse(in->request->umask, 0777, &p->umask);
    if (r < 0)
        return refuse(failure, r, "--umask=%s: an octal number up to 0777", in->request->umask);
    p->has_umask = true;
    return 0;
}

int settle_process(const struct settle_input *in, struct start_plan *plan, struct failure *failure)
{
    struct process_plan *p = &plan->process;
    const char *workdir = in->request->workdir ? in->request->workdir : in->image->workdir;
    int r = process_set_argv(in, p, failure);
    if (r == 0)
        r = process_set_environment(in, plan, p, failure);
    if (r == 0)
        r = process_set_user(in, p, failure);
    if (r == 0)
        r = process_set_capabilities(in, p, failure);
    if (r == 0)
        r = process_set_limits(in, p, failure);
    if (r < 0)
        return r;
    if (workdir && workdir[0] != '\0' && workdir[0] != '/')
        return refuse(failure, -EINVAL, "the working directory %s is not an absolute path", workdir);
    p->workdir = strdup(workdir && workdir[0] != '\0' ? workdir : "/");
    p->create_workdir = p->workdir && !streq(p->workdir, "/");
    p->tty = in->request->tty;
    if (!p->workdir)
        return fail(failure, -ENOMEM, "the process");
    return 0;
}
