/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever the host's resolv.conf holds: what is written names only reachable servers, reads back as itself,
 * and its lines are of three kinds. */
#include "formats/resolver.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *file, const char *upstream, struct text *text)
{
    struct failure f = {0};
    size_t servers;
    const struct resolver_request request = {.host_resolv_conf = file, .upstream_resolv_conf = upstream};
    if (resolver_write(&request, text, &servers, &f) < 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autofree char *file = strndup((const char *)data, size);
    autotext struct text first = {0}, second = {0};
    if (!file)
        return 0;
    check(file, NULL, &first);
    check(text_peek(&first), NULL, &second);
    if (strcmp(text_peek(&first), text_peek(&second)) != 0)
        abort();
    for (const char *line = text_peek(&first); *line; line = strchr(line, '\n') + 1) {
        if (!string_after(line, "nameserver ") && !string_after(line, "search ") &&
            !string_after(line, "options "))
            abort();
        if (string_after(line, "nameserver 127.") || string_after(line, "nameserver ::1\n"))
            abort();
    }
    return 0;
}
