/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/image_tree.h"

#include "audit/source.h"
#include "base/number.h"
#include "base/strings.h"

#include <errno.h>
#include <string.h>

#define LINKS_MAX 8

static int next_number(const char **at, const char *end, unsigned base, uint64_t *ret_value)
{
    uint64_t value = 0;
    size_t digits = 0;
    while (*at < end && **at == ' ')
        ++*at;
    for (; *at < end && **at >= '0' && **at < (char)('0' + base); ++*at, digits++)
        if (__builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, (uint64_t)(**at - '0'), &value))
            return -EINVAL;
    *ret_value = value;
    return digits > 0 ? 0 : -EINVAL;
}

/* "E f 4755 0 0 0 12\n" */
static int read_header(const char **at, const char *end, struct tree_entry *e, uint64_t *ret_size)
{
    uint64_t mode, uid, gid, caps;
    if (end - *at < 4 || (*at)[0] != 'E' || (*at)[1] != ' ' || !strchr("fdlhwox", (*at)[2]))
        return -EINVAL;
    e->type = (*at)[2];
    *at += 3;
    if (next_number(at, end, 8, &mode) < 0 || next_number(at, end, 10, &uid) < 0 ||
        next_number(at, end, 10, &gid) < 0 || next_number(at, end, 10, &caps) < 0 ||
        next_number(at, end, 10, ret_size) < 0 || *at >= end || **at != '\n' || mode > 07777 ||
        uid > UINT32_MAX || gid > UINT32_MAX)
        return -EINVAL;
    ++*at;
    e->mode = (uint32_t)mode;
    e->uid = (uint32_t)uid;
    e->gid = (uint32_t)gid;
    e->capabilities = caps != 0;
    return 0;
}

static int read_string(struct arena *arena, const char **at, const char *end, const char **ret_text)
{
    const char *nul = memchr(*at, '\0', (size_t)(end - *at));
    if (!nul)
        return -EINVAL;
    size_t n = (size_t)(nul - *at);
    while (n > 0 && (*at)[n - 1] == '/')
        n--;
    *ret_text = arena_copy(arena, *at, n);
    *at = nul + 1;
    return 0;
}

static bool is_below(const char *path, const char *folder)
{
    size_t n = strlen(folder);
    return n == 0 || (strncmp(path, folder, n) == 0 && path[n] == '/');
}

/* .wh.NAME hides NAME and what is below; .wh..wh..opq all of its folder that earlier layers had. */
static void white_out(struct image_tree *tree, const struct tree_entry *e, size_t earlier)
{
    const char *slash = strrchr(e->path, '/'), *name = slash ? slash + 1 : e->path;
    const char *folder = slash ? arena_copy(tree->arena, e->path, (size_t)(slash - e->path)) : "";
    const char *target = e->type == 'o' ? folder
                         : slash        ? arena_printf(tree->arena, "%s/%s", folder, name + 4)
                                        : name + 4;
    for (size_t i = 0; i < earlier; i++) {
        struct tree_entry *x = &tree->entries[i];
        if (is_below(x->path, target) || (e->type == 'w' && streq(x->path, target)))
            x->gone = true;
    }
}

static int add_entry(struct image_tree *tree, const struct tree_entry *e)
{
    struct tree_entry *grown =
        arena_grow(tree->arena, tree->entries, tree->count, &tree->capacity, sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    if (tree->count >= TREE_ENTRIES_MAX)
        return -E2BIG;
    tree->entries = grown;
    grown[tree->count++] = *e;
    return 0;
}

int image_tree_add(struct image_tree *tree, const char *list, size_t size)
{
    const char *at = list, *end = list + size;
    size_t earlier = tree->count;
    while (end - at >= 2 && at[0] == 'E') {
        struct tree_entry e = {0};
        uint64_t content;
        int r = read_header(&at, end, &e, &content);
        r = r < 0 ? r : read_string(tree->arena, &at, end, &e.path);
        r = r < 0 ? r : read_string(tree->arena, &at, end, &e.link);
        if (r < 0 || content > (uint64_t)(end - at))
            return -EINVAL;
        if (e.type == 'f' && content > 0)
            e.content = arena_copy(tree->arena, at, content);
        at += content;
        if (e.type == 'w' || e.type == 'o')
            white_out(tree, &e, earlier);
        else
            r = add_entry(tree, &e);
        if (r < 0)
            return r;
    }
    return end - at == 2 && at[0] == 'Z' && at[1] == '\n' ? arena_error(tree->arena) : -EINVAL;
}

const struct tree_entry *image_tree_find(const struct image_tree *tree, const char *path)
{
    const char *wanted = path + strspn(path, "/");
    for (unsigned links = 0; links < LINKS_MAX; links++) {
        const struct tree_entry *found = NULL;
        for (size_t i = tree->count; i-- > 0 && !found;)
            if (!tree->entries[i].gone && streq(tree->entries[i].path, wanted))
                found = &tree->entries[i];
        if (!found || (found->type != 'l' && found->type != 'h'))
            return found;
        autofree char *folder = found->type == 'l' && found->link[0] != '/'
                                    ? source_beside(found->path, found->link)
                                    : strdup(found->link);
        if (!folder)
            return NULL;
        wanted = arena_string(tree->arena, folder + strspn(folder, "/"));
    }
    return NULL;
}
