/* SPDX-License-Identifier: Apache-2.0 */
/* Property: of a document that the parser takes, the slice of a member is itself a document and means what
 * the parser has there; a member whose name is written without escapes is always found. The first byte
 * chooses the names. */
#include "formats/json_slice.h"

#include "formats/json.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const paths[][3] = {{"a", NULL}, {"a", "b", NULL}, {"linux", "seccomp", NULL}, {"", NULL}};

/* Whether the parser has it; *ret_value is lent, NULL for null. */
static bool find(struct json_object *document, const char *const *names, struct json_object **ret_value)
{
    *ret_value = document;
    for (; *names; names++)
        if (!json_object_is_type(*ret_value, json_type_object) ||
            !json_object_object_get_ex(*ret_value, *names, ret_value))
            return false;
    return true;
}

static void check_slice(const char *value, size_t size, struct json_object *expected)
{
    autojson struct json_object *alone = NULL;
    if (json_parse("slice", value, size, NULL, &alone) < 0 || !json_object_equal(alone, expected))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autojson struct json_object *document = NULL;
    struct json_object *expected;
    const char *value = NULL;
    size_t value_size = 0;
    if (size == 0)
        return 0;
    const char *const *names = paths[data[0] % ARRAY_SIZE(paths)];
    autofree char *text = malloc(size > 1 ? size - 1 : 1); /* no larger: what reads behind it is seen */
    if (!text)
        return 0;
    memcpy(text, data + 1, size - 1);
    if (json_parse("whole", text, size - 1, NULL, &document) < 0)
        return 0;
    bool is_there = find(document, names, &expected);
    int r = json_slice(text, size - 1, names, &value, &value_size);
    if (r == 0 && !is_there)
        abort();
    if (r == 0) {
        if (value < text || value + value_size > text + size - 1)
            abort();
        check_slice(value, value_size, expected);
    } else if (is_there && !memchr(text, '\\', size - 1)) {
        abort();
    }
    return 0;
}
