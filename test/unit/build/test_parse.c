/* SPDX-License-Identifier: Apache-2.0 */
#include "build/parse.h"
#include "build/parse_fields.h"
#include "kernel/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after those */
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

static char *write_fields(struct dockerfile *d, size_t *ret_size)
{
    struct fields f = {.writing = true};
    fields_dockerfile(&f, d);
    assert_int_equal(text_error(&f.out), 0);
    *ret_size = f.out.length;
    char *bytes = malloc(f.out.length + 1);
    assert_non_null(bytes);
    memcpy(bytes, f.out.data, f.out.length);
    text_free(&f.out);
    return bytes;
}

/* All that the parser's own test data hold crosses the pipe unchanged. */
static void test_every_sample_comes_through(void **state)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/dockerfile", getenv("UNROOT_TEST_DATA"));
    DIR *folder = opendir(path);
    size_t parsed = 0;
    (void)state;
    assert_non_null(folder);
    for (struct dirent *e = readdir(folder); e; e = readdir(folder)) {
        autofree char *text = NULL, *one = NULL, *two = NULL;
        autodockerfile struct dockerfile d = {0}, here = {0};
        autoreport struct report report = {0};
        struct failure failure = {0};
        size_t size, first, second;
        if (e->d_name[0] == '.' || file_read_all(dirfd(folder), e->d_name, 1 << 20, &text, &size) < 0)
            continue;
        bool good = dockerfile_parse(e->d_name, text, size, &report, &here) == 0;
        int r = build_parse(e->d_name, text, size, &d, &failure);
        assert_int_equal(r, good ? 0 : -EINVAL);
        if (!good) {
            assert_true(failure.text[0] != '\0');
            continue;
        }
        one = write_fields(&here, &first);
        two = write_fields(&d, &second);
        assert_int_equal(first, second);
        assert_memory_equal(one, two, first);
        parsed++;
    }
    (void)closedir(folder);
    assert_true(parsed > 20);
}

/* What a parser that was taken over could send: nothing of it is believed. */
static void test_broken_bytes_are_refused(void **state)
{
    static const char text[] =
        "FROM a AS b\nCOPY --from=b <<E x /\ny\nE\nONBUILD RUN c\nHEALTHCHECK CMD d\nARG e=f\n";
    struct dockerfile d = {0};
    autoreport struct report report = {0};
    size_t size;
    (void)state;
    assert_int_equal(dockerfile_parse("x", text, sizeof(text) - 1, &report, &d), 0);
    autofree char *bytes = write_fields(&d, &size);
    dockerfile_free(&d);
    for (size_t cut = 0; cut < size; cut++) {
        struct dockerfile half = {0};
        struct fields f = {.data = bytes, .size = cut};
        fields_dockerfile(&f, &half);
        assert_true(f.error < 0);
        dockerfile_free(&half);
    }
    for (size_t at = 0; at < size; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            struct dockerfile wrong = {0};
            struct fields f = {.data = bytes, .size = size};
            bytes[at] ^= (char)(1u << bit);
            fields_dockerfile(&f, &wrong);
            for (size_t i = 0; f.error == 0 && i < wrong.stage_count; i++)
                assert_true(wrong.stages[i].first + wrong.stages[i].count <= wrong.instruction_count);
            dockerfile_free(&wrong);
            bytes[at] ^= (char)(1u << bit);
        }
}

static void test_mistakes_have_their_places(void **state)
{
    static const char text[] = "FROM a\nRUNN b\nCOPYY c\n";
    struct dockerfile d = {0};
    struct failure failure = {0};
    (void)state;
    assert_int_equal(build_parse("Dockerfile", text, sizeof(text) - 1, &d, &failure), -EINVAL);
    assert_string_equal(failure.text, "Dockerfile:2:1: unknown instruction: RUNN; did you mean RUN; "
                                      "Dockerfile:3:1: unknown instruction: COPYY; did you mean COPY");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_sample_comes_through),
        cmocka_unit_test(test_broken_bytes_are_refused),
        cmocka_unit_test(test_mistakes_have_their_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
