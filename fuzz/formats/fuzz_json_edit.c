/* SPDX-License-Identifier: Apache-2.0 */
/* Property: a member that is set is what a parser reads back, everything else is as it was, and when it is
 * taken out again the document means what it meant. The first byte chooses a path. */
#include "formats/json_edit.h"

#include "formats/json.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const one[] = {"a", NULL};
static const char *const two[] = {"a", "b", NULL};

static struct json_object *parse(const char *text)
{
    struct json_object *value = NULL;
    if (json_parse("t", text, strlen(text), NULL, &value) < 0)
        abort();
    return value;
}

static void check_removed(const char *text, const char *const *path, const char *before)
{
    const struct json_edit edit = {"t", text, path};
    struct failure f = {0};
    autofree char *back = NULL;
    if (json_edit_remove(&edit, &back, &f) < 0)
        abort();
    autojson struct json_object *now = parse(back), *was = parse(before);
    struct json_object *outer = json_get_object(was, "a");
    struct json_object *holder = path[1] ? outer : was;
    if (path[1] && !outer) /* the object on the way was made, and stays */
        json_object_object_add(was, "a", json_object_new_object());
    else
        json_object_object_del(holder, path[1] ? "b" : "a");
    if (!json_object_equal(now, was))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const char *const *path = data[0] & 1 ? two : one;
    autofree char *text = strndup((const char *)data + 1, size - 1);
    autofree char *changed = NULL;
    struct failure f = {0};
    if (!text)
        return 0;
    const struct json_edit edit = {"t", text, path};
    if (json_edit_set(&edit, "[7]", &changed, &f) < 0) {
        if (f.text[0] == '\0')
            abort();
        return 0;
    }
    autojson struct json_object *value = parse(changed);
    struct json_object *holder = path[1] ? json_get_object(value, "a") : value;
    struct json_object *member = json_get_array(holder, path[1] ? "b" : "a");
    if (!member || json_object_array_length(member) != 1)
        abort();
    check_removed(changed, path, text[strspn(text, " \t\r\n")] ? text : "{}");
    return 0;
}
