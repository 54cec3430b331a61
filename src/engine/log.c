/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/log.h"
#include "engine/log_folder.h"
#include "formats/monitor_protocol.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>

#define BUFFER_SIZE (LOG_ENTRY_MAX + 65536)
#define LOOK_AGAIN_MS 200 /* without inotify(7): all of the user's instances may be in use */

struct reader {
    const struct log_request *request;
    struct log_result result;
    struct log_place place; /* behind the last line that was dealt with */
    struct log_place stop;  /* without follow: what was there at the start */
    int fd;                 /* the file of place.number; -EBADF: none yet */
    int watch_fd;
    bool inside_line[3];  /* by stream: the next bytes continue a line */
    bool is_over;         /* an entry was too late */
    off_t retried_offset; /* a line that was being taken back and written anew when it was read */
    size_t size;
    char buffer[BUFFER_SIZE];
};

static bool is_set(const struct timespec *t)
{
    return t->tv_sec != 0 || t->tv_nsec != 0;
}

static bool is_before(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

static int hand_over(struct reader *r, const struct log_entry *entry)
{
    const struct log_request *request = r->request;
    if (is_set(&request->since) && is_before(&entry->time, &request->since))
        return 0;
    if (is_set(&request->until) && !is_before(&entry->time, &request->until)) {
        r->is_over = true;
        return 0;
    }
    if (request->timestamps && !r->inside_line[entry->stream]) {
        char prefix[TIMESTAMP_SIZE + 1];
        (void)timestamp_write_fixed(entry->time, prefix);
        size_t length = strlen(prefix);
        prefix[length++] = ' ';
        int error = request->take(request->context, entry->stream, prefix, length);
        if (error != 0)
            return error;
    }
    r->inside_line[entry->stream] = entry->text[entry->size - 1] != '\n';
    r->result.entries++;
    return request->take(request->context, entry->stream, entry->text, entry->size);
}

/* -EAGAIN: the line is no entry, read it once more. */
static int take_line(struct reader *r, char *line, size_t size)
{
    struct log_entry entry;
    if (log_line_decode(line, size, &entry) == 0)
        return hand_over(r, &entry);
    if (r->retried_offset != r->place.offset) {
        r->retried_offset = r->place.offset;
        return -EAGAIN;
    }
    r->result.unreadable++;
    return 0;
}

/* Deals with the whole lines in the buffer and moves the rest to its front. */
static int take_lines(struct reader *r)
{
    char *from = r->buffer, *end = r->buffer + r->size;
    int error = 0;
    for (char *feed; error == 0 && !r->is_over && (feed = memchr(from, '\n', (size_t)(end - from)));) {
        error = take_line(r, from, (size_t)(feed - from));
        if (error == -EAGAIN) {
            r->size = 0;
            return 0;
        }
        r->place.offset += feed + 1 - from;
        from = feed + 1;
    }
    if (from == r->buffer && r->size == sizeof(r->buffer)) {
        r->place.offset += (off_t)r->size; /* longer than an entry can be: its end is no entry either */
        r->result.unreadable++;
        from = end;
    }
    r->size = (size_t)(end - from);
    memmove(r->buffer, from, r->size);
    return error;
}

/* Everything of the current file that is there now. A line without its end stays for later. */
static int read_file(struct reader *r)
{
    r->size = 0;
    while (r->fd >= 0 && !r->is_over) {
        size_t room = sizeof(r->buffer) - r->size;
        off_t from = r->place.offset + (off_t)r->size;
        if (!r->request->follow && r->place.number == r->stop.number && (off_t)room > r->stop.offset - from)
            room = r->stop.offset > from ? (size_t)(r->stop.offset - from) : 0;
        ssize_t n = pread(r->fd, r->buffer + r->size, room, from);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : 0;
        r->size += (size_t)n;
        int error = take_lines(r);
        if (error != 0)
            return error;
    }
    return 0;
}

/* The next file there is: 1, or 0 when there is none. */
static int open_next(struct reader *r, int *ret_fd, uint32_t *ret_number)
{
    for (;;) {
        uint32_t lowest, highest;
        int error = log_folder_range(r->request->folder_fd, r->place.number, &lowest, &highest);
        if (error < 0)
            return error;
        if (lowest == 0 || (!r->request->follow && lowest > r->stop.number))
            return 0;
        int fd = log_folder_open(r->request->folder_fd, lowest);
        if (fd == -ENOENT)
            continue; /* rotated away meanwhile */
        if (fd < 0)
            return fd;
        *ret_fd = fd;
        *ret_number = lowest;
        return 1;
    }
}

/* All that is there now. A file is complete once the next one exists, so its end is read again after seeing
 * that. */
static int read_files(struct reader *r)
{
    for (;;) {
        int error = read_file(r);
        if (error != 0 || r->is_over)
            return error;
        int next_fd;
        uint32_t number;
        int found = open_next(r, &next_fd, &number);
        if (found <= 0)
            return found;
        error = read_file(r);
        if (r->size > 0)
            r->result.unreadable++;
        if (r->place.number > 0)
            r->result.files_missed += number - r->place.number - 1;
        if (r->fd >= 0)
            (void)close(r->fd); /* only read from */
        r->fd = next_fd;
        r->place = (struct log_place){.number = number};
        r->retried_offset = -1;
        if (error != 0)
            return error;
    }
}

static int until_timeout(const struct reader *r)
{
    int timeout = r->watch_fd < 0 ? LOOK_AGAIN_MS : -1;
    if (!is_set(&r->request->until))
        return timeout;
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
    int64_t left = (r->request->until.tv_sec - now.tv_sec) * 1000 + 1000;
    if (left < 0)
        left = 0;
    return timeout >= 0 && timeout < left ? timeout : left > 3600000 ? 3600000 : (int)left;
}

static bool is_past_until(const struct reader *r)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
    return is_set(&r->request->until) && !is_before(&now, &r->request->until);
}

