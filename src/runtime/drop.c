/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/drop.h"

#include "formats/capability.h"
#include "kernel/credentials.h"
#include "kernel/seccomp.h"
#include "runtime/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#define PATH_DEFAULT "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct drop {
    const struct process_plan *process;
    struct failure *failure;
};

static int drop_umask(void *role)
{
    const struct drop *d = role;
    (void)umask(d->process->has_umask ? (mode_t)d->process->umask : 022);
    return 0;
}

static int drop_keep_capabilities(void *role)
{
    struct drop *d = role;
    int r = credentials_keep_capabilities();
    return r < 0 ? fail(d->failure, r, "keeping capabilities over the change of ids") : 0;
}

static int drop_bounding(void *role)
{
    struct drop *d = role;
    int r = credentials_limit_bounding(d->process->bounding);
    return r < 0 ? fail(d->failure, r, "limiting the bounding set") : 0;
}

static int drop_groups(void *role)
{
    struct drop *d = role;
    int r = credentials_set_groups(d->process->groups, d->process->group_count);
    return r < 0 ? fail(d->failure, r, "setting %zu supplementary groups", d->process->group_count) : 0;
}

static int drop_gid(void *role)
{
    struct drop *d = role;
    int r = credentials_set_group(d->process->gid);
    return r < 0 ? fail(d->failure, r, "becoming gid %u", d->process->gid) : 0;
}

