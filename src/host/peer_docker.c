/* SPDX-License-Identifier: Apache-2.0 */
/* daemon.json: {"runtimes": {"unroot": {"path": ..}}, "default-runtime": "unroot"}; dockerd(8). */
#include "host/peer_text.h"

#include "formats/json.h"
#include "formats/json_edit.h"
#include "host/peer.h"

#include <errno.h>
#include <string.h>

static const char *const path_program[] = {"runtimes", PEER_RUNTIME, "path", NULL};
static const char *const path_entry[] = {"runtimes", PEER_RUNTIME, NULL};
static const char *const path_runtimes[] = {"runtimes", NULL};
static const char *const path_default[] = {"default-runtime", NULL};

static int set_string(const struct peer_text *t, char **text, const char *const *path, const char *value,
                      struct failure *failure)
{
    const struct json_edit edit = {t->name, *text ? *text : "", path};
    autojson struct json_object *string = json_object_new_string(value);
    char *changed;
    if (!string)
        return fail(failure, -ENOMEM, "changing %s", t->name);
    int r = json_edit_set(&edit, json_object_to_json_string_ext(string, JSON_C_TO_STRING_NOSLASHESCAPE),
                          &changed, failure);
    if (r < 0)
        return r;
    free(*text);
    *text = changed;
    return 0;
}

int peer_docker_add(const struct peer_text *t, char **ret_text, struct failure *failure)
{
    autofree char *text = t->text ? strdup(t->text) : NULL;
    int r = set_string(t, &text, path_program, t->runtime, failure);
    if (r == 0 && t->make_default)
        r = set_string(t, &text, path_default, PEER_RUNTIME, failure);
    if (r == 0)
        *ret_text = TAKE_PTR(text);
    return r;
}

/* 0; 1: it was not there. */
static int remove_member(const struct peer_text *t, char **text, const char *const *path,
                         struct failure *failure)
{
    const struct json_edit edit = {t->name, *text, path};
    char *changed;
    int r = json_edit_remove(&edit, &changed, failure);
    if (r < 0)
        return r == -ENOENT ? 1 : r;
    free(*text);
    *text = changed;
    return 0;
}

static struct json_object *document_read(const char *text)
{
    struct json_object *value = NULL;
    return text && json_parse("saved", text, strlen(text), NULL, &value) == 0 ? value : NULL;
}

static int remove_runtime(const struct peer_text *t, char **text, struct failure *failure)
{
    int r = remove_member(t, text, path_entry, failure);
    if (r != 0)
        return r;
    autojson struct json_object *now = document_read(*text), *before = document_read(t->saved);
    struct json_object *left = json_get_object(now, "runtimes");
    if (left && json_object_object_length(left) == 0 && !json_get_object(before, "runtimes"))
        r = remove_member(t, text, path_runtimes, failure);
    return r;
}

/* Ours goes; what stood there before comes back. */
static int restore_default(const struct peer_text *t, char **text, struct failure *failure)
{
    autojson struct json_object *now = document_read(*text), *before = document_read(t->saved);
    const char *name = json_get_string(now, "default-runtime"),
               *was = json_get_string(before, "default-runtime");
    if (!streq(name, PEER_RUNTIME))
        return 1;
    return was && !streq(was, PEER_RUNTIME) ? set_string(t, text, path_default, was, failure)
                                            : remove_member(t, text, path_default, failure);
}

int peer_docker_remove(const struct peer_text *t, char **ret_text, struct failure *failure)
{
    if (!t->text)
        return -ENOENT;
    autofree char *text = strdup(t->text);
    if (!text)
        return fail(failure, -ENOMEM, "changing %s", t->name);
    int runtime = remove_runtime(t, &text, failure);
    int by_default = runtime < 0 ? runtime : restore_default(t, &text, failure);
    if (by_default < 0)
        return by_default;
    if (runtime == 1 && by_default == 1)
        return -ENOENT;
    autojson struct json_object *now = document_read(text), *before = document_read(t->saved);
    if (t->saved && (json_object_equal(now, before) ||
                     (!before && json_object_object_length(now) == 0))) { /* also an empty file */
        free(text);
        text = strdup(t->saved);
        if (!text)
            return fail(failure, -ENOMEM, "changing %s", t->name);
    } else if (!t->saved && json_object_object_length(now) == 0) {
        free(TAKE_PTR(text));
    }
    *ret_text = TAKE_PTR(text);
    return 0;
}
