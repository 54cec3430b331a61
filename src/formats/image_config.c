/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/image_config.h"
#include "formats/json_section.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

enum field_kind { FIELD_STRING, FIELD_STRINGS, FIELD_MAP, FIELD_KEYS };

/* A member of the document and where it is kept; in the order in which members are written. */
struct field {
    const char *key;
    enum field_kind kind;
    size_t offset;
    size_t said_offset; /* of the bool that tells [] from nothing; 0: there is none */
};

#define AT(member) offsetof(struct image_config, member)

static const struct field outer_fields[] = {
    {"created", FIELD_STRING, AT(created)},
    {"author", FIELD_STRING, AT(author)},
    {"architecture", FIELD_STRING, AT(architecture)},
    {"variant", FIELD_STRING, AT(variant)},
    {"os", FIELD_STRING, AT(os)},
    {"os.version", FIELD_STRING, AT(os_version)},
};

static const struct field config_fields[] = {
    {"User", FIELD_STRING, AT(user)},
    {"ExposedPorts", FIELD_KEYS, AT(ports)},
    {"Env", FIELD_STRINGS, AT(environment)},
    {"Entrypoint", FIELD_STRINGS, AT(entrypoint), AT(has_entrypoint)},
    {"Cmd", FIELD_STRINGS, AT(command), AT(has_command)},
    {"Volumes", FIELD_KEYS, AT(volumes)},
    {"WorkingDir", FIELD_STRING, AT(workdir)},
    {"Labels", FIELD_MAP, AT(labels)},
    {"StopSignal", FIELD_STRING, AT(stop_signal)},
    {"OnBuild", FIELD_STRINGS, AT(on_build)},
    {"Shell", FIELD_STRINGS, AT(shell)},
};

static void *member(const struct image_config *c, size_t offset)
{
    return (char *)c + offset;
}

static void read_field(const struct json_section *s, const struct field *field, struct image_config *c)
{
    void *to = member(c, field->offset);
    if (field->said_offset != 0 && json_get(s->object, field->key))
        *(bool *)member(c, field->said_offset) = true;
    switch (field->kind) {
    case FIELD_STRING:
        json_take_string(s, field->key, to);
        break;
    case FIELD_STRINGS:
        json_take_strings(s, field->key, to);
        break;
    case FIELD_MAP:
        json_take_map(s, field->key, to);
        break;
    case FIELD_KEYS:
        json_take_keys(s, field->key, to);
        break;
    }
}

static void read_healthcheck(const struct json_section *outer, struct image_healthcheck *h)
{
    struct json_section s = *outer;
    s.path = "config.Healthcheck";
    s.object = json_take_object(outer, "Healthcheck");
    json_take_strings(&s, "Test", &h->test);
    json_take_i64(&s, "Interval", 0, &h->interval);
    json_take_i64(&s, "Timeout", 0, &h->timeout);
    json_take_i64(&s, "StartPeriod", 0, &h->start_period);
    json_take_i64(&s, "StartInterval", 0, &h->start_interval);
    json_take_i64(&s, "Retries", 0, &h->retries);
}

static void read_diff_id(const struct json_section *s, struct json_object *value, struct image_config *c)
{
    struct digest digest;
    const char *text = json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
    int r = digest_parse(text, &digest);
    if (r < 0)
        json_section_refuse(s, "diff_ids", "image/digest", "\"%.100s\" is no sha256 digest", text);
    else
        json_section_fail(s, image_config_add_layer(c, &digest));
}

static void read_rootfs(const struct json_section *outer, struct image_config *c)
{
    struct json_section s = *outer;
    s.path = "rootfs";
    s.object = json_take_object(outer, "rootfs");
    autofree char *type = NULL;
    json_take_string(&s, "type", &type);
    if (type && !streq(type, "layers"))
        json_section_refuse(&s, "type", "image/rootfs", "expected \"layers\", this is \"%.100s\"", type);
    struct json_object *ids = json_take_array(&s, "diff_ids");
    size_t count = ids ? json_object_array_length(ids) : 0;
    if (count > IMAGE_LAYERS_MAX)
        json_section_refuse(&s, "diff_ids", "image/layers", "%zu layers; %d are the most", count,
                            IMAGE_LAYERS_MAX);
    for (size_t i = 0; i < count && i < IMAGE_LAYERS_MAX; i++)
        read_diff_id(&s, json_object_array_get_idx(ids, i), c);
}

static void history_free(struct image_history *h)
{
    free(h->created);
    free(h->created_by);
    free(h->author);
    free(h->comment);
}

