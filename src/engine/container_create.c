/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/create.h"

#include "base/hex.h"
#include "engine/volume.h"
#include "plan/start.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#define autostore __attribute__((cleanup(store_close)))

static int create_volume(struct engine *e, const char *name, struct volume *ret_volume,
                         struct failure *failure)
{
    struct volume_request request = {.name = name};
    return volume_create(e, &request, ret_volume, failure);
}

/* An anonymous volume for `target`: its name goes into the record and, as -v NAME:TARGET, into the request.
 */
static int create_anonymous(struct engine *e, struct container_record *record, const char *target,
                            struct failure *failure)
{
    autovolume struct volume volume = {0};
    int r = create_volume(e, NULL, &volume, failure);
    if (r < 0)
        return r;
    r = strings_add(&record->anonymous_volumes, volume.name);
    if (r == 0)
        r = strings_addf(&record->request.volumes, "%s:%s", volume.name, target);
    return r < 0 ? fail(failure, r, "volume on %s", target) : 0;
}

static int create_named(struct engine *e, const struct mount_list *mounts, struct failure *failure)
{
    for (size_t i = 0; i < mounts->count; i++) {
        autovolume struct volume volume = {0};
        if (mounts->items[i].kind != MOUNT_KIND_VOLUME || !mounts->items[i].source)
            continue;
        int r = create_volume(e, mounts->items[i].source, &volume, failure);
        if (r < 0)
            return r;
    }
    return 0;
}

static bool mounts_have_target(const struct mount_list *mounts, const char *target)
{
    for (size_t i = 0; i < mounts->count; i++)
        if (streq(mounts->items[i].target, target))
            return true;
    return false;
}

/* Takes what asks for an anonymous volume out of a list; the target is kept in `targets`. */
static int request_take_anonymous(struct strings *words, const struct mount_list *mounts, size_t *index,
                                  struct strings *targets)
{
    size_t kept = 0;
    int r = 0;
    for (size_t i = 0; i < words->count; i++, (*index)++) {
        const struct mount_spec *mount = &mounts->items[*index];
        if (mount->kind == MOUNT_KIND_VOLUME && !mount->source) {
            if (r == 0)
                r = strings_add(targets, mount->target);
            free(words->items[i]);
        } else {
            words->items[kept++] = words->items[i];
        }
    }
    words->count = kept;
    if (words->items)
        words->items[kept] = NULL;
    return r;
}

int create_volumes(struct engine *e, const struct image *image, struct container_record *record,
                   struct failure *failure)
{
    automounts struct mount_list mounts = {0};
    autostrings struct strings targets = {0};
    size_t index = 0;
    int r = mount_list_read(&record->request, &mounts, failure);
    if (r == 0)
        r = create_named(e, &mounts, failure);
    if (r < 0)
        return r;
    r = request_take_anonymous(&record->request.volumes, &mounts, &index, &targets);
    if (r == 0)
        r = request_take_anonymous(&record->request.mounts, &mounts, &index, &targets);
    for (size_t i = 0; r == 0 && i < image->config.volumes.count; i++)
        if (!mounts_have_target(&mounts, image->config.volumes.items[i]))
            r = strings_add(&targets, image->config.volumes.items[i]);
    if (r < 0)
        return fail(failure, r, "reading the mounts");
    for (size_t i = 0; i < targets.count; i++) {
        r = create_anonymous(e, record, targets.items[i], failure);
        if (r < 0)
            return r;
    }
    return 0;
}

int create_folders(const struct engine *e, const char *id, struct failure *failure)
{
    char path[RECORD_ID_SIZE + 32];
    (void)snprintf(path, sizeof(path), "containers/%s", id);
    if (mkdirat(e->root_fd, path, 0700) < 0 || mkdirat(e->storage_fd, path, 0755) < 0)
        return fail(failure, -errno, "making the container's folder");
    if (fchownat(e->storage_fd, path, STORAGE_BASE, STORAGE_BASE, AT_SYMLINK_NOFOLLOW) < 0)
        return fail(failure, -errno, "making the container's folder");
    (void)snprintf(path, sizeof(path), "containers/%s/upper", id);
    if (mkdirat(e->storage_fd, path, 0755) < 0 ||
        fchownat(e->storage_fd, path, STORAGE_BASE, STORAGE_BASE, AT_SYMLINK_NOFOLLOW) < 0)
        return fail(failure, -errno, "making the writable layer");
    (void)snprintf(path, sizeof(path), "containers/%s/log", id);
    if (mkdirat(e->root_fd, path, 0700) < 0)
        return fail(failure, -errno, "making the log folder");
    return 0;
}

