/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/http_field.h"
#include "base/number.h"
#include "base/strings.h"
#include "formats/fetch_message.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define NUMBER_DIGITS 20

/* Digits at *at, which moves behind them. */
static int take_number(const char **at, uint64_t max, uint64_t *ret_value)
{
    char digits[NUMBER_DIGITS + 1];
    size_t n = strspn(*at, "0123456789");
    if (n == 0 || n > NUMBER_DIGITS)
        return -EBADMSG;
    memcpy(digits, *at, n);
    digits[n] = '\0';
    *at += n;
    return number_parse(digits, max, ret_value) < 0 ? -EBADMSG : 0;
}

static int take_fixed(const char **at, size_t digits, uint64_t max, int *ret_value)
{
    uint64_t value;
    if (strspn(*at, "0123456789") != digits || take_number(at, max, &value) < 0)
        return -EBADMSG;
    *ret_value = (int)value;
    return 0;
}

static int take_word(const char **at, const char *word)
{
    const char *after = string_after(*at, word);
    if (!after)
        return -EBADMSG;
    *at = after;
    return 0;
}

/* One of `count` words of `length` letters each, written one behind the other. */
static int take_name(const char **at, const char *names, size_t length, int *ret_index)
{
    for (size_t i = 0; names[i * length] != '\0'; i++)
        if (strncmp(*at, names + i * length, length) == 0) {
            *at += length;
            *ret_index = (int)i;
            return 0;
        }
    return -EBADMSG;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
static int read_date(const char *at, int64_t *ret_time)
{
    struct tm tm = {0};
    if (take_name(&at, "SunMonTueWedThuFriSat", 3, &tm.tm_wday) < 0 || take_word(&at, ", ") < 0 ||
        take_fixed(&at, 2, 31, &tm.tm_mday) < 0 || take_word(&at, " ") < 0 ||
        take_name(&at, "JanFebMarAprMayJunJulAugSepOctNovDec", 3, &tm.tm_mon) < 0 ||
        take_word(&at, " ") < 0 || take_fixed(&at, 4, 9999, &tm.tm_year) < 0 || take_word(&at, " ") < 0)
        return -EBADMSG;
    if (take_fixed(&at, 2, 23, &tm.tm_hour) < 0 || take_word(&at, ":") < 0 ||
        take_fixed(&at, 2, 59, &tm.tm_min) < 0 || take_word(&at, ":") < 0 ||
        take_fixed(&at, 2, 60, &tm.tm_sec) < 0 || !streq(at, " GMT"))
        return -EBADMSG;
    tm.tm_year -= 1900;
    *ret_time = timegm(&tm);
    return 0;
}

int http_read_retry_after(const char *value, int64_t now, uint32_t *ret_seconds)
{
    uint64_t seconds;
    int64_t date;
    if (string_is_digits(value)) {
        int r = number_parse(value, UINT32_MAX, &seconds);
        if (r < 0 && r != -ERANGE)
            return -EBADMSG;
        *ret_seconds = r < 0 ? UINT32_MAX : (uint32_t)seconds;
        return 0;
    }
    if (read_date(value, &date) < 0)
        return -EBADMSG;
    int64_t left = date - now;
    *ret_seconds = left < 0 ? 0 : left > UINT32_MAX ? UINT32_MAX : (uint32_t)left;
    return 0;
}

int http_read_content_range(const char *value, uint64_t *ret_first, uint64_t *ret_last, uint64_t *ret_total)
{
    uint64_t first, last, total = UINT64_MAX;
    if (take_word(&value, "bytes ") < 0 || take_number(&value, INT64_MAX, &first) < 0 ||
        take_word(&value, "-") < 0 || take_number(&value, INT64_MAX, &last) < 0 || take_word(&value, "/") < 0)
        return -EBADMSG;
    if (*value == '*')
        value++;
    else if (take_number(&value, INT64_MAX, &total) < 0)
        return -EBADMSG;
    if (*value != '\0' || last < first || last >= total)
        return -EBADMSG;
    *ret_first = first;
    *ret_last = last;
    *ret_total = total;
    return 0;
}

int http_read_upload_range(const char *value, uint64_t *ret_size)
{
    uint64_t first, last;
    const char *after = string_after(value, "bytes=");
    value = after ? after : value;
    if (take_number(&value, 0, &first) < 0 || take_word(&value, "-") < 0 ||
        take_number(&value, INT64_MAX - 1, &last) < 0 || *value != '\0')
        return -EBADMSG;
    /* "0-0" is what Docker's registry says of an empty upload; one byte is taken for none too. */
    *ret_size = last == 0 ? 0 : last + 1;
    return 0;
}

/* Whether the parameters at `at` (";rel=next; ..") have rel "next"; *ret_end is behind them. */
static int link_is_next(const char *at, const char **ret_end, bool *ret_next)
{
    *ret_next = false;
    for (;;) {
        at += strspn(at, " \t");
        if (*at != ';')
            break;
        at += 1 + strspn(at + 1, " \t");
        const char *name = at;
        size_t length = strcspn(at, "=;, \t\"");
        at += length;
        if (*at != '=')
            continue;
        at++;
        bool quoted = *at == '"';
        const char *text = at + quoted;
        size_t n = strcspn(text, quoted ? "\"" : ";, \t");
        if (quoted && text[n] != '"')
            return -EBADMSG;
        if (length == 3 && strncasecmp(name, "rel", 3) == 0 && n == 4 && strncasecmp(text, "next", 4) == 0)
            *ret_next = true;
        at = text + n + quoted;
    }
    if (*at != ',' && *at != '\0')
        return -EBADMSG;
    *ret_end = at;
    return 0;
}

int http_read_link_next(const char *value, char **ret_target)
{
    for (const char *at = value;;) {
        at += strspn(at, " \t,");
        if (*at == '\0')
            return -ENOENT;
        if (*at++ != '<')
            return -EBADMSG;
        const char *target = at;
        size_t length = strcspn(at, ">");
        if (at[length] != '>' || length == 0)
            return -EBADMSG;
        bool next;
        int r = link_is_next(at + length + 1, &at, &next);
        if (r < 0)
            return r;
        if (next) {
            *ret_target = strndup(target, length);
            return *ret_target ? 0 : -ENOMEM;
        }
    }
}

int http_read_media_type(const char *value, char *ret_type, size_t size)
{
    size_t n = strcspn(value, "; \t");
    char type[FETCH_TYPE_SIZE];
    if (n >= sizeof(type) || n >= size)
        return -EBADMSG;
    memcpy(type, value, n);
    type[n] = '\0';
    if (!fetch_media_type_is_valid(type))
        return -EBADMSG;
    memcpy(ret_type, type, n + 1);
    return 0;
}

int http_read_rate_limit(const char *value, uint64_t *ret_number, uint32_t *ret_window)
{
    uint64_t number, window = 0;
    if (take_number(&value, UINT32_MAX, &number) < 0)
        return -EBADMSG;
    const char *after = string_after(value, ";w=");
    if (after && take_number(&after, UINT32_MAX, &window) < 0)
        return -EBADMSG;
    if (*(after ? after : value) != '\0')
        return -EBADMSG;
    *ret_number = number;
    *ret_window = (uint32_t)window;
    return 0;
}