static void read_history(const struct json_section *outer, struct image_config *c)
{
    struct json_object *list = json_take_array(outer, "history");
    size_t count = list ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < count; i++) {
        struct json_section s = *outer;
        s.path = "history";
        s.object = json_object_array_get_idx(list, i);
        struct image_history h = {0};
        if (!json_object_is_type(s.object, json_type_object))
            json_section_refuse(&s, NULL, "json/type", "entry %zu is not an object", i);
        json_take_string(&s, "created", &h.created);
        json_take_string(&s, "created_by", &h.created_by);
        json_take_string(&s, "author", &h.author);
        json_take_string(&s, "comment", &h.comment);
        json_take_bool(&s, "empty_layer", &h.empty_layer);
        json_section_fail(&s, image_config_add_history(c, &h));
        history_free(&h);
    }
}

int image_config_read(const char *name, const char *data, size_t size, struct report *report,
                      struct image_config *ret_config)
{
    autojson struct json_object *document = NULL;
    autoconfig struct image_config c = {0};
    int error = 0;
    struct json_section outer = {.document = name, .path = "", .report = report, .error = &error};
    if (size > IMAGE_CONFIG_SIZE_MAX) {
        json_section_refuse(&outer, NULL, "image/size", "larger than %u bytes", IMAGE_CONFIG_SIZE_MAX);
        return -EFBIG;
    }
    int r = json_parse(name, data, size, report, &document);
    if (r < 0)
        return r;
    outer.object = document;
    if (!json_object_is_type(document, json_type_object))
        json_section_refuse(&outer, NULL, "json/type", "an image's configuration is an object");
    struct json_section config = outer;
    config.path = "config";
    config.object = json_take_object(&outer, "config");
    for (size_t i = 0; i < ARRAY_SIZE(outer_fields); i++)
        read_field(&outer, &outer_fields[i], &c);
    for (size_t i = 0; i < ARRAY_SIZE(config_fields); i++)
        read_field(&config, &config_fields[i], &c);
    read_healthcheck(&config, &c.healthcheck);
    read_rootfs(&outer, &c);
    read_history(&outer, &c);
    if (error < 0)
        return error;
    *ret_config = c;
    c = (struct image_config){0};
    return 0;
}

static int write_field(struct json_object *object, const struct field *field, const struct image_config *c)
{
    const void *from = member(c, field->offset);
    const struct strings *list = from;
    switch (field->kind) {
    case FIELD_STRING:
        return json_put_string(object, field->key, *(char *const *)from);
    case FIELD_STRINGS:
        if (list->count == 0 && field->said_offset != 0 && *(bool *)member(c, field->said_offset))
            return json_put(object, field->key, json_object_new_array());
        return json_put_strings(object, field->key, list);
    case FIELD_MAP:
        return json_put_map(object, field->key, list);
    case FIELD_KEYS:
    default:
        return json_put_keys(object, field->key, list);
    }
}

static int put_nonzero(struct json_object *object, const char *key, int64_t value)
{
    return value == 0 ? 0 : json_put_i64(object, key, value);
}

static int write_healthcheck(struct json_object *config, const struct image_healthcheck *h)
{
    if (h->test.count == 0 && h->interval == 0 && h->timeout == 0 && h->start_period == 0 &&
        h->start_interval == 0 && h->retries == 0)
        return 0;
    struct json_object *o = json_object_new_object();
    int r = json_put(config, "Healthcheck", o);
    if (r == 0)
        r = json_put_strings(o, "Test", &h->test);
    if (r == 0)
        r = put_nonzero(o, "Interval", h->interval);
    if (r == 0)
        r = put_nonzero(o, "Timeout", h->timeout);
    if (r == 0)
        r = put_nonzero(o, "StartPeriod", h->start_period);
    if (r == 0)
        r = put_nonzero(o, "StartInterval", h->start_interval);
    return r < 0 ? r : put_nonzero(o, "Retries", h->retries);
}

static int write_rootfs(struct json_object *document, const struct image_config *c)
{
    struct json_object *rootfs = json_object_new_object(), *ids = NULL;
    int r = json_put(document, "rootfs", rootfs);
    if (r == 0)
        r = json_put_string(rootfs, "type", "layers");
    if (r == 0)
        r = json_put(rootfs, "diff_ids", ids = json_object_new_array());
    for (size_t i = 0; i < c->diff_id_count && r == 0; i++) {
        char text[DIGEST_TEXT_LENGTH + 1];
        struct json_object *id = json_object_new_string(digest_write(&c->diff_ids[i], text));
        if (!id || json_object_array_add(ids, id) < 0) {
            json_object_put(id);
            r = -ENOMEM;
        }
    }
    return r;
}

static int write_history(struct json_object *document, const struct image_config *c)
{
    if (c->history_count == 0)
        return 0;
    struct json_object *list = json_object_new_array();
    int r = json_put(document, "history", list);
    for (size_t i = 0; i < c->history_count && r == 0; i++) {
        const struct image_history *h = &c->history[i];
        autojson struct json_object *o = json_object_new_object();
        r = json_put_string(o, "created", h->created);
        if (r == 0)
            r = json_put_string(o, "created_by", h->created_by);
        if (r == 0)
            r = json_put_string(o, "author", h->author);
        if (r == 0)
            r = json_put_string(o, "comment", h->comment);
        if (r == 0 && h->empty_layer)
            r = json_put_bool(o, "empty_layer", true);
        if (r == 0 && (!o || json_object_array_add(list, o) < 0))
            r = -ENOMEM;
        if (r == 0)
            (void)TAKE_PTR(o); /* the list owns it now */
    }
    return r;
}

