/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of a program that an archive may have taken over: never read past its end, never unprintable. */
#include "formats/unpack_report.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct unpack_report report;
    const char *paths = NULL;
    if (unpack_report_read(data, size, &report, &paths) < 0)
        return 0;
    if (report.error > 0 || strnlen(report.text, sizeof(report.text)) == sizeof(report.text))
        abort();
    for (const char *c = report.text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            abort();
    const char *end = (const char *)data + size;
    for (uint32_t i = 0; i < report.opaque_count; i++) {
        size_t length = strnlen(paths, (size_t)(end - paths));
        if (paths + length >= end)
            abort();
        paths += length + 1;
    }
    return 0;
}
