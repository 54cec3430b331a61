/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image_tree.h"

#include "base/arena.h"
#include "base/strings.h"
#include "kernel/path.h"
#include "store/image.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define NODES_MAX 10000000u
#define NO_NODE UINT32_MAX

/* A file or folder of one layer; children of a folder are linked. */
struct node {
    const char *name;
    uint32_t parent, first_child, next;
    bool is_folder;
    uint64_t size;
};

struct layer_walk {
    int layer_fd;
    size_t shown;
    struct arena arena;
    struct node *nodes; /* 0 is the root */
    size_t count, capacity;
    struct strings removed;
    struct image_tree_layer *layer;
    struct failure *failure;
};

static int add_node(struct layer_walk *w, uint32_t parent, const char *name, const struct stat *st)
{
    if (w->count >= NODES_MAX)
        return refuse(w->failure, -E2BIG, "a layer with more than %u files", NODES_MAX);
    struct node *nodes = arena_grow(&w->arena, w->nodes, w->count, &w->capacity, sizeof(*nodes));
    if (!nodes)
        return fail(w->failure, -ENOMEM, "reading a layer");
    w->nodes = nodes;
    struct node *n = &nodes[w->count];
    *n = (struct node){.name = arena_string(&w->arena, name),
                       .parent = parent,
                       .first_child = NO_NODE,
                       .next = NO_NODE,
                       .is_folder = S_ISDIR(st->st_mode),
                       .size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0};
    if (w->count > 0) {
        n->next = nodes[parent].first_child;
        nodes[parent].first_child = (uint32_t)w->count;
    }
    w->count++;
    return arena_error(&w->arena) < 0 ? fail(w->failure, -ENOMEM, "reading a layer") : 0;
}

/* The node's path with a slash in front, and behind a folder. */
static char *node_path(const struct layer_walk *w, uint32_t index)
{
    char path[PATH_MAX + 2];
    size_t at = sizeof(path) - 1;
    path[at] = '\0';
    if (w->nodes[index].is_folder && index > 0)
        path[--at] = '/';
    for (uint32_t i = index; i > 0; i = w->nodes[i].parent) {
        size_t length = strlen(w->nodes[i].name);
        if (length + 1 > at)
            break; /* a layer has no longer paths: unroot-unpack makes none */
        at -= length;
        memcpy(path + at, w->nodes[i].name, length);
        path[--at] = '/';
    }
    return strdup(path[at] ? path + at : "/");
}

static int note_removed(struct layer_walk *w, uint32_t parent, const char *name)
{
    autofree char *folder = node_path(w, parent);
    w->layer->removed_count++;
    if (!folder || strings_addf(&w->removed, "%s%s", folder, name) < 0)
        return fail(w->failure, -ENOMEM, "reading a layer");
    return 0;
}

static int visit(struct layer_walk *w, int fd, uint32_t parent, const char *name)
{
    struct stat st;
    if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return fail(w->failure, -errno, "reading a layer");
    if (S_ISCHR(st.st_mode) && st.st_rdev == 0)
        return note_removed(w, parent, name);
    w->layer->file_count += !S_ISDIR(st.st_mode);
    return add_node(w, parent, name, &st);
}

