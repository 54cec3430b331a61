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
#define SLOT_SIZE 16

/* Beside SLOT, the holder's link, SLOT.shared/N are those of further holders; who changes them has the lock.
 */
struct holders {
    int ledger_fd, folder_fd;
    char slot[SLOT_SIZE], folder[SLOT_SIZE + 8];
};
#define autoholders __attribute__((cleanup(holders_close)))

static int ledger_open(struct failure *failure)
{
    int fd = open(ID_LEDGER, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT) {
        if ((mkdir("/var/lib/unroot", 0700) < 0 && errno != EEXIST) ||
            (mkdir(ID_LEDGER, 0700) < 0 && errno != EEXIST))
            return fail(failure, -errno, "making %s", ID_LEDGER);
        fd = open(ID_LEDGER, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    }
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

static void holders_close(struct holders *h)
{
    if (h->folder_fd >= 0)
        (void)close(h->folder_fd);
}

/* Without a folder there are no others; `make` makes it. */
static int holders_open(struct holders *h, int ledger_fd, uint32_t slot, bool make)
{
    h->ledger_fd = ledger_fd;
    (void)snprintf(h->slot, sizeof(h->slot), "%u", slot);               /* fits */
    (void)snprintf(h->folder, sizeof(h->folder), "%s.shared", h->slot); /* fits */
    if (make && mkdirat(ledger_fd, h->folder, 0700) < 0 && errno != EEXIST)
        return -errno;
    h->folder_fd = openat(ledger_fd, h->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    return h->folder_fd < 0 && (make || errno != ENOENT) ? -errno : 0;
}

/* The first of the others that is `folder`'s link, or with NULL, that leads to a container; dead ones go.
 * True: `ret_name` is its name. */
static bool holders_find(const struct holders *h, const char *folder, char ret_name[SLOT_SIZE])
{
    int copy = h->folder_fd < 0 ? -1 : fcntl(h->folder_fd, F_DUPFD_CLOEXEC, 3);
    DIR *d = copy < 0 ? NULL : fdopendir(copy);
    bool found = false;
    if (!d && copy >= 0)
        (void)close(copy);
    if (!d)
        return false;
    rewinddir(d);
    for (const struct dirent *e = readdir(d); e && !found; e = readdir(d)) {
        char owner[PATH_MAX];
        uint64_t number;
        if (number_parse(e->d_name, UINT32_MAX, &number) < 0)
            continue;
        if (ledger_is_stale(h->folder_fd, e->d_name, owner, sizeof(owner)))
            (void)unlinkat(h->folder_fd, e->d_name, 0);
        else if (owner[0] != '\0' && (!folder || streq(owner, folder))) {
            (void)snprintf(ret_name, SLOT_SIZE, "%llu", (unsigned long long)number);
            found = true;
        }
    }
    (void)closedir(d); /* only read */
    return found;
}

/* Takes the holder's link away: the next one is it now, or the range is free. */
static bool holders_pass_on(const struct holders *h)
{
    char name[SLOT_SIZE];
    if (holders_find(h, NULL, name) && renameat(h->folder_fd, name, h->ledger_fd, h->slot) == 0)
        return true;
    (void)unlinkat(h->ledger_fd, h->folder, AT_REMOVEDIR); /* mostly there is none */
    (void)unlinkat(h->ledger_fd, h->slot, 0);              /* free anyway as soon as its folder is gone */
    return false;
}

static int holders_add(const struct holders *h, const char *folder)
{
    char name[SLOT_SIZE];
    if (holders_find(h, folder, name))
        return 0;
    for (unsigned i = 0; i < RANGE_SIZE_IDS; i++) {
        (void)snprintf(name, sizeof(name), "%u", i); /* fits */
        if (symlinkat(folder, h->folder_fd, name) == 0)
            return 0;
        if (errno != EEXIST)
            return -errno;
    }
    return -ENOSPC;
}

/* 1: taken by us now or before; 0: someone else's. */
static int ledger_try(int ledger_fd, uint32_t number, const char *folder)
{
    char owner[PATH_MAX], slot[SLOT_SIZE];
    (void)snprintf(slot, sizeof(slot), "%u", number);
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
    autoholders struct holders others = {.folder_fd = -EBADF};
    int r = holders_open(&others, ledger_fd, number, false);
    if (r == 0 && ledger_is_stale(ledger_fd, slot, owner, sizeof(owner)) && !holders_pass_on(&others))
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
        int r = ledger_try(ledger_fd, slot, folder);
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

static bool range_slot(const struct id_pool *pool, uint32_t first, uint32_t *ret_slot)
{
    *ret_slot = (first - pool->first) / RANGE_SIZE_IDS;
    return first >= pool->first && *ret_slot < pool->ranges;
}

static int holders_join(const struct holders *h, const char *folder)
{
    char owner[PATH_MAX];
    if (ledger_is_stale(h->ledger_fd, h->slot, owner, sizeof(owner)) && !holders_pass_on(h))
        return -ENOENT;
    if (owner[0] == '\0')
        return -ENOENT;
    return streq(owner, folder) ? 0 : holders_add(h, folder);
}

int id_range_share(const struct id_pool *pool, uint32_t first, const char *folder, struct failure *failure)
{
    uint32_t slot;
    autoclose int ledger_fd = ledger_open(failure);
    autoholders struct holders others = {.folder_fd = -EBADF};
    if (ledger_fd < 0)
        return ledger_fd;
    if (!range_slot(pool, first, &slot))
        return -ENOENT;
    int r = flock(ledger_fd, LOCK_EX) < 0 ? -errno : holders_open(&others, ledger_fd, slot, true);
    if (r == 0)
        r = holders_join(&others, folder);
    if (r == -ENOENT)
        (void)unlinkat(ledger_fd, others.folder, AT_REMOVEDIR); /* ours, and empty */
    return r < 0 && r != -ENOENT ? fail(failure, r, "sharing an id range in %s", ID_LEDGER) : r;
}

void id_range_release(const struct id_pool *pool, uint32_t first, const char *folder)
{
    struct failure ignored = {0};
    char owner[PATH_MAX], name[SLOT_SIZE];
    uint32_t slot;
    autoclose int ledger_fd = range_slot(pool, first, &slot) ? ledger_open(&ignored) : -EBADF;
    autoholders struct holders others = {.folder_fd = -EBADF};
    if (ledger_fd < 0 || flock(ledger_fd, LOCK_EX) < 0 || holders_open(&others, ledger_fd, slot, false) < 0)
        return;
    (void)ledger_is_stale(ledger_fd, others.slot, owner, sizeof(owner)); /* only to read whose it is */
    if (streq(owner, folder)) {
        (void)holders_pass_on(&others);
    } else if (holders_find(&others, folder, name)) {
        (void)unlinkat(others.folder_fd, name, 0);
        (void)unlinkat(ledger_fd, others.folder, AT_REMOVEDIR); /* when it was the last */
    }
}

/* Held by the one whose link it is, or by somebody who shares it. */
static bool slot_is_held(int ledger_fd, uint32_t slot, const char *name)
{
    char owner[PATH_MAX], other[SLOT_SIZE];
    autoholders struct holders others = {.folder_fd = -EBADF};
    if (!ledger_is_stale(ledger_fd, name, owner, sizeof(owner)))
        return true;
    return holders_open(&others, ledger_fd, slot, false) == 0 && holders_find(&others, NULL, other);
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
        if (number_parse(e->d_name, pool->ranges - 1, &slot) < 0 ||
            !slot_is_held(ledger_fd, (uint32_t)slot, e->d_name))
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
