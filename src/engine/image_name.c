/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image_name.h"

#include "formats/reference.h"

#include <string.h>

const char *image_named_reference(const struct image *image, const char *who)
{
    autoreference struct reference reference = {0};
    struct failure unused = {0};
    autofree char *whole = NULL;
    if (reference_parse_tagged(who, &reference, &unused) == 0)
        whole = reference_write(&reference);
    for (size_t i = 0; i < image->references.count; i++)
        if (streq(image->references.items[i], who) || streq(image->references.items[i], whole))
            return image->references.items[i];
    return NULL;
}

char *image_familiar_reference(const char *whole)
{
    autoreference struct reference reference = {0};
    struct failure unused = {0};
    if (reference_parse(whole, &reference, &unused) < 0)
        return strdup(whole);
    return reference_write_familiar(&reference);
}
