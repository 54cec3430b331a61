/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/timestamp.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define FIRST_SECOND INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define LAST_SECOND INT64_C(253402300799)  /* 9999-12-31T23:59:59Z */
#define NANOSECOND_DIGITS 9

const char *timestamp_write_fixed(struct timespec moment, char ret_text[TIMESTAMP_SIZE])
{
    time_t seconds = moment.tv_sec;
    if (seconds < FIRST_SECOND)
        seconds = FIRST_SECOND;
    if (seconds > LAST_SECOND)
        seconds = LAST_SECOND;
    struct tm date = {0};
    (void)gmtime_r(&seconds, &date); /* within four-digit years it cannot fail */
    (void)snprintf(ret_text, TIMESTAMP_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ", date.tm_year + 1900,
                   date.tm_mon + 1, date.tm_mday, date.tm_hour, date.tm_min, date.tm_sec,
                   moment.tv_nsec % 1000000000L); /* 30 characters */
    return ret_text;
}

const char *timestamp_write(struct timespec moment, char ret_text[TIMESTAMP_SIZE])
{
    (void)timestamp_write_fixed(moment, ret_text);
    size_t length = strlen(ret_text) - 1;
    while (ret_text[length - 1] == '0')
        length--;
    if (ret_text[length - 1] == '.')
        length--;
    ret_text[length] = 'Z';
    ret_text[length + 1] = '\0';
    return ret_text;
}

/* Exactly `digits` digits, then *text stands behind them. */
static bool take_number(const char **text, int digits, int max, int *ret_value)
{
    int value = 0;
    for (int i = 0; i < digits; i++) {
        char c = *(*text)++;
        if (c < '0' || c > '9')
            return false;
        value = value * 10 + (c - '0');
    }
    *ret_value = value;
    return value <= max;
}

static bool take_char(const char **text, char expected)
{
    return *(*text)++ == expected;
}

static bool take_fraction(const char **text, long *ret_nanoseconds)
{
    long value = 0;
    int digits = 0;
    if (**text != '.') {
        *ret_nanoseconds = 0;
        return true;
    }
    for (++*text; **text >= '0' && **text <= '9'; ++*text)
        if (digits < NANOSECOND_DIGITS) {
            value = value * 10 + (**text - '0');
            digits++;
        }
    bool any = digits > 0;
    for (; digits < NANOSECOND_DIGITS; digits++)
        value *= 10;
    *ret_nanoseconds = value;
    return any;
}

/* Seconds east of Greenwich. */
static bool take_zone(const char **text, int *ret_offset)
{
    int hours, minutes;
    char sign = *(*text)++;
    *ret_offset = 0;
    if (sign == 'Z')
        return true;
    if ((sign != '+' && sign != '-') || !take_number(text, 2, 23, &hours) || !take_char(text, ':') ||
        !take_number(text, 2, 59, &minutes))
        return false;
    *ret_offset = (sign == '-' ? -1 : 1) * (hours * 60 + minutes) * 60;
    return true;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

int timestamp_parse(const char *text, struct timespec *ret_moment)
{
    struct tm date = {0};
    int year, month, offset;
    long nanoseconds;
    if (!take_number(&text, 4, 9999, &year) || !take_char(&text, '-') || !take_number(&text, 2, 12, &month) ||
        year < 1 || month < 1 || !take_char(&text, '-') ||
        !take_number(&text, 2, month_days(year, month), &date.tm_mday) || date.tm_mday < 1)
        return -EINVAL;
    if (!take_char(&text, 'T') || !take_number(&text, 2, 23, &date.tm_hour) || !take_char(&text, ':') ||
        !take_number(&text, 2, 59, &date.tm_min) || !take_char(&text, ':') ||
        !take_number(&text, 2, 59, &date.tm_sec) || !take_fraction(&text, &nanoseconds) ||
        !take_zone(&text, &offset) || *text != '\0')
        return -EINVAL;
    date.tm_year = year - 1900;
    date.tm_mon = month - 1;
    *ret_moment = (struct timespec){.tv_sec = timegm(&date) - offset, .tv_nsec = nanoseconds};
    return 0;
}
