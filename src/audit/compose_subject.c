/* SPDX-License-Identifier: Apache-2.0 */
/* Compose services as subjects: image or build, the service's own settings, what hooks run as. */
#include "audit/compose_subject.h"

#include "audit/compose_load.h"
#include "audit/dockerfile_subject.h"
#include "audit/tree_checks.h"

#include <errno.h>
#include <string.h>

static struct place place_of(struct arena *arena, const struct yaml_node *n)
{
    return n ? (struct place){arena_string(arena, n->file), n->line, n->column, n->end_line}
             : (struct place){0};
}

/* ARG values of build.args: a map or NAME=VALUE lines. */
static int read_arguments(const struct yaml_node *args, struct strings *list)
{
    int r = 0;
    for (size_t i = 0; args && i < args->count && r == 0; i++) {
        if (args->kind == YAML_MAP && yaml_text(args->pairs[i].value))
            r = strings_addf(list, "%s=%s", args->pairs[i].key, yaml_text(args->pairs[i].value));
        else if (args->kind == YAML_LIST && yaml_text(args->items[i]))
            r = strings_add(list, yaml_text(args->items[i]));
    }
    return r;
}

struct build {
    const char *context, *file, *target, *inline_text;
    struct strings arguments;
};

static int read_build(struct audit *a, const struct yaml_node *build, const char *compose_path,
                      struct build *b)
{
    struct arena *arena = &a->result->arena;
    const char *context = build->kind == YAML_MAP ? yaml_get_text(build, "context") : yaml_text(build);
    const char *file = build->kind == YAML_MAP ? yaml_get_text(build, "dockerfile") : NULL;
    autofree char *folder = source_beside(compose_path, context ? context : ".");
    autofree char *path = folder ? source_join(folder, file ? file : "Dockerfile") : NULL;
    if (!path)
        return -ENOMEM;
    b->context = arena_string(arena, folder);
    b->file = arena_string(arena, path);
    b->target = build->kind == YAML_MAP ? arena_string(arena, yaml_get_text(build, "target")) : NULL;
    b->inline_text = build->kind == YAML_MAP ? yaml_get_text(build, "dockerfile_inline") : NULL;
    return build->kind == YAML_MAP ? read_arguments(yaml_get(build, "args"), &b->arguments) : 0;
}

/* The image that a Dockerfile makes; `known` stays false when it cannot be read. */
static int evaluate_build(struct audit *a, const struct build *b, const char *data, struct image_facts *image)
{
    autoreport struct report report = {0};
    autodockerfile struct dockerfile d = {0};
    struct stages stages = {0};
    size_t picked;
    int r = dockerfile_parse(b->file, data, strlen(data), &report, &d);
    if (r == -EINVAL)
        result_take_report(a->result, &report);
    if (r < 0)
        return r == -EINVAL ? 0 : r;
    if (dockerfile_pick_stage(&d, b->target, &picked) < 0) {
        result_complain(a->result, b->file, "there is no stage \"%s\"", b->target);
        return 0;
    }
    struct stages_request request = {.arena = &a->result->arena,
                                     .catalog = &a->catalog,
                                     .dockerfile = &d,
                                     .file = b->file,
                                     .build_args = &b->arguments,
                                     .context = b->context};
    r = stages_evaluate(&request, &stages);
    if (r < 0)
        return r;
    image_facts_free(image);
    r = facts_copy(&stages.items[picked].image, image);
    image->reference = b->file;
    stages_free(&stages);
    return r;
}

static int facts_of_build(struct audit *a, const struct yaml_node *build, const char *compose_path,
                          struct image_facts *image)
{
    struct build b = {0};
    struct failure failure = {0};
    autofree char *data = NULL;
    size_t size;
    if (!compose_path)
        return 0;
    int r = read_build(a, build, compose_path, &b);
    if (r == 0 && b.inline_text)
        r = evaluate_build(a, &b, b.inline_text, image);
    else if (r == 0 && source_read(b.file, &data, &size, &failure) == 0)
        r = input_note_acceptances(a, b.file, data) < 0 ? -ENOMEM : evaluate_build(a, &b, data, image);
    if (r == 0 && !image->known && !image->doubt)
        image->doubt = arena_printf(&a->result->arena, "its Dockerfile cannot be read: %s",
                                    failure.text[0] ? failure.text : b.file);
    strings_free(&b.arguments);
    return r;
}

