/* SPDX-License-Identifier: Apache-2.0 */
#include "init/request.h"

#include "init/descriptors.h"
#include "init/files.h"
#include "init/launch.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

void request_init(struct request *ret_request)
{
    *ret_request = (struct request){0};
    process_one_init(&ret_request->process_one);
}

int request_add_groups(struct request *r, const char *list, char separator, struct failure *f)
{
    for (struct span rest = span_of(list); rest.data;) {
        struct span word = span_cut(&rest, separator);
        if (word.length == 0)
            return fail_usage(f, "\"%s\" names an empty group", list);
        if (r->extra_group_count == EXTRA_GROUPS_MAX)
            return fail_usage(f, "more than %d groups", EXTRA_GROUPS_MAX);
        r->extra_groups[r->extra_group_count++] = word;
    }
    return 0;
}

int request_keep_descriptor(struct request *r, const char *text, struct failure *f)
{
    uint64_t fd;
    if (span_number(span_of(text), 1u << 20, &fd) < 0)
        return fail_usage(f, "\"%s\" is no descriptor", text);
    if (r->kept_count == KEPT_DESCRIPTORS_MAX)
        return fail_usage(f, "more than %d descriptors to keep", KEPT_DESCRIPTORS_MAX);
    if (fd > 2)
        r->kept[r->kept_count++] = (int)fd;
    return 0;
}

/* What one start needs to know and owns on its way. */
struct start {
    struct request *request;
    struct power power;
    struct accounts accounts;
    struct environment environment;
    struct identity started_as;
    struct drop drop;
};

static int add_groups(struct start *s, struct failure *f)
{
    uint32_t current[IDENTITY_GROUPS_MAX];
    struct request *r = s->request;
    struct identity *identity = &s->drop.identity;
    int count = getgroups(IDENTITY_GROUPS_MAX, current);
    if (count < 0)
        return fail_system(f, -errno, "reading the groups");
    if (r->groups != GROUPS_OF_SPEC)
        identity->group_count = 0;
    for (int i = 0; r->groups == GROUPS_KEEP && i < count; i++) {
        int result = identity_add_group(identity, current[i], f);
        if (result < 0)
            return result;
    }
    for (size_t i = 0; i < r->extra_group_count; i++) {
        uint32_t gid;
        int result = group_resolve(r->extra_groups[i], &s->accounts, r->allow_root, &gid, f);
        if (result == 0)
            result = identity_add_group(identity, gid, f);
        if (result < 0)
            return result;
    }
    struct inherited_groups inherited = {current, (size_t)count, s->power.uid, s->power.gid};
    return r->groups == GROUPS_OF_SPEC ? identity_keep_engine_groups(identity, &inherited, &s->accounts, f)
                                       : 0;
}

/* setpriv: without --regid the group stays what it is, whatever passwd says of the user. */
static int choose_group(struct start *s, struct failure *f)
{
    struct request *r = s->request;
    if (r->group)
        return group_resolve(span_of(r->group), &s->accounts, r->allow_root, &s->drop.identity.gid, f);
    if (!r->exact_group)
        return 0;
    s->drop.identity.gid = s->power.gid;
    return s->power.gid == 0 ? fail_root(f, "the group would stay 0: give --regid") : 0;
}

static int choose_identity(struct start *s, struct failure *f)
{
    struct request *r = s->request;
    struct identity *identity = &s->drop.identity;
    r->settings.allow_root = r->allow_root;
    int result = settings_resolve(&r->settings, r->user_spec, &s->accounts, identity, f);
    if (result < 0)
        return result;
    if (r->settings.has_uid || r->settings.has_gid)
        settings_update_files(identity, &s->accounts, false);
    result = choose_group(s, f);
    if (result < 0)
        return result;
    s->drop.change_identity = true;
    return add_groups(s, f);
}

/* Not root and not told otherwise: being the wrong user is fine as long as it is not root. */
static bool stays_as_it_is(const struct start *s)
{
    const struct request *r = s->request;
    uint64_t needed = UINT64_C(1) << 6 | UINT64_C(1) << 7; /* CAP_SETGID, CAP_SETUID */
    return s->power.uid != 0 && (!r->user_spec || (s->power.effective & needed) != needed);
}

