/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/yaml.h"

#include "formats/json.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <yaml.h>

/* A list or map that is being read; `pending` is a map's key without its value. */
struct open_node {
    struct yaml_node *node;
    struct yaml_node *pending;
    size_t capacity;
    size_t anchor; /* its place in the list + 1, 0: none */
};

#define ANCHORS_MAX 2000
#define MERGED_MAX 100000 /* pairs that merge keys may copy */

struct anchor {
    char *name;
    struct yaml_node *node;
    bool finished;
};

struct reader {
    struct arena *arena;
    struct report *report;
    yaml_parser_t *parser;
    const char *file;
    struct open_node stack[YAML_DEPTH_MAX];
    size_t depth;
    struct anchor *anchors;
    size_t anchor_count, anchor_capacity;
    size_t nodes, merged;
    struct yaml_node *root;
    struct yaml_documents documents;
    size_t document_capacity;
};

static int finding(const struct reader *r, const yaml_mark_t *at, const char *rule, const char *format, ...)
    printf_like(4, 5);

static int finding(const struct reader *r, const yaml_mark_t *at, const char *rule, const char *format, ...)
{
    autofree char *place = NULL, *sentence = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&sentence, format, args) < 0)
        sentence = NULL;
    va_end(args);
    if (asprintf(&place, "%s:%zu:%zu", r->file, at->line + 1, at->column + 1) < 0)
        place = NULL;
    if (r->report)
        (void)report_add(r->report, place ? place : r->file, rule, "%s", sentence ? sentence : rule);
    return -EINVAL;
}

static int new_node(struct reader *r, const yaml_event_t *e, enum yaml_kind kind, struct yaml_node **ret_node)
{
    if (++r->nodes > YAML_NODES_MAX)
        return finding(r, &e->start_mark, "yaml/too-large", "more than %d values", YAML_NODES_MAX);
    struct yaml_node *n = arena_allocate(r->arena, sizeof(*n));
    if (!n)
        return -ENOMEM;
    *n = (struct yaml_node){.kind = kind,
                            .file = r->file,
                            .line = (unsigned)e->start_mark.line + 1,
                            .column = (unsigned)e->start_mark.column + 1,
                            .end_line = (unsigned)e->end_mark.line + 1,
                            .end_column = (unsigned)e->end_mark.column + 1,
                            .weight = 1};
    *ret_node = n;
    return 0;
}

static int remember_anchor(struct reader *r, const unsigned char *name, struct yaml_node *node, bool finished)
{
    if (!name)
        return 0;
    if (r->anchor_count >= ANCHORS_MAX)
        return finding(r, &r->parser->mark, "yaml/aliases", "more than %d anchors", ANCHORS_MAX);
    if (r->anchor_count >= r->anchor_capacity) {
        struct anchor *grown =
            arena_grow(r->arena, r->anchors, r->anchor_count, &r->anchor_capacity, sizeof(*grown));
        if (!grown)
            return -ENOMEM;
        r->anchors = grown;
    }
    char *copy = arena_copy(r->arena, (const char *)name, strlen((const char *)name));
    if (!copy)
        return -ENOMEM;
    r->anchors[r->anchor_count++] = (struct anchor){copy, node, finished};
    return 0;
}

static int add_weight(struct reader *r, struct yaml_node *to, const struct yaml_node *child,
                      const yaml_mark_t *at)
{
    if (__builtin_add_overflow(to->weight, child->weight, &to->weight) || to->weight > YAML_EXPANDED_MAX)
        return finding(r, at, "yaml/aliases", "aliases expand to more than %d values", YAML_EXPANDED_MAX);
    return 0;
}

static int add_pair(struct reader *r, struct open_node *o, struct yaml_node *key, struct yaml_node *value)
{
    if (o->node->count >= o->capacity) {
        struct yaml_pair *p = arena_grow(r->arena, o->node->pairs, o->node->count, &o->capacity, sizeof(*p));
        if (!p)
            return -ENOMEM;
        o->node->pairs = p;
    }
    o->node->pairs[o->node->count++] = (struct yaml_pair){key->text, key, value};
    return 0;
}

static int add_item(struct reader *r, struct open_node *o, struct yaml_node *item)
{
    if (o->node->count >= o->capacity) {
        struct yaml_node **p = arena_grow(r->arena, o->node->items, o->node->count, &o->capacity, sizeof(*p));
        if (!p)
            return -ENOMEM;
        o->node->items = p;
    }
    o->node->items[o->node->count++] = item;
    return 0;
}