static int facts_of_service(struct audit *a, const struct yaml_node *service, const char *compose_path,
                            struct image_facts *image)
{
    const struct yaml_node *build = yaml_get(service, "build");
    const char *name = yaml_get_text(service, "image");
    *image = (struct image_facts){.user = "", .reference = arena_string(&a->result->arena, name)};
    if (build && !yaml_is_null(build))
        return facts_of_build(a, build, compose_path, image);
    if (name) {
        int r = catalog_find(&a->catalog, arena_string(&a->result->arena, name), image);
        const struct yaml_node *n = yaml_get(service, "image");
        if (r == 0 && !image->known && n->tag && streq(n->tag, COMPOSE_UNSET))
            image->doubt = arena_printf(&a->result->arena,
                                        "the image's name \"%.200s\" has a variable in it that is not set "
                                        "(in the environment, .env or --env-file)",
                                        name);
        return r;
    }
    image->doubt = "the service has neither image nor build";
    return 0;
}

/* A command as a list, or a line that is split as a shell would. */
static int read_words(struct arena *arena, const struct yaml_node *n, const char *const **ret_words,
                      size_t *ret_count)
{
    autostrings struct strings words = {0};
    int r = 0;
    for (size_t i = 0; n->kind == YAML_LIST && i < n->count && r == 0; i++)
        r = strings_add(&words, yaml_text(n->items[i]) ? yaml_text(n->items[i]) : "");
    if (n->kind == YAML_SCALAR && yaml_text(n)) {
        autoword struct word_result split = {0};
        struct failure failure = {0};
        struct word_request request = {.word = yaml_text(n), .keep_unset = true};
        r = shell_word_expand(&request, &split, &failure);
        r = r == 0 ? strings_copy(&words, &split.words) : r == -ENOMEM ? r : 0;
    }
    const char **list = arena_allocate(arena, (words.count + 1) * sizeof(*list));
    if (r < 0 || !list)
        return -ENOMEM;
    for (size_t i = 0; i < words.count; i++)
        list[i] = arena_string(arena, words.items[i]);
    *ret_words = list;
    *ret_count = words.count;
    return 0;
}

static int read_command(struct arena *arena, const struct yaml_node *service, struct command_words *words)
{
    const struct yaml_node *entrypoint = yaml_get(service, "entrypoint"),
                           *command = yaml_get(service, "command");
    int r = 0;
    words->entrypoint_given = entrypoint && !yaml_is_null(entrypoint);
    words->command_given = command && !yaml_is_null(command);
    if (words->entrypoint_given)
        r = read_words(arena, entrypoint, &words->entrypoint, &words->entrypoint_count);
    if (r == 0 && words->command_given)
        r = read_words(arena, command, &words->command, &words->command_count);
    return r;
}

/* post_start and pre_stop hooks run as their own user. */
static void judge_hooks(struct audit *a, struct subject *s, const struct yaml_node *service,
                        const struct image_facts *image)
{
    static const char *const names[] = {"post_start", "pre_stop"};
    for (size_t n = 0; n < ARRAY_SIZE(names); n++) {
        const struct yaml_node *hooks = yaml_get(service, names[n]);
        for (size_t i = 0; hooks && hooks->kind == YAML_LIST && i < hooks->count; i++) {
            const struct yaml_node *user = yaml_get(hooks->items[i], "user");
            struct resolved_user to = {0};
            if (yaml_text(user))
                user_resolve(&a->result->arena, image, yaml_text(user), &to);
            bool root = yaml_text(user) && to.resolution == RESOLUTION_KNOWN && to.uid == 0;
            if (root && (s->verdict == VERDICT_NONROOT || s->verdict == VERDICT_ENFORCED))
                (void)subject_find(a->result, s, NR106, place_of(&a->result->arena, user),
                                   arena_printf(&a->result->arena, "the %s hook runs as root", names[n]));
            if (yaml_bool(yaml_get(hooks->items[i], "privileged"), false))
                (void)subject_find(a->result, s, NR201, place_of(&a->result->arena, hooks->items[i]),
                                   arena_printf(&a->result->arena, "the %s hook is privileged", names[n]));
        }
    }
}

/* user: 22:22 without quotes is one number to programs that read YAML 1.1. */
static void check_sexagesimal(struct audit *a, struct subject *s, const struct yaml_node *user)
{
    if (!yaml_is_sexagesimal(user))
        return;
    struct audit_finding f = {.rule = NR103,
                              .level = LEVEL_WARNING,
                              .object = user->text,
                              .message =
                                  "without quotes YAML 1.1 programs read this as one number to base 60",
                              .fix = arena_printf(&a->result->arena, "user: \"%s\"", user->text),
                              .place = place_of(&a->result->arena, user)};
    (void)subject_add_finding(a->result, s, &f);
}

