/* SPDX-License-Identifier: Apache-2.0 */
#include "init/capabilities.h"

#include "init/files.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

int capabilities_read(struct capability_sets *ret_sets)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) < 0)
        return -errno;
    ret_sets->effective = (uint64_t)data[1].effective << 32 | data[0].effective;
    ret_sets->permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
    ret_sets->inheritable = (uint64_t)data[1].inheritable << 32 | data[0].inheritable;
    return 0;
}

int capabilities_keep(uint64_t mask)
{
    struct capability_sets sets;
    int r = capabilities_read(&sets);
    if (r < 0)
        return r;
    if (!sets.effective && !sets.permitted && !sets.inheritable)
        return 0;
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    uint64_t kept = sets.permitted & mask;
    for (int i = 0; i < 2; i++) {
        data[i].permitted = (uint32_t)(kept >> 32 * i);
        data[i].effective = data[i].permitted;
        data[i].inheritable = 0;
    }
    return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

int capabilities_empty_bounding(void)
{
    for (int i = 0; i < 64; i++) {
        int held = prctl(PR_CAPBSET_READ, i, 0, 0, 0);
        if (held < 0)
            return 0; /* above the last one that this kernel knows */
        if (held > 0 && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
            return errno == EPERM ? 0 : -errno;
    }
    return 0;
}

int capabilities_empty_ambient(void)
{
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ? -errno : 0;
}

int capabilities_lock_securebits(void)
{
    unsigned long bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
                         SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
                         SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
    int current = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);
    if (current < 0)
        return -errno;
    if ((unsigned long)current == bits)
        return 0;
    return prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) < 0 && errno != EPERM ? -errno : 0;
}
