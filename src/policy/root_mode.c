/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/root_mode.h"

#include "base/strings.h"

#include <errno.h>

const char *root_mode_name(enum root_mode mode)
{
    return mode == ROOT_MODE_NONE ? "none" : "mapped";
}

int root_mode_decide(const struct root_mode_question *question, enum root_mode *ret_mode,
                     struct failure *failure)
{
    bool root = question->uid == 0;
    if (question->requested && !streq(question->requested, "none") && !streq(question->requested, "mapped"))
        return refuse(failure, -EINVAL,
                      "--root=%s: it is none (uid 0 does not exist inside) or mapped (uid 0 inside is an "
                      "unprivileged host uid)",
                      question->requested);
    if (question->host_ids && (root || question->gid == 0))
        return refuse(failure, -EPERM,
                      "--userns=host would make this %s the host's root: give --user UID:GID with ids "
                      "above 0, or leave --userns out",
                      root ? "uid 0" : "gid 0");
    if (root && streq(question->requested, "none"))
        return refuse(failure, -EPERM,
                      "the container would start as root, and --root=none means that uid 0 does not "
                      "exist in it: give --user UID, or --root=mapped");
    *ret_mode = root || streq(question->requested, "mapped") ? ROOT_MODE_MAPPED : ROOT_MODE_NONE;
    return 0;
}

int root_mode_allow_exec(enum root_mode mode, uint32_t uid, struct failure *failure)
{
    if (mode == ROOT_MODE_MAPPED || uid != 0)
        return 0;
    return refuse(failure, -EPERM,
                  "uid 0 does not exist in this container (it was started as a non-root user): use another "
                  "--user, or create it anew with --root=mapped");
}

int host_ids_allow(const struct id_map *map, const char *what, struct failure *failure)
{
    if (id_map_touches_outside(map, 0, 1))
        return refuse(failure, -EPERM,
                      "the %s gives host id 0 to a container: choose ids above 0, for example a range of "
                      "/etc/subuid",
                      what);
    return 0;
}