/* A user of unset variables is root to docker, whatever was meant. */
static void check_unset(struct audit *a, struct subject *s, const struct yaml_node *user)
{
    if (!user || !user->tag || !streq(user->tag, COMPOSE_UNSET) || s->verdict == VERDICT_ROOT)
        return;
    (void)subject_find(a->result, s, NR103, place_of(&a->result->arena, user),
                       arena_printf(&a->result->arena,
                                    "user has a variable that is not set here: it comes out as \"%.200s\"",
                                    user->text));
}

static const char *original_text(struct audit *a, const struct yaml_node *user)
{
    if (user && user->tag && streq(user->tag, COMPOSE_UNSET))
        return arena_printf(&a->result->arena, "a variable that is not set, so %s",
                            user->text[0] ? user->text : "\"\"");
    return NULL;
}

static int judge_service(struct audit *a, const struct input *in, const struct yaml_pair *pair)
{
    struct arena *arena = &a->result->arena;
    const struct yaml_node *service = pair->value, *user = yaml_get(service, "user");
    struct image_facts image = {0};
    struct command_words words = {0};
    struct workload w;
    struct judgement j;
    struct subject *s =
        result_add_subject(a->result, SUBJECT_SERVICE, arena_printf(arena, "%s#%s", in->name, pair->key),
                           place_of(arena, pair->key_node));
    if (!s)
        return -ENOMEM;
    int r = facts_of_service(a, service, in->path, &image);
    r = r < 0 ? r : read_command(arena, service, &words);
    if (r == 0) {
        s->image = image.reference;
        bool said = user && !yaml_is_null(user) && user->kind == YAML_SCALAR && user->text[0] != '\0';
        const char *userns = yaml_get_text(service, "userns_mode");
        struct judge_request request = {
            .result = a->result,
            .subject = s,
            .image = &image,
            .words = &words,
            .setting = "user",
            .user = said ? arena_string(arena, user->text) : NULL,
            .setting_text = said ? original_text(a, user) : NULL,
            .setting_place = place_of(arena, user),
            .host_passwd = a->request->host_passwd,
            .userns = streq(userns, "host") ? USERNS_HOST
                      : userns              ? USERNS_PRIVATE
                                            : USERNS_UNSAID,
            .fix_user =
                "user: \"10001:10001\", and give that user the folders it writes to (tmpfs, volumes)"};
        r = judge_user(&request, &j);
    }
    if (r == 0) {
        check_sexagesimal(a, s, user);
        check_unset(a, s, user);
        compose_read_workload(a, in, service, &w);
        w.place = s->place;
        workload_judge(a, s, &w, &j);
        struct tree_question question = {s, &image, w.no_new_privs == SAID_YES, w.fix_new_privs};
        r = tree_check(a, &question);
        compose_add_edits(a, s, service);
        judge_hooks(a, s, service, &image);
    }
    image_facts_free(&image);
    return r;
}

/* Whether the service belongs to the profiles that were asked for. */
static bool is_wanted(const struct audit *a, const struct yaml_node *service)
{
    const struct yaml_node *profiles = yaml_get(service, "profiles");
    if (a->request->profiles.count == 0 || !profiles || profiles->kind != YAML_LIST || profiles->count == 0)
        return true;
    for (size_t i = 0; i < profiles->count; i++)
        if (yaml_text(profiles->items[i]) &&
            strings_contain(&a->request->profiles, yaml_text(profiles->items[i])))
            return true;
    return false;
}

int judge_compose(struct audit *a, const struct input *in)
{
    struct compose_project p = {0};
    int r = compose_load(a, in, &p);
    for (size_t i = 0; r == 0 && p.root && p.root->kind == YAML_MAP && i < p.root->count; i++) {
        const struct yaml_pair *pair = &p.root->pairs[i];
        if (pair->value->kind != YAML_MAP) {
            char place[512];
            (void)snprintf(place, sizeof(place), "%s:%u:%u", in->name, pair->key_node->line,
                           pair->key_node->column);
            result_complain(a->result, place, "the service %s is no map", pair->key);
        } else if (is_wanted(a, pair->value) && (!p.only || yaml_get(p.only, pair->key))) {
            r = judge_service(a, in, pair);
        }
    }
    compose_project_free(&p);
    return r;
}
