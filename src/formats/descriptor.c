/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/descriptor.h"

#include <errno.h>
#include <string.h>

static void read_platform(const struct json_section *outer, struct platform *p)
{
    struct json_section s = *outer;
    autofree char *path = NULL;
    if (asprintf(&path, "%s.platform", outer->path) < 0) {
        path = NULL;
        json_section_fail(outer, -ENOMEM);
        return;
    }
    s.path = path;
    s.object = json_take_object(outer, "platform");
    json_take_string(&s, "os", &p->os);
    json_take_string(&s, "architecture", &p->architecture);
    json_take_string(&s, "variant", &p->variant);
    json_take_string(&s, "os.version", &p->os_version);
}

void descriptor_read(const struct json_section *s, struct descriptor *ret_descriptor)
{
    struct descriptor d = {.media_type = strdup("")};
    autofree char *digest = NULL;
    int64_t size = -1;
    if (!d.media_type)
        json_section_fail(s, -ENOMEM);
    json_take_string(s, "mediaType", &d.media_type);
    json_take_string(s, "digest", &digest);
    json_take_string(s, "artifactType", &d.artifact_type);
    json_take_i64(s, "size", 0, &size);
    json_take_map(s, "annotations", &d.annotations);
    read_platform(s, &d.platform);
    if (digest_parse(digest ? digest : "", &d.digest) < 0)
        json_section_refuse(s, "digest", "image/digest", "\"%.100s\" is no sha256 digest",
                            digest ? digest : "");
    if (size < 0)
        json_section_refuse(s, "size", "image/size", "a descriptor says how many bytes it stands for");
    d.size = size < 0 ? 0 : (uint64_t)size;
    *ret_descriptor = d;
}

static int write_platform(struct json_object *object, const struct platform *p)
{
    if (!p->os && !p->architecture)
        return 0;
    struct json_object *o = json_object_new_object();
    int r = json_put(object, "platform", o);
    if (r == 0)
        r = json_put_string(o, "architecture", p->architecture);
    if (r == 0)
        r = json_put_string(o, "os", p->os);
    if (r == 0)
        r = json_put_string(o, "os.version", p->os_version);
    return r < 0 ? r : json_put_string(o, "variant", p->variant);
}

struct json_object *descriptor_write(const struct descriptor *d)
{
    autojson struct json_object *o = json_object_new_object();
    char digest[DIGEST_TEXT_LENGTH + 1];
    int r = json_put_string(o, "mediaType", d->media_type);
    if (r == 0)
        r = json_put_string(o, "digest", digest_write(&d->digest, digest));
    if (r == 0)
        r = json_put_u64(o, "size", d->size);
    if (r == 0)
        r = json_put_map(o, "annotations", &d->annotations);
    if (r == 0)
        r = write_platform(o, &d->platform);
    if (r == 0)
        r = json_put_string(o, "artifactType", d->artifact_type);
    return r < 0 ? NULL : TAKE_PTR(o);
}

int descriptor_put(struct json_object *array, const struct descriptor *d)
{
    struct json_object *o = descriptor_write(d);
    if (o && json_object_array_add(array, o) == 0)
        return 0;
    json_object_put(o);
    return -ENOMEM;
}

static int copy_string(const char *from, char **to)
{
    *to = from ? strdup(from) : NULL;
    return from && !*to ? -ENOMEM : 0;
}

int descriptor_copy(const struct descriptor *from, struct descriptor *ret_descriptor)
{
    struct descriptor d = {.digest = from->digest, .size = from->size};
    int r = copy_string(from->media_type ? from->media_type : "", &d.media_type);
    if (r == 0)
        r = copy_string(from->artifact_type, &d.artifact_type);
    if (r == 0)
        r = copy_string(from->platform.os, &d.platform.os);
    if (r == 0)
        r = copy_string(from->platform.architecture, &d.platform.architecture);
    if (r == 0)
        r = copy_string(from->platform.variant, &d.platform.variant);
    if (r == 0)
        r = copy_string(from->platform.os_version, &d.platform.os_version);
    if (r == 0)
        r = strings_copy(&d.annotations, &from->annotations);
    if (r < 0)
        descriptor_free(&d);
    else
        *ret_descriptor = d;
    return r;
}

void descriptor_free(struct descriptor *d)
{
    free(d->media_type);
    free(d->artifact_type);
    platform_free(&d->platform);
    strings_free(&d->annotations);
    *d = (struct descriptor){0};
}

int descriptors_add(struct descriptor **list, size_t *count, const struct descriptor *descriptor)
{
    struct descriptor *items = reallocarray(*list, *count + 1, sizeof(*items));
    if (!items)
        return -ENOMEM;
    *list = items;
    int r = descriptor_copy(descriptor, &items[*count]);
    if (r == 0)
        (*count)++;
    return r;
}

void descriptors_free(struct descriptor *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        descriptor_free(&list[i]);
    free(list);
}

void descriptors_read(const struct json_section *outer, const char *key, size_t max, struct descriptor **list,
                      size_t *count)
{
    struct json_object *array = json_take_array(outer, key);
    size_t length = array ? json_object_array_length(array) : 0;
    if (!json_get(outer->object, key))
        json_section_refuse(outer, key, "image/missing", "the document has no such member");
    if (length > max) {
        json_section_refuse(outer, key, "image/count", "%zu entries; %zu are the most", length, max);
        return;
    }
    for (size_t i = 0; i < length; i++) {
        char path[40];
        (void)snprintf(path, sizeof(path), "%.16s[%zu]", key, i); /* keys are words of ours */
        struct json_section s = *outer;
        s.path = path;
        s.object = json_object_array_get_idx(array, i);
        if (!json_object_is_type(s.object, json_type_object)) {
            json_section_refuse(&s, NULL, "json/type", "expected an object");
            continue;
        }
        struct descriptor d = {0};
        descriptor_read(&s, &d);
        json_section_fail(&s, descriptors_add(list, count, &d));
        descriptor_free(&d);
    }
}

int manifest_parse(const struct json_section *outer, const char *data, size_t size,
                   struct json_object **ret_document)
{
    if (size > MANIFEST_SIZE_MAX) {
        json_section_refuse(outer, NULL, "image/size", "larger than %u bytes", MANIFEST_SIZE_MAX);
        return -EFBIG;
    }
    return json_parse(outer->document, data, size, outer->report, ret_document);
}

void manifest_read_type(const struct json_section *outer, const char *oci, const char *docker,
                        char **ret_media_type)
{
    int64_t version = 0;
    json_take_i64(outer, "schemaVersion", 0, &version);
    if (version != 2)
        json_section_refuse(outer, "schemaVersion", "image/version", "only schema version 2 can be read");
    json_take_string(outer, "mediaType", ret_media_type);
    if (!*ret_media_type) {
        *ret_media_type = strdup(oci);
        json_section_fail(outer, *ret_media_type ? 0 : -ENOMEM);
    } else if (!streq(*ret_media_type, oci) && !streq(*ret_media_type, docker)) {
        json_section_refuse(outer, "mediaType", "image/media-type", "\"%.100s\" is something else",
                            *ret_media_type);
    }
}
