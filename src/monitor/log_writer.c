/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/log_writer.h"
#include "monitor/log_files.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#define HEAD_SIZE (sizeof(LOG_HEAD) - 1)
#define OUT_ENOUGH 32768 /* written out when so much has gathered */

void log_writer_init(struct log_writer *w, int folder_fd, uint64_t max_bytes, uint32_t max_files)
{
    w->folder_fd = folder_fd;
    w->fd = -EBADF;
    w->max_bytes = max_bytes;
    w->max_files = max_files;
}

static void take_time(struct log_writer *w)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
    (void)timestamp_write_fixed(now, w->time);
}

static uint64_t count_entries(const char *bytes, size_t size)
{
    uint64_t count = 0;
    for (const char *end = bytes + size; (bytes = memchr(bytes, '\n', (size_t)(end - bytes))); bytes++)
        count++;
    return count;
}

/* Appends whole entries to the current file; what does not fit is taken back and counted. */
static int write_entries(struct log_writer *w, const char *bytes, size_t size)
{
    int r = 0;
    if (w->fd < 0)
        r = log_files_open(w->folder_fd, w->max_files, &w->number, &w->fd, &w->size);
    size_t done = 0;
    while (r == 0 && done < size) {
        ssize_t n = write(w->fd, bytes + done, size - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            r = -errno;
    }
    if (r < 0) {
        size_t whole = done;
        while (whole > 0 && bytes[whole - 1] != '\n')
            whole--;
        if (w->fd >= 0 && whole < done && ftruncate(w->fd, (off_t)(w->size + whole)) < 0) {
            (void)close(w->fd); /* opening it again cuts the torn entry off */
            w->fd = -EBADF;
        }
        w->lost += count_entries(bytes + whole, size - whole);
        w->lost_error = r;
        done = whole;
    }
    w->size += done;
    return r;
}

/* Says what was lost, as soon as there is room for saying so. */
static void write_notice(struct log_writer *w)
{
    char text[160], entry[HEAD_SIZE + LOG_BYTE_MAX * sizeof(text) + LOG_TAIL_MAX];
    uint64_t lost = w->lost;
    int n = snprintf(text, sizeof(text), "unroot-monitor: %" PRIu64 " log entries were lost: %s\n", lost,
                     strerror(-w->lost_error));
    memcpy(entry, LOG_HEAD, HEAD_SIZE);
    size_t size = HEAD_SIZE + log_text_encode(text, (size_t)n, entry + HEAD_SIZE);
    size += log_tail_encode(LOG_STDERR, w->time, entry + size);
    w->lost = write_entries(w, entry, size) < 0 ? lost : 0;
}

static void flush(struct log_writer *w)
{
    if (w->out_size == 0)
        return;
    if (w->lost > 0)
        write_notice(w);
    (void)write_entries(w, w->out, w->out_size); /* what was lost is counted there */
    w->out_size = 0;
}

/* A new file when the next entry would make the current one too large. It grows on when none can be made. */
static void rotate_for(struct log_writer *w, size_t entry_size)
{
    if (w->max_bytes == 0 || w->size + w->out_size + entry_size <= w->max_bytes)
        return;
    flush(w);
    if (w->size > 0 && w->fd >= 0 && log_files_rotate(w->folder_fd, w->max_files, &w->number, &w->fd) == 0)
        w->size = 0;
}

static void put_entry(struct log_writer *w, enum log_stream stream, const char *text, size_t size)
{
    /* The size of an earlier start's file counts for rotation; a failure shows again, and counts, when
     * writing. */
    if (w->fd < 0 && w->max_bytes > 0 &&
        log_files_open(w->folder_fd, w->max_files, &w->number, &w->fd, &w->size) < 0)
        w->size = 0;
    if (w->out_size + HEAD_SIZE + LOG_BYTE_MAX * size + LOG_TAIL_MAX > LOG_OUT_SIZE)
        flush(w);
    char *start = w->out + w->out_size;
    memcpy(start, LOG_HEAD, HEAD_SIZE);
    size_t length = HEAD_SIZE + log_text_encode(text, size, start + HEAD_SIZE);
    length += log_tail_encode(stream, w->time, start + length);
    rotate_for(w, length);
    if (w->out_size == 0 && start != w->out)
        memmove(w->out, start, length);
    w->out_size += length;
    if (w->out_size >= OUT_ENOUGH)
        flush(w);
}

/* Adds to a line that has not ended; entries leave when it is longer than one may be. */
static void add_part(struct log_writer *w, enum log_stream stream, const char *bytes, size_t size)
{
    struct log_part *part = &w->parts[stream - LOG_STDOUT];
    while (size > 0) {
        size_t n = LOG_TEXT_MAX - part->size;
        if (n > size)
            n = size;
        memcpy(part->text + part->size, bytes, n);
        part->size += n;
        bytes += n;
        size -= n;
        if (part->size < LOG_TEXT_MAX)
            break;
        size_t cut = log_text_cut(part->text, part->size);
        put_entry(w, stream, part->text, cut);
        part->size -= cut;
        memmove(part->text, part->text + cut, part->size);
    }
}

static void end_part(struct log_writer *w, enum log_stream stream)
{
    struct log_part *part = &w->parts[stream - LOG_STDOUT];
    if (part->size > 0)
        put_entry(w, stream, part->text, part->size);
    part->size = 0;
}

void log_writer_take(struct log_writer *w, enum log_stream stream, const char *bytes, size_t size)
{
    if (w->folder_fd < 0)
        return;
    take_time(w);
    const char *end = bytes + size;
    while (bytes < end) {
        const char *feed = memchr(bytes, '\n', (size_t)(end - bytes));
        size_t length = (size_t)((feed ? feed + 1 : end) - bytes);
        if (feed && w->parts[stream - LOG_STDOUT].size == 0 && length <= LOG_TEXT_MAX) {
            put_entry(w, stream, bytes, length);
        } else {
            add_part(w, stream, bytes, length);
            if (feed)
                end_part(w, stream);
        }
        bytes += length;
    }
    flush(w);
}

void log_writer_finish(struct log_writer *w)
{
    if (w->folder_fd < 0)
        return;
    take_time(w);
    end_part(w, LOG_STDOUT);
    end_part(w, LOG_STDERR);
    flush(w);
    if (w->lost > 0)
        write_notice(w);
    if (w->fd >= 0)
        (void)close(w->fd); /* every write was checked */
    w->fd = -EBADF;
}

void log_writer_trim(struct log_writer *w)
{
    /* Advice only: it changes no content that is in use, and failing costs memory alone. */
    (void)madvise(w->out, LOG_OUT_SIZE / LOG_PAGE * LOG_PAGE, MADV_DONTNEED);
    for (size_t i = 0; i < ARRAY_SIZE(w->parts); i++)
        if (w->parts[i].size == 0)
            (void)madvise(w->parts[i].text, LOG_TEXT_MAX, MADV_DONTNEED);
}
