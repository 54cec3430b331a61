/* SPDX-License-Identifier: Apache-2.0 */
#include "listing/listing.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CONTENT_MAX (256u << 10)
#define ENTRIES_MAX 5000000u

static const char *clean_path(const char *path)
{
    while (*path == '/' || (path[0] == '.' && path[1] == '/'))
        path += *path == '/' ? 1 : 2;
    return strcmp(path, ".") == 0 ? "" : path;
}

/* Whether the path has a ".." in it: such an entry is no file of the image. */
static bool leads_out(const char *path)
{
    for (const char *p = path; p; p = strchr(p, '/')) {
        p += *p == '/';
        if (p[0] == '.' && p[1] == '.' && (p[2] == '/' || p[2] == '\0'))
            return true;
    }
    return false;
}

static bool is_wanted(const char *path, char *const *wanted, int count)
{
    size_t n = strlen(path);
    while (n > 0 && path[n - 1] == '/')
        n--;
    for (int i = 0; i < count; i++) {
        const char *w = wanted[i] + (wanted[i][0] == '/');
        size_t m = strlen(w);
        if (m > 0 && w[m - 1] == '*' ? strncmp(path, w, m - 1) == 0 : n == m && strncmp(path, w, n) == 0)
            return true;
    }
    return false;
}

/* "home/app": a home that nobody could name before passwd was read. */
static bool is_shallow(const char *path)
{
    const char *slash = strchr(path, '/');
    return !slash || !strchr(slash + 1, '/') || strchr(slash + 1, '/')[1] == '\0';
}

static bool has_capabilities(struct archive_entry *entry)
{
    const char *name;
    const void *value;
    size_t size;
    archive_entry_xattr_reset(entry);
    while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK)
        if (strcmp(name, "security.capability") == 0)
            return true;
    return false;
}

static char type_of(struct archive_entry *entry, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (strcmp(name, ".wh..wh..opq") == 0)
        return 'o';
    if (strncmp(name, ".wh.", 4) == 0)
        return 'w';
    if (archive_entry_hardlink(entry))
        return 'h';
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
        return 'f';
    case AE_IFDIR:
        return 'd';
    case AE_IFLNK:
        return 'l';
    default:
        return 'x';
    }
}

static size_t read_content(struct archive *a, char *buffer)
{
    size_t used = 0;
    while (used < CONTENT_MAX) {
        la_ssize_t n = archive_read_data(a, buffer + used, CONTENT_MAX - used);
        if (n <= 0)
            break;
        used += (size_t)n;
    }
    return used;
}

struct listing {
    struct archive *archive;
    char *const *wanted;
    int count;
    FILE *out;
};

static int list_entry(const struct listing *l, struct archive_entry *entry)
{
    static char content[CONTENT_MAX];
    const char *raw = archive_entry_pathname(entry), *link;
    if (!raw || leads_out(raw))
        return 0;
    const char *path = clean_path(raw);
    char type = type_of(entry, path);
    unsigned mode = archive_entry_perm(entry) & 07777;
    bool capable = type == 'f' && has_capabilities(entry), asked = is_wanted(path, l->wanted, l->count);
    bool special = type == 'f' && (mode & (S_ISUID | S_ISGID));
    bool shallow = type == 'd' && is_shallow(path);
    if (!asked && !capable && !special && !shallow && !strchr("whol", type))
        return 0;
    link = type == 'h' ? clean_path(archive_entry_hardlink(entry)) : archive_entry_symlink(entry);
    size_t size = type == 'f' && asked ? read_content(l->archive, content) : 0;
    fprintf(l->out, "E %c %o %lld %lld %d %zu\n", type, mode, (long long)archive_entry_uid(entry),
            (long long)archive_entry_gid(entry), capable, size);
    fwrite(path, 1, strlen(path) + 1, l->out);
    fwrite(link ? link : "", 1, link ? strlen(link) + 1 : 1, l->out);
    fwrite(content, 1, size, l->out);
    return ferror(l->out) ? -1 : 0;
}

int listing_extract(struct archive *a, const char *member, FILE *out)
{
    struct archive_entry *entry;
    static char buffer[1 << 16];
    for (unsigned n = 0; n < ENTRIES_MAX && archive_read_next_header(a, &entry) >= ARCHIVE_WARN; n++) {
        const char *path = archive_entry_pathname(entry);
        la_ssize_t size;
        if (!path || strcmp(clean_path(path), clean_path(member)) != 0 ||
            archive_entry_filetype(entry) != AE_IFREG)
            continue;
        while ((size = archive_read_data(a, buffer, sizeof(buffer))) > 0)
            if (fwrite(buffer, 1, (size_t)size, out) != (size_t)size)
                return 1;
        return size < 0 || fflush(out) != 0;
    }
    return 1;
}

int listing_write(struct archive *a, char *const *wanted, int count, FILE *out)
{
    const struct listing l = {a, wanted, count, out};
    struct archive_entry *entry;
    int r = ARCHIVE_OK;
    for (unsigned n = 0; n < ENTRIES_MAX; n++) {
        r = archive_read_next_header(a, &entry);
        if (r == ARCHIVE_EOF || r < ARCHIVE_WARN)
            break;
        if (list_entry(&l, entry) < 0)
            return 1;
    }
    if (r != ARCHIVE_EOF)
        return 1;
    fprintf(out, "Z\n");
    return fflush(out) == 0 ? 0 : 1;
}

int listing_formats(struct archive *a)
{
    return archive_read_support_filter_gzip(a) < ARCHIVE_WARN ||
                   archive_read_support_filter_zstd(a) < ARCHIVE_WARN ||
                   archive_read_support_format_tar(a) < ARCHIVE_WARN
               ? 1
               : 0;
}
