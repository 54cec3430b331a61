/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/changes.h"
#include "engine/image_name.h"
#include "formats/reference.h"
#include "kernel/file.h"
#include "store/unpacker.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define BLOB_FOLDER "blobs/sha256"
#define OCI_LAYOUT "{\"imageLayoutVersion\":\"1.0.0\"}"

/* The archive while it is put together: a staging folder whose blobs are hard links to the store's. */
struct archive {
    const struct store *store;
    int folder_fd;
    struct image_index index;
    struct archive_manifest manifest;
};

static int link_blob(const struct archive *a, const struct digest *digest, struct failure *failure)
{
    char path[sizeof(BLOB_FOLDER) + DIGEST_HEX_LENGTH + 1];
    (void)snprintf(path, sizeof(path), "%s/%s", BLOB_FOLDER, digest->hex); /* fits */
    if (linkat(a->store->blobs_fd, digest->hex, a->folder_fd, path, 0) < 0 && errno != EEXIST)
        return fail(failure, -errno, "taking sha256:%s", digest->hex);
    return 0;
}

static int add_annotation(struct descriptor *d, const char *name, const char *value)
{
    autofree char *word = NULL;
    if (asprintf(&word, "%s=%s", name, value) < 0) {
        word = NULL;
        return -ENOMEM;
    }
    return strings_set_variable(&d->annotations, word);
}

static int add_to_index(struct archive *a, const struct image *image, const char *reference,
                        struct failure *failure)
{
    automanifest struct image_manifest manifest = {0};
    struct descriptor d = {.digest = image->manifest};
    autoreference struct reference parsed = {0};
    struct failure unused = {0};
    int r = image_read_manifest(a->store, image, &manifest, failure);
    if (r < 0)
        return r;
    int64_t size = blob_size(a->store, &image->manifest);
    d.size = size > 0 ? (uint64_t)size : 0;
    d.media_type = strdup(manifest.media_type);
    r = d.media_type ? 0 : -ENOMEM;
    if (r == 0 && reference)
        r = add_annotation(&d, ANNOTATION_IMAGE_NAME, reference);
    if (r == 0 && reference && reference_parse(reference, &parsed, &unused) == 0 && parsed.tag)
        r = add_annotation(&d, ANNOTATION_REF_NAME, parsed.tag);
    if (r == 0)
        r = image_index_add(&a->index, &d);
    descriptor_free(&d);
    return r < 0 ? fail(failure, r, "writing index.json") : 0;
}

/* docker's list has an image once, with all its tags. */
static struct archive_image *find_listed(struct archive *a, const char *config)
{
    for (size_t i = 0; i < a->manifest.count; i++)
        if (streq(a->manifest.images[i].config, config))
            return &a->manifest.images[i];
    return NULL;
}

static int list_image(struct archive *a, const struct image_manifest *manifest, const char *reference)
{
    char config[sizeof(BLOB_FOLDER) + DIGEST_HEX_LENGTH + 1];
    (void)snprintf(config, sizeof(config), "%s/%s", BLOB_FOLDER, manifest->config.digest.hex); /* fits */
    struct archive_image *image = find_listed(a, config);
    if (!image) {
        struct archive_image *images =
            reallocarray(a->manifest.images, a->manifest.count + 1, sizeof(*images));
        if (!images)
            return -ENOMEM;
        a->manifest.images = images;
        image = &images[a->manifest.count++];
        *image = (struct archive_image){.config = strdup(config)};
        if (!image->config)
            return -ENOMEM;
        for (size_t i = 0; i < manifest->layer_count; i++)
            if (strings_addf(&image->layers, "%s/%s", BLOB_FOLDER, manifest->layers[i].digest.hex) < 0)
                return -ENOMEM;
    }
    if (!reference)
        return 0;
    autofree char *shown = image_familiar_reference(reference);
    return shown && !strings_contain(&image->tags, shown) ? strings_add(&image->tags, shown)
           : shown                                        ? 0
                                                          : -ENOMEM;
}

