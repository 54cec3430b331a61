/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "init/rewriter.h"

#include <errno.h>
#include <stdlib.h>

static void check(const char *text, struct line_change change, const char *expected, bool taken)
{
    struct rewrite w, again;
    assert_int_equal(accounts_rewrite(span_of(text), &change, &w), 0);
    if (!span_is(w.text, expected))
        fail_msg("got \"%.*s\", wanted \"%s\"", (int)w.text.length, w.text.data, expected);
    assert_int_equal(w.taken, taken);
    assert_int_equal(w.changed, strcmp(text, expected) != 0);
    assert_int_equal(accounts_rewrite(w.text, &change, &again), 0);
    assert_false(again.changed);
    free((void *)again.text.data);
    free((void *)w.text.data);
}

static struct line_change passwd(const char *name, uint32_t uid, uint32_t gid)
{
    return (struct line_change){span_of(name), {uid, gid}, 2, "::/home:/bin/false"};
}

static void test_passwd(void **state)
{
    (void)state;
    check("root:x:0:0:r:/root:/bin/sh\napp:!:1:2:A B:/a:/s\n", passwd("app", 5, 6),
          "root:x:0:0:r:/root:/bin/sh\napp:!:5:6:A B:/a:/s\n", false);
    check("www:x:33:33::/w:\napp:x:1:2::/a:\n", passwd("app", 33, 6), "app:x:33:6::/a:\nwww:x:33:33::/w:\n",
          true);
    check("", passwd("app", 5, 6), "app:x:5:6::/home:/bin/false\n", false);
    check("a:x:1:1::/:", passwd("app", 5, 6), "a:x:1:1::/:\napp:x:5:6::/home:/bin/false\n", false);
    /* what is no account line keeps its place, and so does a second line of the name */
    check("# comment\n\napp:x:bad:2::/a:\napp:x:1:2::/a:\napp:x:3:4::/b:\n", passwd("app", 5, 6),
          "# comment\n\napp:x:bad:2::/a:\napp:x:5:6::/a:\napp:x:3:4::/b:\n", false);
    check("app:x:1:2\n", passwd("app", 5, 6), "app:x:5:6\n", false);
}

static void test_group(void **state)
{
    struct line_change c = {span_of("app"), {9, 0}, 1, ":"};
    (void)state;
    check("root:x:0:\napp:x:1:u,v\n", c, "root:x:0:\napp:x:9:u,v\n", false);
    check("users:x:9:u\n", c, "app:x:9:\nusers:x:9:u\n", true);
}

static void test_names(void **state)
{
    static const char *const bad[] = {"",
                                      "a:b",
                                      "a\nb",
                                      "-a",
                                      "a b",
                                      "\xc3\xa4",
                                      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    struct rewrite w;
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct line_change c = passwd(bad[i], 1, 1);
        assert_int_equal(accounts_rewrite(span_of("x:x:1:1::/:\n"), &c, &w), -EINVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_passwd), cmocka_unit_test(test_group),
                                       cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
