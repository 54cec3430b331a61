/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/lookup.h"

#include "base/hex.h"
#include "kernel/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#define NAME_SIZE_MAX 128
#define LOCK_PAUSE_MAX_MS 16

static bool name_is_valid(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    size_t length = strlen(name);
    return length >= 1 && length <= NAME_SIZE_MAX && strspn(name, allowed) == length &&
           strchr("_.-", name[0]) == NULL;
}

static int names_open(const struct engine *e)
{
    return path_open_beneath(e->root_fd, "names", O_RDONLY | O_DIRECTORY);
}

/* The id that a name points at; -ENOENT also when that container is gone. */
static int name_read(const struct engine *e, int names_fd, const char *name, char ret_id[RECORD_ID_SIZE])
{
    char id[RECORD_ID_SIZE + 1];
    ssize_t n = readlinkat(names_fd, name, id, sizeof(id) - 1);
    if (n < 0)
        return -errno;
    id[n] = '\0';
    if (!hex_is_valid(id, RECORD_ID_SIZE - 1))
        return -ENOENT;
    autoclose int folder = record_open_folder(e, id);
    if (folder < 0)
        return folder;
    memcpy(ret_id, id, RECORD_ID_SIZE);
    return 0;
}

int name_check(const char *name, struct failure *failure)
{
    if (name_is_valid(name))
        return 0;
    return refuse(
        failure, -EINVAL,
        "invalid container name %s: letters, digits, '_', '.' and '-', beginning with a letter or digit, "
        "at most %d of them",
        name, NAME_SIZE_MAX);
}

int name_take(const struct engine *e, const char *name, const char *id, struct failure *failure)
{
    char owner[RECORD_ID_SIZE];
    int r = name_check(name, failure);
    if (r < 0)
        return r;
    autoclose int names = names_open(e);
    if (names < 0)
        return fail(failure, names, "opening the names");
    for (int tries = 0; tries < 3; tries++) {
        if (symlinkat(id, names, name) == 0)
            return 0;
        if (errno != EEXIST)
            return fail(failure, -errno, "taking the name %s", name);
        if (name_read(e, names, name, owner) == 0)
            return refuse(failure, -EEXIST,
                          "the name %s is already in use by container %.12s: remove or rename that one, or "
                          "choose another name",
                          name, owner);
        (void)flock(names, LOCK_EX); /* two that find the same dead name: the second one looks again */
        if (name_read(e, names, name, owner) == -ENOENT)
            (void)unlinkat(names, name, 0); /* if it stays, the next round says so */
        (void)flock(names, LOCK_UN);
    }
    return refuse(failure, -EEXIST, "the name %s is already in use", name);
}

void name_release(const struct engine *e, const char *name, const char *id)
{
    char owner[RECORD_ID_SIZE + 1];
    autoclose int names = names_open(e);
    if (names < 0 || !name_is_valid(name))
        return;
    ssize_t n = readlinkat(names, name, owner, sizeof(owner) - 1);
    if (n < 0)
        return;
    owner[n] = '\0';
    if (streq(owner, id))
        (void)unlinkat(names, name,
                       0); /* a name that stays behind is free as soon as its container is gone */
}

int container_lock(const struct engine *e, const char *id, bool wait, int *ret_folder_fd)
{
    autoclose int folder = record_open_folder(e, id);
    if (folder < 0)
        return folder;
    while (flock(folder, LOCK_EX | (wait ? 0 : LOCK_NB)) < 0)
        if (errno != EINTR)
            return -errno;
    /* Whoever held it may have removed the container meanwhile. */
    struct stat status;
    if (fstat(folder, &status) < 0 || status.st_nlink == 0)
        return -ENOENT;
    *ret_folder_fd = TAKE_FD(folder);
    return 0;
}

/* Whether another run than the one that began at `started` is under way. */
static bool runs_anew(const struct engine *e, const char *id, int64_t started)
{
    autostate struct container_state state = {0};
    enum container_status status = container_read_status(e, id);
    return (status == CONTAINER_RUNNING || status == CONTAINER_PAUSED) && state_read(e, id, &state) == 0 &&
           state.started != started;
}

int container_lock_ended(const struct engine *e, const char *id, int64_t started, int *ret_folder_fd)
{
    for (int pause_ms = 1;; pause_ms = pause_ms < LOCK_PAUSE_MAX_MS ? 2 * pause_ms : pause_ms) {
        int r = container_lock(e, id, false, ret_folder_fd);
        if (r != -EWOULDBLOCK)
            return r;
        if (runs_anew(e, id, started))
            return -EALREADY;
        const struct timespec pause = {.tv_nsec = pause_ms * 1000000L};
        (void)nanosleep(&pause, NULL); /* a shorter one does no harm */
    }
}

