/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/image_layers.h"

#include "audit/tree_checks.h"
#include "kernel/path.h"
#include "store/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int image_wanted_paths(struct arena *arena, const struct image_facts *facts, const char *const **ret_paths)
{
    static const char *const always[] = {
        "etc/passwd",   "etc/group", "etc/shadow", "etc/sudoers", "etc/sudoers.d/*",  "etc/doas.conf",
        "etc/doas.d/*", "etc",       "root",       "tmp",         TREE_ROOT_RUN_PATHS};
    static const char *const folders[] = {"usr/local/sbin/", "usr/local/bin/", "usr/sbin/", "usr/bin/",
                                          "sbin/",           "bin/",           ""};
    size_t words = facts->entrypoint_count + facts->command_count, n = 0;
    size_t room = ARRAY_SIZE(always) + words * (ARRAY_SIZE(folders) + 1) + facts->volume_count + 4;
    const char *workdir = facts->workdir && facts->workdir[0] ? facts->workdir : NULL;
    const char **paths = arena_allocate(arena, room * sizeof(*paths));
    if (!paths)
        return -ENOMEM;
    for (size_t i = 0; i < ARRAY_SIZE(always); i++)
        paths[n++] = always[i];
    for (size_t i = 0; i < words; i++) {
        const char *word =
            i < facts->entrypoint_count ? facts->entrypoint[i] : facts->command[i - facts->entrypoint_count];
        if (word[0] == '-' || strpbrk(word, "* \n") || strlen(word) > 255)
            continue;
        if (word[0] != '/' && workdir)
            paths[n++] = arena_printf(arena, "%s/%s", workdir, word + (string_after(word, "./") ? 2 : 0));
        if (word[0] == '/')
            paths[n++] = word;
        else
            for (size_t k = 0; k < ARRAY_SIZE(folders); k++)
                paths[n++] = arena_printf(arena, "%s%s", folders[k], word);
    }
    for (size_t i = 0; i < facts->volume_count; i++)
        paths[n++] = facts->volumes[i];
    if (workdir)
        paths[n++] = workdir;
    if (strings_get_variable(&facts->environment, "HOME"))
        paths[n++] = arena_string(arena, strings_get_variable(&facts->environment, "HOME"));
    *ret_paths = paths;
    return 0;
}

/* `name` is the path that commands use: the file's own, or that of a link to it. */
struct script {
    const char *name;
    const struct tree_entry *file;
};

