/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/body.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

static int make_memory(const char *content)
{
    int fd = memfd_create("body", MFD_CLOEXEC);
    assert_true(fd >= 0);
    size_t size = strlen(content);
    assert_int_equal(write(fd, content, size), size);
    return fd;
}

static void a_file_is_written_at_its_place(void **state)
{
    (void)state;
    autoclose int fd = make_memory("0123456789");
    struct body b;
    char got[16] = "";
    assert_int_equal(body_open(&b, fd), 0);
    assert_true(b.seekable);
    b.start = 2;
    b.limit = 5;
    b.skip = 3; /* the server began before */
    assert_true(body_write(&b, "xx", 2));
    assert_true(body_write(&b, "xab", 3));
    assert_int_equal(b.position, 2);
    assert_true(body_write(&b, "cde", 3));
    assert_false(body_write(&b, "f", 1));
    assert_int_equal(b.error, -EFBIG);
    assert_int_equal(pread(fd, got, sizeof(got), 0), 10);
    assert_string_equal(got, "01abcde789");
    body_close(&b);
}

static void a_full_pipe_holds_it_up(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    autoclose int reader = ends[0], writer = ends[1];
    static char piece[16384], sink[1 << 17];
    struct body b;
    size_t sent = 0, read_back = 0;
    memset(piece, 'x', sizeof(piece));
    assert_int_equal(body_open(&b, writer), 0);
    assert_false(b.seekable);
    b.limit = 1 << 20;
    while (body_write(&b, piece, sizeof(piece)))
        sent += sizeof(piece);
    assert_true(b.waiting && b.error == 0);
    assert_int_equal(body_taken(&b), sent); /* the last piece was not taken, the one before in part only */
    assert_false(body_rewind(&b, 0));
    while (body_taken(&b) > b.position || read_back < b.position) {
        ssize_t n = read(reader, sink, sizeof(sink));
        assert_true(n > 0);
        read_back += (size_t)n;
        (void)body_flush(&b);
    }
    assert_int_equal(read_back, sent);
    assert_false(b.waiting);
    (void)close(TAKE_FD(reader));
    assert_false(body_write(&b, piece, 1));
    assert_int_equal(b.error, -EPIPE);
    body_close(&b);
}

static void what_is_sent(void **state)
{
    (void)state;
    autoclose int fd = make_memory("0123456789");
    struct body b;
    char got[8];
    assert_int_equal(body_open(&b, fd), 0);
    b.start = 4;
    b.limit = 5;
    assert_int_equal(body_read(&b, got, 3), 3);
    assert_memory_equal(got, "456", 3);
    assert_int_equal(body_read(&b, got, 8), 2);
    assert_int_equal(body_read(&b, got, 8), 0);
    assert_int_equal(b.error, 0);
    assert_true(body_rewind(&b, 0));
    assert_int_equal(body_read(&b, got, 1), 1);
    b.limit = 100; /* more than there is */
    assert_int_equal(body_read(&b, got, 8), 5);
    assert_int_equal(body_read(&b, got, 8), 0);
    assert_int_equal(b.error, -ENODATA);
    body_close(&b);
}

static void an_empty_pipe_is_waited_for(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    autoclose int reader = ends[0], writer = ends[1];
    struct body b;
    char got[8];
    assert_int_equal(body_open(&b, reader), 0);
    b.limit = 4;
    assert_int_equal(body_read(&b, got, 8), 0);
    assert_true(b.waiting && b.error == 0);
    assert_int_equal(write(writer, "abcdef", 6), 6);
    assert_int_equal(body_read(&b, got, 8), 4);
    assert_false(b.waiting);
    body_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_written_at_its_place),
        cmocka_unit_test(a_full_pipe_holds_it_up),
        cmocka_unit_test(what_is_sent),
        cmocka_unit_test(an_empty_pipe_is_waited_for),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
