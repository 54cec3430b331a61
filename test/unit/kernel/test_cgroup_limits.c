/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strings.h"
#include "kernel/cgroup_limits.h"
#include "kernel/cgroup_tree.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ALL_V2 ((1U << CGROUP_NET_CLS) - 1)

static void expect(const struct cgroup_limits *limits, unsigned v2, const char *wanted)
{
    autosettings struct cgroup_settings settings = {0};
    struct failure failure = {0};
    char got[1000] = "";
    assert_int_equal(cgroup_settings_make(limits, v2, &settings, &failure), 0);
    for (size_t i = 0; i < settings.count; i++) {
        const struct cgroup_setting *s = &settings.items[i];
        size_t n = strlen(got);
        snprintf(got + n, sizeof(got) - n, "%s%s/%s=%s%s%s%s", n ? " " : "",
                 s->v2 ? cgroup_controller_name(s->controller) : cgroup_v1_name(s->controller), s->write.file,
                 s->write.value, s->optional ? "?" : "", s->instead.file ? "|" : "",
                 s->instead.file ? s->instead.file : "");
    }
    assert_string_equal(got, wanted);
}

static void expect_refusal(const struct cgroup_limits *limits, const char *part)
{
    struct cgroup_settings settings = {0};
    struct failure failure = {0};
    assert_int_equal(cgroup_settings_make(limits, 0, &settings, &failure), -EINVAL);
    assert_non_null(strstr(failure.text, part));
}

static void no_limits_write_nothing(void **state)
{
    expect(&(struct cgroup_limits){0}, ALL_V2, "");
    expect(&(struct cgroup_limits){0}, 0, "");
}

static void memory_and_swap(void **state)
{
    const struct cgroup_limits plain = {.memory_bytes = 1000000};
    expect(&plain, ALL_V2, "memory/memory.max=1000000 memory/memory.swap.max=1000000?");
    expect(&plain, 0, "memory/memory.limit_in_bytes=1000000 memory/memory.memsw.limit_in_bytes=2000000?");
    const struct cgroup_limits both = {.memory_bytes = 1000000, .memory_swap_bytes = 1000000};
    expect(&both, ALL_V2, "memory/memory.max=1000000 memory/memory.swap.max=0");
    expect(&both, 0, "memory/memory.limit_in_bytes=1000000 memory/memory.memsw.limit_in_bytes=1000000");
    const struct cgroup_limits unlimited = {
        .memory_bytes = 1000000, .memory_swap_bytes = -1, .memory_reservation_bytes = 5000};
    expect(&unlimited, ALL_V2,
           "memory/memory.max=1000000 memory/memory.swap.max=max? memory/memory.low=5000");
    expect(&unlimited, 0,
           "memory/memory.limit_in_bytes=1000000 memory/memory.memsw.limit_in_bytes=-1? "
           "memory/memory.soft_limit_in_bytes=5000");
}

static void unlimited_is_no_limit(void **state)
{
    const struct cgroup_limits all = {
        .memory_bytes = -1, .memory_reservation_bytes = -1, .cpu_quota_us = -1, .keep_swap = true};
    expect(&all, ALL_V2,
           "memory/memory.max=max? memory/memory.swap.max=max? memory/memory.low=max cpu/cpu.max=max?");
    expect(&all, 0,
           "memory/memory.limit_in_bytes=-1? memory/memory.memsw.limit_in_bytes=-1? "
           "memory/memory.soft_limit_in_bytes=-1 cpu/cpu.cfs_quota_us=-1?");
    const struct cgroup_limits swap = {.memory_swap_bytes = -1};
    expect(&swap, ALL_V2, "memory/memory.swap.max=max?");
    const struct cgroup_limits period = {.cpu_quota_us = -1, .cpu_period_us = 50000};
    expect(&period, ALL_V2, "cpu/cpu.max=max 50000");
    const struct cgroup_limits kept = {.memory_bytes = 4096, .keep_swap = true};
    expect(&kept, ALL_V2, "memory/memory.max=4096");
}

static void files_of_an_engine(void **state)
{
    const struct cgroup_extra rows[] = {
        {.controller = CGROUP_IO,
         .what = "weight",
         .v1 = {{"blkio.weight", "500"}, {"blkio.bfq.weight", "500"}},
         .v2 = {{"io.bfq.weight", "500"}, {"io.weight", "4950"}}},
        {.controller = CGROUP_NET_CLS, .what = "class", .v1 = {{"net_cls.classid", "7"}}},
    };
    const struct cgroup_limits l = {.extra = rows, .extra_count = 2};
    expect(&l, ALL_V2, "io/io.bfq.weight=500|io.weight net_cls/net_cls.classid=7");
    expect(&l, 0, "blkio/blkio.weight=500|blkio.bfq.weight net_cls/net_cls.classid=7");
    const struct cgroup_extra v1_only = {
        .controller = CGROUP_MEMORY, .what = "swappiness", .v1 = {{"memory.swappiness", "1"}}};
    struct cgroup_settings settings;
    struct failure failure = {0};
    assert_int_equal(cgroup_settings_make(&(struct cgroup_limits){.extra = &v1_only, .extra_count = 1},
                                          ALL_V2, &settings, &failure),
                     -EOPNOTSUPP);
    assert_string_equal(failure.text, "swappiness: control groups of version 2 have no such thing");
}