static int add_image(struct archive *a, const char *who, struct failure *failure)
{
    autoimage struct image image = {0};
    automanifest struct image_manifest manifest = {0};
    int r = image_find(a->store, who, &image, failure);
    if (r < 0)
        return r;
    if (!image.manifest.hex[0])
        return refuse(failure, -ENOENT, "image %s was removed; only a container still uses its layers", who);
    r = image_read_manifest(a->store, &image, &manifest, failure);
    if (r == 0)
        r = link_blob(a, &image.manifest, failure);
    if (r == 0)
        r = link_blob(a, &image.id, failure);
    for (size_t i = 0; r == 0 && i < manifest.layer_count; i++)
        r = link_blob(a, &manifest.layers[i].digest, failure);
    const char *reference = image_named_reference(&image, who);
    if (r == 0)
        r = add_to_index(a, &image, reference, failure);
    if (r == 0 && list_image(a, &manifest, reference) < 0)
        r = fail(failure, -ENOMEM, "writing manifest.json");
    return r;
}

static int write_file(const struct archive *a, const char *name, const char *text, struct failure *failure)
{
    if (!text)
        return fail(failure, -ENOMEM, "writing %s", name);
    autoclose int fd = openat(a->folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(failure, -errno, "writing %s", name);
    int r = fd_write_all(fd, text, strlen(text));
    if (r == 0 && fchmod(fd, 0644) < 0)
        r = -errno;
    return r < 0 ? fail(failure, r, "writing %s", name) : 0;
}

static int fill_archive(struct archive *a, const struct image_save_request *request, struct failure *failure)
{
    if (mkdirat(a->folder_fd, "blobs", 0755) < 0 || mkdirat(a->folder_fd, BLOB_FOLDER, 0755) < 0 ||
        fchmodat(a->folder_fd, "blobs", 0755, 0) < 0 || fchmodat(a->folder_fd, BLOB_FOLDER, 0755, 0) < 0)
        return fail(failure, -errno, "making the archive");
    for (size_t i = 0; i < request->images.count; i++) {
        int r = add_image(a, request->images.items[i], failure);
        if (r < 0)
            return r;
    }
    autofree char *index = image_index_write(&a->index), *manifest = archive_manifest_write(&a->manifest);
    bool oci = request->format != IMAGE_SAVE_DOCKER, docker = request->format != IMAGE_SAVE_OCI;
    int r = oci ? write_file(a, "oci-layout", OCI_LAYOUT, failure) : 0;
    if (r == 0 && oci)
        r = write_file(a, "index.json", index, failure);
    return r == 0 && docker ? write_file(a, "manifest.json", manifest, failure) : r;
}

static int pack_archive(const struct archive *a, int output_fd, struct failure *failure)
{
    struct unpacker u = UNPACKER_NONE;
    struct unpack_report report;
    const struct unpacker_job job = {
        .role = "pack-plain", .input_fd = -EBADF, .output_fd = output_fd, .tree_fd = a->folder_fd};
    int r = unpacker_start(a->store, &job, &u, failure);
    if (r == 0)
        r = unpacker_finish(&u, &report, NULL, failure);
    if (r == 0 && report.error != 0)
        r = refuse(failure, report.error, "writing the archive: %s", report.text);
    unpacker_end(&u);
    return r;
}

int image_save(struct engine *e, const struct image_save_request *request, struct failure *failure)
{
    autostore struct store s = {0};
    char name[STAGING_NAME_SIZE];
    if (request->images.count == 0)
        return refuse(failure, -EINVAL, "no image to save");
    int r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r < 0)
        return r;
    autoclose int lock = store_lock(&s, STORE_LOCK_ADD);
    if (lock < 0)
        return fail(failure, lock, "locking the store");
    autoclose int folder = staging_make(&s, name);
    if (folder < 0)
        return fail(failure, folder, "making the archive");
    struct archive a = {.store = &s, .folder_fd = folder, .index = {.media_type = strdup(MEDIA_OCI_INDEX)}};
    r = a.index.media_type ? fill_archive(&a, request, failure)
                           : fail(failure, -ENOMEM, "making the archive");
    if (r == 0)
        r = pack_archive(&a, request->output_fd, failure);
    image_index_free(&a.index);
    archive_manifest_free(&a.manifest);
    int removed = staging_remove(&s, name);
    return r == 0 && removed < 0 ? fail(failure, removed, "removing the archive's folder") : r;
}
