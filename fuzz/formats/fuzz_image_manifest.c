/* SPDX-License-Identifier: Apache-2.0 */
/* Property: no document is both an image's manifest and an index; what is read is written as the same bytes
 * twice; every digest is 64 hex digits and no path of an archive leaves it. */
#include "base/hex.h"
#include "formats/image_manifest.h"
#include "formats/path_text.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_descriptors(const struct descriptor *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!hex_is_valid(list[i].digest.hex, DIGEST_HEX_LENGTH) || list[i].size > INT64_MAX ||
            !list[i].media_type)
            abort();
}

static bool fuzz_manifest(const char *data, size_t size)
{
    autoreport struct report report = {0};
    automanifest struct image_manifest m = {0}, again = {0};
    if (image_manifest_read("fuzz", data, size, &report, &m) < 0)
        return false;
    check_descriptors(m.layers, m.layer_count);
    check_descriptors(&m.config, 1);
    autofree char *text = image_manifest_write(&m);
    if (!text || image_manifest_read("again", text, strlen(text), &report, &again) < 0)
        abort();
    autofree char *text_again = image_manifest_write(&again);
    if (!text_again || strcmp(text, text_again) != 0)
        abort();
    return true;
}

static bool fuzz_index(const char *data, size_t size)
{
    autoreport struct report report = {0};
    autoindex struct image_index index = {0}, again = {0};
    if (image_index_read("fuzz", data, size, &report, &index) < 0)
        return false;
    check_descriptors(index.manifests, index.manifest_count);
    const struct platform wanted = {.os = (char *)"linux", .architecture = (char *)"amd64"};
    const struct descriptor *d = image_index_choose(&index, &wanted);
    if (d && (d < index.manifests || d >= index.manifests + index.manifest_count))
        abort();
    autofree char *text = image_index_write(&index);
    if (!text || image_index_read("again", text, strlen(text), &report, &again) < 0)
        abort();
    autofree char *text_again = image_index_write(&again);
    if (!text_again || strcmp(text, text_again) != 0)
        abort();
    return true;
}

static void fuzz_archive(const char *data, size_t size)
{
    autoreport struct report report = {0};
    autoarchive struct archive_manifest a = {0};
    if (archive_manifest_read("fuzz", data, size, &report, &a) < 0) {
        if (report.count == 0)
            abort();
        return;
    }
    for (size_t i = 0; i < a.count; i++) {
        if (!path_text_stays_below(a.images[i].config))
            abort();
        for (size_t k = 0; k < a.images[i].layers.count; k++)
            if (!path_text_stays_below(a.images[i].layers.items[k]))
                abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    autoreport struct report report = {0};
    enum manifest_kind kind = MANIFEST_IMAGE;
    bool known = manifest_kind_of("fuzz", text, size, &report, &kind) == 0;
    bool manifest = fuzz_manifest(text, size), index = fuzz_index(text, size);
    if ((manifest && index) || (manifest && (!known || kind != MANIFEST_IMAGE)) ||
        (index && (!known || kind != MANIFEST_INDEX)))
        abort();
    fuzz_archive(text, size);
    return 0;
}
