/* SPDX-License-Identifier: Apache-2.0 */
/* unroot-listing: a layer's archive on standard input becomes a list (listing.h) on standard output; -x
 * MEMBER: that member as it is, for a second run of this program. runs in:  a process of its own, started by
 * `unroot audit` power:    none: no privileges, no files, bounded memory, time and output must not: open
 * anything */
#include "listing/listing.h"

#include <archive.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static void bound(int resource, rlim_t value)
{
    struct rlimit limit = {value, value};
    (void)setrlimit(resource, &limit); /* a lower limit that is there already serves too */
}

/* The answer on standard output; the exit status. */
static int answer(struct archive *a, int argc, char **argv)
{
    if (listing_formats(a) != 0 || archive_read_open_fd(a, 0, 1 << 16) != ARCHIVE_OK)
        return 1;
    if (argc == 3 && strcmp(argv[1], "-x") == 0)
        return listing_extract(a, argv[2], stdout);
    return listing_write(a, argv + 1, argc - 1, stdout);
}

int main(int argc, char **argv)
{
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#ifndef UNROOT_SANITIZED /* its shadow memory is larger than any limit */
    bound(RLIMIT_AS, 512u << 20);
#endif
    bound(RLIMIT_CPU, 120);
    bound(RLIMIT_FSIZE, 0);
    bound(RLIMIT_NOFILE, 8);
    struct archive *a = archive_read_new();
    int status = a ? answer(a, argc, argv) : 1;
    archive_read_free(a);
    return status;
}
