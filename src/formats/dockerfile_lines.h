/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Internal to formats/dockerfile*.c: directives, logical lines and here-documents. */
#include "base/strings.h"
#include "base/text.h"
#include "formats/dockerfile.h"

struct dockerfile_source {
    const char *name, *data;
    size_t size;
    struct report *report; /* may be NULL */
    int error;             /* -EINVAL once a finding was an error */

    size_t at;     /* of the next line */
    unsigned line; /* lines read */
    char escape;
    bool directives_done, in_trigger;
    char *syntax, *check;
};

/* 1-based. */
struct dockerfile_position {
    unsigned line, column;
};

struct logical_line {
    char *text;
    unsigned line, column, end_line;
    size_t offset, end_offset;
    struct strings comments;
};

/* Adds a finding "name:line:column" and returns -EINVAL. */
int source_error(struct dockerfile_source *s, struct dockerfile_position at, const char *rule,
                 const char *format, ...) printf_like(4, 5);

/* The next line with an instruction on it. 1; 0 at the end; -ENOMEM. */
int source_next(struct dockerfile_source *s, struct logical_line *ret_line) must_check;
void logical_line_free(struct logical_line *line);

/* Reads the here-documents that the words of `instruction->original` announce. 0, -EINVAL (reported),
 * -ENOMEM. */
int source_read_heredocs(struct dockerfile_source *s, struct dockerfile_instruction *instruction) must_check;

/* Whether `word` is one here-document operator; 1 and the heredoc without content, 0, or -ENOMEM. */
int heredoc_parse(const char *word, struct dockerfile_heredoc *ret_heredoc) must_check;
void heredoc_free(struct dockerfile_heredoc *heredoc);
