/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.json of `docker save` (docker/docker image/tarexport). */
#include "formats/descriptor.h"
#include "formats/path_text.h"

#include <errno.h>
#include <string.h>

#define ARCHIVE_IMAGES_MAX 4096

static void archive_image_free(struct archive_image *image)
{
    free(image->config);
    strings_free(&image->tags);
    strings_free(&image->layers);
}

static void read_image(const struct json_section *s, struct archive_image *image)
{
    json_take_string(s, "Config", &image->config);
    json_take_strings(s, "RepoTags", &image->tags);
    json_take_strings(s, "Layers", &image->layers);
    if (!image->config || !path_text_stays_below(image->config))
        json_section_refuse(s, "Config", "image/path", "\"%.100s\" is no path in the archive",
                            image->config ? image->config : "");
    if (image->layers.count > IMAGE_LAYERS_MAX)
        json_section_refuse(s, "Layers", "image/layers", "%zu layers; %d are the most", image->layers.count,
                            IMAGE_LAYERS_MAX);
    for (size_t i = 0; i < image->layers.count; i++)
        if (!path_text_stays_below(image->layers.items[i]))
            json_section_refuse(s, "Layers", "image/path", "\"%.100s\" is no path in the archive",
                                image->layers.items[i]);
}

static void read_images(const struct json_section *outer, struct json_object *list,
                        struct archive_manifest *a)
{
    size_t count = json_object_array_length(list);
    if (count == 0 || count > ARCHIVE_IMAGES_MAX) {
        json_section_refuse(outer, NULL, "image/count", "%zu images in the archive", count);
        return;
    }
    a->images = calloc(count, sizeof(*a->images));
    if (!a->images) {
        json_section_fail(outer, -ENOMEM);
        return;
    }
    a->count = count;
    for (size_t i = 0; i < count; i++) {
        char path[32];
        (void)snprintf(path, sizeof(path), "[%zu]", i); /* a size_t has 20 digits at most */
        struct json_section s = *outer;
        s.path = path;
        s.object = json_object_array_get_idx(list, i);
        read_image(&s, &a->images[i]);
    }
}

int archive_manifest_read(const char *name, const char *data, size_t size, struct report *report,
                          struct archive_manifest *ret_archive)
{
    autojson struct json_object *document = NULL;
    autoarchive struct archive_manifest a = {0};
    int error = 0;
    struct json_section outer = {.document = name, .path = "", .report = report, .error = &error};
    int r = manifest_parse(&outer, data, size, &document);
    if (r < 0)
        return r;
    if (json_object_is_type(document, json_type_array))
        read_images(&outer, document, &a);
    else
        json_section_refuse(&outer, NULL, "json/type", "the list of an archive's images is an array");
    if (error < 0)
        return error;
    *ret_archive = a;
    a = (struct archive_manifest){0};
    return 0;
}

static int write_image(struct json_object *list, const struct archive_image *image)
{
    autojson struct json_object *o = json_object_new_object();
    int r = json_put_string(o, "Config", image->config);
    if (r == 0)
        r = json_put_strings(o, "RepoTags", &image->tags);
    if (r == 0)
        r = json_put_strings(o, "Layers", &image->layers);
    if (r == 0 && (!o || json_object_array_add(list, o) < 0))
        r = -ENOMEM;
    if (r == 0)
        (void)TAKE_PTR(o); /* the list owns it now */
    return r;
}

char *archive_manifest_write(const struct archive_manifest *a)
{
    autojson struct json_object *list = json_object_new_array();
    int r = list ? 0 : -ENOMEM;
    for (size_t i = 0; i < a->count && r == 0; i++)
        r = write_image(list, &a->images[i]);
    return r < 0 ? NULL : json_write(list, false);
}

void archive_manifest_free(struct archive_manifest *a)
{
    for (size_t i = 0; i < a->count; i++)
        archive_image_free(&a->images[i]);
    free(a->images);
    *a = (struct archive_manifest){0};
}