char *image_config_write(const struct image_config *c)
{
    autojson struct json_object *document = json_object_new_object();
    int r = document ? 0 : -ENOMEM;
    for (size_t i = 0; i < ARRAY_SIZE(outer_fields) && r == 0; i++)
        r = write_field(document, &outer_fields[i], c);
    struct json_object *config = json_object_new_object();
    if (r < 0)
        json_object_put(config);
    else
        r = json_put(document, "config", config);
    for (size_t i = 0; i < ARRAY_SIZE(config_fields) && r == 0; i++)
        r = write_field(config, &config_fields[i], c);
    if (r == 0)
        r = write_healthcheck(config, &c->healthcheck);
    if (r == 0)
        r = write_rootfs(document, c);
    if (r == 0)
        r = write_history(document, c);
    return r < 0 ? NULL : json_write(document, false);
}

static int copy_field(const struct field *field, const struct image_config *from, struct image_config *to)
{
    if (field->said_offset != 0)
        *(bool *)member(to, field->said_offset) = *(bool *)member(from, field->said_offset);
    if (field->kind != FIELD_STRING)
        return strings_copy(member(to, field->offset), member(from, field->offset));
    const char *string = *(char *const *)member(from, field->offset);
    char *copy = string ? strdup(string) : NULL;
    *(char **)member(to, field->offset) = copy;
    return string && !copy ? -ENOMEM : 0;
}

int image_config_copy(const struct image_config *from, struct image_config *ret_config)
{
    autoconfig struct image_config c = {0};
    int r = 0;
    for (size_t i = 0; i < ARRAY_SIZE(outer_fields) && r == 0; i++)
        r = copy_field(&outer_fields[i], from, &c);
    for (size_t i = 0; i < ARRAY_SIZE(config_fields) && r == 0; i++)
        r = copy_field(&config_fields[i], from, &c);
    c.healthcheck = from->healthcheck;
    c.healthcheck.test = (struct strings){0};
    if (r == 0)
        r = strings_copy(&c.healthcheck.test, &from->healthcheck.test);
    for (size_t i = 0; i < from->diff_id_count && r == 0; i++)
        r = image_config_add_layer(&c, &from->diff_ids[i]);
    for (size_t i = 0; i < from->history_count && r == 0; i++)
        r = image_config_add_history(&c, &from->history[i]);
    if (r < 0)
        return r;
    *ret_config = c;
    c = (struct image_config){0};
    return 0;
}

static void free_field(const struct field *field, struct image_config *c)
{
    if (field->kind == FIELD_STRING)
        free(*(char **)member(c, field->offset));
    else
        strings_free(member(c, field->offset));
}

void image_config_free(struct image_config *c)
{
    for (size_t i = 0; i < ARRAY_SIZE(outer_fields); i++)
        free_field(&outer_fields[i], c);
    for (size_t i = 0; i < ARRAY_SIZE(config_fields); i++)
        free_field(&config_fields[i], c);
    for (size_t i = 0; i < c->history_count; i++)
        history_free(&c->history[i]);
    strings_free(&c->healthcheck.test);
    free(c->history);
    free(c->diff_ids);
    *c = (struct image_config){0};
}

int image_config_add_layer(struct image_config *c, const struct digest *diff_id)
{
    struct digest *ids = reallocarray(c->diff_ids, c->diff_id_count + 1, sizeof(*ids));
    if (!ids)
        return -ENOMEM;
    c->diff_ids = ids;
    ids[c->diff_id_count++] = *diff_id;
    return 0;
}

static char *copy_string(const char *string, int *error)
{
    char *copy = string ? strdup(string) : NULL;
    if (string && !copy)
        *error = -ENOMEM;
    return copy;
}

int image_config_add_history(struct image_config *c, const struct image_history *entry)
{
    struct image_history *history = reallocarray(c->history, c->history_count + 1, sizeof(*history));
    if (!history)
        return -ENOMEM;
    c->history = history;
    int error = 0;
    history[c->history_count++] = (struct image_history){
        .created = copy_string(entry->created, &error),
        .created_by = copy_string(entry->created_by, &error),
        .author = copy_string(entry->author, &error),
        .comment = copy_string(entry->comment, &error),
        .empty_layer = entry->empty_layer,
    };
    return error;
}

int image_config_set_label(struct image_config *c, const char *assignment)
{
    int r = strings_set_variable(&c->labels, assignment);
    strings_sort(&c->labels);
    return r;
}
