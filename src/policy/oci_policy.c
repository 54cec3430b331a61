/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/oci_policy.h"
#include "base/text.h"
#include "formats/capability.h"
#include "policy/oci_device.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#define CAPABILITIES_OF_ALL_ENGINES                                                                          \
    (CAPABILITY_BIT(38) - 1) /* what a privileged container of an old engine has */

struct judge {
    const struct oci_policy_question *question;
    struct oci_decision *decision;
    int error; /* 0 or -ENOMEM */
};

const char *oci_verdict_name(enum oci_verdict verdict)
{
    static const char *const names[] = {[OCI_TOLD] = "changed",
                                        [OCI_ALLOWED] = "allowed",
                                        [OCI_AUDITED] = "audit",
                                        [OCI_REFUSED] = "refused"};
    return names[verdict];
}

static bool engine_is_docker(const struct oci_host_facts *host)
{
    return streq(host->engine_namespace, "moby") || streq(host->engine_namespace, "plugins.moby");
}

const char *oci_config_image(const struct oci_config *c, const struct oci_host_facts *host)
{
    if (engine_is_docker(host))
        return NULL;
    const char *image = oci_annotation(c, "io.kubernetes.cri.image-name");
    return image ? image : oci_annotation(c, "io.kubernetes.cri-o.ImageName");
}

bool oci_config_is_sandbox(const struct oci_config *c)
{
    return streq(oci_annotation(c, "io.kubernetes.cri.container-type"), "sandbox") ||
           streq(oci_annotation(c, "io.kubernetes.cri-o.ContainerType"), "sandbox");
}

const char *oci_config_sandbox(const struct oci_config *c, const struct oci_host_facts *host)
{
    if (engine_is_docker(host) || oci_config_is_sandbox(c))
        return NULL;
    const char *id = oci_annotation(c, "io.kubernetes.cri.sandbox-id");
    return id ? id : oci_annotation(c, "io.kubernetes.cri-o.SandboxID");
}

static bool globs_match(const struct strings *globs, const char *text)
{
    for (size_t i = 0; text && text[0] != '\0' && i < globs->count; i++)
        if (policy_glob_match(globs->items[i], text))
            return true;
    return false;
}

static bool rule_matches_namespace(const struct policy_rule *rule, const struct oci_policy_question *q)
{
    if (globs_match(&rule->namespaces, q->host->engine_namespace))
        return true;
    if (engine_is_docker(q->host))
        return false;
    return globs_match(&rule->namespaces, oci_annotation(q->config, "io.kubernetes.cri.sandbox-namespace")) ||
           globs_match(&rule->namespaces, oci_annotation(q->config, "io.kubernetes.pod.namespace"));
}

static bool rule_matches_annotations(const struct policy_rule *rule, const struct oci_config *c)
{
    for (size_t i = 0; i < rule->annotations.count; i++) {
        const char *wanted = rule->annotations.items[i];
        char name[256];
        size_t n = strcspn(wanted, "=");
        if (n >= sizeof(name))
            return false;
        memcpy(name, wanted, n);
        name[n] = '\0';
        const char *value = oci_annotation(c, name);
        if (!value || !policy_glob_match(wanted[n] == '=' ? wanted + n + 1 : "", value))
            return false;
    }
    return true;
}

/* The first rule that allows it to this container; NULL: none. */
static const struct policy_rule *find_rule(const struct oci_policy_question *q,
                                           enum policy_exception exception)
{
    for (size_t i = 0; i < q->policy->rule_count; i++) {
        const struct policy_rule *rule = &q->policy->rules[i];
        if ((rule->allow & (UINT64_C(1) << exception)) == 0)
            continue;
        if (rule->images.count > 0 && !globs_match(&rule->images, oci_config_image(q->config, q->host)))
            continue;
        if (rule->namespaces.count > 0 && !rule_matches_namespace(rule, q))
            continue;
        if (rule_matches_annotations(rule, q->config))
            return rule;
    }
    return NULL;
}

static bool is_audit(const struct oci_policy_question *q)
{
    return q->audit || q->policy->mode == POLICY_AUDIT;
}

