/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/copy_root.h"

#include "engine/image_view.h"
#include "engine/lookup.h"
#include "engine/running.h"
#include "kernel/process.h"
#include "store/staging.h"

#include <errno.h>
#include <fcntl.h>

static int open_running(struct copy_root *c, const struct container_record *record, struct failure *failure)
{
    autostate struct container_state state = {0};
    autoclose int pidfd = -EBADF;
    char path[64];
    int r = running_open(c->engine, c->id, &state, &pidfd, failure);
    if (r < 0)
        return r;
    if (record->range_first == 0)
        return refuse(
            failure, -EOPNOTSUPP,
            "container %.12s runs without an id range of its own: its files can be copied when it is stopped",
            c->id);
    (void)snprintf(path, sizeof(path), "/proc/%d/root", state.pid); /* fits */
    c->root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (c->root_fd < 0)
        return fail(failure, -errno, "opening the root of container %.12s", c->id);
    if (process_signal(pidfd, 0) < 0) /* the pid may be another's by now */
        return refuse(failure, -ESRCH, "container %.12s has just ended", c->id);
    (void)snprintf(c->map, sizeof(c->map), "0 %u %u\n", record->range_first, STORE_ID_COUNT); /* fits */
    return 0;
}

static int make_work(struct copy_root *c)
{
    c->add_lock = store_lock(c->store, STORE_LOCK_ADD);
    if (c->add_lock < 0)
        return c->add_lock;
    autoclose int folder = staging_make(c->store, c->work);
    return folder < 0 ? folder : 0;
}

static int open_stopped(struct copy_root *c, const struct container_record *record, bool write,
                        struct failure *failure)
{
    autoimage struct image image = {0};
    autostrings struct strings folders = {0};
    char upper[CONTAINER_ID_LENGTH + 32];
    int r = container_lock(c->engine, c->id, false, &c->lock_fd);
    if (r < 0)
        return fail(failure, r, "locking container %.12s (is it being started?)", c->id);
    r = image_find(c->store, record->image_id, &image, failure);
    if (r < 0)
        return r;
    (void)snprintf(upper, sizeof(upper), "containers/%s/upper", c->id); /* fits */
    if (!write && strings_add(&folders, upper) < 0)
        return fail(failure, -ENOMEM, "opening container %.12s", c->id);
    if (image_layer_folders(&image, &folders) < 0)
        return fail(failure, -ENOMEM, "opening container %.12s", c->id);
    if (!write) {
        c->root_fd = tree_view_open(c->store, &folders, failure);
        return c->root_fd < 0 ? c->root_fd : 0;
    }
    r = make_work(c);
    if (r < 0)
        return fail(failure, r, "making a work folder");
    char work[STAGING_NAME_SIZE + 16];
    (void)snprintf(work, sizeof(work), "layers/%s", c->work); /* fits */
    const struct tree_view view = {.folders = folders, .upper = upper, .work = work};
    c->root_fd = tree_view_open_writable(c->store, &view, failure);
    return c->root_fd < 0 ? c->root_fd : 0;
}

int copy_root_open(struct copy_root *c, const char *who, bool write, struct failure *failure)
{
    autorecord struct container_record record = {0};
    c->root_fd = c->lock_fd = c->add_lock = -EBADF;
    int r = container_find(c->engine, who, c->id, failure);
    if (r < 0)
        return r;
    r = record_read(c->engine, c->id, &record);
    if (r < 0)
        return fail(failure, r, "reading the record of container %.12s", c->id);
    enum container_status status = container_read_status(c->engine, c->id);
    if (status == CONTAINER_RUNNING || status == CONTAINER_PAUSED)
        return open_running(c, &record, failure);
    return open_stopped(c, &record, write, failure);
}

void copy_root_close(struct copy_root *c)
{
    if (c->root_fd >= 0)
        (void)close(c->root_fd); /* a folder; the mount ends with it */
    if (c->work[0] && staging_remove(c->store, c->work) < 0)
        c->work[0] = '\0'; /* it is rubbish like any other */
    const int locks[] = {c->lock_fd, c->add_lock};
    for (size_t i = 0; i < ARRAY_SIZE(locks); i++)
        if (locks[i] >= 0)
            (void)close(locks[i]); /* a lock */
    c->root_fd = c->lock_fd = c->add_lock = -EBADF;
}
