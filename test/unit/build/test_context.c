/* SPDX-License-Identifier: Apache-2.0 */
/* Build contexts: which .dockerignore counts, and streams of every kind. */
#include "base/strings.h"
#include "build/context.h"
#include "kernel/file.h"
#include "kernel/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char base[] = "/var/tmp/unroot-context.XXXXXX";
static struct store store;

static void write_file(const char *name, const char *text)
{
    autoclose int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
}

static int open_context(const char *source, int fd, const char *dockerfile, struct build_context *c,
                        char **text, struct failure *failure)
{
    const struct build_context_request request = {
        .what = "the build context", .source = source, .stream_fd = fd, .dockerfile = dockerfile};
    *failure = (struct failure){0};
    *c = (struct build_context)BUILD_CONTEXT_NONE;
    return build_context_open(&store, &request, c, text, failure);
}

static void rules_are_found(void **state)
{
    struct build_context c;
    struct failure failure;
    char *text;
    assert_int_equal(mkdir("in", 0755), 0);
    assert_int_equal(open_context("in", -1, NULL, &c, &text, &failure), 0);
    assert_int_equal(c.ignore.count, 0);
    build_context_close(&c);
    write_file("in/.dockerignore", "one\n");
    assert_int_equal(open_context("in", -1, "other", &c, &text, &failure), 0);
    assert_true(dockerignore_match(&c.ignore, "one"));
    build_context_close(&c);
    write_file("other.dockerignore", "two\n");
    assert_int_equal(open_context("in", -1, "other", &c, &text, &failure), 0);
    assert_false(dockerignore_match(&c.ignore, "one"));
    assert_true(dockerignore_match(&c.ignore, "two"));
    build_context_close(&c);
    write_file("other.dockerignore", "a\n!\n");
    assert_int_equal(open_context("in", -1, "other", &c, &text, &failure), -EINVAL);
    assert_non_null(strstr(failure.text, "other.dockerignore:2"));
    assert_int_equal(unlink("in/.dockerignore"), 0);
    assert_int_equal(symlink("../other.dockerignore", "in/.dockerignore"), 0); /* a link out leads nowhere */
    assert_int_equal(open_context("in", -1, NULL, &c, &text, &failure), 0);
    assert_int_equal(c.ignore.count, 0);
    build_context_close(&c);
    assert_int_equal(unlink("in/.dockerignore"), 0);
    assert_int_equal(mkfifo("in/.dockerignore", 0644), 0);
    assert_int_equal(open_context("in", -1, NULL, &c, &text, &failure), -EINVAL);
    assert_int_equal(open_context("nowhere", -1, NULL, &c, &text, &failure), -ENOENT);
    assert_int_equal(open_context("https://host.invalid/x.git", -1, NULL, &c, &text, &failure), -EOPNOTSUPP);
    assert_non_null(strstr(failure.text, "clone or download"));
}

static int run_shell(const char *script)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        (void)dup2(ends[1], 1);
        (void)execlp("sh", "sh", "-c", script, (char *)NULL);
        _exit(127);
    }
    (void)close(ends[1]);
    return ends[0];
}

static size_t count_names(int fd)
{
    size_t count = 0;
    DIR *d = fdopendir(openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (struct dirent *e = readdir(d); e; e = readdir(d))
        count += e->d_name[0] != '.' || strlen(e->d_name) > 2;
    (void)closedir(d);
    return count;
}

static void archives_are_unpacked(void **state)
{
    static const char *const scripts[] = {
        "cd tree && tar -c --owner=70000 .",
        "cd tree && tar -cz .",
        "cd tree && tar -c . | zstd -q",
    };
    assert_int_equal(mkdir("tree", 0755), 0);
    write_file("tree/Dockerfile", "FROM scratch\n");
    write_file("tree/.dockerignore", "x\n");
    assert_int_equal(chmod("tree/Dockerfile", 04711), 0);
    for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
        struct build_context c;
        struct failure failure;
        struct stat st;
        char *text;
        autoclose int fd = run_shell(scripts[i]);
        if (open_context("-", fd, NULL, &c, &text, &failure) < 0)
            fail_msg("%s: %s", scripts[i], failure.text);
        assert_null(text);
        assert_int_equal(fstatat(c.folder_fd, "Dockerfile", &st, 0), 0);
        assert_int_equal(st.st_mode & 07777, 04711);
        assert_int_equal(st.st_uid, STORE_ID_BASE);
        assert_true(dockerignore_match(&c.ignore, "x"));
        build_context_close(&c);
        assert_int_equal(count_names(store.layers_fd), 0);
    }
}

static void other_streams(void **state)
{
    static const struct {
        const char *script;
        const char *text; /* NULL: refused */
        const char *reason;
    } rows[] = {
        {"printf 'FROM scratch\\n'", "FROM scratch\n", NULL},
        {":", "", NULL},
        {"tar -c tree | xz | head -c 100", NULL, "the xz stream is cut off"},
        {"tar -c tree | python3 -c 'import bz2,sys; sys.stdout.buffer.write("
         "bz2.compress(sys.stdin.buffer.read())[:-9])'",
         NULL, "the bzip2 stream is"},
        {"printf 'FROM\\000x'", NULL, "neither an archive nor a Dockerfile"},
        {"head -c 9000000 /dev/zero | tr '\\000' a", NULL, "neither an archive nor a Dockerfile"},
        {"tar -cz tree | head -c 60", NULL, "unpacking the build context"},
        {"echo no archive | gzip", NULL, "unpacking the build context"},
        {"tar -c tree -P --transform 's,^tree,../up,'", NULL, "hold \"..\""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct build_context c;
        struct failure failure;
        autofree char *text = NULL;
        char *given = NULL;
        autoclose int fd = run_shell(rows[i].script);
        int r = open_context("-", fd, NULL, &c, &given, &failure);
        if (rows[i].text) {
            text = given;
            assert_int_equal(r, 0);
            assert_string_equal(text, rows[i].text);
            assert_int_equal(c.folder_fd, -EBADF);
            build_context_close(&c);
        } else if (r >= 0 || !strstr(failure.text, rows[i].reason)) {
            fail_msg("%s: %d %s", rows[i].script, r, failure.text);
        }
        assert_int_equal(count_names(store.layers_fd), 0);
    }
}

static int set_up(void **state)
{
    struct failure failure = {0};
    umask(022);
    if (!mkdtemp(base) || chdir(base) < 0 || mkdir("store", 0700) < 0)
        return -1;
    autoclose int root_fd = open("store", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return store_open(&store, root_fd, UNPACK_PROGRAMS, &failure);
}

static int tear_down(void **state)
{
    store_close(&store);
    autoclose int parent = open("/var/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return tree_remove(parent, strrchr(base, '/') + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_are_found),
        cmocka_unit_test(archives_are_unpacked),
        cmocka_unit_test(other_streams),
    };
    if (geteuid() != 0) {
        printf("needs root: unroot-unpack gets its ids from it\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