/* Puts a finished or begun value where it belongs: under the open node, or as the document. */
static int place_node(struct reader *r, struct yaml_node *n, const yaml_mark_t *at)
{
    if (r->depth == 0) {
        r->root = n;
        return 0;
    }
    struct open_node *o = &r->stack[r->depth - 1];
    if (o->node->kind == YAML_LIST)
        return add_item(r, o, n);
    if (!o->pending) {
        if (n->kind != YAML_SCALAR)
            return finding(r, at, "yaml/key", "a list or a map as a key");
        o->pending = n;
        return 0;
    }
    int result = add_pair(r, o, o->pending, n);
    o->pending = NULL;
    return result;
}

static int read_scalar(struct reader *r, const yaml_event_t *e)
{
    struct yaml_node *n;
    int result = new_node(r, e, YAML_SCALAR, &n);
    if (result < 0)
        return result;
    const char *text = (const char *)e->data.scalar.value, *tag = (const char *)e->data.scalar.tag;
    if (memchr(text, '\0', e->data.scalar.length))
        return finding(r, &e->start_mark, "yaml/nul", "a NUL character in a value");
    n->text = arena_copy(r->arena, text, e->data.scalar.length);
    n->tag = tag ? arena_copy(r->arena, tag, strlen(tag)) : NULL;
    n->plain = e->data.scalar.plain_implicit && e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (!n->text || (tag && !n->tag))
        return -ENOMEM;
    result = remember_anchor(r, e->data.scalar.anchor, n, true);
    return result < 0 ? result : place_node(r, n, &e->start_mark);
}

static int read_alias(struct reader *r, const yaml_event_t *e)
{
    const char *name = (const char *)e->data.alias.anchor;
    for (size_t i = r->anchor_count; i-- > 0;) {
        if (strcmp(r->anchors[i].name, name) != 0)
            continue;
        if (!r->anchors[i].finished)
            return finding(r, &e->start_mark, "yaml/aliases", "*%s stands inside what it names", name);
        return place_node(r, r->anchors[i].node, &e->start_mark);
    }
    return finding(r, &e->start_mark, "yaml/aliases", "*%s: there is no such anchor", name);
}

static int open_collection(struct reader *r, const yaml_event_t *e, enum yaml_kind kind)
{
    bool map = kind == YAML_MAP;
    const unsigned char *anchor = map ? e->data.mapping_start.anchor : e->data.sequence_start.anchor;
    const char *tag = (const char *)(map ? e->data.mapping_start.tag : e->data.sequence_start.tag);
    struct yaml_node *n;
    if (r->depth >= YAML_DEPTH_MAX)
        return finding(r, &e->start_mark, "yaml/depth", "nested deeper than %d levels", YAML_DEPTH_MAX);
    int result = new_node(r, e, kind, &n);
    if (result < 0)
        return result;
    n->tag = tag ? arena_copy(r->arena, tag, strlen(tag)) : NULL;
    result = remember_anchor(r, anchor, n, false);
    result = result < 0 ? result : place_node(r, n, &e->start_mark);
    if (result < 0)
        return result;
    r->stack[r->depth++] = (struct open_node){.node = n, .anchor = anchor ? r->anchor_count : 0};
    return 0;
}

static int compare_keys(const void *a, const void *b)
{
    const struct yaml_pair *const *x = a, *const *y = b;
    return strcmp((*x)->key, (*y)->key);
}

static int refuse_duplicates(const struct reader *r, const struct yaml_node *map)
{
    autofree const struct yaml_pair **sorted = calloc(map->count + 1, sizeof(struct yaml_pair *));
    if (!sorted)
        return -ENOMEM;
    for (size_t i = 0; i < map->count; i++)
        sorted[i] = &map->pairs[i];
    qsort(sorted, map->count, sizeof(struct yaml_pair *), compare_keys);
    for (size_t i = 1; i < map->count; i++) {
        if (strcmp(sorted[i - 1]->key, sorted[i]->key) != 0)
            continue;
        const struct yaml_node *a = sorted[i - 1]->key_node, *b = sorted[i]->key_node;
        const struct yaml_node *second =
            a->line > b->line || (a->line == b->line && a->column > b->column) ? a : b;
        yaml_mark_t at = {.line = second->line - 1, .column = second->column - 1};
        return finding(r, &at, "yaml/duplicate-key", "the key \"%s\" is there twice (first in line %u)",
                       second->text, second == a ? b->line : a->line);
    }
    return 0;
}

static int merge_map(struct reader *r, struct open_node *o, const struct yaml_node *from,
                     const yaml_mark_t *at)
{
    if (from->kind != YAML_MAP)
        return finding(r, at, "yaml/merge", "<< takes a map or a list of maps");
    for (size_t i = 0; i < from->count; i++) {
        struct yaml_node *key = (struct yaml_node *)from->pairs[i].key_node;
        int result = yaml_get(o->node, key->text) ? 0 : add_pair(r, o, key, from->pairs[i].value);
        if (result < 0)
            return result;
        if (o->node->count > YAML_NODES_MAX / 10)
            return finding(r, at, "yaml/merge", "merge keys make a map of more than %d keys",
                           YAML_NODES_MAX / 10);
    }
    return 0;
}

