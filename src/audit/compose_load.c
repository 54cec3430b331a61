/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/compose_load.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define EXTENDS_DEPTH_MAX 32
#define INCLUDE_DEPTH_MAX 8

struct loader {
    struct audit *a;
    struct compose_project *p;
    unsigned depth;
};

/* A YAML (or JSON) file as a tree; NULL with complaints when it cannot be read. */
static int read_tree(struct loader *l, const struct input *in, struct yaml_node **ret_root)
{
    autoreport struct report report = {0};
    struct yaml_documents documents = {0};
    struct yaml_source source = {in->name, in->data, in->size};
    int r = yaml_parse(&l->p->arena, &source, &report, &documents);
    *ret_root = NULL;
    if (r == -ENOMEM)
        return r;
    result_take_report(l->a->result, &report);
    if (r == 0 && documents.count > 0)
        *ret_root = documents.items[0];
    if (r == 0 && documents.count > 0 && (*ret_root)->kind != YAML_MAP) {
        result_complain(l->a->result, in->name, "a compose file is a map");
        *ret_root = NULL;
    }
    return 0;
}

static int read_file(struct loader *l, const char *path, const char *from, struct yaml_node **ret_root)
{
    struct failure failure = {0};
    autofree char *data = NULL;
    size_t size;
    int r = source_read(path, &data, &size, &failure);
    *ret_root = NULL;
    if (r < 0) {
        result_complain(l->a->result, from, "%s", failure.text);
        return r == -ENOMEM ? r : 0;
    }
    struct input in = {path, path, data, size};
    r = input_note_acceptances(l->a, path, data);
    return r < 0 ? r : read_tree(l, &in, ret_root);
}

static int add_env_file(struct loader *l, const char *path, bool wanted)
{
    struct failure failure = {0};
    autoreport struct report report = {0};
    autofree char *data = NULL;
    autostrings struct strings variables = {0};
    size_t size;
    int r = source_read(path, &data, &size, &failure);
    if (r == -ENOENT && !wanted)
        return 0;
    if (r < 0) {
        result_complain(l->a->result, path, "%s", failure.text);
        return r == -ENOMEM ? r : 0;
    }
    struct compose_env_source source = {path, data, size};
    r = compose_env_parse(&source, &l->p->environment, &report, &variables);
    if (r == -EINVAL)
        result_take_report(l->a->result, &report);
    for (size_t i = 0; r == 0 && i < variables.count; i++) {
        autofree char *name = strndup(variables.items[i], strcspn(variables.items[i], "="));
        if (!name)
            return -ENOMEM;
        if (!strings_get_variable(&l->p->environment, name)) /* the shell's own wins */
            r = strings_add(&l->p->environment, variables.items[i]);
    }
    return r == -EINVAL ? 0 : r;
}

static int load_environment(struct loader *l, const struct input *in)
{
    const struct audit_request *q = l->a->request;
    int r = strings_copy(&l->p->environment, &q->environment);
    for (size_t i = 0; r == 0 && i < q->env_files.count; i++)
        r = add_env_file(l, q->env_files.items[i], true);
    if (r < 0 || q->env_files.count > 0 || !in->path)
        return r;
    autofree char *beside = source_beside(in->path, ".env");
    return beside ? add_env_file(l, beside, false) : -ENOMEM;
}

static struct yaml_node *merge(struct loader *l, struct yaml_node *base, struct yaml_node *over)
{
    if (!base && !over)
        return NULL;
    return compose_merge(&l->p->arena, base, over);
}

static const char *name_override(struct arena *arena, const char *path)
{
    const char *dot = strrchr(path, '.'), *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    bool standard = dot && (strncmp(base, "compose.y", 9) == 0 || strncmp(base, "docker-compose.y", 16) == 0);
    return standard ? arena_printf(arena, "%.*s.override%s", (int)(dot - path), path, dot) : NULL;
}

