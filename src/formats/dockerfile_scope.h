/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Which variables a Dockerfile's words see: ARG before FROM, ARG and ENV of a stage, build arguments, the
 * predefined ones (dockerfile reference, "Understand how ARG and FROM interact", "Scope", "Predefined ARGs").
 * ENV wins over ARG. */
#include "base/failure.h"
#include "formats/dockerfile.h"
#include "formats/shell_word.h"

struct dockerfile_scope {
    char escape;
    struct strings build_args; /* NAME=VALUE of the caller (--build-arg) */
    struct strings
        platform;        /* BUILDPLATFORM TARGETARCH ..: NAME=VALUE; see dockerfile_scope_set_platform() */
    struct strings meta; /* ARGs before FROM that have a value */
    struct strings arguments;   /* ARGs of the stage that have a value */
    struct strings environment; /* the base image's, then ENV */
};

#define autoscope __attribute__((cleanup(dockerfile_scope_free)))

/* Fills BUILD* and TARGET* from "os/arch[/variant]" of the builder and of the image. */
int dockerfile_scope_set_platform(struct dockerfile_scope *s, const char *build,
                                  const char *target) must_check;
/* Takes the ARGs before the first FROM. -EINVAL: one cannot be expanded. */
int dockerfile_scope_read_meta(struct dockerfile_scope *s, const struct dockerfile *d,
                               struct failure *failure) must_check;
/* Empties the stage's variables and takes the base's environment. */
int dockerfile_scope_begin_stage(struct dockerfile_scope *s, const struct strings *environment) must_check;
/* Carries out an ARG or ENV of the stage; other kinds do nothing. */
int dockerfile_scope_apply(struct dockerfile_scope *s, const struct dockerfile_instruction *i,
                           struct failure *failure) must_check;

/* Expands a word of an instruction of the stage, or (`in_from`) of FROM, which sees only what stands before
 * it. */
int dockerfile_scope_expand(const struct dockerfile_scope *s, const char *word, bool in_from,
                            struct word_result *ret_result, struct failure *failure) must_check;
/* The text only; the caller frees it. */
int dockerfile_scope_expand_text(const struct dockerfile_scope *s, const char *word, char **ret_text,
                                 struct failure *failure) must_check;
void dockerfile_scope_free(struct dockerfile_scope *s);
