/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "init/config.h"
#include "init/files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static int parse(const char *text, size_t size, struct config *c, struct failure *f)
{
    memset(c, 0, sizeof(*c));
    return config_parse("conf", text, size, c, f);
}

/* Every file of test/data/init: its name is the expectation. */
static void test_files(void **state)
{
    char folder[512], path[1024];
    static struct config c;
    int count = 0;
    (void)state;
    snprintf(folder, sizeof(folder), "%s/init", getenv("UNROOT_TEST_DATA"));
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        struct failure f = {0};
        struct span text;
        bool good = strncmp(e->d_name, "ok-", 3) == 0;
        if (!good && strncmp(e->d_name, "bad-", 4) != 0)
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
        assert_int_equal(file_read(path, 65536, &text), 0);
        int r = parse(text.data, text.length, &c, &f);
        if (good != (r == 0))
            fail_msg("%s: %s", e->d_name, f.text);
        if (!good)
            assert_int_equal(f.exit_code, EXIT_BAD_USAGE);
        config_free(&c);
        free((void *)text.data);
        count++;
    }
    closedir(d);
    assert_true(count >= 15);
}

static void test_issue(void **state)
{
    static const char text[] =
        "user = app\nown = /config /data from=app # x\nlisten = 80 443\n"
        "[migrate] run = /app/bin/migrate  once = yes\n"
        "[db] run = redis-server /etc/redis.conf user = redis ready = tcp:6379\n"
        "[web] run = /app/bin/web need = migrate db main = yes ready = notify health = http:8080/healthz 10s "
        "x3\n"
        "   stop = QUIT 30s after 5s restart = failure 50ms..10s give-up 5/60s log = /data/log 10x1M\n";
    static struct config c;
    struct failure f = {0};
    (void)state;
    assert_int_equal(parse(text, sizeof(text) - 1, &c, &f), 0);
    assert_int_equal(c.service_count, 3);
    assert_string_equal(c.user, "app");
    assert_int_equal(c.owns[0].path_count, 2);
    assert_string_equal(c.owns[0].from, "app");
    assert_int_equal(c.listen_count, 2);
    assert_int_equal(c.listens[1].port, 443);
    assert_int_equal(c.listens[1].service, 2);
    const struct service *web = &c.services[2];
    assert_string_equal(c.services[1].run[1], "/etc/redis.conf");
    assert_null(c.services[1].run[2]);
    assert_int_equal(web->needs, 3);
    assert_int_equal(web->health.port, 8080);
    assert_string_equal(web->health.path, "/healthz");
    assert_int_equal(web->health_interval_ms, 10000);
    assert_int_equal(web->health_tries, 3);
    assert_int_equal(web->stop_signal, SIGQUIT);
    assert_int_equal(web->stop_timeout_ms, 30000);
    assert_int_equal(web->stop_drain_ms, 5000);
    assert_int_equal(web->restart_min_ms, 50);
    assert_int_equal(web->give_up_count, 5);
    assert_int_equal(web->log_files, 10);
    assert_int_equal(web->log_size, 1 << 20);
    assert_true(web->main);
    config_free(&c);
}

static void test_words(void **state)
{
    static const char text[] =
        "[a] run = sh -c 'a = b # c' \"x\\\"y\" user= \"=\" end#not \\\n more # comment\nuser = u";
    static struct config c;
    struct failure f = {0};
    (void)state;
    assert_int_equal(parse(text, sizeof(text) - 1, &c, &f), 0);
    static const char *const words[] = {"sh", "-c", "a = b # c", "x\"y", "user=", "=", "end#not", "more"};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        assert_string_equal(c.services[0].run[i], words[i]);
    assert_null(c.services[0].run[8]);
    assert_string_equal(c.services[0].user, "u");
    config_free(&c);
}

static void test_messages(void **state)
{
    static struct config c;
    struct failure f = {0};
    (void)state;
    assert_int_equal(parse("user = a\n\n[a] runn = x", 22, &c, &f), -EINVAL);
    assert_memory_equal(f.text, "conf:3: unknown key \"runn\"", 26);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_files), cmocka_unit_test(test_issue),
                                       cmocka_unit_test(test_words), cmocka_unit_test(test_messages)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