/* compose.yaml takes compose.override.yaml with it. */
static int load_override(struct loader *l, const struct input *in, struct yaml_node **root)
{
    struct stat st;
    const char *path = in->path ? name_override(&l->p->arena, in->path) : NULL;
    struct yaml_node *over = NULL;
    if (!path || stat(path, &st) < 0 || !S_ISREG(st.st_mode))
        return 0;
    int r = strings_add(&l->a->done, path);
    r = r < 0 ? r : read_file(l, path, path, &over);
    if (r == 0 && over)
        *root = merge(l, *root, over);
    return r;
}

/* The other compose files of the command line, when this is the first of them. */
static int load_parts(struct loader *l, struct yaml_node **root)
{
    for (size_t i = 0; i < l->a->parts.count; i++) {
        const char *path = arena_string(&l->p->arena, l->a->parts.items[i]);
        struct yaml_node *over = NULL;
        int r = read_file(l, path, path, &over);
        if (r == 0 && over)
            *root = merge(l, *root, over);
        if (r < 0 || !*root)
            return r < 0 ? r : -ENOMEM;
    }
    return 0;
}

/* compose.prod.yaml beside compose.yaml: services that say neither image nor build are parts of the other
 * file's, and are judged with it; only what is in this file is a subject. */
static bool is_fragment(const struct yaml_node *root)
{
    const struct yaml_node *services = yaml_get(root, "services");
    for (size_t i = 0; services && services->kind == YAML_MAP && i < services->count; i++) {
        const struct yaml_node *s = services->pairs[i].value;
        if (!yaml_get(s, "image") && !yaml_get(s, "build") && !yaml_get(s, "extends"))
            return true;
    }
    return false;
}

static int load_base(struct loader *l, const struct input *in, struct yaml_node **root)
{
    static const char *const names[] = {"compose.yaml", "compose.yml", "docker-compose.yaml",
                                        "docker-compose.yml"};
    struct stat st;
    if (!in->path || name_override(&l->p->arena, in->path) || !is_fragment(*root))
        return 0;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        autofree char *path = source_beside(in->path, names[i]);
        struct yaml_node *base = NULL;
        if (!path)
            return -ENOMEM;
        if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
            continue;
        int r = read_file(l, arena_string(&l->p->arena, path), in->name, &base);
        if (r < 0 || !base)
            return r;
        l->p->only = yaml_get(*root, "services");
        *root = merge(l, base, *root);
        return *root ? 0 : -ENOMEM;
    }
    return 0;
}

static int load_include(struct loader *l, const char *file, struct yaml_node **root);

static int include_entry(struct loader *l, const char *file, const struct yaml_node *entry,
                         struct yaml_node **root)
{
    struct yaml_node *paths = entry->kind == YAML_MAP ? yaml_get(entry, "path") : NULL;
    size_t count = paths && paths->kind == YAML_LIST ? paths->count : 1;
    for (size_t i = 0; i < count; i++) {
        const struct yaml_node *one = !paths ? entry : paths->kind == YAML_LIST ? paths->items[i] : paths;
        autofree char *text = NULL;
        struct failure failure = {0};
        struct yaml_node *tree = NULL;
        if (!yaml_text(one) || compose_expand(yaml_text(one), &l->p->environment, NULL, &text, &failure) < 0)
            continue;
        autofree char *path = source_beside(file, text);
        if (!path)
            return -ENOMEM;
        const char *kept = arena_string(&l->p->arena, path);
        int r = strings_add(&l->a->done, kept);
        r = r < 0 ? r : read_file(l, kept, file, &tree);
        if (r == 0 && tree)
            r = load_include(l, kept, &tree);
        if (r < 0)
            return r;
        if (tree)
            *root = merge(l, tree, *root);
    }
    return 0;
}

static int load_include(struct loader *l, const char *file, struct yaml_node **root)
{
    const struct yaml_node *list = yaml_get(*root, "include");
    if (!list || list->kind != YAML_LIST)
        return 0;
    if (l->depth >= INCLUDE_DEPTH_MAX) {
        result_complain(l->a->result, file, "include nested deeper than %d", INCLUDE_DEPTH_MAX);
        return 0;
    }
    l->depth++;
    int r = 0;
    for (size_t i = 0; r == 0 && i < list->count && i < 100; i++)
        r = include_entry(l, file, list->items[i], root);
    l->depth--;
    return r;
}

