/* SPDX-License-Identifier: Apache-2.0 */
/* The pool's lines in /etc/subuid and /etc/subgid. */
#include "base/number.h"
#include "base/strings.h"
#include "base/text.h"
#include "formats/id_map.h"
#include "host/id_ledger.h"
#include "kernel/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define RANGE_SIZE_IDS 65536u
#define ACCOUNT_FILE_MAX (4u << 20)

struct id_line {
    char name[64];
    uint64_t first, count;
};

/* "name:first:count"; other lines are passed over as shadow-utils does. */
static bool id_line_parse(const char *line, size_t length, struct id_line *ret_line)
{
    char copy[160];
    if (length >= sizeof(copy))
        return false;
    memcpy(copy, line, length);
    copy[length] = '\0';
    char *first = strchr(copy, ':');
    char *count = first ? strchr(first + 1, ':') : NULL;
    if (!count || first == copy || (size_t)(first - copy) >= sizeof(ret_line->name))
        return false;
    *first++ = '\0';
    *count++ = '\0';
    (void)snprintf(ret_line->name, sizeof(ret_line->name), "%s", copy);
    return number_parse(first, UINT32_MAX, &ret_line->first) == 0 &&
           number_parse(count, UINT32_MAX, &ret_line->count) == 0 && ret_line->count > 0;
}

/* The next line of *text; false at the end. */
static bool line_next(const char **text, const char **ret_line, size_t *ret_length)
{
    if (**text == '\0')
        return false;
    *ret_line = *text;
    *ret_length = strcspn(*text, "\n");
    *text += *ret_length + ((*text)[*ret_length] == '\n');
    return true;
}

static bool pool_find(const char *text, struct id_line *ret_line)
{
    const char *line;
    size_t length;
    while (line_next(&text, &line, &length))
        if (id_line_parse(line, length, ret_line) && streq(ret_line->name, ID_POOL_NAME) &&
            ret_line->count >= RANGE_SIZE_IDS)
            return true;
    return false;
}

/* Moves the pool's start behind whatever lies in it: other ranges of the file. */
static void pool_avoid_ranges(const char *text, struct id_line *pool)
{
    const char *line;
    size_t length;
    struct id_line other;
    while (line_next(&text, &line, &length)) {
        if (!id_line_parse(line, length, &other) || streq(other.name, ID_POOL_NAME))
            continue;
        uint64_t end = other.first + other.count, pool_end = pool->first + pool->count;
        if (end <= pool->first || other.first >= pool_end)
            continue;
        uint64_t next = (end + RANGE_SIZE_IDS - 1) / RANGE_SIZE_IDS * RANGE_SIZE_IDS;
        pool->count = next < pool_end ? pool_end - next : 0;
        pool->first = next;
    }
}

/* The same for accounts: the third field of /etc/passwd and /etc/group is an id. */
static void pool_avoid_accounts(const char *text, struct id_line *pool)
{
    const char *line;
    size_t length;
    while (line_next(&text, &line, &length)) {
        /* The id stands near the front; what follows (a group's members) may be long. */
        char copy[512];
        if (length >= sizeof(copy))
            length = sizeof(copy) - 1;
        memcpy(copy, line, length);
        copy[length] = '\0';
        char *field = strchr(copy, ':');
        field = field ? strchr(field + 1, ':') : NULL;
        uint32_t id;
        if (!field)
            continue;
        field[1 + strcspn(field + 1, ":")] = '\0';
        if (number_parse_id(field + 1, &id) < 0 || id < pool->first || id >= pool->first + pool->count)
            continue;
        uint64_t next = (uint64_t)id / RANGE_SIZE_IDS * RANGE_SIZE_IDS + RANGE_SIZE_IDS;
        uint64_t end = pool->first + pool->count;
        pool->count = next < end ? end - next : 0;
        pool->first = next;
    }
}

static int account_file_read(const char *path, char **ret_text, struct failure *failure)
{
    int r = file_read_all(AT_FDCWD, path, ACCOUNT_FILE_MAX, ret_text, NULL);
    if (r == -ENOENT) {
        *ret_text = strdup("");
        r = *ret_text ? 0 : -ENOMEM;
    }
    return r < 0 ? fail(failure, r, "reading %s", path) : 0;
}

