/* SPDX-License-Identifier: Apache-2.0 */
#include "build/snapshot.h"

#include <errno.h>
#include <string.h>

#define HISTORY_COMMENT "buildkit.dockerfile.v0" /* what tools look for beside "# buildkit" */

void build_layer_free(struct build_layer *layer)
{
    free(layer->created);
    if (layer->packer > 0) {
        (void)close(layer->packer_pidfd); /* the packer dies with this process */
        (void)close(layer->packer_fd);    /* only read from */
    }
    *layer = (struct build_layer){0};
}

static void made_free(struct build_made *made)
{
    free(made->created);
    free(made->what);
    *made = (struct build_made){0};
}

void build_snapshot_free(struct build_snapshot *s)
{
    for (size_t i = 0; i < s->layer_count; i++)
        build_layer_free(&s->layers[i]);
    for (size_t i = 0; i < s->made_count; i++)
        made_free(&s->made[i]);
    free(s->layers);
    free(s->made);
    free(s->created);
    image_config_free(&s->config);
    *s = (struct build_snapshot){0};
}

void build_layer_folder(const struct build_layer *layer, char ret_folder[LAYER_FOLDER_SIZE])
{
    if (layer->layer.folder[0])
        (void)snprintf(ret_folder, LAYER_FOLDER_SIZE, "layers/%s", layer->layer.folder); /* fits */
    else
        layer_folder(&layer->layer.result.diffid, ret_folder);
}

int build_snapshot_folders(const struct build_snapshot *s, struct strings *ret_folders)
{
    for (size_t i = s->layer_count; i > 0; i--) {
        char folder[LAYER_FOLDER_SIZE];
        build_layer_folder(&s->layers[i - 1], folder);
        int r = strings_add(ret_folders, folder);
        if (r < 0)
            return r;
    }
    return 0;
}

static int set_text(char **member, const char *text)
{
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy)
        return -ENOMEM;
    free(*member);
    *member = copy;
    return 0;
}

int build_snapshot_add_layer(struct build_snapshot *s, struct build_layer *layer)
{
    struct build_layer *grown = reallocarray(s->layers, s->layer_count + 1, sizeof(*grown));
    if (grown)
        s->layers = grown;
    if (!grown || set_text(&s->created, layer->created) < 0) {
        build_layer_free(layer);
        return -ENOMEM;
    }
    s->state = layer->state;
    s->layers[s->layer_count++] = *layer;
    *layer = (struct build_layer){0};
    return 0;
}

int build_snapshot_add_made(struct build_snapshot *s, const struct build_made *made)
{
    struct build_made copy = *made;
    struct build_made *grown = reallocarray(s->made, s->made_count + 1, sizeof(*grown));
    if (grown)
        s->made = grown;
    copy.created = made->created ? strdup(made->created) : NULL;
    copy.what = strdup(made->what ? made->what : "");
    if (!grown || (made->created && !copy.created) || !copy.what) {
        made_free(&copy);
        return -ENOMEM;
    }
    s->made[s->made_count++] = copy;
    return 0;
}

int build_snapshot_copy(const struct build_snapshot *from, struct build_snapshot *ret_copy)
{
    struct build_snapshot copy = {.state = from->state, .scratch = from->scratch};
    int r = image_config_copy(&from->config, &copy.config);
    for (size_t i = 0; r == 0 && i < from->layer_count; i++) {
        struct build_layer layer = {.layer = from->layers[i].layer, .state = from->layers[i].state};
        r = set_text(&layer.created, from->layers[i].created);
        if (r == 0)
            r = build_snapshot_add_layer(&copy, &layer);
    }
    if (r == 0)
        r = set_text(&copy.created, from->created);
    if (r < 0) {
        build_snapshot_free(&copy);
        return r;
    }
    copy.state = from->state;
    *ret_copy = copy;
    return 0;
}

int build_snapshot_add_history(struct build_snapshot *s, const char *created_by, bool empty)
{
    const struct image_history entry = {
        .created = s->created,
        .created_by = (char *)created_by,
        .comment = (char *)HISTORY_COMMENT,
        .empty_layer = empty,
    };
    return image_config_add_history(&s->config, &entry);
}

int build_snapshot_finish(struct build_snapshot *s)
{
    free(s->config.diff_ids);
    s->config.diff_ids = NULL;
    s->config.diff_id_count = 0;
    for (size_t i = 0; i < s->layer_count; i++) {
        if (!s->layers[i].layer.result.diffid.hex[0])
            return -EINVAL;
        int r = image_config_add_layer(&s->config, &s->layers[i].layer.result.diffid);
        if (r < 0)
            return r;
    }
    return s->created ? set_text(&s->config.created, s->created) : 0;
}
