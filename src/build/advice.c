/* SPDX-License-Identifier: Apache-2.0 */
#include "build/advice.h"

#include "base/number.h"
#include "base/strings.h"
#include "base/text.h"
#include "formats/dockerfile_scope.h"
#include "formats/user_spec.h"

#include <errno.h>
#include <string.h>

#define FIX_ID "10001" /* as `unroot audit` proposes */
#define SETUID_SHOWN 4
#define FIX_LINE " => " /* before a line that belongs into the Dockerfile; a finding is one line */

struct advice {
    const struct advice_question *q;
    struct report *report;
    char *user;    /* expanded; NULL: not known */
    bool has_user; /* a USER of this Dockerfile decides */
    unsigned user_line, workdir_line, last_line;
    const char *base;       /* the image that the target is FROM in the end */
    bool is_root, is_known; /* the user's ids are */
    struct identity identity;
};

static int add(struct advice *a, unsigned line, const char *rule, const char *text)
{
    char place[256];
    (void)snprintf(place, sizeof(place), "%.200s:%u", a->q->file, line); /* long names are cut */
    size_t before = a->report->count;
    ignore(report_add(a->report, place, rule, "%s", text)); /* is -EINVAL always */
    return a->report->count > before ? 0 : -ENOMEM;
}

static int add_taken(struct advice *a, unsigned line, const char *rule, struct text *text)
{
    int r = text_error(text);
    r = r < 0 ? r : add(a, line, rule, text_peek(text));
    text_free(text);
    return r;
}

/* The stages from the target down to the one that is FROM an image; the last USER of the first that has one
 * counts. A word that does not expand is told when it is built. */
static int walk_stage(struct advice *a, struct dockerfile_scope *scope, size_t index, bool is_target);

static int walk_base(struct advice *a, struct dockerfile_scope *scope, size_t index)
{
    const struct dockerfile *d = a->q->dockerfile;
    const struct dockerfile_instruction *from = &d->instructions[d->stages[index].from];
    autoword struct word_result base = {0};
    struct failure unused = {0};
    a->base = from->base;
    int r = dockerfile_scope_expand(scope, from->base, true, &base, &unused);
    if (r == -ENOMEM)
        return r;
    ssize_t below = r == 0 ? dockerfile_find_stage(d, base.text, index) : -ENOENT;
    if (below >= 0)
        return walk_stage(a, scope, (size_t)below, false);
    struct strings none = {0};
    return dockerfile_scope_begin_stage(scope, &none);
}

static int take_user(struct advice *a, struct dockerfile_scope *scope, const struct dockerfile_instruction *i)
{
    autofree char *text = NULL;
    struct failure unused = {0};
    int r = dockerfile_scope_expand_text(scope, i->text, &text, &unused);
    if (r == -ENOMEM)
        return r;
    free(a->user);
    a->user = r == 0 ? TAKE_PTR(text) : NULL;
    a->has_user = true;
    a->user_line = i->line;
    return 0;
}

static int walk_stage(struct advice *a, struct dockerfile_scope *scope, size_t index, bool is_target)
{
    const struct dockerfile *d = a->q->dockerfile;
    const struct dockerfile_stage *stage = &d->stages[index];
    int r = walk_base(a, scope, index);
    if (is_target)
        a->last_line = d->instructions[stage->from].line;
    for (size_t k = 0; k < stage->count && r == 0; k++) {
        const struct dockerfile_instruction *i = &d->instructions[stage->first + k];
        struct failure unused = {0};
        int applied = dockerfile_scope_apply(scope, i, &unused);
        r = applied == -ENOMEM ? applied : i->kind == DOCKERFILE_USER ? take_user(a, scope, i) : 0;
        if (i->kind == DOCKERFILE_WORKDIR)
            a->workdir_line = i->line;
        if (is_target)
            a->last_line = i->end_line;
    }
    return r;
}

