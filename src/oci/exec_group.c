/* SPDX-License-Identifier: Apache-2.0 */
/* exec --cgroup [CONTROLLER[,CONTROLLER..]:]PATH, as runc takes it. */
#include "oci/exec.h"

#include <errno.h>
#include <string.h>

/* "cpu,memory": bits. A controller that was named before is refused. */
static int take_controllers(const char *names, size_t length, unsigned *seen, unsigned *ret_bits,
                            struct failure *failure)
{
    unsigned bits = 0;
    for (size_t at = 0; at <= length;) {
        size_t n = strcspn(names + at, ",:");
        char name[32];
        int controller = -ENOENT;
        if (n < sizeof(name)) {
            memcpy(name, names + at, n);
            name[n] = '\0';
            controller = cgroup_find_controller(name);
        }
        if (controller < 0)
            return refuse(failure, -EINVAL,
                          "invalid --cgroup argument: \"%.*s\" is no controller of version 1", (int)n,
                          names + at);
        if ((*seen | bits) & (1U << controller))
            return refuse(failure, -EINVAL, "invalid --cgroup argument: controller %s is given twice", name);
        bits |= 1U << controller;
        at += n + 1;
    }
    *seen |= bits;
    *ret_bits = bits;
    return 0;
}

static int enter_one(struct cgroup *cgroup, const char *argument, unsigned *seen, struct failure *failure)
{
    const char *colon = strchr(argument, ':');
    unsigned controllers = 0;
    if (!colon)
        return cgroup_descend(cgroup, 0, argument, failure);
    if (cgroup->layout == CGROUP_V2)
        return refuse(
            failure, -EINVAL,
            "invalid --cgroup argument: %s: in version 2 all controllers share one group: give a path alone",
            argument);
    int r = take_controllers(argument, (size_t)(colon - argument), seen, &controllers, failure);
    return r == 0 ? cgroup_descend(cgroup, controllers, colon + 1, failure) : r;
}

int exec_choose_group(const struct strings *arguments, struct cgroup *cgroup, struct failure *failure)
{
    unsigned seen = 0;
    int r = 0;
    if (arguments->count > 0 && cgroup->path[0] == '\0')
        return refuse(failure, -ENOENT, "--cgroup: the container has no control group");
    for (size_t i = 0; i < arguments->count && r == 0; i++) {
        if (arguments->count > 1 && !strchr(arguments->items[i], ':'))
            return refuse(failure, -EINVAL, "invalid --cgroup argument: %s (missing <controller>: prefix)",
                          arguments->items[i]);
        r = enter_one(cgroup, arguments->items[i], &seen, failure);
    }
    return r;
}
