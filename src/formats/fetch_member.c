/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/fetch_member.h"
#include "formats/fetch_message.h"

#include <errno.h>
#include <string.h>

static const void *field_of(const struct fetch_member *m, const void *record)
{
    return (const char *)record + m->offset;
}

static const char *text_of(const struct fetch_member *m, const void *record)
{
    const void *field = field_of(m, record);
    if (m->type == FETCH_MEMBER_TEXT)
        return *(char *const *)field;
    const char *buffer = field;
    return buffer[0] != '\0' ? buffer : NULL;
}

static uint64_t number_of(const struct fetch_member *m, const void *record)
{
    const void *field = field_of(m, record);
    switch (m->type) {
    case FETCH_MEMBER_BOOL:
        return *(const bool *)field;
    case FETCH_MEMBER_U32:
        return *(const uint32_t *)field;
    case FETCH_MEMBER_WORD:
        return *(const unsigned *)field;
    case FETCH_MEMBER_TEXT:
    case FETCH_MEMBER_BUFFER:
    case FETCH_MEMBER_LIST:
    case FETCH_MEMBER_DIGEST:
    case FETCH_MEMBER_U64:
        break;
    }
    return *(const uint64_t *)field;
}

static bool member_is_there(const struct fetch_member *m, const void *record)
{
    switch (m->type) {
    case FETCH_MEMBER_TEXT:
    case FETCH_MEMBER_BUFFER:
        return text_of(m, record) != NULL;
    case FETCH_MEMBER_LIST:
        return ((const struct strings *)field_of(m, record))->count > 0;
    case FETCH_MEMBER_DIGEST:
        return ((const struct digest *)field_of(m, record))->hex[0] != '\0';
    case FETCH_MEMBER_BOOL:
    case FETCH_MEMBER_U32:
    case FETCH_MEMBER_U64:
    case FETCH_MEMBER_WORD:
        break;
    }
    return number_of(m, record) != 0;
}

static bool text_is_valid(const struct fetch_member *m, const char *text)
{
    return strnlen(text, m->max + 1) <= m->max && (!m->valid || m->valid(text));
}

static bool value_is_valid(const struct fetch_member *m, const void *record)
{
    const struct strings *list = field_of(m, record);
    switch (m->type) {
    case FETCH_MEMBER_TEXT:
    case FETCH_MEMBER_BUFFER:
        return text_is_valid(m, text_of(m, record));
    case FETCH_MEMBER_LIST:
        for (size_t i = 0; i < list->count; i++)
            if (!text_is_valid(m, list->items[i]))
                return false;
        return list->count <= FETCH_ACCEPT_MAX;
    case FETCH_MEMBER_DIGEST: {
        struct digest same;
        return digest_parse_hex(((const struct digest *)field_of(m, record))->hex, &same) == 0;
    }
    case FETCH_MEMBER_BOOL:
        return true;
    case FETCH_MEMBER_U32:
    case FETCH_MEMBER_U64:
        return number_of(m, record) <= m->max;
    case FETCH_MEMBER_WORD:
        return number_of(m, record) < m->max;
    }
    return false;
}

/* A number may be missing where 0 is a value; what else is required has to be there. */
static bool may_be_missing(const struct fetch_member *m)
{
    return m->type == FETCH_MEMBER_WORD;
}

int fetch_members_check(const struct fetch_table *t, const void *record)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct fetch_member *m = &t->members[i];
        bool there = member_is_there(m, record);
        if (there && (!(m->allowed & t->kind) || !value_is_valid(m, record)))
            return -EINVAL;
        if (!there && (m->required & t->kind) && !may_be_missing(m))
            return -EINVAL;
    }
    return 0;
}

static int member_write(const struct fetch_member *m, const void *record, struct json_object *object)
{
    char digest[DIGEST_TEXT_LENGTH + 1];
    switch (m->type) {
    case FETCH_MEMBER_TEXT:
    case FETCH_MEMBER_BUFFER:
        return json_put_string(object, m->name, text_of(m, record));
    case FETCH_MEMBER_LIST:
        return json_put_strings(object, m->name, field_of(m, record));
    case FETCH_MEMBER_DIGEST:
        return json_put_string(object, m->name, digest_write(field_of(m, record), digest));
    case FETCH_MEMBER_BOOL:
        return json_put_bool(object, m->name, true);
    case FETCH_MEMBER_WORD:
        return json_put_string(object, m->name, m->words[number_of(m, record)]);
    case FETCH_MEMBER_U32:
    case FETCH_MEMBER_U64:
        break;
    }
    return json_put_u64(object, m->name, number_of(m, record));
}

