/* SPDX-License-Identifier: Apache-2.0 */
/* First line: a pattern of COPY; the rest: a name, which is taken for a --chmod too. Properties: a checked
 * pattern ends, stars around it only match more, a name with every character escaped matches itself; a mode
 * stays a mode. */
#include "formats/glob.h"
#include "formats/mode_change.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_escaped(const char *name)
{
    char escaped[1024];
    size_t n = 0;
    for (const char *p = name; *p != '\0'; p++) {
        if (strchr("*?[\\", *p))
            escaped[n++] = '\\';
        escaped[n++] = *p;
    }
    escaped[n] = '\0';
    if (glob_is_pattern(escaped) || glob_check(escaped) < 0 || !glob_match(escaped, name))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    size_t length = end ? (size_t)(end - data) : size;
    if (length > 500 || size - length > 500)
        return 0;
    char pattern[512], wider[516], name[512];
    uint32_t mode = 0;
    snprintf(pattern, sizeof(pattern), "%.*s", (int)length, (const char *)data);
    snprintf(name, sizeof(name), "%.*s", (int)(end ? size - length - 1 : 0),
             (const char *)data + (end ? length + 1 : 0));
    snprintf(wider, sizeof(wider), "*%s*", pattern);
    if (glob_check(pattern) == 0 && glob_match(pattern, name) && !glob_match(wider, name))
        abort();
    check_escaped(name);
    if (mode_change_apply(name, 0640, false, &mode) == 0 && mode > 07777)
        abort();
    return 0;
}