static int find_user(struct advice *a)
{
    autoscope struct dockerfile_scope scope = {.escape = a->q->dockerfile->escape};
    struct failure unused = {0};
    int r = a->q->build_args ? strings_copy(&scope.build_args, a->q->build_args) : 0;
    if (r == 0)
        r = dockerfile_scope_read_meta(&scope, a->q->dockerfile, &unused);
    if (r == 0)
        r = walk_stage(a, &scope, a->q->stage, true);
    if (r < 0)
        return r == -ENOMEM ? r : 0;
    const char *said = a->q->config  ? (a->q->config->user ? a->q->config->user : "")
                       : a->has_user ? NULL
                                     : a->q->base_user;
    if (!said)
        return 0;
    free(a->user);
    a->user = strdup(said);
    return a->user ? 0 : -ENOMEM;
}

/* "10001" of "10001:app". */
static bool is_number(const char *user)
{
    char part[16];
    size_t length = strcspn(user, ":");
    if (length == 0 || length >= sizeof(part))
        return false;
    memcpy(part, user, length);
    part[length] = '\0';
    return string_is_digits(part);
}

/* Without the image's accounts a name but "root" is somebody else. */
static void judge_without_files(struct advice *a)
{
    const struct user_spec_input input = {.rules = USER_RULES_OCI, .spec = a->user};
    struct failure unused = {0};
    int r = user_spec_resolve(&input, &a->identity, &unused);
    a->is_known = r == 0;
    a->is_root = r == 0 ? a->identity.uid == 0
                        : string_after(a->user, "root") && (a->user[4] == '\0' || a->user[4] == ':');
}

static int judge(struct advice *a, struct failure *failure)
{
    if (a->user[0] == '\0') {
        a->is_root = a->is_known = true;
        return 0;
    }
    if (!a->q->facts) {
        judge_without_files(a);
        return 0;
    }
    const struct user_spec_input input = {.rules = USER_RULES_OCI,
                                          .spec = a->user,
                                          .accounts = {.passwd = a->q->facts->passwd,
                                                       .group = a->q->facts->group,
                                                       .passwd_size = a->q->facts->passwd_size,
                                                       .group_size = a->q->facts->group_size}};
    int r = user_spec_resolve(&input, &a->identity, failure);
    a->is_known = r == 0;
    a->is_root = r == 0 && a->identity.uid == 0;
    return r;
}

/* docker's way: uid 0 without a word about it, or by its own words. */
static int say_root(struct advice *a)
{
    autotext struct text t = {0};
    const char *workdir = a->q->config ? a->q->config->workdir : NULL;
    bool has_folder = workdir && workdir[0] == '/' && workdir[1] != '\0';
    unsigned line = a->has_user ? a->user_line : a->last_line;
    if (a->user[0])
        text_printf(&t, "the image runs as root: its USER is %s, which is uid 0. End it with", a->user);
    else
        text_printf(&t, "the image runs as root: no USER is set, here or in %s. End it with", a->base);
    text_printf(&t,
                FIX_LINE "RUN install -d -o " FIX_ID " -g " FIX_ID
                         " %s   # the folders that it writes to" FIX_LINE "USER " FIX_ID ":" FIX_ID,
                has_folder ? workdir : "/data");
    return add_taken(a, line, ADVICE_ROOT, &t);
}

static int say_unknown(struct advice *a, const struct failure *failure)
{
    autotext struct text t = {0};
    if (a->user)
        text_printf(&t, "USER %s: no container of this image starts: %s", a->user, failure->text);
    else if (a->has_user)
        text_append(&t, "whom the image runs as cannot be told: USER depends on a variable without a value");
    else
        text_printf(&t,
                    "whom the image runs as is decided by %s, which is not at hand: say it with USER " FIX_ID
                    ":" FIX_ID,
                    a->base);
    return add_taken(a, a->has_user ? a->user_line : a->last_line, ADVICE_USER_UNKNOWN, &t);
}

static int say_name(struct advice *a)
{
    autotext struct text t = {0};
    if (is_number(a->user))
        return 0;
    text_printf(
        &t,
        "USER %s is a name: Kubernetes cannot verify by it that the image is not root (runAsNonRoot). "
        "Write ",
        a->user);
    if (a->is_known)
        text_printf(&t, "USER %u:%u", a->identity.uid, a->identity.gid);
    else
        text_append(&t, "its number");
    return add_taken(a, a->has_user ? a->user_line : a->last_line, ADVICE_USER_NAME, &t);
}

