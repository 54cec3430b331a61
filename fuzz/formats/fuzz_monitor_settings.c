/* SPDX-License-Identifier: Apache-2.0 */
/* Property: an argument list that is accepted is exactly what encoding its settings gives. Words end with
 * NUL. */
#include "formats/monitor_settings.h"

#include <string.h>

#define WORDS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *const *argv)
{
    struct monitor_settings settings, again;
    struct monitor_arguments arguments;
    if (monitor_settings_decode(argv, &settings) < 0)
        return;
    if (monitor_settings_encode(&settings, &arguments) < 0)
        abort();
    size_t i = 1;
    for (; argv[i] && arguments.argv[i]; i++)
        if (strcmp(argv[i], arguments.argv[i]) != 0)
            abort();
    if (argv[i] || arguments.argv[i])
        abort();
    if (monitor_settings_decode(arguments.argv, &again) < 0 ||
        again.log_max_bytes != settings.log_max_bytes ||
        memcmp(again.fds, settings.fds, sizeof(again.fds)) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *argv[WORDS_MAX + 1];
    size_t count = 0;
    autofree char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    for (size_t at = 0; at < size && count < WORDS_MAX; at += strlen(text + at) + 1)
        argv[count++] = text + at;
    argv[count] = NULL;
    check(argv);
    return 0;
}
