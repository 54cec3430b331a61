/* SPDX-License-Identifier: Apache-2.0 */
#include "build/copy_plan.h"

#include "base/strings.h"
#include "formats/copy_record.h"
#include "formats/mode_change.h"

#include <errno.h>
#include <string.h>
#include <time.h>

static bool ends_as_folder(const char *path)
{
    size_t length = strlen(path);
    return length > 0 && (path[length - 1] == '/' || (length >= 2 && strcmp(path + length - 2, "/.") == 0));
}

static void join_path(struct text *t, const struct copy_plan *p, const char *path)
{
    text_printf(t, "%s%s%s", p->destination.path, p->destination.path[0] && path[0] ? "/" : "", path);
}

/* A folder that nothing was copied for. */
static void add_new_folder(struct copy_plan *p, const char *path)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
    const struct copy_record record = {.kind = COPY_RECORD_FOLDER,
                                       .mode = 0755,
                                       .uid = p->owner.uid,
                                       .gid = p->owner.gid,
                                       .mtime_seconds = now.tv_sec,
                                       .mtime_nanoseconds = now.tv_nsec};
    copy_record_append(&p->list, &record, &(struct copy_record_names){.path = path});
}

/* Folders of the destination's path that are missing, as far as its first `length` bytes. */
static int add_missing(struct copy_plan *p, size_t length)
{
    struct tree_place *to = &p->destination;
    while (to->known < length) {
        size_t end = to->known + (to->path[to->known] == '/');
        end += strcspn(to->path + end, "/");
        if (end > length)
            end = length;
        autofree char *path = strndup(to->path, end);
        if (!path)
            return fail(p->failure, -ENOMEM, "copying");
        add_new_folder(p, path);
        to->known = end;
    }
    return 0;
}

int copy_plan_need_folder(struct copy_plan *p)
{
    if (p->is_folder)
        return 0;
    if (p->destination.exists || p->is_taken)
        return refuse(p->failure, -ENOTDIR, "the destination %s is a file and no folder",
                      p->copy->destination);
    int r = add_missing(p, strlen(p->destination.path));
    p->is_folder = r == 0;
    return r;
}

static int need_parents(struct copy_plan *p)
{
    const char *slash = strrchr(p->destination.path, '/');
    return slash ? add_missing(p, (size_t)(slash - p->destination.path)) : 0;
}

static int set_mode(struct copy_plan *p, struct copy_record *record)
{
    if (!p->copy->chmod || record->kind == COPY_RECORD_LINK)
        return 0;
    int r = mode_change_apply(p->copy->chmod, record->mode & 07777, record->kind == COPY_RECORD_FOLDER,
                              &record->mode);
    return r < 0 ? refuse(p->failure, r,
                          "--chmod=%s: neither an octal mode (755) nor a symbolic one (u=rwX,go=rX)",
                          p->copy->chmod)
                 : 0;
}

static enum copy_record_kind kind_of(mode_t mode)
{
    return S_ISDIR(mode)    ? COPY_RECORD_FOLDER
           : S_ISLNK(mode)  ? COPY_RECORD_LINK
           : S_ISFIFO(mode) ? COPY_RECORD_FIFO
                            : COPY_RECORD_FILE;
}

/* `path` is below the destination, "" is the destination itself. */
static int add_entry(struct copy_plan *p, const struct copy_entry *e, const char *path)
{
    autotext struct text to = {0};
    struct copy_record record = {
        .kind = kind_of(e->mode),
        .mode = e->mode & 07777,
        .uid = p->has_owner ? p->owner.uid : e->uid,
        .gid = p->has_owner ? p->owner.gid : e->gid,
        .mtime_seconds = e->mtime.tv_sec,
        .mtime_nanoseconds = e->mtime.tv_nsec,
        .device = e->device,
        .inode = e->inode,
        .size = e->size,
        .ctime_seconds = (uint64_t)e->ctime.tv_sec,
        .ctime_nanoseconds = (uint64_t)e->ctime.tv_nsec,
    };
    int r = set_mode(p, &record);
    if (r < 0)
        return r;
    join_path(&to, p, path);
    if (text_error(&to) < 0)
        return fail(p->failure, -ENOMEM, "copying");
    const struct copy_record_names names = {e->source, text_peek(&to), e->target};
    copy_record_append(&p->list, &record, &names);
    return 0;
}

