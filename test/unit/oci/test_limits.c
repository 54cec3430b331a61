/* SPDX-License-Identifier: Apache-2.0 */
/* From linux.resources to the files of both versions. */
#include "base/text.h"
#include "kernel/cgroup_limits.h"
#include "kernel/cgroup_tree.h"
#include "oci/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ALL_V2 ((1U << CGROUP_NET_CLS) - 1)

static void parse(const char *text, struct oci_resources *ret_resources)
{
    autoreport struct report errors = {0};
    const struct oci_reports reports = {&errors, NULL};
    *ret_resources = (struct oci_resources){0};
    int r = oci_resources_parse("resources", text, strlen(text), &reports, ret_resources);
    if (errors.count > 0)
        print_message("%s: %s\n", errors.items[0].place, errors.items[0].text);
    assert_int_equal(r, 0);
}

static int settings_of(const char *text, unsigned v2, struct text *ret_lines, struct failure *failure)
{
    autociresources struct oci_resources resources;
    autoextra struct limits_extra extra = {.is_root = true};
    autosettings struct cgroup_settings settings = {0};
    struct cgroup_limits limits;
    parse(text, &resources);
    int r = limits_translate(&resources, &extra, &limits, failure);
    if (r == 0)
        r = cgroup_settings_make(&limits, v2, &settings, failure);
    for (size_t i = 0; i < settings.count; i++) {
        const struct cgroup_setting *s = &settings.items[i];
        text_printf(ret_lines, "%s=%s%s\n", s->write.file, s->write.value, s->optional ? "?" : "");
        if (s->instead.file)
            text_printf(ret_lines, "|%s=%s\n", s->instead.file, s->instead.value);
    }
    if (r < 0)
        limits_locate(&extra, "resources", text, strlen(text), failure);
    return r;
}

static void expect(const char *text, unsigned v2, const char *lines)
{
    autotext struct text got = {0};
    struct failure failure = {0};
    assert_int_equal(settings_of(text, v2, &got, &failure), 0);
    assert_string_equal(text_peek(&got), lines);
}

static void expect_refusal(const char *text, unsigned v2, const char *sentence)
{
    autotext struct text got = {0};
    struct failure failure = {0};
    assert_true(settings_of(text, v2, &got, &failure) < 0);
    assert_string_equal(failure.text, sentence);
}

static void block_io(void **state)
{
    const char *weights =
        "{\"blockIO\": {\"weight\": 10, \"weightDevice\": [{\"major\": 8, \"minor\": 16, \"weight\": 1000}, "
        "{\"major\": 8, \"minor\": 0}]}}";
    expect(weights, 0,
           "blkio.weight=10\n|blkio.bfq.weight=10\n"
           "blkio.weight_device=8:16 1000\n|blkio.bfq.weight_device=8:16 1000\n");
    expect(weights, ALL_V2,
           "io.bfq.weight=10\n|io.weight=1\nio.bfq.weight=8:16 1000\n|io.weight=8:16 10000\n");
    const char *throttles =
        "{\"blockIO\": {\"throttleReadBpsDevice\": [{\"major\": 8, \"minor\": 0, \"rate\": 0}], "
        "\"throttleWriteBpsDevice\": [{\"major\": 8, \"minor\": 0, \"rate\": 18446744073709551615}], "
        "\"throttleReadIOPSDevice\": [{\"major\": 8, \"minor\": 0, \"rate\": 4294967296}], "
        "\"throttleWriteIOPSDevice\": [{\"major\": 4095, \"minor\": 1048575, \"rate\": 7}]}}";
    expect(
        throttles, 0,
        "blkio.throttle.read_bps_device=8:0 0\nblkio.throttle.write_bps_device=8:0 18446744073709551615\n"
        "blkio.throttle.read_iops_device=8:0 4294967295\nblkio.throttle.write_iops_device=4095:1048575 7\n");
    expect(throttles, ALL_V2,
           "io.max=8:0 rbps=max\nio.max=8:0 wbps=18446744073709551615\nio.max=8:0 riops=4294967296\n"
           "io.max=4095:1048575 wiops=7\n");
}

