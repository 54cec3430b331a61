/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/image_manifest.h"
#include "formats/descriptor.h"

#include <errno.h>
#include <string.h>

int layer_compression_of(const char *media_type, enum layer_compression *ret_compression)
{
    static const struct {
        const char *media_type;
        enum layer_compression compression;
    } rows[] = {
        {MEDIA_OCI_LAYER, LAYER_TAR},
        {MEDIA_OCI_LAYER_GZIP, LAYER_GZIP},
        {MEDIA_OCI_LAYER_ZSTD, LAYER_ZSTD},
        {MEDIA_DOCKER_LAYER_GZIP, LAYER_GZIP},
        {"application/vnd.docker.image.rootfs.diff.tar", LAYER_TAR},
        {"application/vnd.docker.image.rootfs.diff.tar.zstd", LAYER_ZSTD},
        {"application/x-gzip", LAYER_GZIP},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (streq(media_type, rows[i].media_type)) {
            *ret_compression = rows[i].compression;
            return 0;
        }
    return -EOPNOTSUPP;
}

/* A document that could be read as either is an attack on whoever checked the other reading (CVE-2021-41190).
 */
static void refuse_members(const struct json_section *outer, const char *const *keys, size_t count,
                           const char *what)
{
    for (size_t i = 0; i < count; i++)
        if (json_get(outer->object, keys[i]))
            json_section_refuse(outer, keys[i], "image/ambiguous", "%s has no such member", what);
}

static const char *const index_members[] = {"manifests", "fsLayers"};
static const char *const image_members[] = {"config", "layers", "fsLayers"};

static int kind_of_document(const struct json_section *outer, enum manifest_kind *ret_kind)
{
    const char *type = json_get_string(outer->object, "mediaType");
    bool index = json_get(outer->object, "manifests") != NULL;
    if (!json_object_is_type(outer->object, json_type_object))
        json_section_refuse(outer, NULL, "json/type", "a manifest is an object");
    else if (json_get(outer->object, "fsLayers"))
        json_section_refuse(outer, "fsLayers", "image/version", "schema version 1 is not read");
    else if (type && !streq(type, MEDIA_OCI_MANIFEST) && !streq(type, MEDIA_DOCKER_MANIFEST) &&
             !streq(type, MEDIA_OCI_INDEX) && !streq(type, MEDIA_DOCKER_LIST))
        json_section_refuse(outer, "mediaType", "image/media-type", "\"%.100s\" is no image", type);
    if (*outer->error < 0)
        return *outer->error;
    if (type)
        index = streq(type, MEDIA_OCI_INDEX) || streq(type, MEDIA_DOCKER_LIST);
    *ret_kind = index ? MANIFEST_INDEX : MANIFEST_IMAGE;
    return 0;
}

int manifest_kind_of(const char *name, const char *data, size_t size, struct report *report,
                     enum manifest_kind *ret_kind)
{
    autojson struct json_object *document = NULL;
    int error = 0;
    struct json_section outer = {.document = name, .path = "", .report = report, .error = &error};
    int r = manifest_parse(&outer, data, size, &document);
    if (r < 0)
        return r;
    outer.object = document;
    enum manifest_kind kind;
    r = kind_of_document(&outer, &kind);
    if (r < 0)
        return r;
    if (kind == MANIFEST_INDEX)
        refuse_members(&outer, image_members, ARRAY_SIZE(image_members), "an index");
    else
        refuse_members(&outer, index_members, ARRAY_SIZE(index_members), "an image's manifest");
    if (error == 0)
        *ret_kind = kind;
    return error;
}

static void check_layers(const struct json_section *outer, const struct image_manifest *m)
{
    struct json_object *array = json_take_array(outer, "layers");
    enum layer_compression compression;
    for (size_t i = 0; i < m->layer_count; i++)
        if (layer_compression_of(m->layers[i].media_type, &compression) < 0)
            json_section_refuse(outer, "layers", "image/media-type",
                                "layer %zu is \"%.100s\", which is no layer that can be "
                                "unpacked",
                                i, m->layers[i].media_type);
    for (size_t i = 0; array && i < json_object_array_length(array); i++)
        if (json_get(json_object_array_get_idx(array, i), "urls"))
            json_section_refuse(outer, "layers", "image/foreign",
                                "layer %zu is to be fetched from somewhere else (urls)", i);
}

static void read_config(const struct json_section *outer, struct image_manifest *m)
{
    struct json_section s = *outer;
    s.path = "config";
    s.object = json_take_object(outer, "config");
    if (!s.object) {
        json_section_refuse(outer, "config", "image/config", "the manifest names no configuration");
        return;
    }
    descriptor_read(&s, &m->config);
    const char *type = m->config.media_type;
    if (type && type[0] != '\0' && !streq(type, MEDIA_OCI_CONFIG) && !streq(type, MEDIA_DOCKER_CONFIG))
        json_section_refuse(&s, "mediaType", "image/media-type", "\"%.100s\" is no image's configuration",
                            type);
}

int image_manifest_read(const char *name, const char *data, size_t size, struct report *report,
                        struct image_manifest *ret_manifest)
{
    autojson struct json_object *document = NULL;
    automanifest struct image_manifest m = {0};
    int error = 0;
    struct json_section outer = {.document = name, .path = "", .report = report, .error = &error};
    int r = manifest_parse(&outer, data, size, &document);
    if (r < 0)
        return r;
    outer.object = document;
    if (!json_object_is_type(document, json_type_object))
        json_section_refuse(&outer, NULL, "json/type", "a manifest is an object");
    refuse_members(&outer, index_members, ARRAY_SIZE(index_members), "an image's manifest");
    manifest_read_type(&outer, MEDIA_OCI_MANIFEST, MEDIA_DOCKER_MANIFEST, &m.media_type);
    read_config(&outer, &m);
    descriptors_read(&outer, "layers", IMAGE_LAYERS_MAX, &m.layers, &m.layer_count);
    check_layers(&outer, &m);
    json_take_map(&outer, "annotations", &m.annotations);
    if (error < 0)
        return error;
    *ret_manifest = m;
    m = (struct image_manifest){0};
    return 0;
}

char *image_manifest_write(const struct image_manifest *m)
{
    autojson struct json_object *document = json_object_new_object();
    struct json_object *layers = json_object_new_array();
    int r = json_put_i64(document, "schemaVersion", 2);
    if (r == 0)
        r = json_put_string(document, "mediaType", m->media_type ? m->media_type : MEDIA_OCI_MANIFEST);
    if (r == 0)
        r = json_put(document, "config", descriptor_write(&m->config));
    if (r < 0)
        json_object_put(layers);
    else
        r = json_put(document, "layers", layers);
    for (size_t i = 0; i < m->layer_count && r == 0; i++)
        r = descriptor_put(layers, &m->layers[i]);
    if (r == 0)
        r = json_put_map(document, "annotations", &m->annotations);
    return r < 0 ? NULL : json_write(document, false);
}

void image_manifest_free(struct image_manifest *m)
{
    descriptors_free(m->layers, m->layer_count);
    descriptor_free(&m->config);
    free(m->media_type);
    strings_free(&m->annotations);
    *m = (struct image_manifest){0};
}

int image_manifest_add_layer(struct image_manifest *m, const struct descriptor *layer)
{
    return descriptors_add(&m->layers, &m->layer_count, layer);
}

int image_index_read(const char *name, const char *data, size_t size, struct report *report,
                     struct image_index *ret_index)
{
    autojson struct json_object *document = NULL;
    autoindex struct image_index index = {0};
    int error = 0;
    struct json_section outer = {.document = name, .path = "", .report = report, .error = &error};
    int r = manifest_parse(&outer, data, size, &document);
    if (r < 0)
        return r;
    outer.object = document;
    if (!json_object_is_type(document, json_type_object))
        json_section_refuse(&outer, NULL, "json/type", "an index is an object");
    refuse_members(&outer, image_members, ARRAY_SIZE(image_members), "an index");
    manifest_read_type(&outer, MEDIA_OCI_INDEX, MEDIA_DOCKER_LIST, &index.media_type);
    descriptors_read(&outer, "manifests", MANIFEST_DESCRIPTORS_MAX, &index.manifests, &index.manifest_count);
    json_take_map(&outer, "annotations", &index.annotations);
    if (error < 0)
        return error;
    *ret_index = index;
    index = (struct image_index){0};
    return 0;
}

char *image_index_write(const struct image_index *index)
{
    autojson struct json_object *document = json_object_new_object();
    struct json_object *manifests = json_object_new_array();
    int r = json_put_i64(document, "schemaVersion", 2);
    if (r == 0)
        r = json_put_string(document, "mediaType", index->media_type ? index->media_type : MEDIA_OCI_INDEX);
    if (r < 0)
        json_object_put(manifests);
    else
        r = json_put(document, "manifests", manifests);
    for (size_t i = 0; i < index->manifest_count && r == 0; i++)
        r = descriptor_put(manifests, &index->manifests[i]);
    if (r == 0)
        r = json_put_map(document, "annotations", &index->annotations);
    return r < 0 ? NULL : json_write(document, false);
}

void image_index_free(struct image_index *index)
{
    descriptors_free(index->manifests, index->manifest_count);
    free(index->media_type);
    strings_free(&index->annotations);
    *index = (struct image_index){0};
}

int image_index_add(struct image_index *index, const struct descriptor *manifest)
{
    return descriptors_add(&index->manifests, &index->manifest_count, manifest);
}
