/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever the file says: it is accepted or has findings, and a name resolves to endpoints that are whole,
 * the last of which is no mirror. */
#include "base/strings.h"
#include "formats/registries_config.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(const struct registries_config *c, const char *name)
{
    autoreference struct reference reference = {0};
    autoendpoints struct registry_endpoints endpoints = {0};
    struct failure failure = {0};
    if (reference_parse_tagged(name, &reference, &failure) < 0)
        abort();
    if (registries_config_resolve(c, &reference, false, &endpoints, &failure) < 0) {
        if (failure.text[0] == '\0')
            abort();
        return;
    }
    if (endpoints.count == 0 || endpoints.items[endpoints.count - 1].is_mirror)
        abort();
    for (size_t i = 0; i < endpoints.count; i++)
        if (!endpoints.items[i].host[0] || strchr(endpoints.items[i].host, '/') ||
            !endpoints.items[i].repository[0])
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autofree char *file = strndup((const char *)data, size);
    autoregistries struct registries_config c = {0};
    autoreport struct report report = {0};
    if (!file)
        return 0;
    int r = registries_config_read("fuzz", file, &report, &c);
    if (r == 0 && report.count > 0)
        abort();
    if (r < 0)
        return 0;
    check_name(&c, "nginx");
    check_name(&c, "r.test/a");
    check_name(&c,
               "localhost:5000/a/b@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    return 0;
}
