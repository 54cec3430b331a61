/* SPDX-License-Identifier: Apache-2.0 */
/* Kubernetes objects as subjects: every container of every pod, its own settings over the pod's, and what the
 * kubelet refuses. */
#include "audit/kubernetes_subject.h"

#include "audit/tree_checks.h"

#include <errno.h>
#include <string.h>

#define LIST_DEPTH_MAX 8

static struct place place_of(struct arena *arena, const struct yaml_node *n)
{
    return n ? (struct place){arena_string(arena, n->file), n->line, n->column, n->end_line}
             : (struct place){0};
}

/* The container's member or, without one, the pod's. */
static const struct yaml_node *over(const struct pod_container *c, const char *key)
{
    const struct yaml_node *own = yaml_get(c->security, key);
    return own && !yaml_is_null(own) ? own : yaml_get(c->pod_security, key);
}

/* "1000", "1000:3000", or the image's user with another group; NULL: nothing is said. *ret_bad: not a number.
 */
static const char *user_setting(struct arena *arena, const struct pod_container *c,
                                const struct image_facts *image, const struct yaml_node **ret_bad)
{
    const struct yaml_node *user = over(c, "runAsUser"), *group = over(c, "runAsGroup");
    int64_t uid = 0, gid = 0;
    int u = yaml_integer(user, &uid), g = yaml_integer(group, &gid);
    if ((user && u < 0 && u != -ENOENT) || (group && g < 0 && g != -ENOENT)) {
        *ret_bad = u < 0 && u != -ENOENT ? user : group;
        return NULL;
    }
    if (u == 0 && g == 0)
        return arena_printf(arena, "%lld:%lld", (long long)uid, (long long)gid);
    if (u == 0)
        return arena_printf(arena, "%lld", (long long)uid);
    if (g == 0 && image->known)
        return arena_printf(arena, "%.*s:%lld", (int)strcspn(image->user, ":"), image->user, (long long)gid);
    return NULL;
}

static void drop_findings(struct subject *s, const enum rule_id *rules, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->finding_count; i++) {
        bool dropped = false;
        for (size_t k = 0; k < count; k++)
            dropped = dropped || s->findings[i].rule == rules[k];
        if (!dropped)
            s->findings[kept++] = s->findings[i];
    }
    s->finding_count = kept;
}

/* runAsNonRoot: true holds: what the kubelet lets start is not root. */
static void judge_enforced(struct audit_result *r, struct subject *s, const struct judgement *j,
                           bool user_said, struct place place)
{
    static const enum rule_id root_rules[] = {NR101, NR102, NR104, NR105, NR106};
    if (j->starts_as_root) {
        drop_findings(s, root_rules, ARRAY_SIZE(root_rules));
        s->verdict = VERDICT_ROOT;
        (void)subject_find(r, s, NR109, place,
                           "runAsNonRoot is true and the user is uid 0: it will not start");
        return;
    }
    if (!user_said && j->user.is_name && j->user.resolution != RESOLUTION_FAILS) {
        static const enum rule_id names[] = {NR108, NR103};
        drop_findings(s, names, ARRAY_SIZE(names));
        struct audit_finding f = {.rule = NR108,
                                  .level = LEVEL_ERROR,
                                  .place = place,
                                  .object = j->spec,
                                  .message = arena_printf(&r->arena,
                                                          "runAsNonRoot is true and the image's user \"%s\" "
                                                          "is a name: it will not start",
                                                          j->spec),
                                  .fix = j->user.resolution == RESOLUTION_KNOWN
                                             ? arena_printf(&r->arena, "runAsUser: %u", j->user.uid)
                                             : "runAsUser: with its number"};
        (void)subject_add_finding(r, s, &f);
    }
    if (s->verdict == VERDICT_UNKNOWN && j->user.resolution == RESOLUTION_UNKNOWN)
        for (size_t i = 0; i < s->finding_count; i++)
            if (s->findings[i].rule == NR103)
                s->findings[i].level = LEVEL_NOTE; /* whatever it is, root is refused */
    if (j->user.resolution != RESOLUTION_FAILS)
        s->verdict = VERDICT_ENFORCED;
}

static void judge_nonroot_rule(struct audit *a, struct subject *s, const struct pod_container *c,
                               const struct judgement *j, bool user_said)
{
    const struct yaml_node *own = yaml_get(c->security, "runAsNonRoot");
    const struct yaml_node *effective = over(c, "runAsNonRoot");
    struct place place = effective ? place_of(&a->result->arena, effective) : s->place;
    if (yaml_bool(effective, false)) {
        judge_enforced(a->result, s, j, user_said, place);
        return;
    }
    if (c->private_users)
        return; /* uid 0 is no root of the host there */
    bool overridden = own && yaml_bool(yaml_get(c->pod_security, "runAsNonRoot"), false);
    const char *pod_says = overridden ? "the container says runAsNonRoot: false over the pod's true"
                                      : "runAsNonRoot is not set for this container";
    (void)subject_find(a->result, s, NR110, place, pod_says);
}

