/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image_name.h"
#include "engine/image_platform.h"
#include "engine/pull.h"

#include <errno.h>
#include <string.h>

static int write_document(const struct pull *p, const struct registry_document *d, struct failure *failure)
{
    struct digest digest;
    int r = blob_write(p->store, d->data, d->size, &digest);
    return r < 0 ? fail(failure, r, "storing sha256:%s", d->digest.hex) : 0;
}

static bool means_already(const struct pull *p, const char *whole, const struct digest *manifest)
{
    autoimage struct image image = {0};
    struct failure unused = {0};
    return image_find(p->store, whole, &image, &unused) == 0 && digest_equal(&image.manifest, manifest) &&
           strings_contain(&image.references, whole);
}

/* The image is complete; now the reference means it. */
static int publish(struct pull *p, struct image_pull_result *ret_result, struct failure *failure)
{
    const struct registry_document *manifest = p->manifest_text.data ? &p->manifest_text : &p->top;
    autofree char *whole = reference_write(&p->reference);
    if (!whole)
        return fail(failure, -ENOMEM, "pulling %s", p->name);
    bool same = means_already(p, whole, &manifest->digest);
    int r = write_document(p, &p->config_text, failure);
    if (r == 0)
        r = write_document(p, manifest, failure);
    if (r == 0)
        r = image_set_reference(p->store, &manifest->digest, whole, failure);
    if (r == 0)
        *ret_result = (struct image_pull_result){.digest = p->top.digest, .changed = !same};
    return r;
}

static int pull_locked(struct pull *p, struct image_pull_result *ret_result, struct failure *failure)
{
    autoclose int lock = store_lock(p->store, STORE_LOCK_ADD);
    if (lock < 0)
        return fail(failure, lock, "locking the store");
    int r = pull_read_layers(p, failure);
    return r < 0 ? r : publish(p, ret_result, failure);
}

static int pull_all(struct pull *p, struct image_pull_result *ret_result, struct failure *failure)
{
    int r = pull_read_documents(p, failure);
    if (r < 0)
        return r;
    staging_clean(p->store);
    r = pull_locked(p, ret_result, failure);
    if (r < 0)
        staging_clean_soon(p->store); /* what workers that were ended had begun */
    return r;
}

static void release(struct pull *p)
{
    registry_session_close(&p->session);
    reference_free(&p->reference);
    platform_free(&p->platform);
    registry_document_free(&p->top);
    registry_document_free(&p->manifest_text);
    registry_document_free(&p->config_text);
    image_manifest_free(&p->manifest);
    image_config_free(&p->config);
    free(p->name);
}

static int prepare(struct pull *p, struct failure *failure)
{
    int r = reference_parse_tagged(p->request->reference, &p->reference, failure);
    if (r == 0)
        r = image_platform_choose(p->request->platform, &p->platform, failure);
    if (r < 0)
        return r;
    p->name = reference_write_familiar(&p->reference);
    if (!p->name)
        return fail(failure, -ENOMEM, "pulling %s", p->request->reference);
    const struct registry_options options = {.program_dir = p->engine->program_dir,
                                             .what = p->name,
                                             .environment = p->request->environment,
                                             .attempts = p->request->attempts};
    return registry_session_open(&p->session, &options, &p->reference, NULL, failure);
}

int image_pull(struct engine *e, const struct image_pull_request *request,
               struct image_pull_result *ret_result, struct failure *failure)
{
    autostore struct store s = {0};
    struct pull p = {.engine = e, .store = &s, .request = request};
    int r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r < 0)
        return r;
    if (blob_partial_clean(&s, BLOB_PARTIAL_SECONDS_MAX) < 0)
        engine_say(e, "what old downloads left could not be deleted");
    r = prepare(&p, failure);
    if (r == 0)
        r = pull_all(&p, ret_result, failure);
    release(&p);
    return r;
}
