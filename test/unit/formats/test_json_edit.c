/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/json_edit.h"

#include "base/ownership.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *const path_runtime[] = {"runtimes", "unroot", "path", NULL};
static const char *const path_default[] = {"default-runtime", NULL};
static const char *const path_unroot[] = {"runtimes", "unroot", NULL};
static const char *const path_runtimes[] = {"runtimes", NULL};

static void set_is(const char *before, const char *const *path, const char *value, const char *after)
{
    struct failure f = {0};
    autofree char *text = NULL;
    const struct json_edit edit = {"daemon.json", before, path};
    if (json_edit_set(&edit, value, &text, &f) < 0)
        fail_msg("%s", f.text);
    assert_string_equal(text, after);
}

static void remove_is(const char *before, const char *const *path, const char *after)
{
    struct failure f = {0};
    autofree char *text = NULL;
    const struct json_edit edit = {"daemon.json", before, path};
    int r = json_edit_remove(&edit, &text, &f);
    assert_int_equal(r, after ? 0 : -ENOENT);
    if (after)
        assert_string_equal(text, after);
}

static void test_layouts(void **state)
{
    set_is("", path_default, "\"unroot\"", "{\n  \"default-runtime\": \"unroot\"\n}\n");
    set_is("{}", path_default, "1", "{\n  \"default-runtime\": 1\n}");
    set_is("{\n}\n", path_default, "1", "{\n  \"default-runtime\": 1\n}\n");
    set_is(
        "{\n\t\"a\": [1, 2]\n}\n", path_runtime, "\"/x\"",
        "{\n\t\"a\": [1, 2],\n\t\"runtimes\": {\n\t\t\"unroot\": {\n\t\t\t\"path\": \"/x\"\n\t\t}\n\t}\n}\n");
    set_is("{\"a\":1}", path_runtime, "\"/x\"", "{\"a\":1, \"runtimes\": {\"unroot\": {\"path\": \"/x\"}}}");
    set_is("{ \"a\" : 1 }", path_default, "\"u\"", "{ \"a\" : 1, \"default-runtime\": \"u\" }");
    set_is("{\r\n    \"a\": 1\r\n}\r\n", path_default, "\"u\"",
           "{\r\n    \"a\": 1,\r\n    \"default-runtime\": \"u\"\r\n}\r\n");
    set_is("{\n    \"runtimes\": {\n        \"kata\": {\"path\": \"k}\\\"\"}\n    },\n    \"b\": {}\n}",
           path_runtime, "\"/x\"",
           "{\n    \"runtimes\": {\n        \"kata\": {\"path\": \"k}\\\"\"},\n        \"unroot\": {\n       "
           "     \"path\": "
           "\"/x\"\n        }\n    },\n    \"b\": {}\n}");
    set_is("{\n  \"runtimes\": {}\n}\n", path_runtime, "\"/x\"",
           "{\n  \"runtimes\": {\n    \"unroot\": {\n      \"path\": \"/x\"\n    }\n  }\n}\n");
    set_is("{\"runtimes\": {\"unroot\": {\"path\": \"/old\", \"runtimeArgs\": []}}, \"z\": -1.5e3}",
           path_runtime, "\"/x\"",
           "{\"runtimes\": {\"unroot\": {\"path\": \"/x\", \"runtimeArgs\": []}}, \"z\": -1.5e3}");
    set_is("{\"default-runtime\": null}", path_default, "\"u\"", "{\"default-runtime\": \"u\"}");
}

static void test_remove(void **state)
{
    remove_is("{\"a\": 1, \"default-runtime\": \"u\", \"b\": 2}", path_default, "{\"a\": 1, \"b\": 2}");
    remove_is("{\"default-runtime\": \"u\", \"b\": 2}", path_default, "{\"b\": 2}");
    remove_is("{\"a\": [{\"default-runtime\": 1}], \"default-runtime\": \"u\"}", path_default,
              "{\"a\": [{\"default-runtime\": 1}]}");
    remove_is("{\n  \"default-runtime\": \"u\"\n}\n", path_default, "{}\n");
    remove_is("{\n  \"runtimes\": {\n    \"unroot\": {\"path\": \"x\"}\n  }\n}", path_unroot,
              "{\n  \"runtimes\": {}\n}");
    remove_is("{\"runtimes\": {}}", path_unroot, NULL);
    remove_is("{\"runtimes\": {}}", path_runtimes, "{}");
    remove_is("{}", path_runtime, NULL);
    remove_is("", path_default, NULL);
}

static void refuses(const char *text, const char *const *path, const char *sentence)
{
    struct failure f = {0};
    char *result = NULL;
    const struct json_edit edit = {"d.json", text, path};
    assert_int_equal(json_edit_set(&edit, "1", &result, &f), -EINVAL);
    assert_null(result);
    if (!strstr(f.text, sentence))
        fail_msg("%s", f.text);
}

static void test_refused(void **state)
{
    refuses("{\n  \"a\": 1,\n}", path_default, "d.json:3:1");
    refuses("[]", path_default, "not an object");
    refuses("null", path_default, "not an object");
    refuses("{\n \"runtimes\": 7}", path_runtime, "d.json:2: \"runtimes\" is not an object");
    refuses("{\"runtimes\": {\"unroot\": []}}", path_runtime, "\"unroot\" is not an object");
    refuses("{\"a\": 1, \"a\": 2}", path_default, "d.json:1:");
    refuses("{\"default\\u002druntime\": 1}", path_default, "escapes");
    refuses("{\"a\": 1 // no\n}", path_default, "d.json:1:");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layouts),
        cmocka_unit_test(test_remove),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
