/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image.h"
#include "engine/image_name.h"
#include "engine/usage.h"
#include "formats/reference.h"
#include "store/build_cache.h"

#include <errno.h>
#include <string.h>

void image_removal_free(struct image_removal *removal)
{
    strings_free(&removal->untagged);
    strings_free(&removal->deleted);
    *removal = (struct image_removal){0};
}

static int note_untagged(struct image_removal *removal, const char *whole, struct failure *failure)
{
    autofree char *shown = image_familiar_reference(whole);
    if (!shown || strings_add(&removal->untagged, shown) < 0)
        return fail(failure, -ENOMEM, "removing %s", whole);
    return 0;
}

static int refuse_used(const struct strings *names, const char *who, struct failure *failure)
{
    return refuse(failure, -EBUSY,
                  "image %s is in use by container %s%s: remove it first, or --force takes the name away "
                  "and leaves the layers until the container is gone",
                  who, names->items[0], names->count > 1 ? " and others" : "");
}

/* Takes all entries away. Containers of it go on: what they use stays. */
static int forget_image(const struct store *s, const struct image *image, struct image_removal *removal,
                        struct failure *failure)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < image->references.count; i++)
        r = note_untagged(removal, image->references.items[i], failure);
    if (r == 0)
        r = image_forget(s, &image->id, failure);
    if (r == 0 && strings_addf(&removal->deleted, "sha256:%s", image->id.hex) < 0)
        r = fail(failure, -ENOMEM, "removing an image");
    return r;
}

/* Deletes what nothing refers to, unless something is being added right now: then the next one does it. */
int image_collect(struct engine *e, const struct store *s, uint64_t *freed, struct failure *failure)
{
    autoclose int lock = store_lock(s, STORE_LOCK_COLLECT);
    if (lock == -EWOULDBLOCK)
        return 0;
    if (lock < 0)
        return fail(failure, lock, "locking the store");
    autouses struct container_uses uses = {0};
    autostrings struct strings ids = {0};
    int r = container_uses_read(e, &uses, failure);
    for (size_t i = 0; r == 0 && i < uses.count; i++)
        if (strings_add(&ids, uses.items[i].image_id) < 0)
            r = fail(failure, -ENOMEM, "reading the containers");
    return r < 0 ? r : store_collect(s, &ids, freed, failure);
}

/* What image_remove() was asked for, and what it found. */
struct removal_request {
    struct engine *engine;
    const struct store *store;
    const char *who;
    bool force;
    const struct image *image;
};

static int remove_found(const struct removal_request *request, struct image_removal *removal,
                        struct failure *failure)
{
    const struct store *s = request->store;
    const struct image *image = request->image;
    const char *who = request->who;
    const char *reference = image_named_reference(image, who);
    if (reference && image->references.count > 1) {
        int r = image_unset_reference(s, reference, failure);
        return r < 0 ? r : note_untagged(removal, reference, failure);
    }
    if (!reference && image->references.count > 1 && !request->force)
        return refuse(failure, -EBUSY,
                      "image %s has several names (%s, %s ..): remove them one by one or use --force", who,
                      image->references.items[0], image->references.items[1]);
    autouses struct container_uses uses = {0};
    autostrings struct strings names = {0};
    int r = container_uses_read(request->engine, &uses, failure);
    if (r < 0)
        return r;
    r = container_uses_of_image(&uses, image->id.hex, &names);
    if (r < 0)
        return fail(failure, r, "reading the containers");
    if (r > 0 && !request->force)
        return refuse_used(&names, who, failure);
    return forget_image(s, image, removal, failure);
}

int image_remove(struct engine *e, const char *who, bool force, struct image_removal *ret_removal,
                 struct failure *failure)
{
    autostore struct store s = {0};
    autoimage struct image image = {0};
    struct image_removal removal = {0};
    int r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r == 0)
        r = image_find(&s, who, &image, failure);
    if (r == 0 && !image.manifest.hex[0])
        r = refuse(failure, -ENOENT, "image %s is removed already; a container still uses its layers", who);
    if (r == 0)
        r = remove_found(&(struct removal_request){e, &s, who, force, &image}, &removal, failure);
    if (r == 0 && removal.deleted.count > 0)
        r = image_collect(e, &s, &removal.freed_bytes, failure);
    if (r < 0) {
        image_removal_free(&removal);
        return r;
    }
    *ret_removal = removal;
    return 0;
}

static int prune_images(const struct store *s, bool all, const struct container_uses *uses,
                        struct image_removal *removal, struct failure *failure)
{
    autoentries struct image_entries entries = {0};
    int r = image_enumerate(s, &entries, failure);
    for (size_t i = 0; r == 0 && i < entries.count; i++) {
        const struct image_entry *entry = &entries.items[i];
        if (!all && entry->references.count > 0)
            continue;
        if (container_uses_of_image(uses, entry->id.hex, NULL) > 0)
            continue;
        const struct image image = {.id = entry->id, .references = entry->references};
        r = forget_image(s, &image, removal, failure);
    }
    return r;
}

int image_prune(struct engine *e, bool all, struct image_removal *ret_removal, struct failure *failure)
{
    autostore struct store s = {0};
    autouses struct container_uses uses = {0};
    struct image_removal removal = {0};
    int r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r == 0)
        r = container_uses_read(e, &uses, failure);
    if (r == 0)
        r = prune_images(&s, all, &uses, &removal, failure);
    if (r == 0 && all) /* what a build could use again counts as unused too, when no image has it */
        r = build_cache_prune(&s, false, NULL, failure);
    if (r == 0)
        r = image_collect(e, &s, &removal.freed_bytes, failure);
    if (r < 0) {
        image_removal_free(&removal);
        return r;
    }
    *ret_removal = removal;
    return 0;
}

int image_tag(struct engine *e, const char *who, const char *reference, struct failure *failure)
{
    autostore struct store s = {0};
    autoimage struct image image = {0};
    autoreference struct reference parsed = {0};
    int r = reference_parse_tagged(reference, &parsed, failure);
    if (r < 0)
        return r;
    if (parsed.digest.hex[0])
        return refuse(failure, -EINVAL,
                      "%s: a digest cannot be given to an image, it follows from its content", reference);
    autofree char *whole = reference_write(&parsed);
    if (!whole)
        return fail(failure, -ENOMEM, "reading %s", reference);
    r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r == 0)
        r = image_find(&s, who, &image, failure);
    if (r < 0)
        return r;
    if (!image.manifest.hex[0])
        return refuse(failure, -ENOENT, "image %s was removed; only a container still uses its layers", who);
    return image_set_reference(&s, &image.manifest, whole, failure);
}
