/* SPDX-License-Identifier: Apache-2.0 */
/* Other engines' files: what is added and taken away again, over files as people have them. */
#include "host/peer_text.h"

#include "base/ownership.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

typedef int changer(const struct peer_text *, char **, struct failure *);

static char *change(changer *function, const struct peer_text *t, int expected)
{
    struct failure f = {0};
    char *text = NULL;
    int r = function(t, &text, &f);
    if (r != expected)
        fail_msg("%s: %d, %s", t->text ? t->text : "(no file)", r, f.text);
    return text;
}

/* Added, added again, taken out: the second changes nothing, the third gives the file that was. */
static void there_and_back(changer *add, changer *remove, const char *file, bool make_default)
{
    struct peer_text t = {.name = "f",
                          .text = file,
                          .runtime = "/usr/local/libexec/unroot/a \"b\"",
                          .make_default = make_default};
    assert_null(change(remove, &t, -ENOENT));
    autofree char *with = change(add, &t, 0);
    assert_non_null(strstr(with, "unroot"));
    struct peer_text u = t;
    u.text = with;
    u.saved = file;
    autofree char *again = change(add, &u, 0);
    assert_string_equal(again, with);
    autofree char *back = change(remove, &u, 0);
    if (file)
        assert_string_equal(back, file);
    else
        assert_null(back);
}

static const char *const docker_files[] = {
    NULL,
    "",
    "\n",
    "{}",
    "{}\n",
    "{ }",
    "{\n}\n",
    "{\"a\":1}",
    "{\n  \"log-driver\": \"local\"\n}\n",
    "{\n\t\"log-driver\": \"local\",\n\t\"log-opts\": {\n\t\t\"max-size\": \"10m\"\n\t}\n}",
    "{\"runtimes\": {}}",
    "{\n    \"runtimes\": {\n        \"nvidia\": {\n            \"args\": [],\n            \"path\": "
    "\"nvidia-container-runtime\"\n"
    "        }\n    },\n    \"default-runtime\": \"nvidia\"\n}\n",
    "{ \"default-runtime\" : \"runc\", \"x\":[ {\"runtimes\": {\"unroot\": 1}} ] }",
    "\r\n{\r\n    \"hosts\": [\"unix:///var/run/docker.sock\"],\r\n    \"ipv6\": false\r\n}\r\n",
};

static void test_docker(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(docker_files); i++)
        for (int by_default = 0; by_default < 2; by_default++)
            there_and_back(peer_docker_add, peer_docker_remove, docker_files[i], by_default);
}

static const char *const containerd_files[] = {
    NULL,
    "",
    "version = 2\n",
    "version = 2",
    "# mine\nversion = 3\nimports = [\"/etc/containerd/conf.d/*.toml\"]\n",
    "version = 2\n\n[plugins]\n  [plugins.\"io.containerd.grpc.v1.cri\"]\n    "
    "[plugins.\"io.containerd.grpc.v1.cri\".cni]\n"
    "      bin_dir = \"/usr/lib/cni\"\n",
    "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd]\n  snapshotter = \"overlayfs\"\n"
    "  default_runtime_name = \"runc\" # as it came\n"
    "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options]\n  SystemdCgroup = true\n",
    "version = 2\n[ plugins . 'io.containerd.grpc.v1.cri' . containerd ]\n"
    "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.kata]\nruntime_type = "
    "\"io.containerd.kata.v2\"",
};

static void test_containerd(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(containerd_files); i++)
        for (int by_default = 0; by_default < 2; by_default++)
            there_and_back(peer_containerd_add, peer_containerd_remove, containerd_files[i], by_default);
    struct peer_text t = {.name = "f", .text = containerd_files[6], .runtime = "/r"};
    autofree char *systemd = change(peer_containerd_add, &t, 0);
    assert_non_null(strstr(systemd, "    BinaryName = \"/r\"\n    SystemdCgroup = true\n"));
    assert_null(strstr(systemd, "default_runtime_name = \"unroot\""));
    t.make_default = true;
    autofree char *by_default = change(peer_containerd_add, &t, 0);
    assert_non_null(strstr(by_default, "#unroot-was#  default_runtime_name = \"runc\" # as it came\n"
                                       "default_runtime_name = \"unroot\" # by unroot setup\n"));
    t.text = "version = 3\n";
    autofree char *third = change(peer_containerd_add, &t, 0);
    assert_non_null(strstr(third, "[plugins.\"io.containerd.cri.v1.runtime\".containerd.runtimes.unroot]\n"));
    /* The plugin's default stays, where the file names no runtime. */
    assert_non_null(strstr(third, "[plugins.\"io.containerd.cri.v1.runtime\".containerd.runtimes.runc]\n"
                                  "  runtime_type = \"io.containerd.runc.v2\"\n"));
    assert_null(strstr(systemd, "runtimes.runc]\n  runtime_type"));
}

