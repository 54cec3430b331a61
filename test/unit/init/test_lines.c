/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "init/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char buffer[LINE_BUFFER];

/* Feeds the pieces one by one and returns what came out, the last line ended. */
static const char *pump(const char *prefix, const char *const *pieces, size_t count)
{
    static char result[20000];
    int in[2], out[2];
    assert_int_equal(pipe2(in, O_CLOEXEC | O_NONBLOCK), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC | O_NONBLOCK), 0);
    struct lines l = {.from = in[0], .to = out[1], .prefix = prefix, .buffer = buffer};
    for (size_t i = 0; i < count; i++) {
        assert_true(write(in[1], pieces[i], strlen(pieces[i])) >= 0);
        while (lines_pump(&l))
            ;
    }
    close(in[1]);
    lines_drain(&l);
    assert_int_equal(l.from, -1);
    ssize_t n = read(out[0], result, sizeof(result) - 1);
    result[n > 0 ? n : 0] = '\0';
    close(out[0]);
    close(out[1]);
    return result;
}

static void test_prefix(void **state)
{
    static char longer[LINE_BUFFER + 100];
    (void)state;
    assert_string_equal(pump("[a] ", (const char *[]){"one\ntw", "o\n\nthree"}, 2),
                        "[a] one\n[a] two\n[a] \n[a] three\n");
    assert_string_equal(pump("", (const char *[]){"x\ny\n"}, 1), "x\ny\n");
    assert_string_equal(pump("[a] ", (const char *[]){""}, 1), "");
    memset(longer, 'x', sizeof(longer) - 1);
    const char *out = pump("", (const char *[]){longer, "\nend\n"}, 2);
    size_t count = 0;
    for (const char *p = out; *p; p++)
        count += *p == 'x';
    assert_int_equal(count, sizeof(longer) - 1);
    assert_string_equal(out + strlen(out) - 5, "\nend\n");
}

static void test_rotation(void **state)
{
    char folder[] = "/tmp/unroot-init-log-XXXXXX", path[100];
    (void)state;
    assert_non_null(mkdtemp(folder));
    struct log l = {.folder = folder, .name = "s", .files = 3, .max_bytes = 10};
    assert_int_equal(log_open(&l), 0);
    for (int i = 0; i < 5; i++) {
        char line[] = "12345\n";
        line[0] = (char)('a' + i);
        assert_int_equal(log_write(&l, line, 6), 0);
    }
    static const char *const expected[][2] = {{"s.log", "e"}, {"s.log.1", "d"}, {"s.log.2", "c"}};
    for (size_t i = 0; i < 3; i++) {
        char text[20] = "";
        snprintf(path, sizeof(path), "%s/%s", folder, expected[i][0]);
        FILE *f = fopen(path, "r");
        assert_non_null(f);
        assert_non_null(fgets(text, sizeof(text), f));
        assert_int_equal(text[0], expected[i][1][0]);
        fclose(f);
        unlink(path);
    }
    snprintf(path, sizeof(path), "%s/s.log.3", folder);
    assert_int_equal(access(path, F_OK), -1);
    close(l.fd);
    close(l.folder_fd);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_prefix), cmocka_unit_test(test_rotation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
