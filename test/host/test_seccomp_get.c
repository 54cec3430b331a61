/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's way to a filter: ready ones, the program that compiles, the cache. */
#include "engine/seccomp.h"
#include "engine/seccomp_builtin.h"
#include "formats/capability.h"
#include "kernel/file.h"
#include "kernel/tree.h"
#include "policy/seccomp_default.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static struct engine engine = {.root_fd = -EBADF, .storage_fd = -EBADF, .run_fd = -EBADF};
static char root[] = "/tmp/unroot-test-XXXXXX";

static int get(const char *profile, uint64_t capabilities, struct seccomp_program *p, struct failure *f)
{
    const struct seccomp_request request = {.profile = profile, .capabilities = capabilities};
    *f = (struct failure){0};
    return seccomp_get(&engine, &request, p, f);
}

/* How many files the cache holds; the last one's name. */
static int cached(char ret_name[256])
{
    int count = 0;
    char path[300];
    snprintf(path, sizeof(path), "%s/cache/seccomp", root);
    DIR *d = opendir(path);
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            snprintf(ret_name, 256, "%s", e->d_name);
            count++;
        }
    if (d)
        closedir(d);
    return count;
}

static void write_profile(const char *name, const char *text)
{
    int fd = openat(engine.root_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
    close(fd);
}

static void usual_sets_are_ready(void **state)
{
    struct failure f;
    char name[256];
    const uint64_t usual[] = {0, CAPABILITY_BIT(CAP_NET_ADMIN), capability_default_root};
    for (size_t i = 0; i < ARRAY_SIZE(usual); i++) {
        autoseccomp_program struct seccomp_program p = {0};
        assert_int_equal(get(i == 1 ? "builtin" : NULL, usual[i], &p, &f), 0);
        assert_true(p.count > 50 && p.count < 600);
        assert_int_equal(cached(name), 0);
    }
    autoseccomp_program struct seccomp_program none = {0};
    assert_int_equal(get("unconfined", 0, &none, &f), 0);
    assert_null(none.filter);
    for (size_t i = 0; i < seccomp_builtin_count; i++)
        assert_int_equal(seccomp_builtins[i].capabilities & ~seccomp_default_capabilities(), 0);
}

static void others_are_compiled_once(void **state)
{
    struct failure f;
    char name[256], path[600];
    autoseccomp_program struct seccomp_program first = {0}, second = {0}, third = {0};
    int error = get(NULL, CAPABILITY_BIT(CAP_SYS_ADMIN), &first, &f);
    if (error != 0)
        fail_msg("%s", f.text);
    assert_int_equal(cached(name), 1);
    struct stat before, after;
    snprintf(path, sizeof(path), "%s/cache/seccomp/%s", root, name);
    assert_int_equal(stat(path, &before), 0);
    assert_int_equal(get(NULL, CAPABILITY_BIT(CAP_SYS_ADMIN) | CAPABILITY_BIT(CAP_KILL), &second, &f), 0);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(first.count, second.count);
    assert_memory_equal(first.filter, second.filter, first.count * sizeof(*first.filter));

    /* Cut: made anew. */
    assert_int_equal(truncate(path, before.st_size - 8), 0);
    assert_int_equal(get(NULL, CAPABILITY_BIT(CAP_SYS_ADMIN), &third, &f), 0);
    assert_int_equal(third.count, first.count);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(after.st_size, before.st_size);
}

static void files_are_compiled(void **state)
{
    struct failure f;
    char path[300];
    autoseccomp_program struct seccomp_program p = {0}, again = {0};
    snprintf(path, sizeof(path), "%s/p.json", root);
    write_profile("p.json",
                  "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"],"
                  "\"syscalls\":[{\"names\":[\"chmod\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":42}]}");
    if (get(path, 0, &p, &f) != 0)
        fail_msg("%s", f.text);
    assert_int_equal(p.flags, 2);
    assert_true(p.count > 4 && p.count < 20);
    write_profile("p.json", "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}");
    assert_int_equal(get(path, 0, &again, &f), 0);
    assert_true(again.count < p.count); /* what the file says now */
}

static void bad_files_are_said(void **state)
{
    static const struct {
        const char *text;
        int error;
        const char *part;
    } rows[] = {
        {"{\"defaultAction\":\"SCMP_ACT_ALOW\"}", -EINVAL, "defaultAction: \"SCMP_ACT_ALOW\" is no action"},
        {"{\"defaultAction\":", -EINVAL, "bad.json"},
        {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_"
         "NOTIFY\"}]}",
         -EOPNOTSUPP, "needs a program that listens"},
        {"{\"\x1b[31m\\u001b[31m\":1}", -EINVAL, "bad.json"},
    };
    struct failure f;
    char path[300];
    struct seccomp_program p = {0};
    snprintf(path, sizeof(path), "%s/bad.json", root);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        write_profile("bad.json", rows[i].text);
        assert_int_equal(get(path, 0, &p, &f), rows[i].error);
        if (!strstr(f.text, rows[i].part) || strchr(f.text, '\x1b'))
            fail_msg("%s", f.text);
    }
    assert_int_equal(get("/nonexistent.json", 0, &p, &f), -ENOENT);
    assert_int_equal(get("/dev/null", 0, &p, &f), -EINVAL);
    assert_int_equal(get(root, 0, &p, &f), -EINVAL);
    engine.program_dir = (char *)"/nonexistent";
    assert_int_equal(get(NULL, CAPABILITY_BIT(CAP_SYS_TIME), &p, &f), -ENOENT);
    assert_non_null(strstr(f.text, "/nonexistent/unroot-seccomp"));
}

static int make_root(void **state)
{
    assert_non_null(mkdtemp(root));
    engine.root = root;
    engine.root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    engine.program_dir = getenv("UNROOT_TEST_PROGRAMS");
    return engine.root_fd >= 0 && engine.program_dir ? 0 : -1;
}

static int remove_root(void **state)
{
    int tmp = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = tree_remove(tmp, root + strlen("/tmp/"));
    close(tmp);
    return error;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usual_sets_are_ready),
        cmocka_unit_test(others_are_compiled_once),
        cmocka_unit_test(files_are_compiled),
        cmocka_unit_test(bad_files_are_said),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
