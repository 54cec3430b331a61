/* SPDX-License-Identifier: Apache-2.0 */
/* Property: the long and the short form of an accepted name mean the same name; no part can leave a folder.
 */
#include "base/strings.h"
#include "formats/reference.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_form(const struct reference *r, const char *form)
{
    autoreference struct reference again = {0};
    struct failure f = {0};
    if (!form || reference_parse(form, &again, &f) < 0)
        abort();
    if (!streq(again.domain, r->domain) || !streq(again.path, r->path) || !streq(again.tag, r->tag) ||
        !digest_equal(&again.digest, &r->digest))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autofree char *text = strndup((const char *)data, size);
    autoreference struct reference r = {0};
    struct failure f = {0};
    if (!text)
        return 0;
    if (reference_parse(text, &r, &f) < 0) {
        if (f.text[0] == '\0')
            abort();
        return 0;
    }
    autofree char *whole = reference_write(&r), *familiar = reference_write_familiar(&r);
    check_form(&r, whole);
    check_form(&r, familiar);
    /* A tag may hold "..", but is never "..", for it does not begin with a dot. */
    if (strstr(r.path, "..") || strstr(whole, "//") || r.path[0] == '/' || r.path[0] == '.' ||
        (r.tag && (r.tag[0] == '.' || strchr(r.tag, '/'))))
        abort();
    return 0;
}