/* A process that ended, or a monitor that says EXITED or nothing any more. */
static bool has_ended(int fd)
{
    uint8_t packet[2 * MONITOR_HEADER_SIZE];
    struct monitor_message message;
    ssize_t n = recv(fd, packet, sizeof(packet), MSG_DONTWAIT);
    if (n < 0)
        return errno != EAGAIN && errno != EINTR && errno != ECONNRESET; /* ENOTSOCK: a pidfd */
    return n == 0 || monitor_message_decode(packet, (size_t)n, &message) < 0 ||
           message.type == MONITOR_EXITED;
}

/* Waits for more. 1: there may be more, 0: what is there now is the last. */
static int wait_for_more(const struct reader *r)
{
    struct pollfd slots[] = {
        {.fd = r->watch_fd, .events = POLLIN},
        {.fd = r->request->ended_fd, .events = POLLIN},
    };
    if (r->request->ended_fd < 0 || is_past_until(r))
        return 0;
    int n = poll(slots, ARRAY_SIZE(slots), until_timeout(r));
    if (n < 0)
        return errno == EINTR ? 1 : -errno;
    if (slots[0].revents) {
        _Alignas(struct inotify_event) char events[4096];
        if (read(r->watch_fd, events, sizeof(events)) < 0 && errno != EAGAIN && errno != EINTR)
            return -errno;
    }
    return slots[1].revents && has_ended(r->request->ended_fd) ? 0 : 1;
}

static int watch_folder(int folder_fd)
{
    char path[32];
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", folder_fd); /* always fits */
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd >= 0 && inotify_add_watch(fd, path, IN_MODIFY | IN_CREATE) < 0) {
        (void)close(fd); /* nothing was watched */
        fd = -1;
    }
    return fd < 0 ? -EBADF : fd;
}

static int reader_run(struct reader *r)
{
    int more = r->request->follow ? 1 : 0, error;
    for (;;) {
        error = read_files(r);
        if (error != 0 || r->is_over || more <= 0)
            return error != 0 ? error : more;
        more = wait_for_more(r);
    }
}

int log_read(const struct log_request *request, struct log_result *ret_result)
{
    autofree struct reader *r = calloc(1, sizeof(*r));
    if (!r)
        return -ENOMEM;
    r->request = request;
    r->fd = -EBADF;
    r->retried_offset = -1;
    r->watch_fd = request->follow ? watch_folder(request->folder_fd) : -EBADF;
    int error = log_folder_find_end(request->folder_fd, &r->stop);
    if (error == 0 && request->tail != LOG_TAIL_ALL) {
        struct log_place start = {0};
        do
            error = log_folder_find_tail(request->folder_fd, request->tail, &start);
        while (error == -EAGAIN); /* the end was just taken back by the writer */
        r->fd = start.number > 0 ? log_folder_open(request->folder_fd, start.number) : -EBADF;
        r->place = r->fd >= 0 ? start : (struct log_place){0};
    }
    if (error == 0)
        error = reader_run(r);
    if (r->fd >= 0)
        (void)close(r->fd); /* only read from */
    if (r->watch_fd >= 0)
        (void)close(r->watch_fd); /* only read from */
    *ret_result = r->result;
    return error;
}
