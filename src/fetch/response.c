/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/response.h"

#include "base/number.h"
#include "formats/http_field.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define LINE_MAX_BYTES 20000

struct field {
    struct response *response;
    const char *value;
    int64_t now;
};

static int replace(char **text, const char *value)
{
    char *copy = strdup(value);
    if (!copy)
        return -ENOMEM;
    free(*text);
    *text = copy;
    return 0;
}

static int take_location(const struct field *f)
{
    return replace(&f->response->location, f->value);
}

static int take_link(const struct field *f)
{
    return replace(&f->response->link, f->value);
}

static int take_length(const struct field *f)
{
    uint64_t length;
    if (number_parse(f->value, INT64_MAX, &length) < 0)
        return -EBADMSG;
    if (f->response->has_length && f->response->length != length)
        return -EBADMSG;
    f->response->has_length = true;
    f->response->length = length;
    return 0;
}

static int take_type(const struct field *f)
{
    if (http_read_media_type(f->value, f->response->media_type, sizeof(f->response->media_type)) < 0)
        f->response->media_type[0] = '\0';
    return 0;
}

static int take_digest(const struct field *f)
{
    if (digest_parse(f->value, &f->response->digest) < 0)
        f->response->digest.hex[0] = '\0';
    return 0;
}

static int take_content_range(const struct field *f)
{
    struct response *r = f->response;
    r->has_range = http_read_content_range(f->value, &r->range_first, &r->range_last, &r->range_total) == 0;
    return 0;
}

static int take_upload_range(const struct field *f)
{
    struct response *r = f->response;
    r->has_upload_range = http_read_upload_range(f->value, &r->upload_size) == 0;
    return 0;
}

static int take_retry_after(const struct field *f)
{
    struct response *r = f->response;
    r->has_retry_after = http_read_retry_after(f->value, f->now, &r->retry_after) == 0;
    return 0;
}

static int take_limit(const struct field *f)
{
    struct response *r = f->response;
    r->has_limit = http_read_rate_limit(f->value, &r->limit, &r->limit_window) == 0;
    return 0;
}

static int take_challenge(const struct field *f)
{
    int error = auth_challenge_add(&f->response->challenge, f->value);
    f->response->has_challenge = true;
    f->response->bad_challenge |= error == -EBADMSG;
    return error == -EBADMSG ? 0 : error;
}

static const struct {
    const char *name;
    int (*take)(const struct field *);
} fields[] = {
    {"Location", take_location},
    {"Link", take_link},
    {"Content-Length", take_length},
    {"Content-Type", take_type},
    {"Docker-Content-Digest", take_digest},
    {"Content-Range", take_content_range},
    {"Range", take_upload_range},
    {"Retry-After", take_retry_after},
    {"RateLimit-Limit", take_limit},
    {"WWW-Authenticate", take_challenge},
};

static int take_field(struct response *r, char *line, int64_t now)
{
    char *colon = strchr(line, ':');
    if (!colon)
        return 0;
    *colon = '\0';
    char *value = colon + 1 + strspn(colon + 1, " \t");
    size_t length = strlen(value);
    while (length > 0 && (value[length - 1] == ' ' || value[length - 1] == '\t'))
        value[--length] = '\0';
    const struct field f = {r, value, now};
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
        if (strcasecmp(line, fields[i].name) == 0)
            return fields[i].take(&f);
    return 0;
}

/* "HTTP/1.1 200 OK", "HTTP/2 200 " */
static bool take_status(struct response *r, const char *line)
{
    if (strncmp(line, "HTTP/", 5) != 0)
        return false;
    const char *space = strchr(line, ' ');
    char digits[4] = "";
    uint64_t status = 0;
    if (space && strspn(space + 1, "0123456789") == 3)
        memcpy(digits, space + 1, 3);
    response_reset(r);
    if (number_parse(digits, 999, &status) == 0)
        r->status = (uint32_t)status;
    return true;
}

int response_take_line(struct response *r, const char *line, size_t size, int64_t now)
{
    r->head_size += size;
    if (r->head_size > RESPONSE_HEAD_MAX || size > LINE_MAX_BYTES)
        return -E2BIG;
    while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r'))
        size--;
    if (memchr(line, '\0', size))
        return -EBADMSG;
    autofree char *copy = strndup(line, size);
    if (!copy)
        return -ENOMEM;
    return take_status(r, copy) ? 0 : take_field(r, copy, now);
}

void response_note(struct response *r, const void *data, size_t size)
{
    size_t room = sizeof(r->note) - r->note_size;
    size_t n = size < room ? size : room;
    memcpy(r->note + r->note_size, data, n);
    r->note_size += n;
}

void response_reset(struct response *r)
{
    size_t head_size = r->head_size;
    free(r->location);
    free(r->link);
    auth_challenge_free(&r->challenge);
    *r = (struct response){.head_size = head_size};
}