/* A folder above what --parents matched: one that the image has stays as it is. */
static bool is_there(struct copy_plan *p, const char *path)
{
    autotext struct text to = {0};
    struct tree_place place;
    join_path(&to, p, path);
    return tree_path_find(p->step->root_fd, text_peek(&to), false, &place) == 0 && place.exists;
}

static int plan_folder(struct copy_plan *p, const struct copy_item *item)
{
    int r = copy_plan_need_folder(p);
    for (size_t i = 0; i < item->count && r == 0; i++) {
        const struct copy_entry *e = &p->selection->entries[item->first + i];
        const char *path = copy_entry_path(item, e);
        if (!e->above || !is_there(p, path))
            r = add_entry(p, e, path);
    }
    return r;
}

/* Where one file goes: below the destination under its name, or to the destination itself. */
static int place_file(struct copy_plan *p, const char *name, const char **ret_path)
{
    *ret_path = p->is_folder ? name : "";
    if (p->is_folder)
        return 0;
    if (p->is_taken)
        return refuse(p->failure, -ENOTDIR,
                      "several files are copied: the destination %s must end with a slash",
                      p->copy->destination);
    p->is_taken = true;
    return need_parents(p);
}

static int plan_item(struct copy_plan *p, const struct copy_item *item)
{
    static const struct copy_record next = {.kind = COPY_RECORD_NEXT};
    const struct dockerfile_instruction *i = p->copy->instruction;
    const char *path;
    copy_record_append(&p->list, &next, &(struct copy_record_names){0});
    if (item->is_folder)
        return plan_folder(p, item);
    if (item->count == 0)
        return 0; /* a socket or device */
    if (i->kind == DOCKERFILE_ADD && i->copy.unpack != 0) {
        int r = copy_archive_add(p, item);
        if (r != 0)
            return r < 0 ? r : 0;
    }
    int r = place_file(p, item->name, &path);
    return r < 0 ? r : add_entry(p, &p->selection->entries[item->first], path);
}

static int plan_text(struct copy_plan *p, const struct build_copy_file *file)
{
    autotext struct text to = {0};
    const char *path;
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
    struct copy_record record = {.kind = COPY_RECORD_TEXT,
                                 .mode = 0644,
                                 .uid = p->owner.uid,
                                 .gid = p->owner.gid,
                                 .mtime_seconds = now.tv_sec,
                                 .mtime_nanoseconds = now.tv_nsec};
    if (strchr(file->name, '/') || streq(file->name, ".") || streq(file->name, ".."))
        return refuse(p->failure, -EINVAL, "<<%s: no name for a file", file->name);
    int r = place_file(p, file->name, &path);
    if (r == 0)
        r = set_mode(p, &record);
    if (r < 0)
        return r;
    join_path(&to, p, path);
    const struct copy_record_names names = {"", text_peek(&to), file->content};
    copy_record_append(&p->list, &record, &names);
    return text_error(&to) < 0 ? fail(p->failure, -ENOMEM, "copying") : 0;
}

static int find_destination(struct copy_plan *p)
{
    const char *path = p->copy->destination;
    int r = tree_path_find(p->step->root_fd, path, true, &p->destination);
    if (r < 0)
        return fail(p->failure, r, "the destination %s", path);
    p->is_folder = p->destination.exists && S_ISDIR(p->destination.st.st_mode);
    return ends_as_folder(path) ? copy_plan_need_folder(p) : 0;
}

static int find_owner(struct copy_plan *p)
{
    const char *chown = p->copy->chown;
    autofree char *what = NULL;
    if (!chown || !chown[0])
        return 0;
    if (asprintf(&what, "--chown=%s", chown) < 0) {
        what = NULL;
        return fail(p->failure, -ENOMEM, "--chown");
    }
    p->has_owner = true;
    return build_owner_find(p->step->root_fd, what, chown, &p->owner, p->failure);
}

int copy_plan_run(struct copy_plan *p)
{
    int r = find_owner(p);
    if (r == 0)
        r = find_destination(p);
    for (size_t i = 0; i < p->selection->item_count && r == 0; i++)
        r = plan_item(p, &p->selection->items[i]);
    for (size_t i = 0; i < p->copy->file_count && r == 0; i++)
        r = plan_text(p, &p->copy->files[i]);
    return r < 0 ? r : copy_plan_flush(p);
}
