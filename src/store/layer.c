/* SPDX-License-Identifier: Apache-2.0 */
#include "store/layer.h"

#include "store/layer_pump.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

/* On the layer's own folder: what its files' content adds up to. trusted.*: no container sees it. */
#define SIZE_ATTRIBUTE "trusted.unroot.size"

int layer_set_size(int folder_fd, uint64_t bytes)
{
    return fsetxattr(folder_fd, SIZE_ATTRIBUTE, &bytes, sizeof(bytes), 0) < 0 ? -errno : 0;
}

bool layer_exists(const struct store *s, const struct digest *diffid)
{
    return diffid->hex[0] && faccessat(s->layers_fd, diffid->hex, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

void layer_folder(const struct digest *diffid, char ret_folder[LAYER_FOLDER_SIZE])
{
    (void)snprintf(ret_folder, LAYER_FOLDER_SIZE, "layers/%s", diffid->hex); /* 71 characters */
}

int64_t layer_size(const struct store *s, const struct digest *diffid)
{
    autoclose int fd = openat(s->layers_fd, diffid->hex, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    uint64_t size;
    ssize_t n = fgetxattr(fd, SIZE_ATTRIBUTE, &size, sizeof(size));
    if (n < 0)
        return -errno;
    return n == (ssize_t)sizeof(size) && size <= INT64_MAX ? (int64_t)size : -EBADMSG;
}

int layer_remove(const struct store *s, const struct digest *diffid)
{
    return staging_remove(s, diffid->hex);
}

static int check_expected(const struct layer_source *source, const struct layer_result *found,
                          struct failure *failure)
{
    if (source->size > 0 && source->size != found->size)
        return refuse(failure, -EBADMSG, "%s: %llu bytes were promised, %llu came", source->what,
                      (unsigned long long)source->size, (unsigned long long)found->size);
    if (source->digest && !digest_equal(source->digest, &found->digest))
        return refuse(failure, -EBADMSG, "%s: the content is sha256:%s, not sha256:%s", source->what,
                      found->digest.hex, source->digest->hex);
    if (source->diffid && !digest_equal(source->diffid, &found->diffid))
        return refuse(failure, -EBADMSG, "%s: its tar is sha256:%s, the image's config says sha256:%s",
                      source->what, found->diffid.hex, source->diffid->hex);
    return 0;
}

static int open_blob(struct layer_stage *stage, const struct layer_source *source)
{
    bool keep = source->keep_blob && !(source->digest && blob_exists(stage->store, source->digest));
    if (keep && source->partial)
        return blob_writer_resume(&stage->blob, stage->store, source->partial->fd);
    if (keep && source->adopt)
        return blob_writer_adopt(&stage->blob, stage->store, source->fd);
    return blob_writer_open(&stage->blob, stage->store, keep);
}

/* Both are known and here: nothing needs to be read. */
static bool is_complete(const struct store *s, const struct layer_source *source)
{
    return source->diffid && source->digest && layer_exists(s, source->diffid) &&
           (!source->keep_blob || blob_exists(s, source->digest));
}

static int read_layer(struct layer_stage *stage, const struct layer_source *source,
                      const struct store_progress *progress, struct failure *failure)
{
    int r = open_blob(stage, source);
    if (r < 0)
        return fail(failure, r, "%s: making its blob", source->what);
    bool unpack = !source->diffid || !layer_exists(stage->store, source->diffid);
    if (unpack) {
        stage->folder_fd = staging_make(stage->store, stage->name);
        if (stage->folder_fd < 0)
            return fail(failure, stage->folder_fd, "%s: making its folder", source->what);
    }
    r = layer_pump(stage, source, progress, failure);
    if (r == 0)
        r = check_expected(source, &stage->result, failure);
    if (r == 0 && unpack) {
        r = layer_set_size(stage->folder_fd, stage->result.unpacked_size);
        if (r < 0)
            (void)fail(failure, r, "%s: keeping its size", source->what); /* r is returned */
    }
    if (stage->folder_fd >= 0)
        (void)close(TAKE_FD(stage->folder_fd)); /* a folder; hundreds of layers may wait for their names */
    return r;
}

int layer_stage(const struct store *s, const struct layer_source *source,
                const struct store_progress *progress, struct layer_stage *ret_stage, struct failure *failure)
{
    struct layer_stage stage = {.store = s, .folder_fd = -EBADF, .blob = {.fd = -EBADF}};
    if (is_complete(s, source)) {
        int64_t size = blob_size(s, source->digest);
        stage.result = (struct layer_result){.digest = *source->digest,
                                             .diffid = *source->diffid,
                                             .size = size > 0 ? (uint64_t)size : source->size};
    } else {
        int r = read_layer(&stage, source, progress, failure);
        if (r < 0) {
            layer_stage_close(&stage);
            return r;
        }
    }
    *ret_stage = stage;
    return 0;
}

int layer_stage_archive(const struct store *s, const struct layer_source *source,
                        const struct store_progress *progress, char ret_name[STAGING_NAME_SIZE],
                        struct failure *failure)
{
    struct layer_stage stage = {.store = s, .folder_fd = -EBADF, .blob = {.fd = -EBADF}, .archive = true};
    stage.folder_fd = staging_make(s, stage.name);
    int r = stage.folder_fd < 0 ? fail(failure, stage.folder_fd, "%s: making its folder", source->what)
                                : layer_pump(&stage, source, progress, failure);
    if (r == 0) {
        memcpy(ret_name, stage.name, sizeof(stage.name));
        stage.name[0] = '\0'; /* the caller's now */
    }
    layer_stage_close(&stage);
    return r;
}

static int publish_one(const struct store *s, struct layer_stage *stage, struct failure *failure)
{
    int r = blob_writer_publish(&stage->blob, &stage->result.digest);
    if (r < 0)
        return fail(failure, r, "storing sha256:%s", stage->result.digest.hex);
    if (!stage->name[0])
        return 0; /* it was there already */
    r = staging_rename(s, stage->name, stage->result.diffid.hex);
    if (r == -EEXIST)
        return 0; /* another one was faster; ours is deleted when the stage is closed */
    if (r < 0)
        return fail(failure, r, "storing the layer sha256:%s", stage->result.diffid.hex);
    stage->name[0] = '\0';
    return 0;
}

int layer_publish(const struct store *s, struct layer_stage *stages, size_t count, struct failure *failure)
{
    if (count == 0)
        return 0;
    if (syncfs(s->layers_fd) < 0)
        return fail(failure, -errno, "syncing the layers");
    for (size_t i = 0; i < count; i++) {
        int r = publish_one(s, &stages[i], failure);
        if (r < 0)
            return r;
    }
    return 0;
}

void layer_stage_close(struct layer_stage *stage)
{
    if (!stage->store)
        return;
    blob_writer_close(&stage->blob);
    if (stage->folder_fd >= 0)
        (void)close(stage->folder_fd); /* a folder */
    if (stage->name[0] && staging_remove(stage->store, stage->name) < 0)
        stage->name[0] = '\0'; /* what cannot be deleted now is rubbish for the next command */
    *stage = (struct layer_stage){.folder_fd = -EBADF, .blob = {.fd = -EBADF}};
}
