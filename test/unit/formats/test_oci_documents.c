/* SPDX-License-Identifier: Apache-2.0 */
/* What an OCI runtime writes: state, features, log lines, events, spec. */
#include "formats/json.h"
#include "formats/oci_config.h"
#include "formats/oci_events.h"
#include "formats/oci_features.h"
#include "formats/oci_log.h"
#include "formats/oci_spec.h"
#include "formats/oci_state.h"
#include "formats/seccomp_profile.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct json_object *parse(const char *text)
{
    struct json_object *value = NULL;
    if (json_parse("t", text, strlen(text), NULL, &value) < 0)
        fail_msg("no JSON: %s", text);
    return value;
}

static void state_is_runc_s(void **state)
{
    autostrings struct strings annotations = {0};
    autofree char *text = NULL, *list = NULL, *none = NULL, *hook = NULL;
    assert_int_equal(strings_add(&annotations, "a.b=c=d"), 0);
    const struct oci_state s = {.id = "c1",
                                .bundle = "/b",
                                .status = OCI_STATUS_RUNNING,
                                .pid = 77,
                                .rootfs = "/b/rootfs",
                                .created = {.tv_sec = 1, .tv_nsec = 500000000},
                                .owner = "",
                                .annotations = &annotations};
    assert_int_equal(oci_state_write(&s, false, &text), 0);
    assert_string_equal(text,
                        "{\"ociVersion\":\"1.3.0\",\"id\":\"c1\",\"pid\":77,\"status\":\"running\","
                        "\"bundle\":\"/b\",\"rootfs\":\"/b/rootfs\",\"created\":\"1970-01-01T00:00:01.5Z\","
                        "\"annotations\":{\"a.b\":\"c=d\"},\"owner\":\"\"}");
    const struct oci_state two[] = {s, {.id = "c2", .bundle = "/", .status = OCI_STATUS_STOPPED}};
    assert_int_equal(oci_state_write_list(two, 2, &list), 0);
    autojson struct json_object *array = parse(list);
    assert_int_equal(json_object_array_length(array), 2);
    assert_int_equal(oci_state_write_list(NULL, 0, &none), 0);
    assert_string_equal(none, "null");
    const struct oci_state hooks = {.id = "c", .bundle = "/b", .status = OCI_STATUS_CREATING, .pid = 5};
    assert_int_equal(oci_state_write(&hooks, false, &hook), 0);
    assert_string_equal(
        hook, "{\"ociVersion\":\"1.3.0\",\"id\":\"c\",\"pid\":5,\"status\":\"creating\",\"bundle\":\"/b\"}");
}

static void an_agent_is_told_whose_listener_it_is(void **state)
{
    autofree char *text = NULL, *bare = NULL;
    const struct oci_state s = {.id = "c", .bundle = "/b", .status = OCI_STATUS_CREATED, .pid = 5};
    struct oci_process_state p = {.pid = 6, .metadata = "m\"", .state = &s};
    assert_int_equal(oci_process_state_write(&p, &text), 0);
    assert_string_equal(text,
                        "{\"ociVersion\":\"1.3.0\",\"fds\":[\"seccompFd\"],\"pid\":6,\"metadata\":\"m\\\"\","
                        "\"state\":{\"ociVersion\":\"1.3.0\",\"id\":\"c\",\"pid\":5,\"status\":\"created\","
                        "\"bundle\":\"/b\"}}");
    p.metadata = NULL;
    assert_int_equal(oci_process_state_write(&p, &bare), 0);
    assert_null(strstr(bare, "metadata"));
}

