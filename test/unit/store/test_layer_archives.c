/* SPDX-License-Identifier: Apache-2.0 */
/* Every archive that test/data/unpack/make.py writes goes through layer_stage() and the real unroot-unpack:
 * ok-* must become the tree that is written beside it, bad-* must fail and leave nothing; neither may touch
 * what is outside. */
#include "base/strings.h"
#include "base/text.h"
#include "kernel/file.h"
#include "kernel/tree.h"
#include "store/layer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define VICTIM "/tmp/unpack-victim"
#define ESCAPE "/tmp/unpack-escape"

struct tree_line {
    char *text;
    uint64_t inode; /* of a file with several names, else 0 */
};

struct tree {
    struct tree_line *lines;
    size_t count;
};

static char archives[] = "/var/tmp/unroot-archives.XXXXXX";
static char root[] = "/var/tmp/unroot-store.XXXXXX";
static struct store store;

static void add_line(struct tree *t, char *text, uint64_t inode)
{
    t->lines = reallocarray(t->lines, t->count + 1, sizeof(*t->lines));
    assert_non_null(t->lines);
    t->lines[t->count++] = (struct tree_line){text, inode};
}

static void describe(struct text *line, int fd, const char *path, const struct stat *st)
{
    static const char kinds[] = "?pc?d?b?f?l?s?w?";
    char opaque, value[64], target[PATH_MAX];
    int kind = (st->st_mode & S_IFMT) >> 12;
    bool whiteout = S_ISCHR(st->st_mode) && st->st_rdev == 0;
    bool is_opaque = S_ISDIR(st->st_mode) && fgetxattr(fd, "trusted.overlay.opaque", &opaque, 1) == 1;
    text_printf(line, "%s %c%s %o %u %u", path, whiteout ? 'w' : kinds[kind], is_opaque ? "!" : "",
                st->st_mode & 07777, st->st_uid - STORE_ID_BASE, st->st_gid - STORE_ID_BASE);
    if (S_ISREG(st->st_mode))
        text_printf(line, " %lld", (long long)st->st_size);
    if (S_ISLNK(st->st_mode)) {
        ssize_t n = readlinkat(fd, "", target, sizeof(target) - 1);
        assert_true(n >= 0);
        text_printf(line, " -> %.*s", (int)n, target);
    }
    if (S_ISREG(st->st_mode)) {
        char names[1024], self[64];
        (void)snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
        ssize_t size = listxattr(self, names, sizeof(names));
        for (const char *name = names; size > 0 && name < names + size; name += strlen(name) + 1) {
            ssize_t n = getxattr(self, name, value, sizeof(value));
            text_printf(line, " %s=%.*s", name, (int)n, value);
        }
    }
}

static void read_tree(struct tree *t, int dirfd, const char *name, const char *path, bool with_root)
{
    struct stat st;
    struct text line = {0};
    int fd = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    if (S_ISDIR(st.st_mode)) {
        int folder = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        (void)close(fd);
        fd = folder;
    }
    describe(&line, fd, path, &st);
    if (strcmp(path, ".") != 0 || with_root)
        add_line(t, text_take(&line), st.st_nlink > 1 && !S_ISDIR(st.st_mode) ? st.st_ino : 0);
    text_free(&line);
    if (!S_ISDIR(st.st_mode)) {
        (void)close(fd);
        return;
    }
    DIR *d = fdopendir(fd);
    assert_non_null(d);
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        if (streq(e->d_name, ".") || streq(e->d_name, ".."))
            continue;
        struct text below = {0};
        text_printf(&below, "%s%s%s", streq(path, ".") ? "" : path, streq(path, ".") ? "" : "/", e->d_name);
        read_tree(t, fd, e->d_name, text_peek(&below), with_root);
        text_free(&below);
    }
    (void)closedir(d);
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(((const struct tree_line *)a)->text, ((const struct tree_line *)b)->text);
}

/* "b f .." of a file that "a" names too becomes "b f .. = a". */
static void mark_hard_links(struct tree *t)
{
    if (t->count > 1)
        qsort(t->lines, t->count, sizeof(t->lines[0]), compare_lines);
    for (size_t i = 0; i < t->count; i++)
        for (size_t j = 0; j < i && t->lines[i].inode != 0; j++) {
            if (t->lines[i].inode != t->lines[j].inode || strstr(t->lines[i].text, " l "))
                continue;
            struct text line = {0};
            text_printf(&line, "%s = %.*s", t->lines[i].text, (int)strcspn(t->lines[j].text, " "),
                        t->lines[j].text);
            free(t->lines[i].text);
            t->lines[i].text = text_take(&line);
            break;
        }
}

static void check_tree(const char *name, int layer_fd, const char *expect)
{
    struct tree found = {0}, wanted = {0};
    bool with_root = string_after(expect, ". ") || strstr(expect, "\n. ");
    read_tree(&found, layer_fd, ".", ".", with_root);
    mark_hard_links(&found);
    for (const char *line = expect; *line; line += strcspn(line, "\n") + 1)
        add_line(&wanted, strndup(line, strcspn(line, "\n")), 0);
    if (wanted.count > 1)
        qsort(wanted.lines, wanted.count, sizeof(wanted.lines[0]), compare_lines);
    for (size_t i = 0; i < found.count && i < wanted.count; i++)
        if (strcmp(found.lines[i].text, wanted.lines[i].text) != 0)
            fail_msg("%s: found \"%s\", expected \"%s\"", name, found.lines[i].text, wanted.lines[i].text);
    if (found.count != wanted.count)
        fail_msg("%s: %zu names, expected %zu", name, found.count, wanted.count);
    for (size_t i = 0; i < found.count; i++)
        free(found.lines[i].text);
    for (size_t i = 0; i < wanted.count; i++)
        free(wanted.lines[i].text);
    free(found.lines);
    free(wanted.lines);
}

