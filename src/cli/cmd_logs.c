/* SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"
#include "cli/absent.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "engine/attach.h"
#include "engine/container.h"
#include "engine/log.h"
#include "formats/duration.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

struct logs_options {
    bool follow, timestamps;
    char *since, *until, *tail;
    struct log_request request; /* made of the above */
};

static int write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0) {
            bytes += n;
            size -= (size_t)n;
        }
    }
    return 0;
}

static int take(void *context, enum log_stream stream, const char *bytes, size_t size)
{
    return write_all(stream == LOG_STDERR ? STDERR_FILENO : STDOUT_FILENO, bytes, size);
}

static int read_moment(const char *flag, const char *text, struct timespec *ret_moment,
                       struct failure *failure)
{
    struct timespec now;
    if (!text)
        return 0;
    if (clock_gettime(CLOCK_REALTIME, &now) < 0)
        return fail(failure, -errno, "reading the clock");
    int r = moment_parse(text, now, ret_moment);
    if (r < 0)
        return refuse(
            failure, r,
            "%s takes a time (2026-11-21T20:33:41Z), seconds since 1970 or an age (10m), not \"%s\"", flag,
            text);
    return 0;
}

static int read_tail(const char *text, uint64_t *ret_tail, struct failure *failure)
{
    *ret_tail = LOG_TAIL_ALL;
    if (!text || streq(text, "all") || streq(text, "-1"))
        return 0;
    if (number_parse(text, LOG_TAIL_ALL - 1, ret_tail) < 0)
        return refuse(failure, -EINVAL, "--tail takes a number or all, not \"%s\"", text);
    return 0;
}

static int fill_request(const struct logs_options *o, struct log_request *request, struct failure *failure)
{
    request->follow = o->follow;
    request->timestamps = o->timestamps;
    request->take = take;
    request->ended_fd = -EBADF;
    int r = read_moment("--since", o->since, &request->since, failure);
    if (r == 0)
        r = read_moment("--until", o->until, &request->until, failure);
    return r == 0 ? read_tail(o->tail, &request->tail, failure) : r;
}

/* A connection that only hears of the end; a container that does not run has none. */
static int open_end(struct cli *cli, const char *who, int *ret_fd)
{
    struct failure ignored = {0};
    int r = container_attach(cli->engine, who, ret_fd, &ignored);
    return r == 0 ? attach_hello(*ret_fd, 0) : r;
}

static int read_log(struct cli *cli, const char *who, struct log_request *request)
{
    struct log_result result = {0};
    struct failure failure = {0};
    autoclose int folder = -EBADF, ended = -EBADF;
    int r = container_open_log(cli->engine, who, &folder, &failure);
    if (r < 0)
        return say_failure(cli, &failure);
    if (request->follow && open_end(cli, who, &ended) < 0)
        request->follow = false; /* what does not run writes no more */
    request->folder_fd = folder;
    request->ended_fd = ended;
    r = log_read(request, &result);
    if (result.unreadable > 0)
        say(cli, "%llu damaged entries were left out", (unsigned long long)result.unreadable);
    if (result.files_missed > 0)
        say(cli, "%llu files were rotated away while they were read",
            (unsigned long long)result.files_missed);
    if (r < 0) {
        fail(&failure, r, "reading the log of %s", who);
        return say_failure(cli, &failure);
    }
    return 0;
}

static int check(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct logs_options *o = options;
    struct failure failure = {0};
    return fill_request(o, &o->request, &failure) < 0 ? say_usage(cli, "%s", failure.text) : 0;
}

static int run(struct cli *cli, void *options, const struct arguments *arguments)
{
    struct logs_options *o = options;
    return read_log(cli, arguments->items[0], &o->request);
}

#define ROW(member) OPTION(struct logs_options, member)
static const struct option rows[] = {
    {"follow", 'f', OPTION_BOOL, ROW(follow), NULL, "Go on until the container ends"},
    {"since", 0, OPTION_STRING, ROW(since), "TIME",
     "From this time on (2026-11-21T20:33:41Z, or an age: 10m)"},
    {"tail", 'n', OPTION_STRING, ROW(tail), "N", "The last N lines (default all)"},
    {"timestamps", 't', OPTION_BOOL, ROW(timestamps), NULL, "Put the time before each line"},
    {"until", 0, OPTION_STRING, ROW(until), "TIME", "Up to this time"},
    {NULL},
};
static const struct option *const tables[] = {rows, NULL};
static const char *const *const absent[] = {absent_logs_flags, NULL};

const struct command cmd_logs = {
    .name = "logs",
    .usage = "[OPTIONS] CONTAINER",
    .summary = "Show what a container wrote",
    .options = {.tables = tables, .absent = absent},
    .options_size = sizeof(struct logs_options),
    .min_args = 1,
    .max_args = 1,
    .needs_engine = true,
    .check = check,
    .run = run,
};
