/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/monitor_settings.h"
#include "base/number.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

static const char program_name[] = "unroot-monitor";

/* The words' keys, in their order; those of the descriptors are indexed by enum monitor_fd. */
static const char *const fd_keys[MONITOR_FD_COUNT] = {
    [MONITOR_FD_PID] = "pidfd",           [MONITOR_FD_TTY] = "tty",       [MONITOR_FD_STDIN] = "stdin",
    [MONITOR_FD_STDOUT] = "stdout",       [MONITOR_FD_STDERR] = "stderr", [MONITOR_FD_LOG] = "log",
    [MONITOR_FD_CONTAINER] = "container", [MONITOR_FD_RUN] = "run",       [MONITOR_FD_LISTEN] = "listen",
    [MONITOR_FD_CLIENT] = "client",
};

static const char *word_value(const char *word, const char *key)
{
    size_t n = strlen(key);
    return word && strncmp(word, key, n) == 0 && word[n] == '=' ? word + n + 1 : NULL;
}

/* A number without leading zeros. */
static int decode_number(const char *word, const char *key, uint64_t max, uint64_t *ret_value)
{
    const char *value = word_value(word, key);
    if (!value || (value[0] == '0' && value[1] != '\0'))
        return -EINVAL;
    return number_parse(value, max, ret_value) < 0 ? -EINVAL : 0;
}

static int decode_fd(const char *word, const char *key, int *ret_fd)
{
    const char *value = word_value(word, key);
    if (value && strcmp(value, "-") == 0) {
        *ret_fd = -EBADF;
        return 0;
    }
    uint64_t number;
    int r = decode_number(word, key, INT_MAX, &number);
    if (r == 0)
        *ret_fd = (int)number;
    return r;
}

static bool id_is_valid(const char *id)
{
    size_t n = id ? strspn(id, "0123456789abcdef") : 0;
    return n > 0 && n <= MONITOR_ID_SIZE_MAX && id[n] == '\0';
}

static bool fds_are_valid(const int fds[MONITOR_FD_COUNT])
{
    for (int i = 0; i < MONITOR_FD_COUNT; i++) {
        if (fds[i] < 0 && fds[i] != -EBADF)
            return false;
        if (fds[i] >= 0 && fds[i] < 3)
            return false;
        for (int k = 0; k < i; k++)
            if (fds[i] >= 0 && fds[i] == fds[k])
                return false;
    }
    bool tty = fds[MONITOR_FD_TTY] >= 0;
    bool pipes = fds[MONITOR_FD_STDIN] >= 0 || fds[MONITOR_FD_STDOUT] >= 0 || fds[MONITOR_FD_STDERR] >= 0;
    return fds[MONITOR_FD_PID] >= 0 && fds[MONITOR_FD_CONTAINER] >= 0 && !(tty && pipes) &&
           (fds[MONITOR_FD_LISTEN] < 0 || fds[MONITOR_FD_RUN] >= 0);
}

/* Number of words, or -EINVAL. */
static int count_cleanup(const char *const *cleanup)
{
    if (!cleanup || !cleanup[0] || cleanup[0][0] != '/')
        return -EINVAL;
    int n = 0;
    while (cleanup[n])
        if (++n > MONITOR_CLEANUP_MAX)
            return -EINVAL;
    return n;
}

static int settings_check(const struct monitor_settings *s)
{
    return id_is_valid(s->id) && s->pid > 1 && fds_are_valid(s->fds) && s->log_max_files >= 1 &&
                   s->log_max_files <= MONITOR_LOG_FILES_MAX
               ? count_cleanup(s->cleanup)
               : -EINVAL;
}

void monitor_settings_init(struct monitor_settings *s)
{
    *s = (struct monitor_settings){.log_max_bytes = UINT64_C(10) << 20, .log_max_files = 5};
    for (int i = 0; i < MONITOR_FD_COUNT; i++)
        s->fds[i] = -EBADF;
}

/* Writes one word "key=value" behind the others; its size is bounded by the table and 20 digits or an id. */
static void put_word(struct monitor_arguments *a, size_t *word, size_t *used, const char *key,
                     const char *value)
{
    a->argv[(*word)++] = a->text + *used;
    *used += (size_t)snprintf(a->text + *used, sizeof(a->text) - *used, "%s=%s", key, value) + 1;
}

static void put_number(struct monitor_arguments *a, size_t *word, size_t *used, const char *key,
                       uint64_t value)
{
    char digits[24];
    (void)snprintf(digits, sizeof(digits), "%" PRIu64, value); /* always fits */
    put_word(a, word, used, key, digits);
}

int monitor_settings_encode(const struct monitor_settings *s, struct monitor_arguments *ret_arguments)
{
    int cleanup_count = settings_check(s);
    if (cleanup_count < 0)
        return cleanup_count;
    struct monitor_arguments *a = ret_arguments;
    size_t word = 0, used = 0;
    a->argv[word++] = program_name;
    put_word(a, &word, &used, "id", s->id);
    put_number(a, &word, &used, "pid", (uint64_t)s->pid);
    for (int i = 0; i < MONITOR_FD_COUNT; i++) {
        if (s->fds[i] < 0)
            put_word(a, &word, &used, fd_keys[i], "-");
        else
            put_number(a, &word, &used, fd_keys[i], (uint64_t)s->fds[i]);
    }
    put_number(a, &word, &used, "log-max-bytes", s->log_max_bytes);
    put_number(a, &word, &used, "log-max-files", s->log_max_files);
    put_number(a, &word, &used, "stdin-once", s->stdin_once);
    a->argv[word++] = "--";
    for (int i = 0; i < cleanup_count; i++)
        a->argv[word++] = s->cleanup[i];
    a->argv[word] = NULL;
    return 0;
}

int monitor_settings_decode(const char *const *argv, struct monitor_settings *ret_settings)
{
    int count = 0;
    while (argv[count] && count < 1 + MONITOR_WORDS + 1)
        count++;
    if (count < 1 + MONITOR_WORDS + 1)
        return -EINVAL;
    struct monitor_settings s;
    monitor_settings_init(&s);
    const char *const *word = argv + 1;
    uint64_t pid, files, once;
    s.id = word_value(*word++, "id");
    if (decode_number(*word++, "pid", INT_MAX, &pid) < 0)
        return -EINVAL;
    for (int i = 0; i < MONITOR_FD_COUNT; i++)
        if (decode_fd(*word++, fd_keys[i], &s.fds[i]) < 0)
            return -EINVAL;
    if (decode_number(*word++, "log-max-bytes", UINT64_MAX, &s.log_max_bytes) < 0 ||
        decode_number(*word++, "log-max-files", MONITOR_LOG_FILES_MAX, &files) < 0 ||
        decode_number(*word++, "stdin-once", 1, &once) < 0 || strcmp(*word++, "--") != 0)
        return -EINVAL;
    s.pid = (pid_t)pid;
    s.log_max_files = (uint32_t)files;
    s.stdin_once = once == 1;
    s.cleanup = word;
    if (settings_check(&s) < 0)
        return -EINVAL;
    *ret_settings = s;
    return 0;
}
