/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/settle.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

struct world {
    struct container_request request;
    struct image_config image;
    struct identity user;
    struct security_options security;
    struct settle_input input;
    struct start_plan plan;
    struct failure failure;
};

static void add_words(struct strings *list, const char *words)
{
    char copy[256];
    (void)snprintf(copy, sizeof(copy), "%s", words);
    for (char *rest = copy, *word = strsep(&rest, " "); word; word = strsep(&rest, " "))
        if (*word)
            assert_int_equal(strings_add(list, word), 0);
}

static int world_make(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    *state = w;
    if (!w)
        return -1;
    w->user = (struct identity){.uid = 1000, .gid = 1000, .home = (char *)"/home/me", .name = (char *)"me"};
    w->security.no_new_privileges = true;
    w->input = (struct settle_input){.request = &w->request,
                                     .image = &w->image,
                                     .user = &w->user,
                                     .security = &w->security,
                                     .root_mode = ROOT_MODE_NONE,
                                     .available_capabilities = CAPABILITY_ALL};
    w->plan.hostname = strdup("web");
    add_words(&w->image.command, "sh");
    return w->plan.hostname ? 0 : -1;
}

static int world_end(void **state)
{
    struct world *w = *state;
    container_request_free(&w->request);
    image_config_free(&w->image);
    start_plan_free(&w->plan);
    free(w);
    return 0;
}

static int settle(struct world *w)
{
    process_plan_free(&w->plan.process);
    w->failure = (struct failure){0};
    return settle_process(&w->input, &w->plan, &w->failure);
}

static void assert_words(const struct strings *list, const char *expected)
{
    char text[512] = "";
    for (size_t i = 0; i < list->count; i++) {
        size_t n = strlen(text);
        (void)snprintf(text + n, sizeof(text) - n, "%s%s", i ? " " : "", list->items[i]);
    }
    assert_string_equal(text, expected);
}

static void entrypoint_and_command(void **state)
{
    static const struct {
        const char *image_entrypoint, *image_command;
        const char *entrypoint; /* NULL: not given */
        const char *command, *expected;
        int result;
    } rows[] = {
        {"", "sh", NULL, "", "sh", 0},
        {"/e", "", NULL, "", "/e", 0},
        {"/e a", "b c", NULL, "", "/e a b c", 0},
        {"/e a", "b c", NULL, "x y", "/e a x y", 0},
        {"", "b c", NULL, "x", "x", 0},
        {"/e a", "b c", "/f", "", "/f", 0},
        {"/e a", "b c", "/f", "x", "/f x", 0},
        {"/e a", "b c", "", "x", "x", 0},
        {"/e a", "b c", "", "", "", -EINVAL},
        {"", "", NULL, "", "", -EINVAL},
    };
    struct world *w = *state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        strings_free(&w->image.entrypoint);
        strings_free(&w->image.command);
        strings_free(&w->request.entrypoint);
        strings_free(&w->request.command);
        add_words(&w->image.entrypoint, rows[i].image_entrypoint);
        add_words(&w->image.command, rows[i].image_command);
        add_words(&w->request.command, rows[i].command);
        w->request.entrypoint_set = rows[i].entrypoint != NULL;
        add_words(&w->request.entrypoint, rows[i].entrypoint ? rows[i].entrypoint : "");
        w->input.init_program = NULL;
        assert_int_equal(settle(w), rows[i].result);
        if (rows[i].result == 0)
            assert_words(&w->plan.process.argv, rows[i].expected);
        else
            assert_non_null(strstr(w->failure.text, "no command specified"));
        w->input.init_program = "/usr/libexec/unroot/unroot-init";
        assert_int_equal(settle(w), rows[i].result); /* --init alone is no command */
        if (rows[i].result == 0) {
            assert_string_equal(w->plan.process.argv.items[0], SETTLE_INIT_PATH);
            assert_string_equal(w->plan.process.argv.items[1], "--");
        }
    }
}

static const char *variable(const struct world *w, const char *name)
{
    return strings_get_variable(&w->plan.process.environment, name);
}

