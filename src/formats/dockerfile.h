/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The Dockerfile language of BuildKit's stable frontend as plain data, one struct per instruction. Nothing is
 * expanded here: shell_word_expand() with dockerfile_scope.h does that when a stage is walked. */
#include "base/report.h"
#include "base/strings.h"

#include <stdbool.h>
#include <stdint.h>

enum dockerfile_kind {
    DOCKERFILE_ADD,
    DOCKERFILE_ARG,
    DOCKERFILE_CMD,
    DOCKERFILE_COPY,
    DOCKERFILE_ENTRYPOINT,
    DOCKERFILE_ENV,
    DOCKERFILE_EXPOSE,
    DOCKERFILE_FROM,
    DOCKERFILE_HEALTHCHECK,
    DOCKERFILE_LABEL,
    DOCKERFILE_MAINTAINER,
    DOCKERFILE_ONBUILD,
    DOCKERFILE_RUN,
    DOCKERFILE_SHELL,
    DOCKERFILE_STOPSIGNAL,
    DOCKERFILE_USER,
    DOCKERFILE_VOLUME,
    DOCKERFILE_WORKDIR,
};

/* A here-document of RUN, COPY or ADD. */
struct dockerfile_heredoc {
    char *name, *content; /* content: as written, leading tabs removed with <<- ; ends with a line break */
    char *terminator; /* content with its tabs kept and the line that ends it, for a shell that reads it */
    bool expand;      /* the name was not quoted: COPY and ADD expand variables in the content */
    bool chomp;       /* <<- */
    unsigned descriptor, line; /* 3<<EOF; the line its content begins on */
};

/* RUN CMD ENTRYPOINT SHELL and HEALTHCHECK CMD: words to execute as they stand (JSON form), or one line for
 * the stage's SHELL (shell form). RUN with heredocs: if the line is only `<<NAME`, the content is the script
 * (a `#!` line makes it a file to execute); else the line and every heredoc's terminator text go to the
 * shell. */
struct dockerfile_command {
    struct strings words;
    bool shell_form;
};

struct dockerfile_pair {
    char *name, *value; /* value: NULL for ARG NAME */
};

struct dockerfile_copy {
    struct strings sources; /* without the heredocs */
    char *destination;
    char *from, *chown, *chmod, *checksum; /* NULL: not given; unexpanded */
    struct strings excludes;
    bool link, parents, keep_git_dir;
    int unpack; /* ADD --unpack: -1 not given, 0, 1 */
};

struct dockerfile_healthcheck {
    bool none;
    struct dockerfile_command command;
    int64_t interval_ns, timeout_ns, start_period_ns, start_interval_ns; /* 0: not given */
    uint32_t retries;                                                    /* 0: not given */
};

struct dockerfile_instruction {
    enum dockerfile_kind kind;
    unsigned line, column, end_line; /* 1-based; columns in bytes; end_line includes heredocs */
    size_t offset, end_offset;       /* bytes of the file that it takes, without the last line break */
    char *original;                  /* the logical line: continuation joined, comments gone */
    struct strings comments;         /* comment lines directly above, without the # */
    struct strings flags;            /* as written: --name=value */
    struct dockerfile_heredoc *heredocs;
    size_t heredoc_count;

    struct dockerfile_pair *pairs; /* ARG ENV LABEL */
    size_t pair_count;
    struct strings values; /* EXPOSE VOLUME */
    char *text;            /* USER WORKDIR STOPSIGNAL MAINTAINER; ONBUILD: the trigger as it is stored */
    struct dockerfile_command command; /* RUN CMD ENTRYPOINT SHELL */
    struct strings mounts;             /* RUN --mount, unexpanded; see dockerfile_mount.h */
    struct strings devices;            /* RUN --device */
    char *network, *security;          /* RUN; NULL: not given */
    struct dockerfile_copy copy;       /* COPY ADD */
    struct dockerfile_healthcheck health;
    char *base, *stage_name, *platform;     /* FROM; stage_name in lower case or NULL */
    struct dockerfile_instruction *trigger; /* ONBUILD */
};

struct dockerfile_stage {
    size_t from;         /* index of its FROM */
    size_t first, count; /* instructions behind it */
    const char *name;    /* lent from the FROM; NULL without AS */
};

struct dockerfile {
    char escape;          /* '\\' or '`' */
    char *syntax, *check; /* directives; NULL: not given */
    struct dockerfile_instruction *instructions;
    size_t instruction_count;
    struct dockerfile_stage *stages;
    size_t stage_count;
    size_t meta_count; /* instructions[0..meta_count) are the ARGs before the first FROM */
};

#define autodockerfile __attribute__((cleanup(dockerfile_free)))

/* Parses `size` bytes. Findings have the place "name:line:column" and rules "dockerfile/..": all mistakes are
 * found in one pass. Warnings that do not fail (an empty continuation line) go to `report` too, with rules
 * "dockerfile/warning-". 0, -EINVAL or -ENOMEM. */
int dockerfile_parse(const char *name, const char *data, size_t size, struct report *report,
                     struct dockerfile *ret_dockerfile) must_check;
void dockerfile_free(struct dockerfile *dockerfile);

/* Parses one instruction without its line ending: an ONBUILD trigger of an image, or `commit --change`. */
int dockerfile_parse_instruction(const char *name, const char *line, struct report *report,
                                 struct dockerfile_instruction *ret_instruction) must_check;
void dockerfile_instruction_free(struct dockerfile_instruction *instruction);

/* "COPY"; static. */
const char *dockerfile_kind_name(enum dockerfile_kind kind);
/* The stage that `name` means (a name in any case, or its number as in COPY --from=0) among those before
 * `before`; -ENOENT: none, it is an image. */
ssize_t dockerfile_find_stage(const struct dockerfile *dockerfile, const char *name,
                              size_t before) must_check;
