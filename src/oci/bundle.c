/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/bundle.h"

#include "base/text.h"
#include "kernel/file.h"
#include "oci/host.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

void bundle_free(struct bundle *b)
{
    if (b->has_plan)
        oci_plan_free(&b->plan);
    if (b->has_decision)
        oci_decision_free(&b->decision);
    if (b->has_policy)
        policy_config_free(&b->policy);
    if (b->has_config)
        oci_config_free(&b->config);
    free(TAKE_PTR(b->path));
    free(TAKE_PTR(b->config_text));
    b->has_plan = b->has_decision = b->has_policy = b->has_config = false; /* what they stand for is large */
}

int report_to_failure(const struct report *report, const char *what, struct failure *failure)
{
    autotext struct text text = {0};
    for (size_t i = 0; i < report->count && i < 10; i++)
        text_printf(&text, "%s%s: %s", i ? "; " : "", report->items[i].place, report->items[i].text);
    return refuse(failure, -EINVAL, "%s", text.length ? text_peek(&text) : what);
}

static void note_warnings(struct runtime *rt, const struct report *warnings)
{
    for (size_t i = 0; i < warnings->count; i++)
        runtime_note(rt, OCI_LOG_INFO, "%s: %s", warnings->items[i].place, warnings->items[i].text);
}

static int bundle_parse(struct runtime *rt, struct bundle *b, struct failure *failure)
{
    autoreport struct report errors = {0}, warnings = {0};
    const struct oci_reports reports = {&errors, &warnings};
    int r = oci_config_parse("config.json", b->config_text, b->config_size, &reports, &b->config);
    if (r == -EINVAL)
        return report_to_failure(&errors, "config.json cannot be read", failure);
    if (r < 0)
        return fail(failure, r, "reading config.json");
    b->has_config = true;
    note_warnings(rt, &warnings);
    return 0;
}

int bundle_read(struct runtime *rt, const char *path, struct bundle *b, struct failure *failure)
{
    b->path = realpath(path ? path : ".", NULL);
    if (!b->path)
        return fail(failure, -errno, "bundle %s", path);
    autoclose int folder = open(b->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return fail(failure, -errno, "opening the bundle %s", b->path);
    int r = file_read_all(folder, "config.json", CONFIG_MAX_BYTES, &b->config_text, &b->config_size);
    if (r < 0)
        return fail(failure, r, "reading %s/config.json", b->path);
    return bundle_parse(rt, b, failure);
}

int bundle_read_kept(const struct container *c, struct bundle *b, struct failure *failure)
{
    b->path = strdup(c->record.bundle);
    int r = b->path ? file_read_all(c->folder_fd, "config.json", CONFIG_MAX_BYTES, &b->config_text,
                                    &b->config_size)
                    : -ENOMEM;
    return r < 0 ? fail(failure, r, "reading the configuration of container %s", c->id)
                 : bundle_parse(c->rt, b, failure);
}

int bundle_judge(struct runtime *rt, struct bundle *b, struct failure *failure)
{
    struct host_facts host = {0};
    int r = host_read_policy(&b->policy, failure);
    b->has_policy = r == 0;
    if (r == 0)
        r = host_read_facts(rt, &b->config, &host, failure);
    if (r < 0)
        return r;
    const struct oci_policy_question question = {
        .config = &b->config, .policy = &b->policy, .host = &host.facts, .audit = rt->audit};
    r = oci_policy_decide(&question, &b->decision);
    b->has_decision = r == 0;
    host_facts_free(&host);
    if (r < 0)
        return fail(failure, r, "judging config.json");
    for (size_t i = 0; i < b->decision.judgement_count; i++) {
        const struct oci_judgement *j = &b->decision.judgements[i];
        runtime_note(rt, j->verdict == OCI_TOLD ? OCI_LOG_INFO : OCI_LOG_WARNING, "policy: %s: %s",
                     oci_verdict_name(j->verdict), j->text);
    }
    return oci_decision_check(&b->decision, failure);
}

int bundle_plan(struct runtime *rt, struct bundle *b, const char *id, uint32_t range_first,
                struct failure *failure)
{
    autofree struct id_map *joined = NULL;
    autofree struct oci_source_facts *sources = NULL;
    int r = host_look_at_sources(&b->config, b->path, &sources, failure);
    const struct oci_namespace *user = &b->config.platform.namespaces[OCI_NAMESPACE_USER];
    if (r == 0 && b->decision.ids == OCI_IDS_JOINED)
        r = host_read_joined_maps(user->path, &joined, failure);
    if (r < 0)
        return r;
    const struct oci_plan_input input = {
        .config = &b->config,
        .decision = &b->decision,
        .id = id,
        .bundle = b->path,
        .range_first = range_first,
        .sources = sources,
        .joined_uids = joined ? &joined[0] : NULL,
        .joined_gids = joined ? &joined[1] : NULL,
        .available_capabilities = host_capabilities(),
    };
    r = oci_plan_make(&input, &b->plan, failure);
    if (r < 0)
        return failure->error ? r : fail(failure, r, "planning the start");
    b->has_plan = true;
    for (size_t i = 0; i < b->plan.notes.count; i++)
        runtime_note(rt, OCI_LOG_INFO, "%s", b->plan.notes.items[i]);
    return 0;
}
