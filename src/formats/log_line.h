/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One entry of a container's log, in the form of docker's json-file driver:
 *   {"log":"text\n","stream":"stdout","time":"2026-11-21T20:33:41.123456789Z"}
 * "log" ends with \n unless the line was longer than LOG_TEXT_MAX (moby daemon/logger/copier.go) or output
 * ended in it. Bytes that are no UTF-8 are written as lone surrogates \udc80..\udcff (PEP 383): other readers
 * show U+FFFD, ours gives the bytes back. Files: LOG/00000001.json, the next one's number is one higher; the
 * oldest are removed. */
#include "base/ownership.h"
#include "formats/timestamp.h"

#include <stddef.h>
#include <stdint.h>

#define LOG_TEXT_MAX 16384
#define LOG_ENTRY_MAX (6 * LOG_TEXT_MAX + 96) /* the longest entry with its line feed */
#define LOG_NAME_SIZE 16                      /* "00000001.json" and NUL */

enum log_stream {
    LOG_STDOUT = 1,
    LOG_STDERR = 2,
};

struct log_entry {
    enum log_stream stream;
    struct timespec time;
    char *text;  /* the bytes as the payload wrote them */
    size_t size; /* 1..LOG_TEXT_MAX */
};

#define LOG_HEAD "{\"log\":\""
/* The largest number of bytes that log_text_encode() makes of one byte; log_tail_encode() makes at most
 * LOG_TAIL_MAX. */
#define LOG_BYTE_MAX 6
#define LOG_TAIL_MAX 80

/* The text as the inside of a JSON string; room for LOG_BYTE_MAX * size. Returns the bytes written. */
size_t log_text_encode(const char *text, size_t size, char *ret_bytes);
/* How much of `text` to put into one entry so that no UTF-8 character is cut: size, or up to three bytes
 * less. */
size_t log_text_cut(const char *text, size_t size);
/* What follows the text: `","stream":..` to the line feed. `time` is timestamp_write_fixed()'s. */
size_t log_tail_encode(enum log_stream stream, const char *time, char ret_bytes[LOG_TAIL_MAX]);
/* Only what LOG_HEAD and the two above make, without the line feed. ret_entry->text is decoded in place,
 * inside `line`. -EINVAL otherwise. */
int log_line_decode(char *line, size_t size, struct log_entry *ret_entry) must_check;

/* The name of the file with that number (1..LOG_NUMBER_MAX), and back: -EINVAL for any other name. */
#define LOG_NUMBER_MAX 99999999
void log_name_format(uint32_t number, char ret_name[LOG_NAME_SIZE]);
int log_name_parse(const char *name, uint32_t *ret_number) must_check;
