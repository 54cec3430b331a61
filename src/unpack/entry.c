/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/entry.h"

#include "kernel/path.h"
#include "kernel/tree.h"
#include "unpack/attributes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define OPAQUE_MAX (UNPACK_REPORT_SIZE - sizeof(struct unpack_report))

static struct timespec mtime_of(struct archive_entry *entry)
{
    if (!archive_entry_mtime_is_set(entry))
        return (struct timespec){0};
    long nanoseconds = archive_entry_mtime_nsec(entry);
    return (struct timespec){.tv_sec = archive_entry_mtime(entry),
                             .tv_nsec = nanoseconds >= 0 && nanoseconds < 1000000000 ? nanoseconds : 0};
}

/* Container ids; -1 and what the user namespace does not map is the archive's mistake, said with the number.
 */
static int owner_of(const struct extract *x, struct archive_entry *entry, uid_t *ret_uid, gid_t *ret_gid,
                    struct failure *failure)
{
    *ret_uid = 0;
    *ret_gid = 0;
    if (x->mode == EXTRACT_HOST || x->mode == EXTRACT_CONTEXT)
        return 0;
    if (x->has_owner) {
        *ret_uid = x->uid;
        *ret_gid = x->gid;
        return 0;
    }
    int64_t uid = archive_entry_uid(entry), gid = archive_entry_gid(entry);
    if (uid < 0 || uid > 65535)
        return refuse(failure, -ERANGE, "belongs to uid %lld; an image has ids 0 to 65535", (long long)uid);
    if (gid < 0 || gid > 65535)
        return refuse(failure, -ERANGE, "belongs to gid %lld; an image has ids 0 to 65535", (long long)gid);
    *ret_uid = (uid_t)uid;
    *ret_gid = (gid_t)gid;
    return 0;
}

int entry_note_opaque(struct extract *x, const char *path, size_t length)
{
    uint32_t size = x->report.opaque_size;
    if (size + length + 1 > OPAQUE_MAX)
        return -E2BIG;
    char *larger = realloc(x->opaque, size + length + 1);
    if (!larger)
        return -ENOMEM;
    x->opaque = larger;
    memcpy(larger + size, path, length);
    larger[size + length] = '\0';
    x->report.opaque_size += (uint32_t)length + 1;
    x->report.opaque_count++;
    return 0;
}

