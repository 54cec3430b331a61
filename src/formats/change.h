/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* `--change` of import and commit: one Dockerfile instruction applied to an image's configuration. CMD
 * ENTRYPOINT ENV EXPOSE LABEL USER VOLUME WORKDIR STOPSIGNAL ONBUILD HEALTHCHECK SHELL; any other is refused
 * by name. Variables ($HOME) are expanded from the configuration's environment as a Dockerfile does. */
#include "base/failure.h"
#include "formats/image_config.h"

/* 0; -EINVAL with a sentence, the configuration unchanged; -ENOMEM. */
int change_apply(const char *instruction, struct image_config *config, struct failure *f) must_check;
