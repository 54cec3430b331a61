/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/log_line.h"
#include "base/number.h"

#include <errno.h>
#include <string.h>

#define TIME_LENGTH 30 /* "2026-11-21T20:33:41.123456789Z" */
#define NAME_DIGITS 8
static const char name_suffix[] = ".json";

/* The length of the UTF-8 character that `text` begins with; 0: none, -1: it could become one with more
 * bytes. RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
static int utf8_length(const unsigned char *text, size_t size)
{
    unsigned first = text[0];
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    int length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    for (int i = 1; i < length; i++) {
        if ((size_t)i >= size)
            return -1;
        if (text[i] < low || text[i] > high)
            return 0;
        low = 0x80;
        high = 0xbf;
    }
    return length;
}

/* The letter of a two-character escape, or 0. */
static char short_escape(unsigned char c)
{
    switch (c) {
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '"':
    case '\\':
        return (char)c;
    default:
        return 0;
    }
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static char *put_escape(char *to, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    *to++ = '\\';
    char letter = short_escape(c);
    if (letter != 0) {
        *to++ = letter;
        return to;
    }
    memcpy(to, c < 0x80 ? "u00" : "udc", 3);
    to[3] = digits[c >> 4];
    to[4] = digits[c & 15];
    return to + 5;
}

size_t log_text_encode(const char *text, size_t size, char *ret_bytes)
{
    const unsigned char *from = (const unsigned char *)text, *end = from + size;
    char *to = ret_bytes;
    while (from < end) {
        if (is_plain(*from)) {
            *to++ = (char)*from++;
            continue;
        }
        int n = *from < 0x80 ? 0 : utf8_length(from, (size_t)(end - from));
        if (n <= 0)
            to = put_escape(to, *from++);
        while (n-- > 0)
            *to++ = (char)*from++;
    }
    return (size_t)(to - ret_bytes);
}

size_t log_text_cut(const char *text, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)text;
    for (size_t back = 1; back <= 3 && back < size; back++) {
        unsigned char c = bytes[size - back];
        if (c >= 0xc0)
            return utf8_length(bytes + size - back, back) < 0 ? size - back : size;
        if (c < 0x80)
            break;
    }
    return size;
}

size_t log_tail_encode(enum log_stream stream, const char *time, char ret_bytes[LOG_TAIL_MAX])
{
    int n = snprintf(ret_bytes, LOG_TAIL_MAX, "\",\"stream\":\"%s\",\"time\":\"%s\"}\n",
                     stream == LOG_STDERR ? "stderr" : "stdout", time);
    return n < 0 || n >= LOG_TAIL_MAX ? 0 : (size_t)n;
}

/* The byte that \u00XX or \udcXX stands for, or -1. */
static int decode_unicode_escape(const char *digits)
{
    unsigned value = 0;
    for (int i = 0; i < 4; i++) {
        char c = digits[i];
        if (c >= '0' && c <= '9')
            value = value * 16 + (unsigned)(c - '0');
        else if (c >= 'a' && c <= 'f')
            value = value * 16 + (unsigned)(c - 'a') + 10;
        else
            return -1;
    }
    if (value >= 0xdc80 && value <= 0xdcff)
        return (int)(value & 0xff);
    return value < 0x20 && short_escape((unsigned char)value) == 0 ? (int)value : -1;
}

/* The byte that the escape at *from stands for (behind its backslash), or -1; *from moves over it. */
static int decode_escape(const char **from, const char *end)
{
    if (*from == end)
        return -1;
    static const char letters[] = "nrtbf\"\\", bytes[] = "\n\r\t\b\f\"\\";
    char c = *(*from)++;
    const char *letter = memchr(letters, c, sizeof(letters) - 1);
    if (letter)
        return bytes[letter - letters];
    if (c != 'u' || end - *from < 4)
        return -1;
    int byte = decode_unicode_escape(*from);
    *from += 4;
    return byte;
}

/* Decodes the string up to its closing quote, in place. Returns what stands behind the quote, or NULL. */
static const char *decode_text(const char *from, const char *end, char *to, size_t *ret_size)
{
    char *start = to;
    while (from < end && *from != '"') {
        if (*from == '\\') {
            from++;
            int byte = decode_escape(&from, end);
            if (byte < 0)
                return NULL;
            *to++ = (char)byte;
            continue;
        }
        if ((unsigned char)*from < 0x20)
            return NULL;
        int n = utf8_length((const unsigned char *)from, (size_t)(end - from));
        if (n <= 0)
            return NULL;
        while (n-- > 0)
            *to++ = *from++;
    }
    *ret_size = (size_t)(to - start);
    return from < end ? from + 1 : NULL;
}

/* Whether `*from` begins with `expected`; moves behind it. */
static bool skip(const char **from, const char *end, const char *expected)
{
    size_t n = strlen(expected);
    if ((size_t)(end - *from) < n || memcmp(*from, expected, n) != 0)
        return false;
    *from += n;
    return true;
}

int log_line_decode(char *line, size_t size, struct log_entry *ret_entry)
{
    const char *from = line, *end = line + size;
    struct log_entry entry = {0};
    if (!skip(&from, end, LOG_HEAD))
        return -EINVAL;
    entry.text = line + strlen(LOG_HEAD);
    from = decode_text(from, end, entry.text, &entry.size);
    if (!from || entry.size == 0 || entry.size > LOG_TEXT_MAX || !skip(&from, end, ",\"stream\":\"std"))
        return -EINVAL;
    if (skip(&from, end, "out"))
        entry.stream = LOG_STDOUT;
    else if (skip(&from, end, "err"))
        entry.stream = LOG_STDERR;
    else
        return -EINVAL;
    char time[TIME_LENGTH + 1] = "";
    if (!skip(&from, end, "\",\"time\":\"") || end - from != TIME_LENGTH + 2)
        return -EINVAL;
    memcpy(time, from, TIME_LENGTH);
    from += TIME_LENGTH;
    if (!skip(&from, end, "\"}") || time[TIME_LENGTH - 1] != 'Z' || timestamp_parse(time, &entry.time) < 0)
        return -EINVAL;
    *ret_entry = entry;
    return 0;
}

void log_name_format(uint32_t number, char ret_name[LOG_NAME_SIZE])
{
    (void)snprintf(ret_name, LOG_NAME_SIZE, "%08u.json", number % (LOG_NUMBER_MAX + 1u)); /* always fits */
}

int log_name_parse(const char *name, uint32_t *ret_number)
{
    char digits[NAME_DIGITS + 1] = "";
    if (strlen(name) != NAME_DIGITS + strlen(name_suffix) || strcmp(name + NAME_DIGITS, name_suffix) != 0)
        return -EINVAL;
    memcpy(digits, name, NAME_DIGITS);
    uint64_t number;
    if (number_parse(digits, LOG_NUMBER_MAX, &number) < 0 || number == 0)
        return -EINVAL;
    *ret_number = (uint32_t)number;
    return 0;
}
