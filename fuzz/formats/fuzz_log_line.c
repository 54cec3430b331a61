/* SPDX-License-Identifier: Apache-2.0 */
/* Properties: any bytes survive being written and read; what is accepted as a line means the same when it is
 * written again; a text is never cut inside a character. */
#include "formats/log_line.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_entry(const char *text, size_t size, enum log_stream stream, const char *time)
{
    static char line[LOG_ENTRY_MAX];
    struct log_entry entry;
    memcpy(line, LOG_HEAD, sizeof(LOG_HEAD) - 1);
    size_t length = sizeof(LOG_HEAD) - 1;
    length += log_text_encode(text, size, line + length);
    length += log_tail_encode(stream, time, line + length);
    if (length > sizeof(line) || line[length - 1] != '\n' || memchr(line, '\n', length - 1))
        abort();
    if (log_line_decode(line, length - 1, &entry) < 0 || entry.size != size ||
        memcmp(entry.text, text, size) != 0 || entry.stream != stream)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct log_entry entry;
    char time[TIMESTAMP_SIZE];
    autofree char *line = malloc(size ? size : 1);
    if (!line)
        return 0;
    if (size > 0 && size <= LOG_TEXT_MAX) {
        size_t cut = log_text_cut((const char *)data, size);
        if (cut == 0 || cut > size || size - cut > 3)
            abort();
        check_entry((const char *)data, size, LOG_STDOUT, "2026-11-21T20:33:41.000000001Z");
    }
    memcpy(line, data, size);
    if (log_line_decode(line, size, &entry) < 0)
        return 0;
    check_entry(entry.text, entry.size, entry.stream, timestamp_write_fixed(entry.time, time));
    return 0;
}
