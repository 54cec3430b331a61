/* SPDX-License-Identifier: Apache-2.0 */
/* The strict reader builds json-c's tree itself: there is no second parser that could understand the bytes
 * differently. */
#include "base/text.h"
#include "base/utf8.h"
#include "formats/json.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

struct json_scan {
    const char *name, *start, *at, *end;
    struct report *report;
    uintptr_t line; /* of `at`: only blanks hold line breaks */
};

static int scan_value(struct json_scan *s, int depth, struct json_object **ret_value);

/* Adds a finding at `where`; always -EINVAL. */
static int scan_refuse(struct json_scan *s, const char *where, const char *rule, const char *format, ...)
    printf_like(4, 5);

static int scan_refuse(struct json_scan *s, const char *where, const char *rule, const char *format, ...)
{
    if (!s->report)
        return -EINVAL;
    size_t line = 1, column = 1;
    for (const char *p = s->start; p < where; p++) {
        column = *p == '\n' ? 1 : column + 1;
        line += *p == '\n';
    }
    autofree char *place = NULL;
    if (asprintf(&place, "%s:%zu:%zu", s->name, line, column) < 0)
        place = NULL;
    char sentence[200];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, args); /* a cut sentence is still a sentence */
    va_end(args);
    return report_add(s->report, place ? place : s->name, rule, "%s", sentence);
}

static void scan_blanks(struct json_scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r'))
        s->line += *s->at++ == '\n';
}

