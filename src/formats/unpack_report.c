/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/unpack_report.h"

#include <errno.h>
#include <string.h>

static void make_printable(char *text, size_t size)
{
    text[size - 1] = '\0';
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || (unsigned char)*c == 0x7f)
            *c = '?';
}

static int check_paths(const char *paths, size_t size, uint32_t count)
{
    if (count == 0)
        return size == 0 ? 0 : -EBADMSG;
    if (size == 0 || paths[size - 1] != '\0')
        return -EBADMSG;
    uint32_t found = 0;
    for (size_t i = 0; i < size; i++)
        found += paths[i] == '\0';
    return found == count ? 0 : -EBADMSG;
}

int unpack_report_read(const void *data, size_t size, struct unpack_report *ret_report,
                       const char **ret_paths)
{
    struct unpack_report report;
    if (size < sizeof(report))
        return -EBADMSG;
    memcpy(&report, data, sizeof(report));
    if (report.magic != UNPACK_REPORT_MAGIC || report.error > 0 || report.error < -4095)
        return -EBADMSG;
    if (report.opaque_size > size - sizeof(report))
        return -EBADMSG;
    const char *paths = (const char *)data + sizeof(report);
    int r = check_paths(paths, report.opaque_size, report.opaque_count);
    if (r < 0)
        return r;
    make_printable(report.text, sizeof(report.text));
    *ret_report = report;
    *ret_paths = report.opaque_count > 0 ? paths : NULL;
    return 0;
}
