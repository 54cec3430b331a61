/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/changes_tree.h"

#include "engine/image_view.h"
#include "engine/lookup.h"
#include "kernel/folder.h"
#include "kernel/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define DEPTH_MAX 2048 /* a path of 4,095 bytes has no more folders */

/* The walk stands in a folder of the writable layer; names are a stranger's, descriptors are not. */
struct walk {
    struct changes_tree *t;
    char path[PATH_MAX]; /* "a/b", "" is the root */
    size_t length;
    struct failure *failure;
};

static int list_folder(int folder_fd, struct strings *ret_names)
{
    int fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -errno : folder_list(fd, ret_names);
}

/* What the path is in a view, no link followed; -ENOENT also below something that is no folder. */
static int stat_in(int view_fd, const char *path, struct stat *ret_stat)
{
    if (view_fd < 0)
        return -ENOENT;
    autoclose int fd = path_open(view_fd, path, O_PATH | O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    if (fd == -ENOTDIR || fd == -ELOOP)
        return -ENOENT;
    if (fd < 0)
        return fd;
    return fstat(fd, ret_stat) < 0 ? -errno : 0;
}

static int open_in(int view_fd, const char *path)
{
    return path_open(view_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW,
                     RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

static int note_change(struct walk *w, char kind)
{
    struct changes_tree *t = w->t;
    struct container_change *changes = reallocarray(t->changes, t->count + 1, sizeof(*changes));
    if (!changes)
        return fail(w->failure, -ENOMEM, "listing changes");
    t->changes = changes;
    changes[t->count].kind = kind;
    if (asprintf(&changes[t->count].path, "/%s", w->path) < 0)
        return fail(w->failure, -ENOMEM, "listing changes");
    t->count++;
    return 0;
}

static int note_pack(struct walk *w, char operation)
{
    if (strings_addf(&w->t->pack, "%c%s", operation, w->path) < 0)
        return fail(w->failure, -ENOMEM, "listing changes");
    return 0;
}

/* Goes one name down; the caller comes back by resetting the length. */
static int walk_into(struct walk *w, const char *name)
{
    int n =
        snprintf(w->path + w->length, sizeof(w->path) - w->length, "%s%s", w->length > 0 ? "/" : "", name);
    if (n < 0 || w->length + (size_t)n >= sizeof(w->path))
        return fail(w->failure, -ENAMETOOLONG, "a path of the container");
    w->length += (size_t)n;
    return 0;
}

static void walk_back(struct walk *w, size_t length)
{
    w->length = length;
    w->path[length] = '\0';
}

/* What a folder that hides all below it has now and the image had under the same path. */
static int walk_replaced(struct walk *w, int depth);

static int walk_replaced_name(struct walk *w, const char *name, bool is_now, int depth)
{
    struct stat lower, now;
    int r = walk_into(w, name);
    if (r < 0)
        return r;
    bool was = stat_in(w->t->lower_fd, w->path, &lower) == 0;
    if (!is_now)
        return stat_in(w->t->merged_fd, w->path, &now) == 0 || !was ? 0 : note_change(w, 'D');
    r = note_change(w, was ? 'C' : 'A');
    if (r == 0 && stat_in(w->t->merged_fd, w->path, &now) == 0 && S_ISDIR(now.st_mode))
        r = walk_replaced(w, depth + 1);
    return r;
}

static int walk_replaced_side(struct walk *w, int view_fd, bool is_now, int depth)
{
    autostrings struct strings names = {0};
    size_t length = w->length;
    autoclose int fd = view_fd >= 0 ? open_in(view_fd, length > 0 ? w->path : ".") : -EBADF;
    if (fd < 0) /* no folder there in this view */
        return 0;
    if (list_folder(fd, &names) < 0)
        return fail(w->failure, -EIO, "reading /%s", w->path);
    for (size_t i = 0; i < names.count; i++) {
        int r = walk_replaced_name(w, names.items[i], is_now, depth);
        walk_back(w, length);
        if (r < 0)
            return r;
    }
    return 0;
}

static int walk_replaced(struct walk *w, int depth)
{
    if (depth > DEPTH_MAX)
        return fail(w->failure, -ELOOP, "/%s", w->path);
    int r = walk_replaced_side(w, w->t->merged_fd, true, depth);
    return r < 0 ? r : walk_replaced_side(w, w->t->lower_fd, false, depth);
}

static bool has_mark(int fd, const char *name)
{
    char value[2];
    return fgetxattr(fd, name, value, sizeof(value)) >= 0 || errno == ERANGE;
}

static int walk_folder(struct walk *w, int folder_fd, int depth);

/* Opaque (made anew) or moved here: all that is in it counts as new, and of the image's nothing below stays.
 */
static int visit_replaced_folder(struct walk *w, bool was)
{
    int r = note_change(w, was ? 'C' : 'A');
    if (r == 0)
        r = note_pack(w, '*');
    if (r == 0 && was)
        r = note_pack(w, '!');
    return r < 0 ? r : walk_replaced(w, 0);
}

static int visit_folder(struct walk *w, int parent_fd, const char *name, bool was, int depth)
{
    autoclose int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : fail(w->failure, -errno, "reading /%s", w->path);
    if (has_mark(fd, "trusted.overlay.opaque") || has_mark(fd, "trusted.overlay.redirect"))
        return visit_replaced_folder(w, was);
    int r = note_change(w, was ? 'C' : 'A');
    if (r == 0)
        r = note_pack(w, '+');
    return r < 0 ? r : walk_folder(w, fd, depth + 1);
}

/* Empty places that a start makes for what it mounts over them: nothing that the container did. */
static bool is_mount_place(const struct walk *w, const struct stat *st)
{
    static const char *const files[] = {"etc/hosts", "etc/hostname", "etc/resolv.conf"};
    for (size_t i = 0; i < ARRAY_SIZE(files); i++)
        if (S_ISREG(st->st_mode) && st->st_size == 0 && streq(w->path, files[i]))
            return true;
    return false;
}

static int visit(struct walk *w, int parent_fd, const char *name, int depth)
{
    struct stat st, lower;
    if (fstatat(parent_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : fail(w->failure, -errno, "reading /%s", w->path);
    bool was = stat_in(w->t->lower_fd, w->path, &lower) == 0;
    if (S_ISCHR(st.st_mode) && st.st_rdev == 0) {
        int r = was ? note_change(w, 'D') : 0;
        return r < 0 || !was ? r : note_pack(w, '-');
    }
    if (S_ISDIR(st.st_mode))
        return visit_folder(w, parent_fd, name, was && S_ISDIR(lower.st_mode), depth);
    if (!was && is_mount_place(w, &st))
        return 0;
    int r = note_change(w, was ? 'C' : 'A');
    return r < 0 ? r : note_pack(w, '+');
}

static int walk_folder(struct walk *w, int folder_fd, int depth)
{
    autostrings struct strings names = {0};
    size_t length = w->length;
    if (depth > DEPTH_MAX)
        return fail(w->failure, -ELOOP, "/%s", w->path);
    int r = list_folder(folder_fd, &names);
    if (r < 0)
        return fail(w->failure, r, "reading /%s", w->path);
    for (size_t i = 0; i < names.count && r == 0; i++) {
        r = walk_into(w, names.items[i]);
        if (r == 0)
            r = visit(w, folder_fd, names.items[i], depth);
        walk_back(w, length);
    }
    return r;
}

static int compare_changes(const void *a, const void *b)
{
    return strcmp(((const struct container_change *)a)->path, ((const struct container_change *)b)->path);
}

int changes_tree_read(struct changes_tree *t, struct failure *failure)
{
    autofree struct walk *w = calloc(1, sizeof(*w));
    if (!w)
        return fail(failure, -ENOMEM, "listing changes");
    w->t = t;
    w->failure = failure;
    int r = walk_folder(w, t->upper_fd, 0);
    if (r == 0 && t->count > 1)
        qsort(t->changes, t->count, sizeof(t->changes[0]), compare_changes);
    return r;
}

static int open_folders(struct changes_tree *t, const char *upper, const struct strings *lower,
                        struct failure *failure)
{
    autostrings struct strings folders = {0};
    t->upper_fd = openat(t->store->storage_fd, upper, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (t->upper_fd < 0)
        return fail(failure, -errno, "opening a writable layer");
    if (strings_add(&folders, upper) < 0 || strings_copy(&folders, lower) < 0)
        return fail(failure, -ENOMEM, "opening a writable layer");
    if (lower->count > 0) {
        t->lower_fd = tree_view_open(t->store, lower, failure);
        if (t->lower_fd < 0)
            return t->lower_fd;
    }
    t->merged_fd = tree_view_open(t->store, &folders, failure);
    return t->merged_fd < 0 ? t->merged_fd : 0;
}

int changes_tree_open_folders(struct changes_tree *t, const struct store *s, const char *upper,
                              const struct strings *lower, struct failure *failure)
{
    *t = (struct changes_tree){.store = s, .upper_fd = -EBADF, .lower_fd = -EBADF, .merged_fd = -EBADF};
    return open_folders(t, upper, lower, failure);
}

static int open_views(struct changes_tree *t, struct failure *failure)
{
    autostrings struct strings lower = {0};
    char upper[CONTAINER_ID_LENGTH + 32];
    (void)snprintf(upper, sizeof(upper), "containers/%s/upper", t->id); /* fits */
    if (image_layer_folders(&t->image, &lower) < 0)
        return fail(failure, -ENOMEM, "opening container %.12s", t->id);
    int r = open_folders(t, upper, &lower, failure);
    return r < 0 ? fail_within(failure, "container %.12s", t->id) : 0;
}

int changes_tree_open(struct changes_tree *t, struct engine *e, const struct store *s, const char *who,
                      struct failure *failure)
{
    autorecord struct container_record record = {0};
    *t = (struct changes_tree){.store = s, .upper_fd = -EBADF, .lower_fd = -EBADF, .merged_fd = -EBADF};
    int r = container_find(e, who, t->id, failure);
    if (r < 0)
        return r;
    r = record_read(e, t->id, &record);
    if (r < 0)
        return fail(failure, r, "reading the record of container %.12s", t->id);
    r = image_find(s, record.image_id, &t->image, failure);
    return r < 0 ? r : open_views(t, failure);
}

void changes_tree_close(struct changes_tree *t)
{
    const int fds[] = {t->upper_fd, t->lower_fd, t->merged_fd};
    for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
        if (fds[i] >= 0)
            (void)close(fds[i]); /* folders */
    image_free(&t->image);
    container_changes_free(t->changes, t->count);
    strings_free(&t->pack);
    *t = (struct changes_tree){.upper_fd = -EBADF, .lower_fd = -EBADF, .merged_fd = -EBADF};
}
