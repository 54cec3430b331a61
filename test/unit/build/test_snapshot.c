/* SPDX-License-Identifier: Apache-2.0 */
#include "build/snapshot.h"
#include "build/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after those */
#include <cmocka.h>

#include <errno.h>
#include <string.h>

static struct digest digest_of(char c)
{
    struct digest d;
    memset(d.hex, c, DIGEST_HEX_LENGTH);
    d.hex[DIGEST_HEX_LENGTH] = '\0';
    return d;
}

static void fill(struct build_snapshot *s)
{
    struct build_layer base = {
        .layer.result = {.digest = digest_of('1'), .diffid = digest_of('2'), .size = 3}};
    struct build_layer own = {.layer = {.folder = ".new-0123456789abcdef", .blob = ".new-fedcba9876543210"},
                              .state = digest_of('a'),
                              .created = strdup("2026-01-02T03:04:05Z")};
    own.layer.result = (struct layer_result){.digest = digest_of('4'), .diffid = digest_of('4'), .size = 5};
    const struct build_made made = {.key = digest_of('b'),
                                    .state = digest_of('a'),
                                    .created = own.created,
                                    .what = (char *)"RUN x",
                                    .layer = 1};
    assert_int_equal(build_snapshot_add_layer(s, &base), 0);
    assert_int_equal(build_snapshot_add_made(s, &made), 0);
    assert_int_equal(build_snapshot_add_layer(s, &own), 0);
    assert_int_equal(build_snapshot_add_history(s, "RUN x # buildkit", false), 0);
    s->config.os = strdup("linux");
    s->config.architecture = strdup("amd64");
    assert_int_equal(build_snapshot_finish(s), 0);
}

static void test_the_text_is_the_snapshot(void **state)
{
    struct build_snapshot s = {0}, read = {0};
    (void)state;
    fill(&s);
    autofree char *text = build_snapshot_write(&s);
    assert_non_null(text);
    assert_int_equal(build_snapshot_read(text, strlen(text), &read), 0);
    autofree char *again = build_snapshot_write(&read);
    assert_string_equal(text, again);
    assert_int_equal(read.layer_count, 2);
    assert_int_equal(read.config.diff_id_count, 2);
    assert_string_equal(read.created, "2026-01-02T03:04:05Z");
    assert_string_equal(read.config.history[0].created, "2026-01-02T03:04:05Z");
    build_snapshot_free(&s);
    build_snapshot_free(&read);
}

static void test_folders_are_top_first(void **state)
{
    struct build_snapshot s = {0};
    autostrings struct strings folders = {0};
    char expected[LAYER_FOLDER_SIZE];
    struct digest low = digest_of('2');
    (void)state;
    fill(&s);
    assert_int_equal(build_snapshot_folders(&s, &folders), 0);
    assert_string_equal(folders.items[0], "layers/.new-0123456789abcdef");
    layer_folder(&low, expected);
    assert_string_equal(folders.items[1], expected);
    build_snapshot_free(&s);
}

/* A folder that is no staging name would be renamed by the main process. */
static void test_foreign_text_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "{}",
        "[1]",
        "{\"config\":\"{}\",\"layers\":[{\"folder\":\"../../"
        "etc\",\"size\":1,\"unpacked\":1,\"compression\":0}],\"made\":[]}",
        "{\"config\":\"{}\",\"layers\":[{\"folder\":\".new-/"
        "x\",\"size\":1,\"unpacked\":1,\"compression\":0}],\"made\":[]}",
        "{\"config\":\"{}\",\"layers\":[{\"folder\":\"\",\"size\":1,\"unpacked\":1,\"compression\":9}],"
        "\"made\":[]}",
        "{\"config\":\"{}\",\"layers\":[],\"made\":[{\"layer\":0}]}",
        "{\"config\":\"{}\",\"layers\":[],\"made\":[{\"key\":\"x\",\"layer\":-1}]}",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        struct build_snapshot s = {0};
        assert_true(build_snapshot_read(wrong[i], strlen(wrong[i]), &s) < 0);
    }
}

static void test_messages_in_any_pieces(void **state)
{
    int ends[2];
    struct build_message m, sent = {.kind = BUILD_STEP_OUTPUT, .step = 3, .stream = 2, .size = 5};
    const char *data;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    struct build_inbox inbox = {.fd = ends[0]};
    assert_int_equal(build_message_send(ends[1], &sent, "hello"), 0);
    sent.size = 0;
    assert_int_equal(build_message_send(ends[1], &sent, NULL), 0);
    assert_int_equal(write(ends[1], &sent, sizeof(sent) - 3), sizeof(sent) - 3);
    assert_int_equal(build_inbox_read(&inbox), 1);
    assert_int_equal(build_inbox_next(&inbox, &m, &data), 1);
    assert_memory_equal(data, "hello", 5);
    assert_int_equal(build_inbox_next(&inbox, &m, &data), 1);
    assert_int_equal(m.size, 0);
    assert_int_equal(build_inbox_next(&inbox, &m, &data), 0);
    assert_int_equal(write(ends[1], (char *)&sent + sizeof(sent) - 3, 3), 3);
    assert_int_equal(build_inbox_read(&inbox), 1);
    assert_int_equal(build_inbox_next(&inbox, &m, &data), 1);
    sent.size = BUILD_MESSAGE_MAX + 1;
    assert_int_equal(write(ends[1], &sent, sizeof(sent)), sizeof(sent));
    assert_int_equal(build_inbox_read(&inbox), 1);
    assert_int_equal(build_inbox_next(&inbox, &m, &data), -EBADMSG);
    (void)close(ends[1]);
    assert_int_equal(build_inbox_read(&inbox), 0);
    build_inbox_close(&inbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_text_is_the_snapshot),
        cmocka_unit_test(test_folders_are_top_first),
        cmocka_unit_test(test_foreign_text_is_refused),
        cmocka_unit_test(test_messages_in_any_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
