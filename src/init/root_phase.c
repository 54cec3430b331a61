/* SPDX-License-Identifier: Apache-2.0 */
/* Runs in: process 1 of `unroot-init up`, before the drop. Power: root's, as far as the engine gave it.
 * Must not: execute a program, follow a link that an application can plant, or go on after a failure. */
#include "init/root_phase.h"

#include "init/files.h"
#include "init/sockets.h"
#include "init/walk_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#define CONFIG_MAX (256u << 10)
#define OVERFLOW_UID 65534u /* how a file of an id that does not exist in this user namespace looks */

/* Root's file. Where root does not exist in the user namespace, root's files look like nobody's; and who is
 * not privileged gains nothing by a file of their own. */
static bool owner_is_trusted(uid_t owner, const struct root_phase *p)
{
    return owner == 0 || (!p->privileged && (owner == p->power.uid || owner == OVERFLOW_UID));
}

static int read_config(const char *file, struct root_phase *p, struct failure *f)
{
    struct stat st;
    struct span text;
    autoclose int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &st) < 0)
        return fail_system(f, -errno, "reading %s", file);
    if (!S_ISREG(st.st_mode))
        return fail_usage(f, "%s is no regular file", file);
    if (!owner_is_trusted(st.st_uid, p) || (st.st_mode & (S_IWGRP | S_IWOTH)))
        return fail_usage(f,
                          "%s belongs to uid %u with mode %o: it must be root's and writable by nobody else "
                          "(COPY --chmod=644 --chown=0:0)",
                          file, st.st_uid, st.st_mode & 07777);
    int r = fd_read_all(fd, CONFIG_MAX, &text);
    if (r < 0)
        return fail_system(f, r, "reading %s", file);
    r = config_parse(file, text.data, text.length, &p->config, f);
    free((void *)text.data);
    return r;
}

static int add_engine_groups(struct root_phase *p, struct identity *identity, struct failure *f)
{
    uint32_t current[IDENTITY_GROUPS_MAX];
    int count = getgroups(IDENTITY_GROUPS_MAX, current);
    if (count < 0)
        return fail_system(f, -errno, "reading the groups");
    struct inherited_groups inherited = {current, (size_t)count, p->power.uid, p->power.gid};
    int r = identity_keep_engine_groups(identity, &inherited, &p->accounts, f);
    for (struct span rest = span_of(p->settings.groups ? p->settings.groups : "");
         r == 0 && rest.length > 0;) {
        uint32_t gid;
        r = group_resolve(span_cut(&rest, ','), &p->accounts, false, &gid, f);
        if (r == 0)
            r = identity_add_group(identity, gid, f);
    }
    return r;
}

/* Privileged: the user of each service, the file's `user` for those without one. */
static int settle_identities(struct root_phase *p, struct failure *f)
{
    const struct config *c = &p->config;
    struct settings plain = {0};
    p->has_owner = c->user || p->settings.has_uid;
    if (p->has_owner) {
        int r = settings_resolve(&p->settings, c->user, &p->accounts, &p->who->owner, f);
        if (r == 0)
            r = add_engine_groups(p, &p->who->owner, f);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < c->service_count; i++) {
        const char *user = c->services[i].user;
        if (!user && !p->has_owner)
            return fail_root(f, "%s would run as root: give it a user =, or the file one",
                             c->services[i].name);
        if (!user || (c->user && strcmp(user, c->user) == 0)) {
            p->who->services[i] = p->who->owner;
            continue;
        }
        int r = settings_resolve(&plain, user, &p->accounts, &p->who->services[i], f);
        if (r == 0)
            r = add_engine_groups(p, &p->who->services[i], f);
        if (r < 0)
            return r;
    }
    return 0;
}

static void keep_identities(struct root_phase *p)
{
    p->who->owner = p->who->started_as;
    p->has_owner = true;
    for (size_t i = 0; i < p->config.service_count; i++)
        p->who->services[i] = p->who->started_as;
}

int root_phase_read(const char *file, char *const *environment, struct root_phase *p, struct failure *f)
{
    int r = power_read(&p->power, f);
    if (r < 0)
        return r;
    p->who = calloc(1, sizeof(*p->who));
    if (!p->who)
        return fail_system(f, -ENOMEM, "starting");
    uint64_t change_ids = UINT64_C(1) << 6 | UINT64_C(1) << 7; /* CAP_SETGID, CAP_SETUID */
    p->privileged = p->power.uid == 0 || (p->power.effective & change_ids) == change_ids;
    r = read_config(file, p, f);
    if (r < 0)
        return r;
    r = accounts_read(&p->accounts, f);
    if (r < 0)
        return r;
    r = environment_copy(environment, &p->environment);
    if (r < 0)
        return fail_system(f, r, "starting");
    r = settings_parse(environment, &p->settings, f);
    if (r < 0)
        return r;
    identity_of_process(p->power.uid, p->power.gid, &p->accounts, &p->who->started_as);
    if (p->privileged)
        return settle_identities(p, f);
    keep_identities(p);
    return 0;
}

