/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/extract.h"

#include "base/strings.h"
#include "unpack/entry.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define EXTRACT_BUFFER (1u << 20)

static la_ssize_t read_input(struct archive *archive, void *context, const void **ret_data)
{
    struct extract *x = context;
    ssize_t n;
    do
        n = read(x->input_fd, x->buffer, EXTRACT_BUFFER);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        archive_set_error(archive, errno, "reading the archive: %s", strerror(errno));
    *ret_data = x->buffer;
    return n;
}

static int open_archive(struct extract *x, struct archive *archive, struct failure *failure)
{
    x->buffer = malloc(EXTRACT_BUFFER);
    if (!x->buffer)
        return fail(failure, -ENOMEM, "reading the archive");
    /* In the C locale names stay the bytes that they are (with a warning each); in a UTF-8 locale libarchive
     * would normalise them, and two names would become one. */
    if (archive_read_support_format_tar(archive) != ARCHIVE_OK ||
        archive_read_open(archive, x, NULL, read_input, NULL) < ARCHIVE_WARN)
        return refuse(failure, -EBADMSG, "no tar archive: %s", archive_error_string(archive));
    return 0;
}

static int make_by_type(struct extract *x, const struct place *p, struct archive *archive,
                        struct archive_entry *entry, struct failure *failure)
{
    if (archive_entry_hardlink(entry))
        return entry_make_hardlink(x, p, archive_entry_hardlink(entry), failure);
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
        return entry_make_file(x, p, archive, entry, failure);
    case AE_IFDIR:
        return entry_make_folder(x, p, entry, failure);
    case AE_IFLNK:
        return entry_make_symlink(x, p, entry, failure);
    case AE_IFIFO:
        if (x->mode != EXTRACT_PLAIN)
            return entry_make_fifo(x, p, entry, failure);
        break;
    case AE_IFCHR:
    case AE_IFBLK:
        x->report.skipped_devices++;
        return 0;
    default:
        break;
    }
    return refuse(failure, -EINVAL, "a file of a type that an image cannot have");
}

/* The entry "./": the root of the tree itself. */
static int set_root(struct extract *x, struct archive_entry *entry, struct failure *failure)
{
    if (archive_entry_filetype(entry) != AE_IFDIR || archive_entry_hardlink(entry))
        return refuse(failure, -EINVAL, "the root of an archive must be a folder");
    if (x->mode != EXTRACT_LAYER && x->mode != EXTRACT_TREE)
        return 0;
    struct entry_path root = {.length = 0};
    int r = entry_set_metadata(x, x->root_fd, entry, failure);
    if (r == 0 && archive_entry_mtime_is_set(entry))
        r = folders_note_time(&x->folders, &root, (struct timespec){.tv_sec = archive_entry_mtime(entry)});
    return r;
}

static int make_whiteout(struct extract *x, const struct entry_path *path, enum whiteout kind,
                         const char *hidden, struct failure *failure)
{
    if (kind == WHITEOUT_METADATA)
        return 0;
    int parent = folders_open(&x->folders, path->text, path->parent_length);
    if (parent < 0)
        return fail(failure, parent, "opening its folder");
    if (kind == WHITEOUT_FILE)
        return entry_make_whiteout(x, &(struct place){path, parent, hidden}, failure);
    int r = entry_note_opaque(x, path->text, path->parent_length);
    return r < 0 ? fail(failure, r, "noting an opaque folder") : 0;
}

static int extract_entry(struct extract *x, struct archive *archive, struct archive_entry *entry,
                         struct failure *failure)
{
    struct entry_path path;
    int r = entry_path_clean(archive_entry_pathname(entry), &path);
    if (r == 0 && x->name)
        r = entry_path_rename(&path, x->name);
    if (r == -ENAMETOOLONG)
        return refuse(failure, r, "a name is longer than 255 bytes, or the path than 4,095");
    if (r < 0)
        return refuse(failure, r, "a path may not be empty or hold \"..\"");
    if (path.length == 0)
        return set_root(x, entry, failure);
    enum whiteout kind = WHITEOUT_NONE;
    const char *hidden = NULL;
    if (x->mode == EXTRACT_LAYER && entry_path_whiteout(&path, &kind, &hidden) < 0)
        return refuse(failure, -EINVAL, "a whiteout of nothing");
    if (x->mode == EXTRACT_ADD && string_after(entry_path_name(&path), WHITEOUT_PREFIX))
        return refuse(failure, -EINVAL,
                      "a name that begins with " WHITEOUT_PREFIX " means a deletion in a layer");
    if (kind != WHITEOUT_NONE)
        return make_whiteout(x, &path, kind, hidden, failure);
    int parent = folders_open(&x->folders, path.text, path.parent_length);
    if (parent < 0)
        return fail(failure, parent, "opening its folder");
    return make_by_type(x, &(struct place){&path, parent, entry_path_name(&path)}, archive, entry, failure);
}

static int extract_all(struct extract *x, struct archive *archive, struct failure *failure)
{
    struct archive_entry *entry;
    int r;
    while ((r = archive_read_next_header(archive, &entry)) != ARCHIVE_EOF) {
        if (r < ARCHIVE_WARN)
            return refuse(failure, -EBADMSG, "entry %llu: %s", (unsigned long long)x->report.entries + 1,
                          archive_error_string(archive));
        if (++x->report.entries > ENTRIES_MAX)
            return refuse(failure, -E2BIG, "more than %u entries", ENTRIES_MAX);
        r = extract_entry(x, archive, entry, failure);
        if (r < 0) {
            const char *name = archive_entry_pathname(entry);
            return fail_within(failure, "%.200s", name ? name : "(no name)");
        }
        if (x->stale)
            folders_forget(&x->folders);
        x->stale = false;
    }
    return 0;
}

/* What follows the end of the archive belongs to the stream that is hashed: whoever writes it must get rid of
 * it. */
static int drain_input(struct extract *x, struct failure *failure)
{
    ssize_t n;
    while ((n = read(x->input_fd, x->buffer, EXTRACT_BUFFER)) != 0)
        if (n < 0 && errno != EINTR)
            return fail(failure, -errno, "reading the archive");
    return 0;
}

int extract_run(struct extract *x, struct failure *failure)
{
    struct archive *archive = archive_read_new();
    if (!archive)
        return fail(failure, -ENOMEM, "reading the archive");
    x->folders.root_fd = x->root_fd;
    int r = open_archive(x, archive, failure);
    if (r == 0)
        r = extract_all(x, archive, failure);
    (void)archive_read_free(archive); /* everything was read or has failed already */
    if (r == 0)
        r = drain_input(x, failure);
    if (r < 0)
        return r;
    r = folders_set_times(&x->folders);
    return r < 0 ? fail(failure, r, "setting the folders' times") : 0;
}

void extract_free(struct extract *x)
{
    folders_free(&x->folders);
    free(x->opaque);
    free(x->buffer);
    x->opaque = x->buffer = NULL;
}
