/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/change.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Instructions with '\n' between them, from a configuration with HOME and a CMD -> the "config" object. */
struct row {
    const char *changes, *wanted; /* wanted begins with '!': refused with a sentence that holds the rest */
};

static const char base[] =
    "{\"config\":{\"Env\":[\"HOME=/h\"],\"Cmd\":[\"old\"]},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}";

static void check_row(const struct row *row)
{
    autoreport struct report report = {0};
    autoconfig struct image_config config = {0};
    autostrings struct strings changes = {0};
    struct failure f = {0};
    assert_int_equal(image_config_read("base", base, strlen(base), &report, &config), 0);
    autofree char *copy = strdup(row->changes);
    char *rest = copy;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
        assert_int_equal(strings_add(&changes, line), 0);
    int r = changes_apply(&changes, &config, &f);
    autofree char *text = image_config_write(&config);
    if (row->wanted[0] == '!') {
        if (r != -EINVAL || !strstr(f.text, row->wanted + 1))
            fail_msg("%s: %d %s", row->changes, r, f.text);
        assert_string_equal(text, base); /* unchanged */
        return;
    }
    if (r < 0)
        fail_msg("%s: %s", row->changes, f.text);
    char *end = strstr(text, ",\"rootfs\"");
    assert_non_null(end);
    *end = '\0';
    assert_string_equal(text + strlen("{\"config\":"), row->wanted);
}

#define ENV "\"Env\":[\"HOME=/h\"]"
#define CMD "\"Cmd\":[\"old\"]"

