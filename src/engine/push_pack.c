/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/push.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define GZIP_LEVEL 6 /* docker's */
#define ZSTD_LEVEL 3 /* zstd's own */

static struct compressed_form form_of(const struct push *p)
{
    struct compressed_form form = {p->request->compression, p->request->compression_level};
    if (form.level == 0)
        form.level = form.compression == LAYER_GZIP ? GZIP_LEVEL : ZSTD_LEVEL;
    return form;
}

int push_pack_prepare(const struct push *p, struct push_blob *b, struct failure *failure)
{
    const struct compressed_form form = form_of(p);
    enum layer_compression now;
    /* docker's own manifest has no words for an uncompressed layer; whoever wrote one gets his digest back.
     */
    if (!b->is_layer || form.compression == LAYER_TAR || !streq(p->manifest.media_type, MEDIA_OCI_MANIFEST) ||
        layer_compression_of(b->descriptor->media_type, &now) < 0 || now != LAYER_TAR)
        return 0;
    b->pack = true;
    b->sent = (struct compressed_layer){.size = b->descriptor->size};
    int r = compressed_find(p->store, &b->descriptor->digest, &form, &b->sent);
    return r < 0 && r != -ENOENT ? fail(failure, r, "pushing %s", p->name) : 0;
}

int push_open_blob(const struct push *p, const struct push_blob *b, struct failure *failure)
{
    int fd = blob_open(p->store, &b->descriptor->digest);
    if (fd == -ENOENT)
        return refuse(
            failure, fd,
            "the content of the layer sha256:%.12s is not in the store any more: pull or load %s again",
            b->descriptor->digest.hex, p->name);
    return fd < 0 ? fail(failure, fd, "opening sha256:%s", b->descriptor->digest.hex) : fd;
}

int push_pack_begin(const struct push *p, struct push_blob *b, struct failure *failure)
{
    const struct compressed_form form = form_of(p);
    char level[16];
    (void)snprintf(level, sizeof(level), "%u", form.level); /* fits */
    b->plain_fd = push_open_blob(p, b, failure);
    if (b->plain_fd < 0)
        return b->plain_fd;
    b->packed_fd = compressed_file_open(p->store);
    if (b->packed_fd < 0)
        return fail(failure, b->packed_fd, "compressing the layer sha256:%.12s", b->descriptor->digest.hex);
    const struct unpacker_job job = {.role =
                                         form.compression == LAYER_GZIP ? "compress-gzip" : "compress-zstd",
                                     .name = level,
                                     .input_fd = b->plain_fd,
                                     .output_fd = b->packed_fd,
                                     .tree_fd = -EBADF};
    return unpacker_start(p->store, &job, &b->packer, failure);
}

/* unroot-fetch gets a descriptor that only reads. */
static int reopen_to_read(struct push_blob *b)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", b->packed_fd); /* fits */
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    (void)close(b->packed_fd); /* the other one has the file now */
    b->packed_fd = fd;
    return 0;
}

int push_pack_finish(const struct push *p, struct push_blob *b, struct failure *failure)
{
    const struct compressed_form form = form_of(p);
    struct compressed_layer packed;
    struct unpack_report report;
    int r = unpacker_finish(&b->packer, &report, NULL, failure);
    (void)close(TAKE_FD(b->plain_fd)); /* was read */
    if (r == 0 && report.error != 0)
        r = refuse(failure, report.error, "%s", report.text);
    if (r < 0)
        return fail_within(failure, "compressing the layer sha256:%.12s", b->descriptor->digest.hex);
    r = reopen_to_read(b);
    if (r == 0)
        r = compressed_file_read(b->packed_fd, &packed);
    if (r < 0)
        return fail(failure, r, "compressing the layer sha256:%.12s", b->descriptor->digest.hex);
    if (!digest_equal(&b->sent.digest, &packed.digest)) {
        b->lacking = false;                                                         /* that was another one */
        ignore(compressed_write(p->store, &b->descriptor->digest, &form, &packed)); /* it is only a cache */
    }
    b->sent = packed;
    return 0;
}

uint64_t push_pack_done(const struct push_blob *b)
{
    off_t at = lseek(b->plain_fd, 0, SEEK_CUR); /* the compressor has the same open file */
    return at > 0 ? (uint64_t)at : 0;
}

void push_pack_end(struct push_blob *b)
{
    unpacker_end(&b->packer);
    if (b->plain_fd >= 0)
        (void)close(TAKE_FD(b->plain_fd)); /* was only read */
    if (b->packed_fd >= 0)
        (void)close(TAKE_FD(b->packed_fd)); /* has no name: it goes */
}

int push_pack_manifest(struct push *p, bool *ret_changed)
{
    bool changed = false;
    const char *type = p->request->compression == LAYER_GZIP ? MEDIA_OCI_LAYER_GZIP : MEDIA_OCI_LAYER_ZSTD;
    for (size_t i = 0; i < p->manifest.layer_count; i++) {
        const struct push_blob *b = p->blobs[i].same ? p->blobs[i].same : &p->blobs[i];
        struct descriptor *layer = &p->manifest.layers[i];
        if (!b->pack)
            continue;
        char *media_type = strdup(type);
        if (!media_type)
            return -ENOMEM;
        free(layer->media_type);
        layer->media_type = media_type;
        layer->digest = b->sent.digest;
        layer->size = b->sent.size;
        changed = true;
    }
    *ret_changed = changed;
    return 0;
}
