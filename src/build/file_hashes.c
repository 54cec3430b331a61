/* SPDX-License-Identifier: Apache-2.0 */
#include "build/file_hashes.h"

#include "kernel/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define NAME "build-files"
#define MAGIC 0x31686675u /* "ufh1" */
#define COUNT_MAX 2000000u
#define SETTLED_NS 2000000000ll

struct head {
    uint32_t magic, item_size;
    uint64_t count;
};

static int64_t nanoseconds(struct timespec t)
{
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    const struct file_hash *x = a, *y = b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    return x->inode < y->inode ? -1 : x->inode > y->inode;
}

static int open_cache_folder(const struct store *s)
{
    if (mkdirat(s->root_fd, "cache", 0700) < 0 && errno != EEXIST)
        return -errno;
    int fd = openat(s->root_fd, "cache", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

void file_hashes_open(struct file_hashes *h, const struct store *store)
{
    *h = (struct file_hashes){.store = store};
    autoclose int folder = store ? open_cache_folder(store) : -EBADF;
    autoclose int fd = folder >= 0 ? openat(folder, NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -EBADF;
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0 || st.st_size < (off_t)sizeof(struct head))
        return;
    void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        return;
    const struct head *head = data;
    h->mapped = data;
    h->mapped_size = (size_t)st.st_size;
    if (head->magic != MAGIC || head->item_size != sizeof(struct file_hash) || head->count > COUNT_MAX ||
        (uint64_t)st.st_size != sizeof(*head) + head->count * sizeof(struct file_hash))
        return;
    h->known = (const void *)(head + 1);
    h->known_count = head->count;
}

const struct file_hash *file_hashes_find(const struct file_hashes *h, const struct stat *st)
{
    const struct file_hash key = {.device = st->st_dev, .inode = st->st_ino};
    if (h->known_count == 0)
        return NULL;
    const struct file_hash *found = bsearch(&key, h->known, h->known_count, sizeof(key), compare);
    return found && found->size == (uint64_t)st->st_size && found->mtime_ns == nanoseconds(st->st_mtim) &&
                   found->ctime_ns == nanoseconds(st->st_ctim)
               ? found
               : NULL;
}

int file_hashes_add(struct file_hashes *h, const struct stat *st, const uint8_t sha256[DIGEST_BYTES])
{
    struct timespec now;
    if (!h->store || h->fresh_count >= COUNT_MAX || clock_gettime(CLOCK_REALTIME, &now) < 0 ||
        nanoseconds(now) - nanoseconds(st->st_ctim) < SETTLED_NS)
        return 0;
    if (h->fresh_count == h->fresh_capacity) {
        size_t capacity = h->fresh_capacity ? h->fresh_capacity * 2 : 1024;
        struct file_hash *larger = reallocarray(h->fresh, capacity, sizeof(*larger));
        if (!larger)
            return -ENOMEM;
        h->fresh = larger;
        h->fresh_capacity = capacity;
    }
    struct file_hash *item = &h->fresh[h->fresh_count++];
    *item = (struct file_hash){.device = st->st_dev,
                               .inode = st->st_ino,
                               .size = (uint64_t)st->st_size,
                               .mtime_ns = nanoseconds(st->st_mtim),
                               .ctime_ns = nanoseconds(st->st_ctim)};
    memcpy(item->sha256, sha256, sizeof(item->sha256));
    return 0;
}

/* Both are sorted; of two for one file the new one stays. Returns how many there are. */
static size_t merge(const struct file_hashes *h, struct file_hash *to)
{
    size_t k = 0, f = 0, n = 0;
    while (k < h->known_count || f < h->fresh_count) {
        int order = k == h->known_count ? 1 : f == h->fresh_count ? -1 : compare(&h->known[k], &h->fresh[f]);
        k += order == 0;
        const struct file_hash *next = order < 0 ? &h->known[k++] : &h->fresh[f++];
        if (n > 0 && compare(&to[n - 1], next) == 0)
            n--;
        to[n++] = *next;
    }
    return n;
}

static int write_all(const struct file_hashes *h)
{
    bool keep_old = h->known_count + h->fresh_count <= COUNT_MAX;
    const struct file_hashes fresh = {.fresh = h->fresh, .fresh_count = h->fresh_count};
    autofree char *data =
        malloc(sizeof(struct head) + (h->known_count + h->fresh_count) * sizeof(struct file_hash));
    if (!data)
        return -ENOMEM;
    struct head head = {.magic = MAGIC, .item_size = sizeof(struct file_hash)};
    head.count = merge(keep_old ? h : &fresh, (struct file_hash *)(void *)(data + sizeof(head)));
    memcpy(data, &head, sizeof(head));
    autoclose int folder = open_cache_folder(h->store);
    return folder < 0 ? folder
                      : file_write_atomic(folder, NAME, data,
                                          sizeof(head) + head.count * sizeof(struct file_hash), false);
}

void file_hashes_close(struct file_hashes *h)
{
    if (h->fresh_count > 0) {
        qsort(h->fresh, h->fresh_count, sizeof(h->fresh[0]), compare);
        ignore(write_all(h)); /* it is only a cache */
    }
    if (h->mapped)
        (void)munmap(h->mapped, h->mapped_size); /* only read from */
    free(h->fresh);
    *h = (struct file_hashes){0};
}
