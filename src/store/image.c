/* SPDX-License-Identifier: Apache-2.0 */
#include "store/image.h"

#include "formats/reference.h"
#include "store/index.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* What image_find() was asked for, in the forms that an entry is compared with. */
struct wanted {
    const char *text;
    char *reference;      /* whole, NULL: the text is none */
    struct digest digest; /* of name@digest or a whole "sha256:HEX" */
    const char *prefix;   /* hex digits of an id, NULL: the text is none */
};

static void wanted_read(const char *who, struct wanted *w)
{
    *w = (struct wanted){.text = who};
    struct failure unused = {0};
    autoreference struct reference reference = {0};
    if (reference_parse_tagged(who, &reference, &unused) == 0) {
        w->digest = reference.digest;
        w->reference = reference_write(&reference); /* without memory only the text itself is compared */
    }
    const char *digits = string_after(who, "sha256:");
    digits = digits ? digits : who;
    size_t length = strlen(digits);
    if (length > 0 && length <= DIGEST_HEX_LENGTH && strspn(digits, "0123456789abcdef") == length)
        w->prefix = digits;
}

static bool has_name(const struct wanted *w, const struct descriptor *entry)
{
    const char *name = index_reference(entry);
    if (w->digest.hex[0] && digest_equal(&w->digest, &entry->digest))
        return true; /* else the digest may be that of an index, which the reference keeps */
    return name && (streq(name, w->text) || streq(name, w->reference));
}

static bool has_prefix(const struct wanted *w, const struct digest *digest)
{
    return strncmp(digest->hex, w->prefix, strlen(w->prefix)) == 0;
}

/* The entry of an id that begins with the prefix (or a manifest's whole digest); two different ids are
 * ambiguous. */
static int find_by_prefix(const struct store *s, const struct wanted *w, const struct image_index *index,
                          const struct descriptor **ret_entry)
{
    const struct descriptor *found = NULL;
    struct digest found_id = {0}, id;
    for (size_t i = 0; i < index->manifest_count; i++) {
        const struct descriptor *entry = &index->manifests[i];
        if (index_image_id(s, entry, &id) < 0)
            continue;
        if (!has_prefix(w, &id) && strcmp(entry->digest.hex, w->prefix) != 0)
            continue;
        if (found && !digest_equal(&found_id, &id))
            return -EEXIST;
        found = entry;
        found_id = id;
    }
    *ret_entry = found;
    return found ? 0 : -ENOENT;
}

static int find_entry(const struct store *s, const struct wanted *w, const struct image_index *index,
                      const struct descriptor **ret_entry)
{
    for (size_t i = 0; i < index->manifest_count; i++) {
        if (has_name(w, &index->manifests[i])) {
            *ret_entry = &index->manifests[i];
            return 0;
        }
    }
    return w->prefix ? find_by_prefix(s, w, index, ret_entry) : -ENOENT;
}