static void add_judgement(struct judge *j, enum oci_verdict verdict, int exception, char *text)
{
    struct oci_decision *d = j->decision;
    struct oci_judgement *all = reallocarray(d->judgements, d->judgement_count + 1, sizeof(*all));
    if (!all || !text) {
        j->error = -ENOMEM;
        free(text);
        d->judgements = all ? all : d->judgements;
        return;
    }
    d->judgements = all;
    all[d->judgement_count++] = (struct oci_judgement){verdict, exception, text};
    if (verdict == OCI_REFUSED)
        d->refused = true;
    else if (exception >= 0)
        d->exceptions |= UINT64_C(1) << exception;
}

static void tell(struct judge *j, const char *format, ...) printf_like(2, 3);

static void tell(struct judge *j, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    add_judgement(j, is_audit(j->question) ? OCI_AUDITED : OCI_TOLD, -1, text);
}

/* What the container asks for, in words; whether it gets it is the policy's. */
static void judge_exception(struct judge *j, enum policy_exception exception, const char *format, ...)
    printf_like(3, 4);

static void judge_exception(struct judge *j, enum policy_exception exception, const char *format, ...)
{
    autotext struct text text = {0};
    autofree char *asked = NULL;
    const struct policy_rule *rule = find_rule(j->question, exception);
    va_list args;
    va_start(args, format);
    if (vasprintf(&asked, format, args) < 0)
        asked = NULL;
    va_end(args);
    text_append(&text, asked ? asked : "");
    if (rule)
        text_printf(&text, " (%s): %s", policy_exception_name(exception), rule->reason);
    else
        text_printf(&text, "; a rule of " POLICY_CONFIG_PATH " could allow it: \"%s\"",
                    policy_exception_name(exception));
    enum oci_verdict verdict = rule ? OCI_ALLOWED : is_audit(j->question) ? OCI_AUDITED : OCI_REFUSED;
    add_judgement(j, verdict, (int)exception, asked ? text_take(&text) : NULL);
}

static void refuse_annotation(struct judge *j, const char *name, const char *value, const char *words)
{
    char *text = NULL;
    if (asprintf(&text, "annotations: %s is \"%.100s\": it is %s", name, value, words) < 0)
        text = NULL;
    add_judgement(j, OCI_REFUSED, -1, text);
}

static bool range_touches(const struct id_extent *e, uint32_t first, uint32_t count)
{
    return (uint64_t)e->outside < (uint64_t)first + count &&
           (uint64_t)first < (uint64_t)e->outside + e->count;
}

/* One sentence a map, about the worst: root, an account, another container. */
static void judge_mappings(struct judge *j, const struct oci_mappings *map, const char *member)
{
    const struct oci_host_facts *host = j->question->host;
    for (size_t i = 0; i < map->count; i++)
        if (range_touches(&map->items[i], 0, 1)) {
            judge_exception(j, POLICY_HOST_IDS, "linux.%s[%zu] gives the container host id 0, root", member,
                            i);
            return;
        }
    for (size_t i = 0; i < map->count; i++)
        for (size_t a = 0; a < host->account_count; a++)
            if (range_touches(&map->items[i], host->accounts[a], 1)) {
                judge_exception(j, POLICY_HOST_IDS,
                                "linux.%s[%zu] gives the container host id %" PRIu32 ", a login account",
                                member, i, host->accounts[a]);
                return;
            }
    for (size_t i = 0; i < map->count; i++)
        for (size_t t = 0; t < host->taken_count; t++)
            if (range_touches(&map->items[i], host->taken[t].outside, host->taken[t].count)) {
                judge_exception(j, POLICY_HOST_IDS,
                                "linux.%s[%zu] gives the container ids of another container's range, %" PRIu32
                                " and up",
                                member, i, host->taken[t].outside);
                return;
            }
}