static bool scan_char(struct json_scan *s, char c)
{
    scan_blanks(s);
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

/* Four hex digits; -1 when there are none. */
static int scan_hex4(struct json_scan *s)
{
    int value = 0;
    if (s->end - s->at < 4)
        return -1;
    for (int i = 0; i < 4; i++, s->at++) {
        static const char digits[] = "0123456789abcdef";
        const char *d =
            *s->at ? strchr(digits, *s->at >= 'A' && *s->at <= 'F' ? *s->at | 0x20 : *s->at) : NULL;
        if (!d)
            return -1;
        value = value * 16 + (int)(d - digits);
    }
    return value;
}

static int scan_unicode_escape(struct json_scan *s, const char *where, struct text *text)
{
    int high = scan_hex4(s);
    if (high < 0)
        return scan_refuse(s, where, "json/syntax", "\\u needs four hexadecimal digits");
    if (high == 0)
        return scan_refuse(s, where, "json/nul", "a string holds a NUL");
    uint32_t c = (uint32_t)high;
    if (high >= 0xd800 && high <= 0xdbff) {
        int low = -1;
        if (s->end - s->at >= 6 && s->at[0] == '\\' && s->at[1] == 'u') {
            s->at += 2;
            low = scan_hex4(s);
        }
        if (low < 0xdc00 || low > 0xdfff)
            return scan_refuse(s, where, "json/utf8", "half of a surrogate pair");
        c = 0x10000 + ((c - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
    }
    char bytes[UTF8_LENGTH_MAX];
    size_t n = utf8_encode(c, bytes);
    if (n == 0)
        return scan_refuse(s, where, "json/utf8", "half of a surrogate pair");
    text_append_n(text, bytes, n);
    return 0;
}

static int scan_escape(struct json_scan *s, struct text *text)
{
    static const char names[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
    const char *where = s->at++;
    if (s->at == s->end)
        return scan_refuse(s, where, "json/syntax", "the document ends inside a string");
    char c = *s->at++;
    if (c == 'u')
        return scan_unicode_escape(s, where, text);
    const char *name = c ? strchr(names, c) : NULL;
    if (!name)
        return scan_refuse(s, where, "json/syntax", "unknown escape in a string");
    text_append_char(text, bytes[name - names]);
    return 0;
}

/* How many bytes follow that stand for themselves: ASCII without quotes, backslashes and control characters.
 */
static size_t scan_plain(const struct json_scan *s)
{
    const char *p = s->at;
    while (p < s->end && (signed char)*p >= 0x20 && *p != '"' && *p != '\\')
        p++;
    return (size_t)(p - s->at);
}

/* The rest of a string whose opening quote was read. */
static int scan_string(struct json_scan *s, struct text *text)
{
    const char *open = s->at - 1;
    while (s->at < s->end && *s->at != '"') {
        size_t plain = scan_plain(s);
        if (plain > 0) {
            text_append_n(text, s->at, plain);
            s->at += plain;
            continue;
        }
        if (*s->at == '\\') {
            int r = scan_escape(s, text);
            if (r < 0)
                return r;
            continue;
        }
        if ((unsigned char)*s->at < 0x20)
            return scan_refuse(s, s->at, "json/syntax", "raw control character 0x%02x in a string",
                               (unsigned char)*s->at);
        size_t n = utf8_sequence(s->at, (size_t)(s->end - s->at));
        if (n == 0)
            return scan_refuse(s, s->at, "json/utf8", "invalid UTF-8 in a string");
        text_append_n(text, s->at, n);
        s->at += n;
    }
    if (s->at == s->end)
        return scan_refuse(s, open, "json/syntax", "this string does not end");
    s->at++;
    return text_error(text);
}

static size_t scan_digits(struct json_scan *s)
{
    const char *first = s->at;
    while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
        s->at++;
    return (size_t)(s->at - first);
}

static int integer_value(struct json_scan *s, const char *where, const char *digits,
                         struct json_object **ret_value)
{
    bool negative = digits[0] == '-';
    uint64_t value = 0;
    for (const char *p = digits + negative; *p != '\0'; p++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
            return scan_refuse(s, where, "json/number", "the number does not fit into 64 bits");
    if (negative && value > (uint64_t)INT64_MAX + 1)
        return scan_refuse(s, where, "json/number", "the number does not fit into 64 bits");
    struct json_object *o =
        negative ? json_object_new_int64((int64_t)(0 - value)) : json_object_new_uint64(value);
    if (!o)
        return -ENOMEM;
    *ret_value = o;
    return 0;
}

static int fraction_value(struct json_scan *s, const char *where, const char *digits,
                          struct json_object **ret_value)
{
    char *end;
    double value = strtod(digits, &end);
    if (*end != '\0' || !isfinite(value))
        return scan_refuse(s, where, "json/number", "the number is out of range");
    struct json_object *o = json_object_new_double_s(value, digits);
    if (!o)
        return -ENOMEM;
    *ret_value = o;
    return 0;
}

static int scan_number(struct json_scan *s, struct json_object **ret_value)
{
    const char *where = s->at;
    bool fraction = false;
    if (*s->at == '-')
        s->at++;
    const char *first = s->at;
    size_t digits = scan_digits(s);
    if (digits == 0 || (digits > 1 && *first == '0'))
        return scan_refuse(s, where, "json/number", "no number begins like this");
    if (s->at < s->end && *s->at == '.') {
        fraction = true;
        s->at++;
        if (scan_digits(s) == 0)
            return scan_refuse(s, where, "json/number", "digits must follow the decimal point");
    }
    if (s->at < s->end && (*s->at == 'e' || *s->at == 'E')) {
        fraction = true;
        s->at++;
        if (s->at < s->end && (*s->at == '+' || *s->at == '-'))
            s->at++;
        if (scan_digits(s) == 0)
            return scan_refuse(s, where, "json/number", "digits must follow the exponent");
    }
    autofree char *copy = strndup(where, (size_t)(s->at - where));
    if (!copy)
        return -ENOMEM;
    return fraction ? fraction_value(s, where, copy, ret_value) : integer_value(s, where, copy, ret_value);
}

static int scan_array(struct json_scan *s, int depth, struct json_object **ret_value)
{
    autojson struct json_object *array = json_object_new_array();
    if (!array)
        return -ENOMEM;
    if (!scan_char(s, ']')) {
        do {
            struct json_object *item = NULL;
            int r = scan_value(s, depth, &item);
            if (r < 0)
                return r;
            if (json_object_array_add(array, item) < 0) {
                json_object_put(item);
                return -ENOMEM;
            }
        } while (scan_char(s, ','));
        if (!scan_char(s, ']'))
            return scan_refuse(s, s->at, "json/syntax", "expected ',' or ']'");
    }
    *ret_value = TAKE_PTR(array);
    return 0;
}

static int scan_member(struct json_scan *s, int depth, struct json_object *object)
{
    autotext struct text key = {0};
    if (!scan_char(s, '"'))
        return scan_refuse(s, s->at, "json/syntax", "expected a member's name in double quotes");
    const char *where = s->at - 1;
    int r = scan_string(s, &key);
    if (r < 0)
        return r;
    if (json_object_object_get_ex(object, text_peek(&key), NULL))
        return scan_refuse(s, where, "json/duplicate-key", "member \"%.100s\" stands here twice",
                           text_peek(&key));
    if (!scan_char(s, ':'))
        return scan_refuse(s, s->at, "json/syntax", "expected ':'");
    struct json_object *value = NULL;
    r = scan_value(s, depth, &value);
    if (r < 0)
        return r;
    if (json_object_object_add_ex(object, text_peek(&key), value, JSON_C_OBJECT_ADD_KEY_IS_NEW) < 0) {
        json_object_put(value);
        return -ENOMEM;
    }
    return 0;
}

static int scan_object(struct json_scan *s, int depth, struct json_object **ret_value)
{
    autojson struct json_object *object = json_object_new_object();
    if (!object)
        return -ENOMEM;
    if (!scan_char(s, '}')) {
        do {
            int r = scan_member(s, depth, object);
            if (r < 0)
                return r;
        } while (scan_char(s, ','));
        if (!scan_char(s, '}'))
            return scan_refuse(s, s->at, "json/syntax", "expected ',' or '}'");
    }
    *ret_value = TAKE_PTR(object);
    return 0;
}

static bool scan_word(struct json_scan *s, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(s->end - s->at) < n || memcmp(s->at, word, n) != 0)
        return false;
    s->at += n;
    return true;
}

static int string_value(struct json_scan *s, struct json_object **ret_value)
{
    autotext struct text text = {0};
    s->at++;
    size_t plain = scan_plain(s);
    if (s->at + plain < s->end && s->at[plain] == '"') { /* mostly */
        *ret_value = json_object_new_string_len(s->at, (int)plain);
        s->at += plain + 1;
        return *ret_value ? 0 : -ENOMEM;
    }
    int r = scan_string(s, &text);
    if (r < 0)
        return r;
    *ret_value = json_object_new_string_len(text_peek(&text), (int)text.length);
    return *ret_value ? 0 : -ENOMEM;
}

/* `depth`: how many arrays and objects are open already. */
static int scan_any(struct json_scan *s, int depth, struct json_object **ret_value)
{
    if (s->at == s->end)
        return scan_refuse(s, s->at, "json/syntax", "the document ends where a value should be");
    if (*s->at == '{' || *s->at == '[') {
        if (depth == JSON_DEPTH_MAX)
            return scan_refuse(s, s->at, "json/depth", "more than %d levels", JSON_DEPTH_MAX);
        return *s->at++ == '{' ? scan_object(s, depth + 1, ret_value) : scan_array(s, depth + 1, ret_value);
    }
    if (*s->at == '"')
        return string_value(s, ret_value);
    if (*s->at == '-' || (*s->at >= '0' && *s->at <= '9'))
        return scan_number(s, ret_value);
    if (scan_word(s, "null"))
        return 0;
    bool value = scan_word(s, "true");
    if (!value && !scan_word(s, "false"))
        return scan_refuse(s, s->at, "json/syntax", "no JSON value begins like this");
    *ret_value = json_object_new_boolean(value);
    return *ret_value ? 0 : -ENOMEM;
}

static int scan_value(struct json_scan *s, int depth, struct json_object **ret_value)
{
    scan_blanks(s);
    uintptr_t line = s->line;
    int r = scan_any(s, depth, ret_value);
    /* What json-c writes of a double is its user data. */
    if (r == 0 && *ret_value && !json_object_is_type(*ret_value, json_type_double))
        json_object_set_userdata(*ret_value, (void *)line, NULL); /* never followed: a number */
    return r;
}

unsigned json_line(struct json_object *value)
{
    if (!value || json_object_is_type(value, json_type_double))
        return 0;
    return (unsigned)(uintptr_t)json_object_get_userdata(value);
}

int json_parse(const char *name, const char *data, size_t size, struct report *report,
               struct json_object **ret_value)
{
    struct json_scan s = {
        .name = name, .start = data, .at = data, .end = data + size, .report = report, .line = 1};
    if (size > INT32_MAX)
        return scan_refuse(&s, data, "json/size", "a document of 2 GiB or more");
    autojson struct json_object *value = NULL;
    int r = scan_value(&s, 0, &value);
    if (r < 0)
        return r;
    scan_blanks(&s);
    if (s.at != s.end)
        return scan_refuse(&s, s.at, "json/trailing", "something follows the document's value");
    *ret_value = TAKE_PTR(value);
    return 0;
}
