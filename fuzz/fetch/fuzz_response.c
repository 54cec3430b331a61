/* SPDX-License-Identifier: Apache-2.0 */
/* Property: whatever head comes, what is taken from it is bounded and consistent; so is where it may send us.
 */
#include "fetch/endpoint.h"
#include "fetch/response.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_location(const char *location)
{
    static const struct endpoint from = {.https = true, .host = "registry.example", .port = 443};
    autofree char *url = NULL;
    struct endpoint to;
    const char *reason;
    if (endpoint_resolve("https://registry.example/v2/a/blobs/b", location, &url) < 0 ||
        endpoint_parse(url, &to) < 0)
        return;
    if (strlen(url) > ENDPOINT_URL_MAX || to.host[0] == '\0' || to.port == 0)
        abort();
    if (endpoint_check_redirect(&from, &to, false, &reason) == 0 && (!to.https || host_is_local(to.host)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct response r = {0};
    const char *text = (const char *)data;
    int error = 0;
    for (size_t at = 0; at < size && error == 0;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t n = end ? (size_t)(end - text) - at + 1 : size - at;
        error = response_take_line(&r, text + at, n, 784111777);
        at += n;
    }
    if (r.status > 999 || strlen(r.media_type) >= sizeof(r.media_type) ||
        (r.has_range && (r.range_last < r.range_first || r.range_total <= r.range_last)) ||
        r.challenge.bearer != (r.challenge.realm != NULL))
        abort();
    if (r.location)
        check_location(r.location);
    response_note(&r, data, size);
    if (r.note_size > RESPONSE_NOTE_MAX)
        abort();
    response_reset(&r);
    return 0;
}