/* The configuration has no user namespace: engines that know of none. */
static void judge_absent_namespace(struct judge *j)
{
    const struct oci_policy_question *q = j->question;
    const char *wanted = oci_annotation(q->config, OCI_ANNOTATION_USERNS);
    bool host = streq(wanted, "host");
    if (wanted && !host && !streq(wanted, "auto"))
        refuse_annotation(j, OCI_ANNOTATION_USERNS, wanted, "auto or host");
    if (host || (!wanted && find_rule(q, POLICY_HOST_ROOT))) {
        judge_exception(j, POLICY_HOST_ROOT,
                        "the container keeps the host's ids: its uid 0 is the host's root");
        j->decision->ids = OCI_IDS_HOST;
        return;
    }
    j->decision->ids = is_audit(q) ? OCI_IDS_HOST : OCI_IDS_RANGE;
    tell(j, "linux.namespaces has no user namespace: the container %s one, with ids of its own",
         is_audit(q) ? "would get" : "gets");
}

static void judge_ids(struct judge *j)
{
    const struct oci_linux *l = &j->question->config->platform;
    const struct oci_namespace *user = &l->namespaces[OCI_NAMESPACE_USER];
    bool initial = j->question->host->initial_userns;
    if (!user->given && initial) {
        judge_absent_namespace(j);
    } else if (!user->given) {
        j->decision->ids = OCI_IDS_INHERITED;
    } else if (user->path) {
        j->decision->ids = OCI_IDS_JOINED;
    } else {
        j->decision->ids = OCI_IDS_CONFIG;
        if (initial) { /* inside another one, id 0 is somebody ordinary */
            judge_mappings(j, &l->uids, "uidMappings");
            judge_mappings(j, &l->gids, "gidMappings");
        }
    }
}

/* A user who is not root, in a namespace of ours: uid 0 need not exist at all. */
static void judge_root(struct judge *j)
{
    const struct oci_config *c = j->question->config;
    const char *wanted = oci_annotation(c, OCI_ANNOTATION_ROOT);
    if (wanted && !streq(wanted, "mapped") && !streq(wanted, "none"))
        refuse_annotation(j, OCI_ANNOTATION_ROOT, wanted, "mapped or none");
    if (j->decision->ids != OCI_IDS_RANGE || !c->has_process)
        return;
    if (c->process.user.uid == 0 && streq(wanted, "none"))
        refuse_annotation(j, OCI_ANNOTATION_ROOT, wanted, "for a container whose process.user.uid is not 0");
    else /* the containers of a pod need what its sandbox, whose user is rarely root, does not */
        j->decision->without_root =
            c->process.user.uid != 0 && !streq(wanted, "mapped") && !oci_config_is_sandbox(c);
}

static void judge_binds(struct judge *j)
{
    const struct oci_policy_question *q = j->question;
    const char *wanted = oci_annotation(q->config, OCI_ANNOTATION_BINDS);
    j->decision->binds = q->policy->binds;
    if (!wanted)
        return;
    if (streq(wanted, "owner"))
        j->decision->binds = POLICY_BINDS_OWNER;
    else if (!streq(wanted, "same"))
        refuse_annotation(j, OCI_ANNOTATION_BINDS, wanted, "owner or same");
    else if (q->policy->binds != POLICY_BINDS_SAME)
        refuse_annotation(j, OCI_ANNOTATION_BINDS, wanted,
                          "for the administrator to say: \"binds\" in " POLICY_CONFIG_PATH);
}

/* Containers of a pod with hostNetwork or hostIPC have paths to what their sandbox, too, only shares. */
static bool is_host_namespace(const struct judge *j, enum oci_namespace_kind kind)
{
    const struct oci_namespace *n = &j->question->config->platform.namespaces[kind];
    return !n->given || (j->question->host->own_namespaces & UINT32_C(1) << kind) ||
           (n->path && string_after(n->path, "/proc/1/ns/"));
}

static void judge_privileged(struct judge *j)
{
    const struct oci_config *c = j->question->config;
    const struct oci_resources *r = &c->platform.resources;
    if (c->has_process && (~c->process.capabilities.bounding & CAPABILITIES_OF_ALL_ENGINES) == 0) {
        judge_exception(
            j, POLICY_PRIVILEGED,
            "process.capabilities has every capability (--privileged), and what needs them on the "
            "host cannot work with ids of its own");
        return;
    }
    for (size_t i = 0; i < r->device_count; i++)
        if (oci_device_rule_is_all(&r->devices[i])) {
            judge_exception(j, POLICY_PRIVILEGED, "linux.resources.devices[%zu] allows every device", i);
            return;
        }
}

