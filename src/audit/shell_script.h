/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Enough of the shell to see which commands a script or a RUN line has: simple commands as lists of words.
 * Quotes and continuation are understood, here-documents and comments skipped, compound commands seen
 * through; nothing is run. */
#include "base/strings.h"

#include <stddef.h>

struct shell_command {
    struct strings words; /* quotes gone, variables as they stand: "$1", "${APP_USER:-app}" */
    unsigned line;        /* 1-based */
    char *guard;          /* the last `if` or `case` line above it that is still open; NULL: none */
};

struct shell_script {
    struct shell_command *commands;
    size_t count;
};

/* At most 20,000 commands are taken. 0 or -ENOMEM. */
int shell_script_parse(const char *text, struct shell_script *ret_script) must_check;
void shell_script_free(struct shell_script *script);
#define autoscript __attribute__((cleanup(shell_script_free)))
/* "/usr/bin/gosu" -> "gosu"; lent. */
const char *program_name(const char *path);
