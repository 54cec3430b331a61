/* SPDX-License-Identifier: Apache-2.0 */
#include "host/programs.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

int programs_own_path(char **ret_path)
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (n < 0)
        return -errno;
    path[n] = '\0';
    *ret_path = strdup(path);
    return *ret_path ? 0 : -ENOMEM;
}

int programs_find(const char *helper, char **ret_folder)
{
    autofree char *path = NULL, *beside = NULL;
    int r = programs_own_path(&path);
    if (r < 0)
        return r;
    char *slash = strrchr(path, '/');
    if (slash)
        *slash = '\0';
    if (asprintf(&beside, "%s/%s", path, helper) < 0) {
        beside = NULL;
        return -ENOMEM;
    }
    *ret_folder = strdup(access(beside, X_OK) == 0 ? path : UNROOT_LIBEXECDIR);
    return *ret_folder ? 0 : -ENOMEM;
}