static void judge_devices(struct judge *j)
{
    const struct oci_config *c = j->question->config;
    const struct oci_resources *r = &c->platform.resources;
    for (size_t i = 0; i < r->device_count; i++)
        if (!oci_device_rule_is_all(&r->devices[i]) && oci_device_rule_is_foreign(c, &r->devices[i])) {
            judge_exception(
                j, POLICY_DEVICE_RULES,
                "linux.resources.devices[%zu] allows a device that linux.devices does not give: in a "
                "user namespace nobody can make its node",
                i);
            break;
        }
    for (size_t i = 0; i < c->platform.device_count; i++)
        if (oci_device_reaches_host(&c->platform.devices[i])) {
            judge_exception(
                j, POLICY_BLOCK_DEVICES,
                "linux.devices[%zu], %.200s, is a disk or memory of the host: whoever writes to it is "
                "its root",
                i, c->platform.devices[i].path);
            break;
        }
}

/* The namespace that a sysctl belongs to (formats/sysctl_spec.h). */
static enum oci_namespace_kind sysctl_space(const char *name)
{
    if (string_after(name, "net.") || string_after(name, "net/"))
        return OCI_NAMESPACE_NETWORK;
    if (string_after(name, "kernel.domainname") || string_after(name, "kernel/domainname"))
        return OCI_NAMESPACE_UTS;
    return OCI_NAMESPACE_IPC;
}

static void judge_namespaces(struct judge *j)
{
    const struct oci_linux *l = &j->question->config->platform;
    if (is_host_namespace(j, OCI_NAMESPACE_PID))
        judge_exception(
            j, POLICY_HOST_PID,
            "linux.namespaces has no pid namespace: the container would see the host's processes");
    for (size_t i = 0; i < l->sysctls.count; i++) {
        enum oci_namespace_kind kind = sysctl_space(l->sysctls.items[i]);
        if (!is_host_namespace(j, kind))
            continue;
        judge_exception(j, POLICY_HOST_SYSCTL,
                        "linux.sysctl: %.100s would be the host's: there is no %s namespace",
                        l->sysctls.items[i], oci_namespace_name(kind));
        return;
    }
}

int oci_policy_decide(const struct oci_policy_question *question, struct oci_decision *ret_decision)
{
    struct oci_decision decision = {.initial_userns = question->host->initial_userns,
                                    .own_namespaces = question->host->own_namespaces};
    struct judge j = {.question = question, .decision = &decision};
    judge_ids(&j);
    judge_root(&j);
    judge_binds(&j);
    if (question->host->initial_userns) {
        bool own = decision.ids == OCI_IDS_RANGE || decision.ids == OCI_IDS_HOST;
        if (own)
            judge_privileged(&j);
        judge_devices(&j);
        judge_namespaces(&j);
    }
    if (j.error < 0)
        oci_decision_free(&decision);
    else
        *ret_decision = decision;
    return j.error;
}

void oci_decision_free(struct oci_decision *d)
{
    for (size_t i = 0; i < d->judgement_count; i++)
        free(d->judgements[i].text);
    free(d->judgements);
    *d = (struct oci_decision){0};
}

int oci_decision_check(const struct oci_decision *d, struct failure *failure)
{
    autotext struct text all = {0};
    if (!d->refused)
        return 0;
    for (size_t i = 0; i < d->judgement_count; i++)
        if (d->judgements[i].verdict == OCI_REFUSED)
            text_printf(&all, "%s%s", all.length > 0 ? "; " : "", d->judgements[i].text);
    if (text_error(&all) < 0)
        return fail(failure, -ENOMEM, "judging the configuration");
    return refuse(failure, -EPERM, "refused by policy: %s", text_peek(&all));
}

int oci_policy_allow_exec(bool without_root, uint32_t uid, struct failure *failure)
{
    if (!without_root || uid != 0)
        return 0;
    return refuse(
        failure, -EPERM,
        "uid 0 does not exist in this container: it was started as another user. Exec as that user, or "
        "create the container with the annotation " OCI_ANNOTATION_ROOT "=mapped");
}
