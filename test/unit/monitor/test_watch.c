/* SPDX-License-Identifier: Apache-2.0 */
/* What is waited for, by state. */
#include "monitor/watch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct monitor *make(void)
{
    struct monitor *m = aligned_alloc(LOG_PAGE, (sizeof(*m) + LOG_PAGE - 1) / LOG_PAGE * LOG_PAGE);
    assert_non_null(m);
    *m = (struct monitor){.pidfd = 100, .listen_fd = 101, .now_ms = 1000};
    m->outputs[0].fd = 102;
    m->outputs[1].fd = 103;
    m->input.fd = 104;
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        m->clients[i].fd = -EBADF;
    return m;
}

static void serving(void **state)
{
    (void)state;
    struct monitor *m = make();
    struct pollfd slots[WATCH_COUNT];
    assert_int_equal(watch_fill(m, slots), WATCH_CLIENT);
    assert_int_equal(slots[WATCH_PID].fd, 100);
    assert_int_equal(slots[WATCH_LISTEN].fd, 101);
    assert_int_equal(slots[WATCH_INPUT].fd, -1);
    assert_int_equal(slots[WATCH_OUTPUT].fd, 102);
    assert_int_equal(slots[WATCH_OUTPUT + 1].fd, 103);
    assert_int_equal(watch_timeout(m), -1);
    m->clients[3].fd = 105;
    m->clients[3].greeted = true;
    m->clients[3].has_input = true;
    assert_int_equal(watch_fill(m, slots), WATCH_CLIENT + 4);
    assert_int_equal(slots[WATCH_INPUT].fd, 104);
    assert_int_equal(slots[WATCH_CLIENT + 3].events, POLLIN);
    m->clients[3].owes = OWES_LOST;
    (void)watch_fill(m, slots);
    assert_int_equal(slots[WATCH_CLIENT + 3].events, POLLIN | POLLOUT);
    assert_int_equal(slots[WATCH_OUTPUT].fd, 102);
    free(m);
}

static void output_waits(void **state)
{
    (void)state;
    struct monitor *m = make();
    struct pollfd slots[WATCH_COUNT];
    m->clients[0].fd = 105; /* the first client has not said HELLO */
    m->greet_by_ms = 1500;
    assert_true(watch_is_held(m));
    assert_int_equal(watch_timeout(m), 500);
    (void)watch_fill(m, slots);
    assert_int_equal(slots[WATCH_OUTPUT].fd, -1);
    m->now_ms = 1500;
    assert_false(watch_is_held(m));
    m->clients[0].greeted = true;
    m->clients[7].owes = OWES_CHUNK; /* one that wants all is behind */
    assert_true(watch_is_held(m));
    m->state = STATE_DRAINING;
    m->quiet_by_ms = m->give_up_ms = 1;
    assert_true(watch_deadline(m) == INT64_MAX);
    m->clients[7].owes = OWES_LOST;
    assert_true(watch_deadline(m) == 1);
    assert_int_equal(watch_timeout(m), 0);
    m->outputs[0].retry_at_ms = 1600;
    (void)watch_fill(m, slots);
    assert_int_equal(slots[WATCH_OUTPUT].fd, -1);
    assert_int_equal(slots[WATCH_OUTPUT + 1].fd, 103);
    free(m);
}

static void after_the_end(void **state)
{
    (void)state;
    struct monitor *m = make();
    struct pollfd slots[WATCH_COUNT];
    m->state = STATE_DRAINING;
    m->quiet_by_ms = 1100;
    m->give_up_ms = 1050;
    (void)watch_fill(m, slots);
    assert_int_equal(slots[WATCH_PID].fd, -1);
    assert_int_equal(slots[WATCH_LISTEN].fd, 101);
    assert_int_equal(watch_timeout(m), 50);
    m->state = STATE_PARTING;
    m->outputs[0].fd = m->outputs[1].fd = m->listen_fd = -EBADF;
    assert_true(watch_outputs_ended(m));
    (void)watch_fill(m, slots);
    for (size_t i = 0; i < WATCH_CLIENT; i++)
        assert_true(slots[i].fd < 0);
    assert_int_equal(watch_timeout(m), 50);
    free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serving),
        cmocka_unit_test(output_waits),
        cmocka_unit_test(after_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
