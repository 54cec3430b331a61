/* SPDX-License-Identifier: Apache-2.0 */
#include "build/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after those */
#include <cmocka.h>

static struct digest key_of(const char *kind, const char *const *fields, size_t count)
{
    struct build_key key;
    struct digest digest;
    build_key_begin(&key, kind);
    for (size_t i = 0; i < count; i++)
        build_key_add(&key, fields[i]);
    build_key_end(&key, &digest);
    return digest;
}

/* Lists that a digest over joined text would take for one another. */
static void test_fields_do_not_run_together(void **state)
{
    static const char *const lists[][3] = {{"ab", "c", ""}, {"a", "bc", ""},   {"abc", "", ""},
                                           {"", "abc", ""}, {"ab", "c", NULL}, {NULL, "ab", "c"},
                                           {"a", "b", "c"}};
    struct digest digests[ARRAY_SIZE(lists)];
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        digests[i] = key_of("run", lists[i], 3);
        for (size_t k = 0; k < i; k++)
            assert_false(digest_equal(&digests[i], &digests[k]));
    }
}

static void test_same_fields_are_the_same_key_and_kinds_differ(void **state)
{
    static const char *const fields[] = {"state", "RUN make"};
    struct digest one = key_of("run", fields, 2), two = key_of("run", fields, 2),
                  other = key_of("copy", fields, 2);
    (void)state;
    assert_true(digest_equal(&one, &two));
    assert_false(digest_equal(&one, &other));
}

static void test_a_list_is_not_its_items(void **state)
{
    struct build_key key;
    struct digest one, two, three;
    autostrings struct strings first = {0}, second = {0};
    (void)state;
    assert_int_equal(strings_add(&first, "a"), 0);
    assert_int_equal(strings_add(&second, "b"), 0);
    build_key_begin(&key, "run");
    build_key_add_strings(&key, &first);
    build_key_add_strings(&key, &second);
    build_key_end(&key, &one);
    assert_int_equal(strings_add(&first, "b"), 0);
    strings_free(&second);
    build_key_begin(&key, "run");
    build_key_add_strings(&key, &first);
    build_key_add_strings(&key, &second);
    build_key_end(&key, &two);
    build_key_begin(&key, "run");
    build_key_add_strings(&key, &second);
    build_key_add_strings(&key, &first);
    build_key_end(&key, &three);
    assert_false(digest_equal(&one, &two));
    assert_false(digest_equal(&two, &three));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_do_not_run_together),
        cmocka_unit_test(test_same_fields_are_the_same_key_and_kinds_differ),
        cmocka_unit_test(test_a_list_is_not_its_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