/* Takes away what stands in an entry's place; -EISDIR when a folder stands there and may stay. */
static int clear_place(struct extract *x, const struct place *p, bool keep_folder, bool *ret_was_whiteout)
{
    struct stat st;
    *ret_was_whiteout = false;
    if (fstatat(p->parent, p->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -errno;
    if (S_ISDIR(st.st_mode) && (keep_folder || x->mode == EXTRACT_BUILD))
        return -EISDIR;
    *ret_was_whiteout = S_ISCHR(st.st_mode) && st.st_rdev == 0;
    if (!S_ISDIR(st.st_mode)) {
        x->stale |= S_ISLNK(st.st_mode);
        return unlinkat(p->parent, p->name, 0) < 0 ? -errno : 0;
    }
    x->stale = true;
    return tree_remove(p->parent, p->name);
}

/* 1: made; 0: it was there. */
static int make_folder_at(struct extract *x, const struct place *p)
{
    bool was_whiteout;
    if (mkdirat(p->parent, p->name, 0700) == 0)
        return 1;
    if (errno != EEXIST)
        return -errno;
    struct stat st;
    if (x->mode == EXTRACT_BUILD && fstatat(p->parent, p->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        !S_ISDIR(st.st_mode))
        return -ENOTDIR;
    int r = clear_place(x, p, true, &was_whiteout);
    if (r == -EISDIR)
        return 0;
    if (r == 0 && was_whiteout) /* removed and made anew in this layer: the old content stays hidden */
        r = entry_note_opaque(x, p->path->text, p->path->length);
    if (r == 0 && mkdirat(p->parent, p->name, 0700) < 0)
        r = -errno;
    return r < 0 ? r : 1;
}

/* A set-user-id file of a container's root must not become one of the host's root. */
static mode_t mode_bits(const struct extract *x)
{
    return x->mode == EXTRACT_HOST || x->mode == EXTRACT_HOST_OWNERS ? 01777 : 07777;
}

int entry_set_metadata(struct extract *x, int fd, struct archive_entry *entry, struct failure *failure)
{
    uid_t uid;
    gid_t gid;
    int r = owner_of(x, entry, &uid, &gid, failure);
    if (r < 0)
        return r;
    struct stat st;
    if (fstat(fd, &st) < 0)
        return fail(failure, -errno, "reading its state");
    if ((st.st_uid != uid || st.st_gid != gid) && fchown(fd, uid, gid) < 0)
        return fail(failure, -errno, "giving it to %u:%u", uid, gid);
    mode_t mode = archive_entry_mode(entry) & mode_bits(x);
    if (((st.st_mode & 07777) != mode || (mode & 07000)) && fchmod(fd, mode) < 0)
        return fail(failure, -errno, "setting mode %o", mode);
    return attributes_set(x, fd, entry, failure);
}

int entry_make_folder(struct extract *x, const struct place *p, struct archive_entry *entry,
                      struct failure *failure)
{
    int made = make_folder_at(x, p), r;
    if (made < 0)
        return fail(failure, made, "making the folder");
    autoclose int fd = openat(p->parent, p->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fail(failure, -errno, "opening the folder");
    bool others = !made && (x->mode == EXTRACT_HOST || x->mode == EXTRACT_HOST_OWNERS);
    if (x->mode != EXTRACT_PLAIN && !others) { /* a folder of the host that was there stays its owner's */
        r = entry_set_metadata(x, fd, entry, failure);
        if (r < 0)
            return r;
        r = folders_note_time(&x->folders, p->path, mtime_of(entry));
        if (r < 0)
            return fail(failure, r, "keeping its time");
    }
    folders_remember(&x->folders, p->path->text, p->path->length, TAKE_FD(fd));
    return 0;
}

static int open_new_file(struct extract *x, const struct place *p, mode_t mode)
{
    bool was_whiteout;
    for (int tries = 0;; tries++) {
        int fd =
            openat(p->parent, p->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 0777);
        if (fd >= 0)
            return fd;
        if (errno != EEXIST || tries > 0)
            return -errno;
        int r = clear_place(x, p, false, &was_whiteout);
        if (r < 0)
            return r;
    }
}

#define HOLE_BLOCK 4096u

static size_t block_rest(size_t length, int64_t offset)
{
    size_t rest = HOLE_BLOCK - (size_t)(offset % HOLE_BLOCK);
    return rest < length ? rest : length;
}

static bool is_zero(const char *data, size_t length)
{
    return data[0] == 0 && memcmp(data, data + 1, length - 1) == 0;
}

/* Bytes of whole blocks of zeros that `data` begins with: they need not be written. */
static size_t leading_zeros(const char *data, size_t length, int64_t offset)
{
    size_t n = 0;
    while (n < length && is_zero(data + n, block_rest(length - n, offset + (int64_t)n)))
        n += block_rest(length - n, offset + (int64_t)n);
    return n;
}

/* Bytes of blocks with something in them that `data` begins with. */
static size_t leading_data(const char *data, size_t length, int64_t offset)
{
    size_t n = block_rest(length, offset);
    while (n < length && !is_zero(data + n, block_rest(length - n, offset + (int64_t)n)))
        n += block_rest(length - n, offset + (int64_t)n);
    return n;
}

/* Sparse files: only the blocks that are there are written. */
static int write_data(struct extract *x, int fd, struct archive *archive, int64_t size,
                      struct failure *failure)
{
    int64_t written_to = 0;
    bool holes = x->mode == EXTRACT_BUILD || x->mode == EXTRACT_ADD || x->mode == EXTRACT_CONTEXT;
    for (;;) {
        const void *data;
        size_t length;
        la_int64_t offset;
        int r = archive_read_data_block(archive, &data, &length, &offset);
        if (r == ARCHIVE_EOF)
            break;
        if (r < ARCHIVE_WARN)
            return refuse(failure, -EBADMSG, "%s", archive_error_string(archive));
        x->report.bytes += length;
        while (length > 0) {
            size_t zeros = holes ? leading_zeros(data, length, offset) : 0;
            ssize_t n = zeros > 0
                            ? (ssize_t)zeros
                            : pwrite(fd, data, holes ? leading_data(data, length, offset) : length, offset);
            if (n < 0)
                return fail(failure, -errno, "writing");
            if (zeros == 0)
                written_to = offset + n;
            data = (const char *)data + n;
            length -= (size_t)n;
            offset += n;
        }
    }
    if (written_to < size && ftruncate(fd, size) < 0)
        return fail(failure, -errno, "extending to %lld bytes", (long long)size);
    return 0;
}

int entry_make_file(struct extract *x, const struct place *p, struct archive *archive,
                    struct archive_entry *entry, struct failure *failure)
{
    autoclose int fd = open_new_file(x, p, x->mode == EXTRACT_PLAIN ? 0600 : archive_entry_mode(entry));
    if (fd < 0)
        return fail(failure, fd, "making the file");
    int r = write_data(x, fd, archive, archive_entry_size(entry), failure);
    if (r < 0 || x->mode == EXTRACT_PLAIN)
        return r;
    r = entry_set_metadata(x, fd, entry, failure);
    if (r < 0)
        return r;
    struct timespec mtime = mtime_of(entry);
    const struct timespec times[2] = {mtime, mtime};
    return futimens(fd, times) < 0 ? fail(failure, -errno, "setting its time") : 0;
}

static int set_link_metadata(const struct extract *x, const struct place *p, struct archive_entry *entry,
                             struct failure *failure)
{
    uid_t uid;
    gid_t gid;
    int r = owner_of(x, entry, &uid, &gid, failure);
    if (r < 0)
        return r;
    if ((uid != 0 || gid != 0) && fchownat(p->parent, p->name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
        return fail(failure, -errno, "giving it to %u:%u", uid, gid);
    struct timespec mtime = mtime_of(entry);
    const struct timespec times[2] = {mtime, mtime};
    return utimensat(p->parent, p->name, times, AT_SYMLINK_NOFOLLOW) < 0
               ? fail(failure, -errno, "setting its time")
               : 0;
}

int entry_make_symlink(struct extract *x, const struct place *p, struct archive_entry *entry,
                       struct failure *failure)
{
    const char *target = archive_entry_symlink(entry);
    if (!target || target[0] == '\0')
        return refuse(failure, -EINVAL, "a symbolic link without a target");
    bool was_whiteout;
    int r = clear_place(x, p, false, &was_whiteout);
    if (r == 0 && symlinkat(target, p->parent, p->name) < 0)
        r = -errno;
    if (r < 0)
        return fail(failure, r, "making the symbolic link");
    return x->mode == EXTRACT_PLAIN ? 0 : set_link_metadata(x, p, entry, failure);
}

int entry_make_hardlink(struct extract *x, const struct place *p, const char *target, struct failure *failure)
{
    struct entry_path clean;
    int r = entry_path_clean(target, &clean);
    if (r == 0 && x->name)
        r = entry_path_rename(&clean, x->name);
    if (r == 0 && clean.length == 0)
        r = -EINVAL;
    if (r < 0)
        return fail(failure, r, "a hard link's target");
    struct stat st;
    if (strcmp(clean.text, p->path->text) == 0) /* `tar -c a a` writes the second one so */
        return fstatat(p->parent, p->name, &st, AT_SYMLINK_NOFOLLOW) < 0
                   ? fail(failure, -errno, "hard link to itself")
                   : 0;
    autofree char *name = NULL;
    autoclose int folder = path_open_parent_in_root(x->root_fd, clean.text, &name);
    if (folder < 0)
        return fail(failure, folder, "hard link to %s", clean.text);
    bool was_whiteout;
    r = clear_place(x, p, false, &was_whiteout);
    if (r == 0 && linkat(folder, name, p->parent, p->name, 0) < 0)
        r = -errno;
    return r < 0 ? fail(failure, r, "hard link to %s", clean.text) : 0;
}

int entry_make_fifo(struct extract *x, const struct place *p, struct archive_entry *entry,
                    struct failure *failure)
{
    bool was_whiteout;
    int r = clear_place(x, p, false, &was_whiteout);
    if (r == 0 && mknodat(p->parent, p->name, S_IFIFO | (archive_entry_mode(entry) & 0777), 0) < 0)
        r = -errno;
    if (r < 0)
        return fail(failure, r, "making the fifo");
    return set_link_metadata(x, p, entry, failure);
}

int entry_make_whiteout(struct extract *x, const struct place *p, struct failure *failure)
{
    if (mknodat(p->parent, p->name, S_IFCHR, 0) == 0)
        return 0;
    struct stat st;
    if (errno != EEXIST || fstatat(p->parent, p->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return fail(failure, -errno, "making the whiteout of %s", p->name);
    if (!S_ISDIR(st.st_mode))
        return 0; /* what stands here hides the layers below already */
    size_t parent = p->path->parent_length;
    char path[PATH_MAX];
    int n =
        snprintf(path, sizeof(path), "%.*s%s%s", (int)parent, p->path->text, parent > 0 ? "/" : "", p->name);
    int r = n < 0 || (size_t)n >= sizeof(path) ? -ENAMETOOLONG : entry_note_opaque(x, path, (size_t)n);
    return r < 0 ? fail(failure, r, "hiding %s", p->name) : 0;
}