static int add_script(struct arena *arena, struct image_facts *facts, const struct script *script,
                      size_t *capacity)
{
    const struct tree_entry *e = script->file;
    struct known_file *grown = arena_grow(arena, facts->files, facts->file_count, capacity, sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    facts->files = grown;
    grown[facts->file_count++] = (struct known_file){.path = arena_printf(arena, "/%s", script->name),
                                                     .data = e->content,
                                                     .uid = e->uid,
                                                     .gid = e->gid,
                                                     .mode = e->mode,
                                                     .has_owner = true};
    return 0;
}

int image_use_tree(struct arena *arena, const struct image_tree *tree, struct image_facts *facts)
{
    const struct tree_entry *passwd = image_tree_find(tree, "etc/passwd"),
                            *group = image_tree_find(tree, "etc/group");
    size_t capacity = 0;
    facts->tree = tree;
    facts->accounts_known = true;
    facts->passwd = passwd && passwd->content ? passwd->content : "";
    facts->group = group && group->content ? group->content : "";
    for (size_t i = 0; i < tree->count; i++) {
        const struct tree_entry *e = &tree->entries[i];
        bool link = e->type == 'l' || e->type == 'h';
        struct script script = {e->path, link ? image_tree_find(tree, e->path) : e};
        if (e->gone || !script.file || !script.file->content || strncmp(script.file->content, "#!", 2) != 0)
            continue;
        int r = add_script(arena, facts, &script, &capacity);
        if (r < 0)
            return r;
    }
    return 0;
}

/* A layer's content must be what its name says. */
static int verify(int fd, const struct digest *digest)
{
    struct digest found;
    bool compressed;
    int r = listing_hash(fd, &found, &compressed);
    return r < 0 ? r : digest_equal(&found, digest) ? 0 : -EBADMSG;
}

static int open_layer(const struct image_content *c, const struct digest *digest, struct failure *failure)
{
    char name[96];
    struct stat st;
    (void)snprintf(name, sizeof(name), "blobs/sha256/%s", digest->hex);
    autoclose int folder = path_open(AT_FDCWD, c->folder, O_PATH | O_DIRECTORY, 0);
    if (folder < 0)
        return fail(failure, folder, "opening %s", c->folder);
    autoclose int fd = path_open_beneath(folder, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return fail(failure, fd, "opening %s/%s", c->shown, name);
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return refuse(failure, -EINVAL, "%s/%s: not a regular file", c->shown, name);
    int r = verify(fd, digest);
    if (r == -EBADMSG)
        return refuse(failure, r, "%s/%s: the content has another digest", c->shown, name);
    return r < 0 ? fail(failure, r, "reading %s/%s", c->shown, name) : TAKE_FD(fd);
}

/* Commands that are links whose target was not asked for: asked for the next time. Gives how many are new. */
static size_t add_link_targets(struct arena *arena, const struct image_tree *tree, const char **paths,
                               size_t *count, size_t room)
{
    size_t before = *count;
    for (size_t i = 0; i < before && *count < room; i++) {
        const char *path = paths[i] + strspn(paths[i], "/");
        for (size_t k = tree->count; k-- > 0;) {
            const struct tree_entry *e = &tree->entries[k];
            if (e->gone || (e->type != 'l' && e->type != 'h') || !streq(e->path, path))
                continue;
            autofree char *target =
                e->type == 'l' && e->link[0] != '/' ? source_beside(e->path, e->link) : strdup(e->link);
            bool known = !target || image_tree_find(tree, target) != NULL;
            for (size_t n = 0; n < *count && !known; n++)
                known = streq(paths[n] + strspn(paths[n], "/"), target + strspn(target, "/"));
            if (!known)
                paths[(*count)++] = arena_string(arena, target);
            break;
        }
    }
    return *count - before;
}

#define LINK_PASSES 4
#define LINK_TARGETS 64

int image_list_layers(struct arena *arena, const struct layer_source *source, struct image_facts *facts,
                      struct failure *failure)
{
    const char *const *wanted;
    size_t count = 0;
    int r = image_wanted_paths(arena, facts, &wanted);
    if (r < 0)
        return r;
    while (wanted[count])
        count++;
    const char **paths = arena_allocate(arena, (count + LINK_TARGETS + 1) * sizeof(*paths));
    struct image_tree *tree = arena_allocate(arena, sizeof(*tree));
    if (!paths || !tree)
        return -ENOMEM;
    memcpy(paths, wanted, count * sizeof(*paths));
    size_t room = count + LINK_TARGETS;
    for (unsigned pass = 0; pass < LINK_PASSES && r == 0; pass++) {
        *tree = (struct image_tree){.arena = arena};
        for (size_t i = 0; i < source->count && r == 0; i++) {
            struct listing list = {0};
            r = source->list(source, i, paths, &list, failure);
            r = r < 0 ? r : image_tree_add(tree, list.data, list.size);
            free(list.data);
        }
        if (r == 0 && add_link_targets(arena, tree, paths, &count, room) == 0)
            break;
    }
    return r < 0 ? r : image_use_tree(arena, tree, facts);
}

struct blob_layers {
    struct layer_source source;
    const struct image_content *content;
    const struct image_manifest *manifest;
    const char *program;
};

static int list_blob(const struct layer_source *source, size_t i, const char *const *paths,
                     struct listing *ret_list, struct failure *failure)
{
    const struct blob_layers *b = (const struct blob_layers *)source;
    autoclose int fd = open_layer(b->content, &b->manifest->layers[i].digest, failure);
    struct listing_job job = {.program = b->program, .input_fd = fd, .arguments = paths};
    return fd < 0 ? fd : listing_run(&job, &ret_list->data, &ret_list->size, failure);
}

int image_read_layers(struct audit *a, const struct image_content *content,
                      const struct image_manifest *manifest, struct image_facts *facts)
{
    struct arena *arena = &a->result->arena;
    struct failure failure = {0};
    if (!a->request->program_dir)
        return 0;
    struct blob_layers layers = {.source = {list_blob, manifest->layer_count},
                                 .content = content,
                                 .manifest = manifest,
                                 .program =
                                     arena_printf(arena, "%s/unroot-listing", a->request->program_dir)};
    int r = image_list_layers(arena, &layers.source, facts, &failure);
    if (r < 0 && r != -ENOMEM)
        result_complain(a->result, content->shown, "%s",
                        failure.text[0] ? failure.text : "a layer cannot be read");
    return r == -ENOMEM ? r : 0;
}
