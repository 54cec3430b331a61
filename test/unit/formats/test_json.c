/* SPDX-License-Identifier: Apache-2.0 */
#include "data_files.h"
#include "formats/json.h"

#include <errno.h>

static bool check_file(const char *name, const char *data, size_t size)
{
    autoreport struct report report = {0};
    autojson struct json_object *value = NULL, *silent = NULL;
    int r = json_parse(name, data, size, &report, &value);
    assert_true(r == 0 || r == -EINVAL);
    assert_int_equal(report.count, r == 0 ? 0 : 1);
    assert_int_equal(json_parse(name, data, size, NULL, &silent), r);
    return r == 0;
}

static void test_files(void **state)
{
    assert_true(data_files_check("json", check_file) > 40);
}

static struct json_object *parse(const char *text)
{
    struct json_object *value = NULL;
    assert_int_equal(json_parse("t", text, strlen(text), NULL, &value), 0);
    return value;
}

static void test_place(void **state)
{
    autoreport struct report report = {0};
    autojson struct json_object *value = NULL;
    const char *text = "{\n  \"a\": 1,\n  \"a\": 2}";
    assert_int_equal(json_parse("config.json", text, strlen(text), &report, &value), -EINVAL);
    assert_null(value);
    assert_string_equal(report.items[0].place, "config.json:3:3");
    assert_string_equal(report.items[0].rule, "json/duplicate-key");
}

static void test_decoding(void **state)
{
    autojson struct json_object *o = parse("{\"s\":\"\\u20ac\\ud83d\\ude00\\/\\b\\f\\n\\r\\t\\\\\\\"\"}");
    assert_string_equal(json_get_string(o, "s"), "\xe2\x82\xac\xf0\x9f\x98\x80/\b\f\n\r\t\\\"");
}

static void test_members(void **state)
{
    autojson struct json_object *o = parse(
        "{\"u\":18446744073709551615,\"n\":-1,\"m\":-9223372036854775808,\"d\":1.0,\"s\":\"x\",\"b\":true,"
        "\"z\":null,\"l\":[\"a\",\"b\"],\"mixed\":[\"a\",1],\"o\":{}}");
    uint64_t u = 7;
    int64_t i = 7;
    assert_int_equal(json_get_u64(o, "u", &u), 0);
    assert_true(u == UINT64_MAX);
    assert_int_equal(json_get_i64(o, "u", &i), -ERANGE);
    assert_int_equal(json_get_u64(o, "n", &u), -ERANGE);
    assert_int_equal(json_get_i64(o, "m", &i), 0);
    assert_true(i == INT64_MIN);
    assert_int_equal(json_get_u64(o, "d", &u), -EINVAL);
    assert_int_equal(json_get_u64(o, "s", &u), -EINVAL);
    assert_int_equal(json_get_u64(o, "z", &u), -ENOENT);
    assert_int_equal(json_get_u64(o, "none", &u), -ENOENT);
    assert_int_equal(json_get_u64(NULL, "none", &u), -ENOENT);
    assert_true(u == UINT64_MAX);
    assert_true(json_get_bool(o, "b", false));
    assert_true(json_get_bool(o, "s", true));
    assert_null(json_get_string(o, "u"));
    assert_null(json_get_array(o, "o"));
    assert_non_null(json_get_object(o, "o"));
    autostrings struct strings list = {0};
    assert_int_equal(json_get_strings(o, "l", &list), 0);
    assert_int_equal(json_get_strings(o, "z", &list), 0);
    assert_int_equal(json_get_strings(o, "none", &list), 0);
    assert_int_equal(json_get_strings(o, "mixed", &list), -EINVAL);
    assert_int_equal(json_get_strings(o, "s", &list), -EINVAL);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[1], "b");
}

static void test_writing(void **state)
{
    autojson struct json_object *o = json_object_new_object();
    autostrings struct strings list = {0}, empty = {0};
    assert_int_equal(strings_add(&list, "a/b"), 0);
    assert_int_equal(json_put_string(o, "s", "\"\n"), 0);
    assert_int_equal(json_put_string(o, "left out", NULL), 0);
    assert_int_equal(json_put_strings(o, "l", &list), 0);
    assert_int_equal(json_put_strings(o, "left out", &empty), 0);
    assert_int_equal(json_put_u64(o, "u", UINT64_MAX), 0);
    assert_int_equal(json_put_i64(o, "i", INT64_MIN), 0);
    assert_int_equal(json_put_bool(o, "b", false), 0);
    assert_int_equal(json_put_string(o, "latin1", "\xe9"), -EILSEQ);
    assert_int_equal(json_put(o, "no value", NULL), -ENOMEM);
    assert_int_equal(json_put_bool(NULL, "no object", true), -ENOMEM);
    autofree char *text = json_write(o, false);
    assert_string_equal(text, "{\"s\":\"\\\"\\n\",\"l\":[\"a/b\"],\"u\":18446744073709551615,"
                              "\"i\":-9223372036854775808,\"b\":false}");
    autofree char *pretty = json_write(o, true);
    assert_non_null(strchr(pretty, '\n'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),   cmocka_unit_test(test_place),   cmocka_unit_test(test_decoding),
        cmocka_unit_test(test_members), cmocka_unit_test(test_writing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
