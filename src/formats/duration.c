/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/duration.h"
#include "base/number.h"
#include "base/strings.h"
#include "formats/timestamp.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define MICROSECOND INT64_C(1000)
#define MILLISECOND INT64_C(1000000)
#define SECOND INT64_C(1000000000)
#define FRACTION_DIGITS 18

struct unit_row {
    const char *name;
    int64_t nanoseconds;
};

/* The longer names first where one begins like another. */
static const struct unit_row units[] = {
    {"ns", 1},           {"us", MICROSECOND}, {"\xc2\xb5s", MICROSECOND}, {"\xce\xbcs", MICROSECOND},
    {"ms", MILLISECOND}, {"s", SECOND},       {"m", 60 * SECOND},         {"h", 3600 * SECOND},
};

static const struct unit_row *read_unit(const char **at)
{
    size_t length = strcspn(*at, "0123456789.");
    for (size_t i = 0; i < ARRAY_SIZE(units); i++)
        if (strlen(units[i].name) == length && memcmp(units[i].name, *at, length) == 0) {
            *at += length;
            return &units[i];
        }
    return NULL;
}

/* One "1.5h" is added to *total, which may reach 2^63 (the smallest duration is -2^63). */
static int add_part(const char **at, uint64_t *total)
{
    uint64_t whole = 0, fraction = 0, scale = 1, part, rest;
    const char *first = *at;
    for (; **at >= '0' && **at <= '9'; (*at)++)
        if (__builtin_mul_overflow(whole, 10, &whole) ||
            __builtin_add_overflow(whole, (uint64_t)(**at - '0'), &whole))
            return -ERANGE;
    bool digits = *at != first;
    if (**at == '.') {
        const char *point = ++*at;
        for (; **at >= '0' && **at <= '9'; (*at)++)
            if (*at - point < FRACTION_DIGITS) {
                fraction = fraction * 10 + (uint64_t)(**at - '0');
                scale *= 10;
            }
        digits |= *at != point;
    }
    const struct unit_row *unit = digits ? read_unit(at) : NULL;
    if (!unit)
        return -EINVAL;
    rest = (uint64_t)((unsigned __int128)fraction * (uint64_t)unit->nanoseconds / scale);
    if (__builtin_mul_overflow(whole, (uint64_t)unit->nanoseconds, &part) ||
        __builtin_add_overflow(part, rest, &part) || __builtin_add_overflow(*total, part, total) ||
        *total > (uint64_t)INT64_MAX + 1)
        return -ERANGE;
    return 0;
}

int duration_parse(const char *text, int64_t *ret_nanoseconds)
{
    bool negative = text[0] == '-';
    uint64_t total = 0;
    const char *at = text + (text[0] == '-' || text[0] == '+');
    if (*at == '\0')
        return -EINVAL;
    if (!streq(at, "0"))
        while (*at != '\0') {
            int r = add_part(&at, &total);
            if (r < 0)
                return r;
        }
    if (!negative && total > INT64_MAX)
        return -ERANGE;
    *ret_nanoseconds = negative ? (int64_t)(0 - total) : (int64_t)total;
    return 0;
}

int duration_parse_seconds(const char *text, int64_t *ret_nanoseconds)
{
    uint64_t seconds;
    int64_t value;
    int r = number_parse(text, INT64_MAX / SECOND, &seconds);
    if (r == -ERANGE)
        return r;
    if (r == 0)
        value = (int64_t)seconds * SECOND;
    else if ((r = duration_parse(text, &value)) < 0)
        return r;
    if (value < 0)
        return -ERANGE;
    *ret_nanoseconds = value;
    return 0;
}

