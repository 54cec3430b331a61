/* SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

bool string_is_digits(const char *string)
{
    return string[0] != '\0' && string[strspn(string, "0123456789")] == '\0';
}

int number_parse(const char *string, uint64_t max, uint64_t *ret_value)
{
    if (!string_is_digits(string))
        return -EINVAL;
    uint64_t value = 0;
    for (const char *p = string; *p != '\0'; p++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
            return -ERANGE;
    if (value > max)
        return -ERANGE;
    *ret_value = value;
    return 0;
}

int number_parse_id(const char *string, uint32_t *ret_id)
{
    uint64_t value;
    int r = number_parse(string, UINT32_MAX - 1, &value);
    if (r < 0)
        return r;
    *ret_id = (uint32_t)value;
    return 0;
}

/* The power of 1024 that a unit stands for, or -EINVAL. */
static int size_unit(const char *unit)
{
    static const char letters[] = "kmgt";
    if (unit[0] == '\0' || strcasecmp(unit, "b") == 0)
        return 0;
    for (int i = 0; letters[i] != '\0'; i++)
        if ((unit[0] | 0x20) == letters[i] &&
            (unit[1] == '\0' || strcasecmp(unit + 1, "b") == 0 || strcasecmp(unit + 1, "ib") == 0))
            return i + 1;
    return -EINVAL;
}

int number_parse_size(const char *string, uint64_t *ret_bytes)
{
    char whole[24] = "";
    size_t digits = strspn(string, "0123456789");
    if (digits == 0 || digits >= sizeof(whole))
        return digits == 0 ? -EINVAL : -ERANGE;
    memcpy(whole, string, digits);
    const char *rest = string + digits;
    uint64_t thousandths = 0;
    if (*rest == '.') {
        rest++;
        size_t n = strspn(rest, "0123456789");
        if (n == 0)
            return -EINVAL;
        for (size_t i = 0; i < 3; i++)
            thousandths = thousandths * 10 + (i < n ? (uint64_t)(rest[i] - '0') : 0);
        rest += n;
    }
    int power = size_unit(rest);
    if (power < 0)
        return power;
    uint64_t bytes, unit = UINT64_C(1) << (10 * power);
    int r = number_parse(whole, UINT64_MAX, &bytes);
    if (r < 0)
        return r;
    if (__builtin_mul_overflow(bytes, unit, &bytes) ||
        __builtin_add_overflow(bytes, unit / 1000 * thousandths + unit % 1000 * thousandths / 1000, &bytes) ||
        bytes > INT64_MAX)
        return -ERANGE;
    *ret_bytes = bytes;
    return 0;
}
