/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/exit_record.h"
#include "base/number.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define EXIT_CODE_MAX 255
#define SIGNAL_MAX 64
#define DIGITS_MAX 3

static const char *const oom_words[] = {
    [EXIT_OOM_UNKNOWN] = "null",
    [EXIT_OOM_NO] = "false",
    [EXIT_OOM_YES] = "true",
};

size_t exit_record_encode(const struct exit_record *record, char ret_text[EXIT_RECORD_MAX])
{
    char finished[TIMESTAMP_SIZE];
    int n = snprintf(ret_text, EXIT_RECORD_MAX,
                     "{\"exit_code\":%d,\"signal\":%d,\"finished\":\"%s\",\"oom_killed\":%s}\n",
                     record->exit_code, record->signal, timestamp_write_fixed(record->finished, finished),
                     oom_words[record->oom_killed]);
    return n < 0 || n >= EXIT_RECORD_MAX ? 0 : (size_t)n;
}

/* Copies what stands between *from and `stop` and moves behind it. */
static bool cut_until(const char **from, char stop, char *ret_value, size_t room)
{
    const char *end = strchr(*from, stop);
    if (!end || (size_t)(end - *from) >= room)
        return false;
    memcpy(ret_value, *from, (size_t)(end - *from));
    ret_value[end - *from] = '\0';
    *from = end;
    return true;
}

static bool skip(const char **from, const char *expected)
{
    size_t n = strlen(expected);
    if (strncmp(*from, expected, n) != 0)
        return false;
    *from += n;
    return true;
}

int exit_record_decode(const char *text, size_t size, struct exit_record *ret_record)
{
    char line[EXIT_RECORD_MAX] = "", code[DIGITS_MAX + 1], number[DIGITS_MAX + 1], time[TIMESTAMP_SIZE],
         oom[8];
    if (size >= sizeof(line) || memchr(text, '\0', size))
        return -EINVAL;
    memcpy(line, text, size);
    const char *from = line;
    if (!skip(&from, "{\"exit_code\":") || !cut_until(&from, ',', code, sizeof(code)) ||
        !skip(&from, ",\"signal\":") || !cut_until(&from, ',', number, sizeof(number)) ||
        !skip(&from, ",\"finished\":\"") || !cut_until(&from, '"', time, sizeof(time)) ||
        !skip(&from, "\",\"oom_killed\":") || !cut_until(&from, '}', oom, sizeof(oom)) ||
        strcmp(from, "}\n") != 0)
        return -EINVAL;
    uint64_t exit_code, signal;
    struct exit_record record;
    if (number_parse(code, EXIT_CODE_MAX, &exit_code) < 0 || number_parse(number, SIGNAL_MAX, &signal) < 0 ||
        timestamp_parse(time, &record.finished) < 0)
        return -EINVAL;
    size_t word = 0;
    while (word < ARRAY_SIZE(oom_words) && strcmp(oom, oom_words[word]) != 0)
        word++;
    if (word == ARRAY_SIZE(oom_words))
        return -EINVAL;
    record.exit_code = (int)exit_code;
    record.signal = (int)signal;
    record.oom_killed = (enum exit_oom)word;
    *ret_record = record;
    return 0;
}
