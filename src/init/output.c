/* SPDX-License-Identifier: Apache-2.0 */
#include "init/output.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

struct sink {
    char *buffer;
    size_t size, length;
};

static const char *own_name = "unroot-init";

static void put_bytes(struct sink *s, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count && s->length + 1 < s->size; i++)
        s->buffer[s->length++] = bytes[i];
}

static void put_number(struct sink *s, unsigned long value, unsigned base)
{
    char digits[24];
    size_t n = sizeof(digits);
    do {
        digits[--n] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value > 0);
    put_bytes(s, digits + n, sizeof(digits) - n);
}

static void put_signed(struct sink *s, long value)
{
    if (value < 0)
        put_bytes(s, "-", 1);
    put_number(s, value < 0 ? 0UL - (unsigned long)value : (unsigned long)value, 10);
}

/* Takes one conversion's argument from `args`; `long_value` for %l and %z. */
static void put_argument(struct sink *s, char conversion, bool long_value, va_list *args)
{
    if (conversion == 's') {
        const char *string = va_arg(*args, const char *);
        put_bytes(s, string ? string : "(none)", string ? strlen(string) : 6);
    } else if (conversion == 'c') {
        char c = (char)va_arg(*args, int);
        put_bytes(s, &c, 1);
    } else if (conversion == 'd') {
        put_signed(s, long_value ? va_arg(*args, long) : va_arg(*args, int));
    } else if (conversion == 'u' || conversion == 'o' || conversion == 'x') {
        unsigned long value = long_value ? va_arg(*args, unsigned long) : va_arg(*args, unsigned);
        put_number(s, value, conversion == 'u' ? 10 : conversion == 'o' ? 8 : 16);
    } else {
        put_bytes(s, &conversion, 1);
    }
}

static void format_into(struct sink *s, const char *format, va_list *args)
{
    for (const char *p = format; *p != '\0'; p++) {
        if (*p != '%') {
            put_bytes(s, p, 1);
            continue;
        }
        p++;
        if (strncmp(p, ".*s", 3) == 0) {
            int length = va_arg(*args, int);
            put_bytes(s, va_arg(*args, const char *), length > 0 ? (size_t)length : 0);
            p += 2;
            continue;
        }
        bool long_value = *p == 'l' || *p == 'z';
        put_argument(s, long_value ? *++p : *p, long_value, args);
    }
    s->buffer[s->length] = '\0';
}

size_t format_text_v(char *buffer, size_t size, const char *format, va_list args)
{
    struct sink s = {buffer, size, 0};
    va_list copy;
    va_copy(copy, args);
    format_into(&s, format, &copy);
    va_end(copy);
    return s.length;
}

size_t format_text(char *buffer, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t n = format_text_v(buffer, size, format, args);
    va_end(args);
    return n;
}

int write_all(int fd, const void *bytes, size_t size)
{
    const char *p = bytes;
    while (size > 0) {
        ssize_t n = write(fd, p, size);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0) {
            p += n;
            size -= (size_t)n;
        }
    }
    return 0;
}

void say_as(const char *name)
{
    own_name = name;
}

void say(const char *format, ...)
{
    char line[1200];
    size_t n = format_text(line, sizeof(line) - 1, "%s: ", own_name);
    va_list args;
    va_start(args, format);
    n += format_text_v(line + n, sizeof(line) - 1 - n, format, args);
    va_end(args);
    line[n++] = '\n';
    (void)!write_all(STDERR_FILENO, line, n); /* there is nowhere else to say it */
}

void print(const char *format, ...)
{
    char line[1200];
    va_list args;
    va_start(args, format);
    size_t n = format_text_v(line, sizeof(line), format, args);
    va_end(args);
    (void)!write_all(STDOUT_FILENO, line, n); /* the exit status says what matters */
}

void print_text(const char *text)
{
    (void)!write_all(STDOUT_FILENO, text, strlen(text)); /* as above */
}
