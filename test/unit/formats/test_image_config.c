/* SPDX-License-Identifier: Apache-2.0 */
#include "data_files.h"
#include "formats/image_config.h"

#include <errno.h>

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static bool check_file(const char *name, const char *data, size_t size)
{
    autoreport struct report report = {0};
    autoconfig struct image_config c = {0}, again = {0}, copy = {0};
    int r = image_config_read(name, data, size, &report, &c);
    assert_int_equal(r == 0, report.count == 0);
    if (r < 0)
        return false;
    /* What is written reads as the same and writes as the same; a copy is the same. */
    autofree char *text = image_config_write(&c);
    assert_non_null(text);
    assert_int_equal(image_config_read("again", text, strlen(text), &report, &again), 0);
    autofree char *text_again = image_config_write(&again);
    assert_string_equal(text, text_again);
    assert_int_equal(image_config_copy(&c, &copy), 0);
    autofree char *text_copy = image_config_write(&copy);
    assert_string_equal(text, text_copy);
    return true;
}

static void test_files(void **state)
{
    assert_true(data_files_check("image_config", check_file) > 10);
}

static const char whole[] =
    "{\"architecture\":\"amd64\",\"os\":\"linux\",\"variant\":\"v8\",\"created\":\"2024-01-02T03:04:05.6Z\","
    "\"os.version\":\"1\",\"author\":\"me\",\"unknown\":[1],"
    "\"config\":{\"User\":\"app:app\",\"Env\":[\"PATH=/"
    "bin\",\"A=b=c\"],\"Entrypoint\":[],\"Cmd\":[\"sh\",\"-c\",\"x\"],"
    "\"ExposedPorts\":{\"80/tcp\":{},\"443/tcp\":{}},\"Volumes\":{\"/data\":{}},\"WorkingDir\":\"/w\","
    "\"Labels\":{\"b\":\"2\",\"a\":\"1\",\"a-b\":\"\"},\"StopSignal\":\"SIGINT\",\"OnBuild\":[\"RUN x\"],"
    "\"Shell\":[\"/bin/bash\",\"-c\"],\"ArgsEscaped\":true,"
    "\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"],\"Interval\":30000000000,\"Retries\":3}},"
    "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" HEX "\"]},"
    "\"history\":[{\"created_by\":\"RUN x\",\"empty_layer\":true},{\"comment\":\"c\"}]}";

static const char written[] =
    "{\"created\":\"2024-01-02T03:04:05.6Z\",\"author\":\"me\",\"architecture\":\"amd64\",\"variant\":\"v8\","
    "\"os\":\"linux\",\"os.version\":\"1\",\"config\":{\"User\":\"app:app\",\"ExposedPorts\":{\"443/"
    "tcp\":{},\"80/tcp\":{}},"
    "\"Env\":[\"PATH=/bin\",\"A=b=c\"],\"Entrypoint\":[],\"Cmd\":[\"sh\",\"-c\",\"x\"],\"Volumes\":{\"/"
    "data\":{}},"
    "\"WorkingDir\":\"/w\",\"Labels\":{\"a\":\"1\",\"a-b\":\"\",\"b\":\"2\"},\"StopSignal\":\"SIGINT\","
    "\"OnBuild\":[\"RUN x\"],\"Shell\":[\"/bin/bash\",\"-c\"],"
    "\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"],\"Interval\":30000000000,\"Retries\":3}},"
    "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" HEX "\"]},"
    "\"history\":[{\"created_by\":\"RUN x\",\"empty_layer\":true},{\"comment\":\"c\"}]}";

static void test_whole(void **state)
{
    autoreport struct report report = {0};
    autoconfig struct image_config c = {0};
    assert_int_equal(image_config_read("c", whole, strlen(whole), &report, &c), 0);
    assert_string_equal(c.user, "app:app");
    assert_true(c.has_entrypoint && c.entrypoint.count == 0);
    assert_true(c.has_command && c.command.count == 3);
    assert_string_equal(c.labels.items[1], "a-b=");
    assert_true(c.healthcheck.interval == 30000000000);
    assert_int_equal(c.diff_id_count, 1);
    assert_true(c.history[0].empty_layer && !c.history[1].empty_layer);
    autofree char *text = image_config_write(&c);
    assert_string_equal(text, written);
    assert_int_equal(image_config_set_label(&c, "a-a=x"), 0);
    assert_int_equal(image_config_set_label(&c, "b=3"), 0);
    assert_string_equal(c.labels.items[1], "a-a=x");
    assert_string_equal(c.labels.items[3], "b=3");
}

static void test_all_findings(void **state)
{
    autoreport struct report report = {0};
    autoconfig struct image_config c = {0};
    const char *text = "{\"os\":1,\"config\":{\"User\":[],\"Env\":\"x\",\"Labels\":{\"a\":1}},\"rootfs\":{"
                       "\"diff_ids\":[\"x\"]}}";
    assert_int_equal(image_config_read("c", text, strlen(text), &report, &c), -EINVAL);
    assert_int_equal(report.count, 5);
    assert_string_equal(report.items[0].place, "c: os");
    assert_string_equal(report.items[1].place, "c: config.User");
}

static void test_size(void **state)
{
    autoreport struct report report = {0};
    autoconfig struct image_config c = {0};
    assert_int_equal(image_config_read("c", whole, IMAGE_CONFIG_SIZE_MAX + 1, &report, &c), -EFBIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_all_findings),
        cmocka_unit_test(test_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