static void pages_rdma_network(void **state)
{
    const char *pages = "{\"hugepageLimits\": [{\"pageSize\": \"2MB\", \"limit\": 4096}]}";
    expect(pages, 0, "hugetlb.2MB.limit_in_bytes=4096\nhugetlb.2MB.rsvd.limit_in_bytes=4096?\n");
    expect(pages, ALL_V2, "hugetlb.2MB.max=4096\nhugetlb.2MB.rsvd.max=4096?\n");
    const char *rdma =
        "{\"rdma\": {\"mlx5_1\": {\"hcaHandles\": 3, \"hcaObjects\": 10000}, \"a\": {\"hcaObjects\": 0}}}";
    expect(rdma, ALL_V2, "rdma.max=mlx5_1 hca_handle=3 hca_object=10000\nrdma.max=a hca_object=0\n");
    expect(
        "{\"network\": {\"classID\": 4294967295, \"priorities\": [{\"name\": \"eth0\", \"priority\": 5}]}}",
        ALL_V2, "net_cls.classid=4294967295\nnet_prio.ifpriomap=eth0 5\n");
    expect("{\"network\": {\"classID\": 0}}", 0, "");
}

static void memory_and_processor(void **state)
{
    expect("{\"memory\": {\"limit\": 4096}}", 0, "memory.limit_in_bytes=4096\n");
    expect("{\"memory\": {\"limit\": 0, \"swap\": 0, \"reservation\": 0}, \"pids\": {\"limit\": 0}}", 0, "");
    expect("{\"memory\": {\"swappiness\": 0, \"disableOOMKiller\": true}}", 0,
           "memory.swappiness=0\nmemory.oom_control=1\n");
    expect_refusal("{\"pids\": {\"limit\": 1},\n\"memory\": {\n\"swappiness\": 5}}", ALL_V2,
                   "resources:3: memory.swappiness: control groups of version 2 have no such thing");
    expect_refusal("{\n\"memory\": {\"limit\": 0, \"swap\": 7}}", 0,
                   "resources:2: memory.swap: needs a memory limit beside it, because it counts both");
    expect("{\"cpu\": {\"burst\": 0, \"idle\": 0}}", ALL_V2, "cpu.max.burst=0?\ncpu.idle=0?\n");
    expect("{\"cpu\": {\"burst\": 5, \"idle\": 1}}", 0, "cpu.cfs_burst_us=5\ncpu.idle=1\n");
    expect("{\"cpu\": {\"realtimeRuntime\": 5, \"realtimePeriod\": 1}}", 0,
           "cpu.rt_period_us=1\ncpu.rt_runtime_us=5\n");
}

static void unified(void **state)
{
    expect("{\"unified\": {\"memory.high\": \"5\", \"io.max\": \"8:0 rbps=1\\n8:16 rbps=2\\n\"}}", ALL_V2,
           "io.max=8:0 rbps=1\nio.max=8:16 rbps=2\nmemory.high=5\n");
    expect_refusal("{\"unified\": {\n\"memory.high\": \"5\"}}", 0,
                   "resources:1: unified[\"memory.high\"]: control groups of version 1 have no such thing");
    expect_refusal("{\"unified\": {\"memory.high\": \"\"}}", ALL_V2,
                   "resources:1: unified[\"memory.high\"]: an empty line is no value");
    expect_refusal(
        "{\"unified\": {\"devices.allow\": \"a\"}}", ALL_V2,
        "resources:1: unified[\"devices.allow\"]: no controller that this runtime knows has such a file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(block_io),
        cmocka_unit_test(pages_rdma_network),
        cmocka_unit_test(memory_and_processor),
        cmocka_unit_test(unified),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
