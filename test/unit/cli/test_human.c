/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/human.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_duration(void **state)
{
    /* The words of docker/go-units HumanDuration. */
    static const struct {
        int64_t seconds;
        const char *words;
    } table[] = {
        {-5, "Less than a second"}, {0, "Less than a second"},  {1, "1 second"},
        {45, "45 seconds"},         {60, "About a minute"},     {119, "About a minute"},
        {180, "3 minutes"},         {2699, "44 minutes"},       {3599, "59 minutes"},
        {3600, "About an hour"},    {5399, "About an hour"},    {5400, "2 hours"},
        {3 * 3600, "3 hours"},      {47 * 3600, "47 hours"},    {48 * 3600, "2 days"},
        {13 * 86400, "13 days"},    {14 * 86400, "2 weeks"},    {59 * 86400, "8 weeks"},
        {60 * 86400, "2 months"},   {729 * 86400, "24 months"}, {730 * 86400, "2 years"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        autotext struct text t = {0};
        human_duration(&t, table[i].seconds);
        assert_string_equal(text_peek(&t), table[i].words);
    }
}

static void test_size(void **state)
{
    static const struct {
        uint64_t bytes;
        const char *words;
    } table[] = {
        {0, "0B"},
        {999, "999B"},
        {1000, "1kB"},
        {1024, "1.02kB"},
        {117000000, "117MB"},
        {4260000, "4.26MB"},
        {1500000000, "1.5GB"},
        {UINT64_MAX, "18.4EB"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        autotext struct text t = {0};
        human_size(&t, table[i].bytes);
        assert_string_equal(text_peek(&t), table[i].words);
    }
}

static void test_time(void **state)
{
    autotext struct text t = {0}, cpu = {0};
    setenv("TZ", "UTC", 1);
    human_time(&t, 86400);
    assert_string_equal(text_peek(&t), "1970-01-02 00:00:00 +0000 UTC");
    human_cpu_time(&cpu, 3723999);
    assert_string_equal(text_peek(&cpu), "01:02:03");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_duration),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
