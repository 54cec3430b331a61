/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/monitor_protocol.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct monitor_message good[] = {
    {.type = MONITOR_HELLO, .flags = MONITOR_HELLO_FLAGS, .version = MONITOR_PROTOCOL_VERSION},
    {.type = MONITOR_HELLO, .flags = 0, .version = UINT32_MAX},
    {.type = MONITOR_STDIN, .data = "typed", .size = 5},
    {.type = MONITOR_STDIN_EOF},
    {.type = MONITOR_RESIZE, .rows = 65535, .columns = 65535},
    {.type = MONITOR_DETACH},
    {.type = MONITOR_CLEANUP_DONE},
    {.type = MONITOR_ACCEPTED, .flags = MONITOR_IS_TTY | MONITOR_TAKES_STDIN, .version = 1},
    {.type = MONITOR_OUTPUT, .stream = MONITOR_STDERR, .data = "x", .size = 1},
    {.type = MONITOR_LOST, .lost = UINT64_MAX},
    {.type = MONITOR_STDIN_READY},
    {.type = MONITOR_STDIN_CLOSED},
    {.type = MONITOR_EXITED, .cleanup_is_yours = true, .signal = 64, .exit_code = 192},
};

static void comes_back_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        const struct monitor_message *m = &good[i];
        uint8_t packet[64];
        struct monitor_message back = {0};
        int n = monitor_message_encode(m, packet);
        assert_true(n >= MONITOR_HEADER_SIZE);
        if (m->size > 0)
            memcpy(packet + n, m->data, m->size);
        assert_int_equal(monitor_message_decode(packet, (size_t)n + m->size, &back), 0);
        assert_int_equal(back.type, m->type);
        assert_int_equal(back.flags, m->flags);
        assert_int_equal(back.version, m->version);
        assert_int_equal(back.stream, m->stream);
        assert_int_equal(back.rows, m->rows);
        assert_int_equal(back.columns, m->columns);
        assert_true(back.lost == m->lost);
        assert_int_equal(back.cleanup_is_yours, m->cleanup_is_yours);
        assert_int_equal(back.signal, m->signal);
        assert_int_equal(back.exit_code, m->exit_code);
        assert_int_equal(back.size, m->size);
        assert_memory_equal(back.data ? back.data : "", m->data ? m->data : "", m->size);
        /* One byte more or less is another packet. */
        if (m->size == 0)
            assert_int_equal(monitor_message_decode(packet, (size_t)n + 1, &back), -EPROTO);
        assert_int_equal(monitor_message_decode(packet, MONITOR_HEADER_SIZE - 1, &back), -EPROTO);
    }
}

static void refuses_to_write_nonsense(void **state)
{
    (void)state;
    const struct monitor_message bad[] = {
        {.type = 0},
        {.type = 7},
        {.type = 200},
        {.type = 300},
        {.type = MONITOR_HELLO, .flags = 16, .version = 1},
        {.type = MONITOR_HELLO, .flags = 256, .version = 1},
        {.type = MONITOR_HELLO},
        {.type = MONITOR_STDIN},
        {.type = MONITOR_STDIN, .data = "", .size = MONITOR_STDIN_MAX + 1},
        {.type = MONITOR_DETACH, .data = "x", .size = 1},
        {.type = MONITOR_OUTPUT, .data = "x", .size = 1},
        {.type = MONITOR_OUTPUT, .stream = 3, .data = "x", .size = 1},
        {.type = MONITOR_OUTPUT, .stream = 257, .data = "x", .size = 1},
        {.type = MONITOR_OUTPUT, .stream = 1, .data = "x", .size = MONITOR_OUTPUT_MAX + 1},
        {.type = MONITOR_LOST},
        {.type = MONITOR_EXITED, .exit_code = 256},
        {.type = MONITOR_EXITED, .signal = 65},
    };
    uint8_t bytes[2 * MONITOR_HEADER_SIZE];
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(monitor_message_encode(&bad[i], bytes), -EINVAL);
}

static void every_header_byte_counts(void **state)
{
    (void)state;
    uint8_t packet[2 * MONITOR_HEADER_SIZE];
    struct monitor_message m = {.type = MONITOR_DETACH};
    assert_int_equal(monitor_message_encode(&m, packet), MONITOR_HEADER_SIZE);
    for (size_t i = 1; i < MONITOR_HEADER_SIZE; i++) {
        packet[i] = 1;
        assert_int_equal(monitor_message_decode(packet, MONITOR_HEADER_SIZE, &m), -EPROTO);
        packet[i] = 0;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_the_same),
        cmocka_unit_test(refuses_to_write_nonsense),
        cmocka_unit_test(every_header_byte_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
