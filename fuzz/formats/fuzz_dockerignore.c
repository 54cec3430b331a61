/* SPDX-License-Identifier: Apache-2.0 */
/* First line: a path; the rest: the file. Property: what lies below an ignored folder that may be skipped is
 * ignored. */
#include "formats/dockerignore.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    size_t length = end ? (size_t)(end - data) : size;
    if (length == 0 || length > 1000 || memchr(data, '\0', length) || data[0] == '/' ||
        data[length - 1] == '/')
        return 0;
    char path[1024], below[1032];
    snprintf(path, sizeof(path), "%.*s", (int)length, (const char *)data);
    snprintf(below, sizeof(below), "%s/x", path);
    struct report report = {0};
    struct dockerignore ignore = {0};
    const char *text = (const char *)data + length;
    if (dockerignore_parse("f", text, size - length, &report, &ignore) < 0) {
        if (report.count == 0)
            abort();
    } else {
        if (dockerignore_skips_folder(&ignore, path) && !dockerignore_match(&ignore, below))
            abort();
        dockerignore_free(&ignore);
    }
    report_free(&report);
    return 0;
}
