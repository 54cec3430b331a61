/* SPDX-License-Identifier: Apache-2.0 */
/* OCI image layouts in a folder, and images of our store. Every document is read by its digest and hashed. */
#include "audit/image_input.h"

#include "audit/image_layers.h"
#include "formats/reference.h"
#include "store/blob.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define INDEX_DEPTH_MAX 4

static int read_blob(const struct image_content *c, const struct digest *digest, char **ret_data,
                     size_t *ret_size, struct failure *failure)
{
    char name[96];
    struct digest found;
    autofree char *data = NULL;
    size_t size;
    (void)snprintf(name, sizeof(name), "blobs/sha256/%s", digest->hex);
    int r = source_read_below(c->folder, name, &data, &size, failure);
    if (r < 0)
        return r;
    r = blob_digest(data, size, &found);
    if (r < 0)
        return r;
    if (!digest_equal(&found, digest))
        return refuse(failure, -EBADMSG, "%s/%s: the content has another digest", c->shown, name);
    *ret_data = TAKE_PTR(data);
    *ret_size = size;
    return 0;
}

static void complain(struct audit *a, const struct image_content *c, const struct failure *failure)
{
    result_complain(a->result, c->shown, "%s", failure->text[0] ? failure->text : "it cannot be read");
}

/* One manifest: its configuration, and its layers when they can be read. */
static int judge_manifest(struct audit *a, const struct image_content *c, const char *name, const char *data,
                          size_t size)
{
    autoreport struct report report = {0};
    automanifest struct image_manifest manifest = {0};
    autoconfig struct image_config config = {0};
    autofree char *bytes = NULL;
    struct image_facts facts = {0};
    struct failure failure = {0};
    size_t config_size;
    int r = image_manifest_read(c->shown, data, size, &report, &manifest);
    if (r == 0)
        r = c->read(c, &manifest.config.digest, &bytes, &config_size, &failure);
    if (r == 0)
        r = image_config_read(c->shown, bytes, config_size, &report, &config);
    if (r < 0) {
        result_take_report(a->result, &report);
        if (failure.text[0] || report.count == 0)
            complain(a, c, &failure);
        return r == -ENOMEM ? r : 0;
    }
    r = facts_of_config(&a->result->arena, name, &config, &facts);
    r = r < 0 ? r : image_read_layers(a, c, &manifest, &facts);
    r = r < 0 ? r : image_judge_facts(a, c->shown, name, &facts);
    if (r < 0) {
        image_facts_free(&facts);
        return r;
    }
    return catalog_add(&a->catalog, name, &facts);
}

static const char *name_of(struct audit *a, const struct descriptor *d)
{
    const char *name = strings_get_variable(&d->annotations, ANNOTATION_IMAGE_NAME);
    if (!name)
        name = strings_get_variable(&d->annotations, ANNOTATION_REF_NAME);
    return arena_printf(&a->result->arena, "%s", name ? name : d->digest.hex);
}

static bool runs_here(const struct descriptor *d)
{
    return !d->platform.os || (streq(d->platform.os, "linux") && !d->artifact_type);
}

static int judge_index(struct audit *a, const struct image_content *c, const struct image_index *index,
                       const char *outer_name, unsigned depth);

static int judge_descriptor(struct audit *a, const struct image_content *c, const struct descriptor *d,
                            const char *name, unsigned depth)
{
    autoreport struct report report = {0};
    autofree char *data = NULL;
    struct failure failure = {0};
    enum manifest_kind kind;
    size_t size;
    int r = c->read(c, &d->digest, &data, &size, &failure);
    if (r < 0) {
        complain(a, c, &failure);
        return r == -ENOMEM ? r : 0;
    }
    r = manifest_kind_of(c->shown, data, size, &report, &kind);
    if (r == 0 && kind == MANIFEST_IMAGE)
        return judge_manifest(a, c, name, data, size);
    autoindex struct image_index inner = {0};
    if (r == 0)
        r = image_index_read(c->shown, data, size, &report, &inner);
    if (r < 0) {
        result_take_report(a->result, &report);
        return r == -ENOMEM ? r : 0;
    }
    return judge_index(a, c, &inner, name, depth + 1);
}

