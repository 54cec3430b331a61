/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/file.h"
#include "unpack/entry_path.h"
#include "unpack/pack.h"

#include <errno.h>
#include <string.h>

#define LIST_MAX (1u << 30)

/* An empty file of root's with this name. */
static int pack_mark(struct pack *p, const char *path, struct failure *failure)
{
    const struct tar_entry entry = {.path = path, .type = '0', .mode = 0600};
    p->report.entries++;
    int r = tar_writer_entry(&p->tar, &entry);
    return r < 0 ? fail(failure, r, "writing the archive") : 0;
}

static int pack_whiteout(struct pack *p, const char *path, struct failure *failure)
{
    char mark[PATH_MAX];
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    int n = snprintf(mark, sizeof(mark), "%.*s%s%s", (int)(name - path), path, WHITEOUT_PREFIX, name);
    if (n < 0 || (size_t)n >= sizeof(mark) || strlen(name) + strlen(WHITEOUT_PREFIX) > NAME_MAX)
        return refuse(failure, -ENAMETOOLONG,
                      "%.200s was deleted, and its name is too long for a layer to say so", path);
    return pack_mark(p, mark, failure);
}

static int pack_opaque(struct pack *p, const char *path, struct failure *failure)
{
    char mark[PATH_MAX];
    int n = snprintf(mark, sizeof(mark), "%s%s%s", path, *path ? "/" : "", WHITEOUT_OPAQUE);
    if (n < 0 || (size_t)n >= sizeof(mark))
        return fail(failure, -ENAMETOOLONG, "%.200s", path);
    return pack_mark(p, mark, failure);
}

static int pack_record(struct pack *p, const char *record, struct failure *failure)
{
    switch (record[0]) {
    case '+':
        return pack_path(p, record + 1, false, failure);
    case '*':
        return pack_path(p, record + 1, true, failure);
    case '-':
        return pack_whiteout(p, record + 1, failure);
    case '!':
        return pack_opaque(p, record + 1, failure);
    default:
        return refuse(failure, -EINVAL, "a list of changes that is none");
    }
}

int pack_list_run(struct pack *p, int list_fd, struct failure *failure)
{
    autofree char *list = NULL;
    size_t size;
    int r = fd_read_whole(list_fd, LIST_MAX, &list, &size);
    if (r < 0)
        return fail(failure, r, "reading the list of changes");
    r = pack_begin(p, failure);
    for (size_t at = 0; r == 0 && at < size; at += strlen(list + at) + 1)
        r = pack_record(p, list + at, failure);
    return r < 0 ? r : pack_end(p, failure);
}