/* Takes "<<" out of the map and adds what it names and the map has not itself; the first of several wins. */
static int merge_keys(struct reader *r, struct open_node *o, const yaml_mark_t *at)
{
    for (size_t i = 0; i < o->node->count; i++) {
        if (!o->node->pairs[i].key_node->plain || strcmp(o->node->pairs[i].key, "<<") != 0)
            continue;
        struct yaml_node *from = o->node->pairs[i].value;
        memmove(&o->node->pairs[i], &o->node->pairs[i + 1],
                (o->node->count - i - 1) * sizeof(struct yaml_pair));
        o->node->count--;
        int result = 0;
        if (from->kind != YAML_LIST)
            return merge_map(r, o, from, at);
        for (size_t k = 0; k < from->count && result == 0; k++)
            result = merge_map(r, o, from->items[k], at);
        return result;
    }
    return 0;
}

static int close_collection(struct reader *r, const yaml_event_t *e)
{
    struct open_node *o = &r->stack[--r->depth];
    struct yaml_node *n = o->node;
    int result = n->kind == YAML_MAP ? refuse_duplicates(r, n) : 0;
    if (result == 0 && n->kind == YAML_MAP)
        result = merge_keys(r, o, &e->start_mark);
    n->end_line = (unsigned)e->end_mark.line + 1;
    n->end_column = (unsigned)e->end_mark.column + 1;
    for (size_t i = 0; i < n->count && result == 0; i++)
        result = add_weight(r, n, n->kind == YAML_MAP ? n->pairs[i].value : n->items[i], &e->start_mark);
    if (o->anchor > 0)
        r->anchors[o->anchor - 1].finished = true;
    return result;
}

static int end_document(struct reader *r)
{
    r->anchor_count = 0;
    if (!r->root || yaml_is_null(r->root))
        return 0;
    if (r->documents.count >= r->document_capacity) {
        struct yaml_node **p =
            arena_grow(r->arena, r->documents.items, r->documents.count, &r->document_capacity, sizeof(*p));
        if (!p)
            return -ENOMEM;
        r->documents.items = p;
    }
    r->documents.items[r->documents.count++] = r->root;
    r->root = NULL;
    return 0;
}

static int read_event(struct reader *r, const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_SCALAR_EVENT:
        return read_scalar(r, e);
    case YAML_ALIAS_EVENT:
        return read_alias(r, e);
    case YAML_SEQUENCE_START_EVENT:
        return open_collection(r, e, YAML_LIST);
    case YAML_MAPPING_START_EVENT:
        return open_collection(r, e, YAML_MAP);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return close_collection(r, e);
    case YAML_DOCUMENT_END_EVENT:
        return end_document(r);
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_START_EVENT:
        break;
    }
    return 0;
}

static int read_stream(struct reader *r)
{
    for (bool more = true; more;) {
        yaml_event_t event;
        if (!yaml_parser_parse(r->parser, &event)) {
            if (r->parser->error == YAML_MEMORY_ERROR)
                return -ENOMEM;
            const yaml_mark_t *at = &r->parser->problem_mark;
            return finding(r, at, "yaml/syntax", "%s%s%s",
                           r->parser->problem ? r->parser->problem : "this is no YAML",
                           r->parser->context ? " " : "", r->parser->context ? r->parser->context : "");
        }
        more = event.type != YAML_STREAM_END_EVENT;
        int result = read_event(r, &event);
        yaml_event_delete(&event);
        if (result < 0)
            return result;
    }
    return 0;
}

struct yaml_node *yaml_copy_node(struct arena *arena, const struct yaml_node *like)
{
    struct yaml_node *node = arena_allocate(arena, sizeof(*node));
    if (node)
        *node = *like;
    return node;
}

int yaml_parse(struct arena *arena, const struct yaml_source *source, struct report *report,
               struct yaml_documents *ret_documents)
{
    yaml_parser_t parser;
    autofree struct reader *r = calloc(1, sizeof(*r));
    if (!r || !yaml_parser_initialize(&parser))
        return -ENOMEM;
    *r = (struct reader){.arena = arena, .report = report, .parser = &parser};
    r->file = arena_copy(arena, source->file, strlen(source->file));
    yaml_parser_set_input_string(&parser, (const unsigned char *)source->data, source->size);
    int result = r->file ? read_stream(r) : -ENOMEM;
    yaml_parser_delete(&parser);
    if (result == 0 && arena_error(arena) < 0)
        result = -ENOMEM;
    if (result == 0)
        *ret_documents = r->documents;
    return result;
}
