/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output_file.h"

#include "cli/say.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int output_file_check(struct cli *cli, const char *path)
{
    if (!path && isatty(STDOUT_FILENO))
        return say_usage(cli, "standard output is a terminal: name a file with -o, or redirect it");
    return 0;
}

int output_file_open(struct output_file *o, const char *path, struct failure *failure)
{
    struct stat st;
    *o = (struct output_file){.fd = STDOUT_FILENO, .path = path};
    if (!path)
        return 0;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) { /* /dev/null, a pipe: written as it is */
        o->fd = open(path, O_WRONLY | O_CLOEXEC);
        return o->fd < 0 ? fail(failure, -errno, "writing %s", path) : 0;
    }
    if (asprintf(&o->temporary, "%s.XXXXXX", path) < 0) {
        o->temporary = NULL;
        return fail(failure, -ENOMEM, "writing %s", path);
    }
    o->fd = mkostemp(o->temporary, O_CLOEXEC);
    if (o->fd >= 0)
        return 0;
    int error = -errno;
    free(o->temporary);
    o->temporary = NULL;
    return fail(failure, error, "writing %s", path);
}

int output_file_close(struct output_file *o, bool good, struct failure *failure)
{
    int r = 0;
    if (!o->path || o->fd < 0)
        return 0;
    if (close(o->fd) < 0 && good)
        r = fail(failure, -errno, "writing %s", o->path);
    if (o->temporary && (r < 0 || !good))
        (void)unlink(o->temporary); /* a piece of a file that stays is only in the way */
    else if (o->temporary && rename(o->temporary, o->path) < 0)
        r = fail(failure, -errno, "writing %s", o->path);
    free(o->temporary);
    *o = (struct output_file){.fd = -EBADF};
    return r;
}
