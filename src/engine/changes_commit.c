/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/changes.h"
#include "engine/changes_tree.h"
#include "engine/lookup.h"
#include "formats/change.h"
#include "formats/reference.h"
#include "formats/timestamp.h"
#include "kernel/file.h"
#include "store/layer_batch.h"
#include "store/unpacker.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

/* The records of changes_tree.pack, each with its NUL, in a file of memory at its beginning. */
static int write_list(const struct strings *records)
{
    autoclose int fd = memfd_create("changes", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    for (size_t i = 0; i < records->count; i++) {
        int r = fd_write_all(fd, records->items[i], strlen(records->items[i]) + 1);
        if (r < 0)
            return r;
    }
    return lseek(fd, 0, SEEK_SET) < 0 ? -errno : TAKE_FD(fd);
}

int changes_tree_pack(const struct changes_tree *t, const char *clamp, struct unpacker *u, int *ret_stream,
                      struct failure *failure)
{
    int ends[2];
    autoclose int list = write_list(&t->pack);
    if (list < 0)
        return fail(failure, list, "listing changes");
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail(failure, -errno, "packing changes");
    autoclose int stream = ends[0], output = ends[1];
    const struct unpacker_job job = {
        .role = "pack-list", .name = clamp, .input_fd = list, .output_fd = output, .tree_fd = t->merged_fd};
    int r = unpacker_start(t->store, &job, u, failure);
    if (r == 0)
        *ret_stream = TAKE_FD(stream);
    return r;
}

/* One unroot-unpack packs the changes, another unpacks what becomes the layer; both are checked before it
 * gets a name. */
static int pack_layer(const struct changes_tree *t, struct layer_batch *batch, struct failure *failure)
{
    struct unpacker u = UNPACKER_NONE;
    struct unpack_report report;
    autoclose int stream = -EBADF;
    int r = changes_tree_pack(t, NULL, &u, &stream, failure);
    if (r < 0)
        return r;
    const struct layer_source source = {.fd = stream, .what = "the changes", .keep_blob = true};
    r = layer_batch_add(batch, &source, failure);
    if (r < 0) {
        unpacker_end(&u);
        return r;
    }
    r = unpacker_finish(&u, &report, NULL, failure);
    if (r == 0 && report.error != 0)
        r = refuse(failure, report.error, "packing the changes: %s", report.text);
    return r < 0 ? r : layer_batch_publish(batch, failure);
}

static int set_config(struct image_config *config, const struct container_commit_request *request,
                      const struct digest *diffid, struct failure *failure)
{
    char created[TIMESTAMP_SIZE];
    struct timespec now;
    int r = changes_apply(&request->changes, config, failure);
    if (r < 0)
        return r;
    (void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
    const struct image_history entry = {.created = (char *)timestamp_write(now, created),
                                        .author = (char *)request->author,
                                        .comment = (char *)request->message};
    free(config->created);
    config->created = strdup(created);
    if (request->author) {
        free(config->author);
        config->author = strdup(request->author);
    }
    if (!config->created || (request->author && !config->author) ||
        image_config_add_history(config, &entry) < 0 || image_config_add_layer(config, diffid) < 0)
        return fail(failure, -ENOMEM, "writing the image");
    return 0;
}

/* The layers of the container's image as they are in the store, as what image_write() takes. */
static int base_layers(const struct changes_tree *t, struct layer_result *layers, struct failure *failure)
{
    automanifest struct image_manifest manifest = {0};
    if (t->image.config.diff_id_count == 0)
        return 0;
    if (!t->image.manifest.hex[0])
        return refuse(failure, -ENOENT,
                      "the container's image was removed: there is nothing to put the changes upon");
    int r = image_read_manifest(t->store, &t->image, &manifest, failure);
    if (r < 0)
        return r;
    for (size_t i = 0; i < manifest.layer_count; i++) {
        layers[i] = (struct layer_result){.digest = manifest.layers[i].digest,
                                          .diffid = t->image.config.diff_ids[i],
                                          .size = manifest.layers[i].size};
        r = layer_compression_of(manifest.layers[i].media_type, &layers[i].compression);
        if (r < 0)
            return refuse(failure, r, "layer %zu is of the type %s", i + 1, manifest.layers[i].media_type);
    }
    return 0;
}

static int write_image(const struct changes_tree *t, const struct container_commit_request *request,
                       const struct layer_result *layer, struct digest *ret_id, struct failure *failure)
{
    autoreference struct reference reference = {0};
    autofree char *whole = NULL;
    autoconfig struct image_config config = {0};
    size_t count = t->image.config.diff_id_count;
    autofree struct layer_result *layers = calloc(count + 1, sizeof(*layers));
    if (!layers || image_config_copy(&t->image.config, &config) < 0)
        return fail(failure, -ENOMEM, "writing the image");
    if (request->reference) {
        int r = reference_parse_tagged(request->reference, &reference, failure);
        if (r < 0)
            return r;
        whole = reference_write(&reference);
        if (!whole)
            return fail(failure, -ENOMEM, "writing the image");
    }
    int r = base_layers(t, layers, failure);
    if (r == 0)
        r = set_config(&config, request, &layer->diffid, failure);
    if (r < 0)
        return r;
    layers[count] = *layer;
    const struct image_new image = {
        .config = &config, .layers = layers, .layer_count = count + 1, .reference = whole};
    return image_write(t->store, &image, ret_id, failure);
}

static int commit_tree(struct changes_tree *t, const struct container_commit_request *request,
                       struct digest *ret_id, struct failure *failure)
{
    autobatch struct layer_batch batch = {.store = t->store, .progress = &request->progress};
    int r = changes_tree_read(t, failure);
    if (r == 0)
        r = pack_layer(t, &batch, failure);
    return r < 0 ? r : write_image(t, request, &batch.results[0], ret_id, failure);
}

int container_commit(struct engine *e, const struct container_commit_request *request, struct digest *ret_id,
                     struct failure *failure)
{
    autostore struct store s = {0};
    struct changes_tree t;
    struct failure unused = {0};
    int r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r < 0)
        return r;
    autoclose int lock = store_lock(&s, STORE_LOCK_ADD);
    if (lock < 0)
        return fail(failure, lock, "locking the store");
    r = changes_tree_open(&t, e, &s, request->container, failure);
    /* A container that cannot be frozen is committed as it runs: what it writes meanwhile may be cut. */
    bool paused = r == 0 && !request->no_pause && container_read_status(e, t.id) == CONTAINER_RUNNING &&
                  container_pause(e, t.id, true, &unused) == 0;
    if (r == 0)
        r = commit_tree(&t, request, ret_id, failure);
    if (paused && container_pause(e, t.id, false, &unused) < 0 && r == 0)
        r = fail(failure, unused.error, "letting container %.12s go on: %s", t.id, unused.text);
    changes_tree_close(&t);
    return r;
}
