/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Variables in compose files and .env files (compose-spec 12-interpolation, docker compose's .env syntax):
 * $NAME ${NAME} ${NAME:-d} ${NAME-d} ${NAME:?e} ${NAME?e} ${NAME:+r} ${NAME+r}, nested; $$ is a dollar. */
#include "base/failure.h"
#include "base/report.h"
#include "base/strings.h"

#define COMPOSE_TEXT_MAX (1u << 20)

/* Expands `text`. Names without a value are appended to `unset` (may be NULL) and count as empty. The caller
 * frees *ret_text. -EINVAL: not valid ("invalid interpolation format .."), or ${X:?message} without a value:
 * the sentence is the message; -E2BIG; -ENOMEM. */
int compose_expand(const char *text, const struct strings *environment, struct strings *unset,
                   char **ret_text, struct failure *failure) must_check;

struct compose_env_source {
    const char *file, *data;
    size_t size;
};
/* Reads an .env file into NAME=VALUE; what `environment` has wins in its own expansions. Lines: NAME=VALUE,
 * quoted values over several lines, export, comments. Findings "file:line:1" for lines that are none.
 * -EINVAL, -ENOMEM. */
int compose_env_parse(const struct compose_env_source *source, const struct strings *environment,
                      struct report *report, struct strings *ret_variables) must_check;
