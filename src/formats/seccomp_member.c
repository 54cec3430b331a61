/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/seccomp_member.h"

#include "base/closest.h"
#include "formats/json.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

/* As far as there is room; the place's new length. */
static size_t place_append(char place[SECCOMP_PLACE_SIZE], size_t n, const char *text)
{
    while (*text != '\0' && n < SECCOMP_PLACE_SIZE - 1)
        place[n++] = *text++;
    place[n] = '\0';
    return n;
}

/* Not by snprintf(3): places are made for every member of every start, and mostly nobody reads them. */
void seccomp_place_member(char ret_place[SECCOMP_PLACE_SIZE], const char *place, const char *key)
{
    size_t n = place_append(ret_place, 0, place);
    n = place_append(ret_place, n, n > 0 && ret_place[n - 1] == ':' ? " " : ".");
    (void)place_append(ret_place, n, key);
}

void seccomp_place_item(char ret_place[SECCOMP_PLACE_SIZE], const char *place, size_t index)
{
    (void)snprintf(ret_place, SECCOMP_PLACE_SIZE, "%s[%zu]", place, index);
}

int seccomp_member_refuse(struct seccomp_member_reader *r, const char *place, const char *rule,
                          const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    (void)report_add(r->report, place, rule, "%s",
                     text); /* it is always -EINVAL; `refused` says so at the end */
    r->refused = true;
    return 0;
}

static size_t names_count(const char *const *names)
{
    size_t n = 0;
    while (names[n])
        n++;
    return n;
}

static bool names_contain(const char *const *names, const char *word)
{
    for (size_t i = 0; names[i]; i++)
        if (streq(names[i], word))
            return true;
    return false;
}

static void refuse_word(struct seccomp_member_reader *r, const char *place, const char *rule,
                        const char *word, const char *const *names)
{
    const char *near = closest_word(word, names, names_count(names));
    seccomp_member_refuse(r, place, rule,
                          near ? "\"%s\" is not known; did you mean \"%s\"?" : "\"%s\" is not known", word,
                          near);
}

bool seccomp_member_object(struct seccomp_member_reader *r, const char *place, struct json_object *value,
                           const char *const *names)
{
    if (!value || !json_object_is_type(value, json_type_object)) {
        seccomp_member_refuse(r, place, "seccomp/type", "an object is expected");
        return false;
    }
    bool all_known = true;
    struct json_object_iterator end = json_object_iter_end(value);
    for (struct json_object_iterator i = json_object_iter_begin(value); !json_object_iter_equal(&i, &end);
         json_object_iter_next(&i)) {
        const char *key = json_object_iter_peek_name(&i);
        if (names_contain(names, key))
            continue;
        char inner[SECCOMP_PLACE_SIZE];
        seccomp_place_member(inner, place, key);
        refuse_word(r, inner, "seccomp/unknown-member", key, names);
        all_known = false;
    }
    return all_known;
}

size_t seccomp_member_array(struct seccomp_member_reader *r, const char *place, struct json_object *value)
{
    if (!value)
        return 0;
    if (json_object_is_type(value, json_type_array))
        return json_object_array_length(value);
    seccomp_member_refuse(r, place, "seccomp/type", "an array is expected");
    return 0;
}

int seccomp_member_text(struct seccomp_member_reader *r, const char *place, struct json_object *value,
                        char **ret_text)
{
    if (!value)
        return 0;
    if (!json_object_is_type(value, json_type_string))
        return seccomp_member_refuse(r, place, "seccomp/type", "a string is expected");
    char *copy = strdup(json_object_get_string(value));
    if (!copy)
        return -ENOMEM;
    free(*ret_text);
    *ret_text = copy;
    return 0;
}

static bool is_word(struct json_object *value, const char *const *names)
{
    return json_object_is_type(value, json_type_string) &&
           (!names || names_contain(names, json_object_get_string(value)));
}

int seccomp_member_word(struct seccomp_member_reader *r, const char *place, struct json_object *value,
                        const char *const *names, struct strings *list)
{
    if (is_word(value, names))
        return strings_add(list, json_object_get_string(value));
    if (!json_object_is_type(value, json_type_string))
        return seccomp_member_refuse(r, place, "seccomp/type", "a string is expected");
    refuse_word(r, place, "seccomp/unknown-word", json_object_get_string(value), names);
    return 0;
}

int seccomp_member_words(struct seccomp_member_reader *r, const char *place, struct json_object *value,
                         const char *const *names, struct strings *list)
{
    size_t count = seccomp_member_array(r, place, value);
    int error = 0;
    for (size_t i = 0; i < count && error == 0; i++) {
        struct json_object *item = json_object_array_get_idx(value, i);
        char inner[SECCOMP_PLACE_SIZE];
        if (is_word(item, names)) {
            error = strings_add(list, json_object_get_string(item));
        } else {
            seccomp_place_item(inner, place, i);
            error = seccomp_member_word(r, inner, item, names, list);
        }
    }
    return error;
}
