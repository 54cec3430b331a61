/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "init/probe.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_parse(void **state)
{
    static const char *const bad[] = {
        "",           "tcp",          "tcp:",      "tcp:0",    "tcp:65536", "tcp:x",  "tcp:localhost:80",
        "tcp:::1:80", "tcp:1.2.3:80", "http:80x/", "http:/x",  "file:rel",  "file:",  "fd:2",
        "fd:100",     "fd:x",         "exec:",     "notify:x", "udp:5",     "tcp:-1", "tcp:+80"};
    struct probe p;
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (probe_parse(bad[i], &p) != -EINVAL)
            fail_msg("%s was taken", bad[i]);
    assert_int_equal(probe_parse("tcp:[::1]:80", &p), 0);
    assert_string_equal(p.host, "::1");
    assert_int_equal(probe_parse("http:10.0.0.1:8080/a:b/c", &p), 0);
    assert_string_equal(p.host, "10.0.0.1");
    assert_int_equal(p.port, 8080);
    assert_string_equal(p.path, "/a:b/c");
    assert_int_equal(probe_parse("http:8080", &p), 0);
    assert_string_equal(p.path, "/");
}

/* A server on loopback that gives one answer, byte by byte when `slow`. */
static uint16_t serve(const char *answer, bool slow)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &size), 0);
    if (fork() == 0) {
        char request[1000];
        int client = accept(fd, NULL, NULL);
        ssize_t n = read(client, request, sizeof(request));
        for (size_t i = 0; n > 0 && i < strlen(answer); i += slow ? 1 : strlen(answer)) {
            (void)!write(client, answer + i, slow ? 1 : strlen(answer));
            if (slow)
                usleep(1000);
        }
        _exit(0);
    }
    close(fd);
    return ntohs(a.sin_port);
}

static bool ask(const char *answer, bool slow)
{
    struct probe p = {.kind = PROBE_HTTP, .host = "127.0.0.1", .port = serve(answer, slow), .path = "/"};
    bool good = probe_wait(&p, NULL, 3000);
    while (wait(NULL) > 0)
        ;
    return good;
}

static void test_http(void **state)
{
    (void)state;
    assert_true(ask("HTTP/1.1 200 OK\r\n\r\n", false));
    assert_true(ask("HTTP/1.0 302 Found\r\n\r\n", true));
    assert_false(ask("HTTP/1.1 500 Oops\r\n\r\n", false));
    assert_false(ask("HTTP/1.1 404 No\r\n\r\n", false));
    assert_false(ask("HTTP/1.1 2", false));
    assert_false(ask("SSH-2.0-OpenSSH 200\r\n", false));
    assert_false(ask("", false));
}

static void test_tcp_and_file(void **state)
{
    struct probe p = {.kind = PROBE_TCP, .host = "127.0.0.1", .port = serve("", false)};
    (void)state;
    assert_true(probe_wait(&p, NULL, 3000));
    while (wait(NULL) > 0)
        ;
    assert_false(probe_wait(&p, NULL, 3000)); /* nobody listens there any more */
    p = (struct probe){.kind = PROBE_FILE, .path = "/"};
    assert_true(probe_wait(&p, NULL, 100));
    p.path = "/no/such/file";
    assert_false(probe_wait(&p, NULL, 100));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse), cmocka_unit_test(test_http),
                                       cmocka_unit_test(test_tcp_and_file)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
