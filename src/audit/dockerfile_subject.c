/* SPDX-License-Identifier: Apache-2.0 */
/* A Dockerfile as subjects: the stage that is built, and a note for other targets. */
#include "audit/dockerfile_subject.h"

#include "audit/workload.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

int dockerfile_pick_stage(const struct dockerfile *d, const char *target, size_t *ret_stage)
{
    if (!target || target[0] == '\0') {
        *ret_stage = d->stage_count - 1;
        return 0;
    }
    ssize_t found = dockerfile_find_stage(d, target, d->stage_count);
    if (found < 0)
        return -ENOENT;
    *ret_stage = (size_t)found;
    return 0;
}

/* What `USER 10001:10001` replaces, or the end of the stage. */
static const struct edit *user_edit(struct arena *arena, const struct dockerfile *d, const char *file,
                                    size_t stage)
{
    const struct dockerfile_stage *s = &d->stages[stage];
    struct edit *edit = arena_allocate(arena, sizeof(*edit));
    if (!edit || s->count == 0)
        return NULL;
    const struct dockerfile_instruction *steps = &d->instructions[s->first], *before = NULL;
    for (size_t i = s->count;
         i-- > 0 && (steps[i].kind == DOCKERFILE_CMD || steps[i].kind == DOCKERFILE_ENTRYPOINT ||
                     steps[i].kind == DOCKERFILE_HEALTHCHECK);)
        before = &steps[i];
    /* Comments above a step stay with it. */
    unsigned line =
        before ? before->line - (unsigned)before->comments.count : steps[s->count - 1].end_line + 1;
    *edit = (struct edit){.file = file, .first = line, .last = line - 1, .text = "USER 10001:10001"};
    return edit;
}

/* The words of the USER line that decided become `user`; NULL when it takes several lines. */
static const struct edit *word_edit(struct arena *arena, const struct dockerfile_question *q,
                                    const char *user)
{
    const struct dockerfile_stage *s = &q->dockerfile->stages[q->stage];
    const struct place *place = &q->stages->items[q->stage].image.user_place;
    for (size_t i = s->count; i-- > 0;) {
        const struct dockerfile_instruction *step = &q->dockerfile->instructions[s->first + i];
        if (step->kind != DOCKERFILE_USER || step->line != place->line || step->line != step->end_line)
            continue;
        const char *line = q->data + step->offset;
        while (line > q->data && line[-1] != '\n')
            line--;
        size_t start = strspn(line, " \t") + strlen("USER"),
               end = (size_t)(q->data + step->end_offset - line);
        start += strspn(line + start, " \t");
        while (end > start && strchr(" \t\r", line[end - 1]))
            end--;
        struct edit *edit = arena_allocate(arena, sizeof(*edit));
        unsigned column = 1 + (unsigned)start, length = 0;
        for (size_t k = start; k < end; k++)
            length += ((unsigned char)line[k] & 0xC0) != 0x80;
        if (edit)
            *edit = (struct edit){place->file, step->line, step->line, column, column + length, user};
        return edit;
    }
    return NULL;
}

static void add_edits(struct arena *arena, struct subject *s, const struct judgement *j,
                      const struct dockerfile_question *q)
{
    const struct stage_facts *facts = &q->stages->items[q->stage];
    bool own = facts->has_user && !facts->image.user_text;
    for (size_t i = 0; i < s->finding_count; i++) {
        struct audit_finding *f = &s->findings[i];
        bool here = own && f->place.line == facts->image.user_place.line;
        const char *user = NULL;
        if (f->rule == NR102 && !facts->has_user)
            f->edit = user_edit(arena, q->dockerfile, q->file, q->stage);
        else if (f->rule == NR101 && here)
            user = "10001:10001";
        else if (f->rule == NR107 && here && !j->user.gid_is_given && j->user.uid > 0)
            user = arena_printf(arena, "%u:%u", j->user.uid, j->user.uid);
        else if (f->rule == NR108 && here && j->user.resolution == RESOLUTION_KNOWN && j->user.has_gid &&
                 j->user.uid > 0)
            user = arena_printf(arena, "%u:%u", j->user.uid, j->user.gid);
        if (user)
            f->edit = word_edit(arena, q, user);
        if (f->edit)
            f->fix = user ? arena_printf(arena, "USER %s", user) : f->edit->text;
    }
}

/* NR209 for EXPOSE and a user that is not root. */
static void check_ports(struct audit_result *r, struct subject *s, const struct image_facts *image)
{
    if (s->verdict != VERDICT_NONROOT)
        return;
    for (size_t i = 0; i < image->port_count; i++)
        if (port_is_low(image->ports[i]))
            (void)subject_find(r, s, NR209, s->place,
                               arena_printf(&r->arena,
                                            "port %s: docker and podman allow it, Kubernetes and host "
                                            "networking do not",
                                            image->ports[i]));
}

static bool lies_below(const char *path, const char *folder)
{
    size_t n = strlen(folder);
    while (n > 1 && folder[n - 1] == '/')
        n--;
    return path && strncmp(path, folder, n) == 0 && (path[n] == '\0' || path[n] == '/' || n == 1);
}

