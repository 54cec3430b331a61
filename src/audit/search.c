/* SPDX-License-Identifier: Apache-2.0 */
/* A folder is walked by descriptors, without following a link to a folder and without leaving it; files are
 * judged in the order of their names. */
#include "audit/input.h"

#include "base/strings.h"
#include "kernel/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SEARCH_DEPTH_MAX 64
#define SEARCH_FILES_MAX 1000000

struct search {
    struct audit *audit;
    struct source_folder top;
    struct strings files; /* relative: judged when every image was seen, which they may be built from */
    size_t seen;
};

static int search_folder(struct search *s, int fd, const char *prefix, unsigned depth);

static bool skipped(const char *name)
{
    static const char *const names[] = {".", "..", ".git", ".hg", ".svn", "node_modules", "__pycache__"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (streq(name, names[i]))
            return true;
    return false;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list_names(int fd, struct strings *names)
{
    int copy = dup(fd); /* closedir(3) closes it */
    DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
    int r = 0;
    if (!d) {
        r = -errno;
        if (copy >= 0)
            (void)close(copy);
        return r;
    }
    for (struct dirent *e; r == 0 && (e = readdir(d));)
        if (!skipped(e->d_name))
            r = strings_add(names, e->d_name);
    (void)closedir(d);
    if (names->count > 1)
        qsort(names->items, names->count, sizeof(char *), compare_names);
    return r;
}

static bool archive_name(const char *name)
{
    static const char *const ends[] = {".tar", ".tar.gz", ".tgz", ".tar.zst"};
    size_t n = strlen(name);
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        size_t m = strlen(ends[i]);
        if (n > m && strcmp(name + n - m, ends[i]) == 0)
            return true;
    }
    return false;
}

/* compose.override.yaml comes with compose.yaml, when that is there. */
static bool comes_with_another(const struct search *s, const char *relative)
{
    static const char override[] = ".override.";
    const char *at = strstr(relative, override);
    struct stat st;
    autofree char *base = NULL;
    if (!at || strchr(at, '/') ||
        asprintf(&base, "%.*s.%s", (int)(at - relative), relative, at + strlen(override)) < 0)
        return false;
    autoclose int fd = path_open(s->top.fd, base, O_PATH, RESOLVE_BENEATH);
    return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static int judge_found(struct search *s, const char *relative)
{
    struct failure failure = {0};
    autofree char *data = NULL, *path = source_join(s->top.shown, relative);
    struct arena *arena = &s->audit->result->arena;
    size_t size;
    if (!path)
        return -ENOMEM;
    if (strings_contain(&s->audit->done, path) || comes_with_another(s, relative))
        return 0;
    int r = source_read_at(&s->top, relative, &data, &size, &failure);
    if (r == -ENOMEM)
        return r;
    if (r < 0) {
        result_complain(s->audit->result, path, "%s", failure.text);
        return 0;
    }
    struct input in = {arena_string(arena, path), arena_string(arena, path), data, size};
    if (!input_detect(in.name, data, size))
        return 0;
    return input_judge_file(s->audit, &in);
}

static int search_file(struct search *s, const char *relative)
{
    if (archive_name(relative)) {
        autofree char *path = source_join(s->top.shown, relative);
        return path ? input_try_archive(s->audit, path) : -ENOMEM;
    }
    return input_may_be(relative) ? strings_add(&s->files, relative) : 0;
}

/* Layouts and archives are images: a folder with `oci-layout` in it is one. */
static int search_entry(struct search *s, int fd, const char *name, const char *relative, unsigned depth)
{
    struct stat st;
    if (++s->seen > SEARCH_FILES_MAX) {
        if (s->seen == SEARCH_FILES_MAX + 1)
            result_complain(s->audit->result, s->top.shown, "more than %d files, the rest is left out",
                            SEARCH_FILES_MAX);
        return 0;
    }
    if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return 0; /* gone meanwhile */
    if (!S_ISDIR(st.st_mode))
        return S_ISREG(st.st_mode) || (input_may_be(name) && (S_ISLNK(st.st_mode) || S_ISFIFO(st.st_mode)))
                   ? search_file(s, relative)
                   : 0;
    if (depth >= SEARCH_DEPTH_MAX) {
        result_complain(s->audit->result, relative, "folders nested deeper than %d, not searched",
                        SEARCH_DEPTH_MAX);
        return 0;
    }
    autoclose int child = path_open(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, RESOLVE_BENEATH);
    if (child < 0) {
        result_complain(s->audit->result, relative, "%s", strerror(-child));
        return 0;
    }
    return search_folder(s, child, relative, depth + 1);
}

static int search_folder(struct search *s, int fd, const char *prefix, unsigned depth)
{
    autostrings struct strings names = {0};
    int r = list_names(fd, &names);
    if (r < 0) {
        result_complain(s->audit->result, prefix, "%s", strerror(-r));
        return r == -ENOMEM ? r : 0;
    }
    if (strings_contain(&names, "oci-layout") && strings_contain(&names, "index.json")) {
        autofree char *folder = source_join(s->top.shown, prefix);
        return folder ? input_judge_layout(s->audit, folder) : -ENOMEM;
    }
    for (size_t i = 0; i < names.count; i++) {
        autofree char *relative = source_join(prefix, names.items[i]);
        if (!relative)
            return -ENOMEM;
        r = search_entry(s, fd, names.items[i], relative, depth);
        if (r < 0)
            return r;
    }
    return 0;
}

int input_search(struct audit *a, const char *folder)
{
    autoclose int fd = path_open(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0) {
        result_complain(a->result, folder, "%s", strerror(-fd));
        return fd == -ENOMEM ? fd : 0;
    }
    struct search s = {.audit = a, .top = {fd, folder}};
    int r = search_folder(&s, fd, ".", 0);
    for (size_t i = 0; r == 0 && i < s.files.count; i++)
        r = judge_found(&s, s.files.items[i]);
    strings_free(&s.files);
    return r;
}