/* What a person changed in between stays, and what we made goes. */
static void test_changed_since(void **state)
{
    struct peer_text t = {
        .name = "f",
        .text =
            "{\"runtimes\": {\"unroot\": {\"path\": \"/r\"}}, \"default-runtime\": \"unroot\", \"new\": 1}",
        .saved = "{\"default-runtime\": \"kata\", \"old\": 1}"};
    autofree char *docker = change(peer_docker_remove, &t, 0);
    assert_string_equal(docker, "{\"default-runtime\": \"kata\", \"new\": 1}");
    t.text = "{\"runtimes\": {\"unroot\": {\"path\": \"/r\"}}}";
    t.saved = NULL;
    autofree char *gone = change(peer_docker_remove, &t, 0);
    assert_null(gone);
    t = (struct peer_text){.name = "f", .text = containerd_files[6], .runtime = "/r", .make_default = true};
    autofree char *with = change(peer_containerd_add, &t, 0);
    autofree char *more = NULL;
    assert_true(asprintf(&more, "%s[debug]\nlevel = \"debug\"\n", with) > 0);
    t.text = more;
    t.saved = containerd_files[6];
    autofree char *back = change(peer_containerd_remove, &t, 0);
    autofree char *want = NULL;
    assert_true(asprintf(&want, "%s[debug]\nlevel = \"debug\"\n", containerd_files[6]) > 0);
    assert_string_equal(back, want);
}

static void refuses(changer *function, const char *text, const char *sentence)
{
    struct peer_text t = {.name = "file", .text = text, .runtime = "/r"};
    struct failure f = {0};
    char *result = NULL;
    assert_int_equal(function(&t, &result, &f), -EINVAL);
    assert_null(result);
    if (!strstr(f.text, sentence))
        fail_msg("%s", f.text);
}

static void test_refused(void **state)
{
    refuses(peer_docker_add, "{\n  \"a\": 1,\n}", "file:3:1");
    refuses(peer_docker_add, "{\"runtimes\": []}", "\"runtimes\" is not an object");
    refuses(peer_docker_remove, "{\"runtimes\": {\"unroot\": {}}", "file:1:");
    refuses(peer_containerd_add, "version = 2\n[plugins\n", "file:2");
    refuses(peer_containerd_add, "disabled_plugins = [\"cri\"]\n", "file:1: configurations of version 1");
    refuses(peer_containerd_add, "version = 4\n", "version 4");
    refuses(
        peer_containerd_add,
        "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.unroot.options]\nBinaryName "
        "= \"x\"\n",
        "file:3: there is a runtime named unroot");
    refuses(peer_containerd_remove, "# begin of what `unroot setup containerd` added\nversion = 2\n",
            "is missing");
    refuses(peer_podman_remove, "[engine]\n", "did not make");
}

static void test_podman(void **state)
{
    struct peer_text t = {.name = "f", .runtime = "/a\\b", .make_default = true};
    struct failure f = {0};
    autostrings struct strings json = {0}, none = {0};
    autofree char *text = NULL, *again = NULL;
    assert_int_equal(strings_add(&json, "mine") | strings_add(&json, "unroot"), 0);
    assert_int_equal(peer_podman_add(&t, &json, &none, &text, &f), 0);
    assert_non_null(strstr(text, "\nruntime = \"unroot\"\nruntime_supports_json = [\"mine\", \"unroot\"]\n"
                                 "runtime_supports_nocgroups = [\"crun\", \"krun\", \"unroot\"]\n"
                                 "runtime_supports_nocgroup = [\"crun\", \"krun\", \"unroot\"]\n"));
    assert_non_null(strstr(text, "unroot = [\"/a\\\\b\"]\n"));
    t.text = text;
    assert_int_equal(peer_podman_add(&t, &json, &none, &again, &f), 0);
    assert_string_equal(text, again);
    autofree char *gone = change(peer_podman_remove, &t, 0);
    assert_null(gone);
    t.text = "[engine]\n";
    assert_int_equal(peer_podman_add(&t, &json, &none, &gone, &f), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_docker),        cmocka_unit_test(test_containerd),
        cmocka_unit_test(test_changed_since), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_podman),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
