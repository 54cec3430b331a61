/* SPDX-License-Identifier: Apache-2.0 */
/* The table that `ps` prints, from summaries as the engine gives them. */
#include "cli/container_rows.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NOW 1000000

static char *port_items[] = {"0.0.0.0:8080->80/tcp", "443/tcp", NULL};
static char *mount_items[] = {"/srv", "data", NULL};
static char *network_items[] = {"default", NULL};
static char *label_items[] = {"tier=front", "a=b", NULL};

static const struct container_summary containers[] = {
    {.id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
     .name = "web",
     .image = "nginx",
     .image_id = "sha256:aaaabbbbccccddddeeee",
     .command = "nginx -g 'daemon off;' --more",
     .status = CONTAINER_RUNNING,
     .created = NOW - 7200,
     .started = NOW - 180,
     .pid = 4711,
     .ports = {port_items, 2, 2},
     .mounts = {mount_items, 2, 2},
     .networks = {network_items, 1, 1},
     .labels = {label_items, 2, 2},
     .root_mode = "none",
     .user = "950:950",
     .host_base = 1879048192},
    {.id = "ffff456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
     .name = "job",
     .image = "busybox:1",
     .image_id = "sha256:1111",
     .command = "sh\x1b[31m\n",
     .status = CONTAINER_EXITED,
     .created = NOW - 90000,
     .finished = NOW - 7200,
     .exit_code = 137},
};

static char *format_rows(const char *format, bool no_trunc)
{
    autolisting struct listing l = {0};
    struct failure failure = {0};
    const char *text;
    assert_int_equal(listing_begin(&l, format, CONTAINER_TABLE, container_columns, &failure), 0);
    for (size_t i = 0; i < ARRAY_SIZE(containers); i++) {
        struct json_object *row = make_container_row(&containers[i], NOW, no_trunc);
        struct json_object *labels = make_label_object(&containers[i].labels);
        int r = listing_add(&l, row, labels, &failure);
        json_object_put(row);
        json_object_put(labels);
        assert_string_equal(failure.text, "");
        assert_int_equal(r, 0);
    }
    assert_int_equal(listing_finish(&l, &text, &failure), 0);
    return strdup(text);
}

static void test_formats(void **state)
{
    static const struct {
        const char *format, *output;
    } table[] = {
        {NULL, "CONTAINER ID   IMAGE       COMMAND                  CREATED        STATUS                    "
               " PORTS                           NAMES\n"
               "0123456789ab   nginx       \"nginx -g 'daemon of…\"   2 hours ago    Up 3 minutes            "
               "   0.0.0.0:8080->80/tcp, 443/tcp   web\n"
               "ffff456789ab   busybox:1   \"sh\\x1b[31m\\n\"           25 hours ago   Exited (137) 2 hours "
               "ago                                   job\n"},
        {"{{.Names}} {{.State}} {{.Pid}}", "web running 4711\njob exited 0\n"},
        {"table {{.Names}}\\t{{.User}}\\t{{.HostIds}}",
         "NAMES     USER      HOST IDS\nweb       950:950   1879048192-1879113727\njob                 \n"},
        {"{{.Label \"tier\"}}|{{.Labels}}|{{.Mounts}}|{{.LocalVolumes}}|{{.Networks}}",
         "front|tier=front,a=b|/srv,data|1|default\n|||0|\n"},
        {"{{.RunningFor}}, {{.Status}}",
         "2 hours ago, Up 3 minutes\n25 hours ago, Exited (137) 2 hours ago\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        char *text = format_rows(table[i].format, false);
        assert_string_equal(text, table[i].output);
        free(text);
    }
}

static void test_no_trunc(void **state)
{
    char *text = format_rows("{{.ID}} {{.Command}}", true);
    assert_ptr_equal(strstr(text, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef "
                                  "\"nginx -g 'daemon off;' --more\"\n"),
                     text);
    free(text);
}

static void test_json(void **state)
{
    char *text = format_rows("json", false);
    struct json_object *row = json_tokener_parse(strtok(text, "\n"));
    assert_string_equal(json_object_get_string(json_object_object_get(row, "Names")), "web");
    assert_string_equal(json_object_get_string(json_object_object_get(row, "Ports")),
                        "0.0.0.0:8080->80/tcp, 443/tcp");
    json_object_put(row);
    free(text);
}

static void test_filters(void **state)
{
    static const struct {
        const char *filter;
        bool web, job;
    } table[] = {
        {"id=0123", true, false},
        {"id=123", false, false},
        {"name=o", false, true},
        {"name=^w", true, false},
        {"name=/web", true, false},
        {"status=exited", false, true},
        {"status=dead", false, false},
        {"label=tier", true, false},
        {"label=tier=back", false, false},
        {"ancestor=nginx", true, false},
        {"ancestor=nginx:latest", true, false},
        {"ancestor=busybox", false, false},
        {"ancestor=busybox:1", false, true},
        {"ancestor=ngin", false, false},
        {"ancestor=sha256:aaaabbbbcccc", true, false},
        {"ancestor=aaaabbbbcccc", true, false},
        {"exited=137", false, true},
        {"exited=0", false, false},
        {"volume=data", true, false},
        {"volume=/srv", true, false},
        {"network=default", true, false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        autostrings struct strings filters = {0};
        struct failure failure = {0};
        assert_int_equal(strings_add(&filters, table[i].filter), 0);
        assert_int_equal(filters_check(container_filters, &filters, &failure), 0);
        if (filters_match(container_filters, &filters, &containers[0]) != table[i].web ||
            filters_match(container_filters, &filters, &containers[1]) != table[i].job)
            fail_msg("%s", table[i].filter);
    }
}

static void test_status(void **state)
{
    struct container_summary c = {.status = CONTAINER_CREATED};
    autotext struct text created = {0}, paused = {0};
    print_container_status(&c, NOW, &created);
    assert_string_equal(text_peek(&created), "Created");
    c = (struct container_summary){.status = CONTAINER_PAUSED, .started = NOW - 1};
    print_container_status(&c, NOW, &paused);
    assert_string_equal(text_peek(&paused), "Up 1 second (Paused)");
}

/* A field that is not there names itself. */
static void test_bad_format(void **state)
{
    autolisting struct listing l = {0};
    struct failure failure = {0};
    struct json_object *row = make_container_row(&containers[0], NOW, false);
    assert_int_equal(listing_begin(&l, "{{.Nmae}}", CONTAINER_TABLE, container_columns, &failure), 0);
    assert_int_equal(listing_add(&l, row, NULL, &failure), -ENOENT);
    assert_string_equal(failure.text, "--format: template: there is no field .Nmae here");
    json_object_put(row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats), cmocka_unit_test(test_no_trunc), cmocka_unit_test(test_json),
        cmocka_unit_test(test_filters), cmocka_unit_test(test_status),   cmocka_unit_test(test_bad_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
