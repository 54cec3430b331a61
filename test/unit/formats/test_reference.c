/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/reference.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define NAME_255 "a/" HEX HEX HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abc"

static void test_good(void **state)
{
    const struct {
        const char *text, *whole, *familiar, *name;
    } rows[] = {
        {"nginx", "docker.io/library/nginx", "nginx", "nginx"},
        {"nginx:1.25", "docker.io/library/nginx:1.25", "nginx:1.25", "nginx"},
        {"library/nginx", "docker.io/library/nginx", "nginx", "nginx"},
        {"user/app:v1", "docker.io/user/app:v1", "user/app:v1", "user/app"},
        {"docker.io/nginx", "docker.io/library/nginx", "nginx", "nginx"},
        {"index.docker.io/user/app", "docker.io/user/app", "user/app", "user/app"},
        {"localhost/app", "localhost/app", "localhost/app", "localhost/app"},
        {"localhost:5000/app", "localhost:5000/app", "localhost:5000/app", "localhost:5000/app"},
        {"localhost:5000", "docker.io/library/localhost:5000", "localhost:5000", "localhost"},
        {"quay.io/a/b/c:t@sha256:" HEX, "quay.io/a/b/c:t@sha256:" HEX, "quay.io/a/b/c:t@sha256:" HEX,
         "quay.io/a/b/c"},
        {"nginx@sha256:" HEX, "docker.io/library/nginx@sha256:" HEX, "nginx@sha256:" HEX, "nginx"},
        {"[::1]:5000/app", "[::1]:5000/app", "[::1]:5000/app", "[::1]:5000/app"},
        {"Host/app", "Host/app", "Host/app", "Host/app"},
        {"a/b/c", "docker.io/a/b/c", "a/b/c", "a/b/c"},
        {"a__b/c--d/e.f_g", "docker.io/a__b/c--d/e.f_g", "a__b/c--d/e.f_g", "a__b/c--d/e.f_g"},
        {"library/a/b", "docker.io/library/a/b", "library/a/b", "library/a/b"},
        {"docker.io/localhost/a", "docker.io/localhost/a", "docker.io/localhost/a", "docker.io/localhost/a"},
        {"library/" HEX, "docker.io/library/" HEX, "library/" HEX, "library/" HEX},
        {"a:_-.9Z", "docker.io/library/a:_-.9Z", "a:_-.9Z", "a"},
        {NAME_255, "docker.io/" NAME_255, NAME_255, NAME_255},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        autoreference struct reference r = {0};
        struct failure f = {0};
        if (reference_parse(rows[i].text, &r, &f) < 0)
            fail_msg("%s: %s", rows[i].text, f.text);
        autofree char *whole = reference_write(&r), *familiar = reference_write_familiar(&r);
        autofree char *name = reference_write_familiar_name(&r), *full_name = reference_write_name(&r);
        assert_string_equal(whole, rows[i].whole);
        assert_string_equal(familiar, rows[i].familiar);
        assert_string_equal(name, rows[i].name);
        assert_true(strncmp(whole, full_name, strlen(full_name)) == 0);
    }
}

