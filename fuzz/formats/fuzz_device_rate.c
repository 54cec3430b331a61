/* SPDX-License-Identifier: Apache-2.0 */
/* Property: what is accepted is a disk below /dev with a rate of its kind, and written out it is read as the
 * same. */
#include "formats/device_rate.h"

#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_rate(const char *text, enum device_rate_unit unit)
{
    struct device_rate rate = {0}, again = {0};
    struct failure f = {0};
    if (device_rate_parse("flag", text, unit, &rate, &f) < 0) {
        if (f.text[0] == '\0' || rate.path)
            abort();
        return;
    }
    autofree char *path = rate.path, *whole = NULL;
    if (strncmp(path, "/dev/", 5) != 0 || path[5] == '\0')
        abort();
    if (unit == DEVICE_RATE_WEIGHT && (rate.rate < 10 || rate.rate > 1000))
        abort();
    if (asprintf(&whole, "%s:%llu", path, (unsigned long long)rate.rate) < 0)
        return;
    if (device_rate_parse("flag", whole, unit, &again, &f) < 0)
        abort();
    autofree char *same = again.path;
    if (strcmp(path, same) != 0 || again.rate != rate.rate)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autofree char *text = strndup((const char *)data, size);
    if (!text)
        return 0;
    check_rate(text, DEVICE_RATE_BYTES);
    check_rate(text, DEVICE_RATE_OPERATIONS);
    check_rate(text, DEVICE_RATE_WEIGHT);
    return 0;
}
