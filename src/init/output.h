/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Text out, without stdio: its printf alone would be a tenth of the binary.
 * Known conversions: %s %.*s %c %d %u %o %x %ld %lu %zu %%, no widths. */
#include <stdarg.h>
#include <stddef.h>

#define printf_like(f, a) __attribute__((format(printf, f, a)))

/* Formats into `buffer` (always NUL-terminated, cut when full); returns the length that was written. */
size_t format_text(char *buffer, size_t size, const char *format, ...) printf_like(3, 4);
size_t format_text_v(char *buffer, size_t size, const char *format, va_list args) printf_like(3, 0);

/* One line "NAME: ..." on standard error in a single write; NAME is what say_as() set ("unroot-init"). */
void say(const char *format, ...) printf_like(1, 2);
void say_as(const char *name);
/* As it is on standard output. A failing write is not reported: there is nowhere to say it. */
void print(const char *format, ...) printf_like(1, 2);
void print_text(const char *text);
/* All of it, EINTR and short writes included. 0 or -errno. */
int write_all(int fd, const void *bytes, size_t size) __attribute__((warn_unused_result));
