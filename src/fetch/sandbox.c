/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/sandbox.h"

#include "fetch/calls.h"
#include "fetch/tree.h"
#include "formats/fetch_message.h"
#include "kernel/credentials.h"
#include "kernel/file.h"
#include "kernel/mount.h"
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define MEMORY_MAX (1ull << 30) /* address space; threads of the resolver reserve much more than they use */
#define DESCRIPTORS_MAX 512
#define NOBODY 65534 /* where SANDBOX_ID is not mapped: inside somebody's container */

static bool has_tree; /* a mount namespace of its own, whose root may be replaced */

static int keep_channel(struct failure *f)
{
    if (fcntl(FETCH_FD, F_SETFD, FD_CLOEXEC) < 0)
        return fail(f, -errno, "looking for the engine's channel");
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int i = 0; i < 3 && null >= 0; i++)
        if (null != i && dup2(null, i) < 0)
            return fail(f, -errno, "replacing the standard streams");
    int r = null < 0 ? -errno : process_close_from(FETCH_FD + 1);
    return r < 0 ? fail(f, r, "closing what was inherited") : 0;
}

static int limit(int what, rlim_t value)
{
    const struct rlimit both = {value, value};
    return setrlimit((__rlimit_resource_t)what, &both) < 0 ? -errno : 0;
}

static int set_limits(struct failure *f)
{
    int r = limit(RLIMIT_CORE, 0);
    if (r == 0)
        r = limit(RLIMIT_NOFILE, DESCRIPTORS_MAX);
#ifndef UNROOT_SANITIZED /* its shadow memory is larger than any limit */
    if (r == 0)
        r = limit(RLIMIT_AS, MEMORY_MAX);
#endif
    return r < 0 ? fail(f, r, "setting limits") : 0;
}

static int become(uint32_t id)
{
    int r = credentials_set_group(id);
    return r < 0 ? r : credentials_set_user(id);
}

/* Keeps the capabilities: making the namespaces needs one where ordinary users are refused them. In a user
 * namespace that maps neither of the two ids (and may forbid setgroups) root is only some user's name:
 * nothing is to be left. */
static int leave_root(struct failure *f)
{
    if (geteuid() != 0)
        return 0;
    int r = credentials_keep_capabilities();
    if (r < 0)
        return fail(f, r, "becoming nobody");
    int groups = credentials_set_groups(NULL, 0);
    r = become(SANDBOX_ID);
    if (r == -EINVAL)
        r = become(NOBODY);
    if (r == -EINVAL)
        return 0;
    r = r < 0 ? r : groups;
    return r < 0 ? fail(f, r, "becoming nobody") : 0;
}

/* Inside, the only ids that exist are its own two. */
static int write_own_maps(uid_t uid, gid_t gid)
{
    char users[48], groups[48];
    (void)snprintf(users, sizeof(users), "%u %u 1\n", uid, uid); /* fits */
    (void)snprintf(groups, sizeof(groups), "%u %u 1\n", gid, gid);
    autoclose int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    autoclose int own = proc < 0 ? -EBADF : openat(proc, "self/setgroups", O_WRONLY | O_CLOEXEC);
    if (own < 0)
        return -errno;
    int r = fd_write_all(own, "deny", 4); /* user_namespaces(7): else no process may write its own map */
    return r < 0 ? r : userns_write_maps(proc, getpid(), users, groups);
}

/* With host root's power the mount namespace alone is left when there are no user namespaces. */
static int separate(bool was_root, struct failure *f)
{
    uid_t uid = geteuid(); /* inside they have no names before the maps are written */
    gid_t gid = getegid();
    int r = process_unshare(CLONE_NEWUSER | CLONE_NEWNS);
    if (r == 0) {
        /* Else our own files in /proc belong to root since the id changed. */
        r = prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0 ? -errno : write_own_maps(uid, gid);
        if (r < 0)
            return fail(f, r, "mapping the own id");
    } else if (was_root) {
        r = process_unshare(CLONE_NEWNS);
    } else {
        return 0; /* an ordinary user who is refused them: the filter of calls has to do */
    }
    if (r == 0)
        r = mount_make_private();
    if (r < 0)
        return fail(f, r, "making a mount namespace");
    has_tree = true;
    return 0;
}

int sandbox_enter(struct failure *failure)
{
    bool was_root = geteuid() == 0;
    umask(077);
    int r = keep_channel(failure);
    if (r == 0)
        r = set_limits(failure);
    if (r == 0)
        r = leave_root(failure);
    if (r == 0)
        r = separate(was_root, failure);
    if (r < 0)
        return r;
    r = credentials_no_new_privs();
    /* After the ids changed, which clears it. */
    if (r == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
        r = -errno;
    return r < 0 ? fail(failure, r, "giving up privileges") : 0;
}

static int drop_power(void)
{
    static const struct capability_sets none = {0};
    int r = has_tree ? credentials_limit_bounding(0)
                     : 0; /* else there is no capability for it, and none to be got */
    if (r == 0)
        r = credentials_set_capabilities(&none);
    return r == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? -errno : r;
}

int sandbox_seal(const char **ret_ca, struct failure *failure)
{
    const char *ca = tree_find_certificates();
    int r = has_tree ? tree_enter(failure) : tree_lock(failure);
    if (r < 0)
        return r;
    if (has_tree && ca)
        ca = TREE_CA;
    r = drop_power();
    if (r < 0)
        return fail(failure, r, "dropping capabilities");
    r = calls_confine();
    if (r < 0)
        return fail(failure, r, "installing the filter of calls");
    *ret_ca = ca;
    return 0;
}
