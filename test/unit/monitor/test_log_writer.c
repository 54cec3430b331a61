/* SPDX-License-Identifier: Apache-2.0 */
/* Random output in random pieces: what is read back is what was written, whatever the files' size. */
#include "monitor/log_writer.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define SIZE 300000

static uint64_t random_state = 88172645463325252u;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state % limit);
}

static void fill(char *bytes, size_t size)
{
    for (size_t i = 0; i < size;) {
        uint32_t kind = random_below(40), length = kind == 0 ? random_below(40000) : random_below(200);
        for (uint32_t k = 0; k < length && i < size; k++)
            bytes[i++] = kind % 3 == 0 ? (char)random_below(256) : (char)('a' + k % 26);
        if (i < size)
            bytes[i++] = '\n';
    }
}

static size_t read_back(int folder, char *ret_bytes, uint64_t max_bytes, unsigned *ret_files)
{
    size_t total = 0;
    for (uint32_t number = 1;; number++) {
        char name[LOG_NAME_SIZE];
        log_name_format(number, name);
        autoclose int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
            *ret_files = number - 1;
            return total;
        }
        struct stat st;
        assert_int_equal(fstat(fd, &st), 0);
        assert_true(max_bytes == 0 || (uint64_t)st.st_size <= max_bytes || st.st_size <= LOG_ENTRY_MAX);
        autofree char *file = malloc((size_t)st.st_size + 1);
        assert_int_equal(read(fd, file, (size_t)st.st_size), st.st_size);
        for (char *line = file, *end = file + st.st_size; line < end;) {
            char *feed = memchr(line, '\n', (size_t)(end - line));
            struct log_entry entry;
            assert_non_null(feed);
            assert_int_equal(log_line_decode(line, (size_t)(feed - line), &entry), 0);
            memcpy(ret_bytes + total, entry.text, entry.size);
            total += entry.size;
            line = feed + 1;
        }
        unlinkat(folder, name, 0);
    }
}

static void run(uint64_t max_bytes, bool expect_many)
{
    char path[] = "/dev/shm/unroot-log-writer.XXXXXX";
    assert_non_null(mkdtemp(path));
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct log_writer *w = aligned_alloc(LOG_PAGE, (sizeof(*w) + LOG_PAGE - 1) / LOG_PAGE * LOG_PAGE);
    char *bytes = malloc(SIZE), *back = malloc(SIZE);
    assert_true(w && bytes && back);
    memset(w, 0, sizeof(*w));
    fill(bytes, SIZE);
    log_writer_init(w, folder, max_bytes, 100000);
    for (size_t at = 0; at < SIZE;) {
        size_t n = 1 + random_below(32768);
        n = n > SIZE - at ? SIZE - at : n;
        log_writer_take(w, LOG_STDOUT, bytes + at, n);
        at += n;
        if (random_below(3) == 0)
            log_writer_trim(w);
        if (random_below(10) == 0) { /* a restart; a part of a line becomes an entry of its own */
            log_writer_finish(w);
            log_writer_init(w, folder, max_bytes, 100000);
        }
    }
    log_writer_finish(w);
    unsigned files;
    assert_int_equal(read_back(folder, back, max_bytes, &files), SIZE);
    assert_memory_equal(back, bytes, SIZE);
    assert_true(expect_many ? files > 5 : files == 1);
    free(w);
    free(bytes);
    free(back);
    close(folder);
    rmdir(path);
}

static void keeps_every_byte(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        run(0, false);
        run(1, true);
        run(3000, true);
        run(50000, true);
    }
}

static void without_a_folder(void **state)
{
    (void)state;
    struct log_writer *w = aligned_alloc(LOG_PAGE, (sizeof(*w) + LOG_PAGE - 1) / LOG_PAGE * LOG_PAGE);
    assert_non_null(w);
    memset(w, 0, sizeof(*w));
    log_writer_init(w, -9, 0, 1);
    log_writer_take(w, LOG_STDERR, "x\n", 2);
    log_writer_finish(w);
    assert_int_equal(w->lost, 0);
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_every_byte),
        cmocka_unit_test(without_a_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
