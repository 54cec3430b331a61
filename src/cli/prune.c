/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/prune.h"

#include "cli/human.h"
#include "engine/container.h"
#include "engine/image.h"
#include "engine/volume.h"

#include <stdio.h>

static void print_removed(const char *title, const char *before, const struct strings *names, bool titled)
{
    if (names->count > 0 && titled)
        printf("%s:\n", title);
    for (size_t i = 0; i < names->count; i++)
        printf("%s%s\n", before, names->items[i]);
}

int prune_containers(struct cli *cli, struct failure *failure)
{
    autostrings struct strings ids = {0};
    int r = container_prune(cli->engine, &ids, failure);
    print_removed("Deleted Containers", "", &ids, true); /* also those before a failure */
    return r;
}

int prune_images(struct cli *cli, bool all, uint64_t *ret_freed_bytes, struct failure *failure)
{
    struct image_removal removal = {0};
    int r = image_prune(cli->engine, all, &removal, failure);
    if (r < 0)
        return r;
    print_removed("Deleted Images", "untagged: ", &removal.untagged, true);
    print_removed("Deleted Images", "deleted: ", &removal.deleted, removal.untagged.count == 0);
    *ret_freed_bytes = removal.freed_bytes;
    image_removal_free(&removal);
    return 0;
}

int prune_volumes(struct cli *cli, bool all, uint64_t *ret_freed_bytes, struct failure *failure)
{
    autostrings struct strings names = {0};
    uint64_t bytes = 0;
    int r = volume_prune(cli->engine, all, &names, &bytes, failure);
    print_removed("Deleted Volumes", "", &names, true); /* also those before a failure */
    *ret_freed_bytes = bytes;
    return r;
}

void print_freed(uint64_t bytes)
{
    autotext struct text t = {0};
    human_size(&t, bytes);
    printf("Total reclaimed space: %s\n", text_peek(&t));
}
