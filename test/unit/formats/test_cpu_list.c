/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/cpu_list.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void lists_are_read(void **state)
{
    static const struct {
        const char *text;
        int error;
        uint64_t first_word;
    } cases[] = {
        {"0", 0, 1},         {"0-3,7", 0, 0x8f},      {" 1 , 3 ", 0, 0xa},
        {"", 0, 0},          {"63", 0, 1ull << 63},   {"64", 0, 0},
        {"8191", 0, 0},      {"8192", -ERANGE, 0},    {"3-1", -EINVAL, 0},
        {"1,", -EINVAL, 0},  {",1", -EINVAL, 0},      {"1,,2", -EINVAL, 0},
        {"-1", -EINVAL, 0},  {"1-", -EINVAL, 0},      {"a", -EINVAL, 0},
        {"1 2", -EINVAL, 0}, {"0-7:1/2", -EINVAL, 0}, {"99999999999999999999", -ERANGE, 0},
        {"+1", -EINVAL, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint64_t bits[CPU_LIST_WORDS] = {0};
        int r = cpu_list_parse(cases[i].text, bits);
        if (r != cases[i].error || bits[0] != cases[i].first_word)
            fail_msg("\"%s\": %d, %llx", cases[i].text, r, (unsigned long long)bits[0]);
        assert_int_equal(cpu_list_parse(cases[i].text, NULL), cases[i].error);
    }
    uint64_t bits[CPU_LIST_WORDS];
    assert_int_equal(cpu_list_parse("60-70,8191", bits), 0);
    assert_true(bits[0] == 0xf000000000000000ull && bits[1] == 0x7f && bits[127] == 1ull << 63);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lists_are_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
