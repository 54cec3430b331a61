/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/timestamp.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define DAY 86400
#define FIRST_SECOND INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define LAST_SECOND INT64_C(253402300799)  /* 9999-12-31T23:59:59Z */

/* Days from 1970-01-01 in the Gregorian calendar; years begin in March here, so that the leap day is a year's
 * last. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400, year_of_era = y % 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static void date_of(int64_t days, int *year, int *month, int *day)
{
    days += 719468;
    int64_t era = days / 146097, day_of_era = days % 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

/* Writes up to the seconds; returns the length. */
static size_t write_seconds(time_t seconds, char *ret_text)
{
    int64_t s = seconds < FIRST_SECOND ? FIRST_SECOND : seconds > LAST_SECOND ? LAST_SECOND : seconds;
    int64_t days = (s - FIRST_SECOND) / DAY + FIRST_SECOND / DAY;
    int rest = (int)(s - days * DAY), year, month, day;
    date_of(days, &year, &month, &day);
    return (size_t)snprintf(ret_text, TIMESTAMP_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day,
                            rest / 3600, rest / 60 % 60, rest % 60);
}

static int nanoseconds_of(struct timespec moment)
{
    return moment.tv_nsec < 0 || moment.tv_nsec > 999999999 ? 0 : (int)moment.tv_nsec;
}

const char *timestamp_write_fixed(struct timespec moment, char ret_text[TIMESTAMP_SIZE])
{
    size_t n = write_seconds(moment.tv_sec, ret_text);
    (void)snprintf(ret_text + n, TIMESTAMP_SIZE - n, ".%09dZ", nanoseconds_of(moment)); /* 30 bytes always */
    return ret_text;
}

const char *timestamp_write(struct timespec moment, char ret_text[TIMESTAMP_SIZE])
{
    timestamp_write_fixed(moment, ret_text);
    size_t n = strlen(ret_text) - 1; /* at the Z */
    while (ret_text[n - 1] == '0')
        n--;
    if (ret_text[n - 1] == '.')
        n--;
    memcpy(ret_text + n, "Z", 2);
    return ret_text;
}

/* Exactly `count` digits with a value of at most `max`; moves *at behind them. */
static bool read_digits(const char **at, int count, int max, int *ret_value)
{
    int value = 0;
    for (int i = 0; i < count; i++, (*at)++) {
        if (**at < '0' || **at > '9')
            return false;
        value = value * 10 + (**at - '0');
    }
    *ret_value = value;
    return value <= max;
}

static bool read_char(const char **at, char c)
{
    if (**at != c)
        return false;
    (*at)++;
    return true;
}

static bool read_date(const char **at, int64_t *ret_days)
{
    static const int lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day;
    if (!read_digits(at, 4, 9999, &year) || !read_char(at, '-') || !read_digits(at, 2, 12, &month) ||
        !read_char(at, '-') || !read_digits(at, 2, 31, &day) || year == 0 || month == 0 || day == 0)
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day > lengths[month - 1] || (month == 2 && day == 29 && !leap))
        return false;
    *ret_days = days_of(year, month, day);
    return true;
}

static bool read_fraction(const char **at, long *ret_nanoseconds)
{
    long value = 0;
    int digits = 0;
    for (; **at >= '0' && **at <= '9'; (*at)++, digits++)
        if (digits < 9)
            value = value * 10 + (**at - '0');
    for (int i = digits; i < 9; i++)
        value *= 10;
    *ret_nanoseconds = value;
    return digits > 0;
}

/* hh:mm:ss[.fraction], or with `partial` any beginning of it. */
static bool read_time(const char **at, bool partial, int *ret_seconds, long *ret_nanoseconds)
{
    int hours, minutes = 0, seconds = 0;
    if (!read_digits(at, 2, 23, &hours))
        return false;
    bool has_minutes = read_char(at, ':');
    if (has_minutes && !read_digits(at, 2, 59, &minutes))
        return false;
    bool has_seconds = has_minutes && read_char(at, ':');
    if (has_seconds && !read_digits(at, 2, 59, &seconds))
        return false;
    if (has_seconds && read_char(at, '.') && !read_fraction(at, ret_nanoseconds))
        return false;
    *ret_seconds = hours * 3600 + minutes * 60 + seconds;
    return partial || has_seconds;
}

/* Z or +hh:mm; with `partial` nothing is UTC. */
static bool read_zone(const char **at, bool partial, int *ret_offset)
{
    int hours, minutes, sign = **at == '-' ? -1 : 1;
    if (read_char(at, 'Z') || (partial && **at == '\0'))
        return true;
    if (!read_char(at, '+') && !read_char(at, '-'))
        return false;
    if (!read_digits(at, 2, 23, &hours) || !read_char(at, ':') || !read_digits(at, 2, 59, &minutes))
        return false;
    *ret_offset = sign * (hours * 3600 + minutes * 60);
    return true;
}

static int parse(const char *text, bool partial, struct timespec *ret_moment)
{
    int64_t days;
    int seconds = 0, offset = 0;
    long nanoseconds = 0;
    if (!read_date(&text, &days))
        return -EINVAL;
    bool has_time = read_char(&text, 'T');
    if ((!has_time && !partial) || (has_time && !read_time(&text, partial, &seconds, &nanoseconds)))
        return -EINVAL;
    if (!read_zone(&text, partial, &offset) || *text != '\0')
        return -EINVAL;
    *ret_moment = (struct timespec){.tv_sec = days * DAY + seconds - offset, .tv_nsec = nanoseconds};
    return 0;
}

int timestamp_parse(const char *text, struct timespec *ret_moment)
{
    return parse(text, false, ret_moment);
}

int timestamp_parse_partial(const char *text, struct timespec *ret_moment)
{
    return parse(text, true, ret_moment);
}
