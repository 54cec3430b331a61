/* SPDX-License-Identifier: Apache-2.0 */
/* Property: what is accepted can be written, is accepted again and is equal; what is refused has a finding.
 */
#include "formats/json.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autoreport struct report report = {0};
    autojson struct json_object *first = NULL, *second = NULL;
    if (json_parse("fuzz", (const char *)data, size, &report, &first) < 0) {
        if (report.count != 1)
            abort();
        return 0;
    }
    autofree char *text = json_write(first, size % 2 == 0);
    if (!text || json_parse("again", text, strlen(text), &report, &second) < 0 ||
        !json_object_equal(first, second))
        abort();
    return 0;
}