static void log_lines_have_both_forms(void **state)
{
    const struct {
        const char *message, *text, *json;
    } cases[] = {
        {"container does not exist", "\"container does not exist\"", "\"container does not exist\""},
        {"word", "word", "\"word\""},
        {"", "\"\"", "\"\""},
        {"a \"b\" \\ c", "\"a \\\"b\\\" \\\\ c\"", "\"a \\\"b\\\" \\\\ c\""},
        {"two\nlines\t\x01\x7f", "\"two\\nlines\\t\\x01\\x7f\"", "\"two\\nlines\\t\\u0001\\u007f\""},
        {"gr\xc3\xbc\xc3\x9f \xff", "\"gr\xc3\xbc\xc3\x9f \\xff\"", "\"gr\xc3\xbc\xc3\x9f \\ufffd\""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        autotext struct text text = {0}, json = {0};
        char expected[300];
        const struct oci_log_line line = {OCI_LOG_ERROR, 0, cases[i].message};
        oci_log_write(OCI_LOG_TEXT, &line, &text);
        snprintf(expected, sizeof(expected), "time=\"1970-01-01T00:00:00Z\" level=error msg=%s\n",
                 cases[i].text);
        assert_string_equal(text_peek(&text), expected);
        oci_log_write(OCI_LOG_JSON, &line, &json);
        snprintf(expected, sizeof(expected),
                 "{\"level\":\"error\",\"msg\":%s,\"time\":\"1970-01-01T00:00:00Z\"}\n", cases[i].json);
        assert_string_equal(text_peek(&json), expected);
        autojson struct json_object *value = parse(text_peek(&json));
        assert_string_equal(json_get_string(value, "level"), "error");
    }
    enum oci_log_format format;
    assert_int_equal(oci_log_format_parse("json", &format), 0);
    assert_int_equal(format, OCI_LOG_JSON);
    assert_int_equal(oci_log_format_parse("xml", &format), -EINVAL);
}

static bool array_has(struct json_object *object, const char *key, const char *word)
{
    struct json_object *array = json_get_array(object, key);
    assert_non_null(array);
    for (size_t i = 0; i < json_object_array_length(array); i++)
        if (streq(json_object_get_string(json_object_array_get_idx(array, i)), word))
            return true;
    return false;
}

/* What containerd, CRI-O and docker look for, and that every name is one that the reader takes. */
static void features_do_not_lie(void **state)
{
    static const char *const options[] = {"rro", "idmap", "ridmap", "tmpcopyup", "rnosymfollow"};
    autofree char *text = NULL;
    const struct oci_features features = {
        .cgroup_v1 = true, .seccomp = true, .idmap = true, .memory_policy = true};
    assert_int_equal(oci_features_write(&features, &text), 0);
    autojson struct json_object *f = parse(text);
    struct json_object *platform = json_get_object(f, "linux");
    assert_string_equal(json_get_string(f, "ociVersionMin"), "1.0.0");
    assert_non_null(json_get_string(f, "ociVersionMax"));
    assert_true(array_has(platform, "namespaces", "user") && array_has(platform, "namespaces", "time"));
    assert_true(array_has(platform, "capabilities", "CAP_CHECKPOINT_RESTORE"));
    assert_true(array_has(f, "hooks", "startContainer"));
    for (size_t i = 0; i < ARRAY_SIZE(options); i++)
        assert_true(array_has(f, "mountOptions", options[i]));
    struct json_object *extensions = json_get_object(platform, "mountExtensions");
    assert_true(json_get_bool(json_get_object(extensions, "idmap"), "enabled", false));
    assert_false(json_get_bool(json_get_object(platform, "intelRdt"), "enabled", true));
    assert_false(json_get_bool(json_get_object(platform, "selinux"), "enabled", true));
    assert_false(json_get_bool(json_get_object(platform, "cgroup"), "systemd", true));
    struct json_object *seccomp = json_get_object(platform, "seccomp");
    struct json_object *actions = json_get_array(seccomp, "actions");
    for (size_t i = 0; i < json_object_array_length(actions); i++) {
        enum seccomp_action action;
        const char *name = json_object_get_string(json_object_array_get_idx(actions, i));
        assert_int_equal(seccomp_action_from_name(name, &action), 0);
    }
    assert_true(array_has(seccomp, "actions", "SCMP_ACT_KILL") &&
                array_has(seccomp, "archs", "SCMP_ARCH_X32"));
    assert_true(array_has(seccomp, "operators", "SCMP_CMP_MASKED_EQ"));
    assert_true(array_has(json_get_object(platform, "memoryPolicy"), "modes", "MPOL_BIND"));
}

static void the_spec_is_one_that_we_read(void **state)
{
    for (int rootless = 0; rootless < 2; rootless++) {
        autofree char *text = NULL;
        autoreport struct report errors = {0}, warnings = {0};
        const struct oci_reports reports = {&errors, &warnings};
        autociconfig struct oci_config config = {0};
        const struct oci_spec_request request = {rootless, 1000, 1001};
        assert_int_equal(oci_spec_write(&request, &text), 0);
        int r = oci_config_parse("spec", text, strlen(text), &reports, &config);
        if (r < 0)
            fail_msg("%s: %s", errors.items[0].place, errors.items[0].text);
        assert_int_equal(warnings.count, 0);
        assert_string_equal(config.process.args.items[0], "sh");
        assert_int_equal(config.mount_count, 7);
        assert_true(config.platform.namespaces[OCI_NAMESPACE_USER].given == rootless);
        assert_true(config.platform.resources.given == !rootless);
        if (rootless)
            assert_true(config.platform.gids.items[0].outside == 1001 && config.mounts[5].is_bind);
    }
}

static void events_have_runc_s_shape(void **state)
{
    autofree char *text = NULL, *oom = NULL;
    uint64_t cpus[] = {3, 4};
    struct oci_io_count io[] = {{8, 0, "Read", 10}};
    char size[] = "2MB", anon[] = "anon=5", odd[] = "odd=x", *raw[] = {anon, odd};
    struct oci_hugepage_usage pages[] = {{size, 1, 2, 3}};
    const struct oci_statistics s = {.cpu_total_ns = 7,
                                     .per_cpu_ns = cpus,
                                     .per_cpu_count = 2,
                                     .memory = {.limit = UINT64_MAX, .usage = 6},
                                     .memory_raw = {.items = raw, .count = 2},
                                     .pids_current = 2,
                                     .io[OCI_IO_BYTES] = {io, 1},
                                     .hugepages = pages,
                                     .hugepage_count = 1,
                                     .io_pressure = {.given = true, .some = {.avg10 = 9558, .total_us = 4}}};
    assert_int_equal(oci_events_write_stats("c1", &s, &text), 0);
    assert_null(strchr(text, '\n'));
    autojson struct json_object *event = parse(text);
    struct json_object *data = json_get_object(event, "data");
    assert_string_equal(json_get_string(event, "type"), "stats");
    assert_string_equal(json_get_string(event, "id"), "c1");
    uint64_t value;
    struct json_object *usage = json_get_object(json_get_object(data, "cpu"), "usage");
    assert_int_equal(json_get_u64(usage, "total", &value), 0);
    assert_int_equal(value, 7);
    assert_int_equal(json_object_array_length(json_get_array(usage, "percpu")), 2);
    struct json_object *memory = json_get_object(data, "memory");
    assert_int_equal(json_get_u64(json_get_object(memory, "usage"), "limit", &value), 0);
    assert_true(value == UINT64_MAX);
    assert_int_equal(json_get_u64(json_get_object(memory, "raw"), "anon", &value), 0);
    assert_int_equal(json_get_u64(json_get_object(memory, "raw"), "odd", &value), -ENOENT);
    assert_int_equal(json_get_u64(json_get_object(data, "pids"), "limit", &value), -ENOENT);
    assert_int_equal(
        json_object_array_length(json_get_array(json_get_object(data, "blkio"), "ioServiceBytesRecursive")),
        1);
    assert_int_equal(
        json_get_u64(json_get_object(json_get_object(data, "hugetlb"), "2MB"), "failcnt", &value), 0);
    assert_non_null(
        strstr(text, "\"psi\":{\"some\":{\"avg10\":95.58,\"avg60\":0.00,\"avg300\":0.00,\"total\":4}"));
    assert_int_equal(oci_events_write_oom("c1", &oom), 0);
    assert_string_equal(oom, "{\"type\":\"oom\",\"id\":\"c1\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(state_is_runc_s),          cmocka_unit_test(log_lines_have_both_forms),
        cmocka_unit_test(features_do_not_lie),      cmocka_unit_test(the_spec_is_one_that_we_read),
        cmocka_unit_test(events_have_runc_s_shape), cmocka_unit_test(an_agent_is_told_whose_listener_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
