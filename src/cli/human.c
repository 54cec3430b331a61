/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/human.h"

#include <string.h>
#include <time.h>

#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

void human_duration(struct text *t, int64_t seconds)
{
    int64_t minutes = seconds / MINUTE, hours = (seconds + HOUR / 2) / HOUR;
    if (seconds < 1)
        text_append(t, "Less than a second");
    else if (seconds == 1)
        text_append(t, "1 second");
    else if (seconds < MINUTE)
        text_printf(t, "%lld seconds", (long long)seconds);
    else if (minutes == 1)
        text_append(t, "About a minute");
    else if (minutes < 60)
        text_printf(t, "%lld minutes", (long long)minutes);
    else if (hours == 1)
        text_append(t, "About an hour");
    else if (hours < 48)
        text_printf(t, "%lld hours", (long long)hours);
    else if (hours < 24 * 7 * 2)
        text_printf(t, "%lld days", (long long)hours / 24);
    else if (hours < 24 * 30 * 2)
        text_printf(t, "%lld weeks", (long long)hours / 24 / 7);
    else if (hours < 24 * 365 * 2)
        text_printf(t, "%lld months", (long long)hours / 24 / 30);
    else
        text_printf(t, "%lld years", (long long)(seconds / HOUR) / 24 / 365);
}

/* docker/go-units CustomSize() */
static void print_size(struct text *t, double size, double base, const char *const units[7], int digits)
{
    size_t unit = 0;
    while (size >= base && unit + 1 < 7) {
        size /= base;
        unit++;
    }
    text_printf(t, "%.*g%s", digits, size, units[unit]);
}

void human_size(struct text *t, uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    print_size(t, (double)bytes, 1000, units, 3);
}

void human_size_binary(struct text *t, uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    print_size(t, (double)bytes, 1024, units, 4);
}

void human_time(struct text *t, int64_t seconds)
{
    time_t when = (time_t)seconds;
    struct tm tm;
    char buffer[64];
    if (localtime_r(&when, &tm) && strftime(buffer, sizeof(buffer), "%Y-%m-%d %H:%M:%S %z %Z", &tm) > 0)
        text_append(t, buffer);
}

void human_cpu_time(struct text *t, uint64_t milliseconds)
{
    unsigned long long seconds = milliseconds / 1000;
    text_printf(t, "%02llu:%02llu:%02llu", seconds / HOUR, seconds / MINUTE % 60, seconds % MINUTE);
}
