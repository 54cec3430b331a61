/* SPDX-License-Identifier: Apache-2.0 */
/* Property: what is accepted can be written, and what was written is read as the same text again. */
#include "formats/fetch_message.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_request(const char *data, size_t size)
{
    autofetchrequest struct fetch_request r = {0}, again = {0};
    autofree char *text = NULL, *second = NULL;
    size_t length, second_length;
    if (fetch_request_decode(data, size, &r) < 0)
        return;
    if (fetch_request_encode(&r, &text, &length) < 0) /* longer than it came: only when all was escaped */
        abort();
    if (fetch_request_decode(text, length, &again) < 0 ||
        fetch_request_encode(&again, &second, &second_length) < 0)
        abort();
    if (length != second_length || memcmp(text, second, length) != 0 ||
        fetch_request_descriptors(&r) != fetch_request_descriptors(&again))
        abort();
}

static void check_reply(const char *data, size_t size)
{
    struct fetch_reply r, again;
    autofree char *text = NULL, *second = NULL;
    size_t length, second_length;
    if (fetch_reply_decode(data, size, &r) < 0)
        return;
    if (fetch_reply_encode(&r, &text, &length) < 0 || fetch_reply_decode(text, length, &again) < 0 ||
        fetch_reply_encode(&again, &second, &second_length) < 0 || strcmp(text, second) != 0)
        abort();
    for (const char *p = r.text; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 127)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_request((const char *)data, size);
    check_reply((const char *)data, size);
    return 0;
}