static void test_bad(void **state)
{
    const struct {
        const char *text, *sentence;
    } rows[] = {
        {"", "the name of the image is empty: repository name must have at least one component"},
        {HEX, "cannot specify 64-byte hexadecimal strings"},
        {"Nginx", "invalid reference format: repository name (library/Nginx) must be lowercase"},
        {"user/App:v1", "repository name (user/App) must be lowercase"},
        {"nginx:", "invalid reference format: after the colon the tag is missing"},
        {"nginx:-x", "invalid reference format: tag \"-x\""},
        {"nginx: x", "invalid reference format"},
        {"nginx:a/b", "invalid reference format"},
        {"https://registry.example/a", "invalid reference format: leave https:// away"},
        {"nginx@sha256:abc", "invalid reference format: a digest is sha256: and 64 digits"},
        {"nginx@", "invalid reference format"},
        {"@sha256:" HEX, "invalid reference format"},
        {"nginx@sha512:" HEX HEX, "unsupported digest algorithm"},
        {"nginx@sha256:" HEX "@sha256:" HEX, "invalid reference format"},
        {"/nginx", "invalid reference format"},
        {"nginx/", "invalid reference format"},
        {"a//b", "invalid reference format"},
        {"a___b", "invalid reference format"},
        {"-a", "invalid reference format"},
        {"a-", "invalid reference format"},
        {"a..b", "invalid reference format: repository name (library/a..b): lower-case"},
        {".", "invalid reference format"},
        {"..", "invalid reference format"},
        {"../a", "invalid reference format"},
        {"host.com/../a", "invalid reference format"},
        {"-host.com/a", "invalid reference format"},
        {"host..com/a", "invalid reference format"},
        {"host.com:/a", "invalid reference format"},
        {"host.com:5x/a", "invalid reference format"},
        {"[::1/a", "invalid reference format"},
        {"[]/a.b", "invalid reference format"},
        {"a b", "invalid reference format"},
        {"a\n", "invalid reference format"},
        {"https://host.com/a", "invalid reference format"},
        {"a\xc3\xa4", "invalid reference format"},
        {NAME_255 "x", "must not be more than 255 characters"},
        {"a:" HEX HEX "x", "invalid reference format"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        autoreference struct reference r = {0};
        struct failure f = {0};
        assert_int_equal(reference_parse(rows[i].text, &r, &f), -EINVAL);
        if (!strstr(f.text, rows[i].sentence))
            fail_msg("%s: %s", rows[i].text, f.text);
    }
}

static void test_tagged(void **state)
{
    struct failure f = {0};
    autoreference struct reference a = {0}, b = {0}, c = {0};
    assert_int_equal(reference_parse_tagged("nginx", &a, &f), 0);
    assert_string_equal(a.tag, "latest");
    assert_int_equal(reference_parse_tagged("nginx@sha256:" HEX, &b, &f), 0);
    assert_null(b.tag);
    assert_string_equal(b.digest.hex, HEX);
    assert_int_equal(reference_parse_tagged("nginx:1", &c, &f), 0);
    assert_string_equal(c.tag, "1");
}

static void test_names(void **state)
{
    assert_true(object_name_is_valid("web-1"));
    assert_true(object_name_is_valid("Ab"));
    const char *const bad[] = {"", "a", "-ab", ".ab", "_ab", "a/b", "a b", "..", "a:b", "a\n", "a\xc3\xa4"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_false(object_name_is_valid(bad[i]));
}

static void test_digest(void **state)
{
    struct digest d = {0}, e = {0};
    char text[DIGEST_TEXT_LENGTH + 1];
    assert_int_equal(digest_parse("sha256:" HEX, &d), 0);
    assert_string_equal(digest_write(&d, text), "sha256:" HEX);
    assert_int_equal(digest_parse_hex(HEX, &e), 0);
    assert_true(digest_equal(&d, &e));
    const unsigned char bytes[DIGEST_BYTES] = {0xff, 0x01};
    digest_from_bytes(bytes, &e);
    assert_true(strncmp(e.hex, "ff0100", 6) == 0);
    assert_false(digest_equal(&d, &e));
    const char *const bad[] = {
        "",      HEX,        "sha256:",     "sha256:" HEX "0", "sha256:0123456789ABCDEF", "sha256:../../x",
        ":" HEX, "sha512:x", "sha256 :" HEX};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(digest_parse(bad[i], &e), -EINVAL);
    assert_int_equal(digest_parse("sha512:" HEX HEX, &e), -EOPNOTSUPP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),  cmocka_unit_test(test_bad),    cmocka_unit_test(test_tagged),
        cmocka_unit_test(test_names), cmocka_unit_test(test_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
