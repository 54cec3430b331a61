/* SPDX-License-Identifier: Apache-2.0 */
/* Names of units, places of slices, and properties as systemd is told them. */
#include "formats/systemd_property.h"
#include "formats/systemd_unit.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void slices_are_expanded(void **state)
{
    static const struct {
        const char *slice, *path; /* NULL: refused */
    } rows[] = {
        {"system.slice", "system.slice"},
        {"a-b-c.slice", "a.slice/a-b.slice/a-b-c.slice"},
        {"-.slice", ""},
        {"kubepods-burstable-pod1_2.slice",
         "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice"},
        {"", NULL},
        {".slice", NULL},
        {"slice", NULL},
        {"a.scope", NULL},
        {"-a.slice", NULL},
        {"a-.slice", NULL},
        {"a--b.slice", NULL},
        {"a/b.slice", NULL},
        {"--.slice", NULL},
        {"a b.slice", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char path[SYSTEMD_PATH_SIZE] = "?";
        int r = systemd_slice_expand(rows[i].slice, path);
        assert_int_equal(r, rows[i].path ? 0 : -EINVAL);
        if (rows[i].path)
            assert_string_equal(path, rows[i].path);
    }
}

static void units_are_named(void **state)
{
    static const struct {
        const char *path, *id;
        bool of_user;
        const char *unit, *slice, *group;
    } rows[] = {
        {NULL, "c1", false, "unroot-c1.scope", "system.slice", "system.slice/unroot-c1.scope"},
        {"", "c1", true, "unroot-c1.scope", "user.slice", "user.slice/unroot-c1.scope"},
        {"system.slice:docker:12ab", "c1", false, "docker-12ab.scope", "system.slice",
         "system.slice/docker-12ab.scope"},
        {":libpod:x", "c1", true, "libpod-x.scope", "user.slice", "user.slice/libpod-x.scope"},
        {"-.slice:p:x", "c1", false, "p-x.scope", "-.slice", "p-x.scope"},
        {"system.slice:p:a+b", "c1", false, "p-a\\x2bb.scope", "system.slice",
         "system.slice/p-a\\x2bb.scope"},
        {"system.slice:p:a-b.slice", "c1", false, "a-b.slice", "system.slice", "a.slice/a-b.slice"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct systemd_unit unit;
        struct failure failure = {0};
        char group[SYSTEMD_PATH_SIZE];
        assert_int_equal(systemd_unit_parse(rows[i].path, rows[i].id, rows[i].of_user, &unit, &failure), 0);
        assert_string_equal(unit.name, rows[i].unit);
        assert_string_equal(unit.slice, rows[i].slice);
        assert_int_equal(systemd_unit_path(&unit, group), 0);
        assert_string_equal(group, rows[i].group);
    }
}

static void hostile_names_are_refused(void **state)
{
    char longest[300] = "system.slice:p:";
    const char *const rows[] = {"/a/b",          "a.slice",        "a.slice:b",          "a.slice:b:c:d",
                                "a.slice:b:",    "a:b:c",          "../a.slice:b:c",     "a.slice:b:../../c",
                                "a.slice:b:c\n", "a--b.slice:b:c", "a.slice:b:-x.slice", longest};
    (void)state;
    memset(longest + strlen(longest), 'x', 260);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct systemd_unit unit;
        struct failure failure = {0};
        assert_int_equal(systemd_unit_parse(rows[i], "c1", false, &unit, &failure), -EINVAL);
        assert_non_null(strstr(failure.text, "cgroupsPath"));
    }
}

static void annotations_become_properties(void **state)
{
    static const struct {
        const char *name, *value, *wanted; /* NULL: refused */
    } rows[] = {
        {"TimeoutStopUSec", "uint64 123", "TimeoutStopUSec=t:123"},
        {"TimeoutStopSec", "2", "TimeoutStopUSec=t:2000000"},
        {"TimeoutStopSec", "1.5", "TimeoutStopUSec=t:1500000"},
        {"TimeoutStopSec", "double 0.000001", "TimeoutStopUSec=t:1"},
        {"KillSignal", "37", "KillSignal=i:37"},
        {"CollectMode", "'inactive-or-failed'", "CollectMode=s:inactive-or-failed"},
        {"Description", "\"a \\\"b\\\" \\\\c = d:e\"", "Description=s:a \"b\" \\c = d:e"},
        {"DefaultDependencies", "true", "DefaultDependencies=b:1"},
        {"SendSIGHUP", "boolean false", "SendSIGHUP=b:0"},
        {"After", "['a.service', \"b.service\"]", "After=as:a.service\nb.service"},
        {"After", "@as []", "After=as:"},
        {"MemoryMax", "@t 18446744073709551615", "MemoryMax=t:18446744073709551615"},
        {"PIDs", "[1]", NULL},
        {"Slice", "'-.slice'", NULL},
        {"Delegate", "true", NULL},
        {"Conflicts", "['sshd.service']", NULL},
        {"OnFailure", "['reboot.target']", NULL},
        {"ExecStart", "'x'", NULL},
        {"Description", "plain", NULL},
        {"Description", "'open", NULL},
        {"Description", "'a\\nb'", NULL},
        {"Description", "'a\nb'", NULL},
        {"Description", "'a' 'b'", NULL},
        {"Description", "'\\", NULL},
        {"KillSignal", "-1", NULL},
        {"KillSignal", "2147483648", NULL},
        {"TimeoutStopSec", "1.", NULL},
        {"TimeoutStopSec", "18446744073710", NULL},
        {"TimeoutStopUSec", "18446744073709551616", NULL},
        {"TimeoutStopUSec", "1.5", NULL},
        {"DefaultDependencies", "1", NULL},
        {"After", "'a.service'", NULL},
        {"After", "['a.service'", NULL},
        {"After", "['a.service',]", NULL},
        {"After", "['a.service'] x", NULL},
        {"A", "1", NULL},
        {"Memory Max", "1", NULL},
        {"MemoryMax=t:1", "1", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        autostrings struct strings properties = {0};
        struct failure failure = {0};
        int r = systemd_property_from_annotation(&properties, rows[i].name, rows[i].value, &failure);
        if ((r == 0) != (rows[i].wanted != NULL))
            fail_msg("%s=%s: %d %s", rows[i].name, rows[i].value, r, failure.text);
        if (r < 0) {
            assert_non_null(strstr(failure.text, "annotation org.systemd.property."));
            continue;
        }
        assert_int_equal(properties.count, 1);
        assert_string_equal(properties.items[0], rows[i].wanted);
    }
}

static void read_resources(const char *text, struct oci_resources *ret_resources)
{
    autoreport struct report errors = {0};
    const struct oci_reports reports = {&errors, NULL};
    assert_int_equal(oci_resources_parse("t", text, strlen(text), &reports, ret_resources), 0);
}

static void resources_become_properties(void **state)
{
    static const struct {
        const char *resources, *wanted; /* joined by blanks */
    } rows[] = {
        {"{}", ""},
        {"{\"memory\":{\"limit\":1000000,\"reservation\":500000}}", "MemoryMax=t:1000000 MemoryLow=t:500000"},
        {"{\"memory\":{\"limit\":1000000,\"swap\":1500000}}", "MemoryMax=t:1000000 MemorySwapMax=t:500000"},
        {"{\"memory\":{\"limit\":1000000,\"swap\":-1}}",
         "MemoryMax=t:1000000 MemorySwapMax=t:18446744073709551615"},
        {"{\"memory\":{\"limit\":-1}}",
         "MemoryMax=t:18446744073709551615 MemorySwapMax=t:18446744073709551615"},
        {"{\"cpu\":{\"shares\":1024}}", "CPUWeight=t:39"},
        {"{\"cpu\":{\"quota\":150000,\"period\":100000}}",
         "CPUQuotaPeriodUSec=t:100000 CPUQuotaPerSecUSec=t:1500000"},
        {"{\"cpu\":{\"quota\":33333,\"period\":100000}}",
         "CPUQuotaPeriodUSec=t:100000 CPUQuotaPerSecUSec=t:340000"},
        {"{\"cpu\":{\"quota\":-1,\"period\":50000}}",
         "CPUQuotaPeriodUSec=t:50000 CPUQuotaPerSecUSec=t:18446744073709551615"},
        {"{\"cpu\":{\"cpus\":\"0-2,9\",\"mems\":\"0\"}}", "AllowedCPUs=ay:0702 AllowedMemoryNodes=ay:01"},
        {"{\"pids\":{\"limit\":100}}", "TasksMax=t:100"},
        {"{\"pids\":{\"limit\":-1}}", "TasksMax=t:18446744073709551615"},
        {"{\"blockIO\":{\"weight\":1000}}", "IOWeight=t:10000"},
        {"{\"unified\":{\"memory.high\":\"5000\",\"pids.max\":\"max\"}}",
         "MemoryHigh=t:5000 TasksMax=t:18446744073709551615"},
        {"{\"unified\":{\"cpu.max\":\"50000 100000\",\"memory.oom.group\":\"1\"}}",
         "CPUQuotaPeriodUSec=t:100000 CPUQuotaPerSecUSec=t:500000"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        autostrings struct strings properties = {0};
        autociresources struct oci_resources resources = {0};
        struct failure failure = {0};
        char all[1000] = "";
        read_resources(rows[i].resources, &resources);
        assert_int_equal(systemd_property_from_resources(&properties, &resources, &failure), 0);
        for (size_t k = 0; k < properties.count; k++)
            (void)snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", k ? " " : "",
                           properties.items[k]);
        assert_string_equal(all, rows[i].wanted);
    }
}

static void resources_that_are_none_are_refused(void **state)
{
    const char *const rows[] = {"{\"unified\":{\"memory.max\":\"much\"}}",
                                "{\"unified\":{\"cpu.max\":\"1 2 3\"}}"};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        autostrings struct strings properties = {0};
        autociresources struct oci_resources resources = {0};
        struct failure failure = {0};
        read_resources(rows[i], &resources);
        assert_int_equal(systemd_property_from_resources(&properties, &resources, &failure), -EINVAL);
        assert_non_null(strstr(failure.text, "unified"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_are_expanded),         cmocka_unit_test(units_are_named),
        cmocka_unit_test(hostile_names_are_refused),   cmocka_unit_test(annotations_become_properties),
        cmocka_unit_test(resources_become_properties), cmocka_unit_test(resources_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
