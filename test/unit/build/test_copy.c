/* SPDX-License-Identifier: Apache-2.0 */
/* COPY and ADD of a small context into a small image, by the real unroot-unpack: every row says what is there
 * afterwards that was not before, or a part of the sentence that refuses it. */
#include "base/strings.h"
#include "base/text.h"
#include "build/copy.h"
#include "formats/path_text.h"
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
#include <sys/xattr.h>

struct node {
    const char *path;
    char kind; /* d f l p s(ocket) h(ard link) */
    mode_t mode;
    const char *content; /* or target */
    unsigned uid, gid;   /* image only */
};

static const struct node context_nodes[] = {
    {"a.txt", 'f', 0644, "a"},         {"b.txt", 'f', 0600, "b"},
    {"run.sh", 'f', 0755, "#!"},       {"dir", 'd', 0750, NULL},
    {"dir/one", 'f', 0644, "1"},       {"dir/link", 'l', 0, "one"},
    {"dir/sub", 'd', 0700, NULL},      {"dir/sub/two", 'f', 0600, "2"},
    {"dir/sub/deep", 'd', 0755, NULL}, {"dir/sub/deep/one", 'f', 0644, "11"},
    {"dirlink", 'l', 0, "/dir"},       {"out", 'l', 0, "../../../../etc/hostname"},
    {"x[1].txt", 'f', 0644, "x"},      {"bin", 'd', 0755, NULL},
    {"bin/tool", 'f', 04755, "t"},     {"hard", 'd', 0755, NULL},
    {"hard/h1", 'f', 0644, "h"},       {"hard/h2", 'h', 0, "hard/h1"},
    {"odd", 'd', 0755, NULL},          {"odd/fifo", 'p', 0644, NULL},
    {"odd/socket", 's', 0, NULL},      {"bad", 'd', 0755, NULL},
    {"bad/.wh.x", 'f', 0644, ""},      {"secret", 'd', 0755, NULL},
    {"secret/key", 'f', 0644, "k"},    {"secret/public", 'f', 0644, "p"},
};

static const struct node image_nodes[] = {
    {"etc", 'd', 0755, NULL},
    {"etc/passwd", 'f', 0644,
     "root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/:/bin/sh\nbig:x:70000:1::/:/bin/sh\n"},
    {"etc/group", 'f', 0644, "root:x:0:\nstaff:x:50:\n"},
    {"usr", 'd', 0755, NULL},
    {"usr/bin", 'd', 0755, NULL},
    {"bin", 'l', 0, "usr/bin"},
    {"abs", 'l', 0, "/usr"},
    {"escape", 'l', 0, "../../../../../../var/tmp"},
    {"nowhere", 'l', 0, "/made/here"},
    {"exist", 'd', 0700, NULL, 5, 6},
    {"exist/sub", 'd', 0711, NULL, 5, 6},
    {"exist/one", 'd', 0755, NULL},
    {"file", 'f', 0644, "f"},
    {"tofile", 'l', 0, "file"},
};

/* `line` is an instruction; a tree (COPY --from) is the image before the copy. */
struct row {
    const char *line,
        *expect; /* lines "path kind mode uid:gid content", sorted; or "!part of the sentence" */
};

