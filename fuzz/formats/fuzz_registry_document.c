/* SPDX-License-Identifier: Apache-2.0 */
/* Property: what comes out of a registry's documents and fields is bounded, printable and fit for where it
 * goes. */
#include "formats/http_field.h"
#include "formats/reference.h"
#include "formats/registry_document.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_documents(const char *data, size_t size)
{
    char said[REGISTRY_ERROR_SIZE];
    autofree char *token = NULL;
    uint32_t seconds;
    autotext struct text lines = {0};
    registry_errors_read(data, size, said);
    for (const char *p = said; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 127)
            abort();
    if (registry_token_read(data, size, &token, &seconds) == 0) {
        if (seconds < REGISTRY_TOKEN_SECONDS || token[0] == '\0')
            abort();
        for (const char *p = token; *p; p++)
            if (*p <= ' ' || *p > '~')
                abort();
    }
    if (registry_tags_read(data, size, &lines) < 0)
        return;
    for (char *line = lines.data; line && *line;) {
        char *end = strchr(line, '\n');
        if (!end)
            abort();
        *end = '\0';
        if (!reference_tag_is_valid(line))
            abort();
        line = end + 1;
    }
}

static void check_fields(const char *value)
{
    uint64_t first, last, total;
    uint32_t seconds;
    char type[40];
    autofree char *target = NULL;
    if (http_read_content_range(value, &first, &last, &total) == 0 && (last < first || total <= last))
        abort();
    if (http_read_link_next(value, &target) == 0 && (target[0] == '\0' || strchr(target, '>')))
        abort();
    if (http_read_media_type(value, type, sizeof(type)) == 0 && (!strchr(type, '/') || strchr(type, ';')))
        abort();
    if (http_read_upload_range(value, &total) == 0 && total > INT64_MAX)
        abort();
    (void)!http_read_retry_after(value, 784111777, &seconds);
    (void)!http_read_rate_limit(value, &total, &seconds);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autofree char *text = strndup((const char *)data, size);
    check_documents((const char *)data, size);
    if (text)
        check_fields(text);
    return 0;
}
