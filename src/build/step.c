/* SPDX-License-Identifier: Apache-2.0 */
#include "build/step.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void build_sink_say(struct build_sink sink, const char *line)
{
    if (!sink.write)
        return;
    sink.write(sink.context, 2, line, strlen(line));
    sink.write(sink.context, 2, "\n", 1);
}

void build_step_say(const struct build_step *step, const char *format, ...)
{
    char line[2048];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(line, sizeof(line) - 1, format, arguments);
    va_end(arguments);
    if (n < 0 || !step->sink.write)
        return;
    size_t length = (size_t)n < sizeof(line) - 1 ? (size_t)n : sizeof(line) - 2;
    line[length] = '\n';
    step->sink.write(step->sink.context, 2, line, length + 1);
}
