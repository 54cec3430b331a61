/* SPDX-License-Identifier: Apache-2.0 */
#include "build/snapshot.h"
#include "formats/json.h"

#include <errno.h>
#include <string.h>

static int put_result(struct json_object *o, const struct layer_result *result)
{
    int r = json_put_string(o, "diffID", result->diffid.hex);
    if (r == 0)
        r = json_put_string(o, "digest", result->digest.hex);
    if (r == 0)
        r = json_put_u64(o, "size", result->size);
    if (r == 0)
        r = json_put_u64(o, "unpacked", result->unpacked_size);
    return r < 0 ? r : json_put_u64(o, "compression", (uint64_t)result->compression);
}

static struct json_object *write_layer(const struct build_layer *layer)
{
    struct json_object *o = json_object_new_object();
    int r = json_put_string(o, "folder", layer->layer.folder);
    if (r == 0)
        r = json_put_string(o, "blob", layer->layer.blob);
    if (r == 0)
        r = json_put_string(o, "state", layer->state.hex);
    if (r == 0)
        r = json_put_string(o, "created", layer->created);
    if (r == 0)
        r = put_result(o, &layer->layer.result);
    if (r == 0)
        return o;
    json_object_put(o);
    return NULL;
}

static struct json_object *write_made(const struct build_made *made)
{
    struct json_object *o = json_object_new_object();
    int r = json_put_string(o, "key", made->key.hex);
    if (r == 0)
        r = json_put_string(o, "state", made->state.hex);
    if (r == 0)
        r = json_put_string(o, "created", made->created);
    if (r == 0 && json_put_string(o, "what", made->what) == -ENOMEM) /* no UTF-8: only people read it */
        r = -ENOMEM;
    if (r == 0)
        r = json_put_i64(o, "layer", made->layer);
    if (r == 0)
        return o;
    json_object_put(o);
    return NULL;
}

static int put_item(struct json_object *list, struct json_object *item)
{
    if (item && json_object_array_add(list, item) == 0)
        return 0;
    json_object_put(item);
    return -ENOMEM;
}

static int put_lists(struct json_object *o, const struct build_snapshot *s)
{
    struct json_object *layers = json_object_new_array(), *made = json_object_new_array();
    int r = layers && made ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < s->layer_count; i++)
        r = put_item(layers, write_layer(&s->layers[i]));
    for (size_t i = 0; r == 0 && i < s->made_count; i++)
        r = put_item(made, write_made(&s->made[i]));
    if (r < 0) {
        json_object_put(layers);
        json_object_put(made);
        return r;
    }
    int first = json_put(o, "layers", layers), second = json_put(o, "made", made);
    return first < 0 ? first : second;
}

char *build_snapshot_write(const struct build_snapshot *s)
{
    autojson struct json_object *o = json_object_new_object();
    autofree char *config = image_config_write(&s->config);
    int r = config ? json_put_string(o, "config", config) : -ENOMEM;
    if (r == 0)
        r = json_put_string(o, "state", s->state.hex);
    if (r == 0)
        r = json_put_string(o, "created", s->created);
    if (r == 0)
        r = json_put_bool(o, "scratch", s->scratch);
    if (r == 0)
        r = put_lists(o, s);
    return r < 0 ? NULL : json_write(o, false);
}

static int get_digest(struct json_object *o, const char *key, struct digest *ret_digest)
{
    const char *text = json_get_string(o, key);
    if (!text || !text[0])
        return 0;
    return digest_parse_hex(text, ret_digest);
}

static int get_text(struct json_object *o, const char *key, char **ret_text)
{
    const char *text = json_get_string(o, key);
    if (!text)
        return 0;
    *ret_text = strdup(text);
    return *ret_text ? 0 : -ENOMEM;
}

/* A staging name is one that this program chose: no path. */
static int get_staging(struct json_object *o, const char *key, char ret_name[STAGING_NAME_SIZE])
{
    const char *text = json_get_string(o, key);
    if (!text || !text[0])
        return 0;
    if (strlen(text) >= STAGING_NAME_SIZE || strchr(text, '/') || !string_after(text, ".new-"))
        return -EBADMSG;
    memcpy(ret_name, text, strlen(text) + 1);
    return 0;
}

static int read_layer(struct json_object *o, struct build_layer *layer)
{
    struct layer_result *result = &layer->layer.result;
    uint64_t compression = 0;
    int r = get_staging(o, "folder", layer->layer.folder);
    if (r == 0)
        r = get_staging(o, "blob", layer->layer.blob);
    if (r == 0)
        r = get_digest(o, "state", &layer->state);
    if (r == 0)
        r = get_digest(o, "diffID", &result->diffid);
    if (r == 0)
        r = get_digest(o, "digest", &result->digest);
    if (r == 0)
        r = json_get_u64(o, "size", &result->size);
    if (r == 0)
        r = json_get_u64(o, "unpacked", &result->unpacked_size);
    if (r == 0)
        r = json_get_u64(o, "compression", &compression);
    if (r == 0 && compression > LAYER_ZSTD)
        r = -EBADMSG;
    result->compression = (enum layer_compression)compression;
    return r < 0 ? r : get_text(o, "created", &layer->created);
}

static int read_made(struct json_object *o, struct build_made *made)
{
    int64_t layer = -1;
    int r = get_digest(o, "key", &made->key);
    if (r == 0)
        r = get_digest(o, "state", &made->state);
    if (r == 0)
        r = json_get_i64(o, "layer", &layer);
    if (r == 0)
        r = get_text(o, "created", &made->created);
    if (r == 0)
        r = get_text(o, "what", &made->what);
    made->layer = (ssize_t)layer;
    return r;
}

static int read_lists(struct json_object *o, struct build_snapshot *s)
{
    struct json_object *layers = json_get_array(o, "layers"), *made = json_get_array(o, "made");
    int r = layers && made ? 0 : -EBADMSG;
    for (size_t i = 0; r == 0 && i < json_object_array_length(layers); i++) {
        struct build_layer layer = {0};
        r = read_layer(json_object_array_get_idx(layers, i), &layer);
        if (r == 0)
            r = build_snapshot_add_layer(s, &layer);
        else
            build_layer_free(&layer);
    }
    for (size_t i = 0; r == 0 && i < json_object_array_length(made); i++) {
        struct build_made one = {0};
        r = read_made(json_object_array_get_idx(made, i), &one);
        if (r == 0 && one.layer >= (ssize_t)s->layer_count)
            r = -EBADMSG;
        if (r == 0)
            r = build_snapshot_add_made(s, &one);
        free(one.created);
        free(one.what);
    }
    return r;
}

int build_snapshot_read(const char *text, size_t size, struct build_snapshot *ret_snapshot)
{
    autojson struct json_object *o = NULL;
    autoreport struct report report = {0};
    struct build_snapshot s = {0};
    int r = json_parse("snapshot", text, size, NULL, &o);
    const char *config = json_get_string(o, "config");
    if (r == 0)
        r = config ? image_config_read("config", config, strlen(config), &report, &s.config) : -EBADMSG;
    if (r == 0)
        r = read_lists(o, &s);
    if (r == 0)
        r = get_digest(o, "state", &s.state);
    free(s.created);
    s.created = NULL;
    if (r == 0)
        r = get_text(o, "created", &s.created);
    s.scratch = json_get_bool(o, "scratch", false);
    if (r < 0) {
        build_snapshot_free(&s);
        return r;
    }
    *ret_snapshot = s;
    return 0;
}