static int turn_take(const struct engine *e, const char *id, const char *file, int *ret_turn_fd)
{
    autoclose int folder = record_open_folder(e, id);
    if (folder < 0)
        return folder;
    autoclose int turn = openat(folder, file, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (turn < 0)
        return -errno;
    while (flock(turn, LOCK_EX) < 0)
        if (errno != EINTR)
            return -errno;
    *ret_turn_fd = TAKE_FD(turn);
    return 0;
}

int restart_begin(const struct engine *e, const char *id, int *ret_turn_fd)
{
    return turn_take(e, id, "restart", ret_turn_fd);
}

int record_begin(const struct engine *e, const char *id, int *ret_turn_fd)
{
    return turn_take(e, id, "record", ret_turn_fd);
}

bool restart_is_under_way(const struct engine *e, const char *id)
{
    autoclose int folder = record_open_folder(e, id);
    autoclose int turn = folder < 0 ? folder : openat(folder, "restart", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    return turn >= 0 && flock(turn, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

bool container_is_locked(const struct engine *e, const char *id)
{
    autoclose int folder = record_open_folder(e, id);
    return folder >= 0 && flock(folder, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

static bool state_exists(const struct engine *e, const char *id)
{
    autoclose int run = record_open_run_folder(e, id, false);
    return run >= 0 && faccessat(run, "state.json", F_OK, 0) == 0;
}

enum container_status container_read_status(const struct engine *e, const char *id)
{
    autoclose int folder = record_open_folder(e, id);
    if (folder >= 0 && faccessat(folder, "exit.json", F_OK, 0) == 0)
        return CONTAINER_EXITED;
    if (!state_exists(e, id))
        return CONTAINER_CREATED;
    if (!container_is_locked(e, id))
        return CONTAINER_EXITED; /* its monitor was killed; clean-up will say 137 */
    autoclose int run = record_open_run_folder(e, id, false);
    return run >= 0 && faccessat(run, "paused", F_OK, 0) == 0 ? CONTAINER_PAUSED : CONTAINER_RUNNING;
}

int container_enumerate(const struct engine *e, struct strings *ret_ids)
{
    int fd = path_open_beneath(e->root_fd, "containers", O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return fd;
    DIR *folder = fdopendir(fd);
    if (!folder) {
        (void)close(fd);
        return -ENOMEM;
    }
    int r = 0;
    for (struct dirent *entry = readdir(folder); r == 0 && entry; entry = readdir(folder)) {
        char path[RECORD_ID_SIZE + 16];
        if (!hex_is_valid(entry->d_name, RECORD_ID_SIZE - 1))
            continue;
        (void)snprintf(path, sizeof(path), "%s/record.json", entry->d_name);
        if (faccessat(fd, path, F_OK, 0) == 0)
            r = strings_add(ret_ids, entry->d_name);
    }
    (void)closedir(folder);
    return r;
}

static int find_prefix(const struct engine *e, const char *who, char ret_id[RECORD_ID_SIZE],
                       struct failure *failure)
{
    autostrings struct strings ids = {0};
    const char *found = NULL;
    int r = container_enumerate(e, &ids);
    if (r < 0)
        return fail(failure, r, "listing containers");
    for (size_t i = 0; i < ids.count; i++) {
        if (!string_after(ids.items[i], who))
            continue;
        if (found)
            return refuse(failure, -EEXIST, "the id %s is ambiguous: %.12s and %.12s begin with it", who,
                          found, ids.items[i]);
        found = ids.items[i];
    }
    if (!found)
        return refuse(failure, -ENOENT, "no such container: %s", who);
    memcpy(ret_id, found, RECORD_ID_SIZE);
    return 0;
}

int container_find(struct engine *e, const char *who, char ret_id[CONTAINER_ID_LENGTH + 1],
                   struct failure *failure)
{
    if (who[0] == '/') /* docker shows names with a slash before them */
        who++;
    if (!name_is_valid(who))
        return refuse(failure, -ENOENT, "no such container: %s", who);
    /* A whole id is that container, even if another one took it as its name. */
    if (hex_is_valid(who, RECORD_ID_SIZE - 1)) {
        autoclose int folder = record_open_folder(e, who);
        if (folder >= 0) {
            memcpy(ret_id, who, RECORD_ID_SIZE);
            return 0;
        }
    }
    autoclose int names = names_open(e);
    if (names < 0)
        return fail(failure, names, "opening the names");
    if (name_read(e, names, who, ret_id) == 0)
        return 0;
    if (who[strspn(who, "0123456789abcdef")] != '\0')
        return refuse(failure, -ENOENT, "no such container: %s", who);
    return find_prefix(e, who, ret_id, failure);
}

static int pending_open(const struct engine *e)
{
    if (mkdirat(e->root_fd, "pending", 0700) < 0 && errno != EEXIST)
        return -errno;
    return path_open_beneath(e->root_fd, "pending", O_RDONLY | O_DIRECTORY);
}

int pending_add(const struct engine *e, const char *id)
{
    autoclose int pending = pending_open(e);
    if (pending < 0)
        return pending;
    autoclose int entry = openat(pending, id, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
    return entry < 0 ? -errno : 0;
}

int pending_begin(const struct engine *e, const char *id, int *ret_fd)
{
    char name[RECORD_ID_SIZE + 8];
    autoclose int pending = pending_open(e);
    if (pending < 0)
        return pending;
    (void)snprintf(name, sizeof(name), ".new-%s", id);
    for (int tries = 0; tries < 200; tries++) {
        autoclose int entry = openat(pending, name, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (entry < 0)
            return -errno;
        /* Between these two lines pending_finish() may take it for rubbish: it holds the lock for a moment,
         * and then the rename says so. Every command sweeps once, so on a busy host this happens several
         * times in a row. */
        if (flock(entry, LOCK_EX) == 0 && renameat(pending, name, pending, id) == 0) {
            *ret_fd = TAKE_FD(entry);
            return 0;
        }
    }
    return -EAGAIN;
}

void pending_remove(const struct engine *e, const char *id)
{
    autoclose int pending = path_open_beneath(e->root_fd, "pending", O_RDONLY | O_DIRECTORY);
    if (pending >= 0)
        (void)unlinkat(pending, id, 0); /* what stays is looked at by the next command and taken away there */
}