static void failures_have_the_callers_names(void **state)
{
    static const char *const names[CGROUP_NAMES] = {[CGROUP_NAME_PIDS] = "linux.resources.pids.limit"};
    expect_refusal(&(struct cgroup_limits){.pids_max = -7, .names = names}, "linux.resources.pids.limit: -7");
}

static void processors_and_processes(void **state)
{
    const struct cgroup_limits l = {.cpu_quota_us = 150000,
                                    .cpu_period_us = 100000,
                                    .cpu_shares = 1024,
                                    .cpuset_cpus = "0-1",
                                    .cpuset_mems = "0",
                                    .pids_max = 7};
    expect(&l, ALL_V2,
           "cpu/cpu.max=150000 100000 cpu/cpu.weight=39 cpuset/cpuset.cpus=0-1 cpuset/cpuset.mems=0 "
           "pids/pids.max=7");
    expect(
        &l, 0,
        "cpu/cpu.cfs_period_us=100000 cpu/cpu.cfs_quota_us=150000 cpu/cpu.shares=1024 cpuset/cpuset.cpus=0-1 "
        "cpuset/cpuset.mems=0 pids/pids.max=7");
    expect(&(struct cgroup_limits){.cpu_period_us = 5000}, ALL_V2, "cpu/cpu.max=max 5000");
    expect(&(struct cgroup_limits){.cpu_quota_us = 5000}, ALL_V2, "cpu/cpu.max=5000");
    expect(&(struct cgroup_limits){.cpu_quota_us = 5000}, 0, "cpu/cpu.cfs_quota_us=5000");
    expect(&(struct cgroup_limits){.pids_max = -1}, 0, "pids/pids.max=max?");
    assert_int_equal(cgroup_weight_of_shares(2), 1);
    assert_int_equal(cgroup_weight_of_shares(262144), 10000);
}

static void controllers_split_between_trees(void **state)
{
    const struct cgroup_limits l = {.memory_bytes = 10, .pids_max = 3};
    expect(&l, 1U << CGROUP_PIDS,
           "memory/memory.limit_in_bytes=10 memory/memory.memsw.limit_in_bytes=20? pids/pids.max=3");
}

static void contradictions_are_refused(void **state)
{
    expect_refusal(&(struct cgroup_limits){.memory_swap_bytes = 5}, "needs a memory limit");
    expect_refusal(&(struct cgroup_limits){.memory_bytes = 10, .memory_swap_bytes = 9},
                   "less than the memory limit");
    expect_refusal(&(struct cgroup_limits){.memory_bytes = 10, .memory_swap_bytes = -2}, "less than");
    expect_refusal(&(struct cgroup_limits){.memory_bytes = 10, .memory_reservation_bytes = 11},
                   "reservation");
    expect_refusal(&(struct cgroup_limits){.memory_bytes = INT64_MAX}, "too large");
    expect_refusal(&(struct cgroup_limits){.cpu_quota_us = 999}, "hundredth");
    expect_refusal(&(struct cgroup_limits){.cpu_quota_us = -2}, "hundredth");
    expect_refusal(&(struct cgroup_limits){.memory_bytes = -2}, "nor -1");
    expect_refusal(&(struct cgroup_limits){.memory_bytes = -1, .memory_swap_bytes = 5},
                   "needs a memory limit");
    expect_refusal(&(struct cgroup_limits){.memory_reservation_bytes = -2}, "reservation");
    expect_refusal(&(struct cgroup_limits){.cpu_quota_us = 5000, .cpu_period_us = 1}, "cpu period");
    expect_refusal(&(struct cgroup_limits){.cpu_shares = 1}, "cpu shares");
    expect_refusal(&(struct cgroup_limits){.cpuset_cpus = "0; x"}, "no list");
    expect_refusal(&(struct cgroup_limits){.cpuset_mems = ""}, "no list");
    expect_refusal(&(struct cgroup_limits){.pids_max = -7}, "process limit");
}

static void paths(void **state)
{
    assert_true(cgroup_path_is_valid("unroot/abc"));
    assert_true(cgroup_path_is_valid("a.slice/b-c.scope/..d"));
    static const char *const bad[] = {"",       "/a",  "a/",  "a//b", ".",    "..",
                                      "a/../b", "a/.", "a b", "a\nb", "a\x7f"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_false(cgroup_path_is_valid(bad[i]));
    char deep[600];
    memset(deep, 'a', sizeof(deep));
    deep[sizeof(deep) - 1] = '\0';
    assert_false(cgroup_path_is_valid(deep));
    assert_true(cgroup_list_has("cpu io\nmemory", "memory"));
    assert_true(cgroup_list_has("cpu", "cpu"));
    assert_false(cgroup_list_has("cpuset cpuacct", "cpu"));
    assert_false(cgroup_list_has("", "cpu"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unlimited_is_no_limit),
        cmocka_unit_test(files_of_an_engine),
        cmocka_unit_test(failures_have_the_callers_names),
        cmocka_unit_test(no_limits_write_nothing),
        cmocka_unit_test(memory_and_swap),
        cmocka_unit_test(processors_and_processes),
        cmocka_unit_test(controllers_split_between_trees),
        cmocka_unit_test(contradictions_are_refused),
        cmocka_unit_test(paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
