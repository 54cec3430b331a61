/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strings.h"
#include "base/text.h"
#include "build/copy_selection.h"
#include "build/tree_path.h"
#include "formats/glob.h"
#include "formats/path_text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* A source while it is looked up. */
struct search {
    struct copy_walk *w;
    const char *written; /* as it stands in the Dockerfile */
    struct strings elements;
    bool parents; /* matches are added with the folders above them */
    bool is_pattern;
};

static const char *what(const struct search *s)
{
    return s->w->copy->source.what;
}

static int not_found(const struct search *s, const char *path, bool left_out)
{
    const char *reason = left_out                          ? " (.dockerignore or --exclude leaves it out)"
                         : string_after(s->written, "../") ? " (nothing outside of it can be copied)"
                         : s->w->root_fd < 0               ? " (the Dockerfile came without a folder)"
                                                           : "";
    return refuse(s->w->failure, -ENOENT, "\"/%s\": not found in %s%s", path, what(s), reason);
}

static int split_elements(const char *clean, struct strings *ret_elements)
{
    for (const char *p = clean; *p != '\0';) {
        p += strspn(p, "/");
        size_t size = strcspn(p, "/");
        if (size > 0 && strings_add_taken(ret_elements, strndup(p, size)) < 0)
            return -ENOMEM;
        p += size;
    }
    return 0;
}

static int begin_item(struct search *s, const char *name, size_t strip, bool is_folder)
{
    struct copy_selection *to = s->w->selection;
    struct copy_item *items =
        arena_grow(&to->arena, to->items, to->item_count, &to->item_capacity, sizeof(*items));
    if (!items)
        return fail(s->w->failure, -ENOMEM, "%s", what(s));
    to->items = items;
    s->w->strip = strip;
    items[to->item_count++] = (struct copy_item){.name = arena_string(&to->arena, name),
                                                 .strip = strip,
                                                 .is_folder = is_folder,
                                                 .first = to->entry_count};
    return 0;
}

static void end_item(struct search *s)
{
    struct copy_selection *to = s->w->selection;
    struct copy_item *item = &to->items[to->item_count - 1];
    item->count = to->entry_count - item->first;
}

/* One thing that a source names; a link is followed within the source's tree. */
static int add_found(struct search *s, const char *path)
{
    struct tree_place place;
    const char *slash = strrchr(path, '/');
    int r = tree_path_find(s->w->root_fd, path, true, &place);
    if (r < 0)
        return fail(s->w->failure, r, "%s: /%s", what(s), path);
    if (!place.exists)
        return not_found(s, path, false);
    bool is_folder = S_ISDIR(place.st.st_mode);
    size_t length = strlen(place.path);
    r = begin_item(s, slash ? slash + 1 : path, is_folder && length > 0 ? length + 1 : length, is_folder);
    if (r < 0)
        return r;
    bool left_out = length > 0 && copy_walk_leaves_out(s->w, place.path);
    if (is_folder)
        r = left_out && copy_walk_skips_folder(s->w, place.path) ? 0 : copy_walk_below(s->w, place.path);
    else if (!left_out)
        r = copy_walk_add(s->w, place.path, &place.st, NULL);
    end_item(s);
    if (r < 0)
        return r;
    struct copy_selection *to = s->w->selection;
    if (!left_out || to->items[to->item_count - 1].count > 0)
        return 0;
    to->item_count--;
    return s->is_pattern ? 0 : not_found(s, path, true);
}

/* A match of --parents with the folders above it. */
static int add_with_parents(struct search *s, const char *path)
{
    struct copy_selection *to = s->w->selection;
    char above[PATH_MAX];
    struct tree_place place;
    if (copy_walk_leaves_out(s->w, path))
        return 0;
    for (const char *p = path + s->w->strip; (p = strchr(p, '/')); p++) {
        (void)snprintf(above, sizeof(above), "%.*s", (int)(p - path), path); /* fits */
        int r = tree_path_find(s->w->root_fd, above, false, &place);
        if (r == 0 && place.exists)
            r = copy_walk_add(s->w, above, &place.st, NULL);
        if (r < 0)
            return fail(s->w->failure, r, "%s: /%s", what(s), above);
        if (r > 0)
            to->entries[to->entry_count - 1].above = true;
    }
    int r = tree_path_find(s->w->root_fd, path, false, &place);
    char target[PATH_MAX] = "";
    if (r == 0 && S_ISLNK(place.st.st_mode)) {
        autoclose int fd = tree_path_open(s->w->root_fd, path, O_PATH);
        ssize_t n = fd < 0 ? fd : readlinkat(fd, "", target, sizeof(target) - 1);
        r = n < 0 ? (fd < 0 ? fd : -errno) : 0;
    }
    if (r < 0)
        return fail(s->w->failure, r, "%s: /%s", what(s), path);
    r = copy_walk_add(s->w, path, &place.st, target[0] ? target : NULL);
    return r > 0 && S_ISDIR(place.st.st_mode) ? copy_walk_below(s->w, path) : r < 0 ? r : 0;
}

