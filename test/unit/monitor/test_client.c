/* SPDX-License-Identifier: Apache-2.0 */
/* What a client gets that reads too slowly, or not at all. */
#include "monitor/client.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

static char bytes[MONITOR_OUTPUT_MAX];
static const struct chunk chunk = {.stream = MONITOR_STDOUT, .size = sizeof(bytes), .bytes = bytes};
static const struct client_news news = {.chunk = &chunk, .exit_code = 3};

static int make(struct client *c, unsigned wants)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    assert_int_equal(client_init(c, ends[0]), 0);
    c->greeted = true;
    c->wants = wants;
    return ends[1];
}

static struct monitor_message receive(int fd)
{
    static uint8_t packet[MONITOR_MESSAGE_MAX];
    struct monitor_message m = {0};
    ssize_t n = recv(fd, packet, sizeof(packet), MSG_DONTWAIT);
    assert_true(n > 0);
    assert_int_equal(monitor_message_decode(packet, (size_t)n, &m), 0);
    return m;
}

static void a_slow_one_loses_and_is_told(void **state)
{
    (void)state;
    struct client c;
    int fd = make(&c, MONITOR_WANTS_OUTPUT);
    size_t sent = 0, lost;
    while (c.lost == 0) {
        client_offer(&c, &news);
        sent++;
    }
    assert_int_equal(c.owes, OWES_LOST);
    client_offer(&c, &news);
    client_offer(&c, &news);
    lost = c.lost;
    assert_int_equal(lost, 3 * sizeof(bytes));
    for (size_t i = 0; i < sent - 1; i++)
        assert_int_equal(receive(fd).type, MONITOR_OUTPUT);
    client_offer(&c, &news);
    assert_int_equal(receive(fd).lost, lost);
    assert_int_equal(receive(fd).type, MONITOR_OUTPUT);
    assert_int_equal(c.owes, 0);
    client_drop(&c);
    close(fd);
}

static void the_last_word_always_fits(void **state)
{
    (void)state;
    struct client c;
    int fd = make(&c, MONITOR_WANTS_OUTPUT);
    while (c.lost == 0)
        client_offer(&c, &news);
    struct chunk small = {.stream = MONITOR_STDOUT, .size = 1, .bytes = "x"};
    struct client_news last = {.chunk = &small, .exit_code = 3};
    c.owes = 0;
    for (int i = 0; i < 2000; i++)
        client_offer(&c, &last); /* fill the rest with small ones */
    assert_int_equal(c.owes, OWES_LOST);
    client_make_room(&c);
    c.owes |= OWES_EXITED;
    client_settle(&c, &news);
    assert_int_equal(c.owes, 0);
    client_drop(&c);
    for (;;) {
        struct monitor_message m = receive(fd);
        if (m.type == MONITOR_EXITED) {
            assert_int_equal(m.exit_code, 3);
            break;
        }
    }
    close(fd);
}

static void one_that_wants_all_is_waited_for(void **state)
{
    (void)state;
    struct client c;
    int fd = make(&c, MONITOR_WANTS_OUTPUT | MONITOR_WANTS_ALL);
    while (c.owes == 0)
        client_offer(&c, &news);
    assert_int_equal(c.owes, OWES_CHUNK);
    assert_int_equal(c.lost, 0);
    client_settle(&c, &news);
    assert_int_equal(c.owes, OWES_CHUNK);
    while (c.owes != 0) {
        (void)receive(fd);
        client_settle(&c, &news);
    }
    close(fd);
    client_offer(&c, &news);
    assert_true(c.deaf);
    assert_int_equal(c.owes, 0);
    client_drop(&c);
}

static void what_a_dead_one_said_is_still_read(void **state)
{
    (void)state;
    struct client c;
    struct monitor_message m;
    uint8_t header[2 * MONITOR_HEADER_SIZE], buffer[MONITOR_HEADER_SIZE + MONITOR_STDIN_MAX + 1];
    int fd = make(&c, MONITOR_WANTS_OUTPUT);
    client_offer(&c, &news); /* never read: closing gives ECONNRESET */
    int n = monitor_message_encode(&(struct monitor_message){.type = MONITOR_STDIN_EOF}, header);
    assert_int_equal(send(fd, header, (size_t)n, 0), n);
    close(fd);
    int r = client_receive(&c, buffer, &m);
    if (r == -EAGAIN)
        r = client_receive(&c, buffer, &m);
    assert_int_equal(r, 0);
    assert_int_equal(m.type, MONITOR_STDIN_EOF);
    assert_int_equal(client_receive(&c, buffer, &m), -ENOTCONN);
    client_drop(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slow_one_loses_and_is_told),
        cmocka_unit_test(the_last_word_always_fits),
        cmocka_unit_test(one_that_wants_all_is_waited_for),
        cmocka_unit_test(what_a_dead_one_said_is_still_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
