/* SPDX-License-Identifier: Apache-2.0 */
#include "data_files.h"
#include "formats/base64.h"
#include "formats/docker_config.h"

#include <errno.h>

static bool check_file(const char *name, const char *data, size_t size)
{
    autoreport struct report report = {0};
    autodockerconfig struct docker_config c = {0};
    int r = docker_config_read(name, data, size, &report, &c);
    assert_int_equal(r == 0, report.count == 0);
    return r == 0;
}

static void test_files(void **state)
{
    (void)state;
    assert_true(data_files_check("docker_config", check_file) >= 11);
}

static void load(struct docker_config *c, const char *text)
{
    assert_int_equal(docker_config_read("config.json", text, strlen(text), NULL, c), 0);
}

static void expect(const struct docker_config *c, const char *domain, const char *repository,
                   const char *user, const char *password)
{
    autocredentials struct registry_credentials found = {0};
    int r = docker_config_find(c, domain, repository, &found);
    assert_int_equal(r, user ? 1 : 0);
    if (!user)
        return;
    assert_string_equal(found.username, user);
    assert_string_equal(found.password, password);
}

static void test_find(void **state)
{
    autodockerconfig struct docker_config c = {0};
    (void)state;
    load(&c, "{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"aHViOjE=\"},"
             "\"https://old.test/v2/\":{\"auth\":\"b2xkOjI=\"},\"r.test\":{\"auth\":\"cjoz\"},"
             "\"r.test/team\":{\"auth\":\"dGVhbTo0\"},\"r.test/team/app\":{\"auth\":\"YXBwOjU=\"},"
             "\"empty.test\":{}}}");
    expect(&c, "docker.io", "library/nginx", "hub", "1");
    expect(&c, "old.test", "x", "old", "2");
    expect(&c, "r.test", "other/app", "r", "3");
    expect(&c, "r.test", "team/other", "team", "4");
    expect(&c, "r.test", "team/app", "app", "5");
    expect(&c, "r.test", "team/app/deep", "app", "5");
    expect(&c, "r.test", "teamwork", "r", "3");
    expect(&c, "r.test:5000", "x", NULL, NULL);
    expect(&c, "empty.test", "x", NULL, NULL);
}

/* What we do not know stays, other spellings of a host go. */
static void test_change(void **state)
{
    autodockerconfig struct docker_config c = {0};
    struct registry_credentials new = {.username = (char *)"u", .password = (char *)"p:q"};
    (void)state;
    load(&c, "{\"HttpHeaders\":{\"A\":\"b\"},\"auths\":{\"https://r.test/v1/\":{\"auth\":\"YTpi\"},\"r.test/"
             "a\":{}}}");
    assert_int_equal(docker_config_set(&c, "r.test", &new), 0);
    autofree char *text = docker_config_write(&c);
    assert_non_null(strstr(text, "HttpHeaders"));
    assert_null(strstr(text, "/v1/"));
    assert_non_null(strstr(text, "r.test/a"));
    expect(&c, "r.test", "x", "u", "p:q");
    assert_true(docker_config_remove(&c, "r.test"));
    assert_false(docker_config_remove(&c, "r.test"));
    expect(&c, "r.test", "x", NULL, NULL);
    autodockerconfig struct docker_config fresh = {0};
    assert_int_equal(docker_config_set(&fresh, "docker.io", &new), 0);
    autofree char *hub = docker_config_write(&fresh);
    assert_non_null(strstr(hub, "https://index.docker.io/v1/"));
}

static void test_helpers(void **state)
{
    autodockerconfig struct docker_config c = {0};
    autocredentials struct registry_credentials token = {0};
    (void)state;
    load(&c, "{\"credHelpers\":{\"h.test\":\"pass\"},\"credsStore\":\"osx\"}");
    assert_string_equal(docker_config_helper(&c, "h.test"), "pass");
    assert_string_equal(docker_config_helper(&c, "other.test"), "osx");
    static const char answer[] = "{\"ServerURL\":\"x\",\"Username\":\"<token>\",\"Secret\":\"t\"}";
    assert_int_equal(credential_answer_read(answer, strlen(answer), &token), 0);
    assert_null(token.username);
    assert_string_equal(token.identity_token, "t");
    assert_int_equal(credential_answer_read("{}", 2, &token), -EINVAL);
}

static void test_base64(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
                                           {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"\xff\xfe", "//4="}};
    for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
        autofree char *text = base64_write(pairs[i][0], strlen(pairs[i][0])), *data = NULL;
        size_t size;
        assert_string_equal(text, pairs[i][1]);
        assert_int_equal(base64_read(text, &data, &size), 0);
        assert_string_equal(data, pairs[i][0]);
        assert_int_equal(size, strlen(pairs[i][0]));
    }
    static const char *const bad[] = {
        "Z", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zm 9", "Zg==Zg==", "Zm9v\n"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        char *data;
        size_t size;
        assert_int_equal(base64_read(bad[i], &data, &size), -EINVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),   cmocka_unit_test(test_find),   cmocka_unit_test(test_change),
        cmocka_unit_test(test_helpers), cmocka_unit_test(test_base64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