/* Every reference that leads to this image. */
static int collect_references(const struct store *s, const struct image_index *index, const struct digest *id,
                              struct strings *ret_references)
{
    for (size_t i = 0; i < index->manifest_count; i++) {
        const char *name = index_reference(&index->manifests[i]);
        struct digest other;
        if (!name || index_image_id(s, &index->manifests[i], &other) < 0 || !digest_equal(&other, id))
            continue;
        if (!strings_contain(ret_references, name) && strings_add(ret_references, name) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int read_image(const struct store *s, const struct image_index *index, const struct descriptor *entry,
                      struct image *ret_image, struct failure *failure)
{
    automanifest struct image_manifest manifest = {0};
    int r = index_read_manifest(s, &entry->digest, &manifest, failure);
    if (r < 0)
        return r;
    autoimage struct image image = {.id = manifest.config.digest, .manifest = entry->digest};
    r = index_read_config(s, &image.id, &image.config, failure);
    if (r < 0)
        return r;
    if (image.config.diff_id_count != manifest.layer_count)
        return refuse(failure, -EBADMSG, "the manifest has %zu layers, the config %zu", manifest.layer_count,
                      image.config.diff_id_count);
    r = collect_references(s, index, &image.id, &image.references);
    if (r < 0)
        return fail(failure, r, "reading an image");
    *ret_image = image;
    image = (struct image){0};
    return 0;
}

/* An image that was removed from the list while a container is made of it: only its config is left. */
static int find_kept(const struct store *s, const struct wanted *w, struct image *ret_image)
{
    struct failure unused = {0};
    autoimage struct image image = {0};
    if (!w->prefix || digest_parse_hex(w->prefix, &image.id) < 0 || !blob_exists(s, &image.id))
        return -ENOENT;
    if (index_read_config(s, &image.id, &image.config, &unused) < 0)
        return -ENOENT;
    for (size_t i = 0; i < image.config.diff_id_count; i++)
        if (!layer_exists(s, &image.config.diff_ids[i]))
            return -ENOENT;
    *ret_image = image;
    image = (struct image){0};
    return 0;
}

static int no_such_image(const char *who, struct failure *failure)
{
    struct failure why = {0};
    autoreference struct reference reference = {0};
    bool hex = strspn(who, "0123456789abcdef") == strlen(who);
    /* The sentence without its beginning, the name once more. */
    if (hex || reference_parse(who, &reference, &why) == 0 || !strstr(why.text, "\": "))
        return refuse(failure, -ENOENT, "no such image: %s", who);
    return refuse(failure, -ENOENT, "no such image: %s: %s", who, strstr(why.text, "\": ") + 3);
}

int image_find(const struct store *s, const char *who, struct image *ret_image, struct failure *failure)
{
    autoindex struct image_index index = {0};
    int r = index_read(s, &index, failure);
    if (r < 0)
        return r;
    struct wanted w;
    wanted_read(who, &w);
    autofree char *reference = w.reference;
    (void)reference; /* only owns it */
    const struct descriptor *entry = NULL;
    r = find_entry(s, &w, &index, &entry);
    if (r == 0) {
        r = read_image(s, &index, entry, ret_image, failure);
        return r < 0 ? fail_within(failure, "image %s", who) : 0;
    }
    if (r == -EEXIST)
        return refuse(failure, r, "image id %s is ambiguous: several images begin with it", who);
    r = find_kept(s, &w, ret_image);
    return r < 0 ? no_such_image(who, failure) : 0;
}

int image_open(const struct store *s, const struct image_entry *entry, struct image *ret_image,
               struct failure *failure)
{
    autoimage struct image image = {.id = entry->id, .manifest = entry->manifest};
    int r = index_read_config(s, &image.id, &image.config, failure);
    if (r == 0 && strings_copy(&image.references, &entry->references) < 0)
        r = fail(failure, -ENOMEM, "reading an image");
    if (r < 0)
        return r;
    *ret_image = image;
    image = (struct image){0};
    return 0;
}

int image_read_manifest(const struct store *s, const struct image *image, struct image_manifest *ret_manifest,
                        struct failure *failure)
{
    automanifest struct image_manifest manifest = {0};
    int r = index_read_manifest(s, &image->manifest, &manifest, failure);
    if (r < 0)
        return r;
    if (manifest.layer_count != image->config.diff_id_count)
        return refuse(failure, -EBADMSG, "the manifest has %zu layers, the config %zu", manifest.layer_count,
                      image->config.diff_id_count);
    *ret_manifest = manifest;
    manifest = (struct image_manifest){0};
    return 0;
}

void image_free(struct image *image)
{
    image_config_free(&image->config);
    strings_free(&image->references);
    *image = (struct image){0};
}

int image_layer_folders(const struct image *image, struct strings *ret_folders)
{
    for (size_t i = image->config.diff_id_count; i > 0; i--) {
        char folder[LAYER_FOLDER_SIZE];
        layer_folder(&image->config.diff_ids[i - 1], folder);
        if (strings_add(ret_folders, folder) < 0)
            return -ENOMEM;
    }
    return 0;
}