int fetch_members_write(const struct fetch_table *t, const void *record, struct json_object *object)
{
    int r = object ? 0 : -ENOMEM;
    for (size_t i = 0; i < t->count && r == 0; i++) {
        const struct fetch_member *m = &t->members[i];
        bool word = m->type == FETCH_MEMBER_WORD && (m->required & t->kind);
        if (word || member_is_there(m, record))
            r = member_write(m, record, object);
    }
    return r;
}

int fetch_word_find(const char *const *words, size_t count, const char *word)
{
    for (size_t i = 0; word && i < count; i++)
        if (strcmp(words[i], word) == 0)
            return (int)i;
    return -1;
}

static int read_number(const struct fetch_member *m, struct json_object *object, void *field)
{
    uint64_t value = 0;
    if (json_get_u64(object, m->name, &value) < 0 || value > m->max)
        return -EBADMSG;
    if (m->type == FETCH_MEMBER_U32)
        *(uint32_t *)field = (uint32_t)value;
    else
        *(uint64_t *)field = value;
    return 0;
}

static int read_text(const struct fetch_member *m, const char *text, void *field)
{
    if (!text || !text_is_valid(m, text))
        return -EBADMSG;
    if (m->type == FETCH_MEMBER_BUFFER) {
        memcpy(field, text, strlen(text) + 1);
        return 0;
    }
    char *copy = strdup(text);
    if (!copy)
        return -ENOMEM;
    *(char **)field = copy;
    return 0;
}

static int read_list(const struct fetch_member *m, struct json_object *object, struct strings *field)
{
    struct json_object *array = json_get_array(object, m->name);
    if (!array || json_object_array_length(array) > FETCH_ACCEPT_MAX)
        return -EBADMSG;
    int r = json_get_strings(object, m->name, field);
    return r == -EINVAL ? -EBADMSG : r;
}

static int member_read(const struct fetch_member *m, struct json_object *object, void *record)
{
    void *field = (char *)record + m->offset;
    const char *text = json_get_string(object, m->name);
    int word;
    switch (m->type) {
    case FETCH_MEMBER_TEXT:
    case FETCH_MEMBER_BUFFER:
        return read_text(m, text, field);
    case FETCH_MEMBER_LIST:
        return read_list(m, object, field);
    case FETCH_MEMBER_DIGEST:
        return text && digest_parse(text, field) == 0 ? 0 : -EBADMSG;
    case FETCH_MEMBER_BOOL: /* `false` is said by leaving it out */
        *(bool *)field = json_get_bool(object, m->name, false);
        return *(bool *)field ? 0 : -EBADMSG;
    case FETCH_MEMBER_WORD:
        word = fetch_word_find(m->words, m->max, text);
        if (word >= 0)
            *(unsigned *)field = (unsigned)word;
        return word >= 0 ? 0 : -EBADMSG;
    case FETCH_MEMBER_U32:
    case FETCH_MEMBER_U64:
        break;
    }
    return read_number(m, object, field);
}

int fetch_members_read(const struct fetch_table *t, struct json_object *object, void *record)
{
    size_t found = 0;
    for (size_t i = 0; i < t->count; i++) {
        if (!json_object_object_get_ex(object, t->members[i].name, NULL)) {
            if (t->members[i].required & t->kind)
                return -EBADMSG;
            continue;
        }
        found++;
        int r = member_read(&t->members[i], object, record);
        if (r < 0)
            return r;
    }
    return found == (size_t)json_object_object_length(object) ? 0 : -EBADMSG;
}

int fetch_object_finish(struct json_object *object, char **ret_text, size_t *ret_size)
{
    autofree char *text = json_write(object, false);
    if (!text)
        return -ENOMEM;
    size_t size = strlen(text);
    if (size > FETCH_MESSAGE_MAX)
        return -EMSGSIZE;
    *ret_text = TAKE_PTR(text);
    *ret_size = size;
    return 0;
}
