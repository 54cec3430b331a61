/* SPDX-License-Identifier: Apache-2.0 */
/* Input: instructions, a line each. Property: a refused list changes nothing; an accepted one gives a
 * configuration that can be written and read; the user changes only by a line that begins with USER. */
#include "formats/change.h"

#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char base[] =
    "{\"config\":{\"User\":\"app\",\"Env\":[\"HOME=/h\"],\"Cmd\":[\"old\"],\"WorkingDir\":\"/w\"},"
    "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}";

static bool says_user(const char *line)
{
    while (*line == ' ' || (*line >= '\t' && *line <= '\r'))
        line++;
    return strncasecmp(line, "USER", 4) == 0;
}

static void check_written(const struct image_config *config)
{
    autoreport struct report report = {0};
    autoconfig struct image_config again = {0};
    autofree char *text = image_config_write(config);
    if (!text || image_config_read("again", text, strlen(text), &report, &again) < 0)
        abort();
    autofree char *text_again = image_config_write(&again);
    if (!text_again || strcmp(text, text_again) != 0)
        abort();
    if (config->workdir[0] != '/')
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autoreport struct report report = {0};
    autoconfig struct image_config config = {0};
    autostrings struct strings lines = {0};
    autofree char *copy = strndup((const char *)data, size);
    struct failure f = {0};
    bool user = false;
    if (!copy || image_config_read("base", base, strlen(base), &report, &config) < 0)
        return 0;
    char *rest = copy;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        user |= says_user(line);
        if (strings_add(&lines, line) < 0)
            return 0;
    }
    if (changes_apply(&lines, &config, &f) < 0) {
        autofree char *text = image_config_write(&config);
        if (f.text[0] == '\0' || !text || strcmp(text, base) != 0)
            abort();
        return 0;
    }
    if (!user && strcmp(config.user, "app") != 0)
        abort();
    check_written(&config);
    return 0;
}
