/* SPDX-License-Identifier: Apache-2.0 */
#include "host/programs.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

int programs_own_path(char **ret_path)
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (n < 0)
        return -errno;
    path[n] = '\0';
    /* A copy in memory, made by this program: where it was copied from stands in argv[0]. */
    bool is_copy = strncmp(path, "/memfd:", 7) == 0 && program_invocation_name[0] == '/';
    *ret_path = strdup(is_copy ? program_invocation_name : path);
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
