/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/credentials.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

int credentials_last_capability(void)
{
    for (int cap = 63; cap >= 0; cap--)
        if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0)
            return cap;
    return -ENOSYS;
}

int credentials_get_capabilities(struct capability_sets *ret_sets)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {0};
    if (syscall(SYS_capget, &header, data) < 0)
        return -errno;
    ret_sets->effective = data[0].effective | (uint64_t)data[1].effective << 32;
    ret_sets->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
    ret_sets->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
    return 0;
}

int credentials_set_capabilities(const struct capability_sets *sets)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {
        {(uint32_t)sets->effective, (uint32_t)sets->permitted, (uint32_t)sets->inheritable},
        {(uint32_t)(sets->effective >> 32), (uint32_t)(sets->permitted >> 32),
         (uint32_t)(sets->inheritable >> 32)},
    };
    return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

int credentials_limit_bounding(uint64_t keep)
{
    for (int cap = 0; cap < 64; cap++) {
        if (keep & UINT64_C(1) << cap)
            continue;
        if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0) {
            if (errno == EINVAL)
                return 0; /* the first one that this kernel does not know */
            return -errno;
        }
    }
    return 0;
}

int credentials_set_ambient(uint64_t set)
{
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
        return -errno;
    for (int cap = 0; cap < 64; cap++)
        if (set & UINT64_C(1) << cap && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
            return -errno;
    return 0;
}

int credentials_set_user(uid_t uid)
{
    return setresuid(uid, uid, uid) < 0 ? -errno : 0;
}

int credentials_set_group(gid_t gid)
{
    return setresgid(gid, gid, gid) < 0 ? -errno : 0;
}

int credentials_set_groups(const gid_t *groups, size_t count)
{
    return setgroups(count, groups) < 0 ? -errno : 0;
}

int credentials_keep_capabilities(void)
{
    return prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP | SECBIT_KEEP_CAPS, 0, 0, 0) < 0 ? -errno : 0;
}

int credentials_default_securebits(void)
{
    return prctl(PR_SET_SECUREBITS, 0, 0, 0, 0) < 0 ? -errno : 0;
}

int credentials_no_new_privs(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}
