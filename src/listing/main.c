/* SPDX-License-Identifier: Apache-2.0 */
/* unroot-listing: a layer's archive on standard input becomes a list of what matters for privileges on
 * standard output. runs in:  a process of its own, started by `unroot audit` power:    none: no privileges,
 * no files, bounded memory, time and output must not: open anything
 *
 * A record is "E TYPE MODE UID GID CAPS SIZE\n", the path and the link target, each ended by NUL, then SIZE
 * bytes of content. TYPE: f file, d folder, l link, h hard link, w whiteout, o opaque folder, x another.
 * Files are listed when they are setuid, setgid or have capabilities, or when they (or a folder) are named on
 * the command line; then with their content. "Z\n" ends the list: without it the archive was damaged. */
#include <archive.h>
#include <archive_entry.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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

static int list_entry(struct archive *a, struct archive_entry *entry, char *const *wanted, int count)
{
    static char content[CONTENT_MAX];
    const char *raw = archive_entry_pathname(entry), *link;
    if (!raw || leads_out(raw))
        return 0;
    const char *path = clean_path(raw);
    char type = type_of(entry, path);
    unsigned mode = archive_entry_perm(entry) & 07777;
    bool capable = type == 'f' && has_capabilities(entry), asked = is_wanted(path, wanted, count);
    bool special = type == 'f' && (mode & (S_ISUID | S_ISGID));
    bool shallow = type == 'd' && is_shallow(path);
    if (!asked && !capable && !special && !shallow && !strchr("whol", type))
        return 0;
    link = type == 'h' ? clean_path(archive_entry_hardlink(entry)) : archive_entry_symlink(entry);
    size_t size = type == 'f' && asked ? read_content(a, content) : 0;
    fprintf(stdout, "E %c %o %lld %lld %d %zu\n", type, mode, (long long)archive_entry_uid(entry),
            (long long)archive_entry_gid(entry), capable, size);
    fwrite(path, 1, strlen(path) + 1, stdout);
    fwrite(link ? link : "", 1, link ? strlen(link) + 1 : 1, stdout);
    fwrite(content, 1, size, stdout);
    return ferror(stdout) ? -1 : 0;
}

/* -x MEMBER: that member as it is, for a second run of this program. */
static int extract(struct archive *a, const char *member)
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
            if (fwrite(buffer, 1, (size_t)size, stdout) != (size_t)size)
                return 1;
        return size < 0 || fflush(stdout) != 0;
    }
    return 1;
}

static void bound(int resource, rlim_t value)
{
    struct rlimit limit = {value, value};
    (void)setrlimit(resource, &limit); /* a lower limit that is there already serves too */
}

/* The answer on standard output; the exit status. */
static int answer(struct archive *a, int argc, char **argv)
{
    if (archive_read_support_filter_gzip(a) < ARCHIVE_WARN ||
        archive_read_support_filter_zstd(a) < ARCHIVE_WARN ||
        archive_read_support_format_tar(a) < ARCHIVE_WARN ||
        archive_read_open_fd(a, 0, 1 << 16) != ARCHIVE_OK)
        return 1;
    if (argc == 3 && strcmp(argv[1], "-x") == 0)
        return extract(a, argv[2]);
    struct archive_entry *entry;
    int r = ARCHIVE_OK;
    for (unsigned n = 0; n < ENTRIES_MAX; n++) {
        r = archive_read_next_header(a, &entry);
        if (r == ARCHIVE_EOF || r < ARCHIVE_WARN)
            break;
        if (list_entry(a, entry, argv + 1, argc - 1) < 0)
            return 1;
    }
    if (r != ARCHIVE_EOF)
        return 1;
    fprintf(stdout, "Z\n");
    return fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#ifndef __SANITIZE_ADDRESS__ /* its shadow memory is larger than any limit */
    bound(RLIMIT_AS, 512u << 20);
#endif
    bound(RLIMIT_CPU, 120);
    bound(RLIMIT_FSIZE, 0);
    bound(RLIMIT_NOFILE, 8);
    struct archive *a = archive_read_new();
    int status = a ? answer(a, argc, argv) : 1;
    archive_read_free(a);
    return status;
}
