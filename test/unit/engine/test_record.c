/* SPDX-License-Identifier: Apache-2.0 */
/* record.c and lookup.c in a temporary folder. */
#include "engine/record.h"

#include "engine/lookup.h"
#include "formats/exit_record.h"
#include "kernel/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define A "aaaa456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define B "aabb456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct world {
    struct engine engine;
    char top[32];
    int top_fd;
};

static int world_make(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    *state = w;
    if (!w)
        return -1;
    (void)snprintf(w->top, sizeof(w->top), "/var/tmp/unroot-record.XXXXXX");
    if (!mkdtemp(w->top))
        return -1;
    w->top_fd = open(w->top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const char *const folders[] = {"root", "run", "root/containers", "root/names", "run/containers"};
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
        if (mkdirat(w->top_fd, folders[i], 0700) < 0)
            return -1;
    w->engine.root_fd = openat(w->top_fd, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    w->engine.run_fd = openat(w->top_fd, "run", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return w->engine.root_fd < 0 || w->engine.run_fd < 0 ? -1 : 0;
}

static int world_end(void **state)
{
    struct world *w = *state;
    close(w->engine.root_fd);
    close(w->engine.run_fd);
    close(w->top_fd);
    int parent = open("/var/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = tree_remove(parent, strrchr(w->top, '/') + 1);
    close(parent);
    free(w);
    return r;
}

static void container_make(const struct world *w, const char *id)
{
    struct container_record record = {.image_id = strdup("12"), .created = 5};
    char path[128];
    (void)snprintf(path, sizeof(path), "root/containers/%s", id);
    (void)snprintf(record.id, sizeof(record.id), "%s", id);
    record.request.image = strdup("alpine");
    assert_int_equal(mkdirat(w->top_fd, path, 0700), 0);
    assert_int_equal(record_write(&w->engine, &record, false), 0);
    container_record_free(&record);
}

static void file_write(int dirfd, const char *name, const char *text)
{
    int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
    close(fd);
}

static void a_record_comes_back(void **state)
{
    struct world *w = *state;
    autorecord struct container_record record = {.id = A, .image_id = strdup("ff"), .created = -3};
    autorecord struct container_record back = {0};
    record.range_first = 4294901760u;
    record.request = (struct container_request){.image = strdup("a\"b\n"),
                                                .entrypoint_set = true,
                                                .stop_timeout_seconds = UINT32_MAX,
                                                .pids_limit = -1,
                                                .cpu_shares = UINT64_MAX,
                                                .oom_score_adj = -1000};
    assert_int_equal(strings_add(&record.request.command, ""), 0);
    assert_int_equal(strings_add(&record.anonymous_volumes, "v"), 0);
    assert_int_equal(record_write(&w->engine, &record, true), -ENOENT);
    assert_int_equal(mkdirat(w->top_fd, "root/containers/" A, 0700), 0);
    assert_int_equal(record_write(&w->engine, &record, true), 0);
    assert_int_equal(record_read(&w->engine, A, &back), 0);
    assert_string_equal(back.id, A);
    assert_string_equal(back.image_id, "ff");
    assert_int_equal(back.created, -3);
    assert_int_equal(back.range_first, 4294901760u);
    assert_string_equal(back.request.image, "a\"b\n");
    assert_true(back.request.entrypoint_set && !back.request.tty);
    assert_int_equal(back.request.stop_timeout_seconds, UINT32_MAX);
    assert_int_equal(back.request.pids_limit, -1);
    assert_true(back.request.cpu_shares == UINT64_MAX);
    assert_int_equal(back.request.oom_score_adj, -1000);
    assert_int_equal(back.request.command.count, 1);
    assert_null(back.request.name);
    assert_int_equal(back.anonymous_volumes.count, 1);
    assert_int_equal(record_read(&w->engine, B, &back), -ENOENT);
    assert_int_equal(record_read(&w->engine, "../containers/" B, &back), -EXDEV);
    assert_int_equal(record_read(&w->engine, "../../root", &back), -EXDEV);
}

static void what_is_no_record(void **state)
{
    static const char *const texts[] = {
        "",
        "{",
        "[]",
        "null",
        "{}",
        "{\"image_id\":\"1\"}",
        "{\"image_id\":1,\"request\":{\"image\":\"a\"}}",
        "{\"image_id\":\"1\",\"request\":{\"image\":\"a\",\"read_only\":\"yes\"}}",
        "{\"image_id\":\"1\",\"request\":{\"image\":\"a\",\"user\":1000}}",
        "{\"image_id\":\"1\",\"request\":{\"image\":\"a\",\"cap_drop\":\"ALL\"}}",
        "{\"image_id\":\"1\",\"range_first\":4294967296,\"request\":{\"image\":\"a\"}}",
        "{\"image_id\":\"1\",\"range_first\":-1,\"request\":{\"image\":\"a\"}}",
        "{\"image_id\":\"1\",\"request\":{\"image\":\"a\",\"oom_score_adj\":2147483648}}",
    };
    struct world *w = *state;
    container_make(w, A);
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct container_record record = {0};
        file_write(w->engine.root_fd, "containers/" A "/record.json", texts[i]);
        assert_int_equal(record_read(&w->engine, A, &record), -EBADMSG);
        assert_null(record.image_id);
    }
}

static void a_state_comes_back(void **state)
{
    struct world *w = *state;
    autostate struct container_state running = {.pid = 12, .root_mode = strdup("none"), .prefix_length = 16};
    autostate struct container_state back = {0};
    running.uids = (struct id_map){2, {{0, 100, 5}, {7, 200, 1}}};
    running.bounding = UINT64_C(1) << 40;
    running.user = json_object_new_object();
    assert_int_equal(state_read(&w->engine, A, &back), -ENOENT);
    assert_int_equal(state_write(&w->engine, A, &running), 0);
    assert_int_equal(state_write(&w->engine, A, &running), 0);
    assert_int_equal(state_read(&w->engine, A, &back), 0);
    assert_int_equal(back.pid, 12);
    assert_string_equal(back.root_mode, "none");
    assert_int_equal(back.prefix_length, 16);
    assert_int_equal(back.uids.count, 2);
    assert_memory_equal(&back.uids.extents[1], &running.uids.extents[1], sizeof(struct id_extent));
    assert_true(back.bounding == UINT64_C(1) << 40);
    assert_non_null(back.user);
}

static void a_request_is_copied(void **state)
{
    (void)state;
    struct container_request from = {.image = strdup("i"), .privileged = true}, copy = {0};
    assert_int_equal(strings_add(&from.publish, "80:80"), 0);
    assert_int_equal(container_request_copy(&from, &copy), 0);
    assert_string_equal(copy.image, "i");
    assert_ptr_not_equal(copy.image, from.image);
    assert_true(copy.privileged);
    assert_string_equal(copy.publish.items[0], "80:80");
    container_request_free(&from);
    container_request_free(&copy);
}

static void names_are_taken_once(void **state)
{
    static const char *const bad[] = {"", ".a", "-a", "_a", "a/b", "a b", "..", "\xc3\xa4"};
    struct world *w = *state;
    struct failure failure = {0};
    char id[CONTAINER_ID_LENGTH + 1];
    container_make(w, A);
    container_make(w, B);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(name_take(&w->engine, bad[i], A, &failure), -EINVAL);
    assert_int_equal(name_take(&w->engine, "web", A, &failure), 0);
    failure = (struct failure){0};
    assert_int_equal(name_take(&w->engine, "web", B, &failure), -EEXIST);
    assert_non_null(strstr(failure.text, "container aaaa45678"));
    name_release(&w->engine, "web", B); /* not its owner */
    assert_int_equal(container_find(&w->engine, "web", id, &failure), 0);
    assert_string_equal(id, A);
    assert_int_equal(unlinkat(w->engine.root_fd, "containers/" A "/record.json", 0), 0);
    assert_int_equal(unlinkat(w->engine.root_fd, "containers/" A, AT_REMOVEDIR), 0);
    assert_int_equal(name_take(&w->engine, "web", B, &failure), 0); /* a dead name */
    assert_int_equal(container_find(&w->engine, "/web", id, &failure), 0);
    assert_string_equal(id, B);
    name_release(&w->engine, "web", B);
    assert_int_equal(container_find(&w->engine, "web", id, &failure), -ENOENT);
}

static void ids_are_found_by_prefix(void **state)
{
    struct world *w = *state;
    struct failure failure = {0};
    char id[CONTAINER_ID_LENGTH + 1];
    container_make(w, A);
    container_make(w, B);
    assert_int_equal(container_find(&w->engine, "aab", id, &failure), 0);
    assert_string_equal(id, B);
    assert_int_equal(container_find(&w->engine, "aa", id, &failure), -EEXIST);
    assert_non_null(strstr(failure.text, "ambiguous"));
    assert_int_equal(container_find(&w->engine, "ab", id, &failure), -ENOENT);
    assert_int_equal(container_find(&w->engine, "../x", id, &failure), -ENOENT);
    assert_int_equal(name_take(&w->engine, "aab", A, &failure), 0); /* a name goes before a prefix .. */
    assert_int_equal(container_find(&w->engine, "aab", id, &failure), 0);
    assert_string_equal(id, A);
    assert_int_equal(name_take(&w->engine, B, A, &failure), 0); /* .. not before a whole id */
    assert_int_equal(container_find(&w->engine, B, id, &failure), 0);
    assert_string_equal(id, B);
    autostrings struct strings ids = {0};
    assert_int_equal(mkdirat(w->engine.root_fd, "containers/no-id", 0700), 0);
    assert_int_equal(container_enumerate(&w->engine, &ids), 0);
    assert_int_equal(ids.count, 2);
}

static void the_lock_says_who_lives(void **state)
{
    struct world *w = *state;
    const struct container_state running = {.pid = 12};
    int lock = -EBADF, second = -EBADF;
    container_make(w, A);
    assert_int_equal(container_read_status(&w->engine, A), CONTAINER_CREATED);
    assert_false(container_is_locked(&w->engine, A));
    assert_int_equal(container_lock(&w->engine, A, true, &lock), 0);
    assert_true(container_is_locked(&w->engine, A));
    assert_int_equal(container_lock(&w->engine, A, false, &second), -EWOULDBLOCK);
    assert_int_equal(state_write(&w->engine, A, &running), 0);
    assert_int_equal(container_read_status(&w->engine, A), CONTAINER_RUNNING);
    file_write(w->engine.run_fd, "containers/" A "/paused", "");
    assert_int_equal(container_read_status(&w->engine, A), CONTAINER_PAUSED);
    close(lock);
    assert_int_equal(container_read_status(&w->engine, A), CONTAINER_EXITED); /* its monitor was killed */
    assert_int_equal(container_lock(&w->engine, A, false, &second), 0);
    struct exit_record record = {.exit_code = 137, .signal = 9}, back;
    assert_int_equal(exit_read(second, &back), -ENOENT);
    assert_int_equal(exit_write(second, &record), 0);
    assert_int_equal(exit_read(second, &back), 0);
    assert_int_equal(back.exit_code, 137);
    assert_int_equal(container_read_status(&w->engine, A), CONTAINER_EXITED);
    close(second);
    assert_int_equal(container_lock(&w->engine, B, true, &second), -ENOENT);
}

static void pending_entries(void **state)
{
    struct world *w = *state;
    int entry = -EBADF;
    pending_remove(&w->engine, A);
    assert_int_equal(pending_add(&w->engine, A), 0);
    assert_int_equal(pending_add(&w->engine, A), 0);
    assert_int_equal(pending_begin(&w->engine, B, &entry), 0);
    assert_int_equal(faccessat(w->engine.root_fd, "pending/" B, F_OK, 0), 0);
    assert_int_equal(faccessat(w->engine.root_fd, "pending/.new-" B, F_OK, 0), -1);
    close(entry);
    pending_remove(&w->engine, A);
    assert_int_equal(faccessat(w->engine.root_fd, "pending/" A, F_OK, 0), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_record_comes_back, world_make, world_end),
        cmocka_unit_test_setup_teardown(what_is_no_record, world_make, world_end),
        cmocka_unit_test_setup_teardown(a_state_comes_back, world_make, world_end),
        cmocka_unit_test(a_request_is_copied),
        cmocka_unit_test_setup_teardown(names_are_taken_once, world_make, world_end),
        cmocka_unit_test_setup_teardown(ids_are_found_by_prefix, world_make, world_end),
        cmocka_unit_test_setup_teardown(the_lock_says_who_lives, world_make, world_end),
        cmocka_unit_test_setup_teardown(pending_entries, world_make, world_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
