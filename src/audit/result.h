/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What an audit found. Everything lives in the result's arena. */
#include "base/arena.h"
#include "base/report.h"
#include "policy/rules.h"

#include <stdbool.h>
#include <stdint.h>

enum verdict {
    VERDICT_ROOT,
    VERDICT_ROOT_USERNS, /* only inside a user namespace */
    VERDICT_DROPS,       /* starts as 0, then becomes another */
    VERDICT_UNKNOWN,     /* something is not at hand */
    VERDICT_NONROOT,
    VERDICT_ENFORCED, /* not root, and root is refused */
    VERDICT_NONE,     /* a configuration without a user of its own: only findings */
    VERDICT_COUNT,
};

enum subject_kind {
    SUBJECT_STAGE,
    SUBJECT_IMAGE,
    SUBJECT_SERVICE,
    SUBJECT_CONTAINER, /* of a pod, or an OCI runtime config */
    SUBJECT_PROCESS,
    SUBJECT_CONFIG, /* a daemon's configuration, subordinate ids */
};

struct place {
    const char *file; /* NULL: none */
    unsigned line, column, end_line;
};

/* One step of how the user was decided: "USER app", "debian:12", "passwd: app is 1000:1000". */
struct chain_link {
    const char *what;
    struct place place;
};

/* A change of one file that can be made without a question: last < first: `text` (no line break at its end)
 * is put before line `first`; else, of line `first`, the characters from `column` up to `end_column` become
 * `text`. */
struct edit {
    const char *file;
    unsigned first, last;
    unsigned column, end_column; /* 1-based, in characters */
    const char *text;
};

struct audit_finding {
    enum rule_id rule;
    enum rule_level level;
    const char *object;  /* the thing: "cap_add: SYS_ADMIN" */
    const char *message; /* one sentence, no full stop */
    const char *fix;     /* one line */
    struct place place;
    const struct edit *edit;       /* NULL: nothing mechanical */
    const char *suppressed_reason; /* NULL: it counts */
};

struct subject {
    enum subject_kind kind;
    const char *id;    /* unique and stable: "compose.yaml#web" */
    const char *name;  /* "web" */
    const char *image; /* its image or command; NULL: none */
    enum verdict verdict;
    bool has_uid, has_gid;
    uint32_t uid, gid;
    const char *why; /* short: "no USER", "entrypoint: exec gosu redis"; may be "" */
    struct place place;
    struct chain_link *chain;
    size_t chain_count, chain_capacity;
    struct audit_finding *findings;
    size_t finding_count, finding_capacity;
};

/* What could not be read or understood: the rest is judged all the same. */
struct complaint {
    const char *place; /* "file:line:column" or "file" */
    const char *text;
};

struct audit_result {
    struct arena arena;
    struct subject **subjects;
    size_t subject_count, subject_capacity;
    struct complaint *complaints;
    size_t complaint_count, complaint_capacity;
    struct complaint *remarks; /* about the audit itself: nothing is wrong with the files */
    size_t remark_count, remark_capacity;
    size_t files; /* looked at */
};

/* A new subject, verdict VERDICT_UNKNOWN; NULL: no memory. `id` is made unique by a number when it is taken.
 */
struct subject *result_add_subject(struct audit_result *r, enum subject_kind kind, const char *id,
                                   struct place place) must_check;
void subject_add_link(struct audit_result *r, struct subject *s, struct place place, const char *format, ...)
    printf_like(4, 5);

/* A finding of the rule's own level. `object` may be "". The fix is the rule's; finding->fix may be set
 * after. NULL: no memory (the arena remembers) or it is there already (same rule, place and object). */
struct audit_finding *subject_add_finding(struct audit_result *r, struct subject *s,
                                          const struct audit_finding *finding);
/* The same in one line. */
struct audit_finding *subject_find(struct audit_result *r, struct subject *s, enum rule_id rule,
                                   struct place place, const char *message);

void result_complain(struct audit_result *r, const char *place, const char *format, ...) printf_like(3, 4);
/* Something to know that is no failure: an acceptance that is over. */
void result_remark(struct audit_result *r, const char *file, unsigned line, const char *text);
/* Every finding of a parser becomes a complaint. */
void result_take_report(struct audit_result *r, const struct report *report);

const char *verdict_name(enum verdict verdict);
const char *subject_kind_name(enum subject_kind kind);
/* Worst first: by verdict and level, then by place. Also makes every text valid UTF-8. */
void result_sort(struct audit_result *r);
void result_free(struct audit_result *r);

/* Counts for the summary line and the exit code. */
struct audit_summary {
    size_t verdicts[VERDICT_COUNT];
    size_t levels[3]; /* findings that count, by enum rule_level */
    size_t suppressed;
};
void result_summarise(const struct audit_result *r, struct audit_summary *ret_summary);