static int own_one(struct root_phase *p, const struct own_rule *rule, bool only_say, struct failure *f)
{
    struct settings plain = {0};
    struct identity to = p->who->owner;
    int r = 0;
    if (rule->to)
        r = settings_resolve(&plain, rule->to, &p->accounts, &to, f);
    else if (!p->has_owner)
        return fail_usage(f, "own = %s: for whom? Give the file a user =, or the line a to=", rule->paths[0]);
    struct walk walk = {.uid = to.uid, .gid = to.gid, .when = rule->when, .dry_run = only_say};
    if (r == 0 && rule->from)
        r = walk_add_owners(&walk, span_of(rule->from), &p->accounts, f);
    for (size_t i = 0; r == 0 && i < rule->path_count; i++) {
        struct walk_result result;
        r = walk_tree(rule->paths[i], &walk, &result, f);
        if (r == 0)
            walk_report(rule->paths[i], &walk, &result);
        if (r < 0 && f->exit_code == EXIT_SYSTEM) {
            say("%s", f->text); /* a volume that is not there: the service will say what it misses */
            r = 0;
        }
    }
    return r;
}

static int open_sockets(struct root_phase *p, struct failure *f)
{
    for (size_t i = 0; i < p->config.listen_count; i++) {
        const struct identity *identity = &p->who->services[p->config.listens[i].service];
        p->listens[i] = socket_listen(&p->config.listens[i], identity->uid, identity->gid, f);
        if (p->listens[i] < 0)
            return p->listens[i];
    }
    return 0;
}

static bool somebody_has_a_user(const struct config *c)
{
    for (size_t i = 0; i < c->service_count; i++)
        if (c->services[i].user)
            return true;
    return c->user != NULL;
}

int root_phase_prepare(struct root_phase *p, bool only_say, struct failure *f)
{
    if (!p->privileged && (somebody_has_a_user(&p->config) || p->config.own_count > 0))
        say("started as %u:%u: users and ownership stay as they are", p->power.uid, p->power.gid);
    if (p->privileged && (p->settings.has_uid || p->settings.has_gid))
        settings_update_files(&p->who->owner, &p->accounts, only_say);
    for (size_t i = 0; p->privileged && i < p->config.own_count; i++) {
        int r = own_one(p, &p->config.owns[i], only_say, f);
        if (r < 0)
            return r;
    }
    if (only_say)
        return 0;
    int r = environment_read_secrets(&p->environment, f);
    if (r < 0)
        return r;
    if (p->settings.has_umask)
        umask(p->settings.umask);
    return open_sockets(p, f);
}

/* LISTEN_FDS and LISTEN_FDNAMES of one service; names may not hold a colon (sd_listen_fds(3)). */
static int set_listen_variables(const struct root_phase *p, size_t service, struct environment *e)
{
    char names[LISTENS_MAX * 64] = "", count[8];
    size_t length = 0, n = 0;
    for (size_t i = 0; i < p->config.listen_count; i++) {
        if (p->config.listens[i].service != service)
            continue;
        size_t begin = length + (n > 0);
        length += format_text(names + length, sizeof(names) - length, "%s%s", n > 0 ? ":" : "",
                              p->config.listens[i].text);
        for (size_t j = begin; j < length; j++)
            if (names[j] == ':')
                names[j] = '-';
        n++;
    }
    environment_unset(e, "LISTEN_PID");
    environment_unset(e, "LISTEN_FDS");
    environment_unset(e, "LISTEN_FDNAMES");
    if (n == 0)
        return 0;
    format_text(count, sizeof(count), "%zu", n);
    int r = environment_set(e, "LISTEN_FDS", count);
    return r < 0 ? r : environment_set(e, "LISTEN_FDNAMES", names);
}

int root_phase_environment(const struct root_phase *p, size_t service, struct environment *ret_environment,
                           struct failure *f)
{
    const struct service *v = &p->config.services[service];
    struct environment e;
    int r = environment_copy(p->environment.items, &e);
    if (r == 0 && p->privileged)
        r = environment_set_account(&e, &p->who->services[service], &p->who->started_as);
    for (size_t i = 0; r == 0 && i < v->environment_count; i++) {
        char name[128];
        struct span rest = span_of(v->environment[i]);
        if (!span_copy(span_cut(&rest, '='), name, sizeof(name)))
            return fail_usage(f, "%s: env: the name in \"%s\" is too long", v->name, v->environment[i]);
        r = environment_set(&e, name, rest.data);
    }
    if (r == 0)
        r = set_listen_variables(p, service, &e);
    if (r < 0)
        return fail_system(f, r, "preparing the environment of %s", v->name);
    *ret_environment = e;
    return 0;
}
