/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/lookup.h"
#include "engine/network.h"
#include "engine/volume.h"
#include "formats/exit_record.h"
#include "host/id_ledger.h"
#include "kernel/cgroup.h"
#include "kernel/path.h"
#include "kernel/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define KILL_TIMEOUT_MS 10000

static void discard_volumes(struct engine *e, const struct container_record *record)
{
    for (size_t i = 0; i < record->anonymous_volumes.count; i++) {
        struct failure ignored = {0};
        ignore(volume_remove(e, record->anonymous_volumes.items[i], true,
                             &ignored)); /* prune finds what stays */
    }
}

static void discard_range(struct engine *e, const struct container_record *record)
{
    struct failure ignored = {0};
    autofree char *folder = NULL;
    struct id_pool pool;
    bool created;
    if (record->range_first == 0 || id_pool_prepare(&pool, &created, &ignored) < 0)
        return;
    if (asprintf(&folder, "%s/containers/%s", e->root, record->id) >= 0)
        id_range_release(&pool, record->range_first, folder);
}

/* Takes one tree away from a folder given by name; what cannot be removed now stays pending. */
static int discard_tree(int dirfd, const char *folder, const char *name)
{
    autoclose int fd = path_open_beneath(dirfd, folder, O_RDONLY | O_DIRECTORY);
    return fd == -ENOENT ? 0 : fd < 0 ? fd : tree_remove(fd, name);
}

void container_discard(struct engine *e, const struct container_record *record)
{
    /* The record goes first: from here on the container does not exist, only rubbish that `pending` names. */
    autoclose int folder = record_open_folder(e, record->id);
    if (pending_add(e, record->id) < 0)
        return;
    if (folder >= 0)
        (void)unlinkat(folder, "record.json", 0); /* not there: half made, or half removed before */
    int r = discard_tree(e->storage_fd, "containers", record->id);
    if (r == 0)
        r = discard_tree(e->run_fd, "containers", record->id);
    if (record->request.name)
        name_release(e, record->request.name, record->id);
    discard_range(e, record);
    if (r == 0)
        r = discard_tree(e->root_fd, "containers", record->id);
    if (r == 0)
        pending_remove(e, record->id);
}

void container_discard_all(struct engine *e, const struct container_record *record)
{
    container_discard(e, record); /* first: a volume that a record still names is refused */
    discard_volumes(e, record);
}

/* One name of ROOT/pending. */
static void pending_finish_one(struct engine *e, const char *id)
{
    autorecord struct container_record record = {0};
    autoclose int lock = -EBADF;
    int r = container_lock(e, id, false, &lock);
    if (r == -EWOULDBLOCK)
        return; /* somebody is at it */
    if (r == 0 && restart_is_under_way(e, id))
        return; /* it is only between two runs */
    if (r == 0 && record_read(e, id, &record) == 0 && !record.request.auto_remove) {
        pending_remove(e, id);
        return;
    }
    struct failure ignored = {0};
    ignore(container_clear_run(e, id, &ignored)); /* it may never have run */
    (void)snprintf(record.id, sizeof(record.id), "%s", id);
    container_discard_all(e, &record);
}

