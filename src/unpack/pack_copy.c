/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/copy_record.h"
#include "kernel/file.h"
#include "kernel/path.h"
#include "unpack/attributes.h"
#include "unpack/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define LIST_MAX (2u << 30)

struct source {
    const struct copy_record *record;
    const struct copy_record_names *names;
    const char *first; /* of a further name of a file: the name that was packed */
};

static int open_source(const struct pack *p, const struct source *s, uint64_t flags)
{
    return path_open(p->root_fd, s->names->source, flags | O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

static bool is_unchanged(const struct copy_record *r, const struct stat *st)
{
    return S_ISREG(st->st_mode) && st->st_dev == r->device && st->st_ino == r->inode &&
           (uint64_t)st->st_size == r->size && st->st_mtim.tv_sec == r->mtime_seconds &&
           st->st_mtim.tv_nsec == r->mtime_nanoseconds && (uint64_t)st->st_ctim.tv_sec == r->ctime_seconds &&
           (uint64_t)st->st_ctim.tv_nsec == r->ctime_nanoseconds;
}

/* What was hashed and what is copied must be the same bytes, or the cache would keep one for the other. */
static int check_unchanged(int fd, const struct copy_record *record, struct failure *failure)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return fail(failure, -errno, "reading its state");
    return is_unchanged(record, &st)
               ? 0
               : refuse(failure, -ESTALE, "it was changed while the build was reading it");
}

static int write_header(struct pack *p, const struct source *s, char type, struct text *attributes,
                        struct failure *failure)
{
    const struct copy_record *r = s->record;
    const struct tar_entry entry = {
        .path = s->names->path,
        .target = s->first      ? s->first
                  : type == '2' ? s->names->content
                                : NULL,
        .type = type,
        .mode = r->mode & 07777,
        .uid = r->uid,
        .gid = r->gid,
        .size = type == '0' ? r->size : 0,
        .mtime = {.tv_sec = r->mtime_seconds, .tv_nsec = r->mtime_nanoseconds},
        .attributes = attributes,
    };
    p->report.entries++;
    int written = tar_writer_entry(&p->tar, &entry);
    return written < 0 ? fail(failure, written, "writing the archive") : 0;
}

static int pack_file(struct pack *p, struct source *s, struct failure *failure)
{
    autotext struct text attributes = {0};
    int r = hard_links_find(&p->links, s->record->device, s->record->inode, s->names->path, &s->first);
    if (r < 0)
        return fail(failure, r, "keeping its name");
    if (s->first)
        return write_header(p, s, '1', NULL, failure);
    autoclose int fd = open_source(p, s, O_RDONLY | O_NONBLOCK);
    if (fd < 0)
        return fail(failure, fd, "opening it");
    r = check_unchanged(fd, s->record, failure);
    if (r < 0)
        return r;
    r = attributes_get(fd, &attributes);
    if (r < 0)
        return fail(failure, r, "reading its extended attributes");
    r = write_header(p, s, '0', &attributes, failure);
    if (r == 0)
        r = pack_content(p, fd, s->record->size, failure);
    if (r > 0)
        return refuse(failure, -ESTALE, "it became shorter while the build was reading it");
    return r < 0 ? r : check_unchanged(fd, s->record, failure);
}

static int pack_folder_itself(struct pack *p, const struct source *s, struct failure *failure)
{
    autotext struct text attributes = {0};
    if (s->names->source[0]) {
        autoclose int fd = open_source(p, s, O_RDONLY | O_DIRECTORY);
        int r = fd < 0 ? fd : attributes_get(fd, &attributes);
        if (r < 0)
            return fail(failure, r, "reading the folder");
    }
    return write_header(p, s, '5', &attributes, failure);
}

static int pack_text(struct pack *p, struct source *s, struct copy_record *record, struct failure *failure)
{
    record->size = strlen(s->names->content);
    int r = write_header(p, s, '0', NULL, failure);
    if (r < 0)
        return r;
    r = tar_writer_add(&p->tar, s->names->content, record->size);
    if (r == 0)
        r = tar_writer_pad(&p->tar, record->size);
    p->report.bytes += record->size;
    return r < 0 ? fail(failure, r, "writing the archive") : 0;
}

static int pack_one(struct pack *p, struct copy_record *record, const struct copy_record_names *names,
                    struct failure *failure)
{
    struct source s = {.record = record, .names = names};
    switch ((enum copy_record_kind)record->kind) {
    case COPY_RECORD_FILE:
        return pack_file(p, &s, failure);
    case COPY_RECORD_FOLDER:
        return pack_folder_itself(p, &s, failure);
    case COPY_RECORD_LINK:
        return write_header(p, &s, '2', NULL, failure);
    case COPY_RECORD_FIFO:
        return write_header(p, &s, '6', NULL, failure);
    case COPY_RECORD_TEXT:
        return pack_text(p, &s, record, failure);
    case COPY_RECORD_NEXT:
        hard_links_free(&p->links);
        p->links = (struct hard_links){0};
        return 0;
    }
    return refuse(failure, -EINVAL, "a list of files to copy that is none");
}

int pack_copy_run(struct pack *p, int list_fd, struct failure *failure)
{
    autofree char *list = NULL;
    size_t size, at = 0;
    struct copy_record record;
    struct copy_record_names names;
    int r = fd_read_whole(list_fd, LIST_MAX, &list, &size);
    if (r < 0)
        return fail(failure, r, "reading the list of what is copied");
    r = pack_begin(p, failure);
    while (r == 0) {
        int more = copy_record_next(list, size, &at, &record, &names);
        if (more < 0)
            return fail(failure, more, "the list of what is copied");
        if (more == 0)
            break;
        r = pack_one(p, &record, &names, failure);
        if (r < 0 && r != -EPIPE)
            return fail_within(failure, "%.300s", names.source[0] ? names.source : names.path);
    }
    return r < 0 ? r : pack_end(p, failure);
}
