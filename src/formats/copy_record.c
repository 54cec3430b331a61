/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/copy_record.h"

#include <errno.h>
#include <string.h>

static void append_string(struct text *list, const char *string)
{
    text_append_n(list, string ? string : "", strlen(string ? string : "") + 1);
}

void copy_record_append(struct text *list, const struct copy_record *record,
                        const struct copy_record_names *names)
{
    text_append_n(list, record, sizeof(*record));
    append_string(list, names->source);
    append_string(list, names->path);
    append_string(list, names->content);
}

static const char *take_string(const char *list, size_t size, size_t *at)
{
    const char *string = list + *at;
    const char *end = memchr(string, '\0', size - *at);
    if (!end)
        return NULL;
    *at += (size_t)(end - string) + 1;
    return string;
}

int copy_record_next(const char *list, size_t size, size_t *at, struct copy_record *ret_record,
                     struct copy_record_names *ret_names)
{
    if (*at == size)
        return 0;
    if (size - *at < sizeof(*ret_record))
        return -EBADMSG;
    memcpy(ret_record, list + *at, sizeof(*ret_record));
    *at += sizeof(*ret_record);
    ret_names->source = take_string(list, size, at);
    ret_names->path = ret_names->source ? take_string(list, size, at) : NULL;
    ret_names->content = ret_names->path ? take_string(list, size, at) : NULL;
    return ret_names->content ? 1 : -EBADMSG;
}