struct extension {
    struct loader *l;
    struct yaml_node *services; /* of the file that is extended from */
    const char *file;
    unsigned depth;
};

static struct yaml_node *extended(struct extension *x, struct yaml_node *service, int *error);

/* The service that `extends` names, with what it extends itself. */
static struct yaml_node *extension_base(struct extension *x, const struct yaml_node *extends, int *error)
{
    const char *name = extends->kind == YAML_MAP ? yaml_get_text(extends, "service") : yaml_text(extends);
    const char *file = extends->kind == YAML_MAP ? yaml_get_text(extends, "file") : NULL;
    struct extension next = {x->l, x->services, x->file, x->depth + 1};
    if (file) {
        struct yaml_node *tree = NULL;
        autofree char *path = source_beside(x->file, file);
        if (!path) {
            *error = -ENOMEM;
            return NULL;
        }
        next.file = arena_string(&x->l->p->arena, path);
        *error = read_file(x->l, next.file, extends->file, &tree);
        next.services = yaml_get(tree, "services");
        if (*error < 0 || !tree)
            return NULL;
        *error = strings_add(&x->l->a->done, next.file);
    }
    struct yaml_node *base = name ? yaml_get(next.services, name) : NULL;
    if (!base || base->kind != YAML_MAP) {
        char place[512];
        (void)snprintf(place, sizeof(place), "%s:%u:%u", extends->file, extends->line, extends->column);
        result_complain(x->l->a->result, place, "extends: there is no service \"%s\"", name ? name : "");
        return NULL;
    }
    return *error < 0 ? NULL : extended(&next, base, error);
}

static struct yaml_node *extended(struct extension *x, struct yaml_node *service, int *error)
{
    const struct yaml_node *extends = yaml_get(service, "extends");
    if (!extends || *error < 0)
        return service;
    if (x->depth >= EXTENDS_DEPTH_MAX) {
        result_complain(x->l->a->result, extends->file, "extends goes round in a circle (line %u)",
                        extends->line);
        return service;
    }
    struct yaml_node *base = extension_base(x, extends, error);
    struct yaml_node *merged = base ? merge(x->l, base, service) : service;
    if (!merged)
        *error = -ENOMEM;
    return merged;
}

static int extend_services(struct loader *l, const char *file, struct yaml_node *root)
{
    struct yaml_node *services = yaml_get(root, "services");
    struct extension x = {l, services, file, 0};
    int error = 0;
    if (!services || services->kind != YAML_MAP)
        return 0;
    struct yaml_pair *pairs = arena_allocate(&l->p->arena, (services->count + 1) * sizeof(*pairs));
    if (!pairs)
        return -ENOMEM;
    for (size_t i = 0; i < services->count; i++) {
        pairs[i] = services->pairs[i];
        pairs[i].value = extended(&x, services->pairs[i].value, &error);
        if (error < 0)
            return error;
    }
    services->pairs = pairs;
    return 0;
}

int compose_load(struct audit *a, const struct input *in, struct compose_project *ret_project)
{
    struct loader l = {.a = a, .p = ret_project};
    autoreport struct report report = {0};
    struct yaml_node *root = NULL;
    int r = load_environment(&l, in);
    r = r < 0 ? r : read_tree(&l, in, &root);
    if (r < 0 || !root)
        return r;
    if (streq(in->path, a->project))
        r = load_parts(&l, &root);
    else
        r = load_override(&l, in, &root);
    r = r < 0 || streq(in->path, a->project) ? r : load_base(&l, in, &root);
    r = r < 0 ? r : load_include(&l, in->path ? in->path : ".", &root);
    r = r < 0 ? r : extend_services(&l, in->path ? in->path : ".", root);
    if (r < 0)
        return r;
    struct yaml_node *services = yaml_get(root, "services");
    if (!services) {
        result_complain(a->result, in->name, "there are no services in it");
        return 0;
    }
    ret_project->root =
        compose_interpolate(&ret_project->arena, services, &ret_project->environment, &report);
    result_take_report(a->result, &report);
    return ret_project->root ? 0 : -ENOMEM;
}

void compose_project_free(struct compose_project *p)
{
    strings_free(&p->environment);
    arena_free(&p->arena);
}