/* Appends the pool's line; the old content stays as it is, mode and owner too. */
static int subordinate_file_append(const char *name, const struct id_line *pool, struct failure *failure)
{
    autoclose int etc = open("/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autotext struct text text = {0};
    autofree char *old = NULL;
    char path[64];
    (void)snprintf(path, sizeof(path), "/etc/%s", name);
    if (etc < 0)
        return fail(failure, -errno, "opening /etc");
    int r = account_file_read(path, &old, failure);
    if (r < 0)
        return r;
    size_t length = strlen(old);
    text_printf(&text, "%s%s%s:%llu:%llu\n", old, length > 0 && old[length - 1] != '\n' ? "\n" : "",
                pool->name, (unsigned long long)pool->first, (unsigned long long)pool->count);
    r = text_error(&text);
    if (r == 0)
        r = file_write_atomic(etc, name, text_peek(&text), text.length, true);
    if (r == 0 && fchmodat(etc, name, 0644, 0) < 0)
        r = -errno;
    return r < 0 ? fail(failure, r, "adding the id pool to %s", path) : 0;
}

static int pool_create(struct id_line *ret_pool, struct failure *failure)
{
    static const char *const ranges[] = {"/etc/subuid", "/etc/subgid"};
    static const char *const accounts[] = {"/etc/passwd", "/etc/group"};
    struct id_line pool = {ID_POOL_NAME, ID_POOL_FIRST, (uint64_t)ID_POOL_RANGES * RANGE_SIZE_IDS};
    for (int round = 0; round < 2; round++) /* what the second file moved may land on the first's */
        for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
            autofree char *range = NULL, *account = NULL;
            int r = account_file_read(ranges[i], &range, failure);
            if (r == 0)
                r = account_file_read(accounts[i], &account, failure);
            if (r < 0)
                return r;
            pool_avoid_ranges(range, &pool);
            pool_avoid_accounts(account, &pool);
        }
    pool.count = pool.count / RANGE_SIZE_IDS * RANGE_SIZE_IDS;
    if (pool.count == 0)
        return refuse(failure, -ENOSPC,
                      "no ids are free from %u to 2147352575: add a range for \"%s\" to /etc/subuid and "
                      "/etc/subgid by hand, for example %s:700000000:6553600",
                      ID_POOL_FIRST, ID_POOL_NAME, ID_POOL_NAME);
    int r = subordinate_file_append("subuid", &pool, failure);
    if (r == 0)
        r = subordinate_file_append("subgid", &pool, failure);
    if (r == 0)
        *ret_pool = pool;
    return r;
}

/* Both lines; -ENOENT when there is none, -EUCLEAN when one file alone has it: an accident, or another first
 * run that is between the two. */
static int pool_read(struct id_line *ret_uids, struct id_line *ret_gids, struct failure *failure)
{
    autofree char *uids = NULL, *gids = NULL;
    int r = account_file_read("/etc/subuid", &uids, failure);
    if (r == 0)
        r = account_file_read("/etc/subgid", &gids, failure);
    if (r < 0)
        return r;
    bool has_uids = pool_find(uids, ret_uids), has_gids = pool_find(gids, ret_gids);
    if (has_uids != has_gids)
        return refuse(failure, -EUCLEAN, "\"%s\" stands only in %s: add the same line to the other file",
                      ID_POOL_NAME, has_uids ? "/etc/subuid" : "/etc/subgid");
    return has_uids ? 0 : -ENOENT;
}

int id_pool_prepare(struct id_pool *ret_pool, bool *ret_created, struct failure *failure)
{
    struct id_line uids, gids;
    *ret_created = false;
    int r = pool_read(&uids, &gids, failure);
    if (r == -ENOENT || r == -EUCLEAN) {
        /* Two first runs at once: the second one waits and then finds the pool. */
        autoclose int lock = open("/run/lock", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (lock < 0)
            lock = open("/run", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (lock < 0 || flock(lock, LOCK_EX) < 0)
            return fail(failure, -errno, "locking the id pool");
        r = pool_read(&uids, &gids, failure);
        if (r == -ENOENT) {
            r = pool_create(&uids, failure);
            gids = uids;
            *ret_created = r == 0;
        }
    }
    if (r < 0)
        return r;
    if (uids.first != gids.first || uids.count != gids.count || uids.first == 0)
        return refuse(failure, -EINVAL,
                      "the lines of \"%s\" in /etc/subuid and /etc/subgid differ or begin at 0: they must be "
                      "the same range",
                      ID_POOL_NAME);
    if (uids.first + uids.count - 1 > ID_MAP_ID_MAX)
        return refuse(
            failure, -EINVAL,
            "the range of \"%s\" in /etc/subuid and /etc/subgid goes past id %u, the last one there is",
            ID_POOL_NAME, ID_MAP_ID_MAX);
    *ret_pool = (struct id_pool){(uint32_t)uids.first, (uint32_t)(uids.count / RANGE_SIZE_IDS)};
    return 0;
}
