/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "init/environment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* An environment lives as long as its process: its strings are not freed (environment.h). */
const char *__asan_default_options(void);
__attribute__((visibility("default"), used)) const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

static struct environment make(char *const *items)
{
    struct environment e;
    assert_int_equal(environment_copy(items, &e), 0);
    return e;
}

static const char *get(const struct environment *e, const char *name)
{
    const char *value = environment_get(e->items, name);
    return value ? value : "(unset)";
}

static void test_set_and_unset(void **state)
{
    (void)state;
    struct environment e = make((char *[]){"A=1", "AB=2", "A=3", "novalue", NULL});
    assert_string_equal(get(&e, "A"), "1");
    assert_int_equal(environment_set(&e, "A", "4"), 0);
    assert_string_equal(get(&e, "A"), "4");
    assert_int_equal(e.count, 3); /* the second A is gone, too */
    environment_unset(&e, "A");
    assert_string_equal(get(&e, "A"), "(unset)");
    assert_string_equal(get(&e, "AB"), "2");
    for (int i = 0; i < 100; i++) {
        char name[16];
        snprintf(name, sizeof(name), "N%d", i);
        assert_int_equal(environment_set(&e, name, "x"), 0);
    }
    assert_int_equal(e.count, 102);
    assert_null(e.items[102]);
    free(e.items);
}

static void test_account(void **state)
{
    struct identity root = {.uid = 0, .name = "root", .home = "/root"};
    struct identity app = {.uid = 1000, .name = "app", .home = "/home/app"}, bare = {.uid = 4711};
    (void)state;
    struct environment e = make((char *[]){"HOME=/root", "USER=root", "PATH=/bin", NULL});
    assert_int_equal(environment_set_account(&e, &app, &root), 0);
    assert_string_equal(get(&e, "HOME"), "/home/app");
    assert_string_equal(get(&e, "USER"), "app");
    assert_string_equal(get(&e, "LOGNAME"), "app");
    free(e.items);
    e = make((char *[]){"HOME=/srv", "USER=me", NULL});
    assert_int_equal(environment_set_account(&e, &app, &root), 0);
    assert_string_equal(get(&e, "HOME"), "/srv");
    assert_string_equal(get(&e, "USER"), "me");
    free(e.items);
    e = make((char *[]){"HOME=/root", "USER=root", NULL});
    assert_int_equal(environment_set_account(&e, &bare, &root), 0);
    assert_string_equal(get(&e, "HOME"), "/");
    assert_string_equal(get(&e, "USER"), "(unset)");
    free(e.items);
}

static const char *write_secret(const char *bytes, size_t size)
{
    static char path[60];
    snprintf(path, sizeof(path), "/tmp/unroot-init-secret-%d", (int)getpid());
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, size, f), size);
    fclose(f);
    return path;
}

static void test_secrets(void **state)
{
    struct failure f = {0};
    char item[100];
    (void)state;
    snprintf(item, sizeof(item), "FILE__DB=%s", write_secret("pass word\n\n", 11));
    struct environment e = make((char *[]){item, "SSL_CERT_FILE=/etc/ssl/cert.pem", "EMPTY_FILE=", NULL});
    assert_int_equal(environment_read_secrets(&e, &f), 0);
    assert_string_equal(get(&e, "DB"), "pass word");
    assert_string_equal(get(&e, "FILE__DB"), "(unset)");
    assert_string_equal(get(&e, "SSL_CERT_FILE"), "/etc/ssl/cert.pem"); /* no secret: left alone */
    free(e.items);
    e = make((char *[]){item, "DB=also", NULL});
    assert_int_equal(environment_read_secrets(&e, &f), -EINVAL);
    assert_int_equal(f.exit_code, EXIT_BAD_USAGE);
    free(e.items);
    const char *path = write_secret("a\0b", 3);
    e = make((char *[]){item, NULL});
    assert_int_equal(environment_read_secrets(&e, &f), -EINVAL);
    free(e.items);
    unlink(path);
    e = make((char *[]){item, NULL});
    assert_int_equal(environment_read_secrets(&e, &f), -ENOENT);
    free(e.items);
    e = make((char *[]){"PW_FILE=/run/secrets/not-there", NULL});
    assert_int_equal(environment_read_secrets(&e, &f), -ENOENT);
    free(e.items);
}

static void test_listen(void **state)
{
    (void)state;
    struct environment e = make((char *[]){"LISTEN_PID=10", "LISTEN_FDS=1", NULL});
    assert_int_equal(environment_fix_listen(&e, 10, 20), 0);
    assert_string_equal(get(&e, "LISTEN_PID"), "20");
    assert_int_equal(environment_fix_listen(&e, 10, 30), 0);
    assert_string_equal(get(&e, "LISTEN_PID"), "(unset)");
    assert_string_equal(get(&e, "LISTEN_FDS"), "(unset)");
    free(e.items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_set_and_unset), cmocka_unit_test(test_account),
                                       cmocka_unit_test(test_secrets), cmocka_unit_test(test_listen)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
