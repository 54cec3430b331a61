/* SPDX-License-Identifier: Apache-2.0 */
/* Properties: what is found is a line of the file; a user of no list and group is matched only by ALL or its
 * number. */
#include "formats/compose_merge.h"
#include "formats/sudoers.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autofree char *text = strndup((const char *)data, size), *rule = NULL, *other = NULL, *expanded = NULL;
    autostrings struct strings environment = {0};
    struct sudo_user user = {.name = "app", .uid = 10001};
    struct failure failure = {0};
    unsigned line = 0, lines = 1;
    for (const char *p = text; *p != '\0'; p++)
        lines += *p == '\n';
    if (sudoers_find_nopasswd(text, &user, &line, &rule) == 1 && (line == 0 || line > lines || !rule))
        abort();
    if (doas_find_nopass(text, &user, &line, &other) == 1 &&
        (line == 0 || line > lines || !strstr(other, "nopass")))
        abort();
    if (strings_add(&environment, "A=x") < 0)
        abort();
    if (compose_expand(text, &environment, NULL, &expanded, &failure) < 0 && failure.text[0] == '\0')
        abort();
    if (expanded && !strchr(text, '$') && strcmp(text, expanded) != 0)
        abort();
    struct compose_env_source source = {"f", text, strlen(text)};
    autostrings struct strings variables = {0};
    autoreport struct report report = {0};
    if (compose_env_parse(&source, &environment, &report, &variables) < 0 && report.count == 0)
        abort();
    return 0;
}