int create_range(struct engine *e, struct container_record *record, struct failure *failure)
{
    autouserns struct userns_mode mode = {0};
    autofree char *folder = NULL;
    struct id_pool pool;
    bool created;
    int r = userns_mode_parse(record->request.userns, &mode, failure);
    if (r < 0 || !create_needs_range(&record->request, &mode))
        return r;
    r = id_pool_prepare(&pool, &created, failure);
    if (r < 0)
        return r;
    if (created)
        engine_say(e,
                   "registered %u ids from %u for \"%s\" in /etc/subuid and /etc/subgid: every container "
                   "gets its own "
                   "65536 of them",
                   pool.ranges * RANGE_SIZE, pool.first, ID_POOL_NAME);
    if (asprintf(&folder, "%s/containers/%s", e->root, record->id) < 0)
        return fail(failure, -ENOMEM, "taking an id range");
    return id_range_take(&pool, record->request.name, folder, &record->range_first, failure);
}

static int create_name(const struct engine *e, struct container_record *record, struct failure *failure)
{
    char name[NAME_CHOSEN_SIZE];
    if (record->request.name)
        return name_take(e, record->request.name, record->id, failure);
    int r = name_choose(e, record->id, name, failure);
    if (r < 0)
        return r;
    record->request.name = strdup(name);
    return record->request.name ? 0 : fail(failure, -ENOMEM, "choosing a name");
}

static int create_all(struct engine *e, const struct image *image, struct container_record *record,
                      struct failure *failure)
{
    int r = create_name(e, record, failure);
    if (r == 0)
        r = create_range(e, record, failure);
    if (r == 0)
        r = create_volumes(e, image, record, failure);
    if (r < 0)
        return r;
    r = record_write(e, record, !record->request.auto_remove);
    return r < 0 ? fail(failure, r, "writing the container's record") : 0;
}

int create_id(char ret_id[RECORD_ID_SIZE], struct failure *failure)
{
    unsigned char bytes[(RECORD_ID_SIZE - 1) / 2];
    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        return fail(failure, -errno, "choosing an id");
    hex_encode(bytes, sizeof(bytes), ret_id);
    return 0;
}

/* The lock is held until the record stands, so that nobody takes the half-made container for rubbish. */
static int create_locked(struct engine *e, const struct image *image, struct container_record *record,
                         struct failure *failure)
{
    autoclose int lock = -EBADF, pending = -EBADF;
    int r = pending_begin(e, record->id, &pending);
    if (r < 0)
        return fail(failure, r, "making the container");
    r = create_folders(e, record->id, failure);
    if (r == 0) {
        r = container_lock(e, record->id, false, &lock);
        if (r < 0)
            ignore(fail(failure, r, "locking the new container"));
    }
    if (r == 0)
        r = create_all(e, image, record, failure);
    if (r < 0)
        container_discard(e, record);
    else if (record->request.auto_remove && record->request.starts_now && e->held_fd < 0)
        e->held_fd =
            TAKE_FD(pending); /* container_start() writes the entry again; until then a kill undoes this */
    else
        pending_remove(e, record->id);
    return r;
}

/* The image's labels are the container's too, unless it has one of the name (docker's rule). */
static int create_labels(const struct image_config *config, struct strings *labels)
{
    struct strings all = {0};
    int r = strings_copy(&all, &config->labels);
    for (size_t i = 0; r == 0 && i < labels->count; i++)
        r = strings_set_variable(&all, labels->items[i]);
    if (r < 0) {
        strings_free(&all);
        return r;
    }
    strings_free(labels);
    *labels = all;
    return 0;
}

int container_create(struct engine *e, const struct container_request *request,
                     char ret_id[CONTAINER_ID_LENGTH + 1], struct failure *failure)
{
    autostore struct store store = {0};
    autoimage struct image image = {0};
    autorecord struct container_record record = {0};
    struct timespec now;
    pending_finish(e);
    int r = store_open(&store, e->root_fd, e->program_dir, failure);
    if (r < 0)
        return r;
    autoclose int lock = store_lock(&store, STORE_LOCK_ADD);
    if (lock < 0)
        return fail(failure, lock, "locking the store");
    r = image_find(&store, request->image, &image, failure);
    if (r == 0)
        r = create_check(request, &image, failure);
    if (r == 0)
        r = create_id(record.id, failure);
    if (r < 0)
        return r;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    record.created = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    record.image_id = strdup(image.id.hex);
    r = record.image_id ? container_request_copy(request, &record.request) : -ENOMEM;
    record.request.starts_now = request->starts_now;
    if (r == 0)
        r = create_labels(&image.config, &record.request.labels);
    if (r < 0)
        return fail(failure, r, "making the container");
    r = create_locked(e, &image, &record, failure);
    if (r == 0)
        memcpy(ret_id, record.id, RECORD_ID_SIZE);
    return r;
}