static int walk_folder(struct layer_walk *w, uint32_t index)
{
    autofree char *path = node_path(w, index);
    char mark;
    if (!path)
        return fail(w->failure, -ENOMEM, "reading a layer");
    int fd = path_open(w->layer_fd, index > 0 ? path + 1 : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW,
                       RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    if (!d) {
        if (fd >= 0)
            (void)close(fd); /* only read from */
        return fail(w->failure, fd < 0 ? fd : -ENOMEM, "reading a layer");
    }
    int r = index > 0 && fgetxattr(fd, "trusted.overlay.opaque", &mark, 1) == 1 && mark == 'y'
                ? note_removed(w, index, "")
                : 0;
    for (struct dirent *e = readdir(d); e && r == 0; e = readdir(d))
        if (!streq(e->d_name, ".") && !streq(e->d_name, ".."))
            r = visit(w, fd, index, e->d_name);
    (void)closedir(d); /* only read from */
    return r;
}

/* Nodes come after their folder, so one pass from the end adds all up. */
static int walk_layer(struct layer_walk *w)
{
    const struct stat root = {.st_mode = S_IFDIR};
    int r = add_node(w, 0, "", &root);
    for (uint32_t i = 0; r == 0 && i < w->count; i++)
        if (w->nodes[i].is_folder)
            r = walk_folder(w, i);
    for (size_t i = w->count; r == 0 && i-- > 1;)
        w->nodes[w->nodes[i].parent].size += w->nodes[i].size;
    w->layer->size_bytes = w->count > 0 ? w->nodes[0].size : 0;
    return r;
}

static uint32_t take_largest(const struct layer_walk *w, uint32_t *list, size_t *count, bool only_folders)
{
    size_t best = *count;
    for (size_t i = 0; i < *count; i++) {
        const struct node *n = &w->nodes[list[i]];
        if ((!only_folders || (n->is_folder && n->first_child != NO_NODE)) &&
            (best == *count || n->size > w->nodes[list[best]].size))
            best = i;
    }
    if (best == *count)
        return NO_NODE;
    uint32_t found = list[best];
    list[best] = list[--*count];
    return found;
}

/* Folders are opened from the largest on until there are enough to show: what is large comes out by name,
 * what is small stays together. One that is more than half of the layer is opened in any case. */
static size_t choose_paths(const struct layer_walk *w, uint32_t *list)
{
    size_t count = 1;
    list[0] = 0;
    for (;;) {
        uint32_t folder = take_largest(w, list, &count, true);
        if (folder == NO_NODE)
            break;
        if (count + 1 >= w->shown && w->nodes[folder].size <= w->nodes[0].size / 2) {
            list[count++] = folder;
            break;
        }
        for (uint32_t child = w->nodes[folder].first_child; child != NO_NODE; child = w->nodes[child].next)
            list[count++] = child;
    }
    return count;
}

static int fill_added(struct layer_walk *w)
{
    struct image_tree_layer *l = w->layer;
    autofree uint32_t *list = calloc(w->count + 1, sizeof(*list));
    l->added = calloc(w->shown + 1, sizeof(*l->added));
    if (!list || !l->added)
        return fail(w->failure, -ENOMEM, "reading a layer");
    size_t count = w->count > 1 ? choose_paths(w, list) : 0;
    while (count > 0 && l->added_count < w->shown) {
        uint32_t largest = take_largest(w, list, &count, false);
        if (w->nodes[largest].size == 0 && w->nodes[0].size > 0) { /* nothing to see */
            list[count++] = largest;
            break;
        }
        struct image_tree_path *p = &l->added[l->added_count++];
        *p = (struct image_tree_path){node_path(w, largest), w->nodes[largest].size};
        if (!p->path)
            return fail(w->failure, -ENOMEM, "reading a layer");
    }
    l->rest_count = count;
    for (size_t i = 0; i < count; i++)
        l->rest_bytes += w->nodes[list[i]].size;
    return 0;
}

static int fill_removed(struct layer_walk *w)
{
    struct image_tree_layer *l = w->layer;
    strings_sort(&w->removed);
    l->removed = calloc(w->shown + 1, sizeof(*l->removed));
    if (!l->removed)
        return fail(w->failure, -ENOMEM, "reading a layer");
    while (l->removed_listed < w->shown && l->removed_listed < w->removed.count) {
        l->removed[l->removed_listed].path = TAKE_PTR(w->removed.items[l->removed_listed]);
        l->removed_listed++;
    }
    return 0;
}

static int read_layer(const struct store *s, size_t shown, struct image_tree_layer *layer,
                      struct failure *failure)
{
    char folder[LAYER_FOLDER_SIZE];
    layer_folder(&layer->diffid, folder);
    autoclose int fd = openat(s->storage_fd, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fail(failure, -errno, "opening the layer sha256:%s", layer->diffid.hex);
    struct layer_walk w = {.layer_fd = fd, .shown = shown, .layer = layer, .failure = failure};
    int r = walk_layer(&w);
    if (r == 0)
        r = fill_added(&w);
    if (r == 0)
        r = fill_removed(&w);
    arena_free(&w.arena);
    strings_free(&w.removed);
    return r;
}

/* Every entry of the history that is not empty made the next layer. */
static int name_layers(const struct image_config *c, struct image_tree *tree)
{
    size_t layer = 0;
    for (size_t i = 0; i < c->history_count && layer < tree->count; i++)
        if (!c->history[i].empty_layer && c->history[i].created_by) {
            tree->layers[layer++].created_by = strdup(c->history[i].created_by);
        } else if (!c->history[i].empty_layer) {
            layer++;
        }
    for (size_t i = 0; i < tree->count; i++) {
        if (!tree->layers[i].created_by)
            tree->layers[i].created_by = strdup("");
        if (!tree->layers[i].created_by)
            return -ENOMEM;
    }
    return 0;
}

int image_tree_read(struct engine *e, const char *who, size_t shown, struct image_tree *ret_tree,
                    struct failure *failure)
{
    autostore struct store s = {0};
    autoimage struct image image = {0};
    struct image_tree tree = {0};
    const struct store_progress quiet = {0};
    int r = store_open(&s, e->root_fd, e->program_dir, failure);
    if (r < 0)
        return r;
    autoclose int lock = store_lock(&s, STORE_LOCK_ADD);
    if (lock < 0)
        return fail(failure, lock, "locking the store");
    r = image_find(&s, who, &image, failure);
    if (r == 0)
        r = image_prepare(&s, &image, &quiet, failure);
    if (r < 0)
        return r;
    tree.id = image.id;
    tree.count = image.config.diff_id_count;
    tree.layers = calloc(tree.count + 1, sizeof(*tree.layers));
    r = tree.layers ? name_layers(&image.config, &tree) : -ENOMEM;
    r = r < 0 ? fail(failure, r, "reading %s", who) : 0;
    for (size_t i = 0; i < tree.count && r == 0; i++) {
        tree.layers[i].diffid = image.config.diff_ids[i];
        r = read_layer(&s, shown, &tree.layers[i], failure);
    }
    if (r < 0) {
        image_tree_free(&tree);
        return r;
    }
    *ret_tree = tree;
    return 0;
}

static void free_paths(struct image_tree_path *paths, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(paths[i].path);
    free(paths);
}

void image_tree_free(struct image_tree *tree)
{
    for (size_t i = 0; tree->layers && i < tree->count; i++) {
        free(tree->layers[i].created_by);
        free_paths(tree->layers[i].added, tree->layers[i].added_count);
        free_paths(tree->layers[i].removed, tree->layers[i].removed_listed);
    }
    free(tree->layers);
    *tree = (struct image_tree){0};
}
