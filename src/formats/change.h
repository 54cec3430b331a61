/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Dockerfile instructions applied to an image's configuration: `--change` of import and commit, and a build's
 * metadata. CMD ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL ONBUILD SHELL STOPSIGNAL USER VOLUME WORKDIR; any
 * other is refused by name. Variables
 * ($HOME) are expanded from the configuration's environment (moby builder/dockerfile dispatchers). */
#include "base/failure.h"
#include "base/strings.h"
#include "formats/dockerfile.h"
#include "formats/image_config.h"

/* All: 0; -EINVAL with a sentence, the configuration unchanged; -ENOMEM. */

/* One --change. ENTRYPOINT leaves CMD as it is. */
int change_apply(const char *instruction, struct image_config *config, struct failure *f) must_check;
/* All of them, or none. As docker has it, an ENTRYPOINT clears a CMD that none of those before it gave. */
int changes_apply(const struct strings *instructions, struct image_config *config,
                  struct failure *f) must_check;
/* One that was parsed; its words are expanded from `environment` (NULL: the configuration's). ENTRYPOINT
 * leaves CMD as it is. */
int change_apply_instruction(const struct dockerfile_instruction *instruction,
                             const struct strings *environment, struct image_config *config,
                             struct failure *f) must_check;
