/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strings.h"
#include "base/text.h"
#include "build/advice.h"
#include "build/tree_path.h"
#include "engine/image_view.h"
#include "kernel/file.h"
#include "kernel/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define LIST_SIZE_MAX (16u << 20)

void advice_facts_free(struct advice_facts *facts)
{
    free(facts->passwd);
    free(facts->group);
    free(facts->workdir.path);
    for (size_t i = 0; i < facts->volume_count; i++)
        free(facts->volumes[i].path);
    free(facts->volumes);
    strings_free(&facts->setuid);
    *facts = (struct advice_facts){0};
}

/* A file of the image; none, or something else of that name, is NULL. */
static int read_file(int root_fd, const char *path, char **ret_text, size_t *ret_size,
                     struct failure *failure)
{
    struct stat st;
    autoclose int fd = path_open_in_root(root_fd, path, O_RDONLY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return 0;
    int r = fd_read_whole(fd, ACCOUNTS_SIZE_MAX, ret_text, ret_size);
    return r < 0 ? fail(failure, r, "reading /%s of the image", path) : 0;
}

static int read_folder(int root_fd, const char *path, struct advice_folder *ret_folder,
                       struct failure *failure)
{
    struct stat st;
    autoclose int fd = path_open_in_root(root_fd, path, O_PATH | O_DIRECTORY);
    ret_folder->path = strdup(path);
    if (!ret_folder->path)
        return fail(failure, -ENOMEM, "looking at the image");
    if (fd < 0 || fstat(fd, &st) < 0)
        return 0;
    ret_folder->exists = true;
    ret_folder->uid = st.st_uid - STORE_ID_BASE;
    ret_folder->gid = st.st_gid - STORE_ID_BASE;
    ret_folder->mode = st.st_mode & 07777;
    return 0;
}

static bool is_setuid(const struct stat *st)
{
    return S_ISREG(st->st_mode) &&
           ((st->st_mode & S_ISUID) || ((st->st_mode & S_ISGID) && (st->st_mode & S_IXGRP)));
}

static int scan_folder(int root_fd, const char *folder, struct strings *found);

/* A frame of its own: the stack of a deep tree must not hold a path a level. */
static __attribute__((noinline)) int scan_names(int root_fd, const char *folder, struct strings *found,
                                                struct strings *folders)
{
    int fd = tree_path_open(root_fd, folder, O_RDONLY | O_DIRECTORY);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    struct stat st;
    int r = 0;
    if (!d) {
        if (fd >= 0)
            (void)close(fd); /* only read from */
        return fd < 0 ? fd : -ENOMEM;
    }
    for (struct dirent *e = readdir(d); e && r == 0; e = readdir(d)) {
        if (streq(e->d_name, ".") || streq(e->d_name, "..") ||
            (e->d_type != DT_DIR && e->d_type != DT_REG && e->d_type != DT_UNKNOWN) ||
            fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        if (S_ISDIR(st.st_mode))
            r = strings_addf(folders, "%s%s%s", folder, folder[0] ? "/" : "", e->d_name);
        else if (is_setuid(&st))
            r = strings_addf(found, "%s%s%s", folder, folder[0] ? "/" : "", e->d_name);
    }
    (void)closedir(d); /* only read from */
    return r;
}

static int scan_folder(int root_fd, const char *folder, struct strings *found)
{
    autostrings struct strings folders = {0};
    int r = scan_names(root_fd, folder, found, &folders);
    for (size_t i = 0; i < folders.count && r == 0; i++)
        r = scan_folder(root_fd, folders.items[i], found);
    return r;
}

static int write_list(int cache_fd, const char *name, const struct strings *found)
{
    autotext struct text text = {0};
    for (size_t i = 0; i < found->count; i++)
        text_append_n(&text, found->items[i], strlen(found->items[i]) + 1);
    return text_error(&text) < 0 ? -ENOMEM
                                 : file_write_atomic(cache_fd, name, text_peek(&text), text.length, false);
}

/* The setuid files of one layer, from the cache or by walking it. */
static int layer_setuid(const struct store *s, int cache_fd, const char *layer, struct strings *found)
{
    autofree char *list = NULL;
    autostrings struct strings scanned = {0};
    const char *slash = strrchr(layer, '/'), *name = slash ? slash + 1 : layer;
    size_t size = 0;
    if (cache_fd >= 0 && file_read_all(cache_fd, name, LIST_SIZE_MAX, &list, &size) == 0) {
        for (size_t at = 0; at < size; at += strlen(list + at) + 1)
            if (strings_add(found, list + at) < 0)
                return -ENOMEM;
        return 0;
    }
    autoclose int fd = openat(s->storage_fd, layer, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int r = fd < 0 ? -errno : scan_folder(fd, "", &scanned);
    if (r == 0 && cache_fd >= 0)
        ignore(write_list(cache_fd, name, &scanned)); /* it is only a cache */
    return r < 0 ? r : strings_copy(found, &scanned);
}

/* Of what the layers have, what is there and is setuid in the whole image. */
static int find_setuid(const struct store *s, const struct strings *layers, int root_fd,
                       struct strings *ret_files)
{
    autostrings struct strings found = {0};
    autoclose int cache = store_open_cache(s, "setuid");
    for (size_t i = 0; i < layers->count; i++) {
        int r = layer_setuid(s, cache, layers->items[i], &found);
        if (r < 0)
            return r;
    }
    strings_sort(&found);
    for (size_t i = 0; i < found.count; i++) {
        struct stat st;
        if (i > 0 && streq(found.items[i], found.items[i - 1]))
            continue;
        autoclose int fd = tree_path_open(root_fd, found.items[i], O_PATH);
        if (fd >= 0 && fstat(fd, &st) == 0 && is_setuid(&st) &&
            strings_addf(ret_files, "/%s", found.items[i]) < 0)
            return -ENOMEM;
    }
    for (size_t i = 0; i < ret_files->count; i++)
        text_make_printable(ret_files->items[i]);
    return 0;
}

int advice_facts_read(const struct store *s, const struct strings *layers, const struct image_config *config,
                      struct advice_facts *ret_facts, struct failure *failure)
{
    struct advice_facts f = {0};
    if (layers->count == 0) { /* FROM scratch and nothing else */
        *ret_facts = f;
        return 0;
    }
    autoclose int root = tree_view_open(s, layers, failure);
    if (root < 0)
        return root;
    int r = read_file(root, "etc/passwd", &f.passwd, &f.passwd_size, failure);
    if (r == 0)
        r = read_file(root, "etc/group", &f.group, &f.group_size, failure);
    if (r == 0 && config->workdir && config->workdir[0])
        r = read_folder(root, config->workdir, &f.workdir, failure);
    f.volumes = calloc(config->volumes.count + 1, sizeof(*f.volumes));
    if (r == 0 && !f.volumes)
        r = fail(failure, -ENOMEM, "looking at the image");
    for (size_t i = 0; i < config->volumes.count && r == 0; i++)
        r = read_folder(root, config->volumes.items[i], &f.volumes[f.volume_count++], failure);
    if (r == 0) {
        r = find_setuid(s, layers, root, &f.setuid);
        r = r < 0 ? fail(failure, r, "looking for setuid files in the image") : 0;
    }
    if (r < 0) {
        advice_facts_free(&f);
        return r;
    }
    *ret_facts = f;
    return 0;
}
