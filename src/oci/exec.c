/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/exec.h"

#include "base/number.h"
#include "formats/capability.h"
#include "kernel/file.h"
#include "oci/bundle.h"

#include <fcntl.h>
#include <string.h>

#define PROCESS_MAX_BYTES (8u << 20)

#define ROW(member) OPTION(struct exec_options, member)
const struct option exec_rows[] = {
    {"additional-gids", 'g', OPTION_STRINGS, ROW(groups), "GID", "A supplementary group more"},
    {"apparmor", 0, OPTION_STRING, ROW(apparmor), "PROFILE", "AppArmor profile"},
    {"cap", 'c', OPTION_STRINGS, ROW(capabilities), "CAP_NAME", "A capability more"},
    {"cgroup", 0, OPTION_STRINGS, ROW(cgroups), "[CONTROLLER:]PATH", "In a group below the container's own"},
    {"console-socket", 0, OPTION_STRING, ROW(console_socket), "SOCKET", "Takes the terminal's master side"},
    {"cwd", 0, OPTION_STRING, ROW(cwd), "DIR", "Working directory"},
    {"detach", 'd', OPTION_BOOL, ROW(detach), NULL, "Return when it runs"},
    {"env", 'e', OPTION_STRINGS, ROW(environment), "NAME=VALUE", "A variable more"},
    {"ignore-paused", 0, OPTION_BOOL, ROW(ignore_paused), NULL, "Also in a paused container"},
    {"no-new-privs", 0, OPTION_BOOL, ROW(no_new_privs), NULL, "Set no_new_privs"},
    {"no-subreaper", 0, OPTION_BOOL, ROW(no_subreaper), NULL, NULL},
    {"pid-file", 0, OPTION_STRING, ROW(pid_file), "FILE", "Takes the pid of the process"},
    {"pidfd-socket", 0, OPTION_STRING, ROW(pidfd_socket), "SOCKET", "Takes a descriptor of it"},
    {"preserve-fds", 0, OPTION_U32, ROW(preserve_fds), "N", "Pass descriptors 3 to 2+N on"},
    {"process", 'p', OPTION_STRING, ROW(process), "FILE", "The process as in config.json"},
    {"process-label", 0, OPTION_STRING, ROW(label), "LABEL", "SELinux label"},
    {"tty", 't', OPTION_BOOL, ROW(tty), NULL, "On a terminal of its own"},
    {"user", 'u', OPTION_STRING, ROW(user), "UID[:GID]", "Numbers inside"},
    {NULL},
};

static int read_document(const char *path, struct oci_process *ret_process, struct failure *failure)
{
    autofree char *text = NULL;
    size_t size = 0;
    autoreport struct report errors = {0};
    const struct oci_reports reports = {&errors, NULL};
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    int r = fd < 0 ? -errno : fd_read_whole(fd, PROCESS_MAX_BYTES, &text, &size);
    if (r < 0)
        return fail(failure, r, "reading %s", path);
    r = oci_process_parse("process", text, size, &reports, ret_process);
    if (r == -EINVAL)
        return report_to_failure(&errors, "the process cannot be read", failure);
    return r < 0 ? fail(failure, r, "reading %s", path) : 0;
}

static int set_text(char **text, const char *value)
{
    if (!value)
        return 0;
    free(*text);
    *text = strdup(value);
    return *text ? 0 : -ENOMEM;
}

/* One strict reader for every number of an id: CVE-2024-40635, CVE-2026-30892. */
static int set_user(struct oci_user *user, const char *spec, struct failure *failure)
{
    char uid[16];
    if (!spec)
        return 0;
    size_t n = strcspn(spec, ":");
    int r = n < sizeof(uid) ? 0 : -ERANGE;
    if (r == 0) {
        memcpy(uid, spec, n);
        uid[n] = '\0';
        r = number_parse_id(uid, &user->uid);
    }
    user->gid = 0;
    if (r == 0 && spec[n] == ':')
        r = number_parse_id(spec + n + 1, &user->gid);
    free(user->groups);
    user->groups = NULL;
    user->group_count = 0;
    return r < 0 ? refuse(failure, -EINVAL, "--user \"%s\": a number, or two as 1000:1000", spec) : 0;
}

static int add_groups(struct oci_user *user, const struct strings *groups, struct failure *failure)
{
    for (size_t i = 0; i < groups->count; i++) {
        uint32_t *more = reallocarray(user->groups, user->group_count + 1, sizeof(*more));
        if (!more)
            return fail(failure, -ENOMEM, "the groups");
        user->groups = more;
        if (number_parse_id(groups->items[i], &user->groups[user->group_count]) < 0)
            return refuse(failure, -EINVAL, "--additional-gids \"%s\": a number", groups->items[i]);
        user->group_count++;
    }
    return 0;
}

/* Bounding, effective and permitted; inheritable stays as it is: CVE-2022-29162. */
static int add_capabilities(struct oci_capabilities *sets, const struct strings *names,
                            struct failure *failure)
{
    for (size_t i = 0; i < names->count; i++) {
        int number = capability_number(names->items[i]);
        if (number < 0)
            return refuse(failure, -EINVAL, "unknown capability \"%s\"", names->items[i]);
        sets->given = true;
        sets->bounding |= CAPABILITY_BIT(number);
        sets->effective |= CAPABILITY_BIT(number);
        sets->permitted |= CAPABILITY_BIT(number);
    }
    return 0;
}

static int set_words(const struct exec_options *o, const struct arguments *arguments, struct oci_process *p)
{
    strings_free(&p->args);
    int r = 0;
    for (int i = 1; r == 0 && i < arguments->count; i++)
        r = strings_add(&p->args, arguments->items[i]);
    for (size_t i = 0; r == 0 && i < o->environment.count; i++)
        r = strings_set_variable(&p->environment, o->environment.items[i]);
    if (r == 0)
        r = set_text(&p->cwd, o->cwd);
    if (r == 0)
        r = set_text(&p->apparmor_profile, o->apparmor);
    return r == 0 ? set_text(&p->selinux_label, o->label) : r;
}

static int change_own(const struct exec_options *o, const struct arguments *arguments, struct oci_process *p,
                      struct failure *failure)
{
    int r = set_words(o, arguments, p);
    if (r < 0)
        return fail(failure, r, "the process");
    p->terminal = o->tty;
    p->no_new_privileges |= o->no_new_privs;
    r = set_user(&p->user, o->user, failure);
    if (r == 0)
        r = add_groups(&p->user, &o->groups, failure);
    return r == 0 ? add_capabilities(&p->capabilities, &o->capabilities, failure) : r;
}

int exec_read_process(const struct exec_options *options, const struct arguments *arguments,
                      struct oci_process *own, struct oci_process *ret_process, struct failure *failure)
{
    struct oci_process process = {0};
    if (options->process) {
        if (arguments->count > 1)
            return refuse(failure, -EINVAL, "with --process no command is taken");
        int r = read_document(options->process, ret_process, failure);
        if (r == 0 && options->tty)
            ret_process->terminal = true;
        return r;
    }
    if (arguments->count < 2)
        return refuse(failure, -EINVAL, "process args cannot be empty");
    process = *own;
    *own = (struct oci_process){0};
    int r = change_own(options, arguments, &process, failure);
    if (r < 0) {
        oci_process_free(&process);
        return r;
    }
    *ret_process = process;
    return 0;
}