/* NR303: the program's own files belong to the user that runs it. */
static void check_code(struct audit_result *r, struct subject *s, const struct stage_facts *facts,
                       const struct judgement *j)
{
    struct resolved_user owner;
    const struct image_facts *image = &facts->image;
    if (!facts->code_owned.line || s->verdict != VERDICT_NONROOT)
        return;
    user_resolve(&r->arena, image, facts->code_owner, &owner);
    bool same = j->user.resolution == RESOLUTION_KNOWN
                    ? owner.resolution == RESOLUTION_KNOWN && owner.uid == j->user.uid
                    : strncmp(facts->code_owner, j->spec, strcspn(j->spec, ":")) == 0;
    const char *program = image->entrypoint_count ? image->entrypoint[0]
                          : image->command_count  ? image->command[0]
                                                  : "";
    bool code = lies_below(image->workdir, facts->code_path) ||
                (program[0] == '/' && lies_below(program, facts->code_path));
    if (same && code)
        (void)subject_find(r, s, NR303, facts->code_owned,
                           arena_printf(&r->arena, "%s belongs to the user that runs it", facts->code_path));
}

/* NR111: accounts that no USER names; USER before what needs root. */
static void check_order(struct audit_result *r, struct subject *s, const struct stage_facts *facts)
{
    bool root = s->verdict == VERDICT_ROOT;
    if (facts->created.count > 0 && root && !facts->has_user)
        (void)subject_find(
            r, s, NR111, facts->created_place,
            arena_printf(&r->arena, "the account %s is made and no USER names it", facts->created.items[0]));
    if (facts->early_user.line)
        (void)subject_find(
            r, s, NR111, facts->early_user,
            arena_printf(&r->arena, "USER stands before %s, which needs root", facts->early_step));
}

/* NR112: ONBUILD USER that is root; other stages that could be chosen. */
static void check_triggers(struct audit_result *r, struct subject *s, const struct image_facts *image,
                           const struct stage_facts *facts)
{
    for (size_t i = 0; i < image->trigger_count; i++) {
        struct resolved_user user;
        const char *trigger = image->triggers[i];
        if (strncasecmp(trigger, "USER ", 5) != 0)
            continue;
        user_resolve(&r->arena, image, trigger + 5, &user);
        if (user.resolution == RESOLUTION_KNOWN && user.uid == 0)
            (void)subject_find(
                r, s, NR112, facts->trigger_place,
                arena_printf(&r->arena, "ONBUILD %s: images built from this one are root", trigger));
    }
}

static void check_other_stages(struct audit *a, struct subject *s, const struct dockerfile *d,
                               const struct stages *stages, size_t picked)
{
    for (size_t i = 0; i < stages->count; i++) {
        const struct image_facts *image = &stages->items[i].image;
        struct resolved_user user;
        if (i == picked || stages->items[i].used || !d->stages[i].name || !image->known)
            continue;
        user_resolve(&a->result->arena, image, image->user, &user);
        if (user.resolution == RESOLUTION_KNOWN && user.uid == 0)
            (void)subject_find(a->result, s, NR112, image->place,
                               arena_printf(&a->result->arena,
                                            "the stage %s is root when it is chosen with --target",
                                            d->stages[i].name));
    }
}

int dockerfile_judge_stage(struct audit *a, const struct dockerfile_question *q)
{
    struct arena *arena = &a->result->arena;
    const struct stage_facts *facts = &q->stages->items[q->stage];
    const struct dockerfile_stage *stage = &q->dockerfile->stages[q->stage];
    struct place place = facts->image.place;
    struct subject *s =
        result_add_subject(a->result, SUBJECT_STAGE,
                           stage->name ? arena_printf(arena, "%s#%s", q->file, stage->name) : q->file, place);
    if (!s)
        return -ENOMEM;
    s->name = stage->name ? arena_string(arena, stage->name) : "last stage";
    s->image = arena_string(arena, facts->image.reference);
    struct judge_request request = {
        .result = a->result, .subject = s, .image = &facts->image, .host_passwd = a->request->host_passwd};
    struct judgement j;
    int r = judge_user(&request, &j);
    if (r < 0)
        return r;
    add_edits(arena, s, &j, q);
    check_ports(a->result, s, &facts->image);
    check_code(a->result, s, facts, &j);
    check_order(a->result, s, facts);
    if (facts->sudo.line && (s->verdict == VERDICT_NONROOT || s->verdict == VERDICT_DROPS))
        (void)subject_find(a->result, s, NR205, facts->sudo, "sudo without a password is set up here");
    check_triggers(a->result, s, &facts->image, facts);
    check_other_stages(a, s, q->dockerfile, q->stages, q->stage);
    return 0;
}

int judge_dockerfile(struct audit *a, const struct input *in)
{
    autoreport struct report report = {0};
    autodockerfile struct dockerfile d = {0};
    struct stages stages = {0};
    struct arena *arena = &a->result->arena; /* subjects keep names and places of the stages */
    size_t picked;
    int r = dockerfile_parse(in->name, in->data, in->size, &report, &d);
    if (r == -EINVAL)
        result_take_report(a->result, &report);
    if (r < 0)
        return r == -EINVAL ? 0 : r;
    if (dockerfile_pick_stage(&d, a->request->target, &picked) < 0) {
        result_complain(a->result, in->name, "there is no stage \"%s\"", a->request->target);
        return 0;
    }
    const char *slash = in->path ? strrchr(in->path, '/') : NULL;
    const char *context = !in->path ? NULL
                          : slash   ? arena_copy(arena, in->path, (size_t)(slash - in->path))
                                    : ".";
    struct stages_request request = {.arena = arena,
                                     .catalog = &a->catalog,
                                     .dockerfile = &d,
                                     .file = in->name,
                                     .build_args = &a->request->build_args,
                                     .context = context};
    r = stages_evaluate(&request, &stages);
    if (r == 0) {
        struct dockerfile_question q = {&d, &stages, picked, in->name, in->data};
        r = dockerfile_judge_stage(a, &q);
    }
    stages_free(&stages);
    return r;
}
