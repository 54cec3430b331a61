/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Internal to formats/dockerfile*.c: the flags that each instruction knows, as one table. */
#include "formats/dockerfile_lines.h"

/* Reads i->flags into the members that the table names, for the instruction's kind. 0, -EINVAL (reported),
 * -ENOMEM. */
int dockerfile_apply_flags(struct dockerfile_source *s, struct dockerfile_instruction *i) must_check;
