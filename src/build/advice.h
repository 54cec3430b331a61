/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What is said about users when an image was built, or a Dockerfile is only checked: it ends as root, its
 * USER is a name, its WORKDIR or a VOLUME cannot be written by it, setuid files are left in it. Findings have
 * the place "Dockerfile:7" and the rules below. */
#include "base/report.h"
#include "base/text.h"
#include "formats/accounts.h"
#include "formats/dockerfile.h"
#include "formats/image_config.h"
#include "store/store.h"

#define ADVICE_ROOT "RunsAsRoot"
#define ADVICE_USER_UNKNOWN "UserUnknown" /* cannot be told, or is not in the image */
#define ADVICE_USER_NAME "UserIsName"
#define ADVICE_WORKDIR "WorkdirNotWritable"
#define ADVICE_VOLUME "VolumeNotWritable"
#define ADVICE_SETUID "SetuidFiles"

struct advice_folder {
    char *path; /* as WORKDIR or VOLUME says it */
    bool exists;
    uint32_t uid, gid, mode;
};

/* What the files of an image say. */
struct advice_facts {
    char *passwd, *group; /* NULL: no such file */
    size_t passwd_size, group_size;
    struct advice_folder workdir; /* path NULL: none is set */
    struct advice_folder *volumes;
    size_t volume_count;
    struct strings setuid; /* setuid and setgid files: "/usr/bin/su" */
};

void advice_facts_free(struct advice_facts *facts);

struct advice_question {
    const char *file; /* the Dockerfile's name, for places */
    const struct dockerfile *dockerfile;
    size_t stage;                      /* the target */
    const struct strings *build_args;  /* NAME=VALUE; NULL: none */
    const struct image_config *config; /* what was built; NULL: nothing was */
    const char *base_user; /* without `config`: USER of the image that the target's first stage is FROM; NULL:
                              not known */
    const struct advice_facts *facts; /* NULL: the files are not at hand */
};

/* Pure. 1: the image is root; 0: it is not, or that cannot be told (then a finding says so); -ENOMEM. */
int advice_give(const struct advice_question *question, struct report *report) must_check;

/* "Dockerfile:7: warning: .." and, indented, the lines that would fix it. */
void advice_write(const struct finding *finding, const char *level, struct text *text);

/* Reads what the layers (folders below storage/, top first) say. Which files of a layer are setuid is kept in
 * ROOT/cache/setuid, so that a layer is walked once. */
int advice_facts_read(const struct store *s, const struct strings *layers, const struct image_config *config,
                      struct advice_facts *ret_facts, struct failure *failure) must_check;
