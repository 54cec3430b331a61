/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image_platform.h"

#include <errno.h>
#include <sys/utsname.h>

int image_platform_choose(const char *wanted, struct platform *ret_platform, struct failure *failure)
{
    char machine[128];
    struct utsname host;
    if (wanted)
        return platform_parse(wanted, ret_platform, failure);
    if (uname(&host) < 0)
        return fail(failure, -errno, "asking for this machine's architecture");
    (void)snprintf(machine, sizeof(machine), "linux/%s", host.machine); /* 71 bytes at most */
    return platform_parse(machine, ret_platform, failure);
}
