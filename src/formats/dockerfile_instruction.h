/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Internal to formats/dockerfile*.c: one logical line -> one instruction. */
#include "formats/dockerfile_lines.h"

/* Parses `line`; heredocs are read from `s` (which stands behind the line). Positions are taken from `line`.
 * 0, -EINVAL (reported), -ENOMEM. */
int instruction_parse(struct dockerfile_source *s, const struct logical_line *line,
                      struct dockerfile_instruction *ret_instruction) must_check;
