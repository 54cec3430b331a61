/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/relay_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Reads are separated by '|'; the sequence is "ab" or as told; what reaches the payload, "!" = detached. */
static const struct {
    const char *keys, *typed, *handed_on;
} rows[] = {
    {"ab", "hello", "hello"}, {"ab", "ab", "!"},     {"ab", "a|b", "!"},          {"ab", "xaby", "x!"},
    {"ab", "a|x", "ax"},      {"ab", "aab", "a!"},   {"ab", "a|a|b", "a!"},       {"ab", "b", "b"},
    {"ab", "a", ""},          {"aab", "aaab", "a!"}, {"abab", "abaabab", "aba!"}, {"abac", "ababac", "ab!"},
    {"a", "xa", "x!"},        {"", "ab", "ab"},      {"aaa", "aabaaa", "aab!"},
};

static void finds_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct relay_keys k = {.keys = (const unsigned char *)rows[i].keys, .count = strlen(rows[i].keys)};
        char out[64] = "";
        bool found = false;
        for (const char *typed = rows[i].typed; *typed && !found;) {
            unsigned char bytes[32 + RELAY_KEYS_MAX];
            size_t n = strcspn(typed, "|"), size = 0;
            found = relay_keys_feed(&k, (const unsigned char *)typed, n, bytes, &size);
            assert_true(size <= n + RELAY_KEYS_MAX);
            memcpy(out + strlen(out), bytes, size);
            typed += n + (typed[n] == '|');
        }
        if (found)
            out[strlen(out)] = '!';
        assert_string_equal(out, rows[i].handed_on);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