static int read_words(struct arena *arena, const struct yaml_node *list, const char *const **ret_words,
                      size_t *ret_count)
{
    if (!list || list->kind != YAML_LIST)
        return 0;
    const char **words = arena_allocate(arena, (list->count + 1) * sizeof(*words));
    if (!words)
        return -ENOMEM;
    for (size_t i = 0; i < list->count; i++)
        words[i] = arena_string(arena, yaml_text(list->items[i]) ? yaml_text(list->items[i]) : "");
    *ret_words = words;
    *ret_count = list->count;
    return 0;
}

static int read_command(struct arena *arena, const struct yaml_node *container, struct command_words *words)
{
    const struct yaml_node *command = yaml_get(container, "command"), *args = yaml_get(container, "args");
    words->entrypoint_given = command && command->kind == YAML_LIST && command->count > 0;
    words->command_given = args && args->kind == YAML_LIST;
    int r = read_words(arena, command, &words->entrypoint, &words->entrypoint_count);
    return r < 0 ? r : read_words(arena, args, &words->command, &words->command_count);
}

/* A string where the API wants a number: the server refuses the object. */
static void judge_bad_number(struct audit *a, struct subject *s, const struct yaml_node *bad)
{
    struct audit_finding f = {.rule = NR103,
                              .level = LEVEL_WARNING,
                              .place = place_of(&a->result->arena, bad),
                              .object = bad->kind == YAML_SCALAR ? bad->text : "",
                              .message = "runAsUser and runAsGroup are numbers: Kubernetes refuses this",
                              .fix = "runAsUser: 10001, without quotes"};
    (void)subject_add_finding(a->result, s, &f);
    s->verdict = VERDICT_UNKNOWN;
    s->why = "runAsUser is no number";
}

static int judge_windows(struct audit *a, struct subject *s, const struct pod_container *c)
{
    const struct yaml_node *host = yaml_get(over(c, "windowsOptions"), "hostProcess");
    s->verdict = VERDICT_NONE;
    s->why = "a Windows pod";
    if (yaml_bool(host, false))
        (void)subject_find(a->result, s, NR201, place_of(&a->result->arena, host),
                           "hostProcess runs on the Windows host itself");
    return 0;
}

static int judge_known(struct audit *a, struct subject *s, const struct pod_container *c,
                       struct image_facts *image)
{
    struct arena *arena = &a->result->arena;
    struct command_words words = {0};
    struct workload w;
    struct judgement j;
    const struct yaml_node *bad = NULL,
                           *user = over(c, "runAsUser") ? over(c, "runAsUser") : over(c, "runAsGroup");
    const char *spec = user_setting(arena, c, image, &bad);
    if (bad) {
        judge_bad_number(a, s, bad);
        return 0;
    }
    int r = read_command(arena, c->container, &words);
    if (r < 0)
        return r;
    struct judge_request request = {.result = a->result,
                                    .subject = s,
                                    .image = image,
                                    .words = &words,
                                    .user = spec,
                                    .setting = "runAsUser",
                                    .setting_place = place_of(arena, user),
                                    .userns = c->private_users ? USERNS_PRIVATE : USERNS_UNSAID,
                                    .host_passwd = NULL,
                                    .fix_user =
                                        "securityContext: {runAsNonRoot: true, runAsUser: 10001, runAsGroup: "
                                        "10001}"};
    r = judge_user(&request, &j);
    if (r < 0)
        return r;
    bool says_user = yaml_get(c->security, "runAsUser") || yaml_get(c->pod_security, "runAsUser");
    judge_nonroot_rule(a, s, c, &j, says_user);
    kubernetes_read_workload(a, c, &w);
    w.place = s->place;
    workload_judge(a, s, &w, &j);
    struct tree_question question = {s, image, w.no_new_privs == SAID_YES, w.fix_new_privs};
    return tree_check(a, &question);
}

/* A container without an image is a part of one (a kustomize patch): only what it says is judged. */
static int judge_patch(struct audit *a, struct subject *s, const struct pod_container *c)
{
    struct workload w;
    struct judgement j = {.spec = ""};
    s->verdict = VERDICT_NONE;
    s->why = "a patch: it has no image";
    kubernetes_read_workload(a, c, &w);
    w.place = s->place;
    w.default_drops_all = true; /* what is not said here is said elsewhere */
    workload_judge(a, s, &w, &j);
    return 0;
}