void pending_finish(struct engine *e)
{
    int fd = path_open_beneath(e->root_fd, "pending", O_RDONLY | O_DIRECTORY);
    DIR *pending = fd < 0 ? NULL : fdopendir(fd);
    if (!pending)
        return;
    for (struct dirent *entry = readdir(pending); entry; entry = readdir(pending)) {
        if (entry->d_type != DT_REG)
            continue;
        /* A creation holds the entry itself: its container cannot be locked yet. */
        autoclose int held = openat(fd, entry->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (held < 0 || flock(held, LOCK_EX | LOCK_NB) < 0)
            continue;
        if (strlen(entry->d_name) == RECORD_ID_SIZE - 1)
            pending_finish_one(e, entry->d_name);
        else if (string_after(entry->d_name, ".new-"))
            (void)unlinkat(fd, entry->d_name, 0); /* its creation was killed, or tries again */
    }
    (void)closedir(pending);
}

/* Gives ret_oom when the group still counts; it is the last to look. */
static int clear_cgroup(const char *path, enum exit_oom *ret_oom, struct failure *failure)
{
    autocgroup struct cgroup cgroup = CGROUP_EMPTY;
    uint64_t kills;
    int r = cgroup_open(path, &cgroup, failure);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    if (cgroup_read_oom_kills(&cgroup, &kills) == 0)
        *ret_oom = kills > 0 ? EXIT_OOM_YES : EXIT_OOM_NO;
    r = cgroup_kill(&cgroup, KILL_TIMEOUT_MS, failure);
    if (r < 0 && r != -EOPNOTSUPP)
        return r;
    return cgroup_remove(&cgroup, failure);
}

/* The work folders of overlay: a new one per start. */
static void clear_work(struct engine *e, const char *id)
{
    char path[RECORD_ID_SIZE + 16];
    (void)snprintf(path, sizeof(path), "containers/%s", id);
    int fd = path_open_beneath(e->storage_fd, path, O_RDONLY | O_DIRECTORY);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (!folder)
        return;
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        if (string_after(entry->d_name, "work-"))
            ignore(tree_remove(fd, entry->d_name)); /* the next start takes another number */
    (void)closedir(folder);
}

/* The monitor wrote how it ended, or nobody did; the group told about memory. */
static void clear_exit(struct engine *e, const char *id, enum exit_oom oom)
{
    autoclose int folder = record_open_folder(e, id);
    struct exit_record record;
    if (folder < 0)
        return;
    if (faccessat(folder, "exit.json", F_OK, 0) == 0) {
        if (oom != EXIT_OOM_YES || exit_read(folder, &record) < 0) /* the rare case alone is worth a write */
            return;
    } else {
        record = (struct exit_record){.exit_code = 137, .signal = 9};
        (void)clock_gettime(CLOCK_REALTIME, &record.finished);
    }
    record.oom_killed = oom;
    ignore(exit_write(folder, &record)); /* without it the container shows as created */
}

int container_clear_run(struct engine *e, const char *id, struct failure *failure)
{
    autostate struct container_state state = {0};
    char cgroup[CGROUP_PATH_MAX];
    enum exit_oom oom = EXIT_OOM_UNKNOWN;
    int r = state_read(e, id, &state);
    bool ran = r == 0;
    /* A start that was killed before it wrote its state has a cgroup of the usual name, perhaps. */
    (void)snprintf(cgroup, sizeof(cgroup), "%s", ran && state.cgroup ? state.cgroup : "unroot/");
    if (!ran || !state.cgroup)
        (void)snprintf(cgroup + strlen(cgroup), sizeof(cgroup) - strlen(cgroup), "%s", id);
    r = clear_cgroup(cgroup, &oom, failure);
    if (r < 0)
        return r;
    r = network_detach(id, e->run_fd, failure);
    if (r < 0)
        return r;
    if (ran)
        clear_exit(e, id, oom);
    clear_work(e, id);
    r = discard_tree(e->run_fd, "containers", id);
    return r < 0 ? fail(failure, r, "removing the run folder") : 0;
}

int container_clean_up(struct engine *e, const char *id, struct failure *failure)
{
    autorecord struct container_record record = {0};
    int r = container_clear_run(e, id, failure);
    if (r < 0 || record_read(e, id, &record) < 0 || !record.request.auto_remove ||
        restart_is_under_way(e, id))
        return r;
    container_discard_all(e, &record);
    return 0;
}

int container_cleanup(struct engine *e, const char *who, struct failure *failure)
{
    char id[RECORD_ID_SIZE];
    autoclose int lock = -EBADF;
    int r = container_find(e, who, id, failure);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    r = container_lock(e, id, false, &lock);
    if (r == -ENOENT)
        return 0;
    /* The monitor may hold the lock and have its client clean up for it; before it has written how it ended,
     * nobody may. */
    if (r < 0 && container_read_status(e, id) != CONTAINER_EXITED)
        return refuse(failure, -EBUSY, "container %.12s is running", id);
    return container_clean_up(e, id, failure);
}

int container_cleanup_held(struct engine *e, const char *who, int lock_fd, struct failure *failure)
{
    char id[RECORD_ID_SIZE];
    struct stat held, wanted;
    int r = container_find(e, who, id, failure);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    autoclose int folder = record_open_folder(e, id);
    if (folder < 0 || fstat(folder, &wanted) < 0 || fstat(lock_fd, &held) < 0 ||
        held.st_dev != wanted.st_dev || held.st_ino != wanted.st_ino ||
        fcntl(lock_fd, F_SETFD, FD_CLOEXEC) < 0 || flock(lock_fd, LOCK_EX | LOCK_NB) < 0)
        return container_cleanup(e, id, failure);
    return container_clean_up(e, id, failure);
}

static int remove_refuse(const char *id, struct failure *failure)
{
    return refuse(failure, -EBUSY, "container %.12s is running: stop it first, or use rm -f", id);
}

/* Ends it when it runs, and takes its lock; once more if somebody started it in between. */
static int remove_lock(struct engine *e, const char *id, bool force, int *ret_lock, struct failure *failure)
{
    const struct stop_request kill = {.timeout_seconds = 0};
    int r;
    do {
        autostate struct container_state state = {0};
        enum container_status status = container_read_status(e, id);
        int64_t started = force && state_read(e, id, &state) == 0 ? state.started : 0;
        bool runs = status == CONTAINER_RUNNING || status == CONTAINER_PAUSED;
        if (!force && (runs || restart_is_under_way(e, id)))
            return remove_refuse(id, failure);
        r = runs ? container_stop(e, id, &kill, failure) : 0;
        if (r < 0)
            return r;
        r = container_lock_ended(e, id, started, ret_lock);
        if (r == -EALREADY && !force)
            return remove_refuse(id, failure);
    } while (r == -EALREADY);
    return r < 0 && r != -ENOENT ? fail(failure, r, "locking container %.12s", id) : r;
}

int container_remove(struct engine *e, const char *who, bool force, bool volumes, struct failure *failure)
{
    char id[RECORD_ID_SIZE];
    autorecord struct container_record record = {0};
    autoclose int lock = -EBADF;
    int r = container_find(e, who, id, failure);
    if (r < 0)
        return r;
    r = remove_lock(e, id, force, &lock, failure);
    if (r < 0)
        return r == -ENOENT ? 0 : r; /* somebody else removed it */
    r = container_clear_run(e, id, failure);
    if (r < 0)
        return fail_within(failure, "removing container %.12s", id);
    if (record_read(e, id, &record) < 0)
        (void)snprintf(record.id, sizeof(record.id), "%s", id);
    if (volumes || record.request.auto_remove)
        container_discard_all(e, &record);
    else
        container_discard(e, &record);
    return 0;
}

int container_prune(struct engine *e, struct strings *ret_ids, struct failure *failure)
{
    autostrings struct strings ids = {0};
    pending_finish(e);
    int r = container_enumerate(e, &ids);
    for (size_t i = 0; r == 0 && i < ids.count; i++) {
        enum container_status status = container_read_status(e, ids.items[i]);
        if (status == CONTAINER_RUNNING || status == CONTAINER_PAUSED ||
            restart_is_under_way(e, ids.items[i]))
            continue;
        r = container_remove(e, ids.items[i], false, false, failure);
        if (r == 0)
            r = strings_add(ret_ids, ids.items[i]);
    }
    return r;
}
