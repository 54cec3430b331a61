/* SPDX-License-Identifier: Apache-2.0 */
/* Property: whatever a configuration says, no plan gives a container host id 0 unless a rule of the policy
 * allowed it. The input is a configuration, and behind a NUL byte a policy. */
#include "formats/capability.h"
#include "plan/oci.h"

#include <stdlib.h>
#include <string.h>

#define RANGE_FIRST 1879048192u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool condition)
{
    if (!condition)
        abort();
}

static void check_plan(const struct oci_plan *plan)
{
    const struct start_plan *s = &plan->start;
    uint64_t host = UINT64_C(1) << POLICY_HOST_IDS | UINT64_C(1) << POLICY_HOST_ROOT;
    check(!plan->decision->refused);
    if (plan->decision->exceptions & host)
        return;
    check(plan->decision->ids != OCI_IDS_HOST);
    check(!id_map_touches_outside(&s->uids, 0, 1) && !id_map_touches_outside(&s->gids, 0, 1));
    check(!id_map_touches_outside(&s->file_uids, 0, 1) && !id_map_touches_outside(&plan->root_uids, 0, 1));
    for (size_t i = 0; i < s->mount_count; i++)
        check(!s->mounts[i].uids || !id_map_touches_outside(s->mounts[i].uids, 0, 1));
    uint32_t outside;
    if (plan->config->has_process)
        check(id_map_to_outside(&s->uids, s->process.uid, &outside) && outside != 0);
    if (plan->decision->without_root)
        check(!id_map_to_outside(&s->uids, 0, &outside));
    check((s->process.ambient & ~s->process.permitted) == 0 &&
          (s->process.effective & ~s->process.permitted) == 0);
}

static void plan_one(const struct oci_config *config, const struct policy_config *policy)
{
    static const struct id_map joined = {.count = 1, .extents = {{0, 0, 10}}};
    static const uint32_t accounts[] = {1000};
    const struct oci_host_facts host = {
        .initial_userns = true, .accounts = accounts, .account_count = 1, .engine_namespace = "k8s.io"};
    const struct oci_policy_question question = {config, policy, &host, false};
    autodecision struct oci_decision decision = {0};
    if (oci_policy_decide(&question, &decision) < 0)
        return;
    struct oci_source_facts *sources = calloc(config->mount_count + 1, sizeof(*sources));
    struct oci_plan *plan = calloc(1, sizeof(*plan));
    check(sources && plan);
    for (size_t i = 0; i < config->mount_count; i++)
        sources[i] =
            (struct oci_source_facts){true, (uint32_t)(i * 500), (uint32_t)(i * 999), false, i % 3 != 2};
    const struct oci_plan_input input = {.config = config,
                                         .decision = &decision,
                                         .id = "c",
                                         .bundle = "/b",
                                         .range_first = RANGE_FIRST,
                                         .sources = sources,
                                         .joined_uids = &joined,
                                         .joined_gids = &joined,
                                         .available_capabilities = CAPABILITY_ALL};
    struct failure failure = {0};
    if (oci_plan_make(&input, plan, &failure) < 0)
        check(failure.error < 0 && failure.text[0] != '\0');
    else if (policy->mode != POLICY_AUDIT) /* which lets everything pass */
        check_plan(plan);
    oci_plan_free(plan);
    free(plan);
    free(sources);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct oci_reports nowhere = {0};
    autociconfig struct oci_config config = {0};
    autopolicy struct policy_config policy = {0};
    const char *text = (const char *)data;
    const char *end = size > 0 ? memchr(text, '\0', size) : NULL;
    size_t length = end ? (size_t)(end - text) : size;
    if (end && policy_config_parse("policy.json", end + 1, size - length - 1, NULL, &policy) < 0)
        return 0;
    if (oci_config_parse("config.json", text, length, &nowhere, &config) == 0)
        plan_one(&config, &policy);
    return 0;
}
