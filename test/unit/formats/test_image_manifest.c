/* SPDX-License-Identifier: Apache-2.0 */
#include "data_files.h"
#include "formats/image_manifest.h"

#include <errno.h>

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static bool check_manifest(const char *name, const char *data, size_t size)
{
    autoreport struct report report = {0};
    automanifest struct image_manifest m = {0}, again = {0};
    enum manifest_kind kind;
    int r = image_manifest_read(name, data, size, &report, &m);
    assert_int_equal(r == 0, report.count == 0);
    if (r < 0)
        return false;
    assert_int_equal(manifest_kind_of(name, data, size, &report, &kind), 0);
    assert_int_equal(kind, MANIFEST_IMAGE);
    autofree char *text = image_manifest_write(&m);
    assert_int_equal(image_manifest_read("again", text, strlen(text), &report, &again), 0);
    autofree char *text_again = image_manifest_write(&again);
    assert_string_equal(text, text_again);
    return true;
}

static bool check_index(const char *name, const char *data, size_t size)
{
    autoreport struct report report = {0};
    autoindex struct image_index index = {0}, again = {0};
    enum manifest_kind kind;
    int r = image_index_read(name, data, size, &report, &index);
    assert_int_equal(r == 0, report.count == 0);
    if (r < 0)
        return false;
    assert_int_equal(manifest_kind_of(name, data, size, &report, &kind), 0);
    assert_int_equal(kind, MANIFEST_INDEX);
    autofree char *text = image_index_write(&index);
    assert_int_equal(image_index_read("again", text, strlen(text), &report, &again), 0);
    autofree char *text_again = image_index_write(&again);
    assert_string_equal(text, text_again);
    return true;
}

static bool check_archive(const char *name, const char *data, size_t size)
{
    autoreport struct report report = {0};
    autoarchive struct archive_manifest a = {0}, again = {0};
    int r = archive_manifest_read(name, data, size, &report, &a);
    assert_int_equal(r == 0, report.count == 0);
    if (r < 0)
        return false;
    autofree char *text = archive_manifest_write(&a);
    assert_int_equal(archive_manifest_read("again", text, strlen(text), &report, &again), 0);
    autofree char *text_again = archive_manifest_write(&again);
    assert_string_equal(text, text_again);
    return true;
}

static void test_files(void **state)
{
    assert_true(data_files_check("image_manifest", check_manifest) > 20);
    assert_true(data_files_check("image_index", check_index) > 10);
    assert_true(data_files_check("archive_manifest", check_archive) > 10);
}