static const struct row rows[] = {
    {"COPY a.txt /", "a.txt f 644 0:0 a\n"},
    {"COPY a.txt /new", "new f 644 0:0 a\n"},
    {"COPY a.txt /new/", "new d 755 0:0\nnew/a.txt f 644 0:0 a\n"},
    {"COPY a.txt /p/q/r", "p d 755 0:0\np/q d 755 0:0\np/q/r f 644 0:0 a\n"},
    {"COPY a.txt b.txt /exist/", "exist/a.txt f 644 0:0 a\nexist/b.txt f 600 0:0 b\n"},
    {"COPY *.txt /t/", "t d 755 0:0\nt/a.txt f 644 0:0 a\nt/b.txt f 600 0:0 b\nt/x[1].txt f 644 0:0 x\n"},
    {"COPY *.txt /t", "!must end with a slash"},
    {"COPY ?.txt /exist", "exist/a.txt f 644 0:0 a\nexist/b.txt f 600 0:0 b\n"},
    {"COPY x[[]1].txt /", "x[1].txt f 644 0:0 x\n"},
    {"COPY [^a-w].txt nothing* /", ""},
    {"COPY [ab /", "!syntax error in the pattern"},
    {"COPY nothing /", "!\"/nothing\": not found in the build context"},
    {"COPY ../nothing /", "!nothing outside of it can be copied"},
    {"COPY ../a.txt /", "a.txt f 644 0:0 a\n"},
    {"COPY dir /new", "new d 755 0:0\nnew/link l 777 0:0 one\nnew/one f 644 0:0 1\nnew/sub d 700 0:0\n"
                      "new/sub/deep d 755 0:0\nnew/sub/deep/one f 644 0:0 11\nnew/sub/two f 600 0:0 2\n"},
    {"COPY dir/sub/ /exist/sub", "exist/sub/deep d 755 0:0\nexist/sub/deep/one f 644 0:0 11\n"
                                 "exist/sub/two f 600 0:0 2\n"},
    {"COPY dir/sub/deep/ /exist", "!a copy replaces no folder by a file"},
    {"COPY dir/*/deep /exist/sub", "exist/sub/one f 644 0:0 11\n"},
    {"COPY dir /exist", "!a copy replaces no folder by a file"},
    {"COPY dir /file", "!is a file and no folder"},
    {"COPY a.txt /file/", "!is a file and no folder"},
    {"COPY a.txt /file/x", "!Not a directory"},
    {"COPY a.txt /tofile", "file f 644 0:0 a\n"},
    {"COPY a.txt /exist/one", "exist/one/a.txt f 644 0:0 a\n"},
    {"COPY dirlink /d", "d d 755 0:0\nd/link l 777 0:0 one\nd/one f 644 0:0 1\nd/sub d 700 0:0\n"
                        "d/sub/deep d 755 0:0\nd/sub/deep/one f 644 0:0 11\nd/sub/two f 600 0:0 2\n"},
    {"COPY dirlink/sub/two /", "two f 600 0:0 2\n"},
    {"COPY out /", "!not found"},
    {"COPY dir/link /renamed", "renamed f 644 0:0 1\n"},
    {"COPY dir/link /", "link f 644 0:0 1\n"},
    {"COPY a.txt /bin/tool", "usr/bin/tool f 644 0:0 a\n"},
    {"COPY a.txt /abs/x", "usr/x f 644 0:0 a\n"},
    {"COPY a.txt /escape/x", "var d 755 0:0\nvar/tmp d 755 0:0\nvar/tmp/x f 644 0:0 a\n"},
    {"COPY a.txt /nowhere/", "made d 755 0:0\nmade/here d 755 0:0\nmade/here/a.txt f 644 0:0 a\n"},
    {"COPY a.txt /../../x", "x f 644 0:0 a\n"},
    {"COPY bin /", "tool f 4755 0:0 t\n"},
    {"COPY bin hard /y/",
     "y d 755 0:0\ny/h1 f 644 0:0 h =y/h1\ny/h2 f 644 0:0 h =y/h1\ny/tool f 4755 0:0 t\n"},
    {"COPY odd /o", "o d 755 0:0\no/fifo p 644 0:0\n"},
    {"COPY odd/socket a.txt /o/", "o d 755 0:0\no/a.txt f 644 0:0 a\n"},
    {"COPY bad /o", "!would mean a deletion in a layer"},
    {"COPY --chown=app a.txt /n/", "n d 755 1000:1001\nn/a.txt f 644 1000:1001 a\n"},
    {"COPY --chown=app:staff a.txt /n", "n f 644 1000:50 a\n"},
    {"COPY --chown=950 a.txt /n", "n f 644 950:950 a\n"},
    {"COPY --chown=950:0 a.txt /n", "n f 644 950:0 a\n"},
    {"COPY --chown=nobody a.txt /n", "!unable to find user nobody"},
    {"COPY --chown=0:nogroup a.txt /n", "!unable to find group nogroup"},
    {"COPY --chown=big a.txt /n", "!ids 0 to 65535"},
    {"COPY --chown=:5 a.txt /n", "!USER or USER:GROUP is expected"},
    {"COPY --chmod=640 dir/sub /n",
     "n d 755 0:0\nn/deep d 640 0:0\nn/deep/one f 640 0:0 11\nn/two f 640 0:0 2\n"},
    {"COPY --chmod=u=rwX,go=rX dir/sub /n",
     "n d 755 0:0\nn/deep d 755 0:0\nn/deep/one f 644 0:0 11\nn/two f 644 0:0 2\n"},
    {"COPY --chmod=g+q a.txt /n", "!neither an octal mode"},
    {"COPY --exclude=sub --exclude=l* dir /n", "n d 755 0:0\nn/one f 644 0:0 1\n"},
    {"COPY --exclude=**/one dir/sub /n", "n d 755 0:0\nn/deep d 755 0:0\nn/two f 600 0:0 2\n"},
    {"COPY --exclude=a.* ?.txt /exist/", "exist/b.txt f 600 0:0 b\n"},
    {"COPY --parents dir/sub/two /n/",
     "n d 755 0:0\nn/dir d 750 0:0\nn/dir/sub d 700 0:0\nn/dir/sub/two f 600 0:0 2\n"},
    {"COPY --parents dir/./sub/two /n/", "n d 755 0:0\nn/sub d 700 0:0\nn/sub/two f 600 0:0 2\n"},
    {"COPY --parents dir/./sub/two /exist/", "exist/sub/two f 600 0:0 2\n"},
    {"COPY --parents **/one /n/", "n d 755 0:0\nn/dir d 750 0:0\nn/dir/one f 644 0:0 1\nn/dir/sub d 700 0:0\n"
                                  "n/dir/sub/deep d 755 0:0\nn/dir/sub/deep/one f 644 0:0 11\n"},
    {"COPY secret /n", "n d 755 0:0\nn/public f 644 0:0 p\n"},
    {"COPY secret/key /n", "!leaves it out"},
    {"COPY secret/* /n/", "n d 755 0:0\nn/public f 644 0:0 p\n"},
    {"COPY --from=0 file /n", "n f 644 0:0 f\n"},
    {"COPY --from=0 exist /n", "n d 755 0:0\nn/one d 755 0:0\nn/sub d 711 5:6\n"},
    {"COPY --from=0 --chown=7 exist /n", "n d 755 7:7\nn/one d 755 7:7\nn/sub d 711 7:7\n"},
    {"COPY --from=0 bin /n", "n d 755 0:0\n"},
    {"COPY --from=0 escape /n", "!not found"},
    {"ADD a.txt /n", "n f 644 0:0 a\n"},
    {"ADD plain.tar /n", "n d 755 0:0\nn/in d 750 3:4\nn/in/f f 4711 3:4 F\nn/in/l l 777 3:4 ../../etc\n"},
    {"ADD gz.tgz /n/", "n d 755 0:0\nn/in d 750 3:4\nn/in/f f 4711 3:4 F\nn/in/l l 777 3:4 ../../etc\n"},
    {"ADD --chown=8:9 plain.tar /n",
     "n d 755 8:9\nn/in d 750 8:9\nn/in/f f 4711 8:9 F\nn/in/l l 777 8:9 ../../etc\n"},
    {"ADD --unpack=false plain.gz /n", "n f 644 0:0 \x1f\x8b\n"},
    {"ADD plain.gz /n", "n f 644 0:0 \x1f\x8b\n"},
    {"ADD x.tar.xz /n/", "n d 755 0:0\nn/in d 750 3:4\nn/in/f f 4711 3:4 F\nn/in/l l 777 3:4 ../../etc\n"},
    {"ADD x.bz2 /n/", "n d 755 0:0\nn/in d 750 3:4\nn/in/f f 4711 3:4 F\nn/in/l l 777 3:4 ../../etc\n"},
    {"ADD --unpack=false x.bz2 /n", "n f 644 0:0 BZh\n"},
    {"ADD cut.xz /n", "!the xz stream is cut off"},
    {"ADD noise.xz /n", "!the xz stream is damaged"},
    {"ADD greedy.xz /n", "!needs more than 256 MiB of memory"},
    {"ADD cut.tgz /n", "!the gzip stream is cut off"},
    {"ADD wh.tar /n", "!means a deletion in a layer"},
    {"ADD big.tar /n", "!an image has ids 0 to 65535"},
    {"COPY plain.tar /n.tar", "n.tar f 644 0:0 in/\n"},
    {"ADD https://host.invalid/x /n", "!a build downloads nothing itself"},
    {"ADD --checksum=sha256:00 a.txt /n", "!a checksum is for a URL"},
    {"ADD --keep-git-dir=true a.txt /n", "!is for a git repository"},
};

