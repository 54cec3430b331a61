/* SPDX-License-Identifier: Apache-2.0 */
#include "init/failure.h"

#include <errno.h>
#include <string.h>

int fail_system(struct failure *f, int error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t n = format_text_v(f->text, sizeof(f->text), format, args);
    va_end(args);
    format_text(f->text + n, sizeof(f->text) - n, ": %s", strerror(-error));
    f->exit_code = EXIT_SYSTEM;
    return error;
}

int fail_usage(struct failure *f, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    format_text_v(f->text, sizeof(f->text), format, args);
    va_end(args);
    f->exit_code = EXIT_BAD_USAGE;
    return -EINVAL;
}

int fail_root(struct failure *f, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    format_text_v(f->text, sizeof(f->text), format, args);
    va_end(args);
    f->exit_code = EXIT_WOULD_BE_ROOT;
    return -EPERM;
}
