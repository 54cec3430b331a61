/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strings.h"
#include "base/text.h"
#include "data_files.h"
#include "formats/registries_config.h"

#include <errno.h>

static bool check_file(const char *name, const char *data, size_t size)
{
    autoreport struct report report = {0};
    autoregistries struct registries_config c = {0};
    autofree char *text = strndup(data, size);
    int r = registries_config_read(name, text, &report, &c);
    assert_int_equal(r == 0, report.count == 0);
    return r == 0;
}

static void test_files(void **state)
{
    (void)state;
    assert_true(data_files_check("registries_config", check_file) >= 15);
}

static void load(struct registries_config *c, const char *text)
{
    autoreport struct report report = {0};
    assert_int_equal(registries_config_read("test.conf", text, &report, c), 0);
}

/* "HOST REPOSITORY[ insecure];.." or the error. */
static char *resolve(const struct registries_config *c, const char *name, bool push)
{
    autoreference struct reference reference = {0};
    autoendpoints struct registry_endpoints endpoints = {0};
    struct failure failure = {0};
    struct text text = {0};
    assert_int_equal(reference_parse_tagged(name, &reference, &failure), 0);
    int r = registries_config_resolve(c, &reference, push, &endpoints, &failure);
    if (r < 0)
        text_printf(&text, "%d %s", r, failure.text);
    for (size_t i = 0; i < endpoints.count; i++)
        text_printf(&text, "%s%s %s%s", i ? "; " : "", endpoints.items[i].host, endpoints.items[i].repository,
                    endpoints.items[i].insecure ? " insecure" : "");
    return text_take(&text);
}

static void expect(const struct registries_config *c, const char *name, const char *wanted)
{
    autofree char *found = resolve(c, name, false);
    assert_string_equal(found, wanted);
}

static void test_short_names(void **state)
{
    autoregistries struct registries_config c = {0};
    (void)state;
    load(&c, "unqualified-search-registries = [\"elsewhere.test\"]\n[aliases]\n\"nginx\" = "
             "\"elsewhere.test/nginx\"\n");
    expect(&c, "nginx", "registry-1.docker.io library/nginx");
    expect(&c, "user/app:1", "registry-1.docker.io user/app");
    expect(&c, "index.docker.io/nginx", "registry-1.docker.io library/nginx");
    expect(&c, "localhost/app", "localhost app insecure");
    expect(&c, "localhost:5000/app", "localhost:5000 app insecure");
    expect(&c, "127.0.0.1:5000/a/b", "127.0.0.1:5000 a/b insecure");
    expect(&c, "127.evil.test/app", "127.evil.test app");
    expect(&c, "registry.test/app", "registry.test app");
}

static void test_rules(void **state)
{
    autoregistries struct registries_config c = {0};
    (void)state;
    load(&c, "[[registry]]\nprefix = \"docker.io\"\n[[registry.mirror]]\nlocation = \"m.test/hub\"\ninsecure "
             "= true\n"
             "[[registry.mirror]]\nlocation = \"d.test\"\npull-from-mirror = \"digest-only\"\n"
             "[[registry]]\nprefix = \"docker.io/library/special\"\nlocation = \"s.test/x\"\n"
             "[[registry]]\nlocation = \"plain.test:5000\"\ninsecure = true\n"
             "[[registry]]\nprefix = \"*.closed.test\"\nblocked = true\n"
             "[[registry]]\nprefix = \"bare.test/app\"\nlocation = \"bare\"\n");
    expect(&c, "nginx", "m.test hub/library/nginx insecure; registry-1.docker.io library/nginx");
    expect(&c, "nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
           "m.test hub/library/nginx insecure; d.test library/nginx; registry-1.docker.io library/nginx");
    expect(&c, "special", "s.test x");
    expect(&c, "special2", "m.test hub/library/special2 insecure; registry-1.docker.io library/special2");
    expect(&c, "plain.test:5000/a", "plain.test:5000 a insecure");
    expect(&c, "plain.test/a", "plain.test a");
    expect(&c, "a.closed.test/x", "-13 registry *.closed.test is blocked by test.conf:15");
    expect(&c, "a.closed.test:99/x", "-13 registry *.closed.test is blocked by test.conf:15");
    expect(&c, "closed.test/x", "closed.test x");
    expect(&c, "bare.test/app", "-22 bare.test/app: what test.conf:18 makes of the name has no repository");
    autofree char *pushed = resolve(&c, "nginx", true);
    assert_string_equal(pushed, "registry-1.docker.io library/nginx");
}

/* A file of registries.conf.d replaces a rule of the main file. */
static void test_replaced(void **state)
{
    autoregistries struct registries_config c = {0};
    (void)state;
    load(&c, "[[registry]]\nlocation = \"r.test\"\nblocked = true\n[proxy]\nhttp = \"http://one\"\n");
    load(&c, "[[registry]]\nlocation = \"r.test\"\ninsecure = true\n[proxy]\nhttp = \"http://two\"\n");
    assert_int_equal(c.count, 1);
    expect(&c, "r.test/a", "r.test a insecure");
    assert_string_equal(c.http_proxy, "http://two");
}

static void test_findings(void **state)
{
    autoreport struct report report = {0};
    autoregistries struct registries_config c = {0};
    (void)state;
    assert_int_equal(
        registries_config_read("r.conf",
                               "[[registry]]\nlocation = \"http://x\"\n[[registry]]\nlocation=\"b\"\n"
                               "blocked = 1\nfoo = 2\n",
                               &report, &c),
        -EINVAL);
    assert_int_equal(report.count, 4);
    assert_string_equal(report.items[0].place, "r.conf:2:1");
    assert_string_equal(report.items[0].rule, "registries/location");
    assert_string_equal(report.items[2].place, "r.conf:6:1");
    assert_string_equal(report.items[2].rule, "registries/unknown-key");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),    cmocka_unit_test(test_short_names), cmocka_unit_test(test_rules),
        cmocka_unit_test(test_replaced), cmocka_unit_test(test_findings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
