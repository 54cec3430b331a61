/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/tar_writer.h"

#include "kernel/file.h"

#include <errno.h>
#include <string.h>

#define TAR_BUFFER (1u << 18)

/* pax(1) "ustar Interchange Format". */
struct tar_header {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[6],
        version[2], user[32], group[32], major[8], minor[8], prefix[155], padding[12];
};
_Static_assert(sizeof(struct tar_header) == TAR_BLOCK, "a tar header is one block");

int tar_writer_open(struct tar_writer *w, int fd)
{
    *w = (struct tar_writer){.fd = fd, .buffer = malloc(TAR_BUFFER)};
    return w->buffer ? 0 : -ENOMEM;
}

static int flush(struct tar_writer *w)
{
    int r = fd_write_all(w->fd, w->buffer, w->used);
    w->used = 0;
    return r;
}

int tar_writer_add(struct tar_writer *w, const void *data, size_t size)
{
    w->written += size;
    while (size > 0) {
        size_t n = TAR_BUFFER - w->used < size ? TAR_BUFFER - w->used : size;
        memcpy(w->buffer + w->used, data, n);
        w->used += n;
        data = (const char *)data + n;
        size -= n;
        int r = w->used == TAR_BUFFER ? flush(w) : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

int tar_writer_pad(struct tar_writer *w, uint64_t size)
{
    static const char zeros[TAR_BLOCK];
    size_t rest = (size_t)(size % TAR_BLOCK);
    return rest > 0 ? tar_writer_add(w, zeros, TAR_BLOCK - rest) : 0;
}

int tar_writer_end(struct tar_writer *w)
{
    static const char zeros[2 * TAR_BLOCK];
    int r = tar_writer_add(w, zeros, sizeof(zeros));
    return r < 0 ? r : flush(w);
}

void tar_writer_close(struct tar_writer *w)
{
    free(w->buffer);
    w->buffer = NULL;
}

static bool put_octal(char *field, size_t size, uint64_t value)
{
    bool fits = size * 3 - 3 >= 64 || value >> (size * 3 - 3) == 0;
    for (size_t i = size - 1; i-- > 0; value >>= 3)
        field[i] = (char)('0' + (fits ? value & 7 : 0));
    field[size - 1] = '\0';
    return fits;
}

static void put_checksum(struct tar_header *h)
{
    unsigned sum = 0;
    memset(h->checksum, ' ', sizeof(h->checksum));
    for (size_t i = 0; i < sizeof(*h); i++)
        sum += ((const unsigned char *)h)[i];
    (void)put_octal(h->checksum, 7, sum); /* at most 130,560 */
    h->checksum[7] = ' ';
}

/* "LENGTH KEY=VALUE\n"; the length counts its own digits. */
static void add_record(struct text *records, const char *key, const void *value, size_t size)
{
    size_t rest = strlen(key) + size + 3, length = rest + 1;
    for (size_t power = 10; length >= power; power *= 10)
        length = rest + (size_t)snprintf(NULL, 0, "%zu", length);
    length = rest + (size_t)snprintf(NULL, 0, "%zu", length);
    text_printf(records, "%zu %s=", length, key);
    text_append_n(records, value, size);
    text_append_char(records, '\n');
}

void tar_attribute(struct text *records, const char *name, const void *value, size_t size)
{
    autotext struct text key = {0};
    text_printf(&key, "SCHILY.xattr.%s", name);
    if (text_error(&key) < 0)
        records->error = -ENOMEM;
    else
        add_record(records, text_peek(&key), value, size);
}

static bool is_ascii(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text >= 0x80)
            return false;
    return true;
}

/* Whole in `name`, or cut at a "/" into prefix and name. */
static bool put_path(struct tar_header *h, const char *path, bool folder)
{
    size_t length = strlen(path) + folder;
    if (length <= sizeof(h->name)) {
        memcpy(h->name, path, length - folder);
        if (folder)
            h->name[length - 1] = '/';
        return is_ascii(path);
    }
    for (size_t cut = length > 101 ? length - 101 : 0; cut <= sizeof(h->prefix) && path[cut]; cut++) {
        if (path[cut] != '/' || cut == 0)
            continue;
        memcpy(h->prefix, path, cut);
        memcpy(h->name, path + cut + 1, strlen(path + cut + 1));
        if (folder)
            h->name[strlen(path + cut + 1)] = '/';
        return is_ascii(path);
    }
    memcpy(h->name, path, sizeof(h->name)); /* for old programs; the record has all of it */
    return false;
}

static void add_time(struct text *records, struct timespec t)
{
    char value[48];
    int n;
    if (t.tv_sec >= 0 || t.tv_nsec == 0)
        n = snprintf(value, sizeof(value), "%lld.%09ld", (long long)t.tv_sec, t.tv_nsec);
    else /* seconds count down, nanoseconds up: -1.5 is tv_sec -2, tv_nsec 500000000 */
        n = snprintf(value, sizeof(value), "-%lld.%09ld", -(long long)(t.tv_sec + 1), 1000000000 - t.tv_nsec);
    while (n > 0 && value[n - 1] == '0')
        n--;
    if (n > 0 && value[n - 1] == '.')
        n--;
    add_record(records, "mtime", value, (size_t)n);
}

static void put_number(char *field, size_t size, uint64_t value, struct text *records, const char *key)
{
    char text[24];
    if (put_octal(field, size, value))
        return;
    int n = snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
    add_record(records, key, text, (size_t)n);
}

static void fill_header(struct tar_header *h, const struct tar_entry *e, struct text *records)
{
    *h = (struct tar_header){.type = e->type, .magic = "ustar", .version = {'0', '0'}};
    if (!put_path(h, e->path, e->type == '5')) {
        autotext struct text path = {0};
        text_printf(&path, "%s%s", e->path, e->type == '5' ? "/" : "");
        add_record(records, "path", text_peek(&path), path.length);
    }
    size_t target = e->target ? strlen(e->target) : 0;
    if (target > 0)
        memcpy(h->link, e->target, target < sizeof(h->link) ? target : sizeof(h->link));
    if (target > sizeof(h->link) || (target > 0 && !is_ascii(e->target)))
        add_record(records, "linkpath", e->target, target);
    (void)put_octal(h->mode, sizeof(h->mode), e->mode & 07777);
    put_number(h->uid, sizeof(h->uid), e->uid, records, "uid");
    put_number(h->gid, sizeof(h->gid), e->gid, records, "gid");
    put_number(h->size, sizeof(h->size), e->size, records, "size");
    bool whole = e->mtime.tv_sec >= 0 && e->mtime.tv_nsec == 0;
    if (!put_octal(h->mtime, sizeof(h->mtime), e->mtime.tv_sec >= 0 ? (uint64_t)e->mtime.tv_sec : 0) ||
        !whole)
        add_time(records, e->mtime);
    (void)put_octal(h->major, sizeof(h->major),
                    e->device_major); /* a number that does not fit is written as 0: */
    (void)put_octal(h->minor, sizeof(h->minor), e->device_minor); /* devices are never taken from a tar */
    put_checksum(h);
}

static int write_records(struct tar_writer *w, const struct text *records)
{
    struct tar_header h = {.type = 'x', .magic = "ustar", .version = {'0', '0'}, .name = "././@PaxHeader"};
    (void)put_octal(h.mode, sizeof(h.mode), 0644);
    (void)put_octal(h.uid, sizeof(h.uid), 0);
    (void)put_octal(h.gid, sizeof(h.gid), 0);
    (void)put_octal(h.mtime, sizeof(h.mtime), 0);
    if (!put_octal(h.size, sizeof(h.size), records->length))
        return -E2BIG;
    put_checksum(&h);
    int r = tar_writer_add(w, &h, sizeof(h));
    if (r == 0)
        r = tar_writer_add(w, records->data, records->length);
    return r < 0 ? r : tar_writer_pad(w, records->length);
}

int tar_writer_entry(struct tar_writer *w, const struct tar_entry *entry)
{
    struct tar_header h;
    autotext struct text records = {0};
    fill_header(&h, entry, &records);
    if (entry->attributes && entry->attributes->length > 0)
        text_append_n(&records, entry->attributes->data, entry->attributes->length);
    int r = text_error(&records);
    if (r == 0 && records.length > 0)
        r = write_records(w, &records);
    return r < 0 ? r : tar_writer_add(w, &h, sizeof(h));
}
