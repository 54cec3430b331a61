/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image.h"
#include "engine/image_sizes.h"
#include "engine/usage.h"
#include "formats/timestamp.h"

#include <errno.h>
#include <string.h>

uint64_t image_unpacked_size(const struct store *s, const struct image_config *config)
{
    uint64_t total = 0;
    for (size_t i = 0; i < config->diff_id_count; i++) {
        int64_t size = layer_size(s, &config->diff_ids[i]);
        total += size > 0 ? (uint64_t)size : 0;
    }
    return total;
}

int64_t image_moment(const char *timestamp)
{
    struct timespec moment;
    return timestamp && timestamp_parse(timestamp, &moment) == 0 ? moment.tv_sec : 0;
}

static char *copy_or_empty(const char *text)
{
    return strdup(text ? text : "");
}

static int summary_fill(struct image_summary *summary, const struct store *s, const struct image *image,
                        const struct container_uses *uses)
{
    const struct image_config *config = &image->config;
    int containers = container_uses_of_image(uses, image->id.hex, NULL);
    *summary = (struct image_summary){
        .id = image->id,
        .manifest = image->manifest,
        .created = image_moment(config->created),
        .size_bytes = image_unpacked_size(s, config),
        .container_count = containers > 0 ? (size_t)containers : 0,
        .user = copy_or_empty(config->user),
        .architecture = copy_or_empty(config->architecture),
        .os = copy_or_empty(config->os),
    };
    if (!summary->user || !summary->architecture || !summary->os ||
        strings_copy(&summary->references, &image->references) < 0 ||
        strings_copy(&summary->labels, &config->labels) < 0)
        return -ENOMEM;
    return 0;
}

static void summary_free(struct image_summary *summary)
{
    strings_free(&summary->references);
    strings_free(&summary->labels);
    free(summary->user);
    free(summary->architecture);
    free(summary->os);
}

static int newest_first(const void *a, const void *b)
{
    const struct image_summary *x = a, *y = b;
    if (x->created != y->created)
        return x->created < y->created ? 1 : -1;
    return strcmp(x->id.hex, y->id.hex);
}

static int list_all(const struct store *s, const struct image_entries *entries,
                    const struct container_uses *uses, struct image_list *list, struct failure *failure)
{
    list->items = calloc(entries->count ? entries->count : 1, sizeof(*list->items));
    if (!list->items)
        return fail(failure, -ENOMEM, "listing images");
    for (size_t i = 0; i < entries->count; i++) {
        autoimage struct image image = {0};
        struct failure unused = {0};
        if (image_open(s, &entries->items[i], &image, &unused) < 0)
            continue; /* its config is lost or another program's; prune says so */
        if (summary_fill(&list->items[list->count++], s, &image, uses) < 0)
            return fail(failure, -ENOMEM, "listing images");
    }
    qsort(list->items, list->count, sizeof(list->items[0]), newest_first);
    return 0;
}

int image_list(struct engine *e, struct image_list *ret_list, struct failure *failure)
{
    autostore struct store s = {0};
    autoentries struct image_entries entries = {0};
    autouses struct container_uses uses = {0};
    struct image_list list = {0};
    int r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r == 0)
        r = container_uses_read(e, &uses, failure);
    if (r == 0)
        r = image_enumerate(&s, &entries, failure);
    if (r == 0)
        r = list_all(&s, &entries, &uses, &list, failure);
    if (r < 0) {
        image_list_free(&list);
        return r;
    }
    *ret_list = list;
    return 0;
}

void image_list_free(struct image_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        summary_free(&list->items[i]);
    free(list->items);
    *list = (struct image_list){0};
}
