/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image.h"
#include "engine/image_sizes.h"

#include <errno.h>
#include <string.h>

/* Rows from the oldest on; every entry that is not empty takes the next layer. Layers that no entry speaks of
 * follow. */
static int fill_rows(const struct store *s, const struct image_config *c, struct image_history_row *rows,
                     size_t *count)
{
    size_t layer = 0;
    for (size_t i = 0; i < c->history_count; i++) {
        const struct image_history *h = &c->history[i];
        struct image_history_row *row = &rows[(*count)++];
        row->created = image_moment(h->created);
        row->created_by = strdup(h->created_by ? h->created_by : "");
        row->comment = strdup(h->comment ? h->comment : "");
        if (!row->created_by || !row->comment)
            return -ENOMEM;
        if (!h->empty_layer && layer < c->diff_id_count) {
            int64_t size = layer_size(s, &c->diff_ids[layer++]);
            row->size_bytes = size > 0 ? (uint64_t)size : 0;
        }
    }
    for (; layer < c->diff_id_count; layer++) {
        struct image_history_row *row = &rows[(*count)++];
        int64_t size = layer_size(s, &c->diff_ids[layer]);
        *row = (struct image_history_row){
            .created_by = strdup(""), .comment = strdup(""), .size_bytes = size > 0 ? (uint64_t)size : 0};
        if (!row->created_by || !row->comment)
            return -ENOMEM;
    }
    return 0;
}

static void reverse(struct image_history_row *rows, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        struct image_history_row row = rows[i];
        rows[i] = rows[count - 1 - i];
        rows[count - 1 - i] = row;
    }
}

int image_history(struct engine *e, const char *who, struct image_history_row **ret_rows, size_t *ret_count,
                  struct failure *failure)
{
    autostore struct store s = {0};
    autoimage struct image image = {0};
    int r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r == 0)
        r = image_find(&s, who, &image, failure);
    if (r < 0)
        return r;
    size_t count = 0;
    struct image_history_row *rows =
        calloc(image.config.history_count + image.config.diff_id_count + 1, sizeof(*rows));
    if (!rows || fill_rows(&s, &image.config, rows, &count) < 0) {
        image_history_free(rows, rows ? count : 0);
        return fail(failure, -ENOMEM, "reading the history of %s", who);
    }
    reverse(rows, count);
    if (count > 0)
        rows[0].id = image.id;
    *ret_rows = rows;
    *ret_count = count;
    return 0;
}

void image_history_free(struct image_history_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(rows[i].created_by);
        free(rows[i].comment);
    }
    free(rows);
}
