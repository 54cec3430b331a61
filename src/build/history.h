/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* "created_by" of an image's history as BuildKit writes it, so that docker's tools read it. All return memory
 * of the caller; NULL: none left. */
#include "formats/dockerfile.h"
#include "formats/image_config.h"

/* CMD, LABEL .. after it was applied to `config`; words see `variables` (NAME=VALUE). */
char *history_of_config(const struct dockerfile_instruction *i, const struct image_config *config,
                        const struct strings *variables) must_check;
/* ARG and ENV: "ENV A=b", with the values that `list` has. */
char *history_of_variables(const struct dockerfile_instruction *i, const struct strings *list) must_check;
/* `"a" "b"`, quoted as Go's %q. */
struct text;
void history_quote(struct text *text, const struct strings *words);

/* Takes the ONBUILD triggers out of a base image's configuration and parses them: instructions[1..] of
 * ret_triggers. */
int history_read_triggers(struct image_config *config, struct dockerfile *ret_triggers,
                          struct failure *failure) must_check;
