/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

struct pair {
    int ours, peers;
};

static struct pair pair_make(void)
{
    int fds[2];
    assert_int_equal(sync_make(fds), 0);
    assert_int_equal(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(fds[1], F_GETFD), FD_CLOEXEC);
    return (struct pair){fds[0], fds[1]};
}

static void pair_close(struct pair *p)
{
    if (p->peers >= 0)
        close(p->peers);
    close(p->ours);
}

static void peer_says(struct pair *p, enum sync_point point, int32_t value)
{
    struct failure failure = {0};
    assert_int_equal(sync_send(p->peers, point, value, &failure), 0);
}

static void peer_fails(struct pair *p, const char *sentence, int32_t value)
{
    struct failure failure = {.step = "payload/mount-proc"};
    assert_int_equal(refuse(&failure, -ENODEV, "%s", sentence), -ENODEV);
    sync_send_failure(p->peers, &failure, value);
}

static void peer_ends(struct pair *p)
{
    close(p->peers);
    p->peers = -EBADF;
}

static void points_arrive_in_order_with_their_values(void **state)
{
    (void)state;
    struct pair p = pair_make();
    struct failure failure = {0};
    int32_t value = 0;
    peer_says(&p, SYNC_MAPPED, 0);
    peer_says(&p, SYNC_STARTED, 4711);
    peer_says(&p, SYNC_LOCKED, 1);
    assert_int_equal(sync_wait(p.ours, SYNC_MAPPED, &value, &failure), 0);
    assert_int_equal(value, 0);
    assert_int_equal(sync_wait(p.ours, SYNC_STARTED, &value, &failure), 0);
    assert_int_equal(value, 4711);
    assert_int_equal(sync_wait(p.ours, SYNC_LOCKED, NULL, &failure), 0);
    assert_int_equal(failure.error, 0);
    pair_close(&p);
}

static void another_point_is_an_error(void **state)
{
    (void)state;
    struct pair p = pair_make();
    struct failure failure = {0};
    peer_says(&p, SYNC_ASSEMBLED, 0);
    assert_int_equal(sync_wait(p.ours, SYNC_MAPPED, NULL, &failure), -EPROTO);
    assert_non_null(strstr(failure.text, "point 3 instead of 0"));
    pair_close(&p);
}

static void a_failure_comes_instead_of_the_point(void **state)
{
    (void)state;
    struct pair p = pair_make();
    struct failure failure = {0};
    int32_t value = 0;
    peer_fails(&p, "no such device", 7);
    assert_int_equal(sync_wait(p.ours, SYNC_NAMESPACES, &value, &failure), -ENODEV);
    assert_int_equal(value, 7);
    assert_int_equal(failure.error, -ENODEV);
    assert_string_equal(failure.text, "no such device");
    assert_string_equal(failure.step, "payload/mount-proc");
    pair_close(&p);
}

static void the_peer_ended(void **state)
{
    (void)state;
    struct pair p = pair_make();
    struct failure failure = {0};
    peer_ends(&p);
    assert_int_equal(sync_wait(p.ours, SYNC_MAPPED, NULL, &failure), -EPIPE);
    failure = (struct failure){0};
    assert_int_equal(sync_send(p.ours, SYNC_MAPPED, 0, &failure), -EPIPE);
    assert_non_null(strstr(failure.text, "ended before it was ready"));
    sync_send_failure(p.ours, &failure, 0); /* no SIGPIPE, no error */
    pair_close(&p);
}

static void sending_to_a_failed_peer_tells_its_reason(void **state)
{
    (void)state;
    struct pair p = pair_make();
    struct failure failure = {0};
    peer_says(&p, SYNC_NAMESPACES, 0); /* unread: what matters stands behind it */
    peer_fails(&p, "no room", 0);
    peer_ends(&p);
    assert_int_equal(sync_send(p.ours, SYNC_ASSEMBLED, 0, &failure), -ENODEV);
    assert_string_equal(failure.text, "no room");
    pair_close(&p);
}

