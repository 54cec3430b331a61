/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The one question for one subject: which uid will it have? Fills verdict, ids, chain and the findings NR101
 * to NR108 and NR113. */
#include "audit/drop.h"
#include "audit/user.h"

enum user_namespace {
    USERNS_UNSAID,  /* the engine's default */
    USERNS_PRIVATE, /* uid 0 is not the host's */
    USERNS_HOST,
};

struct judge_request {
    struct audit_result *result;
    struct subject *subject;
    const struct image_facts *image;
    const char *user;         /* what overrides the image's user, expanded; NULL: nothing */
    const char *setting;      /* how it is called: "user", "runAsUser" */
    const char *setting_text; /* as written, when it differs */
    struct place setting_place;
    const struct command_words *words; /* NULL: the image's */
    enum user_namespace userns;
    const char *host_passwd; /* of this host, for NR113; NULL: not to be looked at */
    const char *fix_user;    /* the line that would fix it; NULL: the rule's */
};

struct judgement {
    struct resolved_user user;
    struct command_fate fate;
    bool starts_as_root; /* uid 0 at its first instruction */
    const char *spec;    /* what was resolved */
};

int judge_user(const struct judge_request *request, struct judgement *ret_judgement) must_check;
