/* SPDX-License-Identifier: Apache-2.0 */
#include "base/failure.h"
#include "base/text.h"

#include <stdarg.h>
#include <string.h>

/* Puts `head` before what f already says; a text that is too long loses its end. */
static void failure_prepend(struct failure *f, char *head)
{
    char behind[FAILURE_TEXT_SIZE];
    text_make_printable(head);
    memcpy(behind, f->text, sizeof(behind));
    if (behind[0] == '\0')
        (void)snprintf(f->text, sizeof(f->text), "%s", head); /* a cut sentence is still a sentence */
    else
        (void)snprintf(f->text, sizeof(f->text), "%s: %.*s", head, (int)sizeof(behind) - 1, behind);
}

int fail(struct failure *f, int error, const char *format, ...)
{
    char sentence[FAILURE_TEXT_SIZE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, args);
    va_end(args);
    if (f->text[0] == '\0')
        (void)snprintf(f->text, sizeof(f->text), "%s", strerror(-error));
    failure_prepend(f, sentence);
    f->error = error;
    return error;
}

int refuse(struct failure *f, int error, const char *format, ...)
{
    char sentence[FAILURE_TEXT_SIZE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof(sentence), format, args);
    va_end(args);
    failure_prepend(f, sentence);
    f->error = error;
    return error;
}

int fail_within(struct failure *f, const char *format, ...)
{
    if (f->error == 0)
        return 0;
    char prefix[FAILURE_TEXT_SIZE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(prefix, sizeof(prefix), format, args);
    va_end(args);
    failure_prepend(f, prefix);
    return f->error;
}
