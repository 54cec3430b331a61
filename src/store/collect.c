/* SPDX-License-Identifier: Apache-2.0 */
#include "store/build_cache.h"
#include "store/compressed.h"
#include "store/digest_set.h"
#include "store/image.h"
#include "store/index.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define NESTING_MAX 4 /* an index in an index; no more than that is ever made */

/* What must stay. */
struct reachable {
    const struct store *store;
    struct digest_set blobs, layers;
};

static int mark_config(struct reachable *m, const struct digest *id, struct failure *failure)
{
    autoconfig struct image_config config = {0};
    int r = digest_set_add(&m->blobs, id);
    if (r < 0)
        return fail(failure, r, "looking for what is used");
    if (!blob_exists(m->store, id))
        return 0;
    r = index_read_config(m->store, id, &config, failure);
    for (size_t i = 0; r == 0 && i < config.diff_id_count; i++)
        if (digest_set_add(&m->layers, &config.diff_ids[i]) < 0)
            r = fail(failure, -ENOMEM, "looking for what is used");
    return r;
}

static int mark_manifest(struct reachable *m, const struct digest *digest, struct failure *failure)
{
    automanifest struct image_manifest manifest = {0};
    int r = index_read_manifest(m->store, digest, &manifest, failure);
    if (r < 0)
        return r;
    for (size_t i = 0; i < manifest.layer_count; i++)
        if (digest_set_add(&m->blobs, &manifest.layers[i].digest) < 0)
            return fail(failure, -ENOMEM, "looking for what is used");
    return mark_config(m, &manifest.config.digest, failure);
}

static int mark_index(struct reachable *m, const struct image_index *index, int nesting,
                      struct failure *failure);

static int mark_nested(struct reachable *m, const struct descriptor *d, int nesting, struct failure *failure)
{
    autofree char *data = NULL;
    size_t size = 0;
    int r = blob_read(m->store, &d->digest, &data, &size);
    if (r < 0)
        return fail(failure, r, "reading sha256:%s", d->digest.hex);
    autoreport struct report report = {0};
    autoindex struct image_index index = {0};
    r = image_index_read(d->digest.hex, data, size, &report, &index);
    return r < 0 ? refuse_report(failure, r, "an image index", &report)
                 : mark_index(m, &index, nesting + 1, failure);
}

static int mark_entry(struct reachable *m, const struct descriptor *d, int nesting, struct failure *failure)
{
    if (digest_set_add(&m->blobs, &d->digest) < 0)
        return fail(failure, -ENOMEM, "looking for what is used");
    if (!blob_exists(m->store, &d->digest))
        return 0; /* other platforms of an index are not here */
    if (!streq(d->media_type, MEDIA_OCI_INDEX) && !streq(d->media_type, MEDIA_DOCKER_LIST))
        return mark_manifest(m, &d->digest, failure);
    return nesting < NESTING_MAX ? mark_nested(m, d, nesting, failure) : 0;
}

static int mark_index(struct reachable *m, const struct image_index *index, int nesting,
                      struct failure *failure)
{
    for (size_t i = 0; i < index->manifest_count; i++) {
        int r = mark_entry(m, &index->manifests[i], nesting, failure);
        if (r < 0)
            return r;
    }
    return 0;
}

/* Whose layer is gone is of no use, and goes with the next `builder prune`. */
static int mark_build_cache(struct reachable *m, struct failure *failure)
{
    struct build_cache_entry *entries = NULL;
    size_t count = 0;
    int r = build_cache_list(m->store, &entries, &count);
    for (size_t i = 0; r == 0 && i < count; i++)
        if (entries[i].has_layer && (digest_set_add(&m->layers, &entries[i].layer.diffid) < 0 ||
                                     digest_set_add(&m->blobs, &entries[i].layer.digest) < 0))
            r = -ENOMEM;
    build_cache_list_free(entries, count);
    return r < 0 ? fail(failure, r, "reading the build cache") : 0;
}

static int mark_all(struct reachable *m, const struct strings *used, struct failure *failure)
{
    autoindex struct image_index index = {0};
    int r = index_read(m->store, &index, failure);
    if (r == 0)
        r = mark_index(m, &index, 0, failure);
    for (size_t i = 0; r == 0 && i < used->count; i++) {
        struct digest id;
        if (digest_parse_hex(used->items[i], &id) == 0)
            r = mark_config(m, &id, failure);
    }
    if (r == 0)
        r = mark_build_cache(m, failure);
    digest_set_sort(&m->blobs);
    digest_set_sort(&m->layers);
    return r;
}

static int remove_blob(const struct store *s, const struct digest *digest, uint64_t *bytes)
{
    int64_t size = blob_size(s, digest);
    if (unlinkat(s->blobs_fd, digest->hex, 0) < 0)
        return errno == ENOENT ? 0 : -errno;
    *bytes += size > 0 ? (uint64_t)size : 0;
    return 0;
}

static int remove_layer(const struct store *s, const struct digest *diffid, uint64_t *bytes)
{
    int64_t size = layer_size(s, diffid);
    int r = layer_remove(s, diffid);
    if (r == 0)
        *bytes += size > 0 ? (uint64_t)size : 0;
    return r;
}

/* Names that are no digest are another program's business. */
static int sweep(const struct store *s, int folder_fd, const struct digest_set *keep,
                 int (*remove)(const struct store *, const struct digest *, uint64_t *), uint64_t *bytes)
{
    int fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    if (!d) {
        int r = -errno;
        if (fd >= 0)
            (void)close(fd); /* the first error is the one to report */
        return r;
    }
    int r = 0;
    for (struct dirent *e = readdir(d); e && r == 0; e = readdir(d)) {
        struct digest digest;
        if (digest_parse_hex(e->d_name, &digest) == 0 && !digest_set_contains(keep, e->d_name))
            r = remove(s, &digest, bytes);
    }
    (void)closedir(d); /* only read from */
    return r;
}

int store_collect(const struct store *s, const struct strings *used, uint64_t *ret_bytes,
                  struct failure *failure)
{
    struct reachable m = {.store = s};
    uint64_t bytes = 0;
    int r = mark_all(&m, used, failure);
    if (r == 0) {
        r = sweep(s, s->layers_fd, &m.layers, remove_layer, &bytes);
        if (r == 0)
            r = sweep(s, s->blobs_fd, &m.blobs, remove_blob, &bytes);
        if (r == 0)
            r = compressed_collect(s, &m.blobs);
        if (r == 0)
            r = staging_remove_all(s);
        if (r < 0)
            (void)fail(failure, r, "deleting what nothing refers to"); /* r is returned */
    }
    digest_set_free(&m.blobs);
    digest_set_free(&m.layers);
    if (r == 0 && ret_bytes)
        *ret_bytes = bytes;
    return r;
}