/* "5", "1.5": `value` of a unit, without zeros at the end. */
static void write_decimal(uint64_t value, uint64_t unit, const char *name, char ret_text[DURATION_TEXT_SIZE])
{
    char fraction[FRACTION_DIGITS + 2] = "";
    uint64_t rest = value % unit;
    size_t n = 0;
    for (uint64_t scale = unit / 10; rest > 0; scale /= 10) {
        fraction[n++] = (char)('0' + rest / scale);
        rest %= scale;
    }
    (void)snprintf(ret_text, DURATION_TEXT_SIZE, "%llu%s%s%s", (unsigned long long)(value / unit),
                   n > 0 ? "." : "", fraction, name); /* at most 10 + 1 + 9 + 3 bytes */
}

void duration_write(int64_t nanoseconds, char ret_text[DURATION_TEXT_SIZE])
{
    uint64_t n = nanoseconds < 0 ? 0 - (uint64_t)nanoseconds : (uint64_t)nanoseconds;
    uint64_t minutes = n / (60 * SECOND);
    char tail[DURATION_TEXT_SIZE];
    if (n == 0)
        (void)snprintf(tail, sizeof(tail), "0s");
    else if (n < (uint64_t)MICROSECOND)
        write_decimal(n, 1, "ns", tail);
    else if (n < (uint64_t)MILLISECOND)
        write_decimal(n, MICROSECOND, "\xc2\xb5s", tail);
    else if (n < (uint64_t)SECOND)
        write_decimal(n, MILLISECOND, "ms", tail);
    else
        write_decimal(n % (60 * SECOND), SECOND, "s", tail);
    const char *sign = nanoseconds < 0 ? "-" : "";
    /* Go's longest, "-2562047h47m16.854775808s", has 25 bytes. */
    if (minutes >= 60)
        (void)snprintf(ret_text, DURATION_TEXT_SIZE, "%s%lluh%llum%s", sign,
                       (unsigned long long)(minutes / 60), (unsigned long long)(minutes % 60), tail);
    else if (minutes > 0)
        (void)snprintf(ret_text, DURATION_TEXT_SIZE, "%s%llum%s", sign, (unsigned long long)minutes, tail);
    else
        (void)snprintf(ret_text, DURATION_TEXT_SIZE, "%s%s", sign, tail);
}

/* Seconds since the epoch with an optional fraction. */
static int read_epoch(const char *text, struct timespec *ret_moment)
{
    char whole[20] = "";
    size_t digits = strspn(text, "0123456789");
    uint64_t seconds;
    long nanoseconds = 0;
    if (digits == 0 || digits >= sizeof(whole))
        return -EINVAL;
    memcpy(whole, text, digits);
    int r = number_parse(whole, INT64_MAX, &seconds);
    if (r < 0)
        return r;
    const char *fraction = text + digits;
    if (*fraction == '.') {
        size_t n = strspn(++fraction, "0123456789");
        for (size_t i = 0; i < 9; i++)
            nanoseconds = nanoseconds * 10 + (i < n ? fraction[i] - '0' : 0);
        fraction += n;
    }
    if (*fraction != '\0')
        return -EINVAL;
    *ret_moment = (struct timespec){.tv_sec = (time_t)seconds, .tv_nsec = nanoseconds};
    return 0;
}

int moment_parse(const char *text, struct timespec now, struct timespec *ret_moment)
{
    int64_t before;
    int r = duration_parse(text, &before);
    if (r == -EINVAL)
        return timestamp_parse_partial(text, ret_moment) == 0 ? 0 : read_epoch(text, ret_moment);
    if (r < 0)
        return r;
    int64_t seconds, nanoseconds = now.tv_nsec - before % SECOND;
    if (__builtin_sub_overflow((int64_t)now.tv_sec, before / SECOND, &seconds))
        return -ERANGE;
    if (nanoseconds < 0 || nanoseconds >= SECOND) {
        seconds += nanoseconds < 0 ? -1 : 1;
        nanoseconds += nanoseconds < 0 ? SECOND : -SECOND;
    }
    *ret_moment = (struct timespec){.tv_sec = (time_t)seconds, .tv_nsec = nanoseconds};
    return 0;
}
