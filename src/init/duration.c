/* SPDX-License-Identifier: Apache-2.0 */
#include "init/duration.h"

#include "init/files.h"

#include <errno.h>

int duration_parse(struct span word, int64_t *ret_ms)
{
    static const struct {
        const char *unit;
        uint64_t ms;
    } units[] = {{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
    size_t digits = 0;
    while (digits < word.length && word.data[digits] >= '0' && word.data[digits] <= '9')
        digits++;
    struct span number = {word.data, digits}, unit = {word.data + digits, word.length - digits};
    uint64_t value;
    for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
        if (!span_is(unit, units[i].unit))
            continue;
        int r = span_number(number, DURATION_MAX_MS / units[i].ms, &value);
        if (r < 0)
            return r;
        *ret_ms = (int64_t)(value * units[i].ms);
        return 0;
    }
    return -EINVAL;
}
