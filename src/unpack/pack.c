/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/pack.h"

#include "base/strings.h"
#include "kernel/folder.h"
#include "kernel/path.h"
#include "unpack/attributes.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* A folder on the way down. Only names are kept: a descriptor a level would set a limit to the depth. */
struct level {
    struct strings names;
    size_t next;
    size_t path_length;
};

struct walk {
    char path[PATH_MAX];
    size_t length;
    struct level *levels;
    size_t count, capacity;
};

static int push_level(struct walk *w, int fd)
{
    if (w->count == w->capacity) {
        size_t capacity = w->capacity ? w->capacity * 2 : 32;
        struct level *levels = reallocarray(w->levels, capacity, sizeof(*levels));
        if (!levels) {
            (void)close(fd); /* only read from */
            return -ENOMEM;
        }
        w->levels = levels;
        w->capacity = capacity;
    }
    struct level *level = &w->levels[w->count++];
    *level = (struct level){.path_length = w->length};
    return folder_list(fd, &level->names);
}

static void pop_level(struct walk *w)
{
    strings_free(&w->levels[--w->count].names);
}

static int entry_type(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return '0';
    case S_IFLNK:
        return '2';
    case S_IFCHR:
        return '3';
    case S_IFBLK:
        return '4';
    case S_IFDIR:
        return '5';
    case S_IFIFO:
        return '6';
    default:
        return -EINVAL; /* a socket: no tar has it */
    }
}

int pack_content(struct pack *p, int fd, uint64_t size, struct failure *failure)
{
    uint64_t rest = size;
    bool ended = false;
    while (rest > 0) {
        size_t want = rest < PACK_BUFFER ? (size_t)rest : PACK_BUFFER;
        ssize_t n = ended ? 0 : read(fd, p->buffer, want);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(failure, -errno, "reading");
        if (n == 0) { /* it became shorter: the header has promised more */
            ended = true;
            memset(p->buffer, 0, want);
            n = (ssize_t)want;
        }
        int r = tar_writer_add(&p->tar, p->buffer, (size_t)n);
        if (r < 0)
            return fail(failure, r, "writing the archive");
        rest -= (uint64_t)n;
    }
    p->report.bytes += size;
    int r = tar_writer_pad(&p->tar, size);
    return r < 0 ? fail(failure, r, "writing the archive") : ended;
}

static int write_entry(struct pack *p, struct tar_entry *entry, const struct stat *st, int fd,
                       struct failure *failure)
{
    autotext struct text attributes = {0};
    entry->mode = st->st_mode & 07777;
    entry->uid = st->st_uid;
    entry->gid = st->st_gid;
    entry->mtime = st->st_mtim;
    if (p->clamped && entry->mtime.tv_sec >= p->clamp)
        entry->mtime = (struct timespec){.tv_sec = p->clamp};
    if (p->plain) {
        entry->mode = S_ISDIR(st->st_mode) ? 0755 : 0644;
        entry->uid = entry->gid = 0;
        entry->mtime = (struct timespec){0};
    } else if (fd >= 0) {
        int r = attributes_get(fd, &attributes);
        if (r < 0)
            return fail(failure, r, "reading its extended attributes");
        entry->attributes = &attributes;
    }
    p->report.entries++;
    int r = tar_writer_entry(&p->tar, entry);
    return r < 0 ? fail(failure, r, "writing the archive") : 0;
}

/* A file with several names is written once. *ret_first: the name it was written under. */
static int find_first_name(struct pack *p, const struct stat *st, const char *path, const char **ret_first)
{
    *ret_first = NULL;
    if (p->plain || S_ISDIR(st->st_mode) || st->st_nlink < 2)
        return 0;
    return hard_links_find(&p->links, st->st_dev, st->st_ino, path, ret_first);
}

