/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strings.h"
#include "build/copy_selection.h"
#include "build/tree_path.h"
#include "kernel/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define WHITEOUT_PREFIX ".wh."
#define PATH_TOO_LONG "a path of more than 4,095 bytes"

static const char *what(const struct copy_walk *w)
{
    return w->copy->source.what;
}

/* The path below the item; of an item that is a file its name. */
static const char *path_in_item(const struct copy_walk *w, const char *source)
{
    const char *path = strlen(source) > w->strip ? source + w->strip : "";
    const char *slash = strrchr(source, '/');
    return path[0] ? path : slash ? slash + 1 : source;
}

bool copy_walk_leaves_out(const struct copy_walk *w, const char *source)
{
    if (w->ignore && dockerignore_match(w->ignore, source))
        return true;
    return w->excludes.count > 0 && dockerignore_match(&w->excludes, path_in_item(w, source));
}

bool copy_walk_skips_folder(const struct copy_walk *w, const char *source)
{
    if (w->ignore && dockerignore_skips_folder(w->ignore, source))
        return true;
    return w->excludes.count > 0 && dockerignore_skips_folder(&w->excludes, path_in_item(w, source));
}

/* A context's files become root's; the ids of a tree are stored ids. */
static int set_owner(struct copy_walk *w, struct copy_entry *e, const struct stat *st)
{
    if (w->copy->source.kind != BUILD_SOURCE_TREE)
        return 0;
    e->uid = st->st_uid - STORE_ID_BASE;
    e->gid = st->st_gid - STORE_ID_BASE;
    if (e->uid >= STORE_ID_COUNT || e->gid >= STORE_ID_COUNT)
        return refuse(w->failure, -ERANGE, "%s: /%s belongs to ids that no image has (%u:%u)", what(w),
                      e->source, st->st_uid, st->st_gid);
    return 0;
}

int copy_walk_add(struct copy_walk *w, const char *source, const struct stat *st, const char *target)
{
    struct copy_selection *s = w->selection;
    const char *slash = strrchr(source, '/');
    if (S_ISSOCK(st->st_mode) || S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode)) {
        s->skipped_name = s->skipped++ == 0 ? arena_string(&s->arena, source) : s->skipped_name;
        return 0;
    }
    if (string_after(slash ? slash + 1 : source, WHITEOUT_PREFIX))
        return refuse(w->failure, -EINVAL,
                      "%s: /%s: a name that begins with " WHITEOUT_PREFIX " would mean a deletion in a layer",
                      what(w), source);
    if (s->entry_count >= COPY_ENTRIES_MAX)
        return refuse(w->failure, -E2BIG, "%s: more than %u files", what(w), COPY_ENTRIES_MAX);
    struct copy_entry *entries =
        arena_grow(&s->arena, s->entries, s->entry_count, &s->entry_capacity, sizeof(*entries));
    if (!entries)
        return fail(w->failure, -ENOMEM, "%s", what(w));
    s->entries = entries;
    entries[s->entry_count] = (struct copy_entry){
        .source = arena_string(&s->arena, source),
        .target = arena_string(&s->arena, target),
        .mode = st->st_mode,
        .device = st->st_dev,
        .inode = st->st_ino,
        .size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0,
        .mtime = st->st_mtim,
        .ctime = st->st_ctim,
    };
    int r = set_owner(w, &entries[s->entry_count], st);
    if (r < 0)
        return r;
    s->entry_count++;
    return arena_error(&s->arena) < 0 ? fail(w->failure, -ENOMEM, "%s", what(w)) : 1;
}

int copy_walk_list(struct copy_walk *w, const char *folder, struct strings *ret_names)
{
    int fd = tree_path_open(w->root_fd, folder, O_RDONLY | O_DIRECTORY);
    int r = fd < 0 ? fd : folder_list(fd, ret_names);
    return r < 0 ? fail(w->failure, r, "%s: reading /%s", what(w), folder) : 0;
}

static int join(struct copy_walk *w, const char *folder, const char *name, char path[PATH_MAX])
{
    int n = snprintf(path, PATH_MAX, "%s%s%s", folder, folder[0] ? "/" : "", name);
    if (n < 0 || n >= PATH_MAX)
        return refuse(w->failure, -ENAMETOOLONG, "%s: /%.200s..: " PATH_TOO_LONG, what(w), folder);
    return 0;
}

/* Adds what the path is, of a folder only itself. */
static int visit(struct copy_walk *w, int folder_fd, const char *name, const char *path)
{
    struct stat st;
    char target[PATH_MAX];
    if (fstatat(folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : fail(w->failure, -errno, "%s: reading /%s", what(w), path);
    bool left_out = copy_walk_leaves_out(w, path);
    if (left_out && (!S_ISDIR(st.st_mode) || copy_walk_skips_folder(w, path)))
        return 0;
    if (S_ISLNK(st.st_mode)) {
        ssize_t n = readlinkat(folder_fd, name, target, sizeof(target) - 1);
        if (n < 0)
            return fail(w->failure, -errno, "%s: reading the link /%s", what(w), path);
        target[n] = '\0';
    }
    return copy_walk_add(w, path, &st, S_ISLNK(st.st_mode) ? target : NULL);
}

static int visit_all(struct copy_walk *w, const char *folder, const struct strings *names)
{
    char path[PATH_MAX];
    autoclose int fd = tree_path_open(w->root_fd, folder, O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return fail(w->failure, fd, "%s: reading /%s", what(w), folder);
    for (size_t i = 0; i < names->count; i++) {
        int r = join(w, folder, names->items[i], path);
        if (r == 0)
            r = visit(w, fd, names->items[i], path);
        if (r < 0)
            return r;
    }
    return 0;
}

/* A folder that is left out stays only for what was taken back below it. */
static bool drop_empty(struct copy_walk *w, size_t folder, size_t before)
{
    struct copy_selection *s = w->selection;
    if (s->entry_count > before || !copy_walk_leaves_out(w, s->entries[folder].source))
        return false;
    memmove(&s->entries[folder], &s->entries[folder + 1],
            (s->entry_count - folder - 1) * sizeof(s->entries[0]));
    s->entry_count--;
    return true;
}

/* First all names of the folder, then what is below each: no descriptor is held on the way down. */
int copy_walk_below(struct copy_walk *w, const char *folder)
{
    autostrings struct strings names = {0};
    struct copy_selection *s = w->selection;
    size_t at = s->entry_count;
    int r = copy_walk_list(w, folder, &names);
    if (r == 0)
        r = visit_all(w, folder, &names);
    strings_free(&names);
    for (size_t end = s->entry_count; r == 0 && at < end;) {
        size_t before = s->entry_count;
        if (S_ISDIR(s->entries[at].mode))
            r = copy_walk_below(w, s->entries[at].source);
        if (r == 0 && S_ISDIR(s->entries[at].mode) && drop_empty(w, at, before))
            end--;
        else
            at++;
    }
    return r;
}
