/* SPDX-License-Identifier: Apache-2.0 */
/* "Path", "Args" and "Config" of a container: what was asked for over what its image says (Engine API
 * ContainerInspect). */
#include "engine/inspection.h"
#include "formats/json.h"

#include <errno.h>
#include <string.h>

#define SHORT_ID 12

/* Entrypoint and command that a start takes: docker's rule that a new entrypoint drops the image's command.
 */
struct inspect_words {
    const struct strings *entrypoint, *command;
};

static struct inspect_words inspect_find_words(const struct inspection *in)
{
    static const struct strings none;
    const struct container_request *request = &in->record.request;
    const struct image_config *image = &in->image.config;
    struct inspect_words words = {&image->entrypoint, &image->command};
    if (request->entrypoint_set) {
        words.entrypoint = &request->entrypoint;
        words.command = &none;
    }
    if (request->command.count > 0)
        words.command = &request->command;
    return words;
}

/* NAME=VALUE items as an object. */
static int inspect_labels(const struct strings *image, const struct strings *labels,
                          struct json_object *config)
{
    const struct strings *const lists[] = {image, labels};
    struct json_object *object = inspect_put_object(config, "Labels");
    int r = object ? 0 : -ENOMEM;
    for (size_t k = 0; k < ARRAY_SIZE(lists); k++)
        for (size_t i = 0; r == 0 && i < lists[k]->count; i++) {
            const char *item = lists[k]->items[i], *value = strchr(item, '=');
            autofree char *name = value ? strndup(item, (size_t)(value - item)) : NULL;
            r = name ? json_put_string(object, name, value + 1) : 0;
        }
    return r;
}

/* The payload's environment while it runs, else what it will at least have. */
static int inspect_environment(const struct inspection *in, struct json_object *config)
{
    autostrings struct strings all = {0};
    const struct strings *asked = &in->record.request.environment;
    if (in->running)
        return inspect_put_array(config, "Env", &in->state.environment);
    int r = strings_copy(&all, &in->image.config.environment);
    for (size_t i = 0; r == 0 && i < asked->count; i++)
        r = strings_set_variable(&all, asked->items[i]);
    return r < 0 ? r : inspect_put_array(config, "Env", &all);
}

static int inspect_texts(const struct inspection *in, struct json_object *config)
{
    const struct container_request *request = &in->record.request;
    const struct image_config *image = &in->image.config;
    char hostname[SHORT_ID + 1];
    (void)snprintf(hostname, sizeof(hostname), "%.12s", in->record.id); /* cut on purpose */
    const char *workdir = request->workdir ? request->workdir : image->workdir;
    const char *user = request->user ? request->user : image->user;
    const struct {
        const char *key, *value;
    } texts[] = {
        {"Hostname", request->hostname ? request->hostname : hostname},
        {"User", user ? user : ""},
        {"Image", request->image},
        {"WorkingDir", in->running ? in->state.workdir
                       : workdir   ? workdir
                                   : ""},
        {"StopSignal", request->stop_signal ? request->stop_signal : image->stop_signal},
        {"DetachKeys", request->detach_keys},
    };
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(texts); i++)
        r = json_put_string(config, texts[i].key, texts[i].value);
    return r;
}

static int inspect_path(const struct inspect_words *words, struct json_object *document)
{
    autostrings struct strings argv = {0};
    struct strings arguments = {0};
    int r = strings_copy(&argv, words->entrypoint);
    for (size_t i = 0; r == 0 && i < words->command->count; i++)
        r = strings_add(&argv, words->command->items[i]);
    if (r < 0)
        return r;
    if (argv.count > 1)
        arguments = (struct strings){argv.items + 1, argv.count - 1, argv.count - 1}; /* lent */
    r = json_put_string(document, "Path", argv.count > 0 ? argv.items[0] : "");
    return r < 0 ? r : inspect_put_array(document, "Args", &arguments);
}

int inspect_config(const struct inspection *in, struct json_object *document)
{
    const struct container_request *request = &in->record.request;
    struct inspect_words words = inspect_find_words(in);
    int r = inspect_path(&words, document);
    struct json_object *config = r == 0 ? inspect_put_object(document, "Config") : NULL;
    if (!config)
        return -ENOMEM;
    r = inspect_texts(in, config);
    if (r == 0)
        r = json_put_bool(config, "Tty", request->tty);
    if (r == 0)
        r = json_put_bool(config, "OpenStdin", request->interactive);
    if (r == 0)
        r = inspect_environment(in, config);
    if (r == 0)
        r = inspect_put_array(config, "Cmd", words.command);
    if (r == 0)
        r = inspect_put_array(config, "Entrypoint", words.entrypoint);
    return r < 0 ? r : inspect_labels(&in->image.config.labels, &request->labels, config);
}
