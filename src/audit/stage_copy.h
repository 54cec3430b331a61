/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Internal to audit/stage*.c: COPY and ADD, and the scripts that came into the image by them. */
#include "audit/stage_walk.h"

int stage_walk_copy(struct stage_walk *w, const struct dockerfile_instruction *i) must_check;
/* Reads, from the context or a here-document, the scripts that the entrypoint and the command name. */
int stage_walk_scripts(struct stage_walk *w) must_check;
