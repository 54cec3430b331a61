/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/push.h"
#include "store/index.h"

#include "kernel/file.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/* Repositories of the same registry whose images here have the blob. */
static int list_sources(const struct push *p, const struct image_entry *entry, struct push_blob *b)
{
    for (size_t i = 0; i < entry->references.count; i++) {
        autoreference struct reference other = {0};
        struct failure unused = {0};
        if (reference_parse(entry->references.items[i], &other, &unused) < 0 ||
            !streq(other.domain, p->reference.domain) || streq(other.path, p->reference.path) ||
            strings_contain(&b->from, other.path))
            continue;
        if (strings_add(&b->from, other.path) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int find_sources(struct push *p, struct failure *failure)
{
    autoentries struct image_entries images = {0};
    int r = image_enumerate(p->store, &images, failure);
    for (size_t i = 0; r == 0 && i < images.count; i++) {
        automanifest struct image_manifest manifest = {0};
        struct failure unused = {0};
        if (images.items[i].references.count == 0 ||
            index_read_manifest(p->store, &images.items[i].manifest, &manifest, &unused) < 0)
            continue;
        for (size_t k = 0; r == 0 && k < p->manifest.layer_count; k++)
            for (size_t l = 0; r == 0 && l < manifest.layer_count; l++)
                if (digest_equal(&manifest.layers[l].digest, &p->manifest.layers[k].digest))
                    r = list_sources(p, &images.items[i], &p->blobs[k]);
    }
    return r == -ENOMEM ? fail(failure, r, "pushing %s", p->name) : r;
}

static int make_blobs(struct push *p, struct failure *failure)
{
    size_t count = p->manifest.layer_count;
    p->blobs = calloc(count + 1, sizeof(*p->blobs));
    if (!p->blobs)
        return fail(failure, -ENOMEM, "pushing %s", p->name);
    p->blob_count = count + 1;
    for (size_t i = 0; i <= count; i++) {
        const struct descriptor *d = i < count ? &p->manifest.layers[i] : &p->manifest.config;
        p->blobs[i] = (struct push_blob){.descriptor = d,
                                         .sent = {d->digest, d->size},
                                         .is_layer = i < count,
                                         .position = i,
                                         .packer = UNPACKER_NONE,
                                         .plain_fd = -EBADF,
                                         .packed_fd = -EBADF};
    }
    for (size_t i = 0; i <= count; i++) {
        int r = push_pack_prepare(p, &p->blobs[i], failure);
        if (r < 0)
            return r;
    }
    return find_sources(p, failure);
}

/* Byte for byte as it is here, so that its digest stays; with layers that were compressed, another one. */
static int take_manifest(struct push *p, char **ret_text, size_t *ret_size, struct digest *ret_digest)
{
    bool changed = false;
    autofree char *text = NULL;
    size_t size = 0;
    int r = push_pack_manifest(p, &changed);
    if (r == 0 && !changed) {
        *ret_digest = p->image.manifest;
        return blob_read(p->store, &p->image.manifest, ret_text, ret_size);
    }
    if (r == 0) {
        text = image_manifest_write(&p->manifest);
        size = text ? strlen(text) : 0;
        r = text ? blob_digest(text, size, ret_digest) : -ENOMEM;
    }
    if (r < 0)
        return r;
    *ret_text = TAKE_PTR(text);
    *ret_size = size;
    return 0;
}

static int push_manifest(struct push *p, struct image_push_result *ret_result, struct failure *failure)
{
    autofree char *text = NULL;
    size_t size;
    char written[DIGEST_TEXT_LENGTH + 1];
    struct digest digest;
    struct fetch_reply answer;
    int r = take_manifest(p, &text, &size, &digest);
    if (r < 0)
        return fail(failure, r, "reading the manifest");
    autoclose int fd = memfd_create("manifest", MFD_CLOEXEC);
    r = fd < 0 ? -errno : fd_write_all(fd, text, size);
    if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
        r = -errno;
    if (r < 0)
        return fail(failure, r, "passing the manifest on");
    struct fetch_request request = {.verb = FETCH_PUT_MANIFEST,
                                    .session = p->session.id,
                                    .size = size,
                                    .target = p->reference.tag ? p->reference.tag
                                                               : (char *)digest_write(&digest, written),
                                    .media_type = p->manifest.media_type};
    r = registry_client_ask(&p->session.client, &request, fd, &answer, failure);
    if (r < 0)
        return r;
    if (answer.error != FETCH_OK)
        return registry_refuse(&p->session, &answer, failure);
    if (answer.digest.hex[0] && !digest_equal(&answer.digest, &digest))
        return refuse(failure, -EBADMSG,
                      "%s: the registry keeps the manifest as sha256:%s, it was sent as sha256:%s", p->name,
                      answer.digest.hex, digest.hex);
    *ret_result = (struct image_push_result){.digest = digest, .size = size};
    return 0;
}

static int push_all(struct push *p, struct image_push_result *ret_result, struct failure *failure)
{
    const struct registry_options options = {.program_dir = p->engine->program_dir,
                                             .what = p->name,
                                             .environment = p->request->environment,
                                             .attempts = p->request->attempts,
                                             .push = true};
    int r = registry_session_open(&p->session, &options, &p->reference, NULL, failure);
    if (r == 0)
        r = registry_session_use(&p->session, 0, failure);
    if (r == 0)
        r = make_blobs(p, failure);
    if (r == 0)
        r = push_blobs(p, failure);
    return r == 0 ? push_manifest(p, ret_result, failure) : r;
}

static int prepare(struct push *p, struct failure *failure)
{
    int r = reference_parse_tagged(p->request->reference, &p->reference, failure);
    if (r < 0)
        return r;
    p->name = reference_write_familiar(&p->reference);
    autofree char *whole = reference_write(&p->reference);
    if (!p->name || !whole)
        return fail(failure, -ENOMEM, "pushing %s", p->request->reference);
    r = image_find(p->store, whole, &p->image, failure);
    if (r == -ENOENT)
        return refuse(failure, r, "no image has the reference %s: `unroot tag IMAGE %s` gives it one",
                      p->name, p->name);
    return r < 0 ? r : image_read_manifest(p->store, &p->image, &p->manifest, failure);
}

static void release(struct push *p)
{
    for (size_t i = 0; i < p->blob_count; i++) {
        push_pack_end(&p->blobs[i]);
        strings_free(&p->blobs[i].from);
    }
    free(p->blobs);
    registry_session_close(&p->session);
    reference_free(&p->reference);
    image_free(&p->image);
    image_manifest_free(&p->manifest);
    free(p->name);
}

int image_push(struct engine *e, const struct image_push_request *request,
               struct image_push_result *ret_result, struct failure *failure)
{
    autostore struct store s = {0};
    struct push p = {.engine = e, .store = &s, .request = request};
    int r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r < 0)
        return r;
    autoclose int lock = store_lock(&s, STORE_LOCK_ADD); /* what is sent must stay */
    r = lock < 0 ? fail(failure, lock, "locking the store") : prepare(&p, failure);
    if (r == 0)
        r = push_all(&p, ret_result, failure);
    release(&p);
    return r;
}