static int judge_index(struct audit *a, const struct image_content *c, const struct image_index *index,
                       const char *outer_name, unsigned depth)
{
    if (depth >= INDEX_DEPTH_MAX) {
        result_complain(a->result, c->shown, "indexes nested deeper than %d", INDEX_DEPTH_MAX);
        return 0;
    }
    for (size_t i = 0; i < index->manifest_count; i++) {
        const struct descriptor *d = &index->manifests[i];
        const char *name = outer_name ? outer_name : name_of(a, d);
        if (outer_name && d->platform.architecture && !streq(d->platform.architecture, "amd64"))
            name = arena_printf(&a->result->arena, "%s (%s)", outer_name, d->platform.architecture);
        int r = runs_here(d) ? judge_descriptor(a, c, d, name, depth) : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

int image_judge_index(struct audit *a, const struct image_content *content, const char *data, size_t size)
{
    autoreport struct report report = {0};
    autoindex struct image_index index = {0};
    int r = image_index_read(content->shown, data, size, &report, &index);
    if (r < 0) {
        result_take_report(a->result, &report);
        return r == -ENOMEM ? r : 0;
    }
    return judge_index(a, content, &index, NULL, 0);
}

int input_judge_layout(struct audit *a, const char *folder)
{
    struct failure failure = {0};
    autofree char *data = NULL;
    size_t size;
    const char *kept = arena_string(&a->result->arena, folder);
    struct image_content content = {.read = read_blob, .folder = kept, .shown = kept};
    a->result->files++;
    int r = source_read_below(folder, "index.json", &data, &size, &failure);
    if (r < 0) {
        complain(a, &content, &failure);
        return r == -ENOMEM ? r : 0;
    }
    return image_judge_index(a, &content, data, size);
}

/* The name that an image of our store has: by its reference, or by its id. */
static bool is_named(const struct descriptor *d, const char *wanted, struct arena *arena)
{
    const char *name = strings_get_variable(&d->annotations, ANNOTATION_IMAGE_NAME);
    const char *whole = catalog_normalise(arena, wanted);
    if (!name)
        name = strings_get_variable(&d->annotations, ANNOTATION_REF_NAME);
    return name && (streq(name, whole) || streq(catalog_normalise(arena, name), whole));
}

/* The store is an image layout too: what it holds is only read. -ENOENT. */
static int find_stored(struct audit *a, const char *name, struct image_facts *ret_facts)
{
    autofree char *folder = NULL, *data = NULL, *manifest_data = NULL, *config_data = NULL;
    autoindex struct image_index index = {0};
    automanifest struct image_manifest manifest = {0};
    autoconfig struct image_config config = {0};
    struct failure failure = {0};
    size_t size;
    if (!a->request->store_root)
        return -ENOENT;
    folder = source_join(a->request->store_root, "images");
    if (!folder)
        return -ENOMEM;
    struct image_content c = {
        .read = read_blob, .folder = arena_string(&a->result->arena, folder), .shown = "store"};
    if (source_read_below(folder, "index.json", &data, &size, &failure) < 0 ||
        image_index_read("store", data, size, NULL, &index) < 0)
        return -ENOENT;
    for (size_t i = 0; i < index.manifest_count; i++) {
        const struct descriptor *d = &index.manifests[i];
        if (!is_named(d, name, &a->result->arena))
            continue;
        size_t config_size;
        if (read_blob(&c, &d->digest, &manifest_data, &size, &failure) < 0 ||
            image_manifest_read("store", manifest_data, size, NULL, &manifest) < 0 ||
            read_blob(&c, &manifest.config.digest, &config_data, &config_size, &failure) < 0 ||
            image_config_read("store", config_data, config_size, NULL, &config) < 0)
            return -ENOENT;
        int r = facts_of_config(&a->result->arena, name, &config, ret_facts);
        return r < 0 ? r : image_read_layers(a, &c, &manifest, ret_facts);
    }
    return -ENOENT;
}

int image_find_stored(void *context, struct arena *arena, const char *name, struct image_facts *ret_facts)
{
    return find_stored(context, name, ret_facts);
}

int input_judge_image(struct audit *a, const char *name)
{
    struct image_facts facts = {0};
    struct failure failure = {0};
    autoreference struct reference reference = {0};
    int r = find_stored(a, name, &facts);
    if (r == -ENOENT) {
        if (reference_parse(name, &reference, &failure) < 0 || strchr(name, '/'))
            result_complain(a->result, name, "there is no such file, and no such image in the store");
        else
            result_complain(a->result, name,
                            "there is no such file, and the store has no image of that name");
        return 0;
    }
    a->result->files++;
    r = r < 0 ? r : image_judge_facts(a, "store", name, &facts);
    image_facts_free(&facts);
    return r;
}