/* CVE-2021-41190: one document that is both. */
static void test_kinds(void **state)
{
    const struct {
        const char *text;
        int error;
        enum manifest_kind kind;
    } rows[] = {
        {"{\"manifests\":[]}", 0, MANIFEST_INDEX},
        {"{\"config\":{},\"layers\":[]}", 0, MANIFEST_IMAGE},
        {"{\"mediaType\":\"" MEDIA_DOCKER_LIST "\"}", 0, MANIFEST_INDEX},
        {"{\"mediaType\":\"" MEDIA_OCI_MANIFEST "\"}", 0, MANIFEST_IMAGE},
        {"{\"manifests\":[],\"layers\":[]}", -EINVAL, 0},
        {"{\"mediaType\":\"" MEDIA_OCI_MANIFEST "\",\"manifests\":[]}", -EINVAL, 0},
        {"{\"mediaType\":\"" MEDIA_OCI_INDEX "\",\"config\":{}}", -EINVAL, 0},
        {"{\"mediaType\":\"text/html\"}", -EINVAL, 0},
        {"{\"fsLayers\":[]}", -EINVAL, 0},
        {"[]", -EINVAL, 0},
        {"<html>", -EINVAL, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        autoreport struct report report = {0};
        enum manifest_kind kind = MANIFEST_IMAGE;
        int r = manifest_kind_of("m", rows[i].text, strlen(rows[i].text), &report, &kind);
        if (r != rows[i].error || (r == 0 && kind != rows[i].kind))
            fail_msg("%s: %d", rows[i].text, r);
        assert_int_equal(r<0, report.count> 0);
    }
}

static void test_written(void **state)
{
    automanifest struct image_manifest m = {0};
    struct descriptor layer = {.media_type = (char *)MEDIA_OCI_LAYER, .digest = {HEX}, .size = 7};
    assert_int_equal(descriptor_copy(&layer, &m.config), 0);
    assert_int_equal(image_manifest_add_layer(&m, &layer), 0);
    autofree char *text = image_manifest_write(&m);
#define DESCRIPTOR "{\"mediaType\":\"" MEDIA_OCI_LAYER "\",\"digest\":\"sha256:" HEX "\",\"size\":7}"
    assert_string_equal(text, "{\"schemaVersion\":2,\"mediaType\":\"" MEDIA_OCI_MANIFEST
                              "\",\"config\":" DESCRIPTOR ",\"layers\":[" DESCRIPTOR "]}");
}

static void test_platforms(void **state)
{
    const struct {
        const char *text, *wanted;
    } rows[] = {
        {"linux/amd64", "linux/amd64/-"},
        {"amd64", "linux/amd64/-"},
        {"x86_64", "linux/amd64/-"},
        {"linux/aarch64", "linux/arm64/-"},
        {"linux/arm64/v8", "linux/arm64/v8"},
        {"linux/armhf", "linux/arm/v7"},
        {"linux/armel", "linux/arm/v6"},
        {"windows/amd64", "windows/amd64/-"},
        {"linux/i686", "linux/386/-"},
        {"", NULL},
        {"linux/", NULL},
        {"/amd64", NULL},
        {"a/b/c/d", NULL},
        {"linux/amd 64", NULL},
        {"linux/amd64/", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct platform p = {0};
        struct failure f = {0};
        int r = platform_parse(rows[i].text, &p, &f);
        assert_int_equal(r, rows[i].wanted ? 0 : -EINVAL);
        char said[100];
        snprintf(said, sizeof(said), "%s/%s/%s", p.os ? p.os : "", p.architecture ? p.architecture : "",
                 p.variant ? p.variant : "-");
        if (r == 0)
            assert_string_equal(said, rows[i].wanted);
        platform_free(&p);
    }
}

/* Entries "os/arch/variant" with blanks between them ("-" has no platform, "*" is an attestation). */
static void fill_index(const char *entries, struct image_index *index)
{
    autofree char *copy = strdup(entries);
    char *rest = copy;
    for (char *word = strsep(&rest, " "); word; word = strsep(&rest, " ")) {
        struct descriptor d = {
            .media_type = (char *)MEDIA_OCI_MANIFEST, .digest = {HEX}, .size = index->manifest_count};
        char *at = word;
        if (word[0] == '*') {
            assert_int_equal(strings_add(&d.annotations, "vnd.docker.reference.type=attestation-manifest"),
                             0);
        } else if (word[0] != '-') {
            d.platform.os = strsep(&at, "/");
            d.platform.architecture = strsep(&at, "/");
            d.platform.variant = at;
        }
        assert_int_equal(image_index_add(index, &d), 0);
        strings_free(&d.annotations);
    }
}

static void test_choose(void **state)
{
    const struct {
        const char *entries, *wanted;
        int index; /* -1: none */
    } rows[] = {
        {"linux/amd64 linux/arm64/v8", "linux/amd64", 0},
        {"linux/amd64 linux/arm64/v8", "linux/arm64", 1},
        {"linux/amd64 linux/arm64", "linux/arm64/v8", 1},
        {"linux/arm/v5 linux/arm/v7 linux/arm/v6", "linux/arm/v7", 1},
        {"linux/arm/v5 linux/arm/v6", "linux/arm/v7", 1},
        {"linux/arm/v7", "linux/arm/v6", -1},
        {"linux/amd64 linux/amd64/v2 linux/amd64/v3", "linux/amd64", 0},
        {"linux/amd64 linux/amd64/v2 linux/amd64/v3", "linux/amd64/v3", 2},
        {"windows/amd64 linux/x86_64", "linux/amd64", 1},
        {"linux/arm64", "linux/amd64", -1},
        {"-", "linux/amd64", 0},
        {"- -", "linux/amd64", -1},
        {"* linux/amd64", "linux/amd64", 1},
        {"unknown/unknown -", "linux/amd64", 1},
        {"* unknown/unknown", "linux/amd64", -1},
        {"linux/amd64 linux/amd64", "linux/amd64", 0},
        {"linux/mips64le/hardfloat linux/mips64le/softfloat", "linux/mips64le/softfloat", 1},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        autoindex struct image_index index = {0};
        struct platform wanted = {0};
        struct failure f = {0};
        fill_index(rows[i].entries, &index);
        assert_int_equal(platform_parse(rows[i].wanted, &wanted, &f), 0);
        const struct descriptor *d = image_index_choose(&index, &wanted);
        if ((d ? (int)d->size : -1) != rows[i].index)
            fail_msg("%s for %s: %d", rows[i].entries, rows[i].wanted, d ? (int)d->size : -1);
        platform_free(&wanted);
    }
    autoindex struct image_index none = {0};
    assert_null(image_index_choose(&none, &(struct platform){0}));
}

static void test_size(void **state)
{
    autoreport struct report report = {0};
    automanifest struct image_manifest m = {0};
    autoindex struct image_index i = {0};
    autoarchive struct archive_manifest a = {0};
    assert_int_equal(image_manifest_read("m", "", MANIFEST_SIZE_MAX + 1, &report, &m), -EFBIG);
    assert_int_equal(image_index_read("m", "", MANIFEST_SIZE_MAX + 1, &report, &i), -EFBIG);
    assert_int_equal(archive_manifest_read("m", "", MANIFEST_SIZE_MAX + 1, &report, &a), -EFBIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),     cmocka_unit_test(test_kinds),  cmocka_unit_test(test_written),
        cmocka_unit_test(test_platforms), cmocka_unit_test(test_choose), cmocka_unit_test(test_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
