/* SPDX-License-Identifier: Apache-2.0 */
#include "host/id_ledger.h"

#include "base/number.h"
#include "base/strings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define RANGE_SIZE_IDS 65536u

static int ledger_open(struct failure *failure)
{
    if ((mkdir("/var/lib/unroot", 0700) < 0 && errno != EEXIST) ||
        (mkdir(ID_LEDGER, 0700) < 0 && errno != EEXIST))
        return fail(failure, -errno, "making %s", ID_LEDGER);
    int fd = open(ID_LEDGER, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    return fd < 0 ? fail(failure, -errno, "opening %s", ID_LEDGER) : fd;
}

/* FNV-1a: spreads names over the pool; nothing depends on it being hard to invert. */
static uint32_t ledger_hash(const char *name)
{
    uint32_t hash = 2166136261u;
    for (const char *p = name; *p != '\0'; p++)
        hash = (hash ^ (unsigned char)*p) * 16777619u;
    return hash;
}

static bool ledger_is_stale(int ledger_fd, const char *slot, char *ret_folder, size_t size)
{
    ret_folder[0] = '\0'; /* the entry may be gone: then it is nobody's */
    ssize_t n = readlinkat(ledger_fd, slot, ret_folder, size - 1);
    if (n < 0)
        return false;
    ret_folder[n] = '\0';
    return faccessat(AT_FDCWD, ret_folder, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT;
}

/* 1: taken by us now or before; 0: someone else's. */
static int ledger_try(int ledger_fd, const char *slot, const char *folder)
{
    char owner[PATH_MAX];
    if (symlinkat(folder, ledger_fd, slot) == 0)
        return 1;
    if (errno != EEXIST)
        return -errno;
    bool stale = ledger_is_stale(ledger_fd, slot, owner, sizeof(owner));
    if (streq(owner, folder))
        return 1;
    if (!stale)
        return 0;
    /* Only who holds the lock takes a dead entry away, and looks again first: another may have it by now. */
    if (flock(ledger_fd, LOCK_EX) < 0)
        return -errno;
    int r = 0;
    if (ledger_is_stale(ledger_fd, slot, owner, sizeof(owner)) && unlinkat(ledger_fd, slot, 0) == 0)
        r = symlinkat(folder, ledger_fd, slot) == 0 ? 1 : 0;
    (void)flock(ledger_fd, LOCK_UN); /* closing would do it too */
    return r;
}

int id_range_take(const struct id_pool *pool, const char *name, const char *folder, uint32_t *ret_first,
                  struct failure *failure)
{
    autoclose int ledger_fd = ledger_open(failure);
    if (ledger_fd < 0)
        return ledger_fd;
    uint32_t start = ledger_hash(name) % pool->ranges;
    for (uint32_t i = 0; i < pool->ranges; i++) {
        uint32_t slot = (start + i) % pool->ranges;
        char text[16];
        (void)snprintf(text, sizeof(text), "%u", slot);
        int r = ledger_try(ledger_fd, text, folder);
        if (r < 0)
            return fail(failure, r, "taking an id range in %s", ID_LEDGER);
        if (r > 0) {
            *ret_first = pool->first + slot * RANGE_SIZE_IDS;
            return 0;
        }
    }
    return refuse(failure, -ENOSPC,
                  "all %u id ranges of the pool are taken: remove containers (unroot container prune) or "
                  "enlarge the range of \"%s\" in /etc/subuid and /etc/subgid",
                  pool->ranges, ID_POOL_NAME);
}

void id_range_release(const struct id_pool *pool, uint32_t first, const char *folder)
{
    struct failure ignored = {0};
    char text[16], owner[PATH_MAX];
    if (first < pool->first || (first - pool->first) / RANGE_SIZE_IDS >= pool->ranges)
        return;
    autoclose int ledger_fd = ledger_open(&ignored);
    if (ledger_fd < 0)
        return;
    (void)snprintf(text, sizeof(text), "%u", (first - pool->first) / RANGE_SIZE_IDS);
    (void)ledger_is_stale(ledger_fd, text, owner, sizeof(owner)); /* only to read whose it is */
    if (streq(owner, folder))
        (void)unlinkat(ledger_fd, text, 0); /* what stays is free as soon as the folder is gone */
}

int id_range_list(const struct id_pool *pool, struct id_extent **ret_taken, size_t *ret_count,
                  struct failure *failure)
{
    autoclose int ledger_fd = ledger_open(failure);
    if (ledger_fd < 0)
        return ledger_fd;
    int copy = fcntl(ledger_fd, F_DUPFD_CLOEXEC, 3);
    DIR *d = copy < 0 ? NULL : fdopendir(copy);
    if (!d) {
        int error = -errno;
        if (copy >= 0)
            (void)close(copy);
        return fail(failure, error, "reading %s", ID_LEDGER);
    }
    struct id_extent *taken = NULL;
    size_t count = 0;
    int r = 0;
    for (const struct dirent *e = readdir(d); e && r == 0; e = readdir(d)) {
        uint64_t slot;
        char owner[PATH_MAX];
        if (number_parse(e->d_name, pool->ranges - 1, &slot) < 0 ||
            ledger_is_stale(ledger_fd, e->d_name, owner, sizeof(owner)))
            continue;
        struct id_extent *more = reallocarray(taken, count + 1, sizeof(*more));
        if (more) {
            taken = more;
            taken[count++] =
                (struct id_extent){0, pool->first + (uint32_t)slot * RANGE_SIZE_IDS, RANGE_SIZE_IDS};
        } else
            r = fail(failure, -ENOMEM, "reading %s", ID_LEDGER);
    }
    (void)closedir(d); /* only read */
    if (r < 0) {
        free(taken);
        return r;
    }
    *ret_taken = taken;
    *ret_count = count;
    return 0;
}