static int match_from(struct search *s, const char *folder, size_t element);

/* 1: a folder and no link to one. */
static int is_folder(struct search *s, const char *path)
{
    struct stat st;
    autoclose int fd = tree_path_open(s->w->root_fd, path, O_PATH);
    if (fd == -ENOENT)
        return 0; /* gone meanwhile */
    if (fd < 0 || fstat(fd, &st) < 0)
        return fail(s->w->failure, fd < 0 ? fd : -errno, "%s: /%.200s", what(s), path);
    return S_ISDIR(st.st_mode);
}

static int match_name(struct search *s, const char *path, size_t element)
{
    if (element == s->elements.count)
        return s->parents ? add_with_parents(s, path) : add_found(s, path);
    int r = is_folder(s, path);
    return r > 0 ? match_from(s, path, element) : r;
}

/* What matches the elements from this one on, below a folder. Links on the way are not followed. */
static int match_from(struct search *s, const char *folder, size_t element)
{
    autostrings struct strings names = {0};
    const char *pattern = s->elements.items[element];
    bool deep = s->parents && streq(pattern, "**"); /* any number of folders */
    bool last = element + 1 == s->elements.count;
    int r = copy_walk_list(s->w, folder, &names);
    if (r == 0 && deep && !last)
        r = match_from(s, folder, element + 1);
    for (size_t i = 0; i < names.count && r == 0; i++) {
        autofree char *path = NULL;
        if (!deep && !glob_match(pattern, names.items[i]))
            continue;
        if (asprintf(&path, "%s%s%s", folder, folder[0] ? "/" : "", names.items[i]) < 0)
            return fail(s->w->failure, -ENOMEM, "%s", what(s));
        r = match_name(s, path, deep && !last ? element : element + 1);
    }
    return r;
}

static int find_base(struct search *s, const char *path, struct tree_place *ret_place)
{
    int r = tree_path_find(s->w->root_fd, path, true, ret_place);
    if (r == -ENOTDIR)
        return 0; /* as if it did not exist */
    return r < 0 ? fail(s->w->failure, r, "%s: /%s", what(s), path) : 0;
}

/* Elements before the first pattern are a path in which links are followed. */
static int search_pattern(struct search *s)
{
    autotext struct text base = {0};
    struct tree_place place = {.exists = false};
    size_t first = 0;
    while (!glob_is_pattern(s->elements.items[first]))
        text_printf(&base, "/%s", s->elements.items[first++]);
    if (text_error(&base) < 0)
        return fail(s->w->failure, -ENOMEM, "%s", what(s));
    int r = find_base(s, text_peek(&base), &place);
    if (r < 0 || !place.exists || !S_ISDIR(place.st.st_mode))
        return r;
    return match_from(s, place.path, first);
}

static int compare_entries(const void *a, const void *b)
{
    const struct copy_entry *x = a, *y = b;
    int order = strcmp(x->source, y->source);
    return order ? order : (int)x->above - (int)y->above;
}

/* Two matches may have folders above them, or more, in common. */
static void merge_entries(struct copy_selection *to, size_t first)
{
    size_t kept = first;
    if (to->entry_count - first > 1)
        qsort(to->entries + first, to->entry_count - first, sizeof(to->entries[0]), compare_entries);
    for (size_t i = first; i < to->entry_count; i++)
        if (kept == first || !streq(to->entries[kept - 1].source, to->entries[i].source))
            to->entries[kept++] = to->entries[i];
    to->entry_count = kept;
}

