/* SPDX-License-Identifier: Apache-2.0 */
/* Property: what is read can be copied and written, reads again, and writes as the same bytes; what is
 * refused has a finding. */
#include "formats/image_config.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autoreport struct report report = {0};
    autoconfig struct image_config c = {0}, copy = {0}, again = {0};
    if (image_config_read("fuzz", (const char *)data, size, &report, &c) < 0) {
        if (report.count == 0)
            abort();
        return 0;
    }
    if (image_config_copy(&c, &copy) < 0)
        abort();
    autofree char *text = image_config_write(&copy);
    if (!text || image_config_read("again", text, strlen(text), &report, &again) < 0)
        abort();
    autofree char *text_again = image_config_write(&again);
    if (!text_again || strcmp(text, text_again) != 0 || again.has_entrypoint != c.has_entrypoint ||
        again.diff_id_count != c.diff_id_count || again.labels.count != c.labels.count)
        abort();
    return 0;
}
