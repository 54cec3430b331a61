/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int folder_list(int folder_fd, struct strings *ret_names)
{
    DIR *d = fdopendir(folder_fd);
    if (!d) {
        int r = -errno;
        (void)close(folder_fd); /* the first error is the one to report */
        return r;
    }
    int r = 0;
    for (struct dirent *e = readdir(d); e && r == 0; e = readdir(d))
        if (!streq(e->d_name, ".") && !streq(e->d_name, ".."))
            r = strings_add(ret_names, e->d_name);
    (void)closedir(d); /* only read from */
    if (r == 0 && ret_names->count > 1)
        qsort(ret_names->items, ret_names->count, sizeof(char *), compare_names);
    return r;
}
