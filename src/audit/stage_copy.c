/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/stage_copy.h"

#include <errno.h>
#include <string.h>

void stage_walk_free(struct stage_walk *w)
{
    text_free(&w->passwd);
    text_free(&w->group);
    strings_free(&w->made);
}

static const char *expand_text(struct stage_walk *w, const char *word)
{
    autofree char *text = NULL;
    struct failure failure = {0};
    if (dockerfile_scope_expand_text(w->scope, word, &text, &failure) < 0)
        return arena_string(w->arena, word);
    return arena_string(w->arena, text);
}

/* Where a COPY puts things, absolute; a slash at the end is kept. */
static const char *target_of(struct stage_walk *w, const char *destination)
{
    const char *text = expand_text(w, destination);
    autofree char *joined = source_join(w->facts->image.workdir ? w->facts->image.workdir : "/", text);
    size_t n = strlen(text);
    bool folder = n == 0 || text[n - 1] == '/' || streq(text, ".") || (n > 1 && streq(text + n - 2, "/."));
    if (!joined)
        return "";
    return folder && !streq(joined, "/") ? arena_printf(w->arena, "%s/", joined)
                                         : arena_string(w->arena, joined);
}

static int add_copy(struct stage_walk *w, struct copied copied)
{
    struct copied *grown = arena_grow(w->arena, w->copies, w->copy_count, &w->copy_capacity, sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    w->copies = grown;
    grown[w->copy_count++] = copied;
    return 0;
}

/* Whether this puts a file on /etc/passwd: then the accounts are that file's. */
static bool replaces_passwd(const char *source, const char *target)
{
    const char *slash = strrchr(source, '/'), *name = slash ? slash + 1 : source;
    if (streq(target, "/etc/passwd"))
        return true;
    bool named = streq(name, "passwd") || strpbrk(name, "*?[") != NULL;
    if (named && (streq(target, "/etc/") || streq(target, "/etc")))
        return true;
    if (streq(name, "etc") && (streq(target, "/etc") || streq(target, "/etc/")))
        return true;
    return streq(target, "/") && (streq(source, "/") || streq(source, ".") || streq(source, "./"));
}

/* The same for a source of the build context: where that is at hand, it is looked whether a passwd is in it.
 */
static bool brings_passwd(const struct stage_walk *w, const char *source, const char *target)
{
    struct failure failure = {0};
    autofree char *data = NULL, *inside = NULL;
    const char *slash = strrchr(source, '/'), *name = slash ? slash + 1 : source;
    size_t size;
    bool top = streq(target, "/"), etc = streq(target, "/etc") || streq(target, "/etc/");
    if (!w->request->context || streq(target, "/etc/passwd") || streq(name, "passwd") || strpbrk(name, "*?["))
        return replaces_passwd(source, target);
    if (!top && !etc)
        return false;
    inside = source_join(source + strspn(source, "/"), top ? "etc/passwd" : "passwd");
    return !inside || source_read_below(w->request->context, inside, &data, &size, &failure) != -ENOENT;
}

/* COPY --from=STAGE /etc/passwd /etc/passwd brings that stage's accounts. */
static int take_accounts(struct stage_walk *w, const struct image_facts *from, const char *source)
{
    struct image_facts *image = &w->facts->image;
    const char *slash = strrchr(source, '/');
    bool whole_passwd = from && (streq(slash ? slash + 1 : source, "passwd") || streq(source, "/") ||
                                 streq(source, "/etc") || streq(source, "/etc/"));
    if (!whole_passwd || !from->passwd) {
        image->accounts_tainted = true;
        return 0;
    }
    text_free(&w->passwd);
    text_append(&w->passwd, from->passwd);
    image->accounts_known = from->accounts_known && image->accounts_known;
    image->accounts_tainted = from->accounts_tainted;
    for (size_t i = 0; i < from->made_count; i++)
        if (!strings_contain(&w->made, from->made[i]) && strings_add(&w->made, from->made[i]) < 0)
            return -ENOMEM;
    return text_error(&w->passwd);
}

static const struct image_facts *stage_named(struct stage_walk *w, const char *name)
{
    ssize_t stage = dockerfile_find_stage(w->request->dockerfile, name, w->index);
    if (stage < 0)
        return NULL;
    w->all[stage].used = true;
    return &w->all[stage].image;
}

static void mark_mount_stages(struct stage_walk *w, const struct dockerfile_instruction *i)
{
    for (size_t k = 0; k < i->mounts.count; k++) {
        const char *from = strstr(i->mounts.items[k], "from=");
        if (from)
            (void)stage_named(w, expand_text(w, arena_copy(w->arena, from + 5, strcspn(from + 5, ","))));
    }
}

/* COPY --chown: to whom, judged against the stage's user at its end. */
static void note_owner(struct stage_walk *w, const struct dockerfile_instruction *i, const char *target)
{
    if (!i->copy.chown)
        return;
    w->facts->code_owned = (struct place){w->request->file, i->line, i->column, i->end_line};
    w->facts->code_path = target;
    w->facts->code_owner = expand_text(w, i->copy.chown);
}

int stage_walk_copy(struct stage_walk *w, const struct dockerfile_instruction *i)
{
    const struct image_facts *from = i->copy.from ? stage_named(w, expand_text(w, i->copy.from)) : NULL;
    const char *target = target_of(w, i->copy.destination);
    int r = 0;
    mark_mount_stages(w, i);
    note_owner(w, i, target);
    for (size_t k = 0; k < i->copy.sources.count && r == 0; k++) {
        const char *source = expand_text(w, i->copy.sources.items[k]);
        if (i->copy.from ? replaces_passwd(source, target) : brings_passwd(w, source, target))
            r = take_accounts(w, from, source);
        if (r == 0 && !i->copy.from && !strstr(source, "://"))
            r = add_copy(w, (struct copied){source, target, NULL});
    }
    for (size_t k = 0; k < i->heredoc_count && r == 0; k++)
        r = add_copy(w, (struct copied){arena_string(w->arena, i->heredocs[k].name), target,
                                        arena_string(w->arena, i->heredocs[k].content)});
    return r;
}

static int add_file(struct stage_walk *w, const char *path, const char *data)
{
    struct image_facts *image = &w->facts->image;
    struct known_file *grown = arena_allocate(w->arena, (image->file_count + 1) * sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    if (image->file_count > 0)
        memcpy(grown, image->files, image->file_count * sizeof(*grown));
    grown[image->file_count++] = (struct known_file){.path = path, .data = data};
    image->files = grown;
    return 0;
}

/* The path in the context that `path` of the image was copied from, or NULL. */
static const char *origin_of(struct stage_walk *w, const struct copied *c, const char *path)
{
    size_t n = strlen(c->target);
    const char *slash = strrchr(c->source, '/'), *base = slash ? slash + 1 : c->source;
    const char *name = strrchr(path, '/') + 1;
    if (streq(c->target, path))
        return c->source;
    bool below = strncmp(path, c->target, n) == 0 && (n == 1 || c->target[n - 1] == '/' || path[n] == '/');
    if (!below)
        return NULL;
    const char *rest = path + n + (c->target[n - 1] != '/' && path[n] == '/');
    if (streq(rest, base) && !streq(base, "."))
        return c->source;
    if (strpbrk(base, "*?[") && !strchr(rest, '/')) {
        size_t folder = (size_t)(base - c->source);
        return arena_printf(w->arena, "%.*s%s", (int)folder, c->source, name);
    }
    return arena_printf(w->arena, "%s/%s", c->source, rest);
}

#define SCRIPT_SIZE_MAX (256u << 10)

static int try_script(struct stage_walk *w, const char *path)
{
    for (size_t i = w->copy_count; i-- > 0;) {
        const struct copied *c = &w->copies[i];
        const char *origin = origin_of(w, c, path);
        if (!origin)
            continue;
        if (c->content)
            return streq(origin, c->source) ? add_file(w, path, c->content) : 0;
        autofree char *data = NULL;
        size_t size;
        struct failure failure = {0};
        const char *inside = origin + strspn(origin, "/");
        if (!w->request->context ||
            source_read_below(w->request->context, inside, &data, &size, &failure) < 0 ||
            size > SCRIPT_SIZE_MAX) {
            if (streq(c->target, path) || i == 0)
                return add_file(w, path, NULL);
            continue;
        }
        return add_file(w, path, strlen(data) == size ? arena_string(w->arena, data) : "");
    }
    return 0;
}

/* The words that may be scripts: those of ENTRYPOINT and CMD, in the shell form the line's own. */
static int try_words(struct stage_walk *w, const char *const *words, size_t count)
{
    static const char *const folders[] = {"/usr/local/bin/", "/usr/bin/", "/bin/", "/"};
    for (size_t i = 0; i < count && i < 6; i++) {
        const char *word = arena_copy(w->arena, words[i], strcspn(words[i], " "));
        if (word[0] == '-' || word[0] == '\0')
            continue;
        int r = 0;
        if (word[0] == '/') {
            r = try_script(w, word);
        } else if (strchr(word, '/') || strchr(word, '.')) {
            autofree char *joined =
                source_join(w->facts->image.workdir ? w->facts->image.workdir : "/", word);
            r = joined ? try_script(w, arena_string(w->arena, joined)) : -ENOMEM;
        }
        for (size_t k = 0; r == 0 && word[0] != '/' && !strchr(word, '/') && k < ARRAY_SIZE(folders); k++)
            r = try_script(w, arena_printf(w->arena, "%s%s", folders[k], word));
        if (r < 0)
            return r;
    }
    return 0;
}

int stage_walk_scripts(struct stage_walk *w)
{
    struct image_facts *image = &w->facts->image;
    if (w->copy_count == 0)
        return 0;
    int r = try_words(w, (const char *const *)image->entrypoint, image->entrypoint_count);
    return r < 0 ? r : try_words(w, (const char *const *)image->command, image->command_count);
}
