/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/changes.h"

#include "engine/changes_tree.h"
#include "store/unpacker.h"

#include <errno.h>
#include <signal.h>

void container_changes_free(struct container_change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(changes[i].path);
    free(changes);
}

int container_diff(struct engine *e, const char *who, struct container_change **ret_changes,
                   size_t *ret_count, struct failure *failure)
{
    autostore struct store s = {0};
    struct changes_tree t;
    int r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r < 0)
        return r;
    r = changes_tree_open(&t, e, &s, who, failure);
    if (r == 0)
        r = changes_tree_read(&t, failure);
    if (r == 0) {
        *ret_changes = TAKE_PTR(t.changes);
        *ret_count = t.count;
        t.count = 0;
    }
    changes_tree_close(&t);
    return r;
}

int container_export(struct engine *e, const char *who, int output_fd, struct failure *failure)
{
    autostore struct store s = {0};
    struct changes_tree t;
    struct unpacker u = UNPACKER_NONE;
    struct unpack_report report;
    int r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r < 0)
        return r;
    r = changes_tree_open(&t, e, &s, who, failure);
    const struct unpacker_job job = {
        .role = "pack-tree", .input_fd = -EBADF, .output_fd = output_fd, .tree_fd = t.merged_fd};
    if (r == 0)
        r = unpacker_start(&s, &job, &u, failure);
    if (r == 0)
        r = unpacker_finish(&u, &report, NULL, failure);
    if (r == 0 && report.error != 0)
        r = refuse(failure, report.error, "exporting %s: %s", who, report.text);
    unpacker_end(&u);
    changes_tree_close(&t);
    return r;
}
