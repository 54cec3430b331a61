/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/registry_document.h"
#include "base/utf8.h"
#include "formats/json.h"
#include "formats/reference.h"

#include <errno.h>
#include <string.h>

#define ERRORS_TOLD 3

static int parse(const char *data, size_t size, struct json_object **ret_object)
{
    autojson struct json_object *object = NULL;
    int r = size <= REGISTRY_PAGE_MAX ? json_parse("document", data, size, NULL, &object) : -EINVAL;
    if (r == -ENOMEM)
        return r;
    if (r < 0 || !json_object_is_type(object, json_type_object))
        return -EBADMSG;
    *ret_object = TAKE_PTR(object);
    return 0;
}

/* As much as fits, whole characters only. */
static void append(char *to, const char *text)
{
    size_t used = strlen(to);
    for (size_t left = strlen(text); left > 0;) {
        size_t n = utf8_sequence(text, left);
        if (n == 0 || used + n >= REGISTRY_ERROR_SIZE)
            break;
        memcpy(to + used, text, n);
        used += n;
        text += n;
        left -= n;
    }
    to[used] = '\0';
}

static void append_error(char *to, const char *code, const char *message)
{
    if (to[0] != '\0' && (code || message))
        append(to, "; ");
    if (code)
        append(to, code);
    if (code && message)
        append(to, ": ");
    if (message)
        append(to, message);
}

void registry_errors_read(const char *data, size_t size, char ret_text[REGISTRY_ERROR_SIZE])
{
    /* Elsewhere than in the specification: token servers, proxies. */
    static const char *const others[] = {"details", "error_description", "message", "error"};
    autojson struct json_object *object = NULL;
    ret_text[0] = '\0';
    if (parse(data, size, &object) < 0)
        return;
    struct json_object *errors = json_get_array(object, "errors");
    size_t count = errors ? json_object_array_length(errors) : 0;
    for (size_t i = 0; i < count && i < ERRORS_TOLD; i++) {
        struct json_object *one = json_object_array_get_idx(errors, i);
        append_error(ret_text, json_get_string(one, "code"), json_get_string(one, "message"));
    }
    for (size_t i = 0; i < ARRAY_SIZE(others) && ret_text[0] == '\0'; i++)
        append_error(ret_text, NULL, json_get_string(object, others[i]));
    text_make_printable(ret_text);
}

/* RFC 6750: visible characters without spaces. */
static bool token_is_valid(const char *token)
{
    size_t n = strnlen(token, REGISTRY_TOKEN_MAX + 1);
    for (size_t i = 0; i < n; i++)
        if (token[i] <= ' ' || token[i] > '~')
            return false;
    return n > 0 && n <= REGISTRY_TOKEN_MAX;
}

int registry_token_read(const char *data, size_t size, char **ret_token, uint32_t *ret_seconds)
{
    autojson struct json_object *object = NULL;
    int r = parse(data, size, &object);
    if (r < 0)
        return r;
    const char *token = json_get_string(object, "token");
    if (!token || token[0] == '\0')
        token = json_get_string(object, "access_token");
    if (!token || !token_is_valid(token))
        return -EBADMSG;
    uint64_t seconds;
    if (json_get_u64(object, "expires_in", &seconds) < 0 || seconds < REGISTRY_TOKEN_SECONDS)
        seconds = REGISTRY_TOKEN_SECONDS;
    char *copy = strdup(token);
    if (!copy)
        return -ENOMEM;
    *ret_token = copy;
    *ret_seconds = seconds > UINT32_MAX ? UINT32_MAX : (uint32_t)seconds;
    return 0;
}

int registry_tags_read(const char *data, size_t size, struct text *lines)
{
    autojson struct json_object *object = NULL;
    int r = parse(data, size, &object);
    if (r < 0)
        return r;
    struct json_object *tags = NULL;
    if (!json_object_object_get_ex(object, "tags", &tags))
        return -EBADMSG;
    if (!tags) /* null: what Docker's registry says of a repository without tags */
        return 0;
    if (!json_object_is_type(tags, json_type_array))
        return -EBADMSG;
    size_t count = json_object_array_length(tags);
    for (size_t i = 0; i < count; i++) {
        struct json_object *tag = json_object_array_get_idx(tags, i);
        if (!json_object_is_type(tag, json_type_string) ||
            !reference_tag_is_valid(json_object_get_string(tag)))
            return -EBADMSG;
        text_append(lines, json_object_get_string(tag));
        text_append_char(lines, '\n');
    }
    return text_error(lines);
}
