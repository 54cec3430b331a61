/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A bundle: its config.json read, judged by the policy and made into a plan. */
#include "oci/container.h"
#include "plan/oci.h"

struct bundle {
    char *path;        /* absolute, without links */
    char *config_text; /* config.json as it was read */
    size_t config_size;
    struct oci_config config;
    struct policy_config policy;
    struct oci_decision decision;
    struct oci_plan plan;
    bool has_config, has_policy, has_decision, has_plan;
};
#define autobundle __attribute__((cleanup(bundle_free)))

/* `text`: config.json of the bundle at `path`; its findings are one failure, warnings are noted. */
int bundle_read(struct runtime *rt, const char *path, struct bundle *b, struct failure *failure) must_check;
/* The same from the container's folder, where it was kept when it was created. */
int bundle_read_kept(const struct container *c, struct bundle *b, struct failure *failure) must_check;
/* What the policy says of it; each judgement is noted. -EPERM: refused. */
int bundle_judge(struct runtime *rt, struct bundle *b, struct failure *failure) must_check;
/* Makes the plan; `range_first` as oci_plan_input has it. */
int bundle_plan(struct runtime *rt, struct bundle *b, const char *id, uint32_t range_first,
                struct failure *failure) must_check;
void bundle_free(struct bundle *b);
/* As one failure: "config.json:3: process.args: .."; further ones behind "; ". */
int report_to_failure(const struct report *report, const char *what, struct failure *failure) must_check;