static int judge_container(struct audit *a, const struct pod_container *c)
{
    struct arena *arena = &a->result->arena;
    const char *name = yaml_get_text(c->container, "name"),
               *image_name = yaml_get_text(c->container, "image");
    struct image_facts image = {.user = "", .doubt = "the container has no image"};
    struct subject *s =
        result_add_subject(a->result, SUBJECT_CONTAINER,
                           arena_printf(arena, "%s#%s/%s", c->file, c->object, name ? name : "container"),
                           place_of(arena, c->container));
    if (!s)
        return -ENOMEM;
    s->name = arena_printf(arena, "%s/%s%s", c->object, name ? name : "container", c->role);
    s->image = arena_string(arena, image_name);
    if (c->windows)
        return judge_windows(a, s, c);
    if (!image_name && !over(c, "runAsUser") && !over(c, "runAsNonRoot"))
        return judge_patch(a, s, c);
    int r = image_name ? catalog_find(&a->catalog, s->image, &image) : 0;
    r = r < 0 ? r : judge_known(a, s, c, &image);
    image_facts_free(&image);
    return r;
}

static bool is_windows(const struct yaml_node *spec)
{
    const struct yaml_node *selector = yaml_get(spec, "nodeSelector");
    return streq(yaml_text(yaml_get_path(spec, "os.name")), "windows") ||
           streq(yaml_get_text(selector, "kubernetes.io/os"), "windows") ||
           streq(yaml_get_text(selector, "beta.kubernetes.io/os"), "windows");
}

static int judge_pod(struct audit *a, const char *file, const char *object, const struct yaml_node *spec)
{
    static const struct {
        const char *key, *role;
    } lists[] = {{"initContainers", " (init)"}, {"containers", ""}, {"ephemeralContainers", " (ephemeral)"}};
    const struct yaml_node *users = yaml_get(spec, "hostUsers");
    for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
        const struct yaml_node *list = yaml_get(spec, lists[k].key);
        for (size_t i = 0; list && list->kind == YAML_LIST && i < list->count; i++) {
            struct pod_container c = {.file = file,
                                      .object = object,
                                      .role = lists[k].role,
                                      .pod = spec,
                                      .container = list->items[i],
                                      .security = yaml_get(list->items[i], "securityContext"),
                                      .pod_security = yaml_get(spec, "securityContext"),
                                      .private_users = users && !yaml_bool(users, true),
                                      .windows = is_windows(spec)};
            int r = list->items[i]->kind == YAML_MAP ? judge_container(a, &c) : 0;
            if (r < 0)
                return r;
        }
    }
    return 0;
}

/* Where an object of this kind has its pod: by kind, or by the shape for kinds that we do not know. */
static const struct yaml_node *pod_of(const struct yaml_node *object)
{
    static const char *const paths[] = {"spec.jobTemplate.spec.template.spec", "spec.template.spec",
                                        "template.spec", "spec"};
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        const struct yaml_node *spec = yaml_get_path(object, paths[i]);
        if (yaml_get(spec, "containers") || yaml_get(spec, "initContainers"))
            return spec;
    }
    return NULL;
}

static int judge_object(struct audit *a, const char *file, const struct yaml_node *object, unsigned depth)
{
    const struct yaml_node *items = yaml_get(object, "items");
    const char *kind = yaml_get_text(object, "kind");
    int r = 0;
    if (depth < LIST_DEPTH_MAX && items && items->kind == YAML_LIST && kind && strstr(kind, "List")) {
        for (size_t i = 0; i < items->count && r == 0; i++)
            r = judge_object(a, file, items->items[i], depth + 1);
        return r;
    }
    const struct yaml_node *spec = pod_of(object);
    if (!spec)
        return 0;
    const char *name = yaml_text(yaml_get_path(object, "metadata.name"));
    if (!name)
        name = yaml_text(yaml_get_path(object, "metadata.generateName"));
    return judge_pod(
        a, file, arena_printf(&a->result->arena, "%s/%s", kind ? kind : "object", name ? name : "unnamed"),
        spec);
}

int judge_kubernetes(struct audit *a, const struct input *in)
{
    autoarena struct arena arena = {0};
    autoreport struct report report = {0};
    struct yaml_documents documents = {0};
    struct yaml_source source = {in->name, in->data, in->size};
    size_t blank = strspn(in->data, " \t\r\n");
    bool json = in->data[blank] == '{' || in->data[blank] == '[';
    int r = json ? yaml_parse_json(&arena, &source, &report, &documents)
                 : yaml_parse(&arena, &source, &report, &documents);
    static const char template[] = "this is a template: render it first (helm template . | unroot audit -)";
    bool asked = in->path && strings_contain(&a->request->paths, in->path);
    if (r == -EINVAL && strstr(in->data, "{{") && in->path && !asked) {
        result_remark(a->result, in->name, 0, template);
        return 0;
    }
    if (r == -EINVAL) {
        result_take_report(a->result, &report);
        if (strstr(in->data, "{{"))
            result_complain(a->result, in->name, "%s", template);
        return 0;
    }
    for (size_t i = 0; i < documents.count && r == 0; i++)
        r = judge_object(a, in->name, documents.items[i], 0);
    return r;
}
