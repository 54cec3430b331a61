/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/folders.h"

#include "kernel/path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define PATHS_MAX (512u << 20) /* bytes of folder names that are kept for their times */

static struct folder *find_open(struct folders *f, const char *path, size_t length)
{
    for (size_t i = 0; i < FOLDERS_OPEN_MAX; i++) {
        struct folder *d = &f->open[i];
        if (d->path && d->length == length && memcmp(d->path, path, length) == 0)
            return d;
    }
    return NULL;
}

static void folder_close(struct folder *d)
{
    if (!d->path)
        return;
    free(d->path);
    (void)close(d->fd); /* only used to find what is in it */
    *d = (struct folder){.fd = -EBADF};
}

int folders_open(struct folders *f, const char *path, size_t length)
{
    if (length == 0)
        return f->root_fd;
    struct folder *known = find_open(f, path, length);
    if (known) {
        known->used = ++f->clock;
        return known->fd;
    }
    char name[PATH_MAX];
    if (length >= sizeof(name))
        return -ENAMETOOLONG;
    memcpy(name, path, length);
    name[length] = '\0';
    int fd = path_open_in_root(f->root_fd, name, O_PATH | O_DIRECTORY);
    if (fd == -ENOENT)
        fd = path_make_dirs_in_root(f->root_fd, name, 0755, NULL);
    if (fd < 0)
        return fd;
    folders_remember(f, path, length, fd);
    known = find_open(f, path, length);
    return known ? known->fd : -ENOMEM;
}

void folders_remember(struct folders *f, const char *path, size_t length, int fd)
{
    struct folder *place = find_open(f, path, length);
    for (size_t i = 0; !place && i < FOLDERS_OPEN_MAX; i++)
        if (!f->open[i].path)
            place = &f->open[i];
    if (!place) {
        place = &f->open[0];
        for (size_t i = 1; i < FOLDERS_OPEN_MAX; i++)
            if (f->open[i].used < place->used)
                place = &f->open[i];
    }
    folder_close(place);
    char *copy = strndup(path, length);
    if (!copy) {
        (void)close(fd); /* it was only an offer */
        return;
    }
    *place = (struct folder){.path = copy, .length = length, .fd = fd, .used = ++f->clock};
}

void folders_forget(struct folders *f)
{
    for (size_t i = 0; i < FOLDERS_OPEN_MAX; i++)
        folder_close(&f->open[i]);
}

static int reserve(void **items, size_t *capacity, size_t needed, size_t item_size)
{
    if (needed <= *capacity)
        return 0;
    size_t larger = *capacity ? *capacity * 2 : 1024;
    while (larger < needed)
        larger *= 2;
    void *p = reallocarray(*items, larger, item_size);
    if (!p)
        return -ENOMEM;
    *items = p;
    *capacity = larger;
    return 0;
}

int folders_note_time(struct folders *f, const struct entry_path *path, struct timespec mtime)
{
    if (f->paths_size + path->length + 1 > PATHS_MAX)
        return -ENOMEM;
    int r = reserve((void **)&f->paths, &f->paths_capacity, f->paths_size + path->length + 1, 1);
    if (r == 0)
        r = reserve((void **)&f->times, &f->time_capacity, f->time_count + 1, sizeof(f->times[0]));
    if (r < 0)
        return r;
    f->times[f->time_count++] = (struct folder_time){.path = f->paths_size, .mtime = mtime};
    memcpy(f->paths + f->paths_size, path->text, path->length + 1);
    f->paths_size += path->length + 1;
    return 0;
}

static int set_time(const struct folders *f, const struct folder_time *t)
{
    const char *path = f->paths + t->path;
    autoclose int fd = path_open_in_root(f->root_fd, path[0] ? path : ".", O_PATH | O_DIRECTORY | O_NOFOLLOW);
    if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP)
        return 0;
    if (fd < 0)
        return fd;
    const struct timespec times[2] = {t->mtime, t->mtime};
    return utimensat(fd, "", times, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

int folders_set_times(struct folders *f)
{
    for (size_t i = 0; i < f->time_count; i++) {
        int r = set_time(f, &f->times[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

void folders_free(struct folders *f)
{
    folders_forget(f);
    free(f->paths);
    free(f->times);
    f->paths = NULL;
    f->times = NULL;
}
