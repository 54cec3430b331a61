/* SPDX-License-Identifier: Apache-2.0 */
/* A container's record. Property: what is accepted has an image, and is the same after it was written and
 * read again. */
#include "engine/record.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autorecord struct container_record record = {0}, again = {0};
    autofree char *text = NULL, *second = NULL;
    autofree char *copy = strndup((const char *)data, size);
    if (!copy || record_from_text("abc", copy, strlen(copy), &record) < 0)
        return 0;
    if (!record.image_id || !record.request.image || record_to_text(&record, &text) < 0 ||
        record_from_text("abc", text, strlen(text), &again) < 0 || record_to_text(&again, &second) < 0 ||
        strcmp(text, second) != 0)
        abort();
    return 0;
}
