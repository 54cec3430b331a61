/* SPDX-License-Identifier: Apache-2.0 */
#include "init/drop.h"

#include "init/capabilities.h"
#include "init/descriptors.h"
#include "init/files.h"
#include "init/filter.h"
#include "init/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define SANE_DESCRIPTORS 1048576     /* soft limit; engines hand down 2^30, and old programs close them all */
#define SANE_STACK_BYTES (8UL << 20) /* "unlimited" changes the layout of the address space */

int power_read(struct power *ret_power, struct failure *f)
{
    struct capability_sets sets;
    uid_t real, effective, saved;
    gid_t real_gid, effective_gid, saved_gid;
    if (getresuid(&real, &effective, &saved) < 0 || getresgid(&real_gid, &effective_gid, &saved_gid) < 0)
        return fail_system(f, -errno, "reading the ids");
    int r = capabilities_read(&sets);
    if (r < 0)
        return fail_system(f, r, "reading the capabilities");
    /* A saved or effective 0 is as good as being root. */
    ret_power->uid = effective == 0 || saved == 0 ? 0 : real;
    ret_power->gid = effective_gid == 0 || saved_gid == 0 ? 0 : real_gid;
    ret_power->effective = sets.effective;
    return 0;
}

bool power_is_privileged(const struct power *p)
{
    return p->uid == 0 || p->effective != 0;
}

bool id_is_mapped(const char *map_file, uint32_t id)
{
    struct span text;
    autoclose int fd = open(map_file, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fd_read_all(fd, 65536, &text) < 0)
        return true;
    autofree char *data = (char *)text.data;
    bool found = data[0] == '\0';
    for (struct span rest = text; rest.data && !found;) {
        struct span line = span_cut(&rest, '\n');
        uint64_t values[3] = {0}; /* inside, outside, count */
        for (int i = 0; i < 3 && line.data;) {
            struct span word = span_cut(&line, ' '); /* the columns are padded */
            if (word.length > 0 && span_number(word, UINT32_MAX, &values[i++]) < 0)
                break;
        }
        found = id >= values[0] && id - values[0] < values[2];
    }
    return found;
}

static int open_streams(struct drop *d, struct failure *f)
{
    (void)d;
    return streams_open(f);
}

static int share_streams(struct drop *d, struct failure *f)
{
    (void)f;
    if (d->change_identity)
        streams_share(d->identity.uid);
    return 0;
}

static int set_groups(struct drop *d, struct failure *f)
{
    if (!d->change_identity)
        return 0;
    if (syscall(SYS_setgroups, d->identity.group_count, d->identity.groups) < 0)
        return fail_system(f, -errno, "setgroups (is CAP_SETGID there?)");
    return 0;
}

static int close_descriptors(struct drop *d, struct failure *f)
{
    return d->keep_descriptors ? 0 : descriptors_close(d->kept, d->kept_count, f);
}

static void lower_soft_limit(int resource, rlim_t limit)
{
    struct rlimit current;
    if (getrlimit(resource, &current) < 0 || current.rlim_cur <= limit)
        return;
    current.rlim_cur = limit;
    (void)setrlimit(resource, &current); /* lowering the soft limit is always permitted */
}

static int reset_inherited(struct drop *d, struct failure *f)
{
    (void)f;
    if (!d->keep_signals)
        signals_reset();
    lower_soft_limit(RLIMIT_NOFILE, SANE_DESCRIPTORS);
    lower_soft_limit(RLIMIT_STACK, SANE_STACK_BYTES);
    return 0;
}

static int empty_inherited_sets(struct drop *d, struct failure *f)
{
    (void)d;
    int r = capabilities_empty_bounding();
    if (r < 0)
        return fail_system(f, r, "emptying the bounding set");
    r = capabilities_empty_ambient();
    return r < 0 ? fail_system(f, r, "emptying the ambient set") : 0;
}

static int lock_securebits(struct drop *d, struct failure *f)
{
    (void)d;
    int r = capabilities_lock_securebits();
    return r < 0 ? fail_system(f, r, "locking the securebits") : 0;
}

static int no_new_privileges(struct drop *d, struct failure *f)
{
    (void)d;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return fail_system(f, -errno, "setting no_new_privs");
    return 0;
}

static int install_filter(struct drop *d, struct failure *f)
{
    (void)d;
    return filter_install(f);
}

