/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/compose_merge.h"

#include <errno.h>
#include <string.h>

static bool tagged(const struct yaml_node *n, const char *tag)
{
    return n && n->tag && strcmp(n->tag, tag) == 0;
}

/* Keys whose list or text is replaced as a whole. */
static bool replaced_whole(const char *key)
{
    return strcmp(key, "command") == 0 || strcmp(key, "entrypoint") == 0 || strcmp(key, "test") == 0;
}

/* What identifies an entry of volumes, tmpfs or devices: its target; NULL for other lists. */
static const char *entry_target(struct arena *arena, const char *key, const struct yaml_node *entry)
{
    bool volumes = strcmp(key, "volumes") == 0;
    if (!volumes && strcmp(key, "devices") != 0 && strcmp(key, "tmpfs") != 0)
        return NULL;
    if (entry->kind == YAML_MAP)
        return yaml_get_text(entry, "target");
    const char *text = yaml_text(entry), *colon = text ? strchr(text, ':') : NULL;
    if (!text || strcmp(key, "tmpfs") == 0)
        return text ? arena_copy(arena, text, strcspn(text, ":")) : NULL;
    if (!colon)
        return text;
    return arena_copy(arena, colon + 1, strcspn(colon + 1, ":"));
}

static struct yaml_node *merge_lists(struct arena *arena, const char *key, const struct yaml_node *base,
                                     const struct yaml_node *over)
{
    struct yaml_node *n = yaml_copy_node(arena, over);
    struct yaml_node **items = arena_allocate(arena, (base->count + over->count + 1) * sizeof(*items));
    if (!n || !items)
        return NULL;
    n->items = items;
    n->count = 0;
    for (size_t i = 0; i < base->count; i++) {
        const char *target = entry_target(arena, key, base->items[i]);
        bool again = false;
        for (size_t k = 0; target && k < over->count && !again; k++) {
            const char *other = entry_target(arena, key, over->items[k]);
            again = other && strcmp(target, other) == 0;
        }
        if (!again)
            items[n->count++] = base->items[i];
    }
    for (size_t i = 0; i < over->count; i++)
        items[n->count++] = over->items[i];
    return n;
}

static struct yaml_node *merge_value(struct arena *arena, const char *key, struct yaml_node *base,
                                     struct yaml_node *over);

static struct yaml_node *merge_maps(struct arena *arena, const struct yaml_node *base,
                                    const struct yaml_node *over)
{
    struct yaml_node *n = yaml_copy_node(arena, over);
    struct yaml_pair *pairs = arena_allocate(arena, (base->count + over->count + 1) * sizeof(*pairs));
    if (!n || !pairs)
        return NULL;
    n->pairs = pairs;
    n->count = 0;
    for (size_t i = 0; i < base->count; i++) {
        struct yaml_node *other = yaml_get(over, base->pairs[i].key);
        const struct yaml_node *key_node =
            other ? yaml_get_key(over, base->pairs[i].key) : base->pairs[i].key_node;
        struct yaml_node *value = merge_value(arena, base->pairs[i].key, base->pairs[i].value, other);
        if (other && tagged(other, "!reset"))
            continue;
        if (!value)
            return NULL;
        pairs[n->count++] = (struct yaml_pair){base->pairs[i].key, key_node, value};
    }
    for (size_t i = 0; i < over->count; i++)
        if (!yaml_get(base, over->pairs[i].key) && !tagged(over->pairs[i].value, "!reset"))
            pairs[n->count++] = over->pairs[i];
    return n;
}

/* `build: ./app` is short for a map with that context. */
static struct yaml_node *long_build(struct arena *arena, struct yaml_node *build)
{
    static const struct yaml_node key = {.kind = YAML_SCALAR, .file = "", .text = "context"};
    struct yaml_node *n = build->kind == YAML_SCALAR ? yaml_copy_node(arena, build) : build;
    if (!n || n == build)
        return n;
    n->kind = YAML_MAP;
    n->text = NULL;
    n->pairs = arena_allocate(arena, sizeof(*n->pairs));
    if (!n->pairs)
        return NULL;
    n->pairs[0] = (struct yaml_pair){"context", &key, build};
    n->count = 1;
    return n;
}

static struct yaml_node *merge_value(struct arena *arena, const char *key, struct yaml_node *base,
                                     struct yaml_node *over)
{
    if (!base || !over)
        return base ? base : over;
    if (strcmp(key, "build") == 0 && base->kind != over->kind && !tagged(over, "!override")) {
        base = long_build(arena, base);
        over = long_build(arena, over);
        if (!base || !over)
            return NULL;
    }
    if (tagged(over, "!override") || base->kind != over->kind || over->kind == YAML_SCALAR ||
        replaced_whole(key))
        return over;
    return over->kind == YAML_MAP ? merge_maps(arena, base, over) : merge_lists(arena, key, base, over);
}

struct yaml_node *compose_merge(struct arena *arena, struct yaml_node *base, struct yaml_node *over)
{
    return merge_value(arena, "", base, over);
}

struct interpolation {
    struct arena *arena;
    const struct strings *environment;
    struct report *report;
};

static struct yaml_node *interpolate_scalar(const struct interpolation *in, const struct yaml_node *node)
{
    autofree char *text = NULL;
    autostrings struct strings unset = {0};
    struct failure failure = {0};
    struct yaml_node *n = yaml_copy_node(in->arena, node);
    if (!n || !strchr(node->text, '$'))
        return n;
    int r = compose_expand(node->text, in->environment, &unset, &text, &failure);
    if (r == -ENOMEM)
        return NULL;
    if (r < 0) {
        char place[512];
        (void)snprintf(place, sizeof(place), "%s:%u:%u", node->file, node->line, node->column);
        if (in->report)
            (void)report_add(in->report, place, "compose/interpolation", "%s", failure.text);
        n->tag = COMPOSE_INVALID;
        return n;
    }
    n->text = arena_string(in->arena, text);
    n->plain = n->plain && text[0] != '\0'; /* what became empty is an empty string, not null */
    if (unset.count > 0)
        n->tag = COMPOSE_UNSET;
    return n;
}

static struct yaml_node *interpolate(const struct interpolation *in, const struct yaml_node *node)
{
    if (node->kind == YAML_SCALAR)
        return interpolate_scalar(in, node);
    struct yaml_node *n = yaml_copy_node(in->arena, node);
    if (!n)
        return NULL;
    if (node->kind == YAML_LIST) {
        n->items = arena_allocate(in->arena, (node->count + 1) * sizeof(*n->items));
        for (size_t i = 0; n->items && i < node->count; i++)
            if (!(n->items[i] = interpolate(in, node->items[i])))
                return NULL;
        return n->items ? n : NULL;
    }
    n->pairs = arena_allocate(in->arena, (node->count + 1) * sizeof(*n->pairs));
    if (!n->pairs)
        return NULL;
    for (size_t i = 0; i < node->count; i++) {
        n->pairs[i] = node->pairs[i];
        if (!(n->pairs[i].value = interpolate(in, node->pairs[i].value)))
            return NULL;
    }
    return n;
}

struct yaml_node *compose_interpolate(struct arena *arena, const struct yaml_node *node,
                                      const struct strings *environment, struct report *report)
{
    struct interpolation in = {arena, environment, report};
    return interpolate(&in, node);
}