static int drop_uid(void *role)
{
    struct drop *d = role;
    int r = credentials_set_user(d->process->uid);
    if (r < 0)
        return fail(d->failure, r, "becoming uid %u", d->process->uid);
    /* Here and not before: a change of ids clears it. prctl(2) */
    if (d->process->dies_with_parent && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return fail(d->failure, -errno, "tying the process to its parent");
    return 0;
}

static int drop_seccomp(struct drop *d)
{
    if (!d->process->filter)
        return 0;
    int r = seccomp_install(d->process->filter, (uint16_t)d->process->filter_count, d->process->filter_flags);
    return r < 0 ? fail(d->failure, r, "installing the seccomp filter") : 0;
}

/* Without no_new_privs a filter needs CAP_SYS_ADMIN, so it comes before the capabilities go. seccomp(2) */
static int drop_seccomp_early(void *role)
{
    struct drop *d = role;
    return d->process->no_new_privs || d->process->listens ? 0 : drop_seccomp(d);
}

uint64_t privileges_kept(const struct process_plan *process)
{
    return process->listens && !process->no_new_privs ? CAPABILITY_BIT(CAP_SYS_ADMIN) : 0;
}

static int drop_capabilities(void *role)
{
    struct drop *d = role;
    int r = credentials_default_securebits();
    if (r < 0)
        return fail(d->failure, r, "resetting the securebits");
    uint64_t kept = privileges_kept(d->process);
    /* Inheritable is empty but for what is ambient: CVE-2022-24769. */
    struct capability_sets sets = {
        .effective = kept | (d->process->sets_given ? d->process->effective : d->process->permitted),
        .permitted = kept | d->process->permitted,
        .inheritable = d->process->sets_given ? d->process->inheritable : d->process->ambient,
    };
    r = credentials_set_capabilities(&sets);
    if (r == 0)
        r = credentials_set_ambient(d->process->ambient);
    return r < 0 ? fail(d->failure, r, "setting the capability sets") : 0;
}

static int drop_no_new_privs(void *role)
{
    struct drop *d = role;
    if (!d->process->no_new_privs)
        return 0;
    int r = credentials_no_new_privs();
    return r < 0 ? fail(d->failure, r, "setting no_new_privs") : 0;
}

static int drop_seccomp_late(void *role)
{
    struct drop *d = role;
    return d->process->no_new_privs || d->process->listens ? drop_seccomp(d) : 0;
}

int privileges_drop(const struct process_plan *process, struct failure *failure)
{
    static const struct step steps[] = {
        {"set-umask", drop_umask},
        {"limit-bounding-set", drop_bounding},
        {"keep-capabilities", drop_keep_capabilities},
        {"set-groups", drop_groups},
        {"set-gid", drop_gid},
        {"set-uid", drop_uid},
        {"install-filter-early", drop_seccomp_early},
        {"set-capabilities", drop_capabilities},
        {"no-new-privileges", drop_no_new_privs},
    };
    static const struct step_table table = {"drop", steps, ARRAY_SIZE(steps)};
    struct drop drop = {.process = process, .failure = failure};
    return steps_run(&table, &drop, failure);
}

int privileges_filter(const struct process_plan *process, struct failure *failure)
{
    static const struct step steps[] = {
        {"install-filter", drop_seccomp_late},
    };
    static const struct step_table table = {"drop", steps, ARRAY_SIZE(steps)};
    struct drop drop = {.process = process, .failure = failure};
    return steps_run(&table, &drop, failure);
}

/* One candidate: only returns when it could not be executed. */
static int program_try(const char *path, const struct process_plan *process)
{
    struct stat status;
    (void)execve(path, process->argv.items, process->environment.items);
    int error = -errno;
    /* A folder is EACCES to execve(2); engines and people look for these words. */
    if (error == -EACCES && stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        error = -EISDIR;
    return error;
}

static int program_explain(const char *path, int error, struct failure *failure)
{
    if (error == -EPERM)
        return refuse(
            failure, error,
            "exec: \"%s\": operation not permitted: it has file capabilities outside the bounding set; "
            "grant them with --cap-add, or remove them from the file (setcap -r)",
            path);
    if (error == -ENOENT && access(path, F_OK) == 0)
        return refuse(failure, error,
                      "exec: \"%s\": its interpreter or dynamic loader is missing: no such file or directory",
                      path);
    return fail(failure, error, "exec: \"%s\"", path);
}

int program_execute(const struct process_plan *process, struct failure *failure)
{
    const char *name = process->argv.items[0];
    if (name[0] == '\0')
        return refuse(failure, -ENOENT, "exec: \"\": executable file not found in $PATH");
    if (strchr(name, '/'))
        return program_explain(name, program_try(name, process), failure);
    const char *search = strings_get_variable(&process->environment, "PATH");
    if (!search || search[0] == '\0')
        search = PATH_DEFAULT;
    int error = -ENOENT;
    while (search) {
        char path[PATH_MAX];
        size_t length = strcspn(search, ":");
        int n = snprintf(path, sizeof(path), "%.*s/%s", (int)length, length ? search : ".", name);
        if (n > 0 && n < (int)sizeof(path)) {
            int r = program_try(path, process);
            if (r != -ENOENT && r != -ENOTDIR && r != -EACCES && r != -EISDIR)
                return program_explain(path, r, failure);
            if ((r == -EACCES || (r == -ENOENT && access(path, F_OK) == 0)))
                error = program_explain(path, r, failure);
        }
        search = search[length] == ':' ? search + length + 1 : NULL;
    }
    if (error == -ENOENT && failure->error == 0)
        return refuse(failure, -ENOENT, "exec: \"%s\": executable file not found in $PATH", name);
    return error;
}

_Noreturn void program_execute_mute(const struct process_plan *process)
{
    const char *name = process->argv.items[0], *search = strings_get_variable(&process->environment, "PATH");
    if (strchr(name, '/'))
        search = NULL;
    else if (!search || search[0] == '\0')
        search = PATH_DEFAULT;
    if (!search)
        (void)execve(name, process->argv.items, process->environment.items);
    while (search) {
        char path[PATH_MAX];
        size_t length = strcspn(search, ":");
        int n = snprintf(path, sizeof(path), "%.*s/%s", (int)length, length ? search : ".", name);
        if (n > 0 && n < (int)sizeof(path))
            (void)execve(path, process->argv.items, process->environment.items);
        search = search[length] == ':' ? search + length + 1 : NULL;
    }
    __builtin_trap();
}