static bool in_groups(const struct identity *i, uint32_t gid)
{
    bool found = i->gid == gid;
    for (size_t k = 0; k < i->group_count; k++)
        found = found || i->groups[k] == gid;
    return found;
}

/* path_resolution(7): the first class that fits decides. Writing in a folder needs w and x. */
static bool can_write(const struct identity *i, const struct advice_folder *f)
{
    unsigned shift = i->uid == f->uid ? 6 : in_groups(i, f->gid) ? 3 : 0;
    return (f->mode >> shift & 03) == 03;
}

static unsigned volume_line(const struct advice *a, const char *path)
{
    const struct dockerfile *d = a->q->dockerfile;
    unsigned line = a->last_line;
    for (size_t i = 0; i < d->instruction_count; i++)
        if (d->instructions[i].kind == DOCKERFILE_VOLUME && strings_contain(&d->instructions[i].values, path))
            line = d->instructions[i].line;
    return line;
}

static int say_folder(struct advice *a, const struct advice_folder *f, bool is_volume)
{
    autotext struct text t = {0};
    if (!f->path || (f->exists && can_write(&a->identity, f)))
        return 0;
    if (!is_volume && streq(f->path, "/"))
        return 0; /* nobody's place to write */
    text_printf(&t, "%s %s ", is_volume ? "VOLUME" : "WORKDIR", f->path);
    if (f->exists)
        text_printf(&t, "belongs to %u:%u (mode %04o)", f->uid, f->gid, f->mode);
    else
        text_append(&t, "does not exist and will be root's");
    text_printf(&t, ": USER %s cannot write there. Before USER:" FIX_LINE "RUN install -d -o %u -g %u %s",
                a->user, a->identity.uid, a->identity.gid, f->path);
    unsigned line = is_volume ? volume_line(a, f->path) : a->workdir_line ? a->workdir_line : a->last_line;
    return add_taken(a, line, is_volume ? ADVICE_VOLUME : ADVICE_WORKDIR, &t);
}

static int say_setuid(struct advice *a)
{
    const struct strings *files = &a->q->facts->setuid;
    autotext struct text t = {0};
    if (files->count == 0)
        return 0;
    text_printf(&t,
                "%zu setuid or setgid file%s left, with which USER %s can become another user:", files->count,
                files->count == 1 ? " is" : "s are", a->user);
    for (size_t i = 0; i < files->count && i < SETUID_SHOWN; i++)
        text_printf(&t, " %s", files->items[i]);
    text_printf(
        &t, "%s. As root, before USER:" FIX_LINE "RUN find / -xdev -type f -perm /6000 -exec chmod a-s {} +",
        files->count > SETUID_SHOWN ? " .." : "");
    return add_taken(a, a->last_line, ADVICE_SETUID, &t);
}

static int say_files(struct advice *a)
{
    const struct advice_facts *f = a->q->facts;
    int r = say_folder(a, &f->workdir, false);
    for (size_t i = 0; i < f->volume_count && r == 0; i++)
        r = say_folder(a, &f->volumes[i], true);
    return r < 0 ? r : say_setuid(a);
}

int advice_give(const struct advice_question *question, struct report *report)
{
    struct advice a = {.q = question, .report = report};
    autofree char *user = NULL;
    struct failure failure = {0};
    int r = find_user(&a);
    user = a.user; /* freed with this function */
    if (r == 0 && !a.user)
        r = say_unknown(&a, &failure);
    else if (r == 0 && judge(&a, &failure) < 0)
        r = say_unknown(&a, &failure);
    else if (r == 0 && a.is_root)
        r = say_root(&a);
    else if (r == 0)
        r = say_name(&a);
    if (r == 0 && a.is_known && !a.is_root && question->facts)
        r = say_files(&a);
    identity_free(&a.identity);
    return r < 0 ? r : a.is_root;
}

void advice_write(const struct finding *finding, const char *level, struct text *text)
{
    const char *rest = finding->text;
    text_printf(text, "%s: %s: ", finding->place, level);
    for (const char *fix; (fix = strstr(rest, FIX_LINE)); rest = fix + strlen(FIX_LINE)) {
        text_append_n(text, rest, (size_t)(fix - rest));
        text_append(text, "\n    ");
    }
    text_printf(text, "%s\n", rest);
}
