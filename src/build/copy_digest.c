/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strings.h"
#include "build/copy_selection.h"
#include "build/file_hashes.h"
#include "build/tree_path.h"
#include "store/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>

#define READ_SIZE (1u << 18)
#define ATTRIBUTE_MAX 65536u /* as the kernel's XATTR_SIZE_MAX */

struct reader {
    const struct build_copy *copy;
    struct file_hashes hashes;
    int root_fd;
    char *buffer; /* READ_SIZE */
    struct failure *failure;
};

static void add_number(struct sha256 *hash, uint64_t number)
{
    unsigned char bytes[8];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(number >> (8 * i));
    sha256_add(hash, bytes, sizeof(bytes));
}

/* With its NUL: two strings are never one. */
static void add_string(struct sha256 *hash, const char *string)
{
    sha256_add(hash, string ? string : "", strlen(string ? string : "") + 1);
}

/* The attributes that unroot-unpack keeps (unpack/attributes.h). */
static int add_attributes(struct sha256 *hash, int fd, char *value)
{
    char list[4096];
    autostrings struct strings names = {0};
    ssize_t size = flistxattr(fd, list, sizeof(list));
    if (size < 0)
        return errno == EOPNOTSUPP ? 0 : -errno;
    for (const char *name = list; name < list + size; name += strlen(name) + 1)
        if ((streq(name, "security.capability") || string_after(name, "user.")) &&
            strings_add(&names, name) < 0)
            return -ENOMEM;
    strings_sort(&names);
    for (size_t i = 0; i < names.count; i++) {
        ssize_t n = fgetxattr(fd, names.items[i], value, ATTRIBUTE_MAX);
        if (n < 0)
            return -errno;
        add_string(hash, names.items[i]);
        add_number(hash, (uint64_t)n);
        sha256_add(hash, value, (size_t)n);
    }
    return 0;
}

static int add_content(struct reader *r, struct sha256 *hash, int fd)
{
    for (;;) {
        ssize_t n = read(fd, r->buffer, READ_SIZE);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n == 0)
            return 0;
        if (n > 0)
            sha256_add(hash, r->buffer, (size_t)n);
    }
}

static bool is_same(const struct copy_entry *e, const struct stat *st)
{
    return S_ISREG(st->st_mode) && st->st_dev == e->device && st->st_ino == e->inode &&
           (uint64_t)st->st_size == e->size && st->st_mtim.tv_sec == e->mtime.tv_sec &&
           st->st_mtim.tv_nsec == e->mtime.tv_nsec && st->st_ctim.tv_sec == e->ctime.tv_sec &&
           st->st_ctim.tv_nsec == e->ctime.tv_nsec;
}

static int changed(struct reader *r, const struct copy_entry *e)
{
    return refuse(r->failure, -ESTALE, "%s: /%s was changed while the build was reading it",
                  r->copy->source.what, e->source);
}

static int hash_file(struct reader *r, const struct copy_entry *e, uint8_t bytes[DIGEST_BYTES])
{
    struct sha256 hash;
    struct stat before, after;
    autoclose int fd = tree_path_open(r->root_fd, e->source, O_RDONLY | O_NONBLOCK);
    if (fd < 0)
        return fail(r->failure, fd, "%s: opening /%s", r->copy->source.what, e->source);
    if (fstat(fd, &before) < 0 || !is_same(e, &before))
        return changed(r, e);
    sha256_begin(&hash);
    int result = add_content(r, &hash, fd);
    if (result == 0)
        result = add_attributes(&hash, fd, r->buffer);
    if (result < 0)
        return fail(r->failure, result, "%s: reading /%s", r->copy->source.what, e->source);
    sha256_end(&hash, bytes);
    return fstat(fd, &after) < 0 || !is_same(e, &after) ? changed(r, e) : 0;
}

static int add_file(struct reader *r, struct sha256 *hash, const struct copy_entry *e)
{
    /* All trees are of the store's one file system, but each view of them has a device number of its own. */
    bool tree = r->copy->source.kind == BUILD_SOURCE_TREE;
    struct stat st = {.st_dev = tree ? 0 : e->device,
                      .st_ino = e->inode,
                      .st_size = (off_t)e->size,
                      .st_mtim = e->mtime,
                      .st_ctim = e->ctime};
    uint8_t bytes[DIGEST_BYTES];
    const struct file_hash *known = file_hashes_find(&r->hashes, &st);
    if (known) {
        sha256_add(hash, known->sha256, sizeof(known->sha256));
        return 0;
    }
    int result = hash_file(r, e, bytes);
    if (result < 0)
        return result;
    sha256_add(hash, bytes, sizeof(bytes));
    result = file_hashes_add(&r->hashes, &st, bytes);
    return result < 0 ? fail(r->failure, result, "%s", r->copy->source.what) : 0;
}

static int add_folder(struct reader *r, struct sha256 *hash, const struct copy_entry *e)
{
    autoclose int fd = tree_path_open(r->root_fd, e->source, O_RDONLY | O_DIRECTORY);
    int result = fd < 0 ? fd : add_attributes(hash, fd, r->buffer);
    return result < 0 ? fail(r->failure, result, "%s: reading /%s", r->copy->source.what, e->source) : 0;
}

static int add_entry(struct reader *r, struct sha256 *hash, const struct copy_item *item,
                     const struct copy_entry *e)
{
    add_string(hash, copy_entry_path(item, e));
    add_number(hash, e->mode);
    add_number(hash, e->uid);
    add_number(hash, e->gid);
    add_number(hash, e->above);
    add_string(hash, e->target);
    if (S_ISREG(e->mode))
        return add_file(r, hash, e);
    return S_ISDIR(e->mode) ? add_folder(r, hash, e) : 0;
}

static int add_all(struct reader *r, struct sha256 *hash, const struct copy_selection *s)
{
    for (size_t i = 0; i < s->item_count; i++) {
        const struct copy_item *item = &s->items[i];
        add_string(hash, item->name);
        add_number(hash, item->is_folder);
        add_number(hash, item->count);
        for (size_t k = 0; k < item->count; k++) {
            int result = add_entry(r, hash, item, &s->entries[item->first + k]);
            if (result < 0)
                return result;
        }
    }
    for (size_t i = 0; i < r->copy->file_count; i++) {
        add_string(hash, r->copy->files[i].name);
        add_string(hash, r->copy->files[i].content);
    }
    return 0;
}

int copy_selection_digest(const struct build_copy *copy, const struct copy_selection *selection,
                          struct digest *ret_digest, struct failure *failure)
{
    const struct build_context *context =
        copy->source.kind == BUILD_SOURCE_CONTEXT ? copy->source.context : NULL;
    autofree char *buffer = malloc(READ_SIZE);
    struct reader r = {.copy = copy,
                       .root_fd = context ? context->folder_fd : copy->source.tree_fd,
                       .buffer = buffer,
                       .failure = failure};
    struct sha256 hash;
    unsigned char bytes[DIGEST_BYTES];
    if (!buffer)
        return fail(failure, -ENOMEM, "%s", copy->source.what);
    file_hashes_open(&r.hashes, context ? context->store : copy->source.store);
    sha256_begin(&hash);
    int result = add_all(&r, &hash, selection);
    sha256_end(&hash, bytes);
    file_hashes_close(&r.hashes);
    if (result == 0)
        digest_from_bytes(bytes, ret_digest);
    return result;
}