static void test_rows(void **state)
{
    const struct row rows[] = {
        {"CMD [\"a\",\"b c\"]", "{" ENV ",\"Cmd\":[\"a\",\"b c\"]}"},
        {"cmd a b", "{" ENV ",\"Cmd\":[\"/bin/sh\",\"-c\",\"a b\"]}"},
        {"CMD $HOME", "{" ENV ",\"Cmd\":[\"/bin/sh\",\"-c\",\"$HOME\"]}"},
        {"CMD []", "{" ENV ",\"Cmd\":[]}"},
        {"ENTRYPOINT [\"/e\"]", "{" ENV ",\"Entrypoint\":[\"/e\"]}"},
        {"CMD [\"c\"]\nENTRYPOINT [\"/e\"]", "{" ENV ",\"Entrypoint\":[\"/e\"],\"Cmd\":[\"c\"]}"},
        {"SHELL [\"/bin/bash\",\"-c\"]\nCMD x",
         "{" ENV ",\"Cmd\":[\"/bin/bash\",\"-c\",\"x\"],\"Shell\":[\"/bin/bash\",\"-c\"]}"},
        {"ENV A=1 B=\"two words\" C=$HOME/x",
         "{\"Env\":[\"HOME=/h\",\"A=1\",\"B=two words\",\"C=/h/x\"]," CMD "}"},
        {"ENV A b c", "{\"Env\":[\"HOME=/h\",\"A=b c\"]," CMD "}"},
        {"ENV HOME=/new X=$HOME", "{\"Env\":[\"HOME=/new\",\"X=/h\"]," CMD "}"},
        {"ENV HOME=/new\nENV X=$HOME", "{\"Env\":[\"HOME=/new\",\"X=/new\"]," CMD "}"},
        {"ENV A='$HOME' B=\\$HOME C=${NONE:-d}",
         "{\"Env\":[\"HOME=/h\",\"A=$HOME\",\"B=$HOME\",\"C=d\"]," CMD "}"},
        {"LABEL b=2 a=\"1 1\"\nLABEL b=3", "{" ENV "," CMD ",\"Labels\":{\"a\":\"1 1\",\"b\":\"3\"}}"},
        {"EXPOSE 80 443/tcp 53/udp 80/TCP",
         "{\"ExposedPorts\":{\"443/tcp\":{},\"53/udp\":{},\"80/tcp\":{}}," ENV "," CMD "}"},
        {"EXPOSE 8000-8002",
         "{\"ExposedPorts\":{\"8000/tcp\":{},\"8001/tcp\":{},\"8002/tcp\":{}}," ENV "," CMD "}"},
        {"USER app:$HOME", "{\"User\":\"app:/h\"," ENV "," CMD "}"},
        {"USER 0", "{\"User\":\"0\"," ENV "," CMD "}"},
        {"VOLUME /a $HOME/b", "{" ENV "," CMD ",\"Volumes\":{\"/a\":{},\"/h/b\":{}}}"},
        {"VOLUME [\"/a\",\"/b c\"]", "{" ENV "," CMD ",\"Volumes\":{\"/a\":{},\"/b c\":{}}}"},
        {"WORKDIR /a\nWORKDIR b/../c", "{" ENV "," CMD ",\"WorkingDir\":\"/a/c\"}"},
        {"WORKDIR $HOME", "{" ENV "," CMD ",\"WorkingDir\":\"/h\"}"},
        {"WORKDIR ../../..", "{" ENV "," CMD ",\"WorkingDir\":\"/\"}"},
        {"STOPSIGNAL SIGQUIT", "{" ENV "," CMD ",\"StopSignal\":\"SIGQUIT\"}"},
        {"ONBUILD RUN x", "{" ENV "," CMD ",\"OnBuild\":[\"RUN x\"]}"},
        {"HEALTHCHECK NONE", "{" ENV "," CMD ",\"Healthcheck\":{\"Test\":[\"NONE\"]}}"},
        {"HEALTHCHECK --interval=5s --retries=2 CMD curl x",
         "{" ENV "," CMD
         ",\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"curl x\"],\"Interval\":5000000000,\"Retries\":2}}"},
        {"HEALTHCHECK CMD [\"a\"]", "{" ENV "," CMD ",\"Healthcheck\":{\"Test\":[\"CMD\",\"a\"]}}"},
        {"RUN x", "!RUN is no instruction that changes"},
        {"COPY a b", "!COPY is no instruction"},
        {"FROM x", "!FROM is no instruction"},
        {"USR app", "!"},
        {"", "!"},
        {"USER", "!"},
        {"USER $NONE", "!nothing is left"},
        {"ENV", "!"},
        {"ENV =x", "!"},
        {"EXPOSE http", "!invalid containerPort"},
        {"EXPOSE 0", "!invalid containerPort"},
        {"EXPOSE 80/icmp", "!tcp or udp"},
        {"STOPSIGNAL SIGNO", "!invalid signal"},
        {"SHELL /bin/bash", "!"},
        {"HEALTHCHECK --interval=x CMD y", "!"},
        {"ONBUILD ONBUILD RUN x", "!"},
        {"ONBUILD FROM x", "!"},
        {"VOLUME", "!"},
        {"USER a\xff", "!UTF-8"},
        {"USER app\nUSR", "!"}, /* all or none */
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        check_row(&rows[i]);
}

/* A wide range takes no longer than its size. */
static void test_wide_range(void **state)
{
    autoconfig struct image_config config = {0};
    struct failure f = {0};
    assert_int_equal(change_apply("EXPOSE 1-65535 1-65535/udp 1-65535", &config, &f), 0);
    assert_int_equal(config.ports.count, 2 * 65535);
}

static void test_single(void **state)
{
    autoreport struct report report = {0};
    autoconfig struct image_config config = {0};
    struct failure f = {0};
    assert_int_equal(image_config_read("base", base, strlen(base), &report, &config), 0);
    assert_int_equal(change_apply("ENTRYPOINT [\"x\"]", &config, &f), 0);
    assert_int_equal(config.command.count, 1);
    assert_int_equal(change_apply("USER a\nUSER 0", &config, &f), -EINVAL);
    assert_null(config.user);
    assert_non_null(strstr(f.text, "--change \"USER a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_wide_range),
                                       cmocka_unit_test(test_single)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