/* BASE/./REST: what REST matches goes to the destination with the folders of REST above it. */
static int search_parents(struct search *s)
{
    const char *pivot = strstr(s->written, "/./");
    autofree char *base = pivot ? strndup(s->written, (size_t)(pivot - s->written)) : strdup("/");
    autofree char *rest = NULL, *rooted = NULL;
    struct tree_place place = {.exists = false};
    if (!base || asprintf(&rooted, "/%s", pivot ? pivot + 3 : s->written) < 0)
        return fail(s->w->failure, -ENOMEM, "%s", what(s));
    int r = path_text_clean(rooted, &rest);
    if (r == 0)
        r = split_elements(rest, &s->elements);
    if (r < 0)
        return fail(s->w->failure, r, "%s: %s", what(s), s->written);
    r = find_base(s, base, &place);
    if (r < 0)
        return r;
    if (!place.exists || !S_ISDIR(place.st.st_mode))
        return not_found(s, base + strspn(base, "/"), false);
    size_t length = strlen(place.path), first = s->w->selection->entry_count;
    r = begin_item(s, "", length > 0 ? length + 1 : 0, true);
    if (r == 0)
        r = s->elements.count > 0 ? match_from(s, place.path, 0) : copy_walk_below(s->w, place.path);
    if (r < 0)
        return r;
    merge_entries(s->w->selection, first);
    end_item(s);
    if (s->w->selection->entry_count == first && !s->is_pattern)
        return not_found(s, rest + 1, false);
    return 0;
}

static int search_source(struct search *s)
{
    autofree char *rooted = NULL, *clean = NULL;
    if (s->w->root_fd < 0)
        return not_found(s, s->written, false);
    if (glob_check(s->written) < 0)
        return refuse(s->w->failure, -EINVAL, "%s: syntax error in the pattern", s->written);
    s->is_pattern = glob_is_pattern(s->written);
    s->parents = s->w->copy->instruction->copy.parents;
    if (s->parents)
        return search_parents(s);
    if (asprintf(&rooted, "/%s", s->written) < 0)
        return fail(s->w->failure, -ENOMEM, "%s", what(s));
    int r = path_text_clean(rooted, &clean);
    if (r < 0)
        return fail(s->w->failure, r, "%s: %s", what(s), s->written);
    if (!s->is_pattern)
        return add_found(s, clean + 1);
    r = split_elements(clean, &s->elements);
    return r < 0 ? fail(s->w->failure, r, "%s", what(s)) : search_pattern(s);
}

static int read_excludes(struct copy_walk *w)
{
    autotext struct text lines = {0};
    autoreport struct report report = {0};
    const struct strings *excludes = &w->copy->excludes;
    for (size_t i = 0; i < excludes->count; i++)
        text_printf(&lines, "%s\n", excludes->items[i]);
    if (text_error(&lines) < 0)
        return fail(w->failure, -ENOMEM, "--exclude");
    int r = dockerignore_parse("--exclude", text_peek(&lines), lines.length, &report, &w->excludes);
    if (r < 0 && report.count > 0)
        return refuse(w->failure, r, "--exclude: %s", report.items[0].text);
    return r < 0 ? fail(w->failure, r, "--exclude") : 0;
}

int copy_select(const struct build_copy *copy, struct copy_selection *ret_selection, struct failure *failure)
{
    struct copy_selection selection = {0};
    const struct build_context *context =
        copy->source.kind == BUILD_SOURCE_CONTEXT ? copy->source.context : NULL;
    struct copy_walk w = {.copy = copy,
                          .selection = &selection,
                          .ignore = context ? &context->ignore : NULL,
                          .root_fd = context ? context->folder_fd : copy->source.tree_fd,
                          .failure = failure};
    int r = read_excludes(&w);
    for (size_t i = 0; i < copy->sources.count && r == 0; i++) {
        struct search s = {.w = &w, .written = copy->sources.items[i]};
        r = search_source(&s);
        strings_free(&s.elements);
    }
    dockerignore_free(&w.excludes);
    if (r < 0) {
        copy_selection_free(&selection);
        return r;
    }
    *ret_selection = selection;
    return 0;
}

void copy_selection_free(struct copy_selection *selection)
{
    arena_free(&selection->arena);
    *selection = (struct copy_selection){0};
}
