/* SPDX-License-Identifier: Apache-2.0 */
#include "build/place.h"

#include "engine/create.h"
#include "plan/start.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define PLACE_NAME "build" /* the ledger's first try for its id range: builds come back to the same ids */

static int place_fill(struct build_place *place, struct failure *failure)
{
    struct engine *e = place->engine;
    int r = create_folders(e, place->record.id, failure);
    if (r < 0)
        return r;
    r = container_lock(e, place->record.id, false, &place->lock_fd);
    return r < 0 ? fail(failure, r, "locking the place of a build")
                 : create_range(e, &place->record, failure);
}

int build_place_make(struct build_place *place, struct engine *e, struct failure *failure)
{
    *place = (struct build_place)BUILD_PLACE_NONE;
    place->record.request.name = strdup(PLACE_NAME);
    if (!place->record.request.name)
        return fail(failure, -ENOMEM, "making a place for the build");
    int r = create_id(place->record.id, failure);
    if (r < 0)
        return r;
    r = pending_begin(e, place->record.id, &place->pending_fd);
    if (r < 0)
        return fail(failure, r, "making a place for the build");
    place->engine = e;
    r = place_fill(place, failure);
    if (r < 0)
        build_place_close(place);
    return r;
}

void build_place_close(struct build_place *place)
{
    struct failure unheard = {0};
    if (place->engine) {
        ignore(container_clear_run(place->engine, place->record.id, &unheard)); /* what stays is pending */
        container_discard(place->engine, &place->record);
    }
    if (place->lock_fd >= 0)
        (void)close(place->lock_fd); /* unlocks */
    if (place->pending_fd >= 0)
        (void)close(place->pending_fd); /* unlocks */
    container_record_free(&place->record);
    *place = (struct build_place)BUILD_PLACE_NONE;
}

int build_place_make_folder(struct build_place *place, const char *kind, char **ret_path,
                            struct failure *failure)
{
    autofree char *path = NULL;
    int storage = place->engine->storage_fd;
    if (asprintf(&path, "containers/%s/%s-%u", place->record.id, kind, place->count++) < 0) {
        path = NULL;
        return fail(failure, -ENOMEM, "making a folder for the build");
    }
    if (mkdirat(storage, path, 0755) < 0)
        return fail(failure, -errno, "making a folder for the build");
    autoclose int fd = openat(storage, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fchown(fd, STORAGE_BASE, STORAGE_BASE) < 0 || fchmod(fd, 0755) < 0)
        return fail(failure, -errno, "making a folder for the build");
    *ret_path = TAKE_PTR(path);
    return TAKE_FD(fd);
}
