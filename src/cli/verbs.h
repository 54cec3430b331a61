/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The commands, each defined in the file of its name. */
#include "cli/command.h"

extern const struct command cmd_completion;
extern const struct command cmd_version;