/* Raw calls: the C library would signal every thread, and there are none. */
static int set_gid(struct drop *d, struct failure *f)
{
    gid_t gid = d->identity.gid;
    if (d->change_identity && syscall(SYS_setresgid, gid, gid, gid) < 0)
        return fail_system(f, -errno, "becoming gid %u", gid);
    return 0;
}

static int set_uid(struct drop *d, struct failure *f)
{
    uid_t uid = d->identity.uid;
    if (d->change_identity && syscall(SYS_setresuid, uid, uid, uid) < 0)
        return fail_system(f, -errno, "becoming uid %u", uid);
    return 0;
}

static int empty_capabilities(struct drop *d, struct failure *f)
{
    (void)d;
    int r = capabilities_keep(0);
    return r < 0 ? fail_system(f, r, "giving up the capabilities") : 0;
}

static int new_keyring(struct drop *d, struct failure *f)
{
    (void)d;
    (void)f;
    /* Filters of engines refuse keyctl, and the quota may be used up: then there are no keys to protect from.
     */
    (void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
    return 0;
}

static int set_death_signal(struct drop *d, struct failure *f)
{
    /* Changing the ids cleared it (prctl(2)), so it is set again here. */
    if (d->death_signal > 0 && prctl(PR_SET_PDEATHSIG, d->death_signal, 0, 0, 0) < 0)
        return fail_system(f, -errno, "setting the parent death signal");
    return 0;
}

static int prove_ids(struct drop *d, struct failure *f)
{
    uid_t uid[3];
    gid_t gid[3];
    if (getresuid(&uid[0], &uid[1], &uid[2]) < 0 || getresgid(&gid[0], &gid[1], &gid[2]) < 0)
        return fail_system(f, -errno, "reading the ids back");
    for (int i = 0; i < 3; i++)
        if (uid[i] != d->identity.uid || gid[i] != d->identity.gid)
            return fail_system(f, -EPERM, "the ids are %u:%u after becoming %u:%u", uid[i], gid[i],
                               d->identity.uid, d->identity.gid);
    return 0;
}

static int prove_no_way_back(struct drop *d, struct failure *f)
{
    if (d->identity.uid != 0 && (syscall(SYS_setuid, 0) == 0 || syscall(SYS_setresuid, -1, 0, -1) == 0))
        return fail_system(f, -EPERM, "uid 0 can still be taken back");
    if (d->identity.gid != 0 && syscall(SYS_setresgid, -1, 0, -1) == 0)
        return fail_system(f, -EPERM, "gid 0 can still be taken back");
    return 0;
}

static int prove_no_capability(struct drop *d, struct failure *f)
{
    (void)d;
    struct capability_sets sets;
    int r = capabilities_read(&sets);
    if (r < 0)
        return fail_system(f, r, "reading the capabilities back");
    if (sets.effective || sets.permitted || sets.inheritable)
        return fail_system(f, -EPERM, "capabilities are left after the drop");
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        return fail_system(f, -EPERM, "no_new_privs is not set after the drop");
    return 0;
}

/* The order is the contract: groups before ids, bounding set and securebits while SETPCAP is there, the
 * filter behind no_new_privs, capabilities last because NO_SETUID_FIXUP keeps setresuid(2) from clearing
 * them. */
static const struct step {
    const char *name;
    int (*run)(struct drop *d, struct failure *f);
} steps[] = {
    {"open-streams", open_streams},
    {"share-streams", share_streams},
    {"set-groups", set_groups},
    {"close-descriptors", close_descriptors},
    {"reset-inherited", reset_inherited},
    {"empty-inherited-sets", empty_inherited_sets},
    {"lock-securebits", lock_securebits},
    {"no-new-privileges", no_new_privileges},
    {"install-filter", install_filter},
    {"set-gid", set_gid},
    {"set-uid", set_uid},
    {"empty-capabilities", empty_capabilities},
    {"new-keyring", new_keyring},
    {"set-death-signal", set_death_signal},
    {"prove-ids", prove_ids},
    {"prove-no-way-back", prove_no_way_back},
    {"prove-no-capability", prove_no_capability},
};

const char *drop_step_name(size_t index)
{
    return index < ARRAY_SIZE(steps) ? steps[index].name : NULL;
}

int drop_run(struct drop *d, struct failure *f)
{
    if (d->death_signal == 0 && prctl(PR_GET_PDEATHSIG, &d->death_signal, 0, 0, 0) < 0)
        d->death_signal = 0;
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        int r = steps[i].run(d, f);
        if (r < 0)
            return r;
    }
    return 0;
}
