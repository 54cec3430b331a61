/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/usage.h"

#include "engine/record.h"
#include "formats/digest.h"
#include "formats/mount_spec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int add_volume(struct strings *volumes, const struct mount_spec *mount)
{
    if (mount->kind != MOUNT_KIND_VOLUME || !mount->source)
        return 0;
    return strings_add(volumes, mount->source);
}

/* Options of a record were checked when it was made; a word that is no mount any more names no volume either.
 */
static int add_volumes(struct strings *volumes, const struct strings *words,
                       int (*parse)(const char *, struct mount_spec *, struct failure *))
{
    for (size_t i = 0; i < words->count; i++) {
        struct failure unused = {0};
        automount struct mount_spec mount = {0};
        if (parse(words->items[i], &mount, &unused) == 0 && add_volume(volumes, &mount) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int use_fill(struct container_use *use, const struct container_record *record)
{
    *use = (struct container_use){
        .id = strdup(record->id),
        .name = strdup(record->request.name ? record->request.name : record->id),
        .image_id = strdup(record->image_id ? record->image_id : ""),
    };
    if (!use->id || !use->name || !use->image_id)
        return -ENOMEM;
    int r = strings_copy(&use->volumes, &record->anonymous_volumes);
    if (r == 0)
        r = add_volumes(&use->volumes, &record->request.volumes, mount_spec_parse_volume);
    if (r == 0)
        r = add_volumes(&use->volumes, &record->request.mounts, mount_spec_parse_mount);
    return r;
}

static void use_free(struct container_use *use)
{
    free(use->id);
    free(use->name);
    free(use->image_id);
    strings_free(&use->volumes);
}

static int add_use(const struct engine *e, const char *id, struct container_uses *uses,
                   struct failure *failure)
{
    autorecord struct container_record record = {0};
    int r = record_read(e, id, &record);
    if (r == -ENOENT)
        return 0;
    if (r < 0)
        return fail(failure, r, "reading the record of container %s", id);
    struct container_use *items = reallocarray(uses->items, uses->count + 1, sizeof(*items));
    if (!items)
        return fail(failure, -ENOMEM, "reading the containers");
    uses->items = items;
    r = use_fill(&items[uses->count++], &record);
    return r < 0 ? fail(failure, r, "reading the containers") : 0;
}

int container_uses_read(const struct engine *e, struct container_uses *ret_uses, struct failure *failure)
{
    int fd = openat(e->root_fd, "containers", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    if (!d) {
        int error = -errno;
        if (fd >= 0)
            (void)close(fd); /* the first error is the one to report */
        return error == -ENOENT ? 0 : fail(failure, error, "listing the containers");
    }
    autouses struct container_uses uses = {0};
    int r = 0;
    for (struct dirent *entry = readdir(d); entry && r == 0; entry = readdir(d)) {
        struct digest id; /* an id has the same form: 64 hex digits */
        if (digest_parse_hex(entry->d_name, &id) == 0)
            r = add_use(e, id.hex, &uses, failure);
    }
    (void)closedir(d); /* only read from */
    if (r < 0)
        return r;
    *ret_uses = uses;
    uses = (struct container_uses){0};
    return 0;
}

void container_uses_free(struct container_uses *uses)
{
    for (size_t i = 0; i < uses->count; i++)
        use_free(&uses->items[i]);
    free(uses->items);
    *uses = (struct container_uses){0};
}

int container_uses_of_image(const struct container_uses *uses, const char *image_id,
                            struct strings *ret_names)
{
    int count = 0;
    for (size_t i = 0; i < uses->count; i++) {
        if (!streq(uses->items[i].image_id, image_id))
            continue;
        count++;
        if (ret_names && strings_add(ret_names, uses->items[i].name) < 0)
            return -ENOMEM;
    }
    return count;
}

int container_uses_of_volume(const struct container_uses *uses, const char *volume, struct strings *ret_names)
{
    int count = 0;
    for (size_t i = 0; i < uses->count; i++) {
        if (!strings_contain(&uses->items[i].volumes, volume))
            continue;
        count++;
        if (ret_names && strings_add(ret_names, uses->items[i].name) < 0)
            return -ENOMEM;
    }
    return count;
}
