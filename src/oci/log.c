/* SPDX-License-Identifier: Apache-2.0 */
/* The log: containerd takes the last line of level error, podman reads the whole file as one object. So a
 * failure is the only line of its run, and every run begins the file anew unless --debug asks for all of
 * them. */
#include "kernel/file.h"
#include "oci/runtime.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

static int log_open(const struct runtime *rt)
{
    return open(rt->log, O_WRONLY | O_CREAT | (rt->debug ? O_APPEND : O_TRUNC) | O_CLOEXEC | O_NOCTTY, 0644);
}

/* A log that cannot be written changes nothing about what was done. */
static void log_put(const struct runtime *rt, const struct text *lines)
{
    if (lines->length == 0)
        return;
    autoclose int fd = rt->log ? log_open(rt) : -1;
    ignore(fd_write_all(rt->log ? fd : STDERR_FILENO, text_peek(lines), lines->length));
}

static void log_add(const struct runtime *rt, struct text *lines, enum oci_log_level level,
                    const char *message)
{
    const struct oci_log_line line = {.level = level, .moment = time(NULL), .message = message};
    oci_log_write(rt->log_format, &line, lines);
}

void runtime_note(struct runtime *rt, enum oci_log_level level, const char *format, ...)
{
    char sentence[FAILURE_TEXT_SIZE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, args); /* a cut sentence is still one */
    va_end(args);
    ignore(strings_addf(&rt->notes, "%s:%s", oci_log_level_name(level), sentence));
}

void runtime_flush_notes(struct runtime *rt)
{
    autotext struct text lines = {0};
    for (size_t i = 0; i < rt->notes.count; i++) {
        const char *note = rt->notes.items[i];
        bool warning = note[0] == 'w';
        /* stderr is often parsed with the output: only what a person has to know, or asked for. */
        if (rt->log || rt->debug || warning)
            log_add(rt, &lines, warning ? OCI_LOG_WARNING : OCI_LOG_INFO, strchr(note, ':') + 1);
    }
    log_put(rt, &lines);
}

void runtime_tell_failure(const struct runtime *rt, const struct failure *failure)
{
    autotext struct text lines = {0};
    const char *message = failure->text[0] ? failure->text : strerror(-failure->error);
    if (rt->debug && failure->step[0])
        log_add(rt, &lines, OCI_LOG_DEBUG, failure->step);
    log_add(rt, &lines, OCI_LOG_ERROR, message);
    log_put(rt, &lines);
    if (rt->log)
        dprintf(STDERR_FILENO, "%s\n", message);
}
