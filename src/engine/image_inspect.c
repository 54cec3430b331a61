/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "engine/image.h"
#include "engine/image_sizes.h"
#include "formats/json.h"
#include "formats/reference.h"

#include <errno.h>
#include <string.h>

/* {"NAME": {}}: how docker writes sets. */
static int put_set(struct json_object *object, const char *key, const struct strings *names)
{
    if (names->count == 0)
        return 0;
    autojson struct json_object *set = json_object_new_object();
    if (!set)
        return -ENOMEM;
    for (size_t i = 0; i < names->count; i++)
        if (json_put(set, names->items[i], json_object_new_object()) < 0)
            return -ENOMEM;
    return json_put(object, key, TAKE_PTR(set));
}

/* {"NAME": "VALUE"} of NAME=VALUE words; null when there is none, as docker has it. */
static int put_pairs(struct json_object *object, const char *key, const struct strings *pairs)
{
    if (pairs->count == 0)
        return json_object_object_add(object, key, NULL) < 0 ? -ENOMEM : 0;
    autojson struct json_object *map = json_object_new_object();
    if (!map)
        return -ENOMEM;
    for (size_t i = 0; i < pairs->count; i++) {
        const char *equals = strchr(pairs->items[i], '=');
        autofree char *name =
            strndup(pairs->items[i], equals ? (size_t)(equals - pairs->items[i]) : strlen(pairs->items[i]));
        if (!name || json_put_string(map, name, equals ? equals + 1 : "") < 0)
            return -ENOMEM;
    }
    return json_put(object, key, TAKE_PTR(map));
}

static int put_healthcheck(struct json_object *object, const struct image_healthcheck *health)
{
    if (health->test.count == 0)
        return 0;
    autojson struct json_object *check = json_object_new_object();
    if (!check || json_put_strings(check, "Test", &health->test) < 0)
        return -ENOMEM;
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {
        {"Interval", health->interval},        {"Timeout", health->timeout},
        {"StartPeriod", health->start_period}, {"StartInterval", health->start_interval},
        {"Retries", health->retries},
    };
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
        if (numbers[i].value != 0 && json_put_i64(check, numbers[i].name, numbers[i].value) < 0)
            return -ENOMEM;
    return json_put(object, "Healthcheck", TAKE_PTR(check));
}

static int put_config(struct json_object *document, const struct image_config *c)
{
    autojson struct json_object *config = json_object_new_object();
    if (!config || json_put_string(config, "User", c->user ? c->user : "") < 0 ||
        put_set(config, "ExposedPorts", &c->ports) < 0 ||
        json_put_strings(config, "Env", &c->environment) < 0 ||
        json_put_strings(config, "Entrypoint", &c->entrypoint) < 0 ||
        json_put_strings(config, "Cmd", &c->command) < 0 || put_healthcheck(config, &c->healthcheck) < 0 ||
        put_set(config, "Volumes", &c->volumes) < 0 ||
        json_put_string(config, "WorkingDir", c->workdir ? c->workdir : "") < 0 ||
        json_put_strings(config, "OnBuild", &c->on_build) < 0 ||
        put_pairs(config, "Labels", &c->labels) < 0 ||
        json_put_string(config, "StopSignal", c->stop_signal) < 0 ||
        json_put_strings(config, "Shell", &c->shell) < 0)
        return -ENOMEM;
    return json_put(document, "Config", TAKE_PTR(config));
}

static int put_root(struct json_object *document, const struct image_config *c)
{
    autojson struct json_object *root = json_object_new_object();
    autostrings struct strings layers = {0};
    for (size_t i = 0; i < c->diff_id_count; i++)
        if (strings_addf(&layers, "sha256:%s", c->diff_ids[i].hex) < 0)
            return -ENOMEM;
    if (!root || json_put_string(root, "Type", "layers") < 0 || json_put_strings(root, "Layers", &layers) < 0)
        return -ENOMEM;
    return json_put(document, "RootFS", TAKE_PTR(root));
}

/* RepoTags as docker shows them; RepoDigests: repository@manifest. */
static int put_references(struct json_object *document, const struct image *image)
{
    autojson struct json_object *tags = json_object_new_array(), *digests = json_object_new_array();
    if (!tags || !digests)
        return -ENOMEM;
    for (size_t i = 0; i < image->references.count; i++) {
        autoreference struct reference reference = {0};
        struct failure unused = {0};
        if (reference_parse(image->references.items[i], &reference, &unused) < 0)
            continue; /* another program's name; `images` shows it as it is */
        autofree char *tag = reference_write_familiar(&reference),
                      *name = reference_write_familiar_name(&reference);
        autotext struct text digest = {0};
        text_printf(&digest, "%s@sha256:%s", name ? name : "", image->manifest.hex);
        if (!tag || !name || text_error(&digest) < 0 ||
            json_object_array_add(tags, json_object_new_string(tag)) < 0 ||
            json_object_array_add(digests, json_object_new_string(text_peek(&digest))) < 0)
            return -ENOMEM;
    }
    int r = json_put(document, "RepoTags", TAKE_PTR(tags));
    return r < 0 ? r : json_put(document, "RepoDigests", TAKE_PTR(digests));
}

static const char *last_comment(const struct image_config *c)
{
    const char *comment = c->history_count > 0 ? c->history[c->history_count - 1].comment : NULL;
    return comment ? comment : "";
}

static int put_id(struct json_object *document, const char *key, const struct digest *digest)
{
    char text[DIGEST_TEXT_LENGTH + 1];
    return json_put_string(document, key, digest->hex[0] ? digest_write(digest, text) : "");
}

static int put_all(struct json_object *document, const struct store *s, const struct image *image)
{
    const struct image_config *c = &image->config;
    if (put_id(document, "Id", &image->id) < 0 || put_references(document, image) < 0 ||
        json_put_string(document, "Parent", "") < 0 ||
        json_put_string(document, "Comment", last_comment(c)) < 0 ||
        json_put_string(document, "Created", c->created ? c->created : "") < 0 ||
        json_put_string(document, "DockerVersion", "") < 0 ||
        json_put_string(document, "Author", c->author ? c->author : "") < 0 || put_config(document, c) < 0 ||
        json_put_string(document, "Architecture", c->architecture ? c->architecture : "") < 0 ||
        json_put_string(document, "Variant", c->variant) < 0 ||
        json_put_string(document, "Os", c->os ? c->os : "") < 0 ||
        json_put_string(document, "OsVersion", c->os_version) < 0 ||
        json_put_u64(document, "Size", image_unpacked_size(s, c)) < 0 || put_root(document, c) < 0 ||
        put_id(document, "Digest", &image->manifest) < 0)
        return -ENOMEM;
    return 0;
}

int image_inspect(struct engine *e, const char *who, struct json_object **ret_document,
                  struct failure *failure)
{
    autostore struct store s = {0};
    autoimage struct image image = {0};
    autojson struct json_object *document = json_object_new_object();
    if (!document)
        return fail(failure, -ENOMEM, "inspecting %s", who);
    int r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r == 0)
        r = image_find(&s, who, &image, failure);
    if (r < 0)
        return r;
    if (put_all(document, &s, &image) < 0)
        return fail(failure, -ENOMEM, "inspecting %s", who);
    *ret_document = TAKE_PTR(document);
    return 0;
}
