/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/stages.h"

#include "audit/stage_copy.h"
#include "audit/stage_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>

static struct place place_of(const struct stage_walk *w, const struct dockerfile_instruction *i)
{
    return (struct place){w->request->file, i->line, i->column, i->end_line};
}

static int add_chain(struct stage_walk *w, struct place place, const char *what)
{
    struct image_facts *image = &w->facts->image;
    struct chain_link *grown = arena_allocate(w->arena, (image->chain_count + 1) * sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    if (image->chain_count > 0)
        memcpy(grown, image->chain, image->chain_count * sizeof(*grown));
    grown[image->chain_count++] = (struct chain_link){what, place};
    image->chain = grown;
    return 0;
}

static int expand(struct stage_walk *w, const char *word, struct word_result *ret_result,
                  struct failure *failure)
{
    return dockerfile_scope_expand(w->scope, word, false, ret_result, failure);
}

static int walk_user(struct stage_walk *w, const struct dockerfile_instruction *i)
{
    autoword struct word_result word = {0};
    struct failure failure = {0};
    struct image_facts *image = &w->facts->image;
    int r = expand(w, i->text, &word, &failure);
    if (r == -ENOMEM)
        return r;
    image->user_place = place_of(w, i);
    image->known = true;
    image->doubt = NULL;
    w->facts->has_user = true;
    bool open = r == 0 && image->environment_open && word.unset.count > 0;
    if (r < 0 || open) {
        image->doubt =
            open ? arena_printf(
                       w->arena,
                       "USER %s: %s is not set here, and the base image that may set it is not at hand",
                       i->text, word.unset.items[0])
                 : arena_printf(w->arena, "USER %s: %s", i->text, failure.text);
        image->user = "";
        image->known = false;
        return add_chain(w, image->user_place, arena_printf(w->arena, "USER %s", i->text));
    }
    image->user = arena_string(w->arena, word.text);
    image->user_text = strcmp(word.text, i->text) != 0 ? arena_string(w->arena, i->text) : NULL;
    if (!word.text[0])
        image->user_text = arena_string(w->arena, i->text);
    return add_chain(w, image->user_place,
                     image->user_text ? arena_printf(w->arena, "USER %s = \"%s\"", i->text, word.text)
                                      : arena_printf(w->arena, "USER %s", i->text));
}

/* echo "app ALL=(ALL) NOPASSWD: ALL" > /etc/sudoers.d/app */
static bool allows_sudo(const struct strings *words)
{
    bool rule = false, file = false;
    for (size_t i = 0; i < words->count; i++) {
        rule = rule || strstr(words->items[i], "NOPASSWD");
        file = file || strstr(words->items[i], "/etc/sudoers");
    }
    return rule && file;
}

static int walk_run(struct stage_walk *w, const struct dockerfile_instruction *i)
{
    const struct strings *const scopes[2] = {&w->scope->environment, &w->scope->arguments};
    struct account_state state = {.arena = w->arena,
                                  .passwd = &w->passwd,
                                  .group = &w->group,
                                  .made = &w->made,
                                  .created = &w->facts->created,
                                  .tainted = w->facts->image.accounts_tainted};
    size_t created = w->facts->created.count;
    autoscript struct shell_script script = {0};
    autotext struct text text = {0};
    for (size_t k = 0; k < i->command.words.count; k++)
        text_printf(&text, "%s%s", k ? " " : "", i->command.words.items[k]);
    for (size_t k = 0; k < i->heredoc_count; k++)
        text_printf(&text, "\n%s", i->heredocs[k].content);
    if (i->heredoc_count > 0 && strncmp(text_peek(&text), "<<", 2) == 0)
        (void)memcpy(text.data, "# ", 2); /* the operator's own line: the content is the script */
    int r = text_error(&text) < 0 ? -ENOMEM : shell_script_parse(text_peek(&text), &script);
    for (size_t k = 0; r == 0 && k < script.count; k++) {
        r = account_step(&state, &script.commands[k].words, scopes);
        if (allows_sudo(&script.commands[k].words))
            w->facts->sudo = place_of(w, i);
        bool root_user = w->facts->image.user[0] == '\0' || strncmp(w->facts->image.user, "root", 4) == 0 ||
                         w->facts->image.user[0] == '0';
        if (w->facts->has_user && !root_user && !w->facts->early_step &&
            command_needs_root(&script.commands[k].words)) {
            w->facts->early_user = w->facts->image.user_place;
            w->facts->early_step =
                arena_printf(w->arena, "%s (line %u)", script.commands[k].words.items[0], i->line);
        }
    }
    w->facts->image.accounts_tainted = state.tainted;
    if (w->facts->created.count > created && w->facts->created_place.line == 0)
        w->facts->created_place = place_of(w, i);
    return r;
}

static int set_words(struct stage_walk *w, const struct dockerfile_command *c, const char ***ret_words,
                     size_t *ret_count)
{
    const char **words = arena_allocate(w->arena, (c->words.count + 1) * sizeof(*words));
    if (!words)
        return -ENOMEM;
    for (size_t i = 0; i < c->words.count; i++)
        words[i] = arena_string(w->arena, c->words.items[i]);
    *ret_words = words;
    *ret_count = c->words.count;
    return 0;
}

static int walk_values(struct stage_walk *w, const struct dockerfile_instruction *i, const char ***list,
                       size_t *count)
{
    for (size_t k = 0; k < i->values.count; k++) {
        autoword struct word_result word = {0};
        struct failure failure = {0};
        int r = expand(w, i->values.items[k], &word, &failure);
        if (r == -ENOMEM)
            return r;
        const char **grown = arena_allocate(w->arena, (*count + 1) * sizeof(*grown));
        if (!grown)
            return -ENOMEM;
        if (*count > 0)
            memcpy(grown, *list, *count * sizeof(*grown));
        grown[(*count)++] = arena_string(w->arena, r == 0 ? word.text : i->values.items[k]);
        *list = grown;
    }
    return 0;
}

static int walk_workdir(struct stage_walk *w, const struct dockerfile_instruction *i)
{
    autoword struct word_result word = {0};
    struct failure failure = {0};
    struct image_facts *image = &w->facts->image;
    int r = expand(w, i->text, &word, &failure);
    if (r < 0)
        return r == -ENOMEM ? r : 0;
    autofree char *joined = source_join(image->workdir ? image->workdir : "/", word.text);
    if (!joined)
        return -ENOMEM;
    image->workdir = arena_string(w->arena, joined);
    image->workdir_place = place_of(w, i);
    return 0;
}

static int walk_trigger(struct stage_walk *w, const struct dockerfile_instruction *i)
{
    struct image_facts *image = &w->facts->image;
    const char **grown = arena_allocate(w->arena, (image->trigger_count + 1) * sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    if (image->trigger_count > 0)
        memcpy(grown, image->triggers, image->trigger_count * sizeof(*grown));
    grown[image->trigger_count++] = arena_string(w->arena, i->text);
    image->triggers = grown;
    if (i->trigger && i->trigger->kind == DOCKERFILE_USER) {
        w->facts->root_trigger = true; /* judged later, with what it names */
        w->facts->trigger_place = place_of(w, i);
    }
    return 0;
}

static int walk_instruction(struct stage_walk *w, const struct dockerfile_instruction *i)
{
    struct failure failure = {0};
    struct image_facts *image = &w->facts->image;
    int r;
    switch (i->kind) {
    case DOCKERFILE_USER:
        return walk_user(w, i);
    case DOCKERFILE_RUN:
        return walk_run(w, i);
    case DOCKERFILE_COPY:
    case DOCKERFILE_ADD:
        return stage_walk_copy(w, i);
    case DOCKERFILE_WORKDIR:
        return walk_workdir(w, i);
    case DOCKERFILE_ONBUILD:
        return walk_trigger(w, i);
    case DOCKERFILE_VOLUME:
        return walk_values(w, i, &image->volumes, &image->volume_count);
    case DOCKERFILE_EXPOSE:
        return walk_values(w, i, &image->ports, &image->port_count);
    case DOCKERFILE_ENTRYPOINT:
        image->entrypoint_shell = i->command.shell_form;
        image->entrypoint_place = place_of(w, i);
        image->command_count = 0; /* a new ENTRYPOINT forgets the base's CMD */
        image->command_known = true;
        return set_words(w, &i->command, &image->entrypoint, &image->entrypoint_count);
    case DOCKERFILE_CMD:
        image->command_shell = i->command.shell_form;
        return set_words(w, &i->command, &image->command, &image->command_count);
    case DOCKERFILE_ARG:
    case DOCKERFILE_ENV:
        r = dockerfile_scope_apply(w->scope, i, &failure);
        return r == -ENOMEM ? r : 0;
    case DOCKERFILE_FROM:
    case DOCKERFILE_HEALTHCHECK:
    case DOCKERFILE_LABEL:
    case DOCKERFILE_MAINTAINER:
    case DOCKERFILE_SHELL:
    case DOCKERFILE_STOPSIGNAL:
        break;
    }
    return 0;
}

/* The base image's ONBUILD steps run first; this image does not pass them on. */
static int walk_triggers(struct stage_walk *w, const struct dockerfile_instruction *from)
{
    const char **triggers = w->facts->image.triggers;
    size_t count = w->facts->image.trigger_count;
    w->facts->image.trigger_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct dockerfile_instruction step = {0};
        int r = dockerfile_parse_instruction("ONBUILD", triggers[i], NULL, &step);
        if (r == -ENOMEM)
            return r;
        if (r < 0)
            continue;
        step.line = from->line;
        step.column = from->column;
        step.end_line = from->end_line;
        r = walk_instruction(w, &step);
        dockerfile_instruction_free(&step);
        if (r < 0)
            return r;
    }
    return 0;
}

/* The image that FROM names: a stage before this one, or one of the catalog. */
static int find_base(struct stage_walk *w, const struct dockerfile_instruction *from, size_t index)
{
    autoword struct word_result base = {0};
    struct failure failure = {0};
    struct image_facts *image = &w->facts->image;
    int r = dockerfile_scope_expand(w->scope, from->base, true, &base, &failure);
    if (r == -ENOMEM)
        return r;
    if (r < 0 || base.text[0] == '\0') {
        *image = (struct image_facts){.reference = arena_string(w->arena, from->base), .user = ""};
        image->doubt =
            arena_printf(w->arena, "FROM %s: %s", from->base, r < 0 ? failure.text : "it is empty");
        return add_chain(w, place_of(w, from), arena_printf(w->arena, "FROM %s", from->base));
    }
    ssize_t stage = dockerfile_find_stage(w->request->dockerfile, base.text, index);
    if (stage >= 0 && w->request->dockerfile->stages[stage].name &&
        strcasecmp(w->request->dockerfile->stages[stage].name, base.text) == 0) {
        w->all[stage].used = true;
        r = facts_copy(&w->all[stage].image, image);
    } else {
        r = catalog_find(w->request->catalog, base.text, image);
    }
    if (r < 0)
        return r;
    image->reference = arena_string(w->arena, base.text);
    return streq(base.text, "scratch")
               ? 0
               : add_chain(w, place_of(w, from), arena_printf(w->arena, "FROM %s", base.text));
}

/* Lines that RUN steps added go behind those of the base. */
static int close_accounts(struct stage_walk *w)
{
    struct image_facts *image = &w->facts->image;
    const char **made = arena_allocate(w->arena, (w->made.count + 1) * sizeof(*made));
    if (!made || text_error(&w->passwd) < 0 || text_error(&w->group) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < w->made.count; i++)
        made[i] = arena_string(w->arena, w->made.items[i]);
    image->made = made;
    image->made_count = w->made.count;
    image->passwd = arena_string(w->arena, text_peek(&w->passwd));
    image->group = arena_string(w->arena, text_peek(&w->group));
    return 0;
}

static int open_accounts(struct stage_walk *w)
{
    const struct image_facts *image = &w->facts->image;
    text_append(&w->passwd, image->passwd ? image->passwd : "");
    text_append(&w->group, image->group ? image->group : "");
    for (struct text *t = &w->passwd; t; t = t == &w->passwd ? &w->group : NULL)
        if (t->length > 0 && t->data[t->length - 1] != '\n')
            text_append_char(t, '\n');
    for (size_t i = 0; i < image->made_count; i++)
        if (strings_add(&w->made, image->made[i]) < 0)
            return -ENOMEM;
    return 0;
}

static int walk_stage(struct stage_walk *w, size_t index)
{
    const struct dockerfile_stage *stage = &w->request->dockerfile->stages[index];
    const struct dockerfile_instruction *steps = w->request->dockerfile->instructions;
    int r = find_base(w, &steps[stage->from], index);
    r = r < 0 ? r : dockerfile_scope_begin_stage(w->scope, &w->facts->image.environment);
    r = r < 0 ? r : open_accounts(w);
    w->facts->image.place = place_of(w, &steps[stage->from]);
    r = r < 0 ? r : walk_triggers(w, &steps[stage->from]);
    for (size_t i = 0; r == 0 && i < stage->count; i++)
        r = walk_instruction(w, &steps[stage->first + i]);
    r = r < 0 ? r : stage_walk_scripts(w);
    r = r < 0 ? r : close_accounts(w);
    if (r < 0)
        return r;
    strings_free(&w->facts->image.environment);
    return strings_copy(&w->facts->image.environment, &w->scope->environment);
}

static int evaluate(const struct stages_request *request, struct dockerfile_scope *scope,
                    struct stages *stages)
{
    struct failure failure = {0};
    int r = dockerfile_scope_set_platform(scope, "linux/amd64", "linux/amd64");
    if (r == 0 && request->build_args)
        r = strings_copy(&scope->build_args, request->build_args);
    if (r == 0)
        r = dockerfile_scope_read_meta(scope, request->dockerfile, &failure);
    if (r == -ENOMEM)
        return r;
    for (size_t i = 0; i < stages->count; i++) {
        struct stage_walk w = {.request = request,
                               .arena = request->arena,
                               .scope = scope,
                               .facts = &stages->items[i],
                               .all = stages->items,
                               .index = i};
        r = walk_stage(&w, i);
        stage_walk_free(&w);
        if (r < 0)
            return r;
    }
    return 0;
}

int stages_evaluate(const struct stages_request *request, struct stages *ret_stages)
{
    autoscope struct dockerfile_scope scope = {.escape = request->dockerfile->escape};
    struct stages stages = {.count = request->dockerfile->stage_count};
    stages.items = arena_allocate(request->arena, (stages.count + 1) * sizeof(*stages.items));
    if (!stages.items)
        return -ENOMEM;
    int r = evaluate(request, &scope, &stages);
    if (r < 0) {
        stages_free(&stages);
        return r;
    }
    *ret_stages = stages;
    return 0;
}

void stages_free(struct stages *stages)
{
    for (size_t i = 0; i < stages->count; i++) {
        image_facts_free(&stages->items[i].image);
        strings_free(&stages->items[i].created);
    }
    *stages = (struct stages){0};
}