static int stage(const char *name, struct layer_stage *s, struct failure *failure)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/%s", archives, name);
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    const struct layer_source source = {.fd = fd, .what = name, .keep_blob = true};
    return layer_stage(&store, &source, NULL, s, failure);
}

static size_t count_entries(int dirfd)
{
    size_t count = 0;
    int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fdopendir(fd);
    assert_non_null(d);
    while (readdir(d))
        count++;
    (void)closedir(d);
    return count - 2;
}

static void check_outside(const char *name)
{
    char *data = NULL;
    struct stat st;
    if (faccessat(AT_FDCWD, ESCAPE, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        fail_msg("%s made %s", name, ESCAPE);
    if (file_read_all(AT_FDCWD, VICTIM, 100, &data, NULL) < 0 || strcmp(data, "victim") != 0 ||
        stat(VICTIM, &st) < 0 || st.st_nlink != 1)
        fail_msg("%s changed %s", name, VICTIM);
    free(data);
}

static void try_ok(const char *name)
{
    char path[PATH_MAX];
    struct layer_stage s;
    struct failure failure = {0};
    autofree char *expect = NULL;
    if (stage(name, &s, &failure) < 0)
        fail_msg("%s: %s", name, failure.text);
    assert_int_equal(layer_publish(&store, &s, 1, &failure), 0);
    (void)snprintf(path, sizeof(path), "%s/%s.expect", archives, name);
    assert_int_equal(file_read_all(AT_FDCWD, path, 1 << 24, &expect, NULL), 0);
    autoclose int layer = openat(store.layers_fd, s.result.diffid.hex, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(layer >= 0);
    check_tree(name, layer, expect);
    assert_true(blob_exists(&store, &s.result.digest));
    assert_int_equal(layer_remove(&store, &s.result.diffid), 0);
    layer_stage_close(&s);
    check_outside(name);
    assert_int_equal(count_entries(store.layers_fd), 0);
}

static void try_bad(const char *name)
{
    struct layer_stage s;
    struct failure failure = {0};
    size_t blobs = count_entries(store.blobs_fd);
    if (stage(name, &s, &failure) == 0)
        fail_msg("%s was taken", name);
    if (!strstr(failure.text, name) || failure.error >= 0)
        fail_msg("%s: the message is \"%s\"", name, failure.text);
    if (strstr(failure.text, "signal"))
        fail_msg("%s: %s", name, failure.text);
    check_outside(name);
    assert_int_equal(count_entries(store.layers_fd), 0);
    assert_int_equal(count_entries(store.blobs_fd), blobs);
}

static size_t try_all(const char *prefix, void (*try)(const char *))
{
    size_t count = 0;
    DIR *d = opendir(archives);
    assert_non_null(d);
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        if (!string_after(e->d_name, prefix) || strstr(e->d_name, ".expect"))
            continue;
        try(e->d_name);
        count++;
    }
    (void)closedir(d);
    return count;
}

static void good_archives_become_their_trees(void **state)
{
    (void)state;
    assert_true(try_all("ok-", try_ok) >= 50);
}

static void bad_archives_leave_nothing(void **state)
{
    (void)state;
    assert_true(try_all("bad-", try_bad) >= 35);
}

static void wrong_digests_are_refused(void **state)
{
    (void)state;
    struct layer_stage s;
    struct failure failure = {0};
    struct digest wrong;
    assert_int_equal(blob_digest("x", 1, &wrong), 0);
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/ok-gzip", archives);
    for (int i = 0; i < 3; i++) {
        autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
        const struct layer_source source = {.fd = fd,
                                            .what = "it",
                                            .digest = i == 0 ? &wrong : NULL,
                                            .diffid = i == 1 ? &wrong : NULL,
                                            .size = i == 2 ? 5 : 0,
                                            .keep_blob = true};
        assert_int_equal(layer_stage(&store, &source, NULL, &s, &failure), -EBADMSG);
        assert_int_equal(count_entries(store.layers_fd), 0);
    }
}

static int make_archives(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        (void)execlp("python3", "python3", UNPACK_MAKE, archives, (char *)NULL);
        _exit(127);
    }
    int status;
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}

static int set_up(void **state)
{
    (void)state;
    struct failure failure = {0};
    /* The archives have names in /tmp that other runs of this test have too: one after the other. Until exit.
     */
    int turn = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (turn < 0 || flock(turn, LOCK_EX) < 0)
        return -1;
    if (!mkdtemp(archives) || !mkdtemp(root) || make_archives() < 0)
        return -1;
    (void)unlink(VICTIM);
    int fd = open(VICTIM, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (fd < 0 || fd_write_all(fd, "victim", 6) < 0 || fchmod(fd, 0666) < 0)
        return -1;
    (void)close(fd);
    autoclose int root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return store_open(&store, root_fd, UNPACK_PROGRAMS, &failure);
}

static int tear_down(void **state)
{
    (void)state;
    store_close(&store);
    (void)unlink(VICTIM);
    autoclose int parent = open("/var/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = tree_remove(parent, strrchr(archives, '/') + 1);
    return r == 0 ? tree_remove(parent, strrchr(root, '/') + 1) : r;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_archives_become_their_trees),
        cmocka_unit_test(bad_archives_leave_nothing),
        cmocka_unit_test(wrong_digests_are_refused),
    };
    if (geteuid() != 0) {
        printf("needs root: unroot-unpack gets its ids from it\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
