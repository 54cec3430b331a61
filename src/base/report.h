/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Findings of a parser or a policy: ten mistakes in a file are ten lines. */
#include "base/ownership.h"

#include <stddef.h>

struct finding {
    char *place; /* "config.json: process.user.uid", "Dockerfile:12:3"; never NULL */
    char *rule;  /* a stable short name: "json/duplicate-key"; never NULL */
    char *text;  /* the sentence; never NULL */
};

struct report {
    struct finding *items;
    size_t count;
    size_t dropped; /* findings over the limit of 1,000, or lost for want of memory */
};

#define autoreport __attribute__((cleanup(report_free)))

/* Adds a finding and returns -EINVAL, so that `return report_add(..)` reads well. */
int report_add(struct report *r, const char *place, const char *rule, const char *format, ...)
    printf_like(4, 5);
void report_free(struct report *r);
