/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Help, made from the command table; printed on standard output. */
#include "cli/command.h"

void help_print_program(const struct option_set *global_options);
void help_print_group(const struct command_group *group);
void help_print_command(const struct command *command);