static int keep_identity(struct start *s, struct failure *f)
{
    struct request *r = s->request;
    struct identity *identity = &s->drop.identity;
    if (r->user_spec) {
        struct identity wanted;
        int result = identity_resolve(r->user_spec, &s->accounts, r->allow_root, &wanted, f);
        if (result < 0 && !(r->native && f->exit_code == EXIT_BAD_USAGE))
            return result;
        bool same = result == 0 && wanted.uid == s->power.uid && wanted.gid == s->power.gid;
        if (!same && !r->native)
            return fail_system(f, -EPERM, "becoming %s as uid %u", r->user_spec, s->power.uid);
        if (!same)
            say("started as %u:%u without CAP_SETUID: staying that, not %s", s->power.uid, s->power.gid,
                r->user_spec);
    }
    *identity = s->started_as;
    identity->gid = s->power.gid;
    return 0;
}

static void keep_declared_descriptors(struct start *s)
{
    struct request *r = s->request;
    int count = listen_descriptors(s->environment.items);
    for (int i = 0; i < count && r->kept_count < KEPT_DESCRIPTORS_MAX; i++)
        r->kept[r->kept_count++] = 3 + i;
    s->drop.kept = r->kept;
    s->drop.kept_count = r->kept_count;
}

static int prepare_environment(struct start *s, struct failure *f)
{
    struct request *r = s->request;
    int result = 0;
    if (r->account == ACCOUNT_RESET)
        result = environment_reset(&s->environment, &s->drop.identity);
    else if (r->account == ACCOUNT_SET && s->drop.change_identity)
        result = environment_set_account(&s->environment, &s->drop.identity, &s->started_as);
    return result < 0 ? fail_system(f, result, "preparing the environment") : 0;
}

/* What the environment asks for; the parts that need no other user hold for everybody. */
static int read_settings(struct start *s, struct failure *f)
{
    struct settings *settings = &s->request->settings;
    int result = settings_parse(s->environment.items, settings, f);
    if (result == 0)
        result = environment_read_secrets(&s->environment, f);
    if (result < 0)
        return result;
    if (settings->has_umask)
        umask(settings->umask);
    if (s->power.uid != 0) {
        if (settings->has_uid && settings->uid != s->power.uid)
            say("PUID=%u is not used: started as uid %u", settings->uid, s->power.uid);
        return 0;
    }
    return settings->groups ? request_add_groups(s->request, settings->groups, ',', f) : 0;
}

own_frame static int drop_privileges(struct start *s, struct failure *f)
{
    struct request *r = s->request;
    int result = accounts_read(&s->accounts, f);
    if (result < 0)
        return result;
    identity_of_process(s->power.uid, s->power.gid, &s->accounts, &s->started_as);
    if (r->native) {
        result = read_settings(s, f);
        if (result < 0)
            return result;
    }
    s->drop.allow_root = r->allow_root;
    s->drop.death_signal = r->death_signal;
    result = stays_as_it_is(s) ? keep_identity(s, f) : choose_identity(s, f);
    if (result < 0)
        return result;
    keep_declared_descriptors(s);
    result = prepare_environment(s, f);
    return result < 0 ? result : drop_run(&s->drop, f);
}

/* Nobody asked for another user and we are none to worry about: an init or nothing at all. */
static bool nothing_to_drop(const struct start *s)
{
    const struct request *r = s->request;
    return r->run_as_root_first || (r->native && !r->user_spec && s->power.uid != 0 && r->stay);
}

static int run_command(struct start *s, struct failure *f)
{
    struct request *r = s->request;
    if (!r->stay)
        return launch_command(r->command, &s->environment, f);
    if (r->death_signal > 0 && prctl(PR_SET_PDEATHSIG, r->death_signal, 0, 0, 0) < 0)
        return fail_system(f, -errno, "setting the parent death signal");
    r->process_one.give_up_root = s->power.uid == 0 && r->run_as_root_first;
    return r->pause ? process_one_pause() : process_one_run(&r->process_one, r->command, &s->environment, f);
}

int request_run(struct request *r, char *const *environment, struct failure *f)
{
    struct start *s = calloc(1, sizeof(*s));
    if (!s)
        return fail_system(f, -ENOMEM, "starting");
    s->request = r;
    int result = environment_copy(environment, &s->environment);
    if (result < 0)
        return fail_system(f, result, "starting");
    result = power_read(&s->power, f);
    if (result < 0)
        return result;
    if (!nothing_to_drop(s)) {
        result = drop_privileges(s, f);
        if (result < 0)
            return result;
        accounts_free(&s->accounts);
    }
    return run_command(s, f);
}
