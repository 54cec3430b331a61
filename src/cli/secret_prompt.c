/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/secret_prompt.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <termios.h>

#define SECRET_SIZE_MAX 16384

/* Restored by the signals that end a person's patience. */
static struct termios shown;

static void show_and_end(int signal)
{
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &shown); /* nothing more can be done */
    (void)!write(STDERR_FILENO, "\n", 1);
    _exit(128 + signal);
}

static int read_line(char **ret_line)
{
    char line[1024];
    size_t length = 0;
    for (;;) {
        ssize_t n = read(STDIN_FILENO, line + length, 1);
        if (n < 0)
            return -errno;
        if (n == 0 && length == 0)
            return -ENODATA;
        if (n == 0 || line[length] == '\n')
            break;
        if (++length == sizeof(line))
            return -EFBIG;
    }
    *ret_line = strndup(line, length);
    explicit_bzero(line, sizeof(line));
    return *ret_line ? 0 : -ENOMEM;
}

int prompt_line(const char *question, bool secret, char **ret_line)
{
    if (tcgetattr(STDIN_FILENO, &shown) < 0)
        return -ENOTTY;
    struct termios hidden = shown;
    struct sigaction act = {.sa_handler = show_and_end}, old_int, old_term;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    (void)!write(STDERR_FILENO, question, strlen(question)); /* a closed standard error wants no question */
    if (!secret)
        return read_line(ret_line);
    if (sigaction(SIGINT, &act, &old_int) < 0 || sigaction(SIGTERM, &act, &old_term) < 0 ||
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) < 0)
        return -errno;
    int r = read_line(ret_line);
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &shown); /* as it was */
    (void)sigaction(SIGINT, &old_int, NULL);
    (void)sigaction(SIGTERM, &old_term, NULL);
    (void)!write(STDERR_FILENO, "\n", 1);
    return r;
}

int secret_read_stdin(char **ret_secret)
{
    char *secret = malloc(SECRET_SIZE_MAX + 2);
    if (!secret)
        return -ENOMEM;
    size_t size = fread(secret, 1, SECRET_SIZE_MAX + 1, stdin);
    int r = ferror(stdin) ? -EIO : size > SECRET_SIZE_MAX ? -EFBIG : 0;
    secret[size] = '\0';
    if (r == 0 && strlen(secret) != size)
        r = -EINVAL;
    if (r == 0 && size > 0 && secret[size - 1] == '\n')
        secret[--size] = '\0';
    if (r == 0 && size > 0 && secret[size - 1] == '\r')
        secret[--size] = '\0';
    if (r == 0 && size == 0)
        r = -ENODATA;
    if (r < 0)
        free(secret);
    else
        *ret_secret = secret;
    return r;
}