static char base[] = "/var/tmp/unroot-copy.XXXXXX";
static struct store store;
static int base_fd, context_fd;
static struct dockerignore ignore;

static void make_nodes(int fd, const struct node *nodes, size_t count, unsigned add)
{
    for (size_t i = 0; i < count; i++) {
        const struct node *n = &nodes[i];
        if (n->kind == 'd') {
            assert_int_equal(mkdirat(fd, n->path, 0700), 0);
        } else if (n->kind == 'l') {
            assert_int_equal(symlinkat(n->content, fd, n->path), 0);
        } else if (n->kind == 'h') {
            assert_int_equal(linkat(fd, n->content, fd, n->path, 0), 0);
        } else if (n->kind == 'p' || n->kind == 's') {
            assert_int_equal(mknodat(fd, n->path, (n->kind == 'p' ? S_IFIFO : S_IFSOCK) | 0600, 0), 0);
        } else {
            autoclose int file = openat(fd, n->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
            assert_true(file >= 0);
            assert_int_equal(fd_write_all(file, n->content, strlen(n->content)), 0);
        }
        assert_int_equal(fchownat(fd, n->path, n->uid + add, n->gid + add, AT_SYMLINK_NOFOLLOW), 0);
        if (n->kind != 'l' && n->kind != 'h')
            assert_int_equal(fchmodat(fd, n->path, n->mode, 0), 0);
    }
}

static void list_tree(int fd, const char *path, struct strings *lines);

static void list_one(int fd, const char *name, const char *path, struct strings *lines)
{
    struct stat st;
    char content[64] = "", link[80] = "";
    static ino_t first_inode;
    static char first_path[64];
    assert_int_equal(fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
    if (S_ISLNK(st.st_mode)) {
        assert_true(readlinkat(fd, name, content, sizeof(content) - 1) > 0);
    } else if (S_ISREG(st.st_mode)) {
        autoclose int file = openat(fd, name, O_RDONLY | O_CLOEXEC);
        assert_true(read(file, content, 3) >= 0);
        content[strcspn(content, "\b")] = '\0'; /* of a gzip file only what never changes */
        if (st.st_nlink > 1) {
            if (first_inode != st.st_ino)
                (void)snprintf(first_path, sizeof(first_path), "%s", path);
            first_inode = st.st_ino;
            (void)snprintf(link, sizeof(link), " =%s", first_path);
        }
    }
    char kind = S_ISDIR(st.st_mode) ? 'd' : S_ISLNK(st.st_mode) ? 'l' : S_ISREG(st.st_mode) ? 'f' : 'p';
    assert_int_equal(strings_addf(lines, "%s %c %o %u:%u%s%s%s\n", path, kind, st.st_mode & 07777,
                                  st.st_uid - STORE_ID_BASE, st.st_gid - STORE_ID_BASE, content[0] ? " " : "",
                                  content, link),
                     0);
    if (kind != 'd')
        return;
    autoclose int folder = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    list_tree(folder, path, lines);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void list_tree(int fd, const char *path, struct strings *lines)
{
    struct dirent **names;
    int n = scandirat(fd, ".", &names, NULL, by_name);
    assert_true(n >= 0);
    for (int i = 0; i < n; i++) {
        char below[256];
        (void)snprintf(below, sizeof(below), "%s%s%s", path, path[0] ? "/" : "", names[i]->d_name);
        if (!streq(names[i]->d_name, ".") && !streq(names[i]->d_name, ".."))
            list_one(fd, names[i]->d_name, below, lines);
        free(names[i]);
    }
    free(names);
}

static char said[1024];

static void hear(void *context, int stream, const char *data, size_t size)
{
    (void)snprintf(said, sizeof(said), "%.*s", (int)size, data);
}

/* As build/stage does it for words without variables. */
static void fill(struct build_copy *copy, const struct dockerfile_instruction *i,
                 const struct build_context *context, int image_fd)
{
    *copy = (struct build_copy){.instruction = i};
    copy->source =
        i->copy.from
            ? (struct build_source){.kind = BUILD_SOURCE_TREE, .what = "stage 0", .tree_fd = image_fd}
            : (struct build_source){.kind = BUILD_SOURCE_CONTEXT,
                                    .what = "the build context",
                                    .context = context,
                                    .tree_fd = -9};
    assert_int_equal(strings_copy(&copy->sources, &i->copy.sources), 0);
    assert_int_equal(strings_copy(&copy->excludes, &i->copy.excludes), 0);
    copy->destination = strdup(i->copy.destination);
    copy->chown = i->copy.chown ? strdup(i->copy.chown) : NULL;
    copy->chmod = i->copy.chmod ? strdup(i->copy.chmod) : NULL;
    copy->checksum = i->copy.checksum ? strdup(i->copy.checksum) : NULL;
}

static int make_image(void)
{
    assert_int_equal(tree_remove(base_fd, "image"), 0);
    assert_int_equal(mkdirat(base_fd, "image", 0755), 0);
    int fd = openat(base_fd, "image", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(fchown(fd, STORE_ID_BASE, STORE_ID_BASE), 0);
    make_nodes(fd, image_nodes, ARRAY_SIZE(image_nodes), STORE_ID_BASE);
    return fd;
}

static int copy_line(const char *line, int image_fd, struct digest *ret_digest, struct failure *failure)
{
    struct dockerfile_instruction i = {0};
    struct build_copy copy;
    const struct build_context context = {
        .what = "the build context", .folder_fd = context_fd, .ignore = ignore, .store = &store};
    struct build_step step = {
        .store = &store, .file = "Dockerfile", .root_fd = image_fd, .sink = {.write = hear}};
    assert_int_equal(dockerfile_parse_instruction("f", line, NULL, &i), 0);
    fill(&copy, &i, &context, image_fd);
    said[0] = '\0';
    int r = build_copy_digest(&copy, ret_digest, failure);
    if (r == 0)
        r = build_copy_run(&copy, &step, failure);
    build_copy_free(&copy);
    dockerfile_instruction_free(&i);
    return r;
}

static void try_row(const struct row *row)
{
    autostrings struct strings before = {0}, after = {0};
    autotext struct text got = {0};
    struct failure failure = {0};
    struct digest digest;
    autoclose int image = make_image();
    list_tree(image, "", &before);
    int r = copy_line(row->line, image, &digest, &failure);
    if (row->expect[0] == '!') {
        if (r >= 0 || !strstr(failure.text, row->expect + 1))
            fail_msg("%s: %d \"%s\"", row->line, r, failure.text);
        return;
    }
    if (r < 0)
        fail_msg("%s: %s", row->line, failure.text);
    list_tree(image, "", &after);
    for (size_t i = 0; i < after.count; i++)
        if (!strings_contain(&before, after.items[i]))
            text_append(&got, after.items[i]);
    if (!streq(text_peek(&got), row->expect))
        fail_msg("%s:\n got\n%swant\n%s", row->line, text_peek(&got), row->expect);
}

static void rows_come_out(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        try_row(&rows[i]);
}

static void remarks_are_said(void **state)
{
    struct failure failure = {0};
    struct digest digest;
    autoclose int image = make_image();
    assert_int_equal(copy_line("COPY odd /n", image, &digest, &failure), 0);
    assert_non_null(strstr(said, "1 sockets or devices are not copied, the first is /odd/socket"));
}

static void digest_of(const char *line, struct digest *ret_digest)
{
    struct failure failure = {0};
    autoclose int image = make_image();
    if (copy_line(line, image, ret_digest, &failure) < 0)
        fail_msg("%s: %s", line, failure.text);
}

static void touch(const char *path, time_t seconds)
{
    const struct timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};
    assert_int_equal(utimensat(context_fd, path, times, AT_SYMLINK_NOFOLLOW), 0);
}

static void digests_are_of_content(void **state)
{
    struct digest first, second;
    digest_of("COPY dir /n", &first);
    touch("dir/one", 1000);
    touch("dir/sub", 1000);
    digest_of("COPY dir /n", &second);
    assert_true(digest_equal(&first, &second)); /* times are no content */
    digest_of("COPY --exclude=link dir /n", &second);
    assert_false(digest_equal(&first, &second));
    assert_int_equal(fchmodat(context_fd, "dir/one", 0600, 0), 0);
    digest_of("COPY dir /n", &second);
    assert_false(digest_equal(&first, &second));
    assert_int_equal(fchmodat(context_fd, "dir/one", 0644, 0), 0);
    autoclose int fd = openat(context_fd, "dir/one", O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, "2", 1, 0), 1);
    touch("dir/one", 1000);
    digest_of("COPY dir /n", &second);
    assert_false(digest_equal(&first, &second)); /* same size and time, other content */
    assert_int_equal(pwrite(fd, "1", 1, 0), 1);
    digest_of("COPY dir /n", &second);
    assert_true(digest_equal(&first, &second));
    assert_int_equal(fsetxattr(fd, "user.x", "1", 1, 0), 0);
    digest_of("COPY dir /n", &second);
    assert_false(digest_equal(&first, &second));
    assert_int_equal(fremovexattr(fd, "user.x"), 0);
}

/* A row's tree keeps attributes and holes. */
static void attributes_and_holes_are_kept(void **state)
{
    struct failure failure = {0};
    struct digest digest;
    struct stat st;
    char value[64];
    autoclose int fd = openat(context_fd, "sparse", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    /* cap_net_bind_service, revision 2 */
    const unsigned char capability[20] = {0x01, 0, 0, 0x02, 0, 0x04};
    assert_int_equal(ftruncate(fd, 64 << 20), 0);
    assert_int_equal(pwrite(fd, "x", 1, 32 << 20), 1);
    assert_int_equal(fsetxattr(fd, "user.colour", "red", 3, 0), 0);
    assert_int_equal(fsetxattr(fd, "security.capability", capability, sizeof(capability), 0), 0);
    autoclose int image = make_image();
    if (copy_line("COPY sparse /sparse", image, &digest, &failure) < 0)
        fail_msg("%s", failure.text);
    autoclose int copy = openat(image, "sparse", O_RDONLY | O_CLOEXEC);
    assert_int_equal(fstat(copy, &st), 0);
    assert_int_equal(st.st_size, 64 << 20);
    assert_true(st.st_blocks < 1024);
    assert_int_equal(pread(copy, value, 1, 32 << 20), 1);
    assert_int_equal(value[0], 'x');
    assert_int_equal(fgetxattr(copy, "user.colour", value, sizeof(value)), 3);
    assert_int_equal(fgetxattr(copy, "security.capability", value, sizeof(value)), 24); /* with a root id */
    assert_int_equal(unlinkat(context_fd, "sparse", 0), 0);
}

static void run(const char *const *words)
{
    pid_t pid = fork();
    if (pid == 0) {
        if (fchdir(context_fd) < 0)
            _exit(126);
        (void)execvp(words[0], (char *const *)words);
        _exit(127);
    }
    int status = -1;
    assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
    assert_int_equal(status, 0);
}

#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})

static void make_archives(void)
{
    static const struct node nodes[] = {{"in", 'd', 0750, NULL},
                                        {"in/f", 'f', 04711, "F"},
                                        {"in/l", 'l', 0, "../../etc"},
                                        {".wh.z", 'f', 0644, ""}};
    make_nodes(context_fd, nodes, ARRAY_SIZE(nodes), 0);
    RUN("tar", "-cf", "plain.tar", "--owner=3", "--group=4", "in");
    RUN("tar", "-czf", "gz.tgz", "--owner=3", "--group=4", "in");
    RUN("tar", "-cf", "wh.tar", ".wh.z");
    RUN("tar", "-cf", "big.tar", "--owner=70000", "in");
    RUN("tar", "-cJf", "x.tar.xz", "--owner=3", "--group=4", "in");
    /* Two streams, as pbzip2 writes them; and a filter that wants a dictionary of 1 GiB. */
    RUN("python3", "-c",
        "import bz2, lzma; p = open('plain.tar', 'rb').read(); h = len(p) // 2\n"
        "open('x.bz2', 'wb').write(bz2.compress(p[:h]) + bz2.compress(p[h:]))\n"
        "x = open('x.tar.xz', 'rb').read(); open('noise.xz', 'wb').write(x + b'noise of some length')\n"
        "f = [{'id': lzma.FILTER_LZMA2, 'preset': 0, 'dict_size': 1 << 24}]\n"
        "g = bytearray(lzma.compress(p, filters=f)); i = g.index(b'\\x21\\x01')\n"
        "import zlib; g[i + 2] = 36; n = (g[12] + 1) * 4\n"
        "g[12 + n - 4:12 + n] = zlib.crc32(bytes(g[12:12 + n - 4])).to_bytes(4, 'little')\n"
        "open('greedy.xz', 'wb').write(g)");
    RUN("sh", "-c",
        "echo no archive | gzip >plain.gz; head -c 100000 /dev/urandom >in/r; tar -cz in | head -c 50000 "
        ">cut.tgz; tar -cJ in | head -c 50000 >cut.xz");
    RUN("rm", "-r", "in", ".wh.z");
}

static int set_up(void **state)
{
    struct failure failure = {0};
    static const char rules[] = "secret\n!secret/public\n";
    umask(022);
    if (!mkdtemp(base))
        return -1;
    base_fd = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (mkdirat(base_fd, "store", 0700) < 0 || mkdirat(base_fd, "context", 0755) < 0 ||
        dockerignore_parse("f", rules, sizeof(rules) - 1, NULL, &ignore) < 0)
        return -1;
    context_fd = openat(base_fd, "context", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    make_nodes(context_fd, context_nodes, ARRAY_SIZE(context_nodes), 0);
    make_archives();
    autoclose int root_fd = openat(base_fd, "store", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return store_open(&store, root_fd, UNPACK_PROGRAMS, &failure);
}

static int tear_down(void **state)
{
    store_close(&store);
    dockerignore_free(&ignore);
    (void)close(context_fd);
    (void)close(base_fd);
    autoclose int parent = open("/var/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return tree_remove(parent, strrchr(base, '/') + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_out),
        cmocka_unit_test(remarks_are_said),
        cmocka_unit_test(digests_are_of_content),
        cmocka_unit_test(attributes_and_holes_are_kept),
    };
    if (geteuid() != 0) {
        printf("needs root: unroot-unpack gets its ids from it\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
