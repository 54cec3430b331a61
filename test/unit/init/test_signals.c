/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "init/process_one.h"
#include "init/signals.h"

#include <errno.h>

static void test_parse(void **state)
{
    static const struct {
        const char *word;
        int number;
    } rows[] = {
        {"TERM", 15},
        {"SIGTERM", 15},
        {"term", 15},
        {"15", 15},
        {"1", 1},
        {"64", 64},
        {"RTMIN", 34},
        {"RTMIN+3", 37},
        {"rtmax-1", 63},
        {"SIGRTMAX", 64},
        {"RTMIN+30", 64},
        {"0", -EINVAL},
        {"65", -EINVAL},
        {"", -EINVAL},
        {"TER", -EINVAL},
        {"TERMX", -EINVAL},
        {"RTMIN+31", -EINVAL},
        {"RTMIN-1", -EINVAL},
        {"RTMAX+1", -EINVAL},
        {"RTMINX", -EINVAL},
        {"-1", -EINVAL},
        {"SIG", -EINVAL},
        {"RTMIN+", -EINVAL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (signal_parse(span_of(rows[i].word)) != rows[i].number)
            fail_msg("%s gave %d", rows[i].word, signal_parse(span_of(rows[i].word)));
    for (int n = 1; n < 32; n++)
        assert_int_equal(signal_parse(span_of(signal_name(n))), n);
}

static void test_rewrite(void **state)
{
    struct process_one p;
    struct failure f = {0};
    (void)state;
    process_one_init(&p);
    for (int n = 1; n <= SIGNAL_COUNT; n++)
        assert_int_equal(p.rewrite[n], n);
    assert_int_equal(process_one_add_rewrite(&p, "TERM:QUIT", &f), 0);
    assert_int_equal(p.rewrite[15], 3);
    assert_int_equal(process_one_add_rewrite(&p, "1:0", &f), 0);
    assert_int_equal(p.rewrite[1], 0);
    assert_int_equal(process_one_add_rewrite(&p, "1", &f), -EINVAL);
    assert_int_equal(process_one_add_rewrite(&p, "CHLD:TERM", &f), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse), cmocka_unit_test(test_rewrite)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
