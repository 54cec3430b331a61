/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Texts of a result. All: 0 or -ENOMEM; the text is appended. The result is sorted (result_sort()). */
#include "audit/result.h"
#include "base/text.h"

struct render_options {
    bool colour;     /* text: ANSI colours */
    bool quiet_fine; /* text: leave out subjects without findings */
    bool notes;      /* text: show findings of the lowest level */
    const char *now; /* issue: "2026-11-21"; NULL: left out */
};

int render_text(const struct audit_result *r, const struct render_options *options,
                struct text *out) must_check;
int render_json(const struct audit_result *r, struct text *out) must_check;
int render_sarif(const struct audit_result *r, struct text *out) must_check;
int render_github(const struct audit_result *r, struct text *out) must_check;
int render_issue(const struct audit_result *r, const struct render_options *options,
                 struct text *out) must_check;
/* The page of --explain. */
int render_rule(enum rule_id rule, struct text *out) must_check;