static void environment_defaults(void **state)
{
    struct world *w = *state;
    assert_int_equal(settle(w), 0);
    assert_string_equal(variable(w, "PATH"), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    assert_string_equal(variable(w, "HOSTNAME"), "web");
    assert_string_equal(variable(w, "HOME"), "/home/me");
    assert_string_equal(variable(w, "USER"), "me");
    assert_string_equal(variable(w, "LOGNAME"), "me");
    assert_null(variable(w, "TERM"));
    w->request.tty = true;
    w->user.name = NULL; /* a uid without an entry */
    add_words(&w->image.environment, "PATH=/bin HOME=/srv A=image");
    add_words(&w->request.environment, "A=asked HOSTNAME=mine A=last B=");
    assert_int_equal(settle(w), 0);
    assert_words(&w->plan.process.environment, "PATH=/bin HOME=/srv A=last HOSTNAME=mine B= TERM=xterm");
    assert_true(w->plan.process.tty);
}

static void user_and_groups(void **state)
{
    struct world *w = *state;
    uint32_t groups[] = {44, 1000, 0};
    w->user.groups = groups;
    w->user.group_count = ARRAY_SIZE(groups);
    assert_int_equal(settle(w), 0);
    const struct process_plan *p = &w->plan.process;
    const uint32_t expected[] = {1000, 44, 0};
    assert_int_equal(p->uid, 1000);
    assert_int_equal(p->gid, 1000);
    assert_int_equal(p->group_count, 3);
    assert_memory_equal(p->groups, expected, sizeof(expected));
}

static void capabilities(void **state)
{
    const uint64_t chown = CAPABILITY_BIT(0), admin = CAPABILITY_BIT(12), defaults = capability_default_root;
    const struct {
        uint32_t uid;
        bool privileged, new_privileges;
        enum root_mode mode;
        const char *add, *drop;
        uint64_t bounding, permitted, ambient;
        bool no_new_privs;
    } rows[] = {
        {1000, false, false, ROOT_MODE_NONE, "", "", 0, 0, 0, true},
        {1000, false, false, ROOT_MODE_MAPPED, "", "", 0, 0, 0, true},
        {1000, false, false, ROOT_MODE_NONE, "NET_ADMIN", "", admin, admin, admin, true},
        {1000, false, true, ROOT_MODE_NONE, "", "", 0, 0, 0, false},
        {1000, false, true, ROOT_MODE_MAPPED, "", "", defaults, 0, 0, false},
        {1000, false, true, ROOT_MODE_MAPPED, "NET_ADMIN", "", defaults | admin, admin, admin, false},
        {0, false, false, ROOT_MODE_MAPPED, "", "", defaults, defaults, 0, true},
        {0, false, false, ROOT_MODE_MAPPED, "NET_ADMIN", "CHOWN", (defaults | admin) & ~chown,
         (defaults | admin) & ~chown, 0, true},
        {0, false, false, ROOT_MODE_MAPPED, "", "ALL", 0, 0, 0, true},
        {0, false, false, ROOT_MODE_MAPPED, "CHOWN", "ALL", chown, chown, 0, true},
        {0, true, false, ROOT_MODE_MAPPED, "", "", CAPABILITY_ALL, CAPABILITY_ALL, 0, false},
    };
    struct world *w = *state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        strings_free(&w->request.cap_add);
        strings_free(&w->request.cap_drop);
        add_words(&w->request.cap_add, rows[i].add);
        add_words(&w->request.cap_drop, rows[i].drop);
        w->user.uid = rows[i].uid;
        w->request.privileged = rows[i].privileged;
        w->security.no_new_privileges = !rows[i].new_privileges;
        w->input.root_mode = rows[i].mode;
        assert_int_equal(settle(w), 0);
        assert_int_equal(w->plan.process.bounding, rows[i].bounding);
        assert_int_equal(w->plan.process.permitted, rows[i].permitted);
        assert_int_equal(w->plan.process.ambient, rows[i].ambient);
        assert_int_equal(w->plan.process.no_new_privs, rows[i].no_new_privs);
    }
    w->request.privileged = false;
    add_words(&w->request.cap_add, "NET_ADMIN");
    w->input.available_capabilities = defaults;
    assert_int_equal(settle(w), -EPERM);
    strings_free(&w->request.cap_add);
    add_words(&w->request.cap_add, "NET_ADMN");
    assert_int_equal(settle(w), -EINVAL);
}

static void limits_and_mask(void **state)
{
    struct world *w = *state;
    add_words(&w->request.ulimits, "nofile=64:128 core=0");
    w->request.umask = strdup("0027");
    w->request.oom_score_adj = 500;
    assert_int_equal(settle(w), 0);
    const struct process_plan *p = &w->plan.process;
    assert_int_equal(p->rlimit_count, 2);
    assert_int_equal(p->rlimits[0].resource, RLIMIT_NOFILE);
    assert_int_equal(p->rlimits[0].soft, 64);
    assert_int_equal(p->rlimits[0].hard, 128);
    assert_true(p->has_umask && p->umask == 0027);
    assert_true(p->has_oom_score_adj && p->oom_score_adj == 500);
    w->request.umask[1] = '9';
    assert_int_equal(settle(w), -EINVAL);
    assert_non_null(strstr(w->failure.text, "--umask"));
}

static void working_directory(void **state)
{
    static const struct {
        const char *image, *asked, *expected;
        bool create;
    } rows[] = {
        {NULL, NULL, "/", false},       {"", NULL, "/", false},    {"/srv", NULL, "/srv", true},
        {"/srv", "/opt", "/opt", true}, {"/srv", "/", "/", false}, {"srv", NULL, NULL, false},
        {NULL, "opt", NULL, false},
    };
    struct world *w = *state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        free(w->image.workdir);
        free(w->request.workdir);
        w->image.workdir = rows[i].image ? strdup(rows[i].image) : NULL;
        w->request.workdir = rows[i].asked ? strdup(rows[i].asked) : NULL;
        assert_int_equal(settle(w), rows[i].expected ? 0 : -EINVAL);
        if (rows[i].expected) {
            assert_string_equal(w->plan.process.workdir, rows[i].expected);
            assert_int_equal(w->plan.process.create_workdir, rows[i].create);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(entrypoint_and_command, world_make, world_end),
        cmocka_unit_test_setup_teardown(environment_defaults, world_make, world_end),
        cmocka_unit_test_setup_teardown(user_and_groups, world_make, world_end),
        cmocka_unit_test_setup_teardown(capabilities, world_make, world_end),
        cmocka_unit_test_setup_teardown(limits_and_mask, world_make, world_end),
        cmocka_unit_test_setup_teardown(working_directory, world_make, world_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