static void a_failing_peer_is_preferred(void **state)
{
    (void)state;
    const bool unread[] = {false, true};
    for (size_t i = 0; i < ARRAY_SIZE(unread); i++) {
        struct pair p = pair_make();
        struct failure failure = {0};
        int32_t value = 0;
        assert_int_equal(refuse(&failure, -EIO, "our own trouble"), -EIO);
        sync_prefer_failure(p.ours, &failure, &value); /* nothing was said: nothing changes, nothing waits */
        assert_string_equal(failure.text, "our own trouble");
        if (unread[i]) { /* the peer ends with our message unread: ECONNRESET comes first */
            struct failure ignored = {0};
            assert_int_equal(sync_send(p.ours, SYNC_MAPPED, 0, &ignored), 0);
        }
        peer_says(&p, SYNC_LOCKED, 3);
        peer_fails(&p, "exec format error", 1);
        peer_ends(&p);
        sync_prefer_failure(p.ours, &failure, &value);
        assert_int_equal(failure.error, -ENODEV);
        assert_string_equal(failure.text, "exec format error");
        assert_int_equal(value, 1);
        pair_close(&p);
    }
}

static void the_end_is_waited_for(void **state)
{
    (void)state;
    struct pair p = pair_make();
    struct failure failure = {0};
    int32_t value = 0;
    peer_ends(&p);
    assert_int_equal(sync_wait_end(p.ours, NULL, &failure), 0);
    pair_close(&p);
    p = pair_make();
    peer_fails(&p, "permission denied", 1);
    assert_int_equal(sync_wait_end(p.ours, &value, &failure), -ENODEV);
    assert_int_equal(value, 1);
    assert_string_equal(failure.text, "permission denied");
    failure = (struct failure){0};
    peer_says(&p, SYNC_LOCKED, 0);
    assert_int_equal(sync_wait_end(p.ours, NULL, &failure), -EPROTO);
    pair_close(&p);
}

static void odd_messages_are_refused(void **state)
{
    (void)state;
    struct pair p = pair_make();
    struct failure failure = {0};
    assert_int_equal(send(p.peers, "abc", 3, MSG_NOSIGNAL), 3);
    assert_int_equal(sync_wait(p.ours, SYNC_MAPPED, NULL, &failure), -EPROTO);
    struct sync_message message = {.point = SYNC_FAILED, .failure = {.error = 5}};
    failure = (struct failure){0};
    assert_int_equal(send(p.peers, &message, sizeof(message), MSG_NOSIGNAL), (int)sizeof(message));
    assert_int_equal(sync_wait(p.ours, SYNC_MAPPED, NULL, &failure),
                     -EPROTO); /* a failure that did not fail */
    message.failure.error = -EIO;
    memset(message.failure.text, 'x', sizeof(message.failure.text));
    memset(message.failure.step, 'y', sizeof(message.failure.step));
    failure = (struct failure){0};
    assert_int_equal(send(p.peers, &message, sizeof(message), MSG_NOSIGNAL), (int)sizeof(message));
    assert_int_equal(sync_wait(p.ours, SYNC_MAPPED, NULL, &failure), -EIO);
    assert_int_equal(strnlen(failure.text, sizeof(failure.text)), sizeof(failure.text) - 1);
    assert_int_equal(strnlen(failure.step, sizeof(failure.step)), sizeof(failure.step) - 1);
    pair_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_arrive_in_order_with_their_values),
        cmocka_unit_test(another_point_is_an_error),
        cmocka_unit_test(a_failure_comes_instead_of_the_point),
        cmocka_unit_test(the_peer_ended),
        cmocka_unit_test(sending_to_a_failed_peer_tells_its_reason),
        cmocka_unit_test(a_failing_peer_is_preferred),
        cmocka_unit_test(the_end_is_waited_for),
        cmocka_unit_test(odd_messages_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
