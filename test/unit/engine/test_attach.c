/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int send_packet(int fd, const struct monitor_message *m)
{
    uint8_t bytes[2 * MONITOR_HEADER_SIZE];
    int n = monitor_message_encode(m, bytes);
    assert_true(n > 0);
    return send(fd, bytes, (size_t)n, MSG_NOSIGNAL) == n ? 0 : -errno;
}

static void listens_and_connects(void **state)
{
    (void)state;
    char path[] = "/tmp/unroot-attach-with-a-name-that-makes-the-path-longer-than-a-socket-address.XXXXXX";
    assert_non_null(mkdtemp(path));
    int run = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), listener = -EBADF, client = -EBADF;
    assert_int_equal(attach_connect(run, ID, &client), -ENOTCONN);
    assert_int_equal(mkdirat(run, "containers", 0700), 0);
    assert_int_equal(mkdirat(run, "containers/" ID, 0700), 0);
    int folder = openat(run, "containers/" ID, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(attach_connect(run, ID, &client), -ENOTCONN);
    assert_int_equal(attach_listen(folder, &listener), 0);
    struct stat st;
    assert_int_equal(fstatat(folder, "attach.sock", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(attach_connect(run, ID, &client), 0);
    assert_int_equal(fcntl(client, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(listener, F_GETFD), FD_CLOEXEC);
    assert_int_equal(attach_hello(client, MONITOR_WANTS_OUTPUT), 0);
    close(client);
    close(listener);
    assert_int_equal(attach_connect(run, ID, &client), -ENOTCONN); /* a stale socket */
    assert_int_equal(attach_listen(folder, &listener), 0);
    assert_int_equal(attach_connect(run, "../" ID, &client), -EINVAL);
    assert_int_equal(attach_connect(run, "", &client), -EINVAL);
    assert_int_equal(attach_connect(run, "..", &client), -EINVAL);
    unlinkat(folder, "attach.sock", 0);
    unlinkat(run, "containers/" ID, AT_REMOVEDIR);
    unlinkat(run, "containers", AT_REMOVEDIR);
    rmdir(path);
    close(listener);
    close(folder);
    close(run);
}

static void waits_for_the_end(void **state)
{
    (void)state;
    int monitor, client;
    struct monitor_message exited = {0};
    assert_int_equal(attach_pair(&monitor, &client), 0);
    assert_int_equal(attach_hello(client, 0),
                     0); /* never read: closing gives ECONNRESET before what was said */
    assert_int_equal(send_packet(monitor, &(struct monitor_message){.type = MONITOR_ACCEPTED, .version = 1}),
                     0);
    assert_int_equal(
        send_packet(monitor,
                    &(struct monitor_message){.type = MONITOR_EXITED, .exit_code = 137, .signal = 9}),
        0);
    close(monitor);
    assert_int_equal(attach_wait(client, &exited), 0);
    assert_int_equal(exited.exit_code, 137);
    assert_int_equal(exited.signal, 9);
    assert_int_equal(attach_wait(client, &exited), -ENOTCONN);
    assert_int_equal(attach_cleanup_done(client), -ENOTCONN);
    close(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listens_and_connects),
        cmocka_unit_test(waits_for_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