static int pack_open_file(struct pack *p, const char *path, struct failure *failure)
{
    autoclose int fd = path_open(p->root_fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK,
                                 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    struct stat st;
    const char *first;
    if (fd == -ENOENT || fd == -ELOOP || fd == -ENXIO)
        return 0; /* gone, or something else meanwhile */
    if (fd < 0)
        return fail(failure, fd, "opening it");
    if (fstat(fd, &st) < 0)
        return fail(failure, -errno, "reading its state");
    if (!S_ISREG(st.st_mode))
        return 0;
    if (find_first_name(p, &st, path, &first) < 0)
        return fail(failure, -ENOMEM, "keeping its name");
    struct tar_entry entry = {.path = path, .type = first ? '1' : '0', .target = first};
    entry.size = first ? 0 : (uint64_t)st.st_size;
    int r = write_entry(p, &entry, &st, first ? -EBADF : fd, failure);
    if (r == 0 && !first)
        r = pack_content(p, fd, entry.size, failure);
    return r < 0 ? r : 0;
}

static int pack_folder(struct pack *p, struct walk *w, bool recursive, struct failure *failure)
{
    const char *path = w->length > 0 ? w->path : ".";
    autoclose int fd = path_open(p->root_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW,
                                 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
    struct stat st;
    if (w->length > 0 && (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP || fd == -EXDEV))
        return 0;
    if (fd < 0)
        return fail(failure, fd, "opening the folder");
    if (fstat(fd, &st) < 0)
        return fail(failure, -errno, "reading its state");
    struct tar_entry entry = {.path = path, .type = '5'};
    int r = write_entry(p, &entry, &st, fd, failure);
    if (r < 0 || !recursive)
        return r;
    r = push_level(w, TAKE_FD(fd));
    return r < 0 ? fail(failure, r, "listing the folder") : 0;
}

/* A link, a device, a fifo: all of it is in its name and state. */
static int pack_special(struct pack *p, const char *path, const struct stat *st, struct failure *failure)
{
    char target[PATH_MAX];
    const char *first;
    int type = entry_type(st->st_mode);
    if (type < 0)
        return 0;
    if (find_first_name(p, st, path, &first) < 0)
        return fail(failure, -ENOMEM, "keeping its name");
    struct tar_entry entry = {.path = path,
                              .type = first ? '1' : (char)type,
                              .target = first,
                              .device_major = major(st->st_rdev),
                              .device_minor = minor(st->st_rdev)};
    if (S_ISLNK(st->st_mode) && !first) {
        ssize_t n = readlinkat(p->root_fd, path, target, sizeof(target) - 1);
        if (n < 0)
            return errno == ENOENT || errno == EINVAL ? 0 : fail(failure, -errno, "reading the link");
        target[n] = '\0';
        entry.target = target;
    }
    return write_entry(p, &entry, st, -EBADF, failure);
}

/* What the path is, without following a link anywhere on the way. */
static int stat_path(const struct pack *p, const char *path, struct stat *ret_stat)
{
    autoclose int fd = path_open(p->root_fd, path, O_PATH | O_NOFOLLOW, RESOLVE_BENEATH);
    if (fd < 0)
        return fd;
    return fstat(fd, ret_stat) < 0 ? -errno : 0;
}

static int pack_one(struct pack *p, struct walk *w, bool recursive, struct failure *failure)
{
    struct stat st;
    if (w->length == 0)
        return pack_folder(p, w, recursive, failure);
    int r = stat_path(p, w->path, &st);
    if (r == -ENOENT || r == -ELOOP || r == -ENOTDIR)
        return 0;
    if (r < 0)
        return fail(failure, r, "reading its state");
    if (S_ISDIR(st.st_mode))
        return pack_folder(p, w, recursive, failure);
    if (S_ISREG(st.st_mode))
        return pack_open_file(p, w->path, failure);
    return pack_special(p, w->path, &st, failure);
}

static int append_name(struct walk *w, const struct level *level, const char *name)
{
    int n = snprintf(w->path + level->path_length, sizeof(w->path) - level->path_length, "%s%s",
                     level->path_length > 0 ? "/" : "", name);
    if (n < 0 || level->path_length + (size_t)n >= sizeof(w->path))
        return -ENAMETOOLONG;
    w->length = level->path_length + (size_t)n;
    return 0;
}

static int pack_walk(struct pack *p, struct walk *w, bool recursive, struct failure *failure)
{
    int r = pack_one(p, w, recursive, failure);
    while (r == 0 && w->count > 0) {
        struct level *level = &w->levels[w->count - 1];
        if (level->next == level->names.count) {
            pop_level(w);
            continue;
        }
        r = append_name(w, level, level->names.items[level->next++]);
        r = r < 0 ? fail(failure, r, "a path of the tree") : pack_one(p, w, true, failure);
    }
    return r < 0 ? fail_within(failure, "%.200s", w->path) : 0;
}

int pack_path(struct pack *p, const char *path, bool recursive, struct failure *failure)
{
    autofree struct walk *w = calloc(1, sizeof(*w));
    if (!w)
        return fail(failure, -ENOMEM, "packing");
    w->length = strlen(path);
    if (w->length >= sizeof(w->path))
        return fail(failure, -ENAMETOOLONG, "packing");
    memcpy(w->path, path, w->length + 1);
    int r = pack_walk(p, w, recursive, failure);
    while (w->count > 0)
        pop_level(w);
    free(w->levels);
    return r;
}

int pack_begin(struct pack *p, struct failure *failure)
{
    p->buffer = malloc(PACK_BUFFER);
    int r = tar_writer_open(&p->tar, p->tar.fd);
    return !p->buffer || r < 0 ? fail(failure, -ENOMEM, "packing") : 0;
}

int pack_end(struct pack *p, struct failure *failure)
{
    int r = tar_writer_end(&p->tar);
    return r < 0 ? fail(failure, r, "writing the archive") : 0;
}

int pack_run(struct pack *p, struct failure *failure)
{
    int r = pack_begin(p, failure);
    if (r == 0)
        r = pack_path(p, "", true, failure);
    return r < 0 ? r : pack_end(p, failure);
}

void pack_free(struct pack *p)
{
    tar_writer_close(&p->tar);
    hard_links_free(&p->links);
    free(p->buffer);
    p->buffer = NULL;
}
